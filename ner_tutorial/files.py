"""Files: read into memory, unpacked and decoded; written whole or not at all; their fingerprints.

Whatever cannot be read ends in a `CorpusError` of one line that names the file, and the line in it.
"""

import codecs
import contextlib
import ctypes
import gzip
import hashlib
import os
import shutil
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from ner_tutorial.errors import CorpusError

MAX_BYTES = 2**30  # that an archive may unpack to: GMB seventy times over


def read_bytes(path: Path, preferred: str) -> bytes:
    """A file's content; of a `.gz` what is packed in it, of a `.zip` the one file, or the one CSV.

    Args:
        path: the file.
        preferred: the name of the file to take where an archive holds several CSV files.

    Raises:
        CorpusError: it cannot be read, is broken, or unpacks to over `MAX_BYTES`.
    """
    try:
        # A pipe or a device may never end.
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise CorpusError(f"{path}: is a pipe or a device; save it as a file first")
        if path.suffix == ".zip":
            data = _read_zipped(path, preferred)
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


def _read_zipped(path: Path, preferred: str) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            if len(names) > 1:
                names = [name for name in names if name.endswith(".csv")]
            if len(names) > 1:
                names = [name for name in names if Path(name).name == preferred]
            if len(names) != 1:
                raise CorpusError(f"{path}: does not hold one file; unpack it and name the file")
            with archive.open(names[0]) as file:
                return file.read(MAX_BYTES + 1)
    # RuntimeError: it asks for a password, or (NotImplementedError) for another compression
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
        raise CorpusError(
            f"{path}: is not a zip archive, or a broken or encrypted one; fetch it again"
        ) from None


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
    if encoding is None:
        _refuse_nul(path, data)
        return _decode_by_default(path, data, fallback)
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except LookupError:
        known = "such as utf-8, cp1252 or latin-1"
        raise CorpusError(f"no text encoding {encoding[:40]!r}; name one {known}") from None
    except ValueError:
        wrong = f"not text in the encoding {encoding[:40]!r}"
        raise CorpusError(f"{path}: {wrong}; name the one it was saved in") from None
    _refuse_nul(path, text.encode("utf-8", "replace"))
    return text


def _refuse_nul(path: Path, data: bytes) -> None:
    if b"\0" in data:
        line = _line(data, data.index(b"\0"))
        wrong = "holds a NUL byte, so it is not a text file"
        raise CorpusError(f"{path}:{line}: {wrong}; give a CSV or CoNLL columns")


def _decode_by_default(path: Path, data: bytes, fallback: str | None) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if fallback is None:
            where = f"{path}:{_line(data, error.start)}"
            advice = "save it as UTF-8 or name its encoding ({encoding})"
            raise CorpusError(f"{where}: not UTF-8 text", advice) from None
    try:
        return data.decode(fallback)
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{path}:{_line(data, error.start)}: neither UTF-8 nor Windows-1252 text; "
            "save the file as UTF-8"
        ) from None


def _line(data: bytes, place: int) -> int:
    """The line, counted from 1, in which a byte stands."""
    return data.count(b"\n", 0, place) + 1


def is_blank(data: bytes) -> bool:
    """Whether a file holds nothing but white space and a byte order mark."""
    return not data.removeprefix(codecs.BOM_UTF8).strip()


def sha256(path: str | os.PathLike) -> str:
    """The fingerprint of a file's content."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A place to write a file to, which becomes `path` when all is written.

    Whatever happens meanwhile, `path` is the old file or the whole new one. Missing folders are
    made.

    >>> folder = Path(tempfile.mkdtemp())
    >>> with whole(folder / "notes.txt") as partial:
    ...     _ = partial.write_text("all of it")
    >>> [path.name for path in folder.iterdir()]
    ['notes.txt']
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
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
