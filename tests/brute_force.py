"""Oracles, slow and plain: every tag sequence of a sentence, every span of words.

They share nothing with the package.
"""

import itertools
from functools import cache

import numpy as np


@cache
def all_sequences(num_tags: int, length: int) -> np.ndarray:
    """Every tag sequence: int (num_tags ** length, length)."""
    return np.array(list(itertools.product(range(num_tags), repeat=length)), int)


def log_sum_exp(scores: np.ndarray) -> float:
    return np.logaddexp.reduce(scores)


class BruteForce:
    """All tag sequences of one sentence, their scores and probabilities, in float64."""

    def __init__(self, emissions, transitions, length=None):
        """Minus infinity in emissions or transitions forbids a tag or a move."""
        emissions, self.transitions = np.asarray(emissions, float), np.asarray(transitions, float)
        length = len(emissions) if length is None else length
        self.emissions, self.num_tags = emissions[:length], emissions.shape[1]
        self.max_length = len(emissions)
        self.sequences = all_sequences(self.num_tags, length)
        self.scores = self.score(self.sequences)
        self.log_norm = log_sum_exp(self.scores)
        self.probabilities = np.exp(self.scores - self.log_norm)

    def unary_score(self, tags):
        tags = np.asarray(tags)[..., : len(self.emissions)]
        return self.emissions[np.arange(len(self.emissions)), tags].sum(axis=-1)

    def binary_score(self, tags):
        tags = np.asarray(tags)[..., : len(self.emissions)]
        return self.transitions[tags[..., :-1], tags[..., 1:]].sum(axis=-1)

    def score(self, tags):
        return self.unary_score(tags) + self.binary_score(tags)

    def best_tags(self) -> np.ndarray:
        return self._pad(self.sequences[self.scores.argmax()])

    def marginals(self) -> np.ndarray:
        """The gradient of `log_norm` by the emissions."""
        return self._count_tags(self.sequences, self.probabilities)

    def expected_moves(self) -> np.ndarray:
        """The gradient of `log_norm` by the transitions."""
        return self._count_moves(self.sequences, self.probabilities)

    def tags_of(self, tags) -> np.ndarray:
        """The gradient of `score(tags)` by the emissions."""
        return self._count_tags(np.asarray([tags])[:, : len(self.emissions)], [1.0])

    def moves_of(self, tags) -> np.ndarray:
        """The gradient of `score(tags)` by the transitions."""
        return self._count_moves(np.asarray([tags])[:, : len(self.emissions)], [1.0])

    def _count_tags(self, sequences, weights) -> np.ndarray:
        counts = [np.bincount(column, weights, self.num_tags) for column in sequences.T]
        return self._pad(np.reshape(counts, (-1, self.num_tags)))

    def _count_moves(self, sequences, weights) -> np.ndarray:
        moves = sequences[:, :-1] * self.num_tags + sequences[:, 1:]
        weights = np.repeat(weights, moves.shape[1])
        return np.bincount(moves.ravel(), weights, self.num_tags**2).reshape(self.transitions.shape)

    def _pad(self, rows) -> np.ndarray:
        missing = self.max_length - len(rows)
        return np.pad(rows, [(0, missing)] + [(0, 0)] * (np.ndim(rows) - 1))


def spans(tags, types=("per", "geo")) -> list[tuple[str, int, int]]:
    """The entities, by trying every span: a B-, then only I- of its type, which do not go on."""
    return [
        (kind, start, end)
        for start in range(len(tags))
        for end in range(start + 1, len(tags) + 1)
        for kind in types
        if tags[start] == f"B-{kind}"
        and all(tag == f"I-{kind}" for tag in tags[start + 1 : end])
        and tuple(tags[end : end + 1]) != (f"I-{kind}",)
    ]


def repaired(tags) -> list[str]:
    """The tags, with a B- for each I- that continues nothing: made from left to right."""
    valid = []
    for tag in tags:
        continues = valid and valid[-1] in (f"B-{tag[2:]}", f"I-{tag[2:]}")
        valid.append(f"B-{tag[2:]}" if tag.startswith("I-") and not continues else tag)
    return valid
