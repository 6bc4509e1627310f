"""Read a corpus of annotated sentences and say which one was read (lessons 01 and 07).

A corpus may be the Kaggle file `ner_dataset.csv` (the Groningen Meaning Bank, GMB) or a file of
your own, in one of many formats; `readers` has a module for each. Behind them all tags are IOB2.
"""

import codecs
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

import pandas as pd

from ner_tutorial import files, iob2, schemes
from ner_tutorial.errors import CorpusError, shown
from ner_tutorial.readers import READERS, checks, table
from ner_tutorial.readers.tokens import Tokens
from ner_tutorial.reading import Reading
from ner_tutorial.text import TOKENIZERS

T = TypeVar("T")

MAX_LENGTH = 70  # words a sentence; GMB has four longer ones

# The repository's data/; an installed package holds the sample itself, and looks for GMB in data/
# under the folder it is started in.
_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = (_PACKAGE / "data" / "sample.csv").exists()
SAMPLE = (_PACKAGE if _INSTALLED else _PACKAGE.parent) / "data" / "sample.csv"
GMB = (Path.cwd() if _INSTALLED else _PACKAGE.parent) / "data" / "ner_dataset.csv"


@dataclass(frozen=True)
class Sentence:
    """One annotated sentence: its words and, of the same length, their IOB2 tags."""

    words: tuple[str, ...]
    tags: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.words)


def find_corpus() -> Path:
    """The corpus the lessons read.

    The file named by the environment variable `NER_TUTORIAL_CORPUS`; if it is not set, your copy of
    GMB at `data/ner_dataset.csv`; if there is none, the sample that ships with the course.
    """
    if chosen := os.environ.get("NER_TUTORIAL_CORPUS"):
        return Path(chosen).expanduser()
    return GMB if GMB.exists() else SAMPLE


def describe(path: str | os.PathLike) -> str:
    """One line that says which corpus this is, for a lesson's first output."""
    path = Path(path)
    if path.resolve() == SAMPLE:
        return f"{path.name}: the sample that ships with the course"
    return f"{path.name}: a corpus of your own (the sample is {SAMPLE.name})"


class Report(NamedTuple):
    """The sentences of a corpus, and how they were read.

    Attributes:
        sentences: all of them, in file order.
        notes: what whoever uses them should know, a line each: a scheme that was converted, tokens
            that were dropped, a layer that was left out.
        documents: for each sentence the number of its document, from 0; None where the file has no
            borders of documents.
        texts: for each sentence its text as it is written; None where the file has tokens alone.
        reading: how the file was read, with the scheme that was told from its tags.
        widened: how many spans of characters were widened to whole tokens.
    """

    sentences: list[Sentence]
    notes: list[str]
    documents: list[int] | None
    texts: list[str] | None
    reading: Reading
    widened: int


def read(path: str | os.PathLike, *, iob1: bool = False, **options: Any) -> list[Sentence]:
    """Read all sentences of a corpus, whatever their length, in file order.

    The format is told from the content; see `readers`.

    Args:
        path: the file; a `.gz`, `.bz2` or `.xz`, or a `.zip` that holds one file, is unpacked in
            memory.
        iob1: the same as `scheme="iob1"`: B- only parts two neighbours of one type.
        options: the fields of `Reading`, such as `encoding`, `scheme` or `repair`.

    Raises:
        CorpusError: the file cannot be read, is no corpus, or can be read in two ways; one line
            that names the place and what to do.
    """
    reading = Reading(**options)
    return read_reported(path, replace(reading, scheme="iob1") if iob1 else reading).sentences


def read_reported(path: str | os.PathLike, reading: Reading | None = None) -> Report:
    """Read a corpus as `read` does, and say how.

    Raises:
        CorpusError: as `read`.
    """
    path, reading = Path(path), reading or Reading()
    for what, name, known in (
        ("scheme", reading.scheme, schemes.SCHEMES),
        ("tokenizer", reading.tokenizer, TOKENIZERS),
    ):
        if name not in (None, *known):
            raise CorpusError(f"no {what} {shown(str(name))}; name one of {', '.join(known)}")
    reader, text, is_guess = _open(path, reading)
    contents = reader.read(path, text, reading)
    notes = list(contents.notes)
    read_ = checks.visible(path, contents.sentences, reading.repair, notes)
    notes += _of_a_guess(read_) if is_guess else []
    if not read_:
        raise CorpusError(f"{path}: holds no token; give a corpus with sentences in it")
    if contents.parted_by_blank_lines:
        checks.parted(path, read_, MAX_LENGTH)
    read_ = checks.named(path, read_, reading.tag_names)
    tags, scheme = checks.in_iob2(path, read_, reading, notes)
    sentences = [
        Sentence(tuple(tokens.words), tuple(own)) for tokens, own in zip(read_, tags, strict=True)
    ]
    return Report(
        sentences,
        notes,
        _known([tokens.document for tokens in read_]),
        _known([tokens.text for tokens in read_]),
        replace(reading, scheme=scheme),
        contents.widened,
    )


def _known(values: list[T | None]) -> list[T] | None:
    """The values, if there is one for each sentence."""
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else None


