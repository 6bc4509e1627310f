"""JSON records: texts with spans, tokens with tags, whatever tool wrote them."""

import json

import pytest
from corpora import refusal, shown
from hypothesis import given, settings
from hypothesis import strategies as st

from ner_tutorial import corpus
from ner_tutorial.errors import CorpusError
from ner_tutorial.reading import Reading

TEXT = "Ann left New York."
WANTED = "Ann/B-per left/O New/B-geo York/I-geo ./O"
PAIRS = [[0, 3, "per"], [9, 17, "geo"]]


def region(start, end, *labels, text=TEXT, kind="labels"):
    """A span as Label Studio exports it."""
    value = {"start": start, "end": end, "text": text[start:end], kind: list(labels)}
    return {"type": kind, "from_name": "ner", "to_name": "text", "value": value}


CHOICE = {"type": "choices", "value": {"start": 0, "end": 3, "choices": ["x"]}}
REGIONS = [region(*pair) for pair in PAIRS]
RECORDS = {
    "doccano": {"id": 1, "text": TEXT, "label": PAIRS},
    "old doccano": {"id": 1, "text": TEXT, "labels": PAIRS, "meta": {}},
    "doccano with relations": {
        "text": TEXT,
        "entities": [
            {"id": 1, "start_offset": start, "end_offset": end, "label": label}
            for start, end, label in PAIRS
        ],
        "relations": [],
    },
    "doccano that calls the text data": {"data": TEXT, "label": PAIRS, "Comments": []},
    "Prodigy": {
        "text": TEXT,
        "tokens": [{"text": "Ann", "start": 0, "end": 3, "id": 0}],
        "spans": [{"start": s, "end": e, "label": label} for s, e, label in PAIRS],
        "answer": "accept",
    },
    "Label Studio": {
        "id": 1,
        "data": {"text": TEXT},
        "annotations": [{"result": [*REGIONS, CHOICE]}],
        "predictions": [{"result": []}],
    },
    "old Label Studio": {"data": {"text": TEXT}, "completions": [{"result": REGIONS}]},
    "Label Studio, two that agree": {
        "data": {"text": TEXT},
        "annotations": [{"result": REGIONS}, {"result": REGIONS[::-1]}],
    },
    "Label Studio, one that was skipped": {
        "data": {"text": TEXT},
        "annotations": [{"result": [], "was_cancelled": True}, {"result": REGIONS}],
    },
    "Label Studio, its text called otherwise": {
        "data": {"sentence": TEXT, "number": 7}, "annotations": [{"result": REGIONS}],
    },
    "Label Studio, short, its labels called otherwise": {
        "text": TEXT, "ner": [item["value"] for item in REGIONS], "created_at": "2026-01-01",
    },
    "Label Studio on HTML": {
        "data": {"text": TEXT},
        "annotations": [{"result": [region(*p, kind="hypertextlabels") for p in PAIRS]}],
    },
    "Label Studio, short": {
        "id": 1, "text": TEXT, "label": [item["value"] for item in REGIONS], "annotator": 1,
    },
    "spaCy": [TEXT, {"entities": PAIRS}],
    "spaCy's own JSON": {
        "text": TEXT, "ents": [{"start": s, "end": e, "label": label} for s, e, label in PAIRS],
        "tokens": [{"id": 0, "start": 0, "end": 3}],
    },
    "spans twice": {"text": TEXT, "label": PAIRS + PAIRS},
    "spans with spaces around": {"text": TEXT, "label": [[0, 4, "per"], [8, 17, " geo "]]},
    "tokens": {"tokens": ["Ann", "left", "New", "York", "."],
               "ner_tags": ["B-per", "O", "B-geo", "I-geo", "O"]},
    "words with labels": {"words": ["Ann", "left", "New", "York", "."],
                          "labels": ["U-per", "O", "B-geo", "L-geo", "O"]},
    "tokens with parts of speech called tags": {
        "tokens": ["Ann", "left", "New", "York", "."], "tags": ["NNP", "VBD", "NNP", "NNP", "."],
        "labels": ["B-per", "O", "B-geo", "I-geo", "O"],
    },
    "tokens with other tags": {
        "id": "0", "tokens": ["Ann", "left", "New", "York", "."], "pos_tags": [1, 2, 3, 4, 5],
        "ner_tags": ["B-per", "O", "B-geo", "I-geo", "O"], "tags": [0, 0, 0, 0, 0],
    },
}  # fmt: skip


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_a_record_is_read_from_lines_and_from_a_list(write, record):
    texts = [
        f"{json.dumps(record)}\n{json.dumps(record)}\n",
        json.dumps([record, record]),
        json.dumps([record, record], indent=2),
        f"\ufeff\n{json.dumps(record)}\n\n\ufeff{json.dumps(record)}\n\ufeff",
    ]
    for text in texts:
        assert shown(corpus.read(write(text, "corpus.json"))) == f"{WANTED} | {WANTED}"


