"""Word vectors: the formats of GloVe, word2vec and fastText, packed or not, or refused."""

import bz2
import gzip
import io
import lzma
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from corpora import refusal
from hypothesis import example, given
from hypothesis import strategies as st

from ner_tutorial import vectors
from ner_tutorial.errors import VectorsError

GLOVE = "the 0.5 -1\nto 1.5 2\nRome 3 4\nrome 5e-1 .25\n"
HEADER = "4 2\n"
FORMAT = "give word vectors as UTF-8 text, a word and its numbers a line"
WIDTH = "the vector's width is {}, but the file's beginning says {}; fetch the file again"


def zipped(data: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("vectors.txt", data)
    return archive.getvalue()


PACK = {
    ".txt": bytes,
    ".gz": gzip.compress,
    ".bz2": lambda data: bz2.compress(data, 1),
    ".xz": lambda data: lzma.compress(data, preset=0),
    ".zip": zipped,
}


@pytest.fixture
def read(write):
    """A function that writes a file and reads it: by default all of its words."""

    def read(content, wanted=(), frequent=100):
        return vectors.read(write(content, "vectors.txt"), wanted, frequent)

    return read


def read_all(path):
    return vectors.read(path, ())


# Which words.


def test_a_word_and_its_numbers_are_read(read):
    words, values = read(GLOVE)
    assert words == ("the", "to", "Rome", "rome")
    assert values.dtype == np.float32
    assert values.tolist() == [[0.5, -1], [1.5, 2], [3, 4], [0.5, 0.25]]


def test_a_header_is_no_vector(read):
    found = read(HEADER + GLOVE)
    assert found.words == ("the", "to", "Rome", "rome")
    assert found.values.tolist() == read(GLOVE).values.tolist()
    assert read("5 0\n6 1.5\n").words == ("5", "6")  # nothing is of width 0
    assert read("5 0.5\n").words == ("5",)


def test_kept_are_wanted_words_as_spelled_and_in_lower_case_and_the_first_others(read):
    assert read(GLOVE, ["Rome"], 0).words == ("Rome", "rome")
    assert read(GLOVE, ["ROME"], 0).words == ("rome",)
    assert read(GLOVE, ["rome"], 0).words == ("rome",)
    assert read(GLOVE, iter(["rome", "unheard-of"]), 1).words == ("the", "rome")
    # A word that is wanted is not one of the others, which are two here.
    assert read(GLOVE, ["the"], 2).words == ("the", "to", "Rome")


def test_where_no_word_is_kept_the_width_is_known(read):
    words, values = read(GLOVE, [], 0)
    assert words == ()
    assert values.shape == (0, 2)
    assert values.dtype == np.float32


def test_of_a_word_given_twice_the_first_vector_is_kept_and_it_counts_once(read):
    words, values = read("a 1\na 2\nb 3\nc 4\nb 5\n", ["b"], 2)
    assert words == ("a", "b", "c")
    assert values.tolist() == [[1], [3], [4]]


# How words are written.


@pytest.mark.parametrize("header", ["", HEADER], ids=["no header", "a header"])
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", " \n"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", " \t \r\n"),
        lambda text: text.replace(" ", "\t"),
        lambda text: "\ufeff" + text,
        lambda text: text.removesuffix("\n"),
        lambda text: f"\n{text}\n \n",
    ],
    ids=["a space at the end", "CRLF", "both", "tabs", "a mark", "no last newline", "blank lines"],
)
def test_what_stands_around_the_fields_changes_nothing(read, header, change):
    words, values = read(change(header + GLOVE))
    assert words == ("the", "to", "Rome", "rome")
    assert values.tolist() == read(GLOVE).values.tolist()


@pytest.mark.parametrize(
    "word",
    [". . .", "New York", "10\u00a0000", "\u00a0", "a\u2028b", "a\u0085b", "a\x0cb", "a\rb",
     "\ufeffa", '"', "#", "to infinity", "at name@domain.com"],
)  # fmt: skip
def test_a_word_may_hold_spaces_and_what_looks_like_them(read, word):
    assert read(f"the 0.5 -1\n{word} 1 2\n").words == ("the", word)
    assert read(f"2 2\n{word} 1 2\nthe 0.5 -1\n", [word], 0).words == (word,)


