"""The exercises: every solution is right, and every wrong answer gets a message that helps."""

import ast
import contextlib
import io
import os
import re
import types
from collections import Counter, defaultdict
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
import solutions
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from ner_tutorial import baselines, batching, corpus, crf, exercises, iob2, metrics
from ner_tutorial.exercises import (
    engine,
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_04,
    lesson_05,
    lesson_07,
    values,
)
from ner_tutorial.lstm import lstm
from ner_tutorial.metrics import invalid_tags
from ner_tutorial.vocabulary import Vocabulary

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
NAMES = list(exercises.EXERCISES)
TO_WRITE = [name for name in NAMES if exercises.EXERCISES[name].kind == exercises.MAKE]
KINDS = {
    exercises.FILL_IN,
    exercises.PREDICT,
    exercises.SPOT_THE_BUG,
    exercises.EXPLAIN,
    exercises.MAKE,
}


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
        if f'exercises.check("{name}", ' in cell.source:
            return question, cell, defined
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    defined.add(node.id)
                if isinstance(node, ast.FunctionDef):
                    defined.add(node.name)
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
        Counter=Counter,
        defaultdict=defaultdict,
        iob2=iob2,
        kind=lambda c: "X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else c,
        logsumexp=lambda values, axis: np.logaddexp.reduce(values, axis=axis),
    )


def test_there_are_36_or_more_numbered_without_a_gap_and_two_functions_to_write_a_lesson():
    assert len(NAMES) >= 36
    counts = Counter(name[:2] for name in NAMES)
    assert sorted(counts) == ["01", "02", "03", "04", "05", "06", "07", "08", "09"]
    assert [f"{lesson}.{i}" for lesson in counts for i in range(1, counts[lesson] + 1)] == NAMES
    assert {exercise.kind for exercise in exercises.EXERCISES.values()} == KINDS
    to_write = Counter(name[:2] for name in TO_WRITE)
    assert all(to_write[lesson] >= 2 for lesson in counts)


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_asks_the_exercise_in_a_question_and_a_short_cell(name):
    question, cell, _ = cells_of(name)
    heading = f"### Exercise {name} ({exercises.EXERCISES[name].kind})\n"
    assert question.source.startswith(heading)
    assert len(cell.source.splitlines()) <= 8
    if name in TO_WRITE:
        assert re.match(r"(def|class) \w+.*: ?\.\.\.", cell.source, re.DOTALL)
        assert re.search(rf'\nexercises\.check\("{name}", \w+\)$', cell.source)
    else:
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
        code = solutions.solved(cell.source)
        # Only what the lesson has by then, so that a solution uses nothing that comes later.
        names = {key: value for key, value in variables.items() if key in defined}
        names["exercises"] = exercises
        for _ in "once", "and again":  # as a learner runs a cell
            capsys.readouterr()
            exec(code, names)
            assert capsys.readouterr().out.startswith(f"{name}: right. "), name


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
    assert len(set(messages)) == len(messages) >= (3 if name in TO_WRITE else 2)
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
        text = text.replace(" ".join(values.shown(answer).split()), "")  # the learner's own
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
        assert len(text) < (2500 if name in TO_WRITE else 700)
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
        told_twice = printed, " ".join(str(refusal).split())
        one, other = (text.partition("Called with")[0] for text in told_twice)  # another case
        assert one == other
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
    assert "a point and no comma: 0.5, not 0,5" in printed(capsys, "01.3", (0, 85))
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
        "04.4": {
            "small_emissions": lesson_04.SMALL_EMISSIONS,
            "small_moves": lesson_04.SMALL_TRANSITIONS,
        },
        "04.5": {"factors": lesson_04.FACTORS, "move_factors": lesson_04.MOVE_FACTORS},
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
        assert name in TO_WRITE or "answer" in exercise.solution
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


# Functions to write.


def case_shown(text):
    """What the lines of a message assign that show a case: code for a cell."""
    shown = text.partition("Called with\n")[2].partition("\nit should give")[0]
    names = {"np": np}
    exec("if True:\n" + shown, names)
    return {key: names[key] for key in names if key not in ("np", "__builtins__")}


