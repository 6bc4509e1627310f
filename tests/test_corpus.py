"""A corpus of any format: whose tags are IOB2, what is kept, what is refused, and which it is."""

import gzip
import io
import zipfile

import pandas as pd
import pytest
from brute_force import repaired
from corpora import (
    CONLL,
    FIRST,
    HEADER,
    SMALL,
    SMALL_SENTENCES,
    assert_refused,
    gmb_sentences,
    refusal,
)
from hypothesis import example, given
from hypothesis import strategies as st

from ner_tutorial import corpus
from ner_tutorial.corpus import Sentence
from ner_tutorial.errors import CorpusError
from ner_tutorial.reading import Reading

# What is read.


def test_a_csv_is_told_by_its_header_whatever_its_name(write):
    assert corpus.read(write(SMALL, "corpus.txt")) == SMALL_SENTENCES
    quoted = SMALL.replace("Sentence #,Word", '"Sentence #","Word"')
    assert corpus.read(write(quoted, "corpus.txt")) == SMALL_SENTENCES


@pytest.mark.parametrize("content", [SMALL, CONLL])
def test_gz_and_zip_are_read_directly(write, write_zip, content):
    path = write(gzip.compress(content.encode()), "corpus.gz")
    assert corpus.read(path) == SMALL_SENTENCES
    assert corpus.read(write_zip(corpus__conll=content)) == SMALL_SENTENCES


def test_of_two_csv_files_in_an_archive_it_reads_ner_dataset(write_zip):
    path = write_zip(ner__csv="the other one", ner_dataset__csv=SMALL)
    assert corpus.read(path) == gmb_sentences(path) == SMALL_SENTENCES


def test_a_table_is_read_from_an_archive_whatever_its_one_file_is_called(write_zip):
    assert gmb_sentences(write_zip(notes__txt="hello", any__csv=SMALL)) == SMALL_SENTENCES
    assert gmb_sentences(write_zip(any__txt=SMALL)) == SMALL_SENTENCES


def test_an_encoding_can_be_named(write):
    path = write("café O\n".encode("latin-1"))
    assert corpus.read(path, encoding="latin-1")[0].words == ("café",)
    assert corpus.read(write("café O\n".encode("utf-16")), encoding="utf-16")[0].words == ("café",)
    assert refusal(path, encoding="ascii").startswith("FILE:")
    assert corpus.read(write(SMALL.encode("utf-16")), encoding="utf-16") == SMALL_SENTENCES


@pytest.mark.parametrize("option", ["iob1", "repair"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("corpus.txt", "a I-per\nb I-per\nc B-per\nd I-geo\n\ne I-geo\n"),
        (
            "corpus.csv",
            f"{HEADER}Sentence: 1,a,,I-per\r\n,b,,I-per\r\n,c,,B-per\r\n,d,,I-geo\r\n"
            "Sentence: 2,e,,I-geo\r\n",
        ),
    ],
)
def test_an_inside_tag_without_start_is_made_a_start_if_wished(write, name, content, option):
    first, second = corpus.read(write(content, name), **{option: True})
    assert first.tags == ("B-per", "I-per", "B-per", "B-geo")
    assert second.tags == ("B-geo",)


@pytest.mark.parametrize("option", ["iob1", "repair"])
def test_a_tag_that_is_none_is_refused_even_where_others_are_repaired(write, option):
    path = write("a I-per\nb PER\n", "corpus.txt")
    message = "FILE:2: the tag is 'PER'; tags are O, B-type or I-type (IOB2)"
    assert refusal(path, **{option: True}) == message


# What is refused, here whatever the format: the line, what is wrong with it, and what to do.

RULE = "tags are O, B-type or I-type (IOB2)"
NO_START = (
    "continues no entity of its type; pass iob1 if the file is IOB1, or repair to read it as B-"
)
TYPES_ALONE = "where they are types alone (IO), name the scheme io"
MEND = "mend it, or pass repair to begin and end entities where the types change"
EMPTY = "FILE: is empty; give a file with the columns Sentence #, Word, POS, Tag"
NUL = "holds a NUL byte, so it is not a text file; give a CSV or CoNLL columns"
NOT_UTF_8 = "not UTF-8 text; save it as UTF-8 or name its encoding (encoding)"

START = HEADER + FIRST

