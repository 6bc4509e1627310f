"""Spans of characters become tokens: cut as for tagging, but never inside a span."""

import json

import pytest
from corpora import refusal, shown
from hypothesis import given
from hypothesis import strategies as st

from ner_tutorial import corpus, iob2
from ner_tutorial.errors import CorpusError
from ner_tutorial.reading import Reading


def record(text, *marked):
    """A record in which these words of the text are marked, each where it first stands."""
    spans = [[text.index(word), text.index(word) + len(word), "x"] for word in marked]
    return json.dumps({"text": text, "label": spans})


def test_a_text_is_cut_into_sentences_of_one_document(write):
    text = "\n".join([record("Ann left. Bob ran.\nSo be it.", "Bob"), record("Home again.")])
    report = corpus.read_reported(write(text))
    assert report.texts == ["Ann left.", "Bob ran.", "So be it.", "Home again."]
    assert report.documents == [0, 0, 0, 1]
    assert shown(report.sentences[1:2]) == "Bob/B-x ran/O ./O"


def test_records_of_one_sentence_are_no_documents(write):
    assert corpus.read_reported(write(record("Ann left."))).documents is None


def test_no_sentence_ends_inside_a_span(write):
    text = "He met Ann. Smith and\nBob ran. So?"
    report = corpus.read_reported(write(record(text, "Ann. Smith and\nBob")))
    assert report.texts == ["He met Ann. Smith and\nBob ran.", "So?"]
    first = report.sentences[0]
    (entity,) = iob2.entities(first.tags)
    assert first.words[entity.start] == "Ann" and first.words[entity.end - 1] == "Bob"


def test_spans_that_end_inside_a_token_are_counted_and_the_first_is_named(write):
    text = "\n".join(
        [record("Bob ran.", "Bob"), record("Annabel left.", "Ann"), record("Bobby ran.", "by")]
    )
    assert refusal(write(text)) == (
        "FILE:2: 2 of 3 spans begin or end inside a token, such as 'Ann' in 'Annabel'; "
        "name another tokenizer, or repair to widen them to whole tokens"
    )
    report = corpus.read_reported(write(text), Reading(repair=True))
    assert shown(report.sentences).startswith("Bob/B-x ran/O ./O | Annabel/B-x left/O ./O | Bobby")
    assert report.notes == [
        "2 of 3 spans begin or end inside a token and were widened to whole tokens"
    ]
    assert report.widened == 2


def test_a_text_that_spells_an_option_or_a_field_stays_as_it_is(write):
    path = write(record("a{0.real}b{repair}c", "{repair}c"))
    assert "such as '{repair}c' in '" in refusal(path, tokenizer="spaces")


def test_of_two_spans_in_one_token_the_second_is_left_out_and_it_is_said(write):
    path = write(record("Rhine-Main area", "Rhine", "Main"))
    report = corpus.read_reported(path, Reading(repair=True))
    assert shown(report.sentences) == "Rhine-Main/B-x area/O"
    assert report.notes[1:] == ["1 of them were left out: their token is in another span"]


@pytest.mark.parametrize(
    ("tokenizer", "expected"),
    [
        (None, "@joe/O :/O hi/B-x !/O"),
        ("english", "@joe/O :/O hi/B-x !/O"),
        ("characters", "@/O j/O o/O e/O :/O h/B-x i/I-x !/O"),
    ],
)
def test_the_tokenizer_is_the_one_that_was_chosen(write, tokenizer, expected):
    path = write(record("@joe: hi!", "hi"))
    report = corpus.read_reported(path, Reading(tokenizer=tokenizer))
    assert shown(report.sentences).replace("@/O joe/O", "@joe/O") == expected


def test_a_tokenizer_that_is_none_is_refused(write):
    message = refusal(write(record("Ann", "Ann")), tokenizer="klingon")
    assert message == "no tokenizer 'klingon'; name one of english, words, spaces, characters"


def test_tokens_that_spaces_part_are_kept_and_so_are_lines(write):
    path = write(record("Mr. X ran . So it is\nHome !", "Mr. X"))
    report = corpus.read_reported(path, Reading(tokenizer="spaces"))
    assert report.texts == ["Mr. X ran . So it is", "Home !"]
    assert shown(report.sentences[1:]) == "Home/O !/O"


texts = st.text(st.sampled_from("ab .,\n'😀é-"), max_size=30)


@given(texts, st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)), max_size=3))
def test_every_character_is_in_a_token_and_every_span_an_entity(tmp_path_factory, text, places):
    path = tmp_path_factory.getbasetemp() / "spans.jsonl"
    spans = [[start, min(start + length, len(text)), "x"] for start, length in places]
    path.write_text(json.dumps({"text": text, "label": spans}), encoding="utf-8")
    try:
        report = corpus.read_reported(path, Reading(repair=True))
    except CorpusError:
        return
    words = "".join("".join(sentence.words) for sentence in report.sentences)
    assert words == "".join(text.split())
    covered = {(s, e) for s, e, _ in spans if text[s:e].strip()}
    found = [entity for sentence in report.sentences for entity in iob2.entities(sentence.tags)]
    assert len(found) <= len(covered)
    if not report.notes:
        stripped = sorted("".join(text[s:e].split()) for s, e in covered)
        marked = [
            "".join(sentence.words[entity.start : entity.end])
            for sentence in report.sentences
            for entity in iob2.entities(sentence.tags)
        ]
        assert sorted(set(marked)) == sorted(set(stripped))
