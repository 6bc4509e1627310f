"""What judges an answer, and what says so; the exercises themselves are in a file a lesson."""

import contextlib
import copy
import functools
import inspect
import io
import itertools
import textwrap
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ner_tutorial import corpus
from ner_tutorial.batching import Split, split
from ner_tutorial.exercises.values import as_code, is_same, shape_of, shown, what_it_says

FILL_IN = "fill in"
PREDICT = "predict before you run"
SPOT_THE_BUG = "spot the bug"
EXPLAIN = "explain the number"
MAKE = "write a function"

Known = list[tuple[Any, str]]  # wrong answers, with messages
Answers = tuple[Any, Known]  # the right one first


class NotRight(AssertionError):
    """An answer that is untouched or wrong; the message is what `check` would have printed."""


def check(name: str, answer: Any) -> None:
    """Print whether an answer is right and why that matters, or what is wrong with it.

    Never raises, whatever the answer is, so that a lesson runs on to its end.
    """
    try:
        message = _judge(name, answer)[1]
    except Exception as error:  # such as a corpus that cannot be read
        message = f"{name}: this could not be checked ({type(error).__name__}: {error})."
    _say(message)


def assert_right(name: str, answer: Any) -> None:
    """Raise `NotRight` if an answer is untouched or wrong: `check`, for tests."""
    is_right, message = _judge(name, answer)
    if not is_right:
        raise NotRight(message)


def hint(name: str) -> None:
    """Print a push in the right direction."""
    exercise = _find(name)
    _say(f"{name}: {exercise.hint}" if exercise else _unknown(name))


def solution(name: str) -> None:
    """Print code to put in the place of `answer = ...`, or of the function to write."""
    exercise = _find(name)
    print(exercise.solution if exercise else _unknown(name))


class _Misfit(Exception):
    """An answer of another kind than expected; the message says what to do about it."""


class _Compared:
    """What is expected of an answer that is compared as it was read: the base of four kinds."""

    def cause(self, right: Any, given: Any, wrong: Known) -> str | None:
        """What is likely to be behind a wrong answer; None if it is right."""
        cause = self.difference(right, given)
        if cause is not None:
            same = (text for value, text in wrong if self.difference(value, given) is None)
            cause = next(same, cause)
        return cause

    def difference(self, right: Any, given: Any) -> str | None:
        """Where two answers differ; None if they are the same."""
        raise NotImplementedError


@dataclass(frozen=True)
class Numbers(_Compared):
    """Expects a number, or an array of this shape, right to `within`.

    `then` turns the numbers into the one that is compared, where many answers are right.
    """

    what: str
    shape: tuple[int, ...] = ()
    within: float = 1e-6
    then: Callable[[np.ndarray], Any] = np.asarray

    def read(self, answer: Any) -> np.ndarray:
        if not self.shape and isinstance(answer, bool | np.bool_):
            raise _Misfit("True and False are no numbers here.")
        if not self.shape and isinstance(answer, tuple):
            raise _Misfit("Write one number, with a point and no comma: 0.5, not 0,5.")
        return np.asarray(self.then(np.array(_to_numbers(answer, self.shape))))

    def difference(self, right: np.ndarray, given: np.ndarray) -> str | None:
        wrong = np.argwhere(np.abs(given - right) > self.within)
        if not len(wrong):
            return None
        if self.shape:
            place = ", ".join(map(str, wrong[0] + 1))
            return f"The first difference is at place {place}, counted from one."
        direction = "high" if given > right else "low"
        if abs(given - right) > 0.05 * abs(right):
            return f"That is too {direction}."
        return f"That is near, but too {direction}: was something left out, or counted twice?"


@dataclass(frozen=True)
class Items(_Compared):
    """Expects a list whose order does not matter."""

    what: str

    def read(self, answer: Any) -> frozenset:
        if not isinstance(answer, list | tuple | set | frozenset):
            raise _Misfit("Write a list, even of one: [...].")
        if len(answer) > 1000:
            raise _Misfit("That is far too many.")
        return frozenset(answer)

    def difference(self, right: frozenset, given: frozenset) -> str | None:
        if extra := sorted(given - right, key=repr):
            return f"{shown(extra[0])} does not belong there."
        return "What is there belongs there, but something is missing." if right - given else None


@dataclass(frozen=True)
class Reason(_Compared):
    """Expects the letter of one of the reasons that the lesson offers."""

    what: str = "the letter of one reason, in quotes"

    def read(self, answer: Any) -> str:
        if not isinstance(answer, str) or answer.strip().lower() not in ("a", "b", "c", "d"):
            raise _Misfit("Each reason has a letter in front; write that letter alone.")
        return answer.strip().lower()

    def difference(self, right: str, given: str) -> str | None:
        return None if right == given else "That reason does not explain it."


