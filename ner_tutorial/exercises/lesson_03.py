"""The exercises of lesson 03: inside the BiLSTM, and the baseline."""

import math
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np

from ner_tutorial import iob2
from ner_tutorial.exercises.engine import (
    FILL_IN,
    MAKE,
    PREDICT,
    SPOT_THE_BUG,
    Answers,
    Code,
    Function,
    Items,
    Numbers,
    exercise,
    parts,
)
from ner_tutorial.exercises.lesson_01 import draw_tags
from ner_tutorial.vocabulary import Vocabulary


@exercise("03.1", PREDICT, Numbers("a list of four numbers", shape=(4,)))
def _a_unit_of_an_lstm() -> Answers:
    """What is kept of the old memory is the forget gate's share of it, what is let in is the input
    gate's share of the candidate. The output gate decides only what shows.

    Replace, keep, add, hide: everything that an LSTM does is a mixture of these four.

        memory, candidate = 0.8, -0.5
        answer = [candidate, memory, memory + candidate, 0]
    """
    memory, candidate = 0.8, -0.5
    total = memory + candidate
    shown = float(np.tanh(total))
    return [candidate, memory, total, 0], [
        ([memory, candidate, total, 0], "Which gate is which? The forget gate at 1 keeps."),
        ([0, memory, total, 0], "A closed forget gate wipes out what was. And what is let in?"),
        ([candidate, total, total, 0], "A closed input gate lets nothing in."),
        (
            [candidate, memory, candidate, 0],
            "Letting something in does not wipe out what was: the two are added.",
        ),
        ([candidate, memory, total / 2, 0], "A sum, no mean: each gate has a say of its own."),
        ([candidate, memory, total, total], "What does a closed output gate let show?"),
        ([candidate, memory, total, shown], "That is what an output gate of 1 would show."),
    ]


@exercise("03.2", PREDICT, Numbers("a whole number of parameters", within=0.1))
def _parameters_of_the_bilstm() -> Answers:
    """One of the small networks has, for each of its 50 outputs, a weight for each number of the
    word vector, a weight for each of the 50 outputs of the step before, and a bias.

    A count that you can redo by hand says that the model is the one you meant.

        answer = 2 * 4 * 50 * (size + 50 + 1)
    """
    words = Vocabulary.from_sentences(parts().train, min_count=2).index2word
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


@exercise(
    "03.3",
    SPOT_THE_BUG,
    Function(
        "a function of accuracies and baseline",
        {f"{row}, 0.4": (row, 0.4) for row in ([0.2, 0.5, 0.9], [0.4, 0.6], [0.9], [0.1, 0.3])},
    ),
)
def _first_better_epoch() -> Answers:
    """Try it with [0.1, 0.3] and a baseline of 0.4: what is the argmax of False, False?

    A run that never beats always O has to say so; a number would have hidden it.

        def answer(accuracies, baseline):
            better = np.array(accuracies) > baseline
            return better.argmax() + 1 if better.any() else None
    """

    def first(row: list[float], baseline: float, start: int = 1) -> int | None:
        return next((i for i, value in enumerate(row, start) if value > baseline), None)

    return first, [
        (lambda row, line: first(row, line) or 1, "What of a run that is never better?"),
        (lambda row, line: first(row, line, start=0), "Epochs are counted from one."),
        (lambda row, line: np.argmax(row) + 1, "That is the best epoch, not the first good one."),
    ]


SUSPECT = ["I-per", "O", "B-org", "I-org", "O", "B-geo", "I-geo", "I-org", "I-org", "O", "I-tim"]


@exercise("03.4", FILL_IN, Items("a list of places, counted from zero"))
def _impossible_places() -> Answers:
    """Go through the I- tags from left to right, and look at the tag just before each. Before the
    first word there is no tag.

    On its own word each of these tags is plausible; its neighbour gives it away.

        before = ["O", *suspect]
        answer = [i for i, tag in enumerate(suspect) if tag[0] == "I" and before[i][2:] != tag[2:]]
    """
    right = iob2.missing_starts(SUSPECT)
    inside = [place for place, tag in enumerate(SUSPECT) if tag.startswith("I-")]
    return right, [
        (right[1:], "All of these are impossible. But look at Joe: has his name begun?"),
        ([place + 1 for place in right], "These are counted from one."),
        (inside, "These are all the I- tags. Most of them continue what the word before began."),
        ([*right, 8], "School follows an I- tag of its own type, and that is allowed."),
    ]


Step = Callable[..., tuple[np.ndarray, np.ndarray]]


