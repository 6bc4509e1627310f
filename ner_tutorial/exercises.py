"""Exercises that answer back, for the lessons alone.

In a lesson the learner puts an answer in place of the three dots, and runs the cell:

    answer = ...
    exercises.check("02.1", answer)

An exercise is one decorated function in the second half of this module. It returns the right
answer, computed from the corpus in use, and the typical wrong ones, each with what to say about it.
To add one, add such a function, and its two cells to the lesson.
"""

import copy
import functools
import inspect
import io
import itertools
import reprlib
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ner_tutorial import corpus, metrics
from ner_tutorial.batching import Split, split
from ner_tutorial.crf import viterbi_decode
from ner_tutorial.text import split_sentences
from ner_tutorial.vocabulary import PADDING_WORD_INDEX, Vocabulary, features, iob2_moves

FILL_IN = "fill in"
PREDICT = "predict before you run"
SPOT_THE_BUG = "spot the bug"
EXPLAIN = "explain the number"


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
    """Print code to put in the place of `answer = ...`."""
    exercise = _find(name)
    print(exercise.solution if exercise else _unknown(name))


class _Misfit(Exception):
    """An answer of another kind than expected; the message says what to do about it."""


@dataclass(frozen=True)
class _Numbers:
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
class _Items:
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
            return f"{_shown(extra[0])} does not belong there."
        return "What is there belongs there, but something is missing." if right - given else None


@dataclass(frozen=True)
class _Reason:
    """Expects the letter of one of the reasons that the lesson offers."""

    what: str = "the letter of one reason, in quotes"

    def read(self, answer: Any) -> str:
        if not isinstance(answer, str) or answer.strip().lower() not in ("a", "b", "c", "d"):
            raise _Misfit("Each reason has a letter in front; write that letter alone.")
        return answer.strip().lower()

    def difference(self, right: str, given: str) -> str | None:
        return None if right == given else "That reason does not explain it."


@dataclass(frozen=True)
class _Function:
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
        case = list(self.cases)[is_same.argmin()]
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
            raise _Misfit(f"Called with {case}, it gives {_shown(value)}, no number.") from None


@dataclass(frozen=True)
class Exercise:
    """One exercise: its kind, what it expects, and everything it can say."""

    kind: str
    expects: _Numbers | _Items | _Reason | _Function
    answers: Callable[[], tuple[Any, list[tuple[Any, str]]]]  # right; wrong ones, with messages
    hint: str
    why: str
    solution: str  # code that leaves the right answer in `answer`, with the lesson's variables


EXERCISES: dict[str, Exercise] = {}


def _exercise(name: str, kind: str, expects: Any) -> Callable:
    """Register the decorated function as the `answers` of an exercise.

    The paragraphs of its docstring are the hint, why the answer matters, and the solution.
    """

    def register(answers: Callable) -> Callable:
        told, why, code = inspect.getdoc(answers).split("\n\n", 2)
        code = textwrap.dedent(code).strip()
        EXERCISES[name] = Exercise(kind, expects, answers, " ".join(told.split()), why, code)
        return answers

    return register


def _judge(name: str, answer: Any) -> tuple[bool, str]:
    """Whether an answer is right, and what to say."""
    if not (exercise := _find(name)):
        return False, _unknown(name)
    is_row = isinstance(answer, tuple | list)
    if answer is ... or (is_row and any(item is ... for item in answer)):
        more = f'exercises.hint("{name}") gives a hint, exercises.solution("{name}") a solution.'
        return False, f"{name}: not answered yet. Put your answer in place of the dots.\n{more}"
    right, wrong = _answers(name, corpus.find_corpus().resolve())
    try:
        given = exercise.expects.read(answer)
        cause = exercise.expects.difference(right, given)
        if cause is None:
            return True, f"{name}: right. {exercise.why}"
        same = (text for value, text in wrong if exercise.expects.difference(value, given) is None)
        cause = next(same, cause)
    except _Misfit as misfit:
        cause = str(misfit)
    except Exception:  # whatever is no number and no list, or will not be compared
        cause = "That cannot be read as such."
    came = f"Expected {exercise.expects.what}; you gave {_shown(answer)}."
    return False, f'{name}: not yet. {came} {cause}\nFor a hint: exercises.hint("{name}")'


