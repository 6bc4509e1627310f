"""Which column of a table holds what: told from a header's names, or from what stands in it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ner_tutorial import schemes
from ner_tutorial.errors import CorpusError, shown
from ner_tutorial.reading import Reading

# As people call them, in small letters and without spaces, hyphens and underscores.
WORD = ("word", "words", "token", "tokens", "text", "form")
TAG = (
    "nertag", "nertags", "ner", "ne", "tag", "tags", "label", "labels", "nerlabels", "entity",
    "netag", "iob", "bio",
)  # fmt: skip
SENTENCE = (
    "sentence#", "sentenceid", "sentid", "sentenceno", "sentno", "sentencenumber", "sentnum",
    "sentenceidx", "sentenceindex", "sentidx", "sent#", "sentence", "sent",
)  # fmt: skip
DOCUMENT = (
    "docid", "documentid", "docno", "docname", "doc", "document", "textid", "articleid", "fileid",
    "filename", "file",
)  # fmt: skip
# The types of phrases, whose tags look as those of entities do: of CoNLL-2000, and of the German
# part of CoNLL-2003.
_PHRASES = frozenset(
    "NP VP PP ADVP ADJP SBAR PRT CONJP INTJ LST UCP NC PC VC".split()  # noqa: SIM905
)
_QUOTED = re.compile(r'"(?:[^"]|"")+"')
_WHOLE = re.compile(r"[0-9]{1,5}")
_NUMBER = re.compile(r"[0-9]{1,5}(?:[-.][0-9]+)?")
_PLACE = re.compile(r"[0-9]+(?:[-.:][0-9]+)*")  # also 2-1, of a sentence and a token, or 0:3
_BRACKET = re.compile(r"(?:\([\w-]+)*\*?\)*")  # OntoNotes: (PERSON*, *, *), (GPE)


class Columns(NamedTuple):
    """The places, counted from 0, of the columns that are read; `left_out` is an inner layer.

    `tag` is -1 for whatever column is the last of its line.
    """

    word: int
    tag: int
    left_out: int | None = None


def named(header: Sequence[str], names: Sequence[str]) -> list[int]:
    """The columns of a header that bear one of the names, in the order of the names."""
    plain = [re.sub(r"[\s_-]+", "", cell.lower()) for cell in header]
    return [place for name in names for place, cell in enumerate(plain) if cell == name]


def is_header(cells: Sequence[str], reading: Reading) -> bool:
    """Whether cells are the names of columns, those of words and of tags, or one that was chosen,
    among them."""
    asked = (reading.word_column, reading.tag_column)
    if any(cell in asked and not cell.isdecimal() for cell in cells):
        return True
    return bool(named(cells, WORD) and named(cells, TAG))


def are_quoted(cells: Iterable[str]) -> bool:
    """Whether cells parted by tabs were written as those of a CSV, where a quotation mark opens a
    cell; otherwise it is a token."""
    return all(_QUOTED.fullmatch(cell) for cell in cells if cell.startswith('"'))


def chosen(
    where: str, column: str | int | None, option: str, header: Sequence[str] | None, width: int
) -> int | None:
    """The place of the column that a person named, or None.

    Raises:
        CorpusError: there is no such column.
    """
    if column is None:
        return None
    if header is not None and column in header:
        return list(header).index(str(column))
    number = int(column) if str(column).isdecimal() else 0
    if 1 <= number <= width:
        return number - 1
    found = f"its header has {', '.join(map(repr, header))[:100]}" if header else "it has no header"
    raise CorpusError(
        f"{where}: no column {shown(str(column))}; it has {width} columns and {found}",
        f"name one of them ({{{option}}})",
    )


def counter(sentences: Sequence[Sequence[Sequence[str]]], width: int) -> int | None:
    """The column that counts the tokens, as in CoNLL-U, if there is one.

    It is the first, or only what is the same for a whole sentence stands before it, such as the
    name of a document.
    """
    for place in range(width):
        cells = [[row[place] for row in rows if len(row) > place] for rows in sentences]
        if _count(cells):
            return place
        if any(len(set(some)) > 1 for some in cells):
            return None
    return None


def _count(sentences: Iterable[Sequence[str]]) -> bool:
    """Whether cells count tokens, from the first of each sentence on or from that of the file.

    `4-5` stands for two tokens that follow, and `5.1` for one that was not said.
    """
    last, longest = 0, 0
    for cells in sentences:
        numbers = [int(cell) for cell in cells if _WHOLE.fullmatch(cell)]
        start = numbers[0] if numbers else -1
        if start not in (0, 1, last + 1) or numbers != list(range(start, start + len(numbers))):
            return False
        if not all(map(_NUMBER.fullmatch, cells)):
            return False
        last, longest = numbers[-1], max(longest, len(numbers))
    return longest > 1


def _refuse_labels(where: str, sentences: Sequence[Sequence[Sequence[str]]]) -> None:
    """Raise if the first column, of several beside the tags, can hold no words.

    Raises:
        CorpusError: most of it are numbers, or it holds the same in all of each sentence.
    """
    cells = [[row[0] for row in rows] for rows in sentences]
    several = sum(len(some) > 1 for some in cells)
    numbers = sum(_PLACE.fullmatch(cell) is not None for some in cells for cell in some)
    if several > 1 and max(map(len, map(set, cells))) == 1:
        what = "the same in all of each sentence"
    elif several and 2 * numbers > sum(map(len, cells)):
        what = "mostly numbers, which do not count the tokens of each sentence"
    else:
        return
    raise CorpusError(
        f"{where}: the first column holds {what}", "name the column of the words ({word_column})"
    )


def tell(
    where: str,
    sentences: Sequence[Sequence[Sequence[str]]],
    width: int,
    counted: int | None,
    reading: Reading,
) -> Columns:
    """The columns of words and of tags, told from the cells of each sentence's tokens.

    Args:
        where: the place that a message names.
        sentences: of each its rows of cells.
        width: how many cells most rows have; only of those is anything told.
        counted: the column that counts the tokens, if there is one.
        reading: of which `word_column` and `tag_column` are known not to be names.

    Raises:
        CorpusError: the cells leave a doubt.
    """
    word = chosen(where, reading.word_column, "word_column", None, width)
    tag = chosen(where, reading.tag_column, "tag_column", None, width)
    left_out = None
    if tag is None:
        whole = [row for rows in sentences for row in rows if len(row) == width]
        tag, left_out = _tag_column(where, list(zip(*whole, strict=True)), counted, word)
    if word is None:
        word = _word_column(where, width, counted, tag)
        if word == 0 and width > 2:
            _refuse_labels(where, sentences)
    return Columns(word, tag, left_out)


def by_name(where: str, header: Sequence[str], reading: Reading) -> Columns:
    """The columns of words and of tags, told from a header.

    Raises:
        CorpusError: it has none of the names that people use, nor of those they chose.
    """
    width = len(header)
    word = chosen(where, reading.word_column, "word_column", header, width)
    tag = chosen(where, reading.tag_column, "tag_column", header, width)
    places = []
    for place, names, what, advice in (
        (word, WORD, "words (word, token, text, form)", "name it ({word_column})"),
        (tag, TAG, "tags (tag, label, ner, entity)", "name it ({tag_column})"),
    ):
        found = named(header, names) if place is None else [place]
        if not found:
            known = ", ".join(map(repr, header[:8]))[:100]
            raise CorpusError(f"{where}: no column of {what}; found {known}", advice)
        places.append(found[0])
    return Columns(*places)


def _word_column(where: str, width: int, counted: int | None, tag: int) -> int:
    first = 0 if counted is None else counted + 1
    others = [place for place in range(first, width) if place != tag % width]
    if not others:
        raise CorpusError(
            f"{where}: a count 1, 2, 3 and a tag, but no word",
            "give a column of words too, or, if the numbers are the words, {word_column} 1",
        )
    if tag == 0 and len(others) > 1:
        raise CorpusError(
            f"{where}: the tag comes first, and more than one column follows",
            "name the column of the words ({word_column})",
        )
    return others[0]


def _tag_column(
    where: str, cells: Sequence[Sequence[str]], counted: int | None, word: int | None
) -> tuple[int, int | None]:
    """The column of tags, and that of an inner layer, if there is one."""
    seen = [Counter(column) for column in cells]
    last = len(cells) - 1
    alike = [place for place in _like_tags(seen) if place != word]
    if not alike:
        _refuse_brackets(where, seen)
        return -1, None
    if counted == 0 and last == 3 and alike == [2, 3] and set(seen[2]) != {"O"}:
        return 2, 3
    found = _layer(where, seen, alike)
    return -1 if found == last else found, None


def _like_tags(seen: Sequence[Counter[str]]) -> list[int]:
    """The columns whose cells look like tags; not the first, where others do: there are words."""
    alike = [place for place, cells in enumerate(seen) if _are_tags(cells)]
    return alike[1:] if len(alike) > 1 and alike[0] == 0 else alike


def _layer(where: str, seen: Sequence[Counter[str]], alike: list[int]) -> int:
    """Of the columns whose cells look like tags, the one with those of entities."""
    layers = [place for place in alike if set(seen[place]) != {"O"}]
    entities = [place for place in layers if not _are_phrases(seen[place])]
    last = len(seen) - 1
    _refuse_a_doubt(where, last, alike, layers, entities)
    return (entities or ([last] if last in alike else alike))[-1]


def _refuse_a_doubt(
    where: str, last: int, alike: list[int], layers: list[int], entities: list[int]
) -> None:
    """Raise if the tags could be read from one column as well as from another.

    Args:
        where: the place that the message names.
        last: the last column.
        alike: those whose cells look like tags.
        layers: those of them with any tag but O.
        entities: those of them in which the types are not those of phrases.
    """
    if len(entities) > 1:
        columns = " and ".join(str(place + 1) for place in entities)
        doubt = f"columns {columns} hold tags of entities; nested entities cannot be learned"
    elif layers and last in alike and last not in layers:
        doubt = f"the last column holds nothing but O, and column {layers[-1] + 1} tags"
    elif layers and last not in alike and not entities:
        doubt = f"no column holds tags of entities, and column {layers[-1] + 1} those of phrases"
    else:
        return
    raise CorpusError(f"{where}: {doubt}", "name the column to read ({tag_column})")


def _are_tags(seen: Counter[str]) -> bool:
    """Whether half of the cells or more look like tags, so that a mistake is one, and named."""
    alike = sum(number for cell, number in seen.items() if schemes.looks_like_a_tag(cell))
    return 2 * alike >= seen.total()


def of_tags(where: str, seen: Mapping[str, Counter[str]]) -> str | None:
    """The column of tags, or the key, where several bear such a name: the one whose cells are tags.

    Raises:
        CorpusError: more than one holds tags.
    """
    if len(seen) < 2:
        return next(iter(seen), None)
    alike = [name for name, cells in seen.items() if cells and _are_tags(cells)]
    if len(alike) > 1:
        raise CorpusError(
            f"{where}: {' and '.join(map(repr, alike))} both hold tags",
            "name the one to read ({tag_column})",
        )
    return next(iter(alike), None)


def _are_phrases(seen: Counter[str]) -> bool:
    return {cell[2:] for cell in seen if cell[1:2] == "-"} <= _PHRASES


def _refuse_brackets(where: str, seen: Sequence[Counter[str]]) -> None:
    for place, column in enumerate(seen):
        text = "".join(column)
        if "*" in text and "(" in text and all(map(_BRACKET.fullmatch, column)):
            raise CorpusError(
                f"{where}: column {place + 1} marks entities in the brackets of OntoNotes, as in "
                "(PERSON*",
                "write them as tags, B-PERSON and I-PERSON",
            )