@dataclass(frozen=True)
class Function(_Compared):
    """Expects a function that gives a number or None, and calls it on each of the cases."""

    what: str
    cases: Mapping[str, tuple]

    def read(self, answer: Any) -> list[float]:
        if not callable(answer):
            raise _Misfit("Give the function itself, not what it returns.")
        return [self._call(answer, case) for case in self.cases]

    def difference(self, right: list[float], given: list[float]) -> str | None:
        is_same = np.isclose(right, given, rtol=0, atol=1e-6, equal_nan=True)
        if is_same.all():
            return None
        case = list(self.cases)[is_same.tolist().index(False)]
        return f"The first difference: called with {case}, it gives something else than it should."

    def _call(self, function: Callable, case: str) -> float:
        """What the function gives; NaN stands for None."""
        try:
            value = function(*copy.deepcopy(self.cases[case]))
        except (Exception, SystemExit) as error:
            raise _Misfit(f"Called with {case}, it raised {type(error).__name__}.") from None
        try:
            return np.nan if value is None else _to_numbers(value, ())
        except Exception:
            raise _Misfit(f"Called with {case}, it gives {shown(value)}, no number.") from None


class _Outcome(NamedTuple):
    """What a call came to: a value, or what happened in its place."""

    what: str
    value: Any = None
    detail: str = ""


def _agree(one: _Outcome, other: _Outcome) -> bool:
    return is_same(one[:2], other[:2])


@dataclass(frozen=True)
class Code:
    """Expects a function, or a small class, and compares it with another one on cases.

    Those that `draw` makes are others at each check; the `edges` are always among them. A message
    shows one as code for a cell, with the names that `arguments` gives. `use` calls what is not
    called as `answer(*case)`.
    """

    what: str
    arguments: str
    draw: Callable[[np.random.Generator], tuple]
    edges: tuple[tuple, ...] = ()
    use: Callable = lambda made, *case: made(*case)

    def read(self, answer: Any) -> Callable:
        if not callable(answer):
            raise _Misfit("Give the function itself, not what it returns.")
        return answer

    def cause(self, right: Callable, given: Callable, wrong: Known) -> str | None:
        """The shortest case with another outcome, an edge only if there is no other.

        And what is known of a function that comes to the same in all of them.
        """
        random = np.random.default_rng()
        drawn = sorted((self.draw(random) for _ in range(30)), key=lambda case: len(repr(case)))
        cases = [*drawn, *self.edges]
        tried = [(case, self._call(right, case), self._call(given, case)) for case in cases]
        differing = [row for row in tried if not _agree(*row[1:])]
        if not differing:
            return None
        known = (
            text
            for function, text in wrong
            if all(_agree(self._call(function, case), came) for case, _, came in tried)
        )
        return "\n".join([self._told(*differing[0]), *itertools.islice(known, 1)])

    def _call(self, made: Callable, case: tuple) -> _Outcome:
        """What comes of a call with copies; what is printed or warned of on the way is lost."""
        copies = copy.deepcopy(case)
        nowhere = io.StringIO()
        try:
            with (
                contextlib.redirect_stdout(nowhere),
                contextlib.redirect_stderr(nowhere),
                warnings.catch_warnings(),
            ):
                warnings.simplefilter("ignore")
                value = self.use(made, *copies)
        except (Exception, SystemExit) as error:
            return _Outcome(f"raises {type(error).__name__}", detail=what_it_says(error))
        for name, before, after in zip(self.arguments.split(), case, copies, strict=True):
            if not is_same(before, after):
                return _Outcome(f"changes {name}, which belongs to the caller: work on a copy")
        return _Outcome("gives", value)

    def _told(self, case: tuple, right: _Outcome, given: _Outcome) -> str:
        lines = ["Called with"]
        for name, value in zip(self.arguments.split(), case, strict=True):
            lines.append(_indented(f"{name} = ", as_code(value)))
        lines += ["it should give", _indented("", as_code(right.value))]
        if given.what != "gives":
            return "\n".join([*lines, f"but it {given.what}{given.detail}."])
        lines += ["but it gives", _indented("", as_code(given.value))]
        if given.value is None:
            lines.append("Does it end with a `return`?")
        wanted, came = shape_of(right.value), shape_of(given.value)
        if wanted and came and wanted != came:
            lines.append(f"The shape should be {wanted}, and is {came}.")
        return "\n".join(lines)


