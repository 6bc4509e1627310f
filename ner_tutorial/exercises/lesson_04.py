"""The exercises of lesson 04: the CRF."""

import itertools
from collections.abc import Callable

import numpy as np

from ner_tutorial import iob2
from ner_tutorial.crf import viterbi_decode
from ner_tutorial.exercises.engine import (
    FILL_IN,
    PREDICT,
    SPOT_THE_BUG,
    Answers,
    Function,
    Numbers,
    exercise,
)


def _alone_against_together(emissions: np.ndarray) -> int:
    """2 if the best tags are not the best allowed sequence; else 1 if they hold an I-, or 0."""
    start, moves = iob2.moves(["O", "B-per", "I-per"])
    alone = emissions.argmax(axis=1).tolist()
    together, _ = viterbi_decode(np.vstack([emissions[:1] + start, emissions[1:]]), moves)
    return 2 if alone != together else int(2 in alone)


@exercise(
    "04.1", FILL_IN, Numbers("scores of shape (2, 3)", shape=(2, 3), then=_alone_against_together)
)
def _scores_where_argmax_fails() -> Answers:
    """Let the best tags of the two words, each taken alone, be a sequence that is not allowed.
    Which tag may not follow which?

    One forbidden move is enough: the best parts do not make the best whole.

        answer = [[2.0, 0.5, 0.0], [0.3, 1.0, 1.5]]
    """
    return [[2, 0, 0], [0, 1, 2]], [
        ([[2, 1, 0], [2, 1, 0]], "Your best tags hold no I-per, so nothing forbids them."),
        ([[1, 2, 0], [0, 1, 2]], "Your best tags are allowed: that person has begun."),
    ]


@exercise(
    "04.2",
    PREDICT,
    Numbers("two numbers, the rise of log Z and of a probability", shape=(2,), within=1e-3),
)
def _raised_emissions() -> Answers:
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


EMISSIONS = np.array([[3.0, 0.5, 0.25], [0.5, 1.5, 1.75], [0.75, 1.0, 2.0], [2.5, 0.25, 0.5]])
TRANSITIONS = np.array([[0.5, 0.25, -2.0], [0.125, -1.0, 1.0], [0.625, -0.75, 0.375]])


@exercise(
    "04.3",
    SPOT_THE_BUG,
    Function(
        "a function of emissions, transitions, path and length",
        {
            f"path {path} and length {length}": (EMISSIONS, TRANSITIONS, path, length)
            for path, length in [([0, 1, 2, 0], 4), ([0, 1, 2, 0], 3), ([1, 2, 0, 0], 2)]
        },
    ),
)
def _score_without_padding() -> Answers:
    """The emissions stop at the last word. A sentence of two words makes a single move: how many
    does the function count?

    No error, a finite loss, and a model that learns to move onto padding.

        def answer(emissions, transitions, path, length):
            path = path[:length]
            emitted = sum(emissions[place, tag] for place, tag in enumerate(path))
            return emitted + sum(transitions[a, b] for a, b in zip(path, path[1:]))
    """

    def counting(moves: Callable[[int], int | None]) -> Callable[..., float]:
        def score(
            emissions: np.ndarray, transitions: np.ndarray, path: list[int], length: int
        ) -> float:
            emitted = sum(emissions[place, path[place]] for place in range(length))
            pairs = list(itertools.pairwise(path))[: moves(length)]
            return emitted + sum(transitions[pair] for pair in pairs)

        return score

    return counting(lambda length: length - 1), [
        (counting(lambda _: None), "Emissions stop at the end of the sentence, moves do not yet."),
        (counting(lambda length: length), "One move too many: the one from the last word on."),
        (counting(lambda _: 0), "Now the moves are gone, those between words too."),
    ]
