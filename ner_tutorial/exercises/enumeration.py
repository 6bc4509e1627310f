"""A CRF by enumeration, slow and plain: what the exercises of lesson 04 are compared with."""

import math
from collections.abc import Callable

import numpy as np

Join = Callable[[np.ndarray], np.ndarray]


def trellis(
    join: Join, emissions: np.ndarray, transitions: np.ndarray, times: bool = False
) -> np.ndarray:
    """All columns of the trellis, a row for each word: scores are added, or multiplied."""
    rows = [emissions[0]]
    for emission in emissions[1:]:
        before = rows[-1][:, np.newaxis]
        rows.append(
            join(before * transitions) * emission
            if times
            else join(before + transitions) + emission
        )
    return np.array(rows)


def best_way(ways: np.ndarray) -> np.ndarray:
    return ways.max(axis=0)


def scored(emissions: np.ndarray, transitions: np.ndarray) -> dict[tuple[int, ...], float]:
    """Every path there is, with its score."""
    words, tags = emissions.shape
    paths = np.indices([tags] * words).reshape(words, -1).T
    scores = emissions[np.arange(words), paths].sum(axis=1)
    scores = scores + transitions[paths[:, :-1], paths[:, 1:]].sum(axis=1)
    return dict(zip(map(tuple, paths.tolist()), scores.tolist(), strict=True))


def _log_of_sum(scores: list[float]) -> float:
    highest = max(scores)
    return highest + math.log(sum(math.exp(score - highest) for score in scores))


def log_norm(emissions: np.ndarray, transitions: np.ndarray) -> float:
    """The logarithm of Z."""
    return _log_of_sum([*scored(emissions, transitions).values()])


def log_sums(emissions: np.ndarray, transitions: np.ndarray, words: int) -> list[float]:
    """For each tag, the logarithm of the sum over all beginnings of so many words."""
    scores = scored(emissions[:words], transitions)
    by_tag = [
        [score for path, score in scores.items() if path[-1] == tag]
        for tag in range(emissions.shape[1])
    ]
    return [_log_of_sum(values) for values in by_tag]


def marginals(emissions: np.ndarray, transitions: np.ndarray) -> np.ndarray:
    """The probability of each tag at each word."""
    scores = scored(emissions, transitions)
    chances = np.exp(np.array([*scores.values()]) - log_norm(emissions, transitions))
    paths = np.array([*scores])
    return np.array([chances @ (paths == tag) for tag in range(emissions.shape[1])]).T
