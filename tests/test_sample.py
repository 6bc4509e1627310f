"""The shipped sample: what the lessons count on, and that its sources give exactly this file."""

import csv
import runpy
import shutil

import pytest

from ner_tutorial import corpus

DATA = corpus.SAMPLE.parent
TYPES = ["art", "eve", "geo", "gpe", "nat", "org", "per", "tim"]


@pytest.fixture(scope="module")
def raw():
    return corpus.SAMPLE.read_bytes()


@pytest.fixture(scope="module")
def tokens():
    return corpus.read_gmb(corpus.SAMPLE)


@pytest.fixture(scope="module")
def sentences(tokens):
    return corpus.to_sentences(tokens)


@pytest.fixture
def sources(tmp_path):
    """A copy of what the sample is built from, without what is built."""
    for folder in ("frames", "gazetteers"):
        shutil.copytree(DATA / folder, tmp_path / folder)
    shutil.copy(DATA / "build_sample.py", tmp_path)
    return tmp_path


def test_the_sources_give_the_sample_byte_for_byte(sources):
    runpy.run_path(str(sources / "build_sample.py"), run_name="__main__")
    for name in ("sample.csv", "sample_frames.csv"):
        assert (sources / name).read_bytes() == (DATA / name).read_bytes()
    assert not list(sources.glob("*.partial"))


def test_the_sample_is_written_as_kaggles_file_is(raw):
    assert raw.startswith(b"Sentence #,Word,POS,Tag\r\nSentence: 1,")
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n")


def test_the_sample_is_windows_1252_and_neither_utf_8_nor_iso_8859_1(raw):
    raw.decode("cp1252")
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    assert any(0x80 <= byte < 0xA0 for byte in raw)  # control characters in ISO-8859-1


def test_the_sample_is_large_enough_and_numbered_from_one(tokens, sentences):
    assert len(sentences) >= 1500
    assert tokens["sentence"].drop_duplicates().tolist() == list(range(1, len(sentences) + 1))


def test_the_sample_has_all_seventeen_tags(tokens):
    expected = {"O", *(f"{place}-{kind}" for place in "BI" for kind in TYPES)}
    assert set(tokens["tag"]) == expected
    assert len(expected) == 17


def test_the_sample_has_the_traps_that_lesson_01_shows(tokens, sentences):
    assert (tokens["word"] == "None").any()
    assert any(len(sentence) > corpus.MAX_LENGTH for sentence in sentences)
    assert len(set(sentences)) < len(sentences)
    assert any(set(sentence.tags) == {"O"} for sentence in sentences)


def test_every_token_has_a_part_of_speech_and_no_white_space(tokens):
    assert (tokens["pos"] != "").all()
    assert not tokens["word"].str.contains(r"\s").any()


def test_each_sentence_is_listed_with_the_frame_it_was_made_from(sentences):
    with (DATA / "sample_frames.csv").open(encoding="cp1252", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Sentence #"] for row in rows] == [f"Sentence: {n + 1}" for n in range(len(rows))]
    assert len(rows) == len(sentences)
    frames = {}
    for row, sentence in zip(rows, sentences, strict=True):
        frames.setdefault(sentence, set()).add(row["Frame"])
    assert all(len(names) == 1 for names in frames.values())


@pytest.mark.parametrize(
    ("frame", "line", "message"),
    [
        ("{person} slept .\nVBD .\n{moon} rose .\nVBD .\n", 3, "{moon}: no such slot"),
        ("# a note\n[org the {city} club met .\nDT NN VBD .\n", 2, "an entity's bracket is not"),
        ("[moon {city} ] met .\nVBD .\n", 1, "[moon: not a type"),
        ("{person} slept .\nVBD\n", 1, "2 written words, but 1 POS tags"),
        ("\n{person} slept .\n", 2, "a frame needs a second line, with its POS tags"),
    ],
)
def test_a_frame_that_is_wrong_is_refused_with_its_line(tmp_path, frame, line, message):
    builder = runpy.run_path(str(DATA / "build_sample.py"))
    path = tmp_path / "frames.txt"
    path.write_text(frame)
    with pytest.raises(builder["SourceError"]) as caught:
        builder["read_frames"](tmp_path)
    assert str(caught.value).startswith(f"{path}:{line}: {message}")
