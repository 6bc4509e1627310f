"""Read a corpus of annotated sentences and say which one was read (lesson 01).

The lessons' format is that of the Kaggle file `ner_dataset.csv` (the Groningen Meaning Bank, GMB):
the columns `Sentence #`, `Word`, `POS` and `Tag`, one token a row, the sentence's label on its
first row only. A corpus of your own may also be in CoNLL columns.
"""

import codecs
import gzip
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

MAX_BYTES = 2**30  # that an archive may unpack to: GMB seventy times over

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
    tidy = _read_gmb(path, _decode(path, _read_bytes(path), is_csv=True))
    _refuse(
        path, tidy["tag"], _inside_without_start(tidy), "an I- tag continues a B- or I- of its type"
    )
    return tidy.reset_index(drop=True)


def read(
    path: str | os.PathLike,
    *,
    encoding: str | None = None,
    iob1: bool = False,
    repair: bool = False,
) -> list[Sentence]:
    """Read all sentences of a corpus, whatever their length, in file order.

    Two formats are told apart by the first line. It is a CSV, read as by `read_gmb`, if that line
    names two or more of GMB's columns, or if the file is called `.csv` and the line does not end in
    a tag. Everything else is CoNLL: a token a line, its word in the first column and its tag in the
    last, a blank line between sentences; `-DOCSTART-` lines are skipped. If the first token's line
    holds a tab, tabs separate the columns, and a word may hold spaces; otherwise spaces do.

    Args:
        path: the file; a `.gz`, or a `.zip` that holds one file, is unpacked in memory.
        encoding: of the text. By default UTF-8; for a CSV that is not, Windows-1252.
        iob1: the tags are IOB1, where B- only parts two neighbours of one type: make them IOB2.
        repair: read an I- tag that continues nothing as B-. (The same change as `iob1` makes;
            the one says what the file is, the other that it has mistakes.)

    Raises:
        CorpusError: the file cannot be read or is no corpus; one line that names the place.
    """
    path = Path(path)
    data = _read_bytes(path, any_file=True)
    # Windows-1252 and UTF-8 spell a header alike, so this works before the encoding is known.
    first = re.match(rb"[\s\xef\xbb\xbf]*[^\r\n]*", data)[0].decode("latin-1")
    is_csv = encoding is None and _is_csv(path, first)
    text = _decode(path, data, is_csv, encoding)
    if encoding is not None:
        is_csv = _is_csv(path, re.match(r"\s*[^\r\n]*", text)[0])
    if not is_csv:
        return _read_conll(path, text, start=iob1 or repair)
    tidy = _read_gmb(path, text)
    without_start = _inside_without_start(tidy)
    if iob1 or repair:
        tidy["tag"] = tidy["tag"].mask(without_start, "B-" + tidy["tag"].str[2:])
    else:
        _refuse(path, tidy["tag"], without_start, f"it continues no entity; {_START}")
    return to_sentences(tidy)


def _read_gmb(path: Path, text: str) -> pd.DataFrame:
    """The table of `read_gmb`, by the file's rows, before I- tags without a start are refused."""
    table = _read_table(path, text)
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
    return pd.DataFrame(
        {"sentence": number, "word": table["Word"], "pos": table["POS"], "tag": table["Tag"]}
    )


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


def split_long(sentences: Iterable[Sentence], max_length: int) -> list[Sentence]:
    """The sentences, those of more than `max_length` words cut into pieces; no token is lost.

    A cut that would fall inside an entity moves to just before it. An entity of more than
    `max_length` words alone cannot be kept whole: each of its pieces is an entity, with a B- tag.

    >>> split_long([Sentence(("in", "New", "York"), ("O", "B-geo", "I-geo"))], 2)
    [Sentence(words=('in',), tags=('O',)), Sentence(words=('New', 'York'), tags=('B-geo', 'I-geo'))]
    """
    if max_length < 1:
        raise ValueError(f"max_length is {max_length}; a piece needs at least one word")
    pieces = []
    for sentence in sentences:
        start = 0
        while start < len(sentence):
            end = min(start + max_length, len(sentence))
            if end < len(sentence):
                cut = end
                while cut > start and sentence.tags[cut].startswith("I-"):
                    cut -= 1
                end = cut if cut > start else end
            first, *rest = sentence.tags[start:end]
            if first.startswith("I-"):
                first = f"B-{first[2:]}"
            pieces.append(Sentence(sentence.words[start:end], (first, *rest)))
            start = end
    return pieces


def load(path: str | os.PathLike | None = None, max_length: int = MAX_LENGTH) -> list[Sentence]:
    """The sentences of at most `max_length` words of a corpus; by default the one the lessons
    read."""
    return keep_short(read(path or find_corpus()), max_length)


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


def _read_bytes(path: Path, any_file: bool = False) -> bytes:
    """A file's content, unpacked; of a zip that of the one CSV, or with `any_file` the one file."""
    try:
        # A pipe or a device may never end.
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise CorpusError(f"{path}: is a pipe or a device; save it as a file first")
        if path.suffix == ".zip":
            data = _read_zipped(path, any_file)
        elif path.suffix == ".gz":
            with gzip.open(path) as file:
                data = file.read(MAX_BYTES + 1)
        else:
            return path.read_bytes()
    except FileNotFoundError:
        raise CorpusError(f"{path}: no such file; give the path of a corpus") from None
    except IsADirectoryError:
        raise CorpusError(f"{path}: is a directory; give the corpus file inside it") from None
    except PermissionError:
        raise CorpusError(f"{path}: may not be read; check the file's permissions") from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise CorpusError(f"{path}: is not a gzip file, or a broken one; fetch it again") from None
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
        raise CorpusError(f"{path}: {reason}; give the path of a corpus") from None
    except CorpusError:
        raise
    except ValueError:  # a NUL in its name
        raise CorpusError(f"{str(path)[:60]!r}: is no file name; give a path") from None
    if len(data) > MAX_BYTES:
        raise CorpusError(f"{path}: unpacks to over {MAX_BYTES:,} bytes; unpack it, name the file")
    return data