@functools.cache
def _answers(name: str, path: Path) -> tuple[Any, list[tuple[Any, str]]]:
    """The right answer and the typical wrong ones, read; computed once for each corpus."""
    right, wrong = EXERCISES[name].answers()
    read = EXERCISES[name].expects.read
    return read(right), [(read(answer), message) for answer, message in wrong]


def _parts() -> Split:
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


def _shown(answer: Any) -> str:
    """An answer in a few words, the same in every run."""
    kind = type(answer).__name__
    try:
        if callable(answer):
            return "a function"
        if shape := tuple(getattr(answer, "shape", ())):
            return f"an array of shape {shape}"
        answer = answer.item() if isinstance(answer, np.generic) else answer
        plain = bool | int | float | str | bytes | range | list | tuple | set | dict | None
        if isinstance(answer, plain):
            return f"{' '.join(reprlib.repr(answer).split())} ({kind})"
    except Exception:
        pass  # it has no readable form
    return f"something of the type {kind}"


def _find(name: str) -> Exercise | None:
    return EXERCISES.get(name) if isinstance(name, str) else None


def _unknown(name: str) -> str:
    return f"There is no exercise {_shown(name)}; there are {', '.join(EXERCISES)}."


def _say(text: str) -> None:
    print(*(textwrap.fill(line, 96) for line in text.split("\n")), sep="\n")


# The exercises, lesson by lesson.

_CANDIDATES = ["None", "Nothing", "NA", "No", "nan", "null"]


@_exercise("01.1", PREDICT, _Items("a list of words from `candidates`"))
def _taken_for_missing():
    r"""pandas has a fixed list of spellings that programs write where a value is missing. It knows
    their spelling, not their meaning.

    One is English, one a country's code, one a bread: a word need not mean missing.

        import io

        as_read = pd.read_csv(io.StringIO("\n".join(["word", *candidates])))
        answer = [word for word, lost in zip(candidates, as_read["word"].isna()) if lost]
    """
    words = pd.Series(_CANDIDATES)
    lost = pd.read_csv(io.StringIO("\n".join(["word", *words])))["word"].isna()
    return words[lost].tolist(), [
        (_CANDIDATES, "A word that says 'no' may still be a word: pandas reads no English."),
        (["None"], "Python's own word is taken, yes. Other programs have other spellings."),
        (["None", "Nothing", "No"], "You went by the meaning; pandas goes by the spelling."),
    ]


@_exercise("01.2", FILL_IN, _Numbers("a whole number of entities", within=0.1))
def _entities_in_the_corpus():
    """Each entity has exactly one tag that begins it, and `tag_counts` knows how often.

    A reader counts entities: a name of five words is found once, or not at all.

        answer = sum(count for tag, count in tag_counts.items() if tag.startswith("B-"))
    """
    rows = [sentence.tags for part in _parts() for sentence in part]
    begun, inside = (sum(tag[0] == letter for row in rows for tag in row) for letter in "BI")
    return begun, [
        (begun + inside, "These are words inside names: a name of three words counts thrice."),
        (inside, "I- tags continue an entity. One of a single word has none."),
        (sum(set(row) != {"O"} for row in rows), "These are the sentences that hold an entity."),
    ]


@_exercise("01.3", PREDICT, _Numbers("a share between 0 and 1, right to 0.03", within=0.03))
def _always_o():
    """The program is right wherever the true tag is O. You know the share of O in the whole corpus,
    and the test part was drawn at random.

    An accuracy says nothing until you know what a program without any skill would get.

        test_tags = [tag for sentence in parts.test for tag in sentence.tags]
        answer = test_tags.count("O") / len(test_tags)
    """
    tags = [tag for sentence in _parts().test for tag in sentence.tags]
    share = tags.count("O") / len(tags)
    return share, [
        (round(100 * share), "That looks like a percentage; divide it by a hundred."),
        (1 - share, "That is the share of words inside names, which it gets wrong."),
        (0, "It finds no name, but most words are none, and there it is right."),
    ]


