"""CSV and TSV with a header, one token a row, such as Kaggle's `ner_dataset.csv` (lesson 01).

The columns are found by the names that people give them, in any order and case; see `columns`. A
sentence's label stands on each of its rows or on the first; without labels, blank lines part the
sentences. Kaggle's file, the Groningen Meaning Bank (GMB), is in Windows-1252.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pandas as pd

from ner_tutorial.errors import CorpusError, shown
from ner_tutorial.readers import columns
from ner_tutorial.readers.tokens import Contents, Tokens
from ner_tutorial.reading import Reading

FALLBACK = "cp1252"  # Kaggle's 38 curly quotes and dashes are not valid UTF-8
_POS = ("pos", "postag", "upos")
_NO_LABEL = ("", "nan", "NaN")  # the last two as pandas may write it


def recognises(path: Path, text: str, reading: Reading) -> bool:
    """Whether a file is of this format.

    It is if its first line that is not blank names two or more columns, or the one that was chosen,
    or if the file is called `.csv` and the line does not end in a tag. Columns that are parted by
    tabs, without labels of sentences, are of CoNLL.
    """
    first = _first_line(text)
    cells = _cells(first)
    known = (columns.WORD, columns.TAG, columns.SENTENCE, _POS)
    has_labels = bool(columns.named(cells, columns.SENTENCE))
    if _separator(first) == "\t" and not has_labels:
        return False
    if sum(bool(columns.named(cells, names)) for names in known) > 1:
        return True
    if len(cells) > 1 and columns.is_header(cells, reading):
        return True
    is_csv = ".csv" in [suffix.lower() for suffix in path.suffixes[-2:]]
    return is_csv and not re.search(r"[ \t](O|[BI]-\S+)\s*$", first)


def read(path: Path, text: str, reading: Reading) -> Contents:
    """The sentences of a corpus in this format.

    Raises:
        CorpusError: a column or a sentence's label is missing, or it is no CSV.
    """
    header = _cells(_first_line(text))
    found = list(sentences(table(path, text, reading)))
    return Contents(found, [], parted_by_blank_lines=not columns.named(header, columns.SENTENCE))


def table(path: Path, text: str, reading: Reading) -> pd.DataFrame:
    """The tokens as a tidy table, by the file's rows: `sentence` (int), `word`, `pos`, `tag` (str).

    Raises:
        CorpusError: as `read`.
    """
    rows = _rows(path, text)
    is_blank = (rows == "").all(axis="columns")
    if is_blank.all():
        raise CorpusError(
            f"{path}: holds a header and no token; give a corpus with sentences in it"
        )
    word, tag, label = _columns(path, rows[~is_blank], reading)
    # First, since every line number after it would be wrong: a single " runs on to the next one.
    broken = rows[word].str.contains(r"[\r\n]")
    if broken.any():
        wrong = re.sub(r"\s+", " ", repr(rows[word][broken.idxmax()]))[:60]
        raise CorpusError(
            f"{path}:{_line(broken.idxmax())}: {word} is {wrong}; no word holds a line break; "
            'write the word " as """"'
        )
    number = is_blank.cumsum() if label is None else _numbers(path, rows[label][~is_blank])
    if label is not None and (document := columns.named(rows.columns, columns.DOCUMENT)):
        number = _parted(number, rows.iloc[:, document[0]][~is_blank])
    pos = columns.named(rows.columns, _POS)
    parts = {
        "sentence": number,
        "word": rows[word],
        "pos": rows.iloc[:, pos[0]] if pos else "",
        "tag": rows[tag],
    }
    return pd.DataFrame(parts)[~is_blank]


def sentences(tokens: pd.DataFrame) -> Iterator[Tokens]:
    """The rows of a table from `table`, a sentence at a time, in file order."""
    first_rows = (tokens["sentence"] != tokens["sentence"].shift()).to_numpy().nonzero()[0]
    words, tags, lines = (
        list(column) for column in (tokens["word"], tokens["tag"], map(_line, tokens.index))
    )
    for start, end in pairwise([*first_rows, len(tokens)]):
        yield Tokens(words[start:end], tags[start:end], lines[start:end])


def _first_line(text: str) -> str:
    return text.lstrip().partition("\n")[0].partition("\r")[0]


def _separator(header: str) -> str:
    return max(",;\t", key=header.count)  # of none, the comma


def _cells(header: str) -> list[str]:
    return [cell.strip(' "') for cell in header.split(_separator(header))]


