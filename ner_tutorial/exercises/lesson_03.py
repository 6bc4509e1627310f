"""The exercises of lesson 03: inside the BiLSTM, and the baseline."""

import numpy as np

from ner_tutorial import iob2
from ner_tutorial.exercises.engine import (
    FILL_IN,
    PREDICT,
    SPOT_THE_BUG,
    Answers,
    Function,
    Items,
    Numbers,
    exercise,
    parts,
)
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