def test_a_space_too_many_after_the_word_is_not_part_of_it(read):
    assert read("2 1\nthe  1\n. .  2\n").words == ("the", ". .")


def test_words_that_are_not_utf_8_or_empty_are_skipped_and_do_not_count(read):
    data = b"4 1\ncaf\xe9 1\n 5\nthe 2\n\xf0\x9f 3\nto 4\n"
    words, values = read(data, [], 2)
    assert words == ("the", "to")
    assert values.tolist() == [[2], [4]]


# What is refused.


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a 1 2\nb 3\n", f"FILE:2: {WIDTH.format(1, 2)}"),
        ("a 1 2\nb\n", f"FILE:2: {WIDTH.format(0, 2)}"),
        ("a 1 2\n\nb 3 4 5\n", f"FILE:3: {WIDTH.format(3, 2)}"),
        ("2 3\na 1 2\nb 3 4\n", f"FILE:2: {WIDTH.format(2, 3)}"),
        ("2 1\na 1 2\nb 3 4\n", f"FILE:2: {WIDTH.format(2, 1)}"),
        ("2 1\na 1\nb\n", f"FILE:3: {WIDTH.format(0, 1)}"),
        ("a 1 2\nb 3 4x\n", f"FILE:2: '4x' is no finite number; {FORMAT}"),
        ("a 1 2\nb 3 nan\n", f"FILE:2: 'nan' is no finite number; {FORMAT}"),
        ("2 2\na 1 2\nb -inf 4\n", f"FILE:3: '-inf' is no finite number; {FORMAT}"),
        ("a 1 2\nb 3 1e39\n", f"FILE:2: '1e39' is no finite number; {FORMAT}"),
        ("a 1 2\nb 3 exit()\n", f"FILE:2: 'exit()' is no finite number; {FORMAT}"),
        ("2 2\na 1 2\nb 3  4\n", f"FILE:3: {WIDTH.format(3, 2)}"),
        ("word,tag\n", f"FILE:1: 'word,tag' has no numbers; {FORMAT}"),
        ("Joe NNP B-per\n", f"FILE:1: 'NNP' is no finite number; {FORMAT}"),
        ("", f"FILE: is empty, or a header alone; {FORMAT}"),
        (" \n\n", f"FILE: is empty, or a header alone; {FORMAT}"),
        ("4 2\n", f"FILE: is empty, or a header alone; {FORMAT}"),
    ],
)  # fmt: skip
def test_a_bad_line_is_refused_with_its_number_and_what_is_wrong(write, text, message):
    assert refusal(write(text), read_all, kind=VectorsError) == message


def test_of_a_line_that_is_not_kept_the_fields_are_counted_and_the_numbers_are_not_read(read):
    assert read("a 1 2\nb x y\nc 3 4\n", ["c"], 1).words == ("a", "c")
    with pytest.raises(VectorsError, match="width is 1, but the file's beginning says 2"):
        read("a 1 2\nb x\nc 3 4\n", ["c"], 1)


def test_the_first_vector_is_read_even_if_its_word_is_not_kept(read):
    with pytest.raises(VectorsError, match="'NNP' is no finite number"):
        read("Joe NNP B-per\n", [], 0)


def test_a_binary_file_is_refused_as_one(write):
    numbers = np.array([0.5, 2], np.float32).tobytes()
    message = f"FILE: is binary, as a .bin of word2vec or fastText; {FORMAT}"
    for data in (b"2 2\na " + numbers + b"\nb " + numbers, b"\xba\x16\x4f\x2f\x0c\0\0\0" * 9):
        assert refusal(write(data, "a.bin"), read_all, kind=VectorsError) == message


def test_a_line_without_an_end_is_not_read_to_its_end(write, monkeypatch):
    monkeypatch.setattr(vectors, "LONGEST", 100)
    assert read_all(write("a " + "1" * 30 + "\nb 2\n")).words == ("a", "b")
    path = write("a 1\nb 1" + "1" * 99)
    message = f"FILE:2: a line of over 100 bytes; {FORMAT}"
    assert refusal(path, read_all, kind=VectorsError) == message


