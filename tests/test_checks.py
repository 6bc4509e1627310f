"""What is checked of every format: words that can be seen, borders, and tags that fit."""

import pytest
from corpora import refusal, shown

from ner_tutorial import corpus
from ner_tutorial.reading import Reading

UNSEEN = [
    "\u200b",
    "\u200e\u200f",
    "\u00ad",
    "\u2060",
    "\ufeff\u200b",
    "\u00a0",
    "\u3164",
    "\u2800",
]


@pytest.mark.parametrize("word", UNSEEN)
def test_a_word_that_nobody_sees_is_refused_with_its_line_or_dropped(write, word):
    path = write(f"Ann\tB-per\n{word}\tI-per\nSmith\tI-per\n\n{word}\tO\n", "corpus.conll")
    message = refusal(path)
    assert message.startswith("FILE:2: the word is '")
    assert message.endswith("a word that can be seen; pass repair to drop those without")
    report = corpus.read_reported(path, Reading(repair=True))
    assert shown(report.sentences) == "Ann/B-per Smith/I-per"
    assert report.notes == ["2 tokens without a visible word or without a tag were dropped"]


@pytest.mark.parametrize("word", ["\x96", "a\u200b", "\ufe0f", "\ue000", "\U000e0fff"])
def test_a_word_of_any_character_with_a_picture_is_kept(write, word):
    assert shown(corpus.read(write(f"{word}\tO\n", "corpus.conll"))) == f"{word}/O"


def test_a_file_without_a_blank_line_is_no_sentence(write):
    text = "Ann O\nran O\n. O\n"
    for one in (text, "Go O\n! O\nso O\n. O\n", text + ") O\n", text + ". O\n. O\n"):
        assert len(corpus.read(write(one, "a.conll"))) == 1
    for content in (text * 2, "a O\n" * 71, f"word\ttag\n{text * 3}", "! O\n? O\nX O\n" * 4):
        message = refusal(write(content.replace(" ", "\t"), "a.conll"))
        assert "no blank line up to here" in message
        assert message.endswith("put a blank line between two sentences")
    assert len(corpus.read(write("a O\n" * 70, "a.conll"))) == 1
    assert len(corpus.read(write("a O\n" * 71 + "\nb O\n", "a.conll"))) == 2
    labelled = "sentence,word,tag\n" + "1,a,O\n" * 71
    assert len(corpus.read(write(labelled))) == 1


CONVERTED = {
    "bioes": "Ann S-per\nsaw O\nNew B-geo\nYork I-geo\nCity E-geo\n",
    "bilou": "Ann U-per\nsaw O\nNew B-geo\nYork I-geo\nCity L-geo\n",
    "bmes": "Ann S-per\nsaw O\nNew B-geo\nYork M-geo\nCity E-geo\n",
}


@pytest.mark.parametrize(("scheme", "text"), CONVERTED.items(), ids=CONVERTED)
def test_a_scheme_that_leaves_no_doubt_is_converted_and_it_is_said(write, scheme, text):
    report = corpus.read_reported(write(text, "corpus.conll"))
    assert shown(report.sentences) == "Ann/B-per saw/O New/B-geo York/I-geo City/I-geo"
    assert report.notes == [f"the tags were read as {scheme.upper()} and converted to IOB2"]
    assert report.reading == Reading(scheme=scheme)


def test_of_iob2_nothing_is_said(write):
    report = corpus.read_reported(write("Ann B-per\n", "corpus.conll"))
    assert (report.notes, report.reading.scheme) == ([], "iob2")


@pytest.mark.parametrize(
    ("scheme", "text"),
    [
        ("io", "Ann per\nleft O\nNew geo\nYork geo\n"),
        ("io", "Ann person-actor\nleft O\nNew place-geo\nYork place-geo\n"),
        ("io", "Ann I-per\nleft O\nNew I-geo\nYork I-geo\n"),
        ("iob1", "Ann I-per\nleft O\nNew I-geo\nYork I-geo\n"),
    ],
)
def test_a_scheme_that_leaves_a_doubt_must_be_named(write, scheme, text):
    path = write(text, "corpus.conll")
    assert ("iob1" if "I-" in text else "scheme io") in refusal(path)
    read = shown(corpus.read(path, scheme=scheme)).replace("person-actor", "per")
    assert read.replace("place-", "") == "Ann/B-per left/O New/B-geo York/I-geo"


def test_tags_of_another_scheme_than_the_one_named_are_refused(write):
    path = write("Ann O\nleft S-per\n", "corpus.conll")
    assert refusal(path, scheme="bilou") == (
        "FILE:2: the tag is 'S-per', which is none of BILOU; name its scheme"
    )
    assert refusal(path, scheme="iob3") == (
        "no scheme 'iob3'; name one of iob1, iob2, bioes, bilou, bmes, io"
    )


def test_what_does_not_fit_is_mended_and_counted_if_wished(write):
    path = write("a B-per\nb I-per\nc E-geo\nd S-geo\ne E-geo\n", "corpus.conll")
    report = corpus.read_reported(path, Reading(repair=True))
    assert shown(report.sentences) == "a/B-per b/I-per c/B-geo d/B-geo e/B-geo"
    assert report.notes[1:] == ["2 tags that did not fit those beside them were mended"]


def test_numbers_in_columns_take_names_as_those_in_json_do(write):
    path = write("Ann 1\nSmith 2\nleft 0\n", "corpus.conll")
    names = ("O", "B-per", "I-per")
    assert shown(corpus.read(path, tag_names=names)) == "Ann/B-per Smith/I-per left/O"