def _read_zipped(path: Path, any_file: bool) -> bytes:
    """One file of an archive; of Kaggle's, which holds two, `ner_dataset.csv`."""
    try:
        with zipfile.ZipFile(path) as archive:
            files = [name for name in archive.namelist() if not name.endswith("/")]
            names = [name for name in files if name.endswith(".csv")]
            if any_file and len(files) == 1:
                names = files
            if len(names) > 1:
                names = [name for name in names if Path(name).name == GMB.name]
            if len(names) != 1:
                kind = "file" if any_file else "CSV file"
                raise CorpusError(f"{path}: does not hold one {kind}; unpack it and name the file")
            with archive.open(names[0]) as file:
                return file.read(MAX_BYTES + 1)
    # RuntimeError: it asks for a password, or (NotImplementedError) for another compression
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
        raise CorpusError(
            f"{path}: is not a zip archive, or a broken or encrypted one; fetch it again"
        ) from None


def _decode(path: Path, data: bytes, is_csv: bool, encoding: str | None = None) -> str:
    kind = "CSV" if is_csv else "CSV or CoNLL columns"
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        raise CorpusError(f"{path}: is empty; give a file with the columns {', '.join(COLUMNS)}")
    if encoding is not None:
        try:
            text = data.decode(encoding).removeprefix("\ufeff")
        except LookupError:
            known = "such as utf-8, cp1252 or latin-1"
            raise CorpusError(f"no text encoding {encoding[:40]!r}; name one {known}") from None
        except ValueError:
            wrong = f"not text in the encoding {encoding[:40]!r}"
            raise CorpusError(f"{path}: {wrong}; name the one it was saved in") from None
        if "\0" not in text:
            return text
        data = text[: text.index("\0") + 1].encode("utf-8", "replace")
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        wrong = "holds a NUL byte, so it is not a text file"
        raise CorpusError(f"{path}:{line}: {wrong}; give a {kind}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not is_csv:
            line = data.count(b"\n", 0, error.start) + 1
            advice = "save it as UTF-8 or name its encoding (--encoding)"
            raise CorpusError(f"{path}:{line}: not UTF-8 text; {advice}") from None
    try:  # Kaggle's file is Windows-1252: its 38 curly quotes and dashes are not valid UTF-8
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CorpusError(
            f"{path}:{line}: neither UTF-8 nor Windows-1252 text; save the file as UTF-8"
        ) from None


def _is_csv(path: Path, first: str) -> bool:
    first = first.lstrip("\xef\xbb\xbf \r\n")
    if sum(column in re.split('[,;\t"]+', first) for column in COLUMNS) > 1:
        return True
    named_csv = ".csv" in path.suffixes[-2:]
    return named_csv and not re.search(r"[ \t](O|[BI]-\S+)\s*$", first)


_START = "pass --iob1 if the file is IOB1, or --repair to read it as B-"


def _read_conll(path: Path, text: str, start: bool) -> list[Sentence]:
    """The sentences of CoNLL columns; with `start`, an I- that continues nothing becomes B-."""
    sentences, words, tags = [], [], []
    tabs = None
    # Not str.splitlines, which also splits at characters that may stand in a word.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate([*lines, ""], 1):
        content = line.strip(" \t")
        if not content or content.startswith("-DOCSTART-"):
            if words:
                sentences.append(Sentence(tuple(words), tuple(tags)))
                words, tags = [], []
            continue
        if tabs is None:
            tabs = "\t" in line
        columns = line.split("\t") if tabs else [part for part in line.split(" ") if part]
        word, tag = columns[0].strip(" "), columns[-1].strip(" ")
        where = f"{path}:{number}"
        if len(columns) < 2:
            kind = "tabs" if tabs else "spaces"
            raise CorpusError(
                f"{where}: one column, {_shown(line)}; give a word and a tag, parted by {kind}"
            )
        if not word.strip():
            raise CorpusError(f"{where}: a line without a word; every line needs a word and a tag")
        if not re.fullmatch(r"O|[BI]-\S+", tag):
            raise CorpusError(f"{where}: the tag is {_shown(tag)}; {_tag_advice(tag)}")
        if tag.startswith("I-") and (not tags or tags[-1][1:] != tag[1:]):
            if not start:
                raise CorpusError(
                    f"{where}: the tag {_shown(tag)} continues no entity of its type; {_START}"
                )
            tag = f"B{tag[1:]}"
        words.append(word)
        tags.append(tag)
    if not sentences:
        raise CorpusError(f"{path}: holds no token; give a corpus with sentences in it")
    return sentences


def _tag_advice(tag: str) -> str:
    rule = "tags are O, B-type or I-type (IOB2)"
    if re.match(r"[LU]-\S", tag):
        return f"that looks like BILOU: convert it, {rule}"
    if re.match(r"[ES]-\S", tag):
        return f"that looks like BIOES: convert it, {rule}"
    if re.match(r"[BI]_\S", tag):
        return f"write a hyphen after B or I; {rule}"
    return rule


def _shown(value: str) -> str:
    return repr(value[:40] + ("..." if len(value) > 40 else ""))


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
        found = ", ".join(map(repr, table.columns[:8]))[:100]
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
