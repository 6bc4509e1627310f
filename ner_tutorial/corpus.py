"""Read a corpus of annotated sentences and say which one was read (lesson 01).

The format is that of the Kaggle file `ner_dataset.csv` (the Groningen Meaning Bank, GMB): the
columns
`Sentence #`, `Word`, `POS` and `Tag`, one token a row, the sentence's label on its first row only.
"""

import codecs
import hashlib
import io
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pandas as pd

COLUMNS = ["Sentence #", "Word", "POS", "Tag"]
MAX_LENGTH = 70  # words a sentence; GMB has four longer ones

# The repository's data/; an installed package holds the sample itself, and looks for GMB in data/
# under the folder it is started in.
_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = (_PACKAGE / "data" / "sample.csv").exists()
SAMPLE = (_PACKAGE if _INSTALLED else _PACKAGE.parent) / "data" / "sample.csv"
GMB = (Path.cwd() if _INSTALLED else _PACKAGE.parent) / "data" / "ner_dataset.csv"

KAGGLE_DATASET = "abhinavwalia95/entity-annotated-corpus"
GMB_BYTES = 15_208_151
GMB_SHA256 = "83257dd94ed59596809dc9f5b28f1f035c9d925d5a647f266db43a2f098e8f1a"


class CorpusError(ValueError):
    """A corpus that cannot be read: one line that says what is wrong, where, and what to do."""


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
    table = _read_table(path, _read_text(path))
    table = table[(table != "").any(axis="columns")]  # a blank line at a file's end is no token
    if table.empty:
        raise CorpusError(
            f"{path}: holds a header and no token; give a corpus with sentences in it"
        )

    # First, since every line number after it would be wrong: a single " runs on to the next one.
    is_broken = table["Word"].str.contains(r"[\r\n]")
    _refuse(path, table["Word"], is_broken, 'no word holds a line break; write the word " as """"')
    labels = table["Sentence #"]
    if not labels.iloc[0]:
        raise CorpusError(
            f"{path}:{_line(labels.index[0])}: a token before the first sentence; "
            "the first row of each sentence needs its label, such as 'Sentence: 1'"
        )
    is_label = labels.str.fullmatch(r"Sentence: \d{1,9}")
    _refuse(path, labels, (labels != "") & ~is_label, "write sentence labels as 'Sentence: 12'")
    _refuse(path, table["Word"], table["Word"].str.strip() == "", "every row needs a word")
    is_tag = table["Tag"].str.fullmatch(r"O|[BI]-\S+")
    _refuse(path, table["Tag"], ~is_tag, "tags are O, B-type or I-type (IOB2)")

    # Only the sentence column is filled downwards. Filled as a whole, the table would also lose
    # every empty cell of the others to the row above.
    number = labels.where(labels != "").ffill().str.removeprefix("Sentence: ").astype(int)
    tidy = pd.DataFrame(
        {"sentence": number, "word": table["Word"], "pos": table["POS"], "tag": table["Tag"]}
    )
    _refuse(
        path, tidy["tag"], _inside_without_start(tidy), "an I- tag continues a B- or I- of its type"
    )
    return tidy.reset_index(drop=True)


def to_sentences(tokens: pd.DataFrame) -> list[Sentence]:
    """Group a table from `read_gmb` into sentences, in file order.

    >>> tokens = pd.DataFrame({"sentence": [1, 1], "word": ["Hello", "Joe"], "tag": ["O", "B-per"]})
    >>> to_sentences(tokens)
    [Sentence(words=('Hello', 'Joe'), tags=('O', 'B-per'))]
    """
    first_rows = (tokens["sentence"] != tokens["sentence"].shift()).to_numpy().nonzero()[0]
    borders = [*first_rows, len(tokens)]
    words, tags = tokens["word"].tolist(), tokens["tag"].tolist()
    return [
        Sentence(tuple(words[start:end]), tuple(tags[start:end]))
        for start, end in pairwise(borders)
    ]


def keep_short(sentences: Iterable[Sentence], max_length: int = MAX_LENGTH) -> list[Sentence]:
    """The sentences of at most `max_length` words, in order: what every model here trains on."""
    return [sentence for sentence in sentences if len(sentence) <= max_length]


def load(path: str | os.PathLike | None = None, max_length: int = MAX_LENGTH) -> list[Sentence]:
    """The sentences of at most `max_length` words of a corpus; by default the one the lessons
    read."""
    return keep_short(to_sentences(read_gmb(path or find_corpus())), max_length)


