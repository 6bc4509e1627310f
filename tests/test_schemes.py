"""The schemes: told apart by their letters, checked, and made IOB2."""

from itertools import pairwise

import pytest
from brute_force import spans
from hypothesis import given
from hypothesis import strategies as st

from ner_tutorial import iob2, schemes

WITH_ENDS = {"bioes": "BIES", "bilou": "BILU", "bmes": "BMES"}  # begins, goes on, ends, is alone


@st.composite
def entities_in_a_sentence(draw):
    """The types and lengths of the entities of a sentence, None for a word outside of any."""
    part = st.tuples(st.sampled_from([None, "per", "geo"]), st.integers(1, 4))
    return draw(st.lists(part, max_size=6))


def written(parts, scheme):
    """The tags of a sentence in a scheme, by the definition of the scheme."""
    tags = []
    for number, (kind, length) in enumerate(parts):
        touches = number > 0 and kind is not None and parts[number - 1][0] == kind
        if kind is None:
            tags += ["O"] * length
        elif scheme == "iob1":
            tags += [f"{'B' if touches else 'I'}-{kind}"] + [f"I-{kind}"] * (length - 1)
        elif scheme == "iob2":
            tags += [f"B-{kind}"] + [f"I-{kind}"] * (length - 1)
        else:
            begins, goes_on, ends, alone = WITH_ENDS[scheme]
            inner = [f"{goes_on}-{kind}"] * (length - 2)
            one = [f"{alone}-{kind}"]
            tags += one if length == 1 else [f"{begins}-{kind}", *inner, f"{ends}-{kind}"]
    return tags


@given(entities_in_a_sentence(), st.sampled_from(["iob1", "iob2", "bioes", "bilou", "bmes"]))
def test_what_is_written_in_a_scheme_is_the_same_entities_in_iob2(parts, scheme):
    tags = written(parts, scheme)
    assert all(schemes.is_tag(tag, scheme) for tag in tags)
    assert schemes.misfits(tags, scheme) == []
    assert schemes.to_iob2(tags, scheme) == written(parts, "iob2")


@given(st.lists(st.sampled_from(["O", "per", "geo"]), max_size=8))
def test_neighbours_of_one_type_are_one_entity_in_io(types):
    for tags in (types, [kind if kind == "O" else f"I-{kind}" for kind in types]):
        made = schemes.to_iob2(tags, "io")
        assert [tag if tag == "O" else tag[2:] for tag in made] == types
        assert not iob2.missing_starts(made)
        assert all(before[2:] != tag[2:] for before, tag in pairwise(made) if tag[0] == "B")


@given(entities_in_a_sentence(), st.sampled_from(list(WITH_ENDS)))
def test_the_scheme_is_told_where_the_letters_leave_no_doubt(parts, scheme):
    tags = written(parts, scheme)
    told = schemes.tell(tags)
    assert schemes.to_iob2(tags, told) == written(parts, "iob2")
    goes_on, ends, alone = WITH_ENDS[scheme][1:]
    seen = {tag[0] for tag in tags}
    if {goes_on, ends, alone} <= seen:
        assert told == scheme


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        (["O"], "iob2"),
        (["per", "O"], "iob2"),
        (["I-per"], "iob2"),
        (["S-per"], "bioes"),
        (["M-per"], "bmes"),
        (["L-per"], "bilou"),
        (["S-per", "U-per"], "iob2"),
        (["M-per", "I-per"], "iob2"),
    ],
)
def test_what_leaves_a_doubt_is_taken_for_iob2_whose_rule_then_refuses_it(tags, scheme):
    assert schemes.tell(tags) == scheme


letters = st.sampled_from([f"{letter}-{kind}" for letter in "BIES" for kind in ("a", "b")] + ["O"])


@given(st.lists(letters, max_size=7))
def test_tags_fit_exactly_if_they_are_what_some_entities_are_written_as(tags):
    made = schemes.to_iob2(tags, "bioes")
    assert not iob2.missing_starts(made)
    again, found = ["O"] * len(tags), spans(made, ("a", "b"))
    for kind, start, end in found:
        again[start:end] = written([(kind, end - start)], "bioes")
    assert (again == tags) == (schemes.misfits(tags, "bioes") == [])


@pytest.mark.parametrize(
    ("tags", "places"),
    [
        (["B-a", "O"], [0]),
        (["B-a"], [0]),
        (["B-a", "B-a", "E-a"], [0]),
        (["I-a", "E-a"], [0]),
        (["E-a"], [0]),
        (["B-a", "E-b"], [1]),
        (["B-a", "E-a", "I-a"], [2]),
        (["S-a", "E-a"], [1]),
        (["O", "B-a", "I-a"], [2]),
    ],
)
def test_a_tag_that_does_not_fit_is_found_where_it_stands(tags, places):
    assert schemes.misfits(tags, "bioes") == places


@pytest.mark.parametrize(
    "text",
    [
        "B-per,B-org",
        "B-per|I-x",
        "B-per/O",
        "B-per;B-x",
        "B-per B-org",
        "O,B-per",
        "B-per#B-org",
        "B-per&B-org",
    ],
)
def test_two_tags_in_a_cell_are_seen(text):
    assert schemes.holds_two_tags(text)


@pytest.mark.parametrize(
    "text", ["B-per", "B-Other/Product", "I-a,b", "O", "B-OR", "B-x|y", "B-per-B-org", "B-R&D", ""]
)
def test_a_type_may_hold_a_mark(text):
    assert not schemes.holds_two_tags(text)


@pytest.mark.parametrize(("scheme", "tag"), [("io", "B-per"), ("bioes", "U-a"), ("iob2", "S-a")])
def test_a_tag_of_another_scheme_is_none(scheme, tag):
    assert not schemes.is_tag(tag, scheme)
