"""Files: unpacked, decoded, or refused in one line; written whole or not at all."""

import bz2
import gzip
import hashlib
import lzma
import os
import zipfile
from pathlib import Path

import pytest
from corpora import CONLL, SMALL, refusal
from hypothesis import given
from hypothesis import strategies as st

from ner_tutorial import files
from ner_tutorial.errors import CorpusError, VectorsError

PREFERRED = "ner_dataset.csv"


def unpack(path):
    return files.read_bytes(path, PREFERRED)


def decode(data, encoding=None, fallback=None):
    return files.decode(Path("FILE"), data, encoding, fallback)


# What is read.


def test_a_file_is_read_as_it_is_and_one_that_is_packed_is_unpacked(write, write_zip):
    data = SMALL.encode()
    assert unpack(write(data, "corpus.csv")) == data
    assert unpack(write(gzip.compress(data), "corpus.csv.gz")) == data
    assert unpack(write(bz2.compress(data), "corpus.csv.bz2")) == data
    assert unpack(write(lzma.compress(data), "corpus.csv.xz")) == data
    assert unpack(write_zip(corpus__conll=SMALL)) == data


def test_an_archive_is_read_as_the_one_file_or_the_one_csv_in_it(write_zip):
    assert unpack(write_zip(any__txt=SMALL)) == SMALL.encode()
    assert unpack(write_zip(notes__txt="hello", any__csv=SMALL)) == SMALL.encode()
    assert unpack(write_zip(**{"folder/": "", "folder/any__txt": SMALL})) == SMALL.encode()


def test_what_a_mac_adds_to_an_archive_is_ignored(write_zip):
    added = {"__MACOSX/": "", "__MACOSX/._any__csv": "x", "a/._any__csv": "x"}
    assert unpack(write_zip(any__csv=SMALL, **added)) == SMALL.encode()
    assert unpack(write_zip(any__CSV=SMALL, notes__txt="hello", **added)) == SMALL.encode()


@pytest.mark.parametrize("name", ["A.CSV.GZ", "a.csv.Gz", "A.CSV.BZ2", "A.XZ"])
def test_the_suffix_of_a_packed_file_may_be_in_any_case(write, name):
    module = {"gz": gzip, "bz2": bz2, "xz": lzma}[name.rpartition(".")[2].lower()]
    assert unpack(write(module.compress(SMALL.encode()), name)) == SMALL.encode()
    assert refusal(write(SMALL, name), unpack).endswith("or a broken one; fetch it again")


def test_the_suffix_of_a_zip_may_be_in_any_case(write, write_zip):
    assert unpack(write(write_zip(a__csv=SMALL).read_bytes(), "A.ZIP")) == SMALL.encode()


def test_of_two_csv_files_in_an_archive_it_reads_the_preferred_one(write_zip):
    path = write_zip(ner__csv="the other one", **{"data/ner_dataset__csv": SMALL})
    assert unpack(path) == SMALL.encode()
    assert files.read_bytes(path, "ner.csv") == b"the other one"


# What is refused.


@pytest.mark.parametrize("name", ["missing.csv", "missing.zip", "missing.gz"])
def test_a_missing_file_is_refused(tmp_path, name):
    assert refusal(tmp_path / name, unpack) == "FILE: no such file; give the path of a corpus file"


@pytest.mark.parametrize("name", ["folder", "folder.zip", "folder.gz"])
def test_a_directory_is_refused(tmp_path, name):
    (tmp_path / name).mkdir()
    message = "FILE: is a directory; give the corpus file inside it"
    assert refusal(tmp_path / name, unpack) == message


def test_a_path_below_a_file_is_refused(write):
    message = "FILE: cannot be read (Not a directory); give the path of a corpus file"
    assert refusal(write(SMALL) / "corpus.csv", unpack) == message


def test_a_name_too_long_or_with_a_nul_is_refused(tmp_path):
    long = Path("a" * 300)
    message = "FILE: cannot be read (File name too long); give the path of a corpus file"
    assert refusal(long, unpack) == message
    assert refusal(Path("a\0b"), unpack) == "'a\\x00b': is no file name; give a path"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["pipe", "pipe.gz", "pipe.zip"])
