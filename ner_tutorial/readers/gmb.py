"""The format of the Kaggle file `ner_dataset.csv`, the Groningen Meaning Bank (GMB; lesson 01).

The columns `Sentence #`, `Word`, `POS` and `Tag`, one token a row, the sentence's label on its
first row only. The file itself is in Windows-1252.
"""

import io
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pandas as pd

from ner_tutorial.errors import CorpusError
from ner_tutorial.readers.tokens import Tokens

COLUMNS = ["Sentence #", "Word", "POS", "Tag"]
FALLBACK = "cp1252"  # Kaggle's 38 curly quotes and dashes are not valid UTF-8


def recognises(path: Path, first: str) -> bool:
    """Whether a file with this first line is of this format.

    It is if the line names two or more of the columns, or if the file is called `.csv` and the line
    does not end in a tag.
    """
    if sum(column in re.split('[,;\t"]+', first) for column in COLUMNS) > 1:
        return True
    return ".csv" in path.suffixes[-2:] and not re.search(r"[ \t](O|[BI]-\S+)\s*$", first)


def read(path: Path, text: str) -> Iterator[Tokens]:
    """The sentences of a corpus in this format."""
    return sentences(table(path, text))


def table(path: Path, text: str) -> pd.DataFrame:
    """The tokens as a tidy table, by the file's rows: `sentence` (int), `word`, `pos`, `tag` (str).

    Raises:
        CorpusError: a column, a word or a sentence's label is missing, or it is no CSV.
    """
    rows = _rows(path, text)
    rows = rows[(rows != "").any(axis="columns")]  # a blank line at a file's end is no token
    if rows.empty:
        raise CorpusError(
            f"{path}: holds a header and no token; give a corpus with sentences in it"
        )

    # First, since every line number after it would be wrong: a single " runs on to the next one.
    is_broken = rows["Word"].str.contains(r"[\r\n]")
    _refuse(path, rows["Word"], is_broken, 'no word holds a line break; write the word " as """"')
    labels = rows["Sentence #"]
    if not labels.iloc[0]:
        raise CorpusError(
            f"{path}:{_line(labels.index[0])}: a token before the first sentence; "
            "the first row of each sentence needs its label, such as 'Sentence: 1'"
        )
    is_label = labels.str.fullmatch(r"Sentence: \d{1,9}")
    _refuse(path, labels, (labels != "") & ~is_label, "write sentence labels as 'Sentence: 12'")
    _refuse(path, rows["Word"], rows["Word"].str.strip() == "", "every row needs a word")

    # Only the sentence column is filled downwards. Filled as a whole, the table would also lose
    # every empty cell of the others to the row above.
    number = labels.where(labels != "").ffill().str.removeprefix("Sentence: ").astype(int)
    return pd.DataFrame(
        {"sentence": number, "word": rows["Word"], "pos": rows["POS"], "tag": rows["Tag"]}
    )


def sentences(tokens: pd.DataFrame) -> Iterator[Tokens]:
    """The rows of a table from `table`, a sentence at a time, in file order."""
    first_rows = (tokens["sentence"] != tokens["sentence"].shift()).to_numpy().nonzero()[0]
    words, tags, lines = (
        list(column) for column in (tokens["word"], tokens["tag"], map(_line, tokens.index))
    )
    for start, end in pairwise([*first_rows, len(tokens)]):
        yield Tokens(words[start:end], tags[start:end], lines[start:end])


def _rows(path: Path, text: str) -> pd.DataFrame:
    try:
        # Strings stay strings: pandas would read the words None, NA and null as missing values.
        rows = pd.read_csv(
            io.StringIO(text), dtype=str, keep_default_na=False, skip_blank_lines=False
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
            f"{path}{line}: not a CSV file ({reason}); give a comma-separated file"
        ) from None
    if missing := [column for column in COLUMNS if column not in rows.columns]:
        found = ", ".join(map(repr, rows.columns[:8]))[:100]
        raise CorpusError(
            f"{path}:1: no column {' and '.join(map(repr, missing))}; found {found}; "
            f"the header must be {','.join(COLUMNS)}"
        )
    if not isinstance(rows.index, pd.RangeIndex):  # pandas takes the surplus for row names
        raise CorpusError(
            f"{path}:2: more fields than the header's {len(rows.columns)}; "
            "give as many fields in each row as the header has"
        )
    return rows[COLUMNS]


def _line(index: int) -> int:
    return int(index) + 2  # the header is line 1


def _refuse(path: Path, column: pd.Series, wrong: pd.Series, rule: str) -> None:
    """Raise with the first row where `wrong` is true."""
    if wrong.any():
        index = wrong.idxmax()
        shown = re.sub(r"\s+", " ", repr(column[index]))[:60]
        raise CorpusError(f"{path}:{_line(index)}: {column.name} is {shown}; {rule}")
