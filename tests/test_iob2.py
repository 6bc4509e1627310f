"""IOB2: which entities tags mark, which tags have no start, and what may follow what."""

import numpy as np
import pytest
from brute_force import repaired, spans
from hypothesis import given
from hypothesis import strategies as st

from ner_tutorial import iob2
from ner_tutorial.iob2 import Entity

TAGS = ["O", "B-per", "I-per", "B-geo", "I-geo"]
sentences = st.lists(st.sampled_from(TAGS), max_size=8)


@pytest.mark.parametrize("tag", ["O", "B-per", "I-per", "B-I-x", "B-Ö", "I--", "B-B_per"])
def test_o_and_a_letter_with_a_type_are_tags(tag):
    assert iob2.is_tag(tag)


@pytest.mark.parametrize(
    "text",
    ["", "o", "B", "I", "B-", "I-", "per", "Other", "b-per", "S-per", "B_per", "B-a b", "B-per\n",
     " O", "O ", "-per", "B-\u00a0", "<_PAD_TAG_>"],
)  # fmt: skip
def test_anything_else_is_none(text):
    assert not iob2.is_tag(text)


def test_an_entity_is_a_type_and_the_borders_of_its_words():
    found = iob2.entities(["B-per", "I-per", "O", "B-geo", "I-geo"])
    assert found == [Entity("per", 0, 2), Entity("geo", 3, 5)]


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        (["B-per", "B-per"], [("per", 0, 1), ("per", 1, 2)]),
        (["I-per", "I-per"], []),
        (["B-per", "I-geo"], [("per", 0, 1)]),
        (["B-per", "O", "I-per"], [("per", 0, 1)]),
        ([], []),
    ],
)
def test_an_entity_begins_with_its_b_tag_and_ends_before_any_other(tags, found):
    assert iob2.entities(tags) == found


@given(sentences)
def test_the_entities_are_those_that_trying_every_span_finds(tags):
    assert iob2.entities(tags) == spans(tags)
    assert iob2.entities(tuple(tags)) == spans(tags)


@given(sentences)
def test_a_repair_makes_a_start_of_each_tag_without_one_and_changes_no_other(tags):
    before = list(tags)
    assert iob2.repair(tags) == repaired(tags)
    assert tags == before
    changed = [i for i, tag in enumerate(repaired(tags)) if tag != tags[i]]
    assert iob2.missing_starts(tags) == changed


@given(sentences)
def test_repaired_tags_have_all_their_starts_and_every_word_of_a_name_is_in_an_entity(tags):
    valid = iob2.repair(tags)
    assert iob2.missing_starts(valid) == []
    assert iob2.repair(valid) == valid
    inside = {place for _, start, end in iob2.entities(valid) for place in range(start, end)}
    assert inside == {place for place, tag in enumerate(tags) if tag != "O"}


def test_a_sentence_in_iob1_becomes_the_same_entities_in_iob2():
    iob1 = ["I-per", "I-per", "O", "I-geo", "B-geo", "I-org", "O", "I-tim"]
    iob2_tags = ["B-per", "I-per", "O", "B-geo", "B-geo", "B-org", "O", "B-tim"]
    assert iob2.repair(iob1) == iob2_tags


# What may follow what.


def test_the_moves_are_those_of_the_table():
    tags = ["<_PAD_TAG_>", "O", "B-per", "I-per", "B-geo", "I-geo"]
    start, moves = iob2.moves(tags)
    assert start.dtype == moves.dtype == np.float32
    np.testing.assert_array_equal(start == 0, [0, 1, 1, 0, 1, 0])
    table = [
        [0, 1, 1, 0, 1, 0],  # after padding
        [0, 1, 1, 0, 1, 0],  # after O
        [0, 1, 1, 1, 1, 0],  # after B-per
        [0, 1, 1, 1, 1, 0],  # after I-per
        [0, 1, 1, 0, 1, 1],  # after B-geo
        [0, 1, 1, 0, 1, 1],  # after I-geo
    ]
    np.testing.assert_array_equal(moves == 0, table)
    assert np.all(np.isneginf(start) | (start == 0)) and np.all(np.isneginf(moves) | (moves == 0))


@given(st.lists(st.sampled_from(TAGS), min_size=1, max_size=8), st.permutations(TAGS))
def test_a_sentence_scores_zero_by_the_moves_if_no_start_is_missing_and_else_minus_infinity(
    tags, names
):
    start, moves = iob2.moves(names)
    indices = [names.index(tag) for tag in tags]
    score = start[indices[0]] + moves[indices[:-1], indices[1:]].sum()
    assert score == (0 if repaired(tags) == tags else -np.inf)