def test_a_pipe_is_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    message = "FILE: is a pipe or a device; save it as a file first"
    assert refusal(tmp_path / name, unpack) == message


def test_a_file_that_may_not_be_read_is_refused(write, monkeypatch):
    def forbid(path, mode):  # root may read everything
        raise PermissionError(13, "Permission denied")

    path = write(SMALL, "corpus.csv")
    monkeypatch.setattr(Path, "open", forbid)
    message = "FILE: may not be read; check the file's permissions"
    assert refusal(path, unpack) == message


def damage_the_data(archive):
    """Give the compressed data, after 30 bytes and the name, a first byte that none begins with."""
    start = 30 + len("any.csv")
    return archive[:start] + b"\xff" + archive[start + 1 :]


def ask_for_a_password(archive):
    """Set the flag of an encrypted file where the archive's directory says how it is stored."""
    flags = archive.rindex(b"PK\x01\x02") + 8
    return archive[:flags] + bytes([archive[flags] | 1]) + archive[flags + 1 :]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda archive: SMALL.encode(),
        lambda archive: b"",
        lambda archive: archive[: len(archive) // 2],
        damage_the_data,
        ask_for_a_password,
    ],
    ids=["a CSV by the name of .zip", "empty", "cut off", "damaged", "encrypted"],
)
def test_a_bad_zip_is_refused(write, write_zip, spoil):
    whole = write_zip(any__csv=SMALL + "".join(f",word{i},NN,O\r\n" for i in range(999)))
    path = write(spoil(whole.read_bytes()), "spoilt.zip")
    message = "FILE: is not a zip archive, or a broken or encrypted one; fetch it again"
    assert refusal(path, unpack) == message


@pytest.mark.parametrize(
    "texts",
    [
        {"a__csv": SMALL, "b__csv": SMALL},
        {"a/ner_dataset__csv": SMALL, "b/ner_dataset__csv": SMALL},
        {"a__txt": SMALL, "b__txt": SMALL},
        {"folder/": ""},
        {},
    ],
    ids=["two", "two by the right name", "two that are no CSV", "a folder", "none"],
)
def test_an_archive_without_one_file_is_refused(write_zip, texts):
    message = "FILE: does not hold one file; unpack it and name the file"
    assert refusal(write_zip(**texts), unpack) == message


@pytest.mark.parametrize(
    "spoil",
    [lambda data: data[:-9], lambda data: data[:60], lambda data: b"Joe O\n"],
    ids=["without its end", "cut off", "not packed"],
)
@pytest.mark.parametrize(
    ("module", "suffix", "kind"),
    [(gzip, "gz", "a gzip"), (bz2, "bz2", "a bzip2"), (lzma, "xz", "an xz")],
    ids=["gz", "bz2", "xz"],
)
def test_a_broken_packed_file_is_refused(write, spoil, module, suffix, kind):
    path = write(spoil(module.compress(CONLL.encode() + os.urandom(99))), f"corpus.{suffix}")
    assert refusal(path, unpack) == f"FILE: is not {kind} file, or a broken one; fetch it again"


def test_what_is_found_broken_while_it_is_read_is_refused_in_the_words_of_the_caller(write):
    path = write(gzip.compress(os.urandom(2**20))[:-9], "vectors.gz")

    def read(path):
        with files.opened(path, kind=VectorsError, what="vector file") as file:
            while file.read(1000):
                pass

    message = "FILE: is not a gzip file, or a broken one; fetch it again"
    assert refusal(path, read, kind=VectorsError) == message
    message = "FILE: no such file; give the path of a vector file"
    assert refusal(path.with_name("missing"), read, kind=VectorsError) == message


