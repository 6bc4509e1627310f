"""Files: unpacked, decoded, read whole or as a stream; written whole or not at all; fingerprints.

Whatever cannot be read ends in a `UserError` of one line that names the file, and the line in it.
"""

import bz2
import codecs
import contextlib
import ctypes
import gzip
import hashlib
import io
import lzma
import os
import re
import shutil
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

from ner_tutorial.errors import CorpusError, UserError

MAX_BYTES = 2**30  # that an archive may unpack to: GMB seventy times over

_MISSING = {
    FileNotFoundError: "no such file; give the path of a {}",
    IsADirectoryError: "is a directory; give the {} inside it",
    PermissionError: "may not be read; check the file's permissions",
}
_BROKEN = {
    ".gz": "is not a gzip file, or a broken one; fetch it again",
    ".bz2": "is not a bzip2 file, or a broken one; fetch it again",
    ".xz": "is not an xz file, or a broken one; fetch it again",
    ".zip": "is not a zip archive, or a broken or encrypted one; fetch it again",
}
_OPENERS: dict[str, Callable[..., io.BufferedIOBase]] = {
    ".gz": gzip.GzipFile,
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
}
# Without the quotation marks and dashes of Windows-1252, which do stand together.
_BEYOND_ASCII = re.compile(rb"[\xa1-\xff]+")
_WORD_BEYOND_ASCII = re.compile(
    rb"[\xa1-\xff]{3,}|(?<![A-Za-z\xa1-\xff])[\xa1-\xff]{2}(?![A-Za-z\xa1-\xff])"
)
# RuntimeError: a zip asks for a password, or (NotImplementedError) for another compression.
_BAD_ARCHIVE = (
    gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError,
)  # fmt: skip


def read_bytes(path: Path, preferred: str) -> bytes:
    """A file's content, unpacked as `opened` does.

    Args:
        path: the file.
        preferred: the name of the file to take where an archive holds several CSV files.

    Raises:
        CorpusError: it cannot be read, is broken, or unpacks to over `MAX_BYTES`.
    """
    packed = path.suffix.lower() in _BROKEN
    with opened(path, preferred) as file:
        data = file.read(MAX_BYTES + 1 if packed else -1)
    if packed and len(data) > MAX_BYTES:
        raise CorpusError(f"{path}: unpacks to over {MAX_BYTES:,} bytes; unpack it, name the file")
    return data


@contextlib.contextmanager
def opened(
    path: Path, preferred: str = "", kind: type[UserError] = CorpusError, what: str = "corpus file"
) -> Iterator[io.BufferedIOBase]:
    """A file's content as a stream; of a `.gz`, `.bz2` or `.xz` what is packed in it, of a `.zip`
    the one file, or the one CSV. There is no limit to what it unpacks to.

    Args:
        path: the file.
        preferred: the name of the file to take where an archive holds several CSV files.
        kind: the error to raise.
        what: what the file should be, for messages.

    Raises:
        UserError: of that kind: it cannot be read, or is broken, be it noticed now or on reading.
    """
    try:
        with contextlib.ExitStack() as stack:
            try:
                file = _stream(path, preferred, kind, stack)
            except UserError:
                raise
            except ValueError:  # a NUL in its name
                raise kind(f"{str(path)[:60]!r}: is no file name; give a path") from None
            yield file
    except _BAD_ARCHIVE:
        raise kind(f"{path}: {_BROKEN[path.suffix.lower()]}") from None
    except OSError as error:
        raise kind(f"{path}: {_reason(path, error, what)}") from None


def _reason(path: Path, error: OSError, what: str) -> str:
    if error.errno is None:  # bzip2's, of a damaged archive
        return _BROKEN[path.suffix.lower()]
    other = f"cannot be read ({error.strerror}); give the path of a {{}}"
    return _MISSING.get(type(error), other).format(what)


def _stream(
    path: Path, preferred: str, kind: type[UserError], stack: contextlib.ExitStack
) -> io.BufferedIOBase:
    # A pipe or a device may never end.
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise kind(f"{path}: is a pipe or a device; save it as a file first")
    if path.suffix.lower() == ".zip":
        archive = stack.enter_context(zipfile.ZipFile(path))
        member = archive.open(_chosen(path, archive.namelist(), preferred, kind))
        return stack.enter_context(cast(io.BufferedIOBase, member))
    return stack.enter_context(_OPENERS.get(path.suffix.lower(), Path.open)(path, "rb"))


def _chosen(path: Path, members: list[str], preferred: str, kind: type[UserError]) -> str:
    """Of an archive's members the one file, or the one CSV, or the one of the preferred name."""
    names = [name for name in members if not name.endswith("/") and not _is_of_a_mac(name)]
    csvs = [name for name in names if name.lower().endswith(".csv")]
    named = [name for name in csvs if Path(name).name == preferred]
    for some in (names, csvs, named):
        if len(some) == 1:
            return some[0]
    raise kind(f"{path}: does not hold one file; unpack it and name the file")