@_exercise(
    "02.1",
    FILL_IN,
    _Function("a function of the width", {f"{width}": (width,) for width in (70, 100, 200)}),
)
def _accuracy_with_padding():
    """There are len(sentences) * width positions. The program is right on each true O, and graded
    as right on each position beyond a sentence's end.

    You can have any accuracy you like: ask for wider padding.

        def answer(width):
            positions = len(sentences) * width
            return (tags.count("O") + positions - len(tags)) / positions
    """
    sentences = [sentence for part in _parts() for sentence in part]
    tags = [tag for sentence in sentences for tag in sentence.tags]
    outside, words, rows = tags.count("O"), len(tags), len(sentences)
    return lambda width: 1 - (words - outside) / (rows * width), [
        (lambda width: outside / words, "That is the accuracy on words, whatever the width."),
        (lambda width: outside / (rows * width), "Here the padding is graded as wrong."),
        (lambda width: 1 - words / (rows * width), "That is the share of padding; add each O."),
    ]


_BATCH = np.array([[5, 0, 7, 1, 1], [4, 9, 0, 8, 1]])


@_exercise("02.2", SPOT_THE_BUG, _Numbers("a mask of shape (2, 5)", shape=_BATCH.shape))
def _mask_of_words():
    """A mask is True on words. Which index stands for padding here? And is a word that we do not
    know still a word?

    The mask of habit hides each unknown word, and shows the network all the padding.

        answer = some != 1
    """
    return _BATCH != PADDING_WORD_INDEX, [
        (_BATCH != 0, "That is the mask with the bug: it hides the unknown words."),
        (_BATCH > 1, "The padding is out, and so are the unknown words, which are words too."),
        (_BATCH == 1, "That is True on padding. A mask says where the words are."),
    ]


@_exercise("02.3", PREDICT, _Items("a list of names out of train, validation and test"))
def _parts_with_unknown_words():
    """A word is unknown if the table lacks it. From which sentences does the table come?

    What training never shows is never learned: here, the unknown word's vector.

        answer = ["validation", "test"]
    """
    known = Vocabulary.from_sentences(_parts().train).word2index
    words = {name: {w for s in part for w in s.words} for name, part in _parts()._asdict().items()}
    return [name for name in words if words[name] - known.keys()], [
        ([*words], "Each word of one of these parts is in the table."),
        (["test"], "The table comes from one part alone. What does it know of the two others?"),
        (["train"], "The table was made from that very part: each of its words has a place."),
        ([], "That holds for a table made from all sentences. This one comes from one part."),
    ]


@_exercise("02.4", EXPLAIN, _Reason())
def _more_unknown_words_in_the_test_part():
    """Take a word of the training part that is unknown: how often does it occur there? Now ask the
    same of an unknown word of the test part.

    Training shows the network fewer unknown words than the world will.

        answer = "b"
    """
    return "b", [
        ("a", "The test part was drawn at random; its sentences are like the others."),
        ("c", "These shares were counted on words alone; and padding has an index of its own."),
        ("d", "No network has been trained yet: an index comes from the table alone."),
    ]


@_exercise("03.1", PREDICT, _Numbers("a whole number of parameters", within=0.1))
def _parameters_of_the_bilstm():
    """One of the small networks has, for each of its 50 outputs, a weight for each number of the
    word vector, a weight for each of the 50 outputs of the step before, and a bias.

    A count that you can redo by hand says that the model is the one you meant.

        answer = 2 * 4 * 50 * (size + 50 + 1)
    """
    words = Vocabulary.from_sentences(_parts().train, min_count=2).index2word
    size, units = round(len(words) ** 0.25), 50
    return 2 * 4 * units * (size + units + 1), [
        (
            4 * units * (size + units + 1),
            "That is one LSTM. There are two, one for each direction.",
        ),
        (2 * units * (size + units + 1), "An LSTM is more than one small network: add the gates."),
        (2 * 4 * units * (size + units), "The biases are missing."),
        (2 * 4 * units * (size + 1), "An LSTM also reads its own output of the step before."),
    ]


@_exercise(
    "03.2",
    SPOT_THE_BUG,
    _Function(
        "a function of accuracies and baseline",
        {f"{row}, 0.4": (row, 0.4) for row in ([0.2, 0.5, 0.9], [0.4, 0.6], [0.9], [0.1, 0.3])},
    ),
)
def _first_better_epoch():
    """Try it with [0.1, 0.3] and a baseline of 0.4: what is the argmax of False, False?

    A run that never beats always O has to say so; a number would have hidden it.

        def answer(accuracies, baseline):
            better = np.array(accuracies) > baseline
            return better.argmax() + 1 if better.any() else None
    """

    def first(row, baseline, start=1):
        return next((i for i, value in enumerate(row, start) if value > baseline), None)

    return first, [
        (lambda row, line: first(row, line) or 1, "What of a run that is never better?"),
        (lambda row, line: first(row, line, start=0), "Epochs are counted from one."),
        (lambda row, line: np.argmax(row) + 1, "That is the best epoch, not the first good one."),
    ]


