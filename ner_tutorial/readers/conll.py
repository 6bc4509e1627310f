"""CoNLL columns: a token a line, its word first and its tag last, a blank line between sentences.

If the first token's line holds a tab, tabs separate the columns, and a word may hold spaces;
otherwise spaces do. Lines that begin with `-DOCSTART-` are skipped.
"""

from collections.abc import Iterator
from pathlib import Path

from ner_tutorial.errors import CorpusError, shown
from ner_tutorial.readers.tokens import Tokens

FALLBACK = None


def recognises(path: Path, first: str) -> bool:
    """Whether a file with this first line is of this format: any that no other reader takes."""
    return True


def read(path: Path, text: str) -> Iterator[Tokens]:
    """The sentences of CoNLL columns.

    Raises:
        CorpusError: a line has one column, or no word.
    """
    sentence = Tokens([], [], [])
    separator = None
    # Not str.splitlines, which also splits at characters that may stand in a word.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate([*lines, ""], 1):
        content = line.strip(" \t")
        if not content or content.startswith("-DOCSTART-"):
            if sentence.words:
                yield sentence
                sentence = Tokens([], [], [])
            continue
        separator = separator or ("\t" if "\t" in line else " ")
        word, tag = _word_and_tag(f"{path}:{number}", line, separator)
        sentence.words.append(word)
        sentence.tags.append(tag)
        sentence.lines.append(number)


def _word_and_tag(where: str, line: str, separator: str) -> tuple[str, str]:
    columns = line.split("\t") if separator == "\t" else line.split(" ")
    if separator == " ":
        columns = [column for column in columns if column]
    if len(columns) < 2:
        kind = "tabs" if separator == "\t" else "spaces"
        raise CorpusError(
            f"{where}: one column, {shown(line)}; give a word and a tag, parted by {kind}"
        )
    word, tag = columns[0].strip(" "), columns[-1].strip(" ")
    if not word.strip():
        raise CorpusError(f"{where}: a line without a word; every line needs a word and a tag")
    return word, tag