def test_a_missing_file_and_a_directory_are_refused(tmp_path):
    message = "FILE: no such file; give the path of a vector file"
    assert refusal(tmp_path / "missing", read_all, kind=VectorsError) == message
    assert refusal(str(tmp_path / "missing.zip"), read_all, kind=VectorsError) == message
    message = "FILE: is a directory; give the vector file inside it"
    assert refusal(tmp_path, read_all, kind=VectorsError) == message


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zip"])
def test_a_damaged_archive_is_refused_also_where_it_begins_well(write, suffix):
    lines = "".join(f"w{i} {i * 7919 % 9973}\n" for i in range(20_000))
    data = PACK[suffix](lines.encode())
    for spoilt in (data[: len(data) // 2], data[:-1], GLOVE.encode()):
        message = refusal(write(spoilt, f"a{suffix}"), read_all, kind=VectorsError)
        assert message.startswith("FILE: is not a")
        assert message.endswith("; fetch it again")
    wrong = bytearray(data)
    wrong[len(wrong) // 2] ^= 0xFF
    refusal(write(bytes(wrong), f"a{suffix}"), read_all, kind=VectorsError)


def test_an_archive_of_several_files_is_refused(write_zip):
    path = write_zip(a__50d__txt=GLOVE, a__100d__txt=GLOVE)
    message = "FILE: does not hold one file; unpack it and name the file"
    assert refusal(path, read_all, kind=VectorsError) == message


# What it takes, and what comes back.


@pytest.mark.parametrize("suffix", PACK)
def test_the_file_is_never_in_memory_as_a_whole(write, suffix):
    data = "".join(f"w{i}{' 0.5' * 100}\n" for i in range(5_000)).encode()
    path = write(PACK[suffix](data), f"a{suffix}")
    tracemalloc.start()
    found = vectors.read(path, ["w4999"], 10)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.words[-1] == "w4999"
    assert peak < len(data) / 3


LETTERS = st.characters(exclude_categories=["Cs", "Nd"], exclude_characters="\0\t\n\r \ufeff")
PART = st.text(LETTERS, min_size=1, max_size=5)
WORD = st.one_of(PART, st.text(st.characters(categories=["Nd"]), min_size=1, max_size=3))
PHRASE = st.one_of(WORD, st.lists(PART, min_size=2, max_size=3).map(" ".join))
NUMBERS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def entries(draw):
    """Words, some of them twice and none but the first without spaces, each with its vector."""
    width = draw(st.integers(1, 4))
    words = [draw(WORD), *draw(st.lists(PHRASE, max_size=8))]
    return [(word, draw(st.lists(NUMBERS, min_size=width, max_size=width))) for word in words]


@given(
    entries(),
    st.sampled_from([*PACK]),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.booleans(),
    st.sampled_from([" ", "\t"]),
    st.sampled_from(["\n", " \n", "\r\n"]),
    st.lists(PHRASE, max_size=3),
    st.integers(0, 9),
)
@example([("5", [3.0])], ".txt", b"", False, " ", "\n", [], 9)
def test_what_is_written_in_any_format_comes_back(
    given_entries, suffix, mark, header, tab, end, wanted, frequent
):
    wanted = [*wanted, *(word.upper() for word, _ in given_entries[::3])]
    lines = [f"{word}{tab}{tab.join(map(repr, row))}{end}" for word, row in given_entries]
    if header:
        lines.insert(0, f"{len(given_entries)} {len(given_entries[0][1])}{end}")
    forms = {*wanted, *(word.lower() for word in wanted)}
    first = dict(reversed(given_entries))  # of a word given twice, the first vector
    in_order = {word: first[word] for word, _ in given_entries}
    others = [word for word in in_order if word not in forms][:frequent]
    expected = {word: row for word, row in in_order.items() if word in forms or word in others}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"vectors{suffix}"
        path.write_bytes(PACK[suffix](mark + "".join(lines).encode()))
        words, values = vectors.read(path, wanted, frequent)
    assert words == tuple(expected)
    assert values.tolist() == [*expected.values()]