@dataclass(frozen=True)
class Exercise:
    """One exercise: its kind, what it expects, and everything it can say."""

    kind: str
    expects: Any  # of the five kinds above
    answers: Callable[[], Answers]
    hint: str
    why: str
    solution: str  # code that leaves the right answer in `answer`, or defines what is to be written


EXERCISES: dict[str, Exercise] = {}


def exercise(name: str, kind: str, expects: Any) -> Callable[[Callable], Callable]:
    """Register the decorated function as the `answers` of an exercise.

    The paragraphs of its docstring are the hint, why the answer matters, and the solution.
    """

    def register(answers: Callable) -> Callable:
        told, why, code = str(inspect.getdoc(answers)).split("\n\n", 2)
        code = textwrap.dedent(code).strip()
        EXERCISES[name] = Exercise(kind, expects, answers, " ".join(told.split()), why, code)
        return answers

    return register


def _judge(name: str, answer: Any) -> tuple[bool, str]:
    """Whether an answer is right, and what to say."""
    if not (exercise := _find(name)):
        return False, _unknown(name)
    if _is_untouched(answer):
        more = f'exercises.hint("{name}") gives a hint, exercises.solution("{name}") a solution.'
        return False, f"{name}: not answered yet. Put your answer in place of the dots.\n{more}"
    cause = _cause(exercise, answer, *_answers(name, corpus.find_corpus().resolve()))
    if cause is None:
        return True, f"{name}: right. {exercise.why}"
    came = f"Expected {exercise.expects.what}; you gave {shown(answer)}."
    return False, f'{name}: not yet. {came} {cause}\nFor a hint: exercises.hint("{name}")'


def _cause(exercise: Exercise, answer: Any, right: Any, wrong: Known) -> str | None:
    """What is likely to be behind a wrong answer; None if it is right."""
    try:
        return exercise.expects.cause(right, exercise.expects.read(answer), wrong)
    except _Misfit as misfit:
        return str(misfit)
    except Exception:  # whatever is no number and no list, or will not be compared
        return "That cannot be read as such."


def _is_untouched(answer: Any) -> bool:
    """Whether the dots are still there: as an answer, in it, or as all that a function does."""
    if isinstance(answer, type):
        methods = [method for method in vars(answer).values() if inspect.isfunction(method)]
        return bool(methods) and all(map(_is_untouched, methods))
    if inspect.isfunction(answer):
        does, knows = answer.__code__.co_code, answer.__code__.co_consts
        return does in (_dots.__code__.co_code, _described.__code__.co_code) and knows[-1] is None
    return answer is ... or (
        isinstance(answer, tuple | list) and any(item is ... for item in answer)
    )


def _dots() -> None: ...


def _described() -> None:
    """The dots below a docstring, which is another constant."""
    ...


@functools.cache
def _answers(name: str, path: Path) -> Answers:
    """The right answer and the typical wrong ones, read; computed once for each corpus."""
    right, wrong = EXERCISES[name].answers()
    read = EXERCISES[name].expects.read
    return read(right), [(read(answer), message) for answer, message in wrong]


def parts() -> Split:
    """The parts of the corpus that the lessons read."""
    return _split_of(corpus.find_corpus().resolve())


@functools.cache
def _split_of(path: Path) -> Split:
    return split(corpus.load(path))


def _to_numbers(answer: Any, shape: tuple[int, ...]) -> Any:
    """A float, or nested lists of floats of this shape; looks at no more than that many items."""
    if isinstance(answer, str | bytes):
        raise _Misfit("Write numbers without quotes.")
    if shape:
        is_row = isinstance(answer, list | tuple) or hasattr(answer, "shape")
        if not is_row or len(answer) != shape[0]:
            raise _Misfit("Its shape is not the one expected.")
        return [_to_numbers(row, shape[1:]) for row in answer]
    if tuple(getattr(answer, "shape", ())):
        raise _Misfit("A single number is wanted, not an array.")
    if not np.isfinite(number := float(answer)):
        raise _Misfit("Only finite numbers will do, and neither NaN nor infinity is one.")
    return number


def _indented(begin: str, text: str) -> str:
    """Lines that `_say` leaves as they are."""
    begin = "    " + begin
    return begin + text.replace("\n", "\n" + " " * len(begin))


def _find(name: str) -> Exercise | None:
    return EXERCISES.get(name) if isinstance(name, str) else None


def _unknown(name: str) -> str:
    return f"There is no exercise {shown(name)}; there are {', '.join(EXERCISES)}."


def _say(text: str) -> None:
    """Print a text, its lines broken at spaces; but lines of code as they are."""
    for line in text.split("\n"):
        print(line if line.startswith("    ") else textwrap.fill(line, 96, break_on_hyphens=False))
