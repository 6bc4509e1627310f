"""The one line that a person is told: what is wrong, and which argument or option helps."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ner_tutorial.errors import CheckpointError, CorpusError, TaggerError, UserError, VectorsError


def flag(name: str) -> str:
    return f"--{name}"


def test_a_library_names_the_argument_and_a_command_its_flag():
    error = UserError("a.csv:3: not UTF-8 text", "name its {encoding}, or try {iob1}")
    assert str(error) == "a.csv:3: not UTF-8 text; name its encoding, or try iob1"
    assert error.line(flag) == "a.csv:3: not UTF-8 text; name its --encoding, or try --iob1"


def test_without_advice_the_problem_alone_is_told():
    error = UserError("a.csv: is empty")
    assert str(error) == error.line(flag) == "a.csv: is empty"


@given(st.text())
@example("the tag is '{repair}'")
@example("{0}, {} and {{iob1}} %s")
def test_braces_in_the_problem_are_text_and_never_replaced(problem):
    error = UserError(problem, "pass {repair}")
    assert str(error) == f"{problem}; pass repair"
    assert error.line(flag) == f"{problem}; pass --repair"
    assert UserError(problem).line(flag) == problem


def test_an_option_named_with_odd_characters_is_written_as_it_is():
    assert UserError("x", "pass {iob1}").line(lambda name: r"\1") == r"x; pass \1"


@pytest.mark.parametrize("kind", [CorpusError, VectorsError, TaggerError, CheckpointError])
def test_each_kind_is_a_user_error_and_a_value_error(kind):
    with pytest.raises(UserError) as caught:
        raise kind("a problem", "pass {resume}")
    assert isinstance(caught.value, ValueError)
    assert type(caught.value) is kind
    assert (caught.value.problem, caught.value.advice) == ("a problem", "pass {resume}")
