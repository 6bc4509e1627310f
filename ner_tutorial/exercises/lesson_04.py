"""The exercises of lesson 04: the CRF."""

import itertools
from collections.abc import Callable

import numpy as np

from ner_tutorial import iob2
from ner_tutorial.crf import viterbi_decode
from ner_tutorial.exercises.engine import (
    FILL_IN,
    MAKE,
    PREDICT,
    SPOT_THE_BUG,
    Answers,
    Code,
    Function,
    Numbers,
    exercise,
)
from ner_tutorial.exercises.enumeration import (
    Join,
    best_way,
    log_norm,
    log_sums,
    marginals,
    scored,
    trellis,
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


# A trellis for pencil and paper: three words, two tags, whole numbers.
SMALL_EMISSIONS = np.array([[2, 0], [3, 1], [3, 2]])
SMALL_TRANSITIONS = np.array([[-1, -2], [2, -2]])


@exercise("04.4", FILL_IN, Numbers("three rows of two scores, one row a word", shape=(3, 2)))
def _trellis_by_hand() -> Answers:
    """Two ways lead to each circle. For each of them add the score before and the move, take the
    better one, and add the emission. At the first word there is no move.

    Each column is made from the one before: the sentence may be of any length.

        # O at Lee: from O 2 - 1, from N 0 + 2; the better is 2, and 3 for the emission makes 5.
        answer = [[2, 0], [5, 1], [7, 5]]
    """
    emissions, moves = SMALL_EMISSIONS, SMALL_TRANSITIONS
    greedy = np.array(
        [
            emissions[0],
            emissions[1] + moves[emissions[0].argmax()],
            emissions[2] + moves[emissions[1].argmax()],
        ]
    )
    right = trellis(best_way, emissions, moves)
    return right, [
        (emissions, "These are the emissions. Each circle also has the best way to it inside."),
        (emissions.cumsum(axis=0), "The moves are missing."),
        (
            trellis(best_way, emissions, moves.T),
            "Rows of the moves say from where, columns to where.",
        ),
        (
            np.array([emissions[0], *(right[1:] - emissions[1:])]),
            "These are the best ways to each circle; now add its emission.",
        ),
        (
            trellis(lambda ways: ways.sum(axis=0), emissions, moves),
            "You added the two ways up. Viterbi keeps the better one.",
        ),
        (
            trellis(lambda ways: ways.min(axis=0), emissions, moves),
            "These are the worse of the two ways each time.",
        ),
        (greedy, "Each circle keeps its own best way, and sums up all that lies before it."),
    ]


FACTORS = np.array([[1, 2], [3, 1], [1, 2]])
MOVE_FACTORS = np.array([[2, 1], [3, 1]])


@exercise("04.5", FILL_IN, Numbers("four numbers: a row for Lee, a row for ran", shape=(2, 2)))
def _forward_by_hand() -> Answers:
    """Two ways lead to each circle. Multiply what stands before by the move, add the two products
    up, and multiply the sum by the emission's factor.

    The last row adds up to Z; eight products, written out one by one, give the same.

        # O at Lee: (1 * 2 + 2 * 3) * 3; then O at ran: (24 * 2 + 3 * 3) * 1
        answer = [[24, 3], [57, 54]]
    """

    def rows(join: Join, moves: np.ndarray = MOVE_FACTORS) -> np.ndarray:
        return trellis(join, FACTORS, moves, times=True)[1:]

    def added(ways: np.ndarray) -> np.ndarray:
        return ways.sum(axis=0)

    right = rows(added)
    return right, [
        (rows(best_way), "You kept the better way, as Viterbi does. Here all ways are added up."),
        (rows(added, MOVE_FACTORS.T), "Rows of the moves say from where, columns to where."),
        (right / FACTORS[1:], "The emission's factor is missing."),
        (right / FACTORS[1:] * FACTORS[:-1], "That is the emission of the word before."),
        (rows(added, np.ones((2, 2))), "The moves are missing."),
        (
            trellis(added, FACTORS, MOVE_FACTORS)[1:],
            "Factors are multiplied; their logs are added.",
        ),
        (np.log(right), "These are the logarithms. The question is for the sums themselves."),
    ]


def _draw_scores(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Such that one path is better than all others."""
    words, tags = random.integers(2, 5), random.integers(2, 4)
    while True:
        emissions = random.uniform(-2, 2, size=(words, tags)).round(1)
        transitions = random.uniform(-2, 2, size=(tags, tags)).round(1)
        second, best = sorted(scored(emissions, transitions).values())[-2:]
        if best - second > 0.01:
            return emissions, transitions


Scores = tuple[np.ndarray, np.ndarray]
ONE_WORD: Scores = np.array([[1.0, 2.0]]), np.array([[0.5, -1.0], [0.0, 0.3]])
ONE_TAG: Scores = np.array([[1.0], [-2.0], [0.5]]), np.array([[0.3]])
HIGH: Scores = np.array([[1000.0, 1001.0], [2000.0, 1998.0]]), np.array([[0.5, -1.0], [2.0, 0.3]])
LOW: Scores = -HIGH[0], HIGH[1]

Decoded = tuple[list[int], float]


@exercise(
    "04.6",
    MAKE,
    Code(
        "a function of emissions and transitions that gives two things, a path and its score",
        "emissions transitions",
        _draw_scores,
        edges=(ONE_WORD, ONE_TAG, HIGH),
    ),
)
def _viterbi() -> Answers:
    """4.2 has the lines: put them into a loop over the words after the first. The way back starts
    at the best of the last scores, and follows the backpointers from the last word to the second.

    Each tagger with a CRF ends in these lines, whatever network stands below.

        def viterbi(emissions, transitions):
            best, backpointers = emissions[0], []
            for emission in emissions[1:]:
                ways = best[:, np.newaxis] + transitions
                backpointers.append(ways.argmax(axis=0))
                best = ways.max(axis=0) + emission
            path = [int(best.argmax())]
            for backpointer in reversed(backpointers):
                path.insert(0, int(backpointer[path[0]]))
            return path, best.max()
    """

    def decode(emissions: np.ndarray, transitions: np.ndarray) -> Decoded:
        scores = scored(emissions, transitions)
        best = max(scores, key=scores.__getitem__)
        return list(best), scores[best]

    def with_its_score(find: Callable[..., list[int]]) -> Callable[..., Decoded]:
        def decoded(emissions: np.ndarray, transitions: np.ndarray) -> Decoded:
            path = find(emissions, transitions)
            return path, scored(emissions, transitions)[tuple(path)]

        return decoded

    def alone(emissions: np.ndarray, _: np.ndarray) -> list[int]:
        return emissions.argmax(axis=1).tolist()

    def greedy(emissions: np.ndarray, transitions: np.ndarray) -> list[int]:
        path = [int(emissions[0].argmax())]
        for emission in emissions[1:]:
            path.append(int((transitions[path[-1]] + emission).argmax()))
        return path

    def not_led_back(emissions: np.ndarray, transitions: np.ndarray) -> Decoded:
        best = trellis(best_way, emissions, transitions)
        return best.argmax(axis=1).tolist(), best[-1].max()

    def reversed_path(emissions: np.ndarray, transitions: np.ndarray) -> Decoded:
        path, score = decode(emissions, transitions)
        return path[::-1], score

    def summed(emissions: np.ndarray, transitions: np.ndarray) -> Decoded:
        path, _ = decode(emissions, transitions)
        return path, sum(emissions[place, tag] for place, tag in enumerate(path))

    return decode, [
        (
            with_its_score(alone),
            "Those are the best tags, each alone. Let the moves have their say.",
        ),
        (
            with_its_score(greedy),
            "A step that is best for now can lead astray. Keep a way to each tag.",
        ),
        (not_led_back, "The score is right. But the path has to be followed back from the end."),
        (reversed_path, "The path stands the wrong way round."),
        (lambda e, t: decode(e, t.T), "`transitions[i, j]` is the move from i to j."),
        (lambda e, t: decode(e, t)[0], "Return the path and its score, both."),
        (summed, "The path is right. Its score holds the moves too."),
        (
            lambda e, t: (decode(e, t)[0], log_norm(e, t)),
            "The score is that of one path, not log Z.",
        ),
    ]


@exercise(
    "04.7",
    MAKE,
    Code(
        "a function of emissions and transitions that gives a number, log Z",
        "emissions transitions",
        _draw_scores,
        edges=(ONE_WORD, ONE_TAG, HIGH, LOW),
    ),
)
def _forward() -> Answers:
    """The row of alphas has a place for each tag, and each word makes the next row of it. In the
    end a sum over the tags is left. For high scores see what `logsumexp` subtracts.

    TensorFlow differentiates these few lines, and that is how a CRF learns.

        def log_z(emissions, transitions):
            alpha = emissions[0]
            for emission in emissions[1:]:
                alpha = emission + logsumexp(alpha[:, np.newaxis] + transitions, axis=0)
            return logsumexp(alpha, axis=0)
    """

    def alphas(emissions: np.ndarray, transitions: np.ndarray) -> np.ndarray:
        rows = range(1, len(emissions) + 1)
        return np.array([log_sums(emissions, transitions, row) for row in rows])

    def plainly(emissions: np.ndarray, transitions: np.ndarray) -> float:
        values = [*scored(emissions, transitions).values()]
        return float(np.log(np.exp(values).sum()))

    return log_norm, [
        (
            lambda e, t: max(scored(e, t).values()),
            "That is the best score, Viterbi's. Here all sequences are summed.",
        ),
        (lambda e, t: alphas(e, t)[-1], "One step is left: a sum over the tags of the last word."),
        (lambda e, t: alphas(e, t)[-1].max(), "The last step is a sum as well, not a maximum."),
        (plainly, "An exponential overflows, or all of them are 0: subtract the highest first."),
        (lambda e, t: log_norm(e, t.T), "`transitions[i, j]` is the move from i to j."),
        (lambda e, t: np.exp(log_norm(e, t)), "That is Z. Return its logarithm."),
        (lambda e, t: log_norm(e, 0 * t), "The moves are missing."),
        (lambda e, t: log_norm(np.vstack([e[:1], e]), t), "The first word is counted twice."),
    ]


@exercise(
    "04.8",
    MAKE,
    Code(
        "a function of emissions and transitions that gives an array, a row of marginals a word",
        "emissions transitions",
        _draw_scores,
        edges=(ONE_WORD, ONE_TAG, HIGH),
    ),
)
def _marginals() -> Answers:
    """`alpha[t, j]` sums up all ways that lead to a tag, `beta[t, j]` all that lead on from it.
    Their sum minus log Z is the logarithm. With beta begin at the end: it is 0 at the last word.

    That is the confidence that the tagger prints, and the expectation of its gradient.

        def tag_chances(emissions, transitions):
            alpha, beta = emissions.copy(), np.zeros(emissions.shape)
            for t in range(1, len(emissions)):
                alpha[t] += logsumexp(alpha[t - 1][:, np.newaxis] + transitions, axis=0)
            for t in reversed(range(len(emissions) - 1)):
                beta[t] = logsumexp(transitions + emissions[t + 1] + beta[t + 1], axis=1)
            return np.exp(alpha + beta - logsumexp(alpha[-1], axis=0))
    """

    def softmax(rows: np.ndarray) -> np.ndarray:
        powers = np.exp(rows - rows.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def forward(emissions: np.ndarray, transitions: np.ndarray) -> np.ndarray:
        rows = range(1, len(emissions) + 1)
        return np.array([log_sums(emissions, transitions, row) for row in rows])

    def twice(emissions: np.ndarray, transitions: np.ndarray) -> np.ndarray:
        chances = np.log(marginals(emissions, transitions))
        return np.exp(chances + emissions)

    def best_only(emissions: np.ndarray, transitions: np.ndarray) -> np.ndarray:
        scores = scored(emissions, transitions)
        best = max(scores, key=scores.__getitem__)
        return np.eye(emissions.shape[1])[list(best)]

    return marginals, [
        (lambda e, t: softmax(e), "That is a softmax at each word, without the moves."),
        (
            lambda e, t: softmax(forward(e, t)),
            "That knows what lies before a word. Sum up the ways that lead on, too.",
        ),
        (twice, "The emission of the word is counted twice: in alpha and in beta."),
        (lambda e, t: marginals(e, t.T), "`transitions[i, j]` is the move from i to j."),
        (lambda e, t: np.log(marginals(e, t)), "These are the logarithms of the marginals."),
        (lambda e, t: marginals(e, t).T, "A row for each word, a column for each tag."),
        (best_only, "That is the best path alone. Others have a share as well."),
    ]