def test_an_archive_that_unpacks_to_too_much_is_refused(write, write_zip, monkeypatch):
    packed = write(gzip.compress(CONLL.encode()), "corpus.gz"), write_zip(corpus__conll=CONLL)
    size = len(CONLL.encode())
    for path in packed:
        monkeypatch.setattr(files, "MAX_BYTES", size)
        assert unpack(path) == CONLL.encode()
        monkeypatch.setattr(files, "MAX_BYTES", size - 1)
        message = f"FILE: unpacks to over {size - 1:,} bytes; unpack it, name the file"
        assert refusal(path, unpack) == message


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_is_damaged_is_refused_however_it_was_packed(tmp_path, method):
    path = tmp_path / "corpus.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("corpus.csv", SMALL * 50)
    data = bytearray(path.read_bytes())
    for place in range(50, 60):
        data[place] ^= 0xFF
    path.write_bytes(data)
    assert refusal(path, unpack).startswith("FILE: is not a zip archive, or a broken or encrypted")


# Text.


@given(st.text().filter(lambda text: "\0" not in text and not text.startswith("\ufeff")))
def test_text_comes_back_from_utf_8_and_loses_its_mark(text):
    assert decode(text.encode()) == text
    assert decode(text.encode("utf-8-sig")) == text
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        assert decode(text.encode(encoding), encoding) == text


def test_the_fallback_is_taken_where_the_text_is_not_utf_8():
    data = "“café”".encode("cp1252")
    assert decode(data, fallback="cp1252") == "“café”"
    assert decode("“café”".encode(), fallback="cp1252") == "“café”"
    assert decode("déjà créée".encode("cp1252"), fallback="cp1252") == "déjà créée"
    assert decode(data, "latin-1") == "\x93café\x94"  # a name that is given is kept to


@pytest.mark.parametrize(
    ("data", "encoding", "fallback", "message"),
    [
        (
            b"a\n\xfc", None, None,
            "FILE:2: not UTF-8 text; save it as UTF-8 or name its encoding (encoding)",
        ),
        (
            b"a\nb\n\x81", None, "cp1252",
            "FILE:3: neither UTF-8 nor Windows-1252 text; save the file as UTF-8",
        ),
        (
            "caf\xe9".encode(), "ascii", None,
            "FILE: not text in the encoding 'ascii'; name the one it was saved in",
        ),
        (
            b"a", "klingon", None,
            "no text encoding 'klingon'; name one such as utf-8, cp1252 or latin-1",
        ),
        (b"a", "hex", None, "no text encoding 'hex'; name one such as utf-8, cp1252 or latin-1"),
        (
            b"a", "x" * 9999, None,
            f"no text encoding '{'x' * 40}'; name one such as utf-8, cp1252 or latin-1",
        ),
        (
            b"a\n\xcc\xee\xf1\xea\xe2\xe0, \xc2\xee\xeb\xe3\xe0", None, "cp1252",
            "FILE:2: neither UTF-8 nor, as it seems, Windows-1252; save it as UTF-8 or name its "
            "encoding (encoding)",
        ),
        (
            "word,tag\n北,O\n京,O\n".encode("gb18030"), None, "cp1252",
            "FILE:2: neither UTF-8 nor, as it seems, Windows-1252; save it as UTF-8 or name its "
            "encoding (encoding)",
        ),
        (
            "a\n".encode("utf-16"), None, "cp1252",
            "FILE:1: UTF-16 text; name its encoding, utf-16",
        ),
        (
            b"a\n\nb\0", None, "cp1252",
            "FILE:3: holds a NUL byte, so it is not a text file; give a CSV or CoNLL columns",
        ),
        (
            "a\nb\0".encode("utf-16"), "utf-16", None,
            "FILE:2: holds a NUL byte, so it is not a text file; give a CSV or CoNLL columns",
        ),
    ],
)  # fmt: skip
def test_what_is_no_text_in_an_encoding_is_refused_with_its_line(data, encoding, fallback, message):
    with pytest.raises(CorpusError) as caught:
        decode(data, encoding, fallback)
    assert str(caught.value) == message


# What is written.


def test_a_fingerprint_is_that_of_all_bytes_also_of_a_file_of_several_blocks(write):
    data = os.urandom(3 * 2**20 + 5)
    assert files.sha256(write(data, "data")) == hashlib.sha256(data).hexdigest()
    assert files.sha256(os.fspath(write(b"", "data"))) == hashlib.sha256(b"").hexdigest()


