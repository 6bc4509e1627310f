"""The exercises: every solution is right, and every wrong answer gets a message that helps."""

import ast
import contextlib
import io
import os
import re
import types
from collections import Counter
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_tutorial import batching, corpus, exercises
from ner_tutorial.exercises import (
    engine,
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_05,
    lesson_07,
)
from ner_tutorial.lstm import lstm
from ner_tutorial.metrics import invalid_tags

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
NAMES = list(exercises.EXERCISES)
KINDS = {exercises.FILL_IN, exercises.PREDICT, exercises.SPOT_THE_BUG, exercises.EXPLAIN}


@pytest.fixture(params=["sample", "GMB"])
def read_corpus(request, monkeypatch):
    """Each test that takes this one is run on the sample and, where it is named, on GMB."""
    path = os.environ.get("NER_TUTORIAL_GMB") if request.param == "GMB" else corpus.SAMPLE
    if not path:
        pytest.skip("NER_TUTORIAL_GMB does not name Kaggle's ner_dataset.csv, or the zip with it")
    monkeypatch.setenv("NER_TUTORIAL_CORPUS", str(path))  # the caches are kept by path


@pytest.fixture(autouse=True)
def on_the_sample(monkeypatch):
    monkeypatch.setenv("NER_TUTORIAL_CORPUS", str(corpus.SAMPLE))


def answers(name):
    """The right answer to an exercise, and its declared wrong ones with their messages."""
    return exercises.EXERCISES[name].answers()


def printed(capsys, name, answer):
    capsys.readouterr()
    exercises.check(name, answer)
    text, errors = capsys.readouterr()
    assert not errors
    assert max(map(len, text.splitlines())) <= 100
    return " ".join(text.split())


def cells_of(name):
    """The question's cell, the answer's, and the names that the lesson has defined by then."""
    lesson = nbformat.read(next(FOLDER.glob(f"{name[:2]}_*.ipynb")), as_version=4)
    defined = set()
    for question, cell in zip(lesson.cells, lesson.cells[1:], strict=False):
        if f'exercises.check("{name}", answer)' in cell.source:
            return question, cell, defined
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    defined.add(node.id)
                if isinstance(node, ast.Import | ast.ImportFrom):
                    defined |= {alias.asname or alias.name for alias in node.names}
    raise AssertionError(f"no lesson asks {name}")


def lesson_variables():
    """What the lessons call by these names, without the training."""
    kept = corpus.load()
    parts = batching.split(kept)
    words = Counter(word for sentence in parts.train for word in sentence.words)
    known = sum(count >= 2 for count in words.values()) + 2
    tags = [tag for sentence in kept for tag in sentence.tags]
    return dict(
        np=np,
        pd=pd,
        kept=kept,
        sentences=kept,
        parts=parts,
        tags=tags,
        tag_counts=Counter(tags),
        size=round(known**0.25),
    )


def test_there_are_three_or_four_a_lesson_numbered_without_a_gap():
    counts = Counter(name[:2] for name in NAMES)
    assert sorted(counts) == ["01", "02", "03", "04", "05", "06", "07"]
    assert set(counts.values()) <= {3, 4}
    assert [f"{lesson}.{i}" for lesson in counts for i in range(1, counts[lesson] + 1)] == NAMES
    assert {exercise.kind for exercise in exercises.EXERCISES.values()} == KINDS


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_asks_the_exercise_in_a_question_and_a_short_cell(name):
    question, cell, _ = cells_of(name)
    heading = f"### Exercise {name} ({exercises.EXERCISES[name].kind})\n"
    assert question.source.startswith(heading)
    assert len(cell.source.splitlines()) <= 8
    assert cell.source.endswith(f'exercises.check("{name}", answer)')
    assert "\nanswer = ..." in f"\n{cell.source}"
    if exercises.EXERCISES[name].kind == exercises.EXPLAIN:
        assert re.findall(r"^- \*\*(.)\*\* ", question.source, re.M) == list("abcd")


def test_the_first_exercise_of_a_lesson_imports_the_exercises():
    for name in NAMES:
        imports = "from ner_tutorial import exercises" in cells_of(name)[1].source
        assert imports == name.endswith(".1")