_SUSPECT = ["I-per", "O", "B-org", "I-org", "O", "B-geo", "I-geo", "I-org", "I-org", "O", "I-tim"]


@_exercise("03.3", FILL_IN, _Items("a list of places, counted from zero"))
def _impossible_places():
    """Go through the I- tags from left to right, and look at the tag just before each. Before the
    first word there is no tag.

    On its own word each of these tags is plausible; its neighbour gives it away.

        before = ["O", *suspect]
        answer = [i for i, tag in enumerate(suspect) if tag[0] == "I" and before[i][2:] != tag[2:]]
    """
    pairs = enumerate(itertools.pairwise(["O", *_SUSPECT]))
    right = [place for place, pair in pairs if metrics.invalid_tags([pair]) > pair[0].count("I-")]
    inside = [place for place, tag in enumerate(_SUSPECT) if tag.startswith("I-")]
    return right, [
        (right[1:], "All of these are impossible. But look at Joe: has his name begun?"),
        ([place + 1 for place in right], "These are counted from one."),
        (inside, "These are all the I- tags. Most of them continue what the word before began."),
        ([*right, 8], "School follows an I- tag of its own type, and that is allowed."),
    ]


def _alone_against_together(emissions: np.ndarray) -> int:
    """2 if the best tags are not the best allowed sequence; else 1 if they hold an I-, or 0."""
    start, moves = iob2_moves(["O", "B-per", "I-per"])
    alone = emissions.argmax(axis=1).tolist()
    together, _ = viterbi_decode(np.vstack([emissions[:1] + start, emissions[1:]]), moves)
    return 2 if alone != together else int(2 in alone)


@_exercise(
    "04.1", FILL_IN, _Numbers("scores of shape (2, 3)", shape=(2, 3), then=_alone_against_together)
)
def _scores_where_argmax_fails():
    """Let the best tags of the two words, each taken alone, be a sequence that is not allowed.
    Which tag may not follow which?

    One forbidden move is enough: the best parts do not make the best whole.

        answer = [[2.0, 0.5, 0.0], [0.3, 1.0, 1.5]]
    """
    return [[2, 0, 0], [0, 1, 2]], [
        ([[2, 1, 0], [2, 1, 0]], "Your best tags hold no I-per, so nothing forbids them."),
        ([[1, 2, 0], [0, 1, 2]], "Your best tags are allowed: that person has begun."),
    ]


@_exercise(
    "04.2",
    PREDICT,
    _Numbers("two numbers, the rise of log Z and of a probability", shape=(2,), within=1e-3),
)
def _raised_emissions():
    """Each sequence has exactly one tag at Joe. So what happens to the score of each sequence? And
    to a share, if all of what it is a share of grows by the same factor?

    Only differences between scores count; so logsumexp may subtract the highest.

        answer = (5.0, 0.0)  # each of the 81 scores rises by 5, and so does log Z
    """
    return (5, 0), [
        ((0, 0), "Z sums over scores, which are not normalised: if they all rise, it rises."),
        ((15, 0), "Three emissions rise, but a sequence picks only one of them."),
        ((5, 5), "The score rises. A probability is a share, and the other scores rise as well."),
        ((np.exp(5), 0), "That is the factor by which Z grows. The question is for its logarithm."),
    ]


_EMISSIONS = np.array([[3.0, 0.5, 0.25], [0.5, 1.5, 1.75], [0.75, 1.0, 2.0], [2.5, 0.25, 0.5]])
_TRANSITIONS = np.array([[0.5, 0.25, -2.0], [0.125, -1.0, 1.0], [0.625, -0.75, 0.375]])