def test_spans_of_an_annotator_for_spacy_are_unpacked(write):
    text = json.dumps({"classes": ["per"], "annotations": [RECORDS["spaCy"], None]})
    assert shown(corpus.read(write(text))) == WANTED


def test_offsets_count_characters_also_where_some_take_two_units(write):
    text = "😀 Ann left 😀 New York."
    record = {"text": text, "label": [[2, 5, "per"], [13, 21, "geo"]]}
    wanted = "😀/O Ann/B-per left/O 😀/O New/B-geo York/I-geo ./O"
    for ascii_only in (True, False):
        path = write(json.dumps(record, ensure_ascii=ascii_only))
        assert shown(corpus.read(path)) == wanted
    units = [region(3, 6, "per"), region(15, 23, "geo")]  # as JavaScript counts
    for item, name in zip(units, ("Ann", "New York"), strict=True):
        item["value"]["text"] = name
    record = {"data": {"text": text}, "annotations": [{"result": units}]}
    assert shown(corpus.read(write(json.dumps([record])))) == wanted


def test_tags_that_are_numbers_need_names(write):
    path = write('{"tokens": ["Ann", "left"], "ner_tags": [1, 0]}\n')
    assert refusal(path) == (
        "FILE:1: the tag is the number 1, without a name; "
        "give the names of all tags in order, that of 0 first (tag_names)"
    )
    assert shown(corpus.read(path, tag_names=["O", "B-per"])) == "Ann/B-per left/O"
    assert "the number 1, without a name" in refusal(path, tag_names=["O"])


def test_what_no_annotator_accepted_is_left_out_and_counted(write):
    prodigy = [
        {"text": TEXT, "spans": [], "answer": answer} for answer in ("accept", "reject", "ignore")
    ]
    report = corpus.read_reported(write("\n".join(map(json.dumps, prodigy))))
    assert len(report.sentences) == 1
    assert report.notes == [
        "1 of 3 records left out: their answer is 'reject'",
        "1 of 3 records left out: their answer is 'ignore'",
    ]
    studio = [RECORDS["Label Studio"], {"data": {"text": TEXT}, "annotations": []}]
    report = corpus.read_reported(write(json.dumps(studio)))
    assert shown(report.sentences) == WANTED
    assert report.notes == ["1 of 2 records left out: they have no finished annotation"]


def test_an_export_without_a_key_where_there_is_no_span_is_read(write):
    text = '{"text": "Ann ran", "label": [[0, 3, "per"]]}\n{"text": "So be it"}\n'
    report = corpus.read_reported(write(text))
    assert shown(report.sentences) == "Ann/B-per ran/O | So/O be/O it/O"
    assert report.notes == ["1 of 2 records have no 'label' and were read as without entities"]


def test_keys_can_be_named(write):
    path = write('{"a": ["Ann"], "b": ["B-per"]}')
    assert shown(corpus.read(path, word_column="a", tag_column="b")) == "Ann/B-per"
    path = write('{"a": "Ann", "b": [[0, 3, "per"]], "label": [[0, 3, "geo"]], "text": "x"}')
    assert shown(corpus.read(path, word_column="a", tag_column="b")) == "Ann/B-per"


def test_spaces_in_a_label_become_underscores_and_it_is_said(write):
    report = corpus.read_reported(write('{"text": "Ann", "label": [[0, 3, "a person"]]}'))
    assert shown(report.sentences) == "Ann/B-a_person"
    assert report.notes == ["spaces in labels became _, as in 'a person'"]