def test_a_file_is_the_old_one_until_all_is_written(tmp_path):
    path = tmp_path / "a" / "b" / "notes.txt"
    for text in ("old", "new"):
        with files.whole(path) as partial:
            partial.write_text(text)
            assert not path.exists() or path.read_text() == "old"
        assert path.read_text() == text
        assert os.listdir(path.parent) == ["notes.txt"]


@pytest.mark.parametrize("old", [None, "old"])
def test_a_file_whose_writing_fails_stays_as_it_was(tmp_path, old):
    path = tmp_path / "notes.txt"
    if old:
        path.write_text(old)
    with pytest.raises(RuntimeError), files.whole(path) as partial:
        partial.write_text("half of")
        raise RuntimeError
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == ({path.name: old} if old else {})


def tree(folder) -> dict:
    return {os.fspath(p.relative_to(folder)): p.read_text() for p in folder.rglob("*.txt")}


@pytest.fixture(params=[True, False], ids=["in one step", "in two steps"])
def swaps(request, monkeypatch):
    """Whether the system can swap two directories in one step."""
    if not request.param:
        monkeypatch.setattr(files, "_exchange", lambda first, second: False)


@pytest.mark.usefixtures("swaps")
@pytest.mark.parametrize("old", [None, [], ["old.txt", "both.txt"]])
def test_a_directory_is_replaced_whole_when_all_is_written(tmp_path, old):
    path = tmp_path / "a" / "b"
    if old is not None:
        path.mkdir(parents=True)
        for name in old:
            (path / name).write_text("old")
    before = tree(tmp_path)
    with files.whole_directory(path) as new:
        (new / "new.txt").write_text("new")
        (new / "both.txt").write_text("new")
        assert {name: text for name, text in tree(tmp_path).items() if name in before} == before
    assert tree(tmp_path) == {"a/b/new.txt": "new", "a/b/both.txt": "new"}
    assert os.listdir(path.parent) == ["b"]


@pytest.mark.usefixtures("swaps")
def test_a_directory_whose_writing_fails_stays_as_it_was(tmp_path):
    path = tmp_path / "b"
    path.mkdir()
    (path / "old.txt").write_text("old")
    with pytest.raises(RuntimeError), files.whole_directory(path) as new:
        (new / "new.txt").write_text("new")
        raise RuntimeError
    assert tree(tmp_path) == {"b/old.txt": "old"}
    assert os.listdir(tmp_path) == ["b"]


def test_if_the_last_step_fails_the_old_directory_is_put_back(tmp_path, monkeypatch):
    path, rename = tmp_path / "b", Path.rename
    path.mkdir()
    (path / "old.txt").write_text("old")

    def fail_on_the_new_one(source, target):
        if source.name == "new":
            raise OSError("no space left on device")
        return rename(source, target)

    monkeypatch.setattr(files, "_exchange", lambda first, second: False)
    monkeypatch.setattr(Path, "rename", fail_on_the_new_one)
    with pytest.raises(OSError, match="no space left"), files.whole_directory(path) as new:
        (new / "new.txt").write_text("new")
    assert tree(tmp_path) == {"b/old.txt": "old"}
    assert os.listdir(tmp_path) == ["b"]


def test_a_link_to_a_directory_stays_a_link(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "old.txt").write_text("old")
    (tmp_path / "link").symlink_to("b")
    with files.whole_directory(tmp_path / "link") as new:
        (new / "new.txt").write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert os.listdir(tmp_path / "b") == ["new.txt"]


def test_two_directories_are_swapped_or_left_alone(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    for path in (one, two):
        path.mkdir()
        (path / f"{path.name}.txt").write_text("")
    done = files._exchange(one, two)
    assert os.listdir(one) == ["two.txt" if done else "one.txt"]
    assert os.listdir(two) == ["one.txt" if done else "two.txt"]
    assert not files._exchange(one, tmp_path / "missing")
