"""Read a corpus of annotated sentences and say which one was read (lessons 01 and 07).

A corpus may be the Kaggle file `ner_dataset.csv` (the Groningen Meaning Bank, GMB), a file of your
own in that form, or CoNLL columns; `readers` has a module for each. Behind them all tags are IOB2.
"""

import codecs
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pandas as pd

from ner_tutorial import files, iob2
from ner_tutorial.errors import CorpusError, shown
from ner_tutorial.readers import READERS, gmb
from ner_tutorial.readers.tokens import Tokens

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


def read(
    path: str | os.PathLike,
    *,
    encoding: str | None = None,
    iob1: bool = False,
    repair: bool = False,
) -> list[Sentence]:
    """Read all sentences of a corpus, whatever their length, in file order.

    The format is told from the first line that is not blank; see `readers`.

    Args:
        path: the file; a `.gz`, `.bz2` or `.xz`, or a `.zip` that holds one file, is unpacked in
            memory.
        encoding: of the text. By default UTF-8; for a CSV that is not, Windows-1252.
        iob1: the tags are IOB1, where B- only parts two neighbours of one type: make them IOB2.
        repair: read an I- tag that continues nothing as B-. (The same change as `iob1` makes;
            the one says what the file is, the other that it has mistakes.)

    Raises:
        CorpusError: the file cannot be read or is no corpus; one line that names the place.
    """
    path = Path(path)
    reader, text = _open(path, encoding)
    sentences = [
        Sentence(tuple(tokens.words), tuple(_in_iob2(path, tokens, iob1 or repair)))
        for tokens in reader.read(path, text)
    ]
    if not sentences:
        raise CorpusError(f"{path}: holds no token; give a corpus with sentences in it")
    return sentences


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
    path = Path(path)
    tokens = gmb.table(path, files.decode(path, _read_bytes(path), None, gmb.FALLBACK))
    for sentence in gmb.sentences(tokens):
        _in_iob2(path, sentence, repair=False, advice="an I- tag continues a B- or I- tag")
    return tokens.reset_index(drop=True)


def to_sentences(tokens: pd.DataFrame) -> list[Sentence]:
    """Group a table from `read_gmb` into sentences, in file order.

    >>> tokens = pd.DataFrame({"sentence": [1, 1], "word": ["Hello", "Joe"], "tag": ["O", "B-per"]})
    >>> to_sentences(tokens)
    [Sentence(words=('Hello', 'Joe'), tags=('O', 'B-per'))]
    """
    return [Sentence(tuple(words), tuple(tags)) for words, tags, _ in gmb.sentences(tokens)]


def load(path: str | os.PathLike | None = None, max_length: int = MAX_LENGTH) -> list[Sentence]:
    """The sentences of at most `max_length` words of a corpus; by default the one the lessons
    read."""
    return keep_short(read(path or find_corpus()), max_length)


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


def _open(path: Path, encoding: str | None) -> tuple[ModuleType, str]:
    """The reader for a file, and the file's text."""
    data = _read_bytes(path)
    text = None if encoding is None else files.decode(path, data, encoding, None)
    # Latin-1 reads any bytes, and spells a header as UTF-8 and Windows-1252 do.
    beginning = data.decode("latin-1").removeprefix("\xef\xbb\xbf") if text is None else text
    first = beginning.lstrip().partition("\n")[0].partition("\r")[0]
    reader = next(r for r in READERS.values() if r.recognises(path, first))
    return reader, files.decode(path, data, None, reader.FALLBACK) if text is None else text


def _read_bytes(path: Path) -> bytes:
    data = files.read_bytes(path, preferred=GMB.name)
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        columns = ", ".join(gmb.COLUMNS)
        raise CorpusError(f"{path}: is empty; give a file with the columns {columns}")
    return data


def _in_iob2(
    path: Path,
    tokens: Tokens,
    repair: bool,
    advice: str = "pass {iob1} if the file is IOB1, or {repair} to read it as B-",
) -> list[str]:
    """A sentence's tags, once they are known to be IOB2, or are made so.

    Raises:
        CorpusError: with the line of the first tag that is none, or, without `repair`, that
            continues nothing.
    """
    tags = tokens.tags
    for tag, line in zip(tags, tokens.lines, strict=True):
        if not iob2.is_tag(tag):
            raise CorpusError(f"{path}:{line}: the tag is {shown(tag)}; {_advice(tag)}")
    starts = iob2.missing_starts(tags)
    if starts and not repair:
        raise CorpusError(
            f"{path}:{tokens.lines[starts[0]]}: the tag {shown(tags[starts[0]])} continues no "
            "entity of its type",
            advice,
        )
    return iob2.repair(tags) if starts else tags


def _advice(tag: str) -> str:
    for pattern, advice in {
        r"[LU]-\S": "that looks like BILOU: convert it, ",
        r"[ES]-\S": "that looks like BIOES: convert it, ",
        r"[BI]_\S": "write a hyphen after B or I; ",
    }.items():
        if re.match(pattern, tag):
            return advice + iob2.RULE
    return iob2.RULE
