"""Files to tag, cut into blocks at the ends of lines, of rows, or of row groups."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from typing import IO, NamedTuple

from ner_tutorial import text
from ner_tutorial.errors import CorpusError, shown

ENTITIES = "entities"  # the column that is added to rows

_KINDS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "parquet"}
_BOM = "\ufeff".encode()
_PIECE = 65_536  # characters that are read at once


class Block(NamedTuple):
    """A stretch of a file: what one task reads, and what one part holds.

    Attributes:
        input: the file's address.
        kind: text, jsonl, csv or parquet.
        start: the byte at which it begins.
        end: the byte before which it ends.
        characters: how many of a text stand before it.
        line: the first of its lines, counted from 1; of Parquet its row group, counted from 0.
        sha256: the fingerprint of its bytes.
        columns: a CSV's header.
    """

    input: str
    kind: str
    start: int
    end: int
    characters: int
    line: int
    sha256: str
    columns: Sequence[str] = ()

    def read(self) -> bytes:
        """Its bytes.

        Raises:
            CorpusError: the file is gone, or was changed.
        """
        with opened(self.input) as file:
            file.seek(self.start)
            data = file.read(self.end - self.start)
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise CorpusError(
                f"{self.input}: was changed while it was tagged; tag it anew, to another directory"
            )
        return data


@contextmanager
def opened(address: str) -> Iterator[IO[bytes]]:
    """A file at any address that fsspec knows, to read bytes from.

    Raises:
        CorpusError: it cannot be read, be it noticed now or on reading.
    """
    import fsspec

    try:
        with fsspec.open(address, "rb") as file:
            yield file
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        reason = "no such file" if missing else f"cannot be read ({error.strerror or error})"
        raise CorpusError(f"{address}: {reason}; put it there and go on") from None


def plan(inputs: Iterable[str], column: str) -> list[Block]:
    """The blocks of some files, in order.

    A text or a table in lines is cut where `text.blocks` ends a block, Parquet at its row groups.

    Args:
        inputs: paths, addresses that fsspec knows, and patterns of either.
        column: which holds the texts, in a file that has columns.

    Raises:
        CorpusError: there is no such file or column, or it is not UTF-8 text.
    """
    return [block for address in _addresses(inputs) for block in _blocks(address, column)]


def _addresses(inputs: Iterable[str]) -> list[str]:
    found = [address for given in inputs for address in _matching(given)]
    for address in found:
        if found.count(address) > 1:
            raise CorpusError(f"{address}: is named twice; name each file once")
    return found


def _matching(given: str) -> list[str]:
    import fsspec
    from fsspec.implementations.local import LocalFileSystem

    try:
        system, path = fsspec.core.url_to_fs(given)
        if system.isdir(path):
            raise CorpusError(f"{given}: is a directory; name the files in it, as in '{given}/*'")
        paths = [path] if system.isfile(path) else sorted(filter(system.isfile, system.glob(path)))
    except (OSError, ImportError, ValueError) as error:
        if isinstance(error, CorpusError):
            raise
        raise CorpusError(f"{given}: cannot be read ({error})") from None
    if not paths:
        raise CorpusError(f"{given}: no such file; name files, or a pattern that some match")
    return (
        paths if isinstance(system, LocalFileSystem) else list(map(system.unstrip_protocol, paths))
    )


def _blocks(address: str, column: str) -> Iterator[Block]:
    kind = _KINDS.get(PurePath(address).suffix.lower(), "text")
    with opened(address) as file:
        if kind == "parquet":
            yield from _row_groups(address, file, column)
            return
        try:
            yield from _blocks_of_lines(address, kind, file, column)
        except UnicodeDecodeError:
            line = _first_not_utf8(file)
            raise CorpusError(f"{address}:{line}: not UTF-8 text; save it as UTF-8") from None


def _blocks_of_lines(address: str, kind: str, file: IO[bytes], column: str) -> Iterator[Block]:
    place = len(_BOM) if file.read(len(_BOM)) == _BOM else 0
    file.seek(place)
    # A line of JSON ends with a line feed alone; elsewhere whoever reads it decides.
    stream = io.TextIOWrapper(file, "utf-8", newline="\n" if kind == "jsonl" else "")
    columns: tuple[str, ...] = ()
    line = 1
    records = _RECORDS[kind](address, stream)
    if kind == "csv" and (header := next(records, "")):
        columns = tuple(next(csv.reader([header])))
        check_columns(address, columns, column)
        place, line = place + len(header.encode()), 1 + header.count("\n")
    for characters, lines in text.blocks(records):
        content = "".join(lines)
        if "\0" in content:
            nul = line + content[: content.index("\0")].count("\n")
            raise CorpusError(f"{address}:{nul}: holds a NUL byte, so it is not a text file")
        data = content.encode()
        sha256 = hashlib.sha256(data).hexdigest()
        end = place + len(data)
        yield Block(address, kind, place, end, characters, line, sha256, columns)
        place, line = end, line + content.count("\n")
    stream.detach()


def _lines_of_text(_: str, stream: io.TextIOWrapper) -> Iterator[str]:
    return text.lines(iter(lambda: stream.read(_PIECE), ""))


def _lines_of_json(_: str, stream: io.TextIOWrapper) -> Iterator[str]:
    return iter(stream)


def _rows_of_csv(address: str, stream: io.TextIOWrapper) -> Iterator[str]:
    """A CSV's rows, as they stand there: a row may go over several lines."""
    taken: list[str] = []

    def noted() -> Iterator[str]:
        for line in stream:
            taken.append(line)
            yield line

    reader = csv.reader(noted())
    try:
        for _ in reader:
            yield "".join(taken)
            taken.clear()
    except csv.Error as error:
        raise CorpusError(f"{address}:{reader.line_num}: not a row of a CSV ({error})") from None


_RECORDS: dict[str, Callable[[str, io.TextIOWrapper], Iterator[str]]] = {
    "text": _lines_of_text,
    "jsonl": _lines_of_json,
    "csv": _rows_of_csv,
}


def _row_groups(address: str, file: IO[bytes], column: str) -> Iterator[Block]:
    import pyarrow
    from pyarrow.parquet import ParquetFile

    try:
        metadata = ParquetFile(file).metadata
    except pyarrow.ArrowInvalid:
        raise CorpusError(f"{address}: not a Parquet file, or a broken one") from None
    check_columns(address, metadata.schema.to_arrow_schema().names, column)
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        chunks = [group.column(i) for i in range(group.num_columns)]
        starts = [chunk.dictionary_page_offset or chunk.data_page_offset for chunk in chunks]
        end = max(s + c.total_compressed_size for s, c in zip(starts, chunks, strict=True))
        file.seek(min(starts))
        sha256 = hashlib.sha256(file.read(end - min(starts))).hexdigest()
        yield Block(address, "parquet", min(starts), end, 0, number, sha256)


def check_columns(where: str, columns: Sequence[str], column: str) -> None:
    if column not in columns:
        there = ", ".join(map(shown, columns))
        raise CorpusError(
            f"{where}: has no column {shown(column)}; it has {there}", "name one as {column}"
        )
    if ENTITIES in columns:
        raise CorpusError(f"{where}: has a column {ENTITIES!r} already; rename that")


def _first_not_utf8(file: IO[bytes]) -> int:
    """The number of the first line that is no UTF-8."""
    file.seek(0)
    for number, line in enumerate(file, 1):
        try:
            line.decode()
        except UnicodeDecodeError:
            return number
    return 1