def _is_of_a_mac(name: str) -> bool:
    """Whether a member of an archive is what macOS adds to it: `__MACOSX/._corpus.csv`."""
    *folders, last = name.split("/")
    return "__MACOSX" in folders or last == ".DS_Store" or last.startswith("._")


def decode(path: Path, data: bytes, encoding: str | None, fallback: str | None) -> str:
    """The text of a file, without a byte order mark.

    Args:
        path: the file, for messages.
        data: its bytes.
        encoding: by default UTF-8.
        fallback: an encoding to try where the default does not fit.

    Raises:
        CorpusError: it is no text, or in none of these encodings.
    """
    if encoding is not None:
        try:
            data = data.decode(encoding).encode("utf-8", "replace")
        except LookupError:
            known = "such as utf-8, cp1252 or latin-1"
            raise CorpusError(f"no text encoding {encoding[:40]!r}; name one {known}") from None
        except ValueError:
            wrong = f"not text in the encoding {encoding[:40]!r}"
            raise CorpusError(f"{path}: {wrong}; name the one it was saved in") from None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise CorpusError(f"{path}:1: UTF-16 text", "name its {encoding}, utf-16")
    if b"\0" in data:
        raise CorpusError(
            f"{path}:{_line(data, data.index(0))}: holds a NUL byte, so it is not a text file; "
            "give a CSV or CoNLL columns"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"{path}:{_line(data, error.start)}"
        if fallback is None:
            advice = "save it as UTF-8 or name its encoding ({encoding})"
            raise CorpusError(f"{where}: not UTF-8 text", advice) from None
    try:
        text = data.decode(fallback)
    except UnicodeDecodeError as error:
        where = f"{path}:{_line(data, error.start)}"
        wrong = "neither UTF-8 nor Windows-1252 text"
        raise CorpusError(f"{where}: {wrong}; save the file as UTF-8") from None
    _refuse_another_alphabet(path, data)
    return text


def _refuse_another_alphabet(path: Path, data: bytes) -> None:
    """Raise if most bytes beyond ASCII make whole words: so do Russian and Chinese in encodings of
    theirs, and Windows-1252 makes letters of almost any bytes."""
    words = list(_WORD_BEYOND_ASCII.finditer(data))
    beyond = sum(map(len, _BEYOND_ASCII.findall(data)))
    if len(words) > 1 and 2 * sum(len(word[0]) for word in words) > beyond:
        raise CorpusError(
            f"{path}:{_line(data, words[0].start())}: neither UTF-8 nor, as it seems, Windows-1252",
            "save it as UTF-8 or name its encoding ({encoding})",
        )


def _line(data: bytes, place: int) -> int:
    """The line, counted from 1, in which a byte stands."""
    return data.count(b"\n", 0, place) + 1


def sha256(path: str | os.PathLike) -> str:
    """The fingerprint of a file's content."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextlib.contextmanager
def whole(path: Path, writer: str = "") -> Iterator[Path]:
    """A place to write a file to, which becomes `path` when all is written.

    Whatever happens meanwhile, `path` is the old file or the whole new one. Missing folders are
    made.

    Args:
        path: the file.
        writer: a name of one's own, if several may write this file at the same time.

    >>> folder = Path(tempfile.mkdtemp())
    >>> with whole(folder / "notes.txt") as partial:
    ...     _ = partial.write_text("all of it")
    >>> [path.name for path in folder.iterdir()]
    ['notes.txt']
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}{writer and f'.{writer}'}.partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def whole_directory(path: Path) -> Iterator[Path]:
    """The same for a directory: what is written to the one given takes the place of `path`."""
    path = path.resolve()  # a link stays a link
    path.parent.mkdir(parents=True, exist_ok=True)
    workplace = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    new, old = workplace / "new", workplace / "old"
    try:
        new.mkdir()  # inside, since what `mkdtemp` makes is closed to everybody else
        yield new
        if not path.exists() or not any(path.iterdir()):
            new.replace(path)
        elif not _exchange(new, path):
            path.rename(old)
            new.rename(path)
    finally:
        if old.exists() and not path.exists():
            old.rename(path)
        shutil.rmtree(workplace, ignore_errors=True)


def _exchange(first: Path, second: Path) -> bool:
    """Swap two directories in one step, so that no kill finds neither; False where the system
    cannot."""
    try:
        libc = ctypes.CDLL(None)
        names = os.fsencode(first), os.fsencode(second)
        if sys.platform == "darwin":
            return libc.renamex_np(*names, 2) == 0  # RENAME_SWAP
        here = -100  # AT_FDCWD
        return libc.renameat2(here, names[0], here, names[1], 2) == 0  # RENAME_EXCHANGE
    except (TypeError, AttributeError, OSError):
        return False
