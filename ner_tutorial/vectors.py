"""Word vectors that were learned elsewhere, read from a text file.

The file has the format of GloVe, a word and its numbers a line, or of word2vec and fastText, where
a header of two whole numbers, how many words and how many numbers each, stands above such lines.
Fields are parted by a space or a tab; whatever else looks like a space is part of a word.
"""

import codecs
import contextlib
import io
import itertools
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ner_tutorial import files
from ner_tutorial.errors import VectorsError, shown

LONGEST = 2**20  # bytes in a line; what is longer is no file of vectors, and might fill the memory

_HEADER = re.compile(rb"\d{1,12} ([1-9]\d{0,8})")
_FORMAT = "give word vectors as UTF-8 text, a word and its numbers a line"

_Numbered = Iterator[tuple[int, bytes]]  # lines, each with its number


class Vectors(NamedTuple):
    """Words and, in the same order, their vectors: float32 of shape (words, width)."""

    words: tuple[str, ...]
    values: np.ndarray


def read(path: str | os.PathLike, wanted: Iterable[str], frequent: int = 100_000) -> Vectors:
    """Read the vectors of the words one needs, and those of the most frequent other ones.

    A line at a time is in memory, so the file may be larger than that. Of the lines that are not
    kept, the fields are counted and nothing more. Skipped are words that are not UTF-8, of which
    files of word2vec have some, and, if a word is given again, all but its first vector.

    Args:
        path: the file; a `.gz`, `.bz2` or `.xz`, or a `.zip` that holds one file, is unpacked.
        wanted: the words one needs, such as those of the training part. Each is looked for as it
            is spelled and in lower case, and both are kept.
        frequent: how many others to keep, the first in the file: such files begin with the most
            frequent words. With them, words that were not met in training are known.

    Returns:
        What was found, in the order of the file.

    Raises:
        VectorsError: the file cannot be read or holds no vectors; one line that names the place.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "glove.txt"
    >>> _ = path.write_text("the 0.1 0.2\\nto 0.3 0.4\\nrome 0.5 0.6\\n")
    >>> read(path, ["Rome"], frequent=1).words
    ('the', 'rome')
    """
    path = Path(path)
    forms = {form for word in wanted for form in (word, word.lower())}
    kept: dict[str, None] = {}
    values = bytearray()  # of float32: numbers of Python's own would take eight times as much
    others = 0
    opened = files.opened(path, kind=VectorsError, what="vector file")
    with np.errstate(over="ignore"), opened as unpacked, io.BufferedReader(unpacked) as file:
        if b"\0" in file.peek()[:4096]:
            raise VectorsError(f"{path}: is binary, as a .bin of word2vec or fastText; {_FORMAT}")
        width, lines = _layout(path, _lines(path, file))
        for number, line in lines:
            word, numbers = _parted(path, number, line, width)
            if not word or word in kept or (others >= frequent and word not in forms):
                continue
            values += _parsed(path, number, numbers).tobytes()
            kept[word] = None
            others += word not in forms
    return Vectors(tuple(kept), np.frombuffer(values, np.float32).reshape(len(kept), width))


def _lines(path: Path, file: io.BufferedIOBase) -> _Numbered:
    """The lines that are not blank, with spaces alone between their fields."""
    for number, line in enumerate(iter(lambda: file.readline(LONGEST), b""), 1):
        if len(line) == LONGEST:
            raise VectorsError(f"{path}:{number}: a line of over {LONGEST:,} bytes; {_FORMAT}")
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        # word2vec and fastText write a space at the end.
        if line := line.rstrip(b" \t\r\n").replace(b"\t", b" "):
            yield number, line


def _layout(path: Path, lines: _Numbered) -> tuple[int, _Numbered]:
    """How many numbers a vector has, and the lines that hold one; the first is checked."""
    number, line = next(lines, (0, b""))
    if header := _HEADER.fullmatch(line):
        number, line = next(lines, (0, b""))
    if not line:
        raise VectorsError(f"{path}: is empty, or a header alone; {_FORMAT}")
    width = int(header[1]) if header else line.count(b" ")
    if not width:
        raise VectorsError(f"{path}:{number}: {_text(line)} has no numbers; {_FORMAT}")
    _parsed(path, number, _parted(path, number, line, width)[1])
    return width, itertools.chain([(number, line)], lines)


def _parted(path: Path, number: int, line: bytes, width: int) -> tuple[str, bytes]:
    """A line's word, empty if it is not UTF-8, and its numbers, still as text.

    A word may hold spaces, as `. . .` in a file of GloVe's. But if what should be the word ends in
    a number, the line has too many of them.
    """
    spaces = line.count(b" ")
    # Most lines are not kept, so they are not split.
    word = line[: line.index(b" ")] if spaces == width else line.rsplit(b" ", width)[0]
    if spaces < width or (spaces > width and _is_number(word.rpartition(b" ")[2])):
        wrong = f"the vector's width is {spaces}, but the file's beginning says {width}"
        raise VectorsError(f"{path}:{number}: {wrong}; fetch the file again")
    numbers = line[len(word) + 1 :]
    try:
        return word.strip(b" ").decode(), numbers
    except UnicodeDecodeError:
        return "", numbers


def _parsed(path: Path, number: int, numbers: bytes) -> np.ndarray:
    fields = numbers.split(b" ")
    with contextlib.suppress(ValueError):
        vector = np.array(fields, np.float32)
        if np.isfinite(vector).all():
            return vector
    wrong = next(field for field in fields if not _is_number(field))
    raise VectorsError(f"{path}:{number}: {_text(wrong)} is no finite number; {_FORMAT}")


def _is_number(field: bytes) -> bool:
    """Whether this is a finite number in float32."""
    try:
        return bool(np.isfinite(np.float32(field)))
    except ValueError:
        return False


def _text(value: bytes) -> str:
    return shown(value.decode("utf-8", "replace"))