def read_gmb(path: str | os.PathLike) -> pd.DataFrame:
    """Read a corpus in GMB's format into a tidy table, one token a row (lesson 01).

    Args:
        path: a `.csv`, or a `.zip` that holds one. UTF-8 or, as Kaggle's file, Windows-1252.

    Returns:
        A table with the columns `sentence` (int, the number in `Sentence: 12`), `word`, `pos` and
        `tag` (str). No word is read as missing: not `None`, not `NA`, not `nan`.

    Raises:
        CorpusError: the file is missing, empty, not a CSV or not a corpus; the message names the
            line.
    """
    path, as_it_is = Path(path), Reading(scheme="iob2")
    text = files.decode(path, _read_bytes(path), None, table.FALLBACK)
    tokens = table.table(path, text, as_it_is)
    read_ = checks.visible(path, list(table.sentences(tokens)), repair=False, notes=[])
    checks.in_iob2(path, read_, as_it_is, [], advice="an I- tag continues a B- or I- tag")
    return tokens.reset_index(drop=True)


def to_sentences(tokens: pd.DataFrame) -> list[Sentence]:
    """Group a table from `read_gmb` into sentences, in file order.

    >>> tokens = pd.DataFrame({"sentence": [1, 1], "word": ["Hello", "Joe"], "tag": ["O", "B-per"]})
    >>> to_sentences(tokens)
    [Sentence(words=('Hello', 'Joe'), tags=('O', 'B-per'))]
    """
    return [Sentence(tuple(s.words), tuple(s.tags)) for s in table.sentences(tokens)]


def load(path: str | os.PathLike | None = None, max_length: int = MAX_LENGTH) -> list[Sentence]:
    """The sentences of at most `max_length` words of a corpus; by default the one the lessons
    read.

    Raises:
        CorpusError: as `read`, or all are longer.
    """
    path = path or find_corpus()
    sentences = read(path)
    kept = keep_short(sentences, max_length)
    if not kept:
        raise CorpusError(
            f"{path}: all {len(sentences):,} sentences have over {max_length} words",
            "split them ({long} split, or corpus.split_long)",
        )
    return kept


def keep_short(sentences: Iterable[Sentence], max_length: int = MAX_LENGTH) -> list[Sentence]:
    """The sentences of at most `max_length` words, in order: what every model here trains on."""
    return [sentence for sentence in sentences if len(sentence) <= max_length]


def split_long(sentences: Iterable[Sentence], max_length: int) -> list[Sentence]:
    """The sentences, those of more than `max_length` words cut into pieces; no token is lost.

    A cut that would fall inside an entity moves to just before it. An entity of more than
    `max_length` words alone cannot be kept whole: each of its pieces is an entity, with a B- tag.

    >>> split_long([Sentence(("in", "New", "York"), ("O", "B-geo", "I-geo"))], 2)
    [Sentence(words=('in',), tags=('O',)), Sentence(words=('New', 'York'), tags=('B-geo', 'I-geo'))]
    """
    if max_length < 1:
        raise ValueError(f"max_length is {max_length}; a piece needs at least one word")
    return [piece for sentence in sentences for piece in _pieces(sentence, max_length)]


def _pieces(sentence: Sentence, max_length: int) -> Iterator[Sentence]:
    inside = {i for e in iob2.entities(sentence.tags) for i in range(e.start + 1, e.end)}
    start = 0
    while start < len(sentence):
        end = min(start + max_length, len(sentence))
        before_an_entity = (cut for cut in range(end, start, -1) if cut not in inside)
        end = next(before_an_entity, end)
        yield Sentence(sentence.words[start:end], tuple(iob2.repair(sentence.tags[start:end])))
        start = end


def _open(path: Path, reading: Reading) -> tuple[ModuleType, str, bool]:
    """The reader for a file, the file's text, and whether its encoding was guessed."""
    data = _read_bytes(path)
    text = None if reading.encoding is None else files.decode(path, data, reading.encoding, None)
    # Latin-1 reads any bytes, and spells what a format begins with as UTF-8 and Windows-1252 do.
    seen = data.decode("latin-1").removeprefix("\xef\xbb\xbf") if text is None else text
    reader = next(r for r in READERS.values() if r.recognises(path, seen, reading))
    if text is not None:
        return reader, text, False
    text = files.decode(path, data, None, reader.FALLBACK)
    return reader, text, text.encode("utf-8") != data.removeprefix(codecs.BOM_UTF8)


def _of_a_guess(sentences: Iterable[Tokens]) -> list[str]:
    """What is to be said of a guessed encoding, with a word by which it can be judged. Quotes and
    dashes, all that GMB has beyond ASCII, say nothing of it."""
    said = "is not UTF-8 and was read as Windows-1252; if {} is misspelt, name its encoding"
    words = (word for tokens in sentences for word in tokens.words if not word.isascii())
    told = (word for word in words if any(c.isalpha() and not c.isascii() for c in word))
    return [said.format(shown(word)) for word in islice(told, 1)]


def _read_bytes(path: Path) -> bytes:
    data = files.read_bytes(path, preferred=GMB.name)
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        raise CorpusError(
            f"{path}: is empty; give a file with the columns Sentence #, Word, POS, Tag"
        )
    return data
