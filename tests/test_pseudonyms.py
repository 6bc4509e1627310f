"""Stand-ins for people, places and dates: the same for the same, and all else stays as it was."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_tutorial.pseudonyms import STAND_INS, Pseudonyms, hides_people, leaked
from ner_tutorial.text import Mention, TaggedText

NAME = re.compile(r"(\w+)\{([^}]*)\}")


def tagged(marked: str, start: int = 0) -> TaggedText:
    """A text in which `per{Joe Smith}` stands for a person's name."""
    text, mentions, end = "", [], 0
    for match in NAME.finditer(marked):
        text += marked[end : match.start()]
        left = start + len(text)
        text += match[2]
        mentions.append(Mention(match[1], match[2], left, start + len(text), 0.9))
        end = match.end()
    return TaggedText(text + marked[end:], start, [], [], [], mentions)


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("per{Joe Smith} and per{Ann}", "[person 1] and [person 2]"),
        ("per{Joe Smith} , then per{Smith}", "[person 1] , then [person 1]"),
        ("per{Smith} , then per{Joe Smith}", "[person 1] , then [person 1]"),
        ("per{JOE} , then per{joe}", "[person 1] , then [person 1]"),
        ("per{Joe Smith} , per{Joe Brown} , per{Joe}", "[person 1] , [person 2] , [person 3]"),
        ("per{Joe} , per{Joe Smith} , per{Joe Brown}", "[person 1] , [person 1] , [person 2]"),
        ("geo{New York} and geo{York}", "[place 1] and [place 2]"),
        ("tim{May} , per{May} , tim{may}", "[date 1] , [person 1] , [date 1]"),
        ("LOC{Rome} , org{Joe 's} , GPE{Rome}", "[place 1] , Joe 's , [place 1]"),
        ("Nobody .", "Nobody ."),
    ],
)
def test_who_is_named_again_gets_the_same_stand_in(marked, expected):
    assert Pseudonyms().replace(tagged(marked)) == expected


def test_the_sentences_of_a_text_share_their_stand_ins():
    first, pseudonyms = tagged("per{Joe Smith} left ."), Pseudonyms()
    second = tagged("So did per{Ann} and per{Smith} .", len(first.text) + 1)
    written = [pseudonyms.replace(sentence) for sentence in (first, second)]
    assert written == ["[person 1] left .", "So did [person 2] and [person 1] ."]


PIECES = st.lists(
    st.tuples(
        st.sampled_from(["per", "geo", "org", "tim"]),
        st.text("abcXY é[]\n", min_size=1, max_size=6).filter(str.split),
        st.text("., -\n", max_size=4),
    ),
    max_size=8,
)


@given(PIECES)
def test_what_is_no_name_stays_and_no_name_that_was_found_does(pieces):
    marked = "".join(f"{between}{kind}{{{name}}}" for kind, name, between in pieces)
    written = Pseudonyms().replace(tagged(marked))
    pattern = "".join(
        re.escape(between)
        + (rf"\[{STAND_INS[kind]} \d+\]" if kind in STAND_INS else re.escape(name))
        for kind, name, between in pieces
    )
    assert re.fullmatch(pattern, written)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [(["O", "B-per"], True), (["O", "I-PERSON"], True), (["O", "B-geo"], False), (["O"], False)],
)
def test_a_model_hides_people_if_a_tag_of_its_is_theirs(tags, expected):
    assert hides_people(tags) is expected


TAGS = st.sampled_from(["O", "B-per", "I-per", "B-geo", "I-geo", "B-org", "I-org"])


@given(st.lists(st.tuples(TAGS, TAGS), max_size=8))
def test_a_name_leaks_if_a_word_of_its_is_in_none_that_was_found(pairs):
    true, found = ([pair[side] for pair in pairs] for side in (0, 1))

    def is_hidden(place):
        """Read off the tags backwards: its entity begins with a B- tag of the same type."""
        kind = found[place][2:]
        while found[place] == f"I-{kind}" and place > 0:
            place -= 1
        return found[place] == f"B-{kind}" and kind in ("per", "geo")

    for kind, start, end in leaked(true, found):
        assert kind in ("per", "geo")
        assert true[start] == f"B-{kind}"
        assert not all(is_hidden(place) for place in range(start, end))
    starts = {entity.start for entity in leaked(true, found)}
    assert starts == {
        start
        for start, tag in enumerate(true)
        if tag in ("B-per", "B-geo") and not all(is_hidden(place) for place in extent(true, start))
    }


def extent(tags, start):
    end = start + 1
    while end < len(tags) and tags[end] == f"I-{tags[start][2:]}":
        end += 1
    return range(start, end)