def _draw_step(random: np.random.Generator) -> tuple[np.ndarray, ...]:
    """A word vector of two numbers, and a cell of one or two units in the midst of a sentence."""
    units = int(random.integers(1, 3))
    shapes = [(2,), (units,), (units,), (2, 4 * units), (units, 4 * units), (4 * units,)]
    return tuple(random.normal(size=shape).round(1) for shape in shapes)


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def _step(
    order: str = "ifgo",
    candidate: Callable[[float], float] = math.tanh,
    squash: Callable[[float], float] = math.tanh,
    remember: Callable[[float, float, float, float], float] = lambda i, f, g, c: f * c + i * g,
    swapped: bool = False,
    biased: bool = True,
) -> Step:
    """An LSTM's step, unit for unit."""

    def step(
        x: np.ndarray,
        hidden: np.ndarray,
        memory: np.ndarray,
        kernel: np.ndarray,
        recurrent: np.ndarray,
        bias: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        sums = [
            sum(x[row] * kernel[row, column] for row in range(len(x)))
            + sum(hidden[row] * recurrent[row, column] for row in range(len(hidden)))
            + biased * bias[column]
            for column in range(len(bias))
        ]
        new_hidden, new_memory = [], []
        for unit in range(len(hidden)):
            part = {gate: sums[place * len(hidden) + unit] for place, gate in enumerate(order)}
            i, f, o = (_sigmoid(part[gate]) for gate in "ifo")
            new_memory.append(remember(i, f, candidate(part["g"]), memory[unit]))
            new_hidden.append(o * squash(new_memory[-1]))
        pair = np.array(new_hidden), np.array(new_memory)
        return pair[::-1] if swapped else pair

    return step


@exercise(
    "03.5",
    MAKE,
    Code(
        "a function of six arrays that gives two, the new hidden state and the new memory",
        "x hidden memory kernel recurrent bias",
        _draw_step,
        edges=(
            (np.zeros(1), np.zeros(1), np.ones(1), np.zeros((1, 4)), np.zeros((1, 4)), np.zeros(4)),
        ),
    ),
)
def _step_of_an_lstm() -> Answers:
    """First all sums at once: `x @ kernel + hidden @ recurrent + bias`. `np.split` cuts them into
    four; gates end in a sigmoid, the candidate in tanh. What is kept, and what is let in?

    Four small networks and two lines: an LSTM is no more than that.

        def sigmoid(z):
            return 1 / (1 + np.exp(-z))


        def lstm_step(x, hidden, memory, kernel, recurrent, bias):
            i, f, g, o = np.split(x @ kernel + hidden @ recurrent + bias, 4)
            memory = sigmoid(f) * memory + sigmoid(i) * np.tanh(g)
            return sigmoid(o) * np.tanh(memory), memory
    """
    return _step(), [
        (_step("figo"), "The first quarter is the input gate, the second the forget gate."),
        (_step("ifog"), "The third quarter is the candidate, the last one the output gate."),
        (_step(candidate=_sigmoid), "The candidate goes through tanh: it may be negative."),
        (_step(candidate=float), "The candidate goes through tanh as well."),
        (_step(squash=float), "The memory goes through tanh before it comes out."),
        (
            _step(remember=lambda i, f, g, c: i * g),
            "The old memory is gone. The forget gate says how much of it stays.",
        ),
        (
            _step(remember=lambda i, f, g, c: f * c + (1 - f) * g),
            "The input gate decides on what comes in. It is not 1 minus the forget gate.",
        ),
        (_step(biased=False), "The bias is missing: it is added to the sums."),
        (_step(swapped=True), "The hidden state comes first, then the memory."),
    ]


def _draw_sentences(random: np.random.Generator) -> tuple[list[list[str]]]:
    """Some begin with an I-, after a sentence that ends with its type."""
    return ([draw_tags(random, 4) for _ in range(random.integers(2, 4))],)


@exercise(
    "03.6",
    MAKE,
    Code(
        "a function of sentences that gives a dictionary, how many impossible tags a type has",
        "sentences",
        _draw_sentences,
        edges=(
            ([],),
            ([[]],),
            ([["O"]],),
            ([["I-per"]],),
            ([["B-per"], ["I-per"]],),
            ([["I-geo", "I-geo"]],),
        ),
    ),
)
def _impossible_by_type() -> Answers:
    """Before the first word of each sentence put an "O", and go through the tags in pairs. A
    `Counter` counts the types, and is a dictionary.

    Such a count says of which type the softmax loses the beginnings.

        def impossible_by_type(sentences):
            counts = Counter()
            for tags in sentences:
                for before, tag in zip(["O", *tags], tags):
                    if tag.startswith("I-") and before[2:] != tag[2:]:
                        counts[tag[2:]] += 1
            return counts
    """

    def counting(pairs: Callable, is_wrong: Callable[[str, str], bool]) -> Callable:
        def count(sentences: Iterable[list[str]]) -> dict[str, int]:
            rows = (pair for tags in sentences for pair in pairs(tags))
            return Counter(
                tag[2:] for before, tag in rows if tag[0] == "I" and is_wrong(before, tag)
            )

        return count

    def with_start(tags: list[str]) -> Iterable[tuple[str, str]]:
        return pairwise(["O", *tags])

    def other_type(before: str, tag: str) -> bool:
        return before[2:] != tag[2:]

    right = counting(with_start, other_type)

    def in_one_row(sentences: list[list[str]]) -> dict[str, int]:
        return right([[tag for tags in sentences for tag in tags]])

    return right, [
        (
            counting(pairwise, other_type),
            "A sentence can begin with an I-, and that is impossible.",
        ),
        (
            counting(with_start, lambda before, _: before == "O"),
            "An I- after a name of another type is impossible too.",
        ),
        (
            counting(with_start, lambda before, tag: before != f"B{tag[1:]}"),
            "An I- may follow an I- of its own type.",
        ),
        (counting(with_start, lambda before, tag: True), "Most I- tags are possible: look before."),
        (in_one_row, "A sentence ends what it began: the next one starts anew."),
        (
            lambda sentences: sum(right(sentences).values()),
            "That is their number. Count for each type, in a dictionary.",
        ),
    ]