def download(target: Path = GMB) -> Path:
    """Fetch GMB from Kaggle, and put it in place once its size and SHA-256 are right.

    kagglehub shows the progress, keeps what has arrived in its cache, and after a break goes on
    from there. If the target is GMB already, nothing is fetched.

    Returns:
        The target.

    Raises:
        CorpusError: Kaggle cannot be reached, or what came is not GMB, or another file is in the
            way. The message says what to do by hand; nothing is left in the target's place.
    """
    import kagglehub  # here, since nothing else needs it

    if target.exists():
        if _is_gmb(target):
            return target
        raise CorpusError(f"{target}: is another file than Kaggle's; move it away and try again")
    by_hand = (
        f"download https://www.kaggle.com/datasets/{KAGGLE_DATASET} with a browser, "
        f"and put {GMB.name} into {target.parent}"
    )
    try:
        fetched = Path(kagglehub.dataset_download(KAGGLE_DATASET, path=GMB.name))
        if not _is_gmb(fetched):  # it may be an old one from the cache
            fetched = kagglehub.dataset_download(KAGGLE_DATASET, path=GMB.name, force_download=True)
            fetched = Path(fetched)
    except Exception as error:  # kagglehub's errors, those of requests, and others share no class
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:150]
        raise CorpusError(f"{GMB.name} did not come from Kaggle ({reason}); {by_hand}") from None
    if not _is_gmb(fetched):
        size = fetched.stat().st_size
        raise CorpusError(
            f"{fetched}: {size:,} bytes came from Kaggle, but not the {GMB_BYTES:,} of GMB with "
            f"the SHA-256 {GMB_SHA256[:8]}...; {by_hand}"
        )
    partial = target.with_suffix(".partial")
    try:
        shutil.copyfile(fetched, partial)
        partial.replace(target)
    except OSError as error:
        raise CorpusError(f"{target}: cannot be written ({error.strerror}); {by_hand}") from None
    finally:
        partial.unlink(missing_ok=True)
    return target


def _is_gmb(path: Path) -> bool:
    if path.stat().st_size != GMB_BYTES:
        return False
    return hashlib.sha256(path.read_bytes()).hexdigest() == GMB_SHA256


def _read_text(path: Path) -> str:
    try:
        data = _read_zipped(path) if path.suffix == ".zip" else path.read_bytes()
    except FileNotFoundError:
        raise CorpusError(f"{path}: no such file; give the path of a corpus") from None
    except IsADirectoryError:
        raise CorpusError(f"{path}: is a directory; give the corpus file inside it") from None
    except PermissionError:
        raise CorpusError(f"{path}: may not be read; check the file's permissions") from None
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
        raise CorpusError(f"{path}: {reason}; give the path of a corpus") from None
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        raise CorpusError(f"{path}: is empty; give a file with the columns {', '.join(COLUMNS)}")
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise CorpusError(f"{path}:{line}: holds a NUL byte, so it is not a text file; give a CSV")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass  # Kaggle's file is Windows-1252: its 38 curly quotes and dashes are not valid UTF-8
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CorpusError(
            f"{path}:{line}: neither UTF-8 nor Windows-1252 text; save the file as UTF-8"
        ) from None


def _read_zipped(path: Path) -> bytes:
    """The one CSV in an archive; in Kaggle's, which holds two, `ner_dataset.csv`."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".csv")]
            if len(names) > 1:
                names = [name for name in names if Path(name).name == GMB.name]
            if len(names) != 1:
                raise CorpusError(
                    f"{path}: does not hold one CSV file; unpack it and name the file"
                )
            return archive.read(names[0])
    except (zipfile.BadZipFile, zlib.error, RuntimeError):  # RuntimeError: it asks for a password
        raise CorpusError(
            f"{path}: is not a zip archive, or a broken or encrypted one; fetch it again"
        ) from None


def _read_table(path: Path, text: str) -> pd.DataFrame:
    try:
        # Strings stay strings: pandas would read the words None, NA and null as missing values.
        table = pd.read_csv(
            io.StringIO(text), dtype=str, keep_default_na=False, skip_blank_lines=False
        )
    except pd.errors.ParserError as error:
        reason = str(error).strip().rpartition("C error: ")[2]
        line = ""
        if place := re.search(r" in line (\d+)| starting at row (\d+)", reason):
            line = f":{place[1] or int(place[2]) + 1}"  # pandas counts lines from 1, rows from 0
            reason = reason.replace(place[0], "")
        raise CorpusError(
            f"{path}{line}: not a CSV file ({reason}); give a comma-separated file"
        ) from None
    if missing := [column for column in COLUMNS if column not in table.columns]:
        found = ", ".join(map(repr, table.columns[:8]))[:200]
        raise CorpusError(
            f"{path}:1: no column {' and '.join(map(repr, missing))}; found {found}; "
            f"the header must be {','.join(COLUMNS)}"
        )
    if not isinstance(table.index, pd.RangeIndex):  # pandas takes the surplus for row names
        raise CorpusError(
            f"{path}:2: more fields than the header's {len(table.columns)}; "
            "give as many fields in each row as the header has"
        )
    return table[COLUMNS]


def _inside_without_start(tidy: pd.DataFrame) -> pd.Series:
    """True where an I- tag does not continue an entity of its type in the same sentence."""
    before = (
        tidy["tag"].shift(fill_value="O").where(tidy["sentence"].eq(tidy["sentence"].shift()), "O")
    )
    return tidy["tag"].str.startswith("I-") & (tidy["tag"].str[2:] != before.str[2:])


def _line(index: int) -> int:
    return int(index) + 2  # the header is line 1


def _refuse(path: Path, column: pd.Series, wrong: pd.Series, rule: str) -> None:
    """Raise with the first row where `wrong` is true."""
    if wrong.any():
        index = wrong.idxmax()
        shown = re.sub(r"\s+", " ", repr(column[index]))[:60]
        raise CorpusError(f"{path}:{_line(index)}: {column.name} is {shown}; {rule}")