@_exercise(
    "04.3",
    SPOT_THE_BUG,
    _Function(
        "a function of emissions, transitions, path and length",
        {
            f"path {path} and length {length}": (_EMISSIONS, _TRANSITIONS, path, length)
            for path, length in [([0, 1, 2, 0], 4), ([0, 1, 2, 0], 3), ([1, 2, 0, 0], 2)]
        },
    ),
)
def _score_without_padding():
    """The emissions stop at the last word. A sentence of two words makes a single move: how many
    does the function count?

    No error, a finite loss, and a model that learns to move onto padding.

        def answer(emissions, transitions, path, length):
            path = path[:length]
            emitted = sum(emissions[place, tag] for place, tag in enumerate(path))
            return emitted + sum(transitions[a, b] for a, b in zip(path, path[1:]))
    """

    def counting(moves):
        def score(emissions, transitions, path, length):
            emitted = sum(emissions[place, path[place]] for place in range(length))
            pairs = list(itertools.pairwise(path))[: moves(length)]
            return emitted + sum(transitions[pair] for pair in pairs)

        return score

    return counting(lambda length: length - 1), [
        (counting(lambda _: None), "Emissions stop at the end of the sentence, moves do not yet."),
        (counting(lambda length: length), "One move too many: the one from the last word on."),
        (counting(lambda _: 0), "Now the moves are gone, those between words too."),
    ]


_WANTED_TAGS = ["B-per", "I-per", "B-geo", "B-nat", "O", "O"]
_FOUND_TAGS = ["B-per", "I-per", "B-org", "O", "B-geo", "O"]


@_exercise("05.1", PREDICT, _Items("a list of tags"))
def _tags_without_precision():
    """Precision divides by how often the tag was predicted. So look at the predicted tags.

    Never tried is not always wrong, though many programs print 0 for both.

        answer = sorted(set(wanted_tags) - set(found_tags))
    """
    names = sorted({*_WANTED_TAGS, *_FOUND_TAGS})
    table = metrics.one_vs_rest([_WANTED_TAGS], [_FOUND_TAGS], names)
    precision, recall = table["precision"], table["recall"]
    return [*table.index[precision.isna()]], [
        ([*table.index[recall == 0]], "These have recall 0. But one of them was predicted."),
        ([*table.index[recall.isna()]], "It never occurs, so its recall is 0/0."),
        ([*table.index[precision == 0]], "These were predicted, each time wrongly: that is 0."),
    ]


_TRUE_NAMES = ["B-per", "I-per", "O", "B-org", "I-org", "I-org", "O", "B-geo"]
_FOUND_NAMES = ["B-per", "I-per", "O", "B-org", "I-org", "O", "O", "I-geo"]


@_exercise(
    "05.2",
    FILL_IN,
    _Numbers("two numbers, strict and lenient F1, right to 0.01", shape=(2,), within=0.01),
)
def _strict_and_lenient():
    """Count three things for each convention: entities wanted, found, and right. F1 is twice the
    right ones, divided by wanted plus found.

    A name cut short costs twice, once as a miss and once as a false alarm.

        answer = (2 * 1 / (2 + 3), 2 * 2 / (3 + 3))  # twice right / (found + wanted)
    """
    strict, lenient = (
        metrics.entity_scores([_TRUE_NAMES], [_FOUND_NAMES], mode).at["all", "f1"]
        for mode in (True, False)
    )
    return (strict, lenient), [
        ((lenient, strict), "These are in the wrong order."),
        ((2 * 1.5 / 5, 2 * 2.5 / 6), "Half an organisation earned a half there; it earns nothing."),
        ((2 * 4 / 11, 2 * 4 / 11), "You counted tags. Count whole entities."),
        ((2 * 1 / 6, lenient), "Strictly, an I- without a start is not found at all."),
    ]


@_exercise("05.3", EXPLAIN, _Reason())
def _interval_that_holds_zero():
    """The interval says which differences fit the data. Does no difference at all fit? Does one in
    favour of the old model?

    'No finding' is a result: it asks for more sentences, or more seeds.

        answer = "c"
    """
    return "c", [
        ("a", "On other test sentences the difference could as well have had the other sign."),
        ("b", "To find no difference is not to show that there is none."),
        ("d", "The interval is about draws of test sentences, not about a model's chances."),
    ]


@_exercise("06.1", PREDICT, _Items("a list of features, each in quotes"))
def _features_shared():
    """Write both words one above the other, and compare them from the right, then from the left.
    Do not forget what they look like as a whole.

    A word that was never seen is not quite a stranger.

        from ner_tutorial.vocabulary import features

        answer = [feature for feature in features("Bergslo") if feature in features("Oslo")]
    """
    one, other = features("Bergslo"), features("Oslo")
    shared = [feature for feature in one if feature in other]
    return shared, [
        (shared[:-1], "The endings are there. Is there nothing else that the two have in common?"),
        ([*shared, "suffix 4: gslo"], "The last four letters differ in the first of them."),
        (shared[2:], "An ending that is shared has shorter endings that are shared as well."),
    ]