def _rows(path: Path, text: str) -> pd.DataFrame:
    first = _first_line(text)
    separator = _separator(first)
    is_plain = (
        separator == "\t"
        and not first.startswith('"')
        and not columns.are_quoted(re.split(r"[\t\r\n]", text))
    )
    try:
        # Strings stay strings: pandas would read the words None, NA and null as missing values.
        rows = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            dtype=str,
            keep_default_na=False,
            skip_blank_lines=False,
            quoting=csv.QUOTE_NONE if is_plain else csv.QUOTE_MINIMAL,
        )
    except pd.errors.EmptyDataError:
        raise CorpusError(f"{path}:1: a blank line; begin with the header") from None
    except pd.errors.ParserError as error:
        reason = str(error).strip().rpartition("C error: ")[2]
        line = ""
        if place := re.search(r" in line (\d+)| starting at row (\d+)", reason):
            line = f":{place[1] or int(place[2]) + 1}"  # pandas counts lines from 1, rows from 0
            reason = reason.replace(place[0], "")
        raise CorpusError(
            f"{path}{line}: not a CSV file ({reason}); give as many fields in each row as the "
            'header has, and write the word " as """"'
        ) from None
    if not isinstance(rows.index, pd.RangeIndex):  # pandas takes the surplus for row names
        raise CorpusError(
            f"{path}:2: more fields than the header's {len(rows.columns)}; "
            "give as many fields in each row as the header has"
        )
    rows.columns = rows.columns.str.strip()
    if rows.columns.has_duplicates:
        twice = rows.columns[rows.columns.duplicated()][0]
        raise CorpusError(f"{path}:1: two columns are called {shown(twice)}; rename one")
    return rows.apply(_stripped)


def _stripped(column: pd.Series) -> pd.Series:
    """The cells without spaces around them, or a mark where two files were joined."""
    around = " \t\ufeff"
    if all(cell == cell.strip(around) for cell in column.unique()):
        return column
    return column.str.strip(around)


def _columns(path: Path, rows: pd.DataFrame, reading: Reading) -> tuple[str, str, str | None]:
    """The names of the columns of words, of tags, and of the sentences' labels, if there is one."""
    header, where = list(rows.columns), f"{path}:1"
    if reading.tag_column is None:
        called_so = [header[place] for place in columns.named(header, columns.TAG)]
        tags = {name: Counter(rows[name]) for name in called_so}
        reading = replace(reading, tag_column=columns.of_tags(where, tags))
    found = columns.by_name(where, header, reading)
    word, tag = header[found.word], header[found.tag]
    for name in (word, tag):
        if rows[name].iloc[0].startswith("[") and rows[name].str.endswith("]").all():
            raise CorpusError(
                f"{path}:{_line(rows.index[0])}: {name} holds lists, a whole sentence in a row; "
                "write a token a row, or JSON lines with tokens and ner_tags"
            )
    labels = [header[place] for place in columns.named(header, columns.SENTENCE)]
    return word, tag, next((name for name in labels if name not in (word, tag)), None)


def _numbers(path: Path, labels: pd.Series) -> pd.Series:
    """The number of each token's sentence, from labels on each row or on the first of each."""
    labels = labels.where(~labels.isin(_NO_LABEL))
    if pd.isna(labels.iloc[0]):
        raise CorpusError(
            f"{path}:{_line(labels.index[0])}: a token before the first sentence; "
            "the first row of each sentence needs its label, such as 'Sentence: 1'"
        )
    # Only this column is filled downwards. Filled as a whole, the table would also lose every empty
    # cell of the others to the row above.
    codes, distinct = pd.factorize(labels.ffill())
    numbers = pd.Series(distinct).str.extract(r"^(?:Sentence: )?(\d{1,9})(?:\.0)?$")[0]
    if not numbers.isna().any():
        return pd.Series(numbers.astype(int).to_numpy()[codes], labels.index)
    changes = pd.Series(codes, labels.index)
    return (changes != changes.shift()).cumsum()


def _parted(number: pd.Series, document: pd.Series) -> pd.Series:
    """The numbers of sentences anew, where each document may count its own from the first on."""
    pairs = pd.DataFrame({"number": number, "document": document.where(document != "").ffill()})
    return (pairs.ne(pairs.shift()) & pairs.notna()).any(axis="columns").cumsum()


def _line(index: int) -> int:
    return int(index) + 2  # the header is line 1
