"""BRAT: a text, and beside it, in a file that ends in `.ann`, the spans of its entities."""

import re
from pathlib import Path

from ner_tutorial import files
from ner_tutorial.errors import CorpusError, shown
from ner_tutorial.readers import spans
from ner_tutorial.readers.spans import Document, Span
from ner_tutorial.readers.tokens import Contents
from ner_tutorial.reading import Reading

FALLBACK = None
_ENTITY = re.compile(r"T\S*\t(\S+) (\d{1,9}) (\d{1,9})\t(.*)")
# Where a line ends in an entity, BRAT parts it there: T1, a tab, PER 0 3;4 8
_PARTED = re.compile(r" (\d{1,9});(\d{1,9})(?= \d)")
_SEVERAL = re.compile(r"T\S*\t\S+ \d+ \d+;")


def recognises(path: Path, text: str, reading: Reading) -> bool:
    """Whether a file is of this format: a `.txt` with an `.ann` beside it, or an `.ann`."""
    suffix = path.suffix.lower()
    return suffix == ".ann" or (suffix == ".txt" and _beside(path, ".ann") is not None)


def _beside(path: Path, suffix: str) -> Path | None:
    """The other file of the two, if it is there."""
    names = (path.with_suffix(suffix), path.with_suffix(suffix.upper()))
    return next((name for name in names if name.is_file()), None)


def read(path: Path, text: str, reading: Reading) -> Contents:
    """The sentences of a text, with the entities of its `.ann`; relations and events are not read.

    Raises:
        CorpusError: an entity is in several parts, or the two files do not belong together.
    """
    is_text = path.suffix.lower() == ".txt"
    other = _beside(path, ".ann" if is_text else ".txt")
    if other is None:
        raise CorpusError(f"{path}: only marks what stands in a text; put the .txt beside it")
    read_ = files.decode(other, files.read_bytes(other, ""), reading.encoding, None)
    marks, written, text = (other, read_, text) if is_text else (path, text, read_)
    found = [
        _span(f"{marks}:{number}", line.rstrip("\r"))
        for number, line in enumerate(written.split("\n"), 1)
        if line.startswith("T")
    ]
    return spans.cut([Document(f"{path}", 0, text, found)], reading)


def _span(where: str, line: str) -> Span:
    # That nothing stands in such a gap is seen when the span is compared with its text.
    places, tab, covered = line.rpartition("\t")
    line = _PARTED.sub(lambda gap: "" if 0 < _width(gap) < 3 else gap[0], places) + tab + covered
    if _SEVERAL.match(line):
        raise CorpusError(
            f"{where}: an entity in several parts (discontinuous), {shown(line)}; IOB2 cannot say "
            "that, so mark one span from its first word to its last"
        )
    if not (match := _ENTITY.match(line)):
        raise CorpusError(
            f"{where}: {shown(line)} is no entity; BRAT writes T1, a tab, type, start and end, a "
            "tab, and the text"
        )
    return Span(int(match[2]), int(match[3]), match[1], match[4])


def _width(gap: re.Match[str]) -> int:
    """How many characters stand between two parts of an entity."""
    return int(gap[2]) - int(gap[1])