@pytest.mark.parametrize("name", TO_WRITE)
def test_a_function_as_the_lesson_leaves_it_is_told_that_it_is_not_answered_yet(name, capsys):
    _, cell, _ = cells_of(name)
    capsys.readouterr()
    exec(cell.source, {"exercises": exercises})
    assert capsys.readouterr().out.startswith(f"{name}: not answered yet. ")


def test_what_does_something_is_not_taken_for_untouched():
    def described(x):
        """Only that."""

    def says(x):
        """Gives no number."""
        return 5

    class Half:
        def __init__(self):
            self.x = 1

        def encode(self): ...

    assert engine._is_untouched(described)
    for answer in (says, lambda x: 1, lambda x: x, print, Half, object, type("Empty", (), {})):
        assert not engine._is_untouched(answer)


@pytest.mark.parametrize("name", TO_WRITE)
def test_the_case_of_a_message_is_code_that_shows_the_same_difference_again(name, capsys):
    expects = exercises.EXERCISES[name].expects
    right, wrong = answers(name)
    for answer, _ in wrong:
        exercises.check(name, answer)
        text = capsys.readouterr().out
        case = tuple(case_shown(text).values())
        assert list(case_shown(text)) == expects.arguments.split()
        outcomes = [expects._call(function, case) for function in (right, answer)]
        assert not values.is_same(outcomes[0][:2], outcomes[1][:2])
        assert values.as_code(outcomes[0].value).split() == (
            text.partition("it should give\n")[2].partition("\nbut it")[0].split()
        )


@pytest.mark.parametrize("name", TO_WRITE)
def test_each_check_draws_other_cases_but_tries_the_edges_always(name):
    expects = exercises.EXERCISES[name].expects
    right, _ = answers(name)
    runs = []
    for _ in range(2):
        seen = []
        recording = engine.Code(
            expects.what,
            expects.arguments,
            expects.draw,
            expects.edges,
            use=lambda made, *case, seen=seen: (
                seen.append(values.as_code(case)),
                expects.use(made, *case),
            )[1],
        )
        assert recording.cause(right, right, []) is None
        runs.append(set(seen))
    assert runs[0] != runs[1]
    assert {values.as_code(case) for case in expects.edges} <= runs[0] & runs[1]


@pytest.mark.parametrize("name", TO_WRITE)
def test_a_function_that_raises_changes_or_prints_gets_an_answer_that_says_so(name, capsys):
    right, _ = answers(name)

    def raises(*case):
        raise IndexError("list index out of range")

    def prints(*case):
        print("so far", case)

    text = printed(capsys, name, raises)
    assert "but it raises IndexError: list index out of range. For a hint" in text
    if name != "02.7":
        text = printed(capsys, name, prints)
        assert "but it gives None Does it end with a `return`?" in text
        assert "so far" not in text

    def changes(*case):
        for value in case:
            if isinstance(value, np.ndarray):
                value += 1
            elif isinstance(value, list):
                value.append(1)
        return None

    if name not in ("02.7", "06.4", "07.4"):  # made of texts, or a class
        assert "which belongs to the caller: work on a copy" in printed(capsys, name, changes)
    exercises.assert_right(name, right)  # the cases that are kept are as they were


def test_an_array_of_another_shape_is_told_both_shapes(capsys):
    text = printed(capsys, "06.5", lambda words, rate, seed: words[:, :1])
    assert re.search(r"The shape should be \(2, [456]\), and is \(2, 1\)\.", text)
    right, _ = answers("04.8")
    text = printed(capsys, "04.8", lambda e, t: right(e, t)[0])
    assert "and is (2,)" in text or "and is (3,)" in text


def test_lists_tuples_and_arrays_of_any_kind_of_number_will_do():
    pad, _ = answers("02.5")
    exercises.assert_right("02.5", lambda rows: [array.tolist() for array in pad(rows)])
    exercises.assert_right("01.4", iob2.entities)
    exercises.assert_right("04.7", lambda e, t: tf.constant(answers("04.7")[0](e, t)))
    exercises.assert_right("04.8", lambda e, t: answers("04.8")[0](e, t).astype(np.float32))