def test_every_solution_in_its_lessons_own_cell_is_right(read_corpus, capsys):
    variables = lesson_variables()
    for name in NAMES:
        _, cell, defined = cells_of(name)
        solution = exercises.EXERCISES[name].solution
        code = re.sub(r"^answer = \.\.\..*$", lambda _: solution, cell.source, flags=re.M)  # noqa: B023
        # Only what the lesson has by then, so that a solution uses nothing that comes later.
        names = {key: value for key, value in variables.items() if key in defined}
        names["exercises"] = exercises
        capsys.readouterr()
        exec(code, names)
        assert capsys.readouterr().out.startswith(f"{name}: right. "), name
        exercises.assert_right(name, names["answer"])


@pytest.mark.parametrize("name", NAMES)
def test_the_declared_right_answer_is_right_and_says_why_in_one_line(name, read_corpus, capsys):
    right, _ = answers(name)
    exercises.check(name, right)
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert out.startswith(f"{name}: right. ")
    assert len(out) <= 100


@pytest.mark.parametrize("name", NAMES)
def test_an_untouched_answer_is_told_so_and_how_to_get_help(name, capsys):
    text = printed(capsys, name, ...)
    assert text.startswith(f"{name}: not answered yet. ")
    assert f'exercises.hint("{name}")' in text
    assert f'exercises.solution("{name}")' in text
    assert printed(capsys, name, (..., ...)) == printed(capsys, name, [...]) == text
    with pytest.raises(exercises.NotRight, match="not answered yet"):
        exercises.assert_right(name, ...)


@pytest.mark.parametrize("name", NAMES)
def test_at_least_two_typical_wrong_answers_have_messages_of_their_own(name, read_corpus, capsys):
    _, wrong = answers(name)
    messages = [message for _, message in wrong]
    assert len(set(messages)) == len(messages) >= 2
    for answer, message in wrong:
        text = printed(capsys, name, answer)
        assert text.startswith(
            f"{name}: not yet. Expected {exercises.EXERCISES[name].expects.what}"
        )
        assert message in text
        assert text.endswith(f'For a hint: exercises.hint("{name}")')
        with pytest.raises(exercises.NotRight, match=f"^{name}: not yet"):
            exercises.assert_right(name, answer)


def in_words(right):
    """The ways in which a message could give a right answer, or an item of it, away."""
    if isinstance(right, str):
        return [rf"['\"]{re.escape(right)}['\"]"]
    if isinstance(right, int | float):
        forms = {f"{right}", f"{right:.2f}", f"{right:.3f}", f"{right:g}"}
        return [rf"(?<![\d.]){re.escape(form)}(?!\d|\.\d)" for form in forms]
    if isinstance(right, list | tuple):
        return [pattern for item in right for pattern in in_words(item)]
    return []  # an array or a function, that no message shows


@pytest.mark.parametrize("name", NAMES)
def test_no_message_for_a_wrong_answer_holds_the_right_one(name, read_corpus, capsys):
    right, wrong = answers(name)
    right = None if name == "04.1" else right  # one of many
    for answer in [*(answer for answer, _ in wrong), *ODD, 10**6, [], ["x"], [7, 7]]:
        text = printed(capsys, name, answer)
        text = text.replace(" ".join(engine._shown(answer).split()), "")  # the learner's own
        for pattern in in_words(right) if "not yet" in text else []:
            assert not re.search(pattern, text), text


class Trap:
    """Whatever is done with it raises."""

    def _raise(self, *_):
        raise RuntimeError("a trap")

    __eq__ = __hash__ = __repr__ = __str__ = __len__ = __iter__ = __float__ = __bool__ = _raise
    __array__ = __getattr__ = __getitem__ = __lt__ = __contains__ = _raise


class CallableTrap(Trap):
    __call__ = Trap._raise


def leave(*_):
    raise SystemExit


ODD = [
    None,
    True,
    "",
    "0.5",
    "a long text " * 1000,
    "\ud800",
    b"bytes",
    float("nan"),
    float("inf"),
    1j,
    10**5000,
    range(10**12),
    [float("nan"), float("nan")],
    [10**5000, Trap()],
    [[1, 2], [3]],
    [[]],
    {"a": 1},
    {1, "a"},
    object(),
    object,
    len,
    leave,
    lambda *_: Trap(),
    lambda *_: "text",
    lambda *_: float("nan"),
    lambda *_: np.zeros(3),
    lambda: 1,
    Trap(),
    CallableTrap(),
    Trap,
    np.zeros((2, 5)),
    np.array(["x"]),
    np.array(None),
    np.full((2, 3), np.nan),
    np.zeros(0),
    pd.Series([1, 2]),
    pd.DataFrame({"a": [1, 2]}),
    types,
    (i for i in range(3)),
]


