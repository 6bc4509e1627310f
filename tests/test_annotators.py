"""Two annotations of the same sentences, compared; and the two that ship with the course."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from ner_tutorial import corpus, metrics
from ner_tutorial.annotators import Disagreement, disagreements
from ner_tutorial.formats import render
from ner_tutorial.iob2 import Entity, entities, repair
from ner_tutorial.text import Mention, TaggedText, split_sentences

FOLDER = corpus.SAMPLE.with_name("annotation")

TAG = st.sampled_from(["O", "O", "B-per", "I-per", "B-geo", "I-geo"])
PAIRS = st.integers(1, 7).flatmap(
    lambda length: st.tuples(*[st.lists(TAG, min_size=length, max_size=length).map(repair)] * 2)
)


def only(first, second):
    (row,) = disagreements([first.split()], [second.split()])
    return row


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ("B-per I-per O", "O B-per O", "borders"),
        ("B-per I-per O", "B-geo I-geo O", "type"),
        ("B-per I-per O", "O B-geo I-geo", "borders and type"),
        ("B-per O O", "O O O", "only the first"),
        ("O O O", "O O B-per", "only the second"),
    ],
)
def test_each_kind_of_disagreement_is_named(first, second, kind):
    assert only(first, second).kind == kind


def test_entities_that_touch_are_no_partners():
    rows = disagreements([["B-per", "O"]], [["O", "B-per"]])
    assert [row.kind for row in rows] == ["only the first", "only the second"]


def test_of_two_halves_of_a_name_the_second_stands_alone():
    rows = disagreements([["O"], ["B-org", "I-org", "I-org"]], [["O"], ["B-gpe", "B-org", "I-org"]])
    assert rows == [
        Disagreement(1, "borders and type", Entity("org", 0, 3), Entity("gpe", 0, 1)),
        Disagreement(1, "only the second", None, Entity("org", 1, 3)),
    ]


def test_annotations_of_different_sentences_are_refused():
    with pytest.raises(ValueError, match="not of the same sentences"):
        disagreements([["O", "O"]], [["O"]])


@given(st.lists(PAIRS, max_size=4))
def test_every_entity_that_is_not_shared_is_in_one_row(pairs):
    first, second = [list(side) for side in zip(*pairs, strict=True)] or ([], [])
    rows = disagreements(first, second)
    for side, ours, theirs in (("first", first, second), ("second", second, first)):
        own = [
            (place, entity)
            for place, (tags, others) in enumerate(zip(ours, theirs, strict=True))
            for entity in entities(tags)
            if entity not in entities(others)
        ]
        listed = [(row.sentence, getattr(row, side)) for row in rows if getattr(row, side)]
        assert sorted(listed) == sorted(own)


@given(st.lists(PAIRS, max_size=4))
def test_partners_overlap_and_to_swap_the_two_gives_as_many_rows(pairs):
    first, second = [list(side) for side in zip(*pairs, strict=True)] or ([], [])
    rows = disagreements(first, second)
    assert len(rows) == len(disagreements(second, first))
    for row in rows:
        if row.first and row.second:
            assert row.first.start < row.second.end and row.second.start < row.first.end
        else:
            assert row.kind == ("only the first" if row.first else "only the second")


# What ships with the course.


def shipped(name):
    return corpus.read(FOLDER / name)


def tags(sentences):
    return [sentence.tags for sentence in sentences]


def test_all_annotations_are_of_the_sixty_sentences_of_the_texts():
    texts = (FOLDER / "texts.txt").read_text("utf-8")
    words = [tuple(token.text for token in tokens) for _, _, tokens in split_sentences([texts])]
    assert len(words) == 60
    for name in ("first.jsonl", "second.json", "agreed.jsonl"):
        assert [sentence.words for sentence in shipped(name)] == words


def test_the_two_differ_as_people_do_and_whom_to_believe_changes_from_case_to_case():
    first, second, agreed = map(tags, map(shipped, ("first.jsonl", "second.json", "agreed.jsonl")))
    kinds = {row.kind for row in disagreements(first, second)}
    assert kinds >= {"borders", "type", "only the first", "only the second"}
    assert 0.65 < metrics.entity_f1(first, second) < 0.9
    assert disagreements(first, agreed) and disagreements(second, agreed)


def test_token_agreement_flatters_kappa_less_and_entities_not_at_all():
    first, second = tags(shipped("first.jsonl")), tags(shipped("second.json"))
    flat = [[tag for row in side for tag in row] for side in (first, second)]
    tokens, kappa = metrics.token_accuracy(first, second), cohen_kappa_score(*flat)
    assert tokens > kappa > metrics.entity_f1(first, second)


def test_no_sentence_of_the_annotated_texts_is_in_the_sample():
    known = {sentence.words for sentence in corpus.load(corpus.SAMPLE)}
    assert known.isdisjoint(sentence.words for sentence in shipped("agreed.jsonl"))


def test_the_second_annotation_is_an_export_of_label_studio_and_the_first_of_doccano():
    tasks = json.loads((FOLDER / "second.json").read_text("utf-8"))
    assert all(task["annotations"][0]["result"] is not None for task in tasks)
    lines = (FOLDER / "first.jsonl").read_text("utf-8").splitlines()
    assert all({"text", "label"} <= json.loads(line).keys() for line in lines)


# From a model to a tool and back.


def as_submitted(tasks):
    """What Label Studio exports once a person has submitted its predictions as they are."""
    for number, task in enumerate(json.loads(tasks), 1):
        (prediction,) = task.pop("predictions")
        regions = [region | {"origin": "prediction"} for region in prediction["result"]]
        yield {"id": number, "annotations": [{"id": number, "result": regions}], **task}


def as_found():
    """The texts as a tagger gives them, with the entities of the first annotation."""
    texts = (FOLDER / "texts.txt").read_text("utf-8")
    for cut, sentence in zip(split_sentences([texts]), shipped("first.jsonl"), strict=True):
        text, start, tokens = cut
        mentions = []
        for kind, first, end in entities(sentence.tags):
            left, right = tokens[first].start, tokens[end - 1].end
            mentions.append(Mention(kind, texts[left:right], left, right, 0.9))
        sure = [0.9] * len(tokens)
        yield TaggedText(text, start, tokens, list(sentence.tags), sure, mentions)


@pytest.mark.parametrize("tool", ["labelstudio", "doccano"])
def test_what_is_proposed_to_a_tool_comes_back_as_the_same_entities(tool, tmp_path):
    exported = "".join(render(as_found(), tool))
    if tool == "labelstudio":
        exported = json.dumps(list(as_submitted(exported)))
    (tmp_path / "export.json").write_text(exported, "utf-8")
    assert corpus.read(tmp_path / "export.json") == shipped("first.jsonl")