def test_a_padded_matrix_of_decimal_numbers_is_told_that_it_can_look_nothing_up(capsys):
    def pad(rows):
        matrix = np.ones((len(rows), max(map(len, rows))))
        for place, row in enumerate(rows):
            matrix[place, : len(row)] = row
        return matrix, matrix != 1

    assert "An index is a whole one; no other looks anything up." in printed(capsys, "02.5", pad)


def test_values_are_compared_and_shown_whatever_they_are():
    for right in ([1, 2.5], (1,), {"a": 1}, {1}, "text", None, 0.5, float("nan"), float("inf")):
        assert values.is_same(right, right)
        assert not values.is_same(right, Trap())
        assert not values.is_same(right, object)
    assert not values.is_same([1], range(10**12))
    assert not values.is_same("1", 1)
    assert not values.is_same(1, "1")
    assert values.is_same(np.array([[True]]), [[1]])
    assert values.is_same(np.array([1.0]), np.array([1]))
    assert not values.is_same(np.array([1]), np.array([1.0]))
    endless = []
    endless.append(endless)
    for odd in [*ODD, endless, [Trap()], [object()], list(range(10**5))]:
        assert len(values.as_code(odd)) < 700
        assert " at 0x" not in values.as_code(odd)
    assert values.as_code(np.array([1.23456789, 2])) == "np.array([1.234568, 2.0])"


def test_what_is_to_be_written_is_what_the_package_has():
    random = np.random.default_rng(7)
    for _ in range(10):
        tags = lesson_01.draw_tags(random)
        assert answers("01.4")[0](tags) == [tuple(entity) for entity in iob2.entities(tags)]
        emissions, transitions = lesson_04._draw_scores(random)
        path, score = answers("04.6")[0](emissions, transitions)
        assert crf.viterbi_decode(emissions, transitions) == (path, pytest.approx(score))
        batch = emissions[np.newaxis], [len(emissions)], transitions
        assert np.isclose(crf.crf_log_norm(*batch)[0], answers("04.7")[0](emissions, transitions))
        marginals = answers("04.8")[0](emissions, transitions)
        assert np.allclose(crf.crf_marginals(*batch)[0], marginals)
        rows = [lesson_01.draw_tags(random) for _ in range(3)]
        assert sum(answers("03.6")[0](rows).values()) == invalid_tags(rows)


def test_the_lookup_and_the_table_of_words_are_those_of_the_package():
    sentences = [
        corpus.Sentence(("Joe", "may", "may", "go"), ("B-per", "O", "O", "O")),
        corpus.Sentence(("In", "may", "Joe"), ("O", "B-tim", "B-per")),
    ]
    pairs = [pair for s in sentences for pair in zip(s.words, s.tags, strict=True)]
    words = ("Joe", "may", "leave", "go")
    [expected] = baselines.word_lookup(sentences, [corpus.Sentence(words, ("O",) * 4)])
    assert answers("01.5")[0](pairs, list(words)) == expected
    table = answers("02.7")[0]([list(s.words) for s in sentences], 2)
    vocabulary = Vocabulary.from_sentences(sentences, min_count=2)
    assert table.encode(words) == vocabulary.encode_words(words).tolist()


def test_the_step_of_an_lstm_is_that_of_the_package():
    x, _, _, kernel, recurrent, _ = lesson_03._draw_step(np.random.default_rng(7))
    units = len(recurrent)
    weights = tf.constant(np.vstack([kernel, recurrent]))
    expected = lstm(tf.constant(x[np.newaxis, np.newaxis]), weights)[0, 0]
    zeros = np.zeros(units)
    hidden, _ = answers("03.5")[0](x, zeros, zeros, kernel, recurrent, np.zeros(4 * units))
    assert np.allclose(hidden, expected)


def test_the_strict_scores_are_those_of_the_metrics():
    wanted = [["B-per", "I-per", "O", "B-geo"], ["B-geo"]]
    found = [["B-per", "O", "O", "B-geo"], ["B-org"]]
    spans = [[list(map(tuple, iob2.entities(tags))) for tags in rows] for rows in (wanted, found)]
    table = metrics.entity_scores(wanted, found)
    row = table.loc["all", ["precision", "recall", "f1"]]
    assert np.allclose(answers("05.4")[0](*spans), row.astype(float))