@pytest.mark.parametrize("name", NAMES)
def test_an_odd_answer_gets_a_message_and_no_error(name, capsys):
    for answer in ODD:
        exercises.check(name, answer)
        text, errors = capsys.readouterr()
        assert text.startswith(f"{name}: not yet. Expected "), text
        assert not errors
        assert len(text) < 700
        assert " at 0x" not in text  # the same in every run


numbers = st.integers() | st.floats() | st.booleans() | st.complex_numbers()
leaves = st.none() | numbers | st.text() | st.binary() | st.just(...)
things = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.builds(lambda value: lambda *_: value, inner)
    ),
    max_leaves=8,
)


def told(name, answer):
    """What `check` prints, in one line."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exercises.check(name, answer)
    return " ".join(out.getvalue().split())


@given(st.sampled_from(NAMES), things, st.data())
def test_check_says_right_exactly_when_its_raising_twin_does_not_raise(name, thing, data):
    right, wrong = answers(name)
    answer = data.draw(st.sampled_from([thing, right, *(answer for answer, _ in wrong)]))
    printed = told(name, answer)
    try:
        exercises.assert_right(name, answer)
    except exercises.NotRight as refusal:
        assert not printed.startswith(f"{name}: right. ")
        assert printed == " ".join(str(refusal).split())
        assert answer is not right
    else:
        assert printed.startswith(f"{name}: right. ")
        assert not any(answer is value for value, _ in wrong if value is not right)


@pytest.mark.parametrize("name", NAMES)
def test_the_declared_right_answer_raises_nothing_and_each_declared_wrong_one_raises(
    name, read_corpus
):
    right, wrong = answers(name)
    exercises.assert_right(name, right)
    for answer, message in wrong:
        with pytest.raises(exercises.NotRight) as refusal:
            exercises.assert_right(name, answer)
        assert message in " ".join(str(refusal.value).split())


@given(st.integers(-(10**6), 10**6))
def test_any_other_number_of_parameters_is_too_high_or_too_low(number):
    right, _ = answers("03.2")
    is_right, message = engine._judge("03.2", number)
    assert is_right == (number == right)
    assert is_right or "too" in message or any(text in message for _, text in answers("03.2")[1])


def test_the_memory_and_what_shows_of_it_are_those_of_the_lstm():
    # One unit. A gate whose only weight is a bias of 30 is open, one of -30 closed; the memory
    # before comes from a first word at which the forget gate plays no part.
    candidates, shut, open_ = (np.arctanh(0.8), np.arctanh(-0.5)), -30.0, 30.0
    found = []
    for f, i, o in [
        (shut, open_, open_),
        (open_, shut, open_),
        (open_, open_, open_),
        (open_, open_, shut),
    ]:
        gates = [[open_, f, candidates[0], open_], [i, f, candidates[1], o], np.zeros(4)]
        words = np.eye(2)[:, np.newaxis]  # shape: (length, batch, size)
        found.append(float(lstm(words, np.array(gates))[-1, 0, 0]))
    right, _ = answers("03.1")
    assert np.allclose(found, [*np.tanh(right[:3]), right[3]])


def test_a_number_near_the_right_one_is_told_that_it_is_near(capsys):
    right, _ = answers("03.2")
    assert "near, but too high" in printed(capsys, "03.2", right + 1)
    assert "near, but too low" in printed(capsys, "03.2", right - 1)
    assert "near" not in printed(capsys, "03.2", 3 * right)


def test_a_prediction_need_not_be_exact():
    share, _ = answers("01.3")
    exercises.assert_right(
        "01.3", round(share, 1) if abs(round(share, 1) - share) < 0.03 else share
    )
    exercises.assert_right("01.3", share + 0.02)


def test_an_answer_of_the_wrong_kind_is_told_what_kind_came(capsys):
    assert "you gave 'x' (str). Write numbers without quotes." in printed(capsys, "01.2", "x")
    assert "you gave an array of shape (3,)." in printed(capsys, "02.2", np.zeros(3))
    assert "you gave 0.5 (float). Give the function" in printed(capsys, "02.1", 0.5)
    assert "it raised ZeroDivisionError" in printed(capsys, "02.1", lambda width: width / 0)
    assert "neither NaN nor infinity" in printed(capsys, "05.2", (0.5, float("nan")))
    assert "'O' (str) does not belong there." in printed(capsys, "05.1", ["O"])


def test_a_wrong_array_is_told_where_it_first_differs(capsys):
    wrong = answers("02.2")[0].copy()
    wrong[1, 2] = False
    assert "first difference is at place 2, 3, counted from one" in printed(capsys, "02.2", wrong)


def test_log_z_rises_by_what_is_added_to_one_word_and_no_probability_changes():
    # By enumeration, with random scores.
    random = np.random.default_rng(3)
    emissions, transitions = random.normal(size=(4, 3)), random.normal(size=(3, 3))
    scores = []
    for raised in (0, 5):
        shifted = emissions + raised * np.eye(4)[1][:, np.newaxis]
        picked = np.indices([3] * 4).reshape(4, -1)
        score = shifted[np.arange(4)[:, np.newaxis], picked].sum(axis=0)
        scores.append(score + transitions[picked[:-1], picked[1:]].sum(axis=0))
    before, after = (np.log(np.exp(score).sum()) for score in scores)
    assert np.allclose(scores[0] - before, scores[1] - after)
    assert np.allclose(after - before, answers("04.2")[0][0])


def test_the_impossible_tags_are_those_that_the_metrics_count():
    assert len(answers("03.4")[0]) == invalid_tags([lesson_03.SUSPECT])


def test_the_lessons_show_the_sequences_that_are_checked():
    for name, variables in {
        "01.1": {"candidates": lesson_01.CANDIDATES},
        "02.2": {"some": lesson_02.BATCH},
        "03.4": {"suspect": lesson_03.SUSPECT},
        "05.1": {"wanted_tags": lesson_05.WANTED_TAGS, "found_tags": lesson_05.FOUND_TAGS},
        "07.1": {"iob1_tags": lesson_07.IOB1_TAGS},
        "07.3": {"note": lesson_07.NOTE},
        "05.2": {"wanted_names": lesson_05.TRUE_NAMES, "found_names": lesson_05.FOUND_NAMES},
    }.items():
        names = {"np": np}
        exec(cells_of(name)[1].source.partition("answer = ")[0], names)
        for variable, value in variables.items():
            assert np.array_equal(names[variable], value)


def test_a_hint_is_short_and_a_solution_is_code(capsys):
    for name, exercise in exercises.EXERCISES.items():
        exercises.hint(name)
        exercises.solution(name)
        out = capsys.readouterr().out
        assert out.startswith(f"{name}: {exercise.hint[:20]}")
        assert out.endswith(f"{exercise.solution}\n")
        assert max(map(len, out.splitlines())) <= 100
        assert "answer" in exercise.solution
        ast.parse(exercise.solution)


@pytest.mark.parametrize("name", ["9.9", "", None, [], {}, 1.1])
def test_a_name_that_is_no_exercise_is_answered_with_those_that_are(name, capsys):
    for ask in (lambda name: exercises.check(name, 1), exercises.hint, exercises.solution):
        ask(name)
        assert "01.1" in capsys.readouterr().out
    with pytest.raises(exercises.NotRight, match="no exercise"):
        exercises.assert_right(name, 1)


def test_a_corpus_that_cannot_be_read_is_named_and_raises_nothing(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("NER_TUTORIAL_CORPUS", str(tmp_path / "missing.csv"))
    assert "missing.csv: no such file" in printed(capsys, "01.2", 5)


def test_what_is_right_follows_the_corpus_in_use(monkeypatch, tmp_path):
    path = tmp_path / "small.csv"
    rows = ["Sentence #,Word,POS,Tag"]
    for number in range(1, 13):
        rows += [f"Sentence: {number},Joe,NNP,B-per", ",Smith,NNP,I-per", f",left{number},VBD,O"]
    path.write_text("\n".join(rows), encoding="utf-8")
    exercises.assert_right("01.2", answers("01.2")[0])
    monkeypatch.setenv("NER_TUTORIAL_CORPUS", str(path))
    exercises.assert_right("01.2", 12)
    exercises.assert_right("01.3", 1 / 3)