def test_empty_texts_and_empty_lists_of_tokens_are_no_sentences(write):
    assert (
        shown(corpus.read(write('{"text": " ", "label": []}\n{"text": "a", "label": []}'))) == "a/O"
    )
    text = '{"tokens": [], "tags": []}\n{"tokens": ["a"], "tags": ["O"]}'
    assert shown(corpus.read(write(text))) == "a/O"


def test_a_word_or_tag_that_is_not_there_is_dropped_if_wished(write):
    path = write('{"tokens": ["Ann", "\\n\\n"], "tags": ["B-per", "O"]}')
    assert refusal(path).startswith("FILE:1: the word is ''; every token needs")
    assert shown(corpus.read(path, repair=True)) == "Ann/B-per"
    path = write('{"tokens": ["Ann", "\\u200b", "x"], "tags": ["B-per", "O", null]}')
    assert refusal(path).startswith("FILE:1: the word is '\\u200b'; every token needs")
    assert shown(corpus.read(path, repair=True)) == "Ann/B-per"


NO_SPAN = "is no span; write [start, end, label]"
AGAIN = "export the text and its spans again, together"
REFUSED = {
    "an empty list": ("[]", "FILE: holds no token; give a corpus with sentences in it"),
    "no text": (
        '{"id": 1}', "FILE:1: no text (text, data, content, sentence) and no tokens; found 'id'; "
        "name its key (word_column)",
    ),
    "no spans": (
        '\n{"text": "a", "x": 1}', "FILE:2: no spans (spans, entities, ents, label, labels, "
        "annotations) and no tokens; found 'text', 'x'; name the key of the spans (tag_column)",
    ),
    "two keys of spans": (
        '{"text": "a", "label": [[0, 1, "x"]], "spans": [[0, 1, "x"]]}',
        "FILE:1: 'spans' and 'label' both hold spans; name the key of the spans (tag_column)",
    ),
    "no tags": (
        '{"tokens": ["a"], "x": 1}', "FILE:1: tokens without a list of tags; found 'tokens', 'x'; "
        "name the key of the tags (tag_column)",
    ),
    "two keys of tags": (
        '{"tokens": ["a"], "labels": ["B-x"], "ner_tags": ["O"]}',
        "FILE:1: 'labels' and 'ner_tags' both hold tags; name the one to read (tag_column)",
    ),
    "fewer tags": (
        '{"tokens": ["a"], "tags": []}', "FILE:1: 1 tokens and 0 tags; each needs one",
    ),
    "a line's end in a token": (
        '{"tokens": ["a\\nb"], "tags": ["O"]}',
        "FILE:1: a token with a tab or a line's end; no word holds one",
    ),
    "tokens and spans": (
        '{"tokens": ["a"], "tags": ["O"]}\n{"text": "a", "label": []}',
        "FILE: some records hold tokens, others spans; give one kind a file",
    ),
    "a number": ('{"text": "a", "label": [[0, 1, 3]]}', f"FILE:1: '[0, 1, 3]' {NO_SPAN}"),
    "a place that is none": (
        '{"text": "a", "label": [[0, true, "x"]]}', f"FILE:1: '[0, true, \"x\"]' {NO_SPAN}",
    ),
    "a word for a span": ('{"text": "a", "label": ["per"]}', f"FILE:1: '\"per\"' {NO_SPAN}"),
    "two labels": (
        json.dumps({"data": {"text": TEXT}, "annotations": [{"result": [region(0, 3, "a", "b")]}]}),
        "FILE:1: a span with 2 labels; a word has one tag, keep one",
    ),
    "annotators who disagree": (
        json.dumps(
            [{"data": {"text": TEXT}, "annotations": [{"result": REGIONS}, {"result": []}]}]
        ),
        "FILE:1, record 1: 2 annotations that are not the same; export one for each text",
    ),
    "nested": (
        '{"text": "New York City", "label": [[0, 8, "geo"], [4, 13, "a b"]]}',
        "FILE:1: 'New York' (geo) and 'York City' (a b) overlap; nested entities cannot be "
        "learned, so keep one of the two",
    ),
    "tags for labels": (
        '{"text": "New York", "label": [[0, 3, "B-geo"], [4, 8, "I-geo"]]}',
        "FILE:1: spans are labelled with tags, 'B-geo' and 'I-geo'; mark each entity by one span, "
        "labelled with its type",
    ),
    "two types for one": (
        '{"text": "Rome", "label": [[0, 4, "geo"], [0, 4, "org"]]}',
        "FILE:1: 'Rome' (geo) and 'Rome' (org) overlap; nested entities cannot be learned, "
        "so keep one of the two",
    ),
    "nothing marked": (
        '{"text": "a b", "label": [[1, 2, "x"]]}',
        "FILE:1: the span 1 to 2 holds no character; mark some, or pass repair to leave it out",
    ),
    "past the end": (
        '[\n{"text": "a", "label": []},\n{"text": "a", "label": [[0, 2, "x"]]}]',
        f"FILE:3, record 2: the span 0 to 2 lies outside of the text's 1 characters; {AGAIN}",
    ),
    "backwards": (
        '{"text": "a", "label": [[1, 0, "x"]]}',
        f"FILE:1: the span 1 to 0 lies outside of the text's 1 characters; {AGAIN}",
    ),
    "another text": (
        '{"text": "Ann", "label": [{"start": 0, "end": 3, "label": "x", "text": "Bob"}]}',
        f"FILE:1: the span 0 to 3 is 'Ann', but should be 'Bob'; {AGAIN}",
    ),
    "broken": (
        '{"text": "a", "label": []}\n{"text": "a", "label"}',
        "FILE:2: not JSON (Expecting ':' delimiter); give a list of records, or one a line",
    ),
    "cut off": (
        '[{"text": "a", "label": []},\n{"text": "a", "la',
        "FILE:2: not JSON (Unterminated string starting at); give a list of records, or one a line",
    ),
    "half a character": (
        '{"text": "\\ud83d", "label": []}',
        "FILE:1: not JSON that can be read; export it again",
    ),
    "a list in a list": (
        '[["a"], 1]', "FILE:1, record 1: \"['a']\" is no record with a text or tokens",
    ),
    "a pair that is none of spaCy's": (
        '[["a", {"cats": {}}]]',
        "FILE:1, record 1: \"['a', {'cats': {}}]\" is no record with a text or tokens",
    ),
    "a region without a label": (
        json.dumps({"data": {"text": "a"}, "annotations": [
            {"result": [{"type": "labels", "value": {"start": 0, "end": 1}}]}
        ]}),
        """FILE:1: '{"type": "labels", "value": {"start": 0,...' is no span; """
        "write [start, end, label]",
    ),
    "nested without end": (
        '{"a":' + '{"a":' * 100_000, "FILE:1: not JSON that can be read; export it again",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_a_record_that_cannot_be_read_is_refused_with_its_place(write, text, message):
    assert refusal(write(text, "corpus.json")) == message


keys = st.sampled_from(
    ["text", "label", "spans", "entities", "tokens", "ner_tags", "data", "annotations", "result",
     "value", "start", "end", "labels", "answer", "type"]
)  # fmt: skip
values = st.recursive(
    st.sampled_from([None, True, 0, 1, 2, 1.5, "", "Ann left", "per", "B-per", "O", "reject"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
records = st.dictionaries(keys, values, min_size=1, max_size=4)


@settings(max_examples=60)
@given(st.lists(records, min_size=1, max_size=3), st.booleans())
def test_no_json_ends_in_anything_but_sentences_or_one_line(tmp_path_factory, records, repair):
    path = tmp_path_factory.getbasetemp() / "random.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    try:
        assert all(len(sentence) > 0 for sentence in corpus.read(path, repair=repair))
    except CorpusError:
        refusal(path, repair=repair)


def test_an_empty_span_is_left_out_if_wished(write):
    path = write('{"text": "a b", "label": [[1, 2, "x"], [0, 1, "y"]]}')
    assert shown(corpus.read_reported(path, Reading(repair=True)).sentences) == "a/B-y b/O"
