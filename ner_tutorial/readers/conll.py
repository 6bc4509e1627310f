"""CoNLL columns: a token a line, a blank line between sentences.

If the first token's line holds a tab, tabs separate the columns, and a word may hold spaces;
otherwise spaces do. Lines that begin with `-DOCSTART-` part documents, as `# newdoc` and `#begin
document` do. Of lines that begin with `#`, those are tokens that have as many columns as others and
a tag where they do: a hashtag is one, `# sent_id = 1` is a comment.

Where a header does not say it, `columns` tells which column holds what; a column that counts the
tokens of each sentence and the language before each word of WikiANN (`en:Ann`) are left out.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from ner_tutorial import schemes
from ner_tutorial.errors import CorpusError, shown
from ner_tutorial.readers import columns
from ner_tutorial.readers.columns import Columns
from ner_tutorial.readers.tokens import Contents, Tokens
from ner_tutorial.reading import Reading

FALLBACK = None
_BORDER = "-DOCSTART-"
_NEW_DOCUMENT = re.compile(r"-DOCSTART-|#\s*newdoc\b|#begin document\b")
_COMMENT = re.compile(r"#\s*(?:[\w.:-]+\s+=\s|newdoc\b|newpar\b|end document\b)")
_DECLARED = re.compile(r"#\s*global\.columns\s*=(.*)")
_TEXT = re.compile(r"#\s*text\s+=\s+(.*)")
# What CoNLL-U, which has ten columns, says of a token beside its grammar: name=B-PER|SpaceAfter=No
_FEATURE = re.compile(
    r"(?:^|\|)(?:name|ner|ne|entity)=(O|[BIESLUM]-[^|\s]+)(?:\||$)", re.IGNORECASE
)
_LANGUAGE = re.compile(r"[a-z]{2,}(?:-[a-z]+)*:(?=.)")


class _Line(NamedTuple):
    """A line that is not blank: its number, its text and its cells."""

    number: int
    text: str
    cells: list[str]


class _Block(NamedTuple):
    """The lines between one blank line and the next, without what surely is a comment."""

    lines: list[_Line]
    document: int
    text: str | None = None


class _Layout(NamedTuple):
    """How the lines of a file are to be read."""

    columns: Columns
    usual: int  # how many cells most lines have
    widths: set[int]  # how many cells a line may have
    tags: set[str]  # what stands where tags do
    known: set[str]  # what stands between the first column and the last
    counter: int | None  # the column that counts the tokens
    is_language: bool  # a language stands before each word


def recognises(path: Path, text: str, reading: Reading) -> bool:
    """Whether a file is of this format: any that no other reader takes."""
    return True


def read(path: Path, text: str, reading: Reading) -> Contents:
    """The sentences of CoNLL columns.

    Raises:
        CorpusError: a line has too few columns, or which column holds what is in doubt.
    """
    separator, lines = _lines(text)
    blocks = list(_blocks(separator, lines))
    header = _taken_header(path, text, blocks, reading)
    if header is not None and separator == "\t":
        _unquote([line.cells for block in blocks for line in block.lines])
    layout = _layout(path, blocks, header, reading)
    has_documents = bool(blocks) and blocks[-1].document > 0
    sentences = []
    for block in blocks:
        tokens = _tokens(path, block, layout, separator, reading.repair)
        if tokens.words:
            document = block.document if has_documents else None
            sentences.append(tokens._replace(document=document))
    notes = []
    if (inner := layout.columns.left_out) is not None:
        outer = layout.columns.tag + 1
        notes.append(
            f"two layers of tags: column {outer} is read, the inner one in {inner + 1} not"
        )
    return Contents(sentences, notes, parted_by_blank_lines=True)


def _lines(text: str) -> tuple[str, list[str]]:
    """What separates the cells of a line, and the lines."""
    # Not str.splitlines, which also splits at characters that may stand in a word.
    lines = re.sub("\r*\n", "\n", text).replace("\r", "\n").split("\n")
    lines = [line.strip("\ufeff") for line in lines]  # a mark where two files were joined
    filled = [line for line in lines if line.strip(" \t") and not line.startswith(_BORDER)]
    first = next((line for line in filled if not line.startswith("#")), "".join(filled[:1]))
    return "\t" if "\t" in first else " ", lines


def _blocks(separator: str, lines: Sequence[str]) -> Iterator[_Block]:
    block = _Block([], 0)
    for number, line in enumerate([*lines, ""], 1):
        is_new = _NEW_DOCUMENT.match(line) is not None
        if block.lines and (is_new or not line.strip(" \t")):
            yield block
            block = _Block([], block.document)
        if is_new:
            block = _Block([], block.document + 1)
        elif _COMMENT.match(line):
            text = _TEXT.match(line)
            block = block._replace(text=text[1] if text else block.text)
        elif line.strip(" \t"):
            block.lines.append(_Line(number, line, _cells(line, separator)))


def _cells(line: str, separator: str) -> list[str]:
    if separator == "\t":
        cells = [cell.strip(" \ufeff") for cell in line.split("\t")]
        if len(cells) == 10 and (feature := _FEATURE.search(cells[-1])):
            cells[-1] = feature[1]
        return cells
    return [cell.strip("\ufeff") for cell in line.split(" ") if cell]


def _taken_header(
    path: Path, text: str, blocks: Sequence[_Block], reading: Reading
) -> list[str] | None:
    """The names of the columns, taken from the lines if one of them says so."""
    lines = blocks[0].lines if blocks else []
    if declared := _DECLARED.match(text):  # CoNLL-U Plus
        names = declared[1].split()
        return names if columns.is_header(names, reading) else None
    first = next((line for line in lines if line.text[0] != "#"), None)
    if first is None or not columns.is_header(first.cells, reading):
        return None
    if columns.named(first.cells, columns.SENTENCE):
        raise CorpusError(
            f"{path}:{first.number}: a column with labels of sentences, parted by spaces; part the "
            "columns by commas or tabs"
        )
    lines.remove(first)
    return first.cells


def _unquote(rows: Sequence[list[str]]) -> None:
    """Make cells that were written as those of a CSV what they stand for."""
    if columns.are_quoted(cell for cells in rows for cell in cells):
        for cells in rows:
            cells[:] = [
                cell[1:-1].replace('""', '"') if cell.startswith('"') else cell for cell in cells
            ]


def _layout(
    path: Path, blocks: Sequence[_Block], header: list[str] | None, reading: Reading
) -> _Layout:
    sure = _sure_tokens(blocks)
    tokens = list(chain.from_iterable(sure))
    widths = Counter(len(line.cells) for line in tokens if len(line.cells) > 1)
    if not widths:
        return _Layout(Columns(0, -1), 0, set(), set(), set(), None, False)
    rows = [[line.cells for line in lines] for lines in sure]
    usual = widths.most_common(1)[0][0]
    counter = columns.counter(rows, usual)
    where = f"{path}:{tokens[0].number}"
    if header is not None:
        found = columns.by_name(where, header, reading)
    else:
        found = columns.tell(where, rows, usual, counter, reading)
    words, tags = _column(tokens, found.word), _column(tokens, found.tag)
    is_language = len(tokens) > 1 and _have_a_language(words)
    known = set(chain.from_iterable(line.cells[1:-1] for line in tokens))
    counter = None if found.word == counter else counter
    return _Layout(found, usual, set(widths), tags, known, counter, is_language)


def _column(tokens: Sequence[_Line], place: int) -> set[str]:
    return {line.cells[place] for line in tokens if len(line.cells) > max(place, 1)}


def _sure_tokens(blocks: Sequence[_Block]) -> list[list[_Line]]:
    """The lines of each sentence that are tokens beyond doubt."""
    sure = [[line for line in block.lines if line.text[0] != "#"] for block in blocks]
    if not any(sure):  # every token may be a hashtag
        sure = [
            [line for line in block.lines if schemes.looks_like_a_tag(line.cells[-1])]
            for block in blocks
        ]
    return [lines for lines in sure if lines]


def _have_a_language(words: set[str]) -> bool:
    """Whether words are as in WikiANN, one and the same language before each."""
    found = {match[0] if (match := _LANGUAGE.match(word)) else "" for word in words}
    return len(found) == 1 and "" not in found


def _tokens(path: Path, block: _Block, layout: _Layout, separator: str, repair: bool) -> Tokens:
    sentence = Tokens([], [], [], text=block.text)
    word, tag, _ = layout.columns
    for number, text, cells in block.lines:
        if text[0] == "#" and not _is_token(text, cells, layout, bool(sentence.words)):
            continue
        place = layout.counter
        if place is not None and place < len(cells) and not cells[place].isdecimal():
            continue  # several tokens at once, which follow one by one
        if not _fits(cells, layout, separator):
            if not repair:
                raise CorpusError(f"{path}:{number}: {_unlike(text, cells, layout, separator)}")
            cells = ["", ""] + [""] * max(word, tag)
        written = cells[word]
        sentence.words.append(_LANGUAGE.sub("", written, 1) if layout.is_language else written)
        sentence.tags.append(cells[tag])
        sentence.lines.append(number)
    return sentence


def _fits(cells: list[str], layout: _Layout, separator: str) -> bool:
    """Whether a line has a word and a tag, and no word of it was parted by a space."""
    word, tag, _ = layout.columns
    least = max(word + 2 if tag < 0 else word + 1, tag + 1, 2)
    return least <= len(cells) and (separator == "\t" or len(cells) <= layout.usual)


def _is_token(text: str, cells: list[str], layout: _Layout, inside: bool) -> bool:
    """Whether a line that begins with # is a token, such as a hashtag, and no comment."""
    if len(cells) not in layout.widths or layout.counter is not None:
        return False
    if cells[0].startswith("# ") or (_are_prose(cells[1:-1], layout) and not inside):
        return False
    tag = cells[layout.columns.tag]
    if schemes.looks_like_a_tag(tag) or tag in layout.tags:
        return True
    # A comment stands before a sentence. Elsewhere this is a token, whose tag is wrong.
    return inside or text[1:2] not in (" ", "\t")


def _are_prose(cells: list[str], layout: _Layout) -> bool:
    """Whether cells between a # and a tag are words, not a part of speech or the like."""
    return bool(cells) and all(cell.islower() and cell not in layout.known for cell in cells)


def _unlike(text: str, cells: list[str], layout: _Layout, separator: str) -> str:
    if len(cells) > layout.usual > 0:
        return (
            f"{len(cells)} columns, where others have {layout.usual}: {shown(text)}; if a word "
            "holds a space, part the columns by tabs"
        )
    kind = "tabs" if separator == "\t" else "spaces"
    found = "one column" if len(cells) == 1 else f"{len(cells)} columns"
    return f"{found}, {shown(text)}; give a word and a tag, parted by {kind}"