BROKEN = {
    "a type alone": (
        "a.csv", f"{START},went,VBD,per\r\n", f"FILE:3: the tag is 'per'; {RULE}",
    ),
    "a type alone, in columns": (
        "a.conll", "Joe PER\na O\n", f"FILE:1: the tag is 'PER'; {RULE}; {TYPES_ALONE}",
    ),
    "a word for a tag": (
        "a.csv", f"{START},went,VBD,Other\r\n", f"FILE:3: the tag is 'Other'; {RULE}",
    ),
    "a tag without a type": (
        "a.csv", f"{START},went,VBD,B-\r\n", f"FILE:3: the tag is 'B-'; {RULE}",
    ),
    "a tag without a type, in columns": ("a.conll", "Joe B-\n", f"FILE:1: the tag is 'B-'; {RULE}"),
    "no tag": ("a.csv", f"{START},went,VBD,\r\n", f"FILE:3: the tag is ''; {RULE}"),
    "cut off after the word": ("a.csv", f"{START},wen", f"FILE:3: the tag is ''; {RULE}"),
    "cut off in the tag": ("a.csv", f"{START},Biden,NNP,I", f"FILE:3: the tag is 'I'; {RULE}"),
    "two wrong tags": (
        "a.csv", f"{START},a,NN,x\r\n,b,NN,y\r\n", f"FILE:3: the tag is 'x'; {RULE}",
    ),
    "a long wrong tag": (
        "a.csv", f"{START},a,NN,{'x' * 10_000}\r\n", f"FILE:3: the tag is '{'x' * 40}...'; {RULE}",
    ),
    "a tag of a million characters": (
        "a.conll", "a " + "x" * 1_000_000,
        f"FILE:1: the tag is '{'x' * 40}...'; {RULE}",
    ),
    "BILOU and BIOES": (
        "a.conll", "Joe U-per\nwent E-per\n", f"FILE:1: the tag is 'U-per'; {RULE}",
    ),
    "a BIOES entity without end": (
        "a.conll", "Joe S-per\nLi B-per\n",
        f"FILE:2: the tag 'B-per' does not fit those beside it (BIOES); {MEND}",
    ),
    "a BILOU entity without beginning": (
        "a.conll", "Joe U-per\nLi L-per\n",
        f"FILE:2: the tag 'L-per' does not fit those beside it (BILOU); {MEND}",
    ),
    "two tags": (
        "a.conll", "Joe B-per|B-org\n",
        "FILE:1: the tag is 'B-per|B-org', two in one; nested entities cannot be learned, so keep "
        "one of them",
    ),
    "numbers": (
        "a.conll", "Joe 1\nwent 0\n",
        "FILE:1: the tag is the number 1, without a name; give the names of all tags in order, "
        "that of 0 first (tag_names)",
    ),
    "an underscore": (
        "a.conll", "Joe B_per\n",
        f"FILE:1: the tag is 'B_per'; write a hyphen after B or I; {RULE}",
    ),
    "I- first": (
        "a.csv", f"{HEADER}Sentence: 1,Joe,NNP,I-per\r\n", f"FILE:2: the tag 'I-per' {NO_START}",
    ),
    "I- first, in columns": ("a.conll", "Joe I-per\n", f"FILE:1: the tag 'I-per' {NO_START}"),
    "I- after O": (
        "a.csv", f"{START},went,VBD,O\r\n,on,IN,I-per\r\n",
        f"FILE:4: the tag 'I-per' {NO_START}",
    ),
    "I- of another type": (
        "a.csv", f"{START},x,NN,I-geo\r\n", f"FILE:3: the tag 'I-geo' {NO_START}",
    ),
    "I- of another type, in columns": (
        "a.conll", "Joe B-per\nRome I-geo\n", f"FILE:2: the tag 'I-geo' {NO_START}",
    ),
    "I- across sentences": (
        "a.csv", f"{START}Sentence: 2,x,NN,I-per\r\n", f"FILE:3: the tag 'I-per' {NO_START}",
    ),
    "empty": ("a.csv", "", EMPTY),
    "empty, columns": ("a.conll", "", EMPTY),
    "white space": ("a.csv", " \r\n\r\n\t", EMPTY),
    "blank lines": ("a.conll", "\n \n\t\n", EMPTY),
    "nothing but a byte order mark": ("a.csv", "\ufeff\r\n", EMPTY),
    "nothing but a byte order mark, columns": ("a.conll", "\ufeff", EMPTY),
    "nothing in a gzip": ("a.csv.gz", gzip.compress(b""), EMPTY),
    "not a gzip": (
        "a.csv.gz", SMALL, "FILE: is not a gzip file, or a broken one; fetch it again",
    ),
    "not a zip": (
        "a.zip", SMALL,
        "FILE: is not a zip archive, or a broken or encrypted one; fetch it again",
    ),
    "a NUL in a cell": ("a.csv", f"{START},we\0nt,VBD,O\r\n", f"FILE:3: {NUL}"),
    "a NUL in columns": ("a.conll", "a O\nb\0 O\n", f"FILE:2: {NUL}"),
    "an image": ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), f"FILE:3: {NUL}"),
    "an image called CoNLL": ("a.conll", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", f"FILE:3: {NUL}"),
    "UTF-16": ("a.conll", CONLL.encode("utf-16"), "FILE:1: UTF-16 text; name its encoding, utf-16"),
    "Latin-1 columns": (
        "a.conll", "M\xfcller B-per\nist O\n".encode("latin-1"), f"FILE:1: {NOT_UTF_8}",
    ),
    "random bytes": ("a.bin", bytes(range(1, 256)) * 9, f"FILE:2: {NOT_UTF_8}"),
    "bytes in no encoding": (
        "a.csv", (HEADER + FIRST).encode() + b",\x81,NN,O\r\n",
        "FILE:3: neither UTF-8 nor Windows-1252 text; save the file as UTF-8",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_corpus_is_refused_with_its_line_and_advice(write, name, content, message):
    assert_refused(write(content, name), message)


def test_a_guessed_encoding_is_said_with_a_word_to_judge_it_by(write):
    text = HEADER + "Sentence: 1,§,NN,O\r\n,saw,NN,O\r\n,Łódź,NN,B-geo\r\n"
    guessed = corpus.read_reported(write(text.encode("iso-8859-2")))
    said = "is not UTF-8 and was read as Windows-1252; if '£ód¼' is misspelt, name its encoding"
    assert guessed.notes == [said]
    named = corpus.read_reported(write(text.encode("iso-8859-2")), Reading(encoding="iso-8859-2"))
    assert (named.notes, named.sentences[0].words[-1]) == ([], "Łódź")
    for encoding in ("utf-8", "utf-8-sig"):
        assert corpus.read_reported(write(text.encode(encoding))).notes == []
    quotes = HEADER + "Sentence: 1,“,LQU,O\r\n,Joe,NN,B-per\r\n,…,:,O\r\n"  # as in GMB
    assert corpus.read_reported(write(quotes.encode("cp1252"))).notes == []


@pytest.mark.parametrize("read", [corpus.read, corpus.read_gmb])
def test_a_corpus_that_is_not_there_is_refused(tmp_path, read):
    message = "FILE: no such file; give the path of a corpus file"
    assert refusal(tmp_path / "missing.csv", read) == message


# Random bytes and nearly right files. Some are corpora; none may end in any other error.
parts = st.sampled_from([*'",\n\0 x“', "\r\n", "Sentence: 1,a,b,O", "\r\n,a,b,", "O", "B-a", "I-a"])
nearly = st.lists(parts).map("".join)


@given(st.one_of(st.binary(), nearly.map(lambda text: (HEADER + text).encode("cp1252"))))
@example(b"\xef\xbb\xbf")
@example(HEADER.encode() + b"Sentence: 1,a,NN,O,,\r\n")
def test_no_content_ends_in_anything_but_a_table_or_a_corpus_error(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "random.csv"
    path.write_bytes(content)
    try:
        assert len(corpus.read_gmb(path)) > 0
    except CorpusError:
        refusal(path, corpus.read_gmb)


@given(
    st.sampled_from([SMALL, CONLL, CONLL.replace(" ", "\t")]),
    st.integers(0, 80),
    st.integers(0, 5),
    st.binary(max_size=4),
    st.sampled_from(["mutated.csv", "mutated.txt", "mutated.gz", "mutated.zip"]),
)
def test_a_mutated_corpus_gives_sentences_or_one_line(
    tmp_path_factory, content, place, gone, put, name
):
    data = content.encode()
    if name.endswith(".gz"):
        data = gzip.compress(data)
    if name.endswith(".zip"):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("corpus.csv", content)
        data = file.getvalue()
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(data[:place] + put + data[place + gone :])
    try:
        assert all(len(sentence) > 0 for sentence in corpus.read(path))
    except CorpusError:
        refusal(path)


# Sentences.


def test_a_table_of_some_sentences_is_grouped_like_the_whole(write):
    tokens = corpus.read_gmb(write(SMALL))
    assert corpus.to_sentences(tokens[tokens["sentence"] == 2]) == SMALL_SENTENCES[1:]


def test_a_table_without_tokens_has_no_sentences():
    empty = pd.DataFrame({"sentence": [], "word": [], "tag": []})
    assert corpus.to_sentences(empty) == []


tags = st.sampled_from(["O", "B-per", "I-per", "B-geo", "I-geo"])


@given(st.lists(tags, min_size=1).map(lambda raw: tuple(repaired(raw))), st.integers(1, 6))
def test_split_sentences_keep_every_word_and_every_entity_that_fits(tags, max_length):
    sentence = Sentence(tuple(map(str, range(len(tags)))), tags)
    pieces = corpus.split_long([sentence], max_length)
    assert tuple(word for piece in pieces for word in piece.words) == sentence.words
    assert all(1 <= len(piece) <= max_length for piece in pieces)
    assert all(tuple(repaired(piece.tags)) == piece.tags for piece in pieces)
    together = tuple(tag for piece in pieces for tag in piece.tags)
    for place, (was, now) in enumerate(zip(tags, together, strict=True)):
        if was != now:  # only an entity longer than a piece is cut
            start = max(at for at in range(place) if tags[at].startswith("B-"))
            end = next((at for at in range(place, len(tags)) if tags[at][0] != "I"), len(tags))
            assert end - start > max_length


@pytest.mark.parametrize("max_length", [0, -1])
def test_pieces_without_a_word_are_refused(max_length):
    with pytest.raises(ValueError, match=f"max_length is {max_length}; a piece needs"):
        corpus.split_long(SMALL_SENTENCES, max_length)


def long_corpus(*counts):
    """A corpus with sentences of these many words."""
    rows = (
        f"{'' if place else f'Sentence: {number}'},word,NN,O\r\n"
        for number, count in enumerate(counts, 1)
        for place in range(count)
    )
    return HEADER + "".join(rows)


def test_sentences_of_seventy_words_are_kept_and_longer_ones_are_not(write):
    path = write(long_corpus(71, 70, 1, 104, 69))
    assert [len(sentence) for sentence in corpus.load(path)] == [70, 1, 69]
    assert [len(sentence) for sentence in corpus.load(path, max_length=1)] == [1]
    assert [len(sentence) for sentence in corpus.load(path, max_length=104)] == [71, 70, 1, 104, 69]


# Which corpus.


@pytest.fixture
def places(monkeypatch, tmp_path):
    """The places where a corpus may lie: none is set, and there is no file."""
    monkeypatch.delenv("NER_TUTORIAL_CORPUS", raising=False)
    monkeypatch.setattr(corpus, "GMB", tmp_path / "ner_dataset.csv")
    monkeypatch.setattr(corpus, "SAMPLE", tmp_path / "sample.csv")
    return monkeypatch


def test_the_variable_names_the_corpus_even_if_gmb_is_there(places, write):
    write(SMALL, corpus.GMB.name)
    places.setenv("NER_TUTORIAL_CORPUS", "my/own.csv")
    assert str(corpus.find_corpus()) == "my/own.csv"


def test_a_tilde_in_the_variable_is_the_home_folder(places, tmp_path):
    places.setenv("HOME", str(tmp_path))
    places.setenv("NER_TUTORIAL_CORPUS", "~/own.csv")
    assert corpus.find_corpus() == tmp_path / "own.csv"


@pytest.mark.parametrize("value", [None, ""])
def test_without_the_variable_it_is_gmb_if_there_and_else_the_sample(places, write, value):
    if value is not None:
        places.setenv("NER_TUTORIAL_CORPUS", value)
    assert corpus.find_corpus() == corpus.SAMPLE
    write(SMALL, corpus.GMB.name)
    assert corpus.find_corpus() == corpus.GMB


def test_load_reads_the_corpus_that_is_found_in_either_format(places, write):
    for path in (write(SMALL), write(CONLL, "corpus.conll")):
        places.setenv("NER_TUTORIAL_CORPUS", str(path))
        assert corpus.load() == SMALL_SENTENCES


def test_only_the_sample_is_described_as_the_sample(monkeypatch, tmp_path):
    monkeypatch.chdir(corpus.SAMPLE.parent)
    assert corpus.describe("sample.csv") == "sample.csv: the sample that ships with the course"
    monkeypatch.chdir(tmp_path)
    assert "a corpus of your own" in corpus.describe("sample.csv")


# GMB itself, if it is there.


def test_gmb_has_the_tokens_sentences_and_words_that_were_measured(gmb_tokens):
    all_sentences = corpus.to_sentences(gmb_tokens)
    assert len(gmb_tokens) == 1_048_575
    assert len(all_sentences) == 47_959
    assert (gmb_tokens["word"] == "None").sum() == 10
    assert len(corpus.keep_short(all_sentences)) == 47_959 - 4
    assert gmb_tokens["tag"].nunique() == 17