@_exercise("06.2", PREDICT, _Numbers("a probability, right to 0.005", within=0.005))
def _chance_that_a_name_is_damaged():
    """Ask first for the chance that all three words stay; each stays with a probability of 0.9.

    So the network meets even its commonest names damaged, epoch after epoch.

        answer = 1 - 0.9**3
    """
    return 1 - 0.9**3, [
        (3 * 0.1, "Chances add up only if no two can happen together."),
        (0.1**3, "That is the chance that all three are hidden."),
        (0.9**3, "That is the chance that none is hidden."),
        (0.1, "That is the chance for one word."),
    ]


@_exercise("06.3", EXPLAIN, _Reason())
def _why_precision_falls():
    """The bonus knows nothing of the words. What does it change for a word that is no rare name?

    A threshold was moved; nothing was learned.

        answer = "b"
    """
    return "b", [
        ("a", "Nothing was trained: the model knows after the bonus what it knew before."),
        ("c", "Only scores of single tags were changed, and no move."),
        ("d", "The sentences and their true tags are the same in each row."),
    ]


_IOB1_TAGS = ["I-per", "I-per", "O", "I-geo", "B-geo", "I-org", "O", "I-tim"]


@_exercise("07.1", FILL_IN, _Items("a list of places, counted from zero"))
def _changed_places():
    """A tag changes if it begins an entity without saying so. Look at each I- tag, and at the tag
    just before it.

    The change is the same for a mistake: so only you can say which of the two it is.

        before = ["O", *iob1_tags]
        pairs = list(zip(before, iob1_tags))
        answer = [i for i, (a, b) in enumerate(pairs) if b[0] == "I" and a[2:] != b[2:]]
    """
    pairs = [*itertools.pairwise(["O", *_IOB1_TAGS])]
    right = [i for i, (before, tag) in enumerate(pairs) if tag[0] == "I" and before[2:] != tag[2:]]
    after_o = [i for i in right if pairs[i][0] == "O"]
    return right, [
        ([*right, _IOB1_TAGS.index("B-geo")], "IOB1 wrote that B- itself, to part two places."),
        (after_o, "A name can also follow a name. What begins right after the second place?"),
        ([place + 1 for place in right], "These are counted from one."),
        (
            [place for place, tag in enumerate(_IOB1_TAGS) if tag[0] == "I"],
            "These are all the I- tags. The one that continues a name stays as it is.",
        ),
    ]


@_exercise("07.2", EXPLAIN, _Reason())
def _lower_on_other_text():
    """The model is the same, and so are the rules. What is different about the sentences?

    A test part says how a model does on more of the same, and promises no more.

        answer = "c"
    """
    return "c", [
        ("a", "It is one and the same saved model that reached both figures."),
        ("b", "Few sentences make a figure uncertain, in either direction; and these are not few."),
        ("d", "Entities are made of words: padding has no part in their F1."),
    ]


_NOTE = "Ann met Joe in Oslo. Joe left."


@_exercise("07.3", PREDICT, _Numbers("two whole numbers, start and end", shape=(2,), within=0.1))
def _place_of_a_token():
    """Count characters from the beginning of the note, spaces too, and begin with zero. The end is
    that of a slice.

    A place in the whole text is all that another program needs to find the name again.

        start = note.rindex("Joe")
        answer = (start, start + len("Joe"))
    """
    sentences = [(begin, tokens) for _, begin, tokens in split_sentences([_NOTE])]
    first, second = (token for _, tokens in sentences for token in tokens if token.text == "Joe")
    begin, _ = sentences[-1]
    return (second.start, second.end), [
        ((second.start - begin, second.end - begin), "Count from the beginning of the whole note."),
        ((first.start, first.end), "That is the first Joe, the one whom Ann met."),
        ((second.start, second.end - 1), "The end is the place after the last letter."),
        ((second.start + 1, second.end), "The start is counted from one; begin with zero."),
        ((5, 6), "These count tokens. Offsets count characters."),
    ]
