"""Which sentences are worth annotating next? A simulation, as lesson 09 tells it.

    python benchmarks/active.py [--seeds N]

The sample's training part, split by frames, plays a pool of sentences that nobody has annotated.
Whoever asks for a sentence gets its tags. All strategies begin with the same hundred, drawn with
the seed; then each asks for a hundred more, sixteen times over, by a linear CRF that learned from
those it has: `random` takes any, `least confident` those whose least certain word is least certain,
`disagreement` those on whose words three members, each trained on the sentences drawn anew with
replacement, vote most differently (vote entropy, the mean of a sentence's words).

Writes data/active.json, which lesson 09 reads. For each strategy and seed, after each step: the
sentences and words annotated so far; the strict entity F1 on the validation part, no frame of which
is in the pool; the expected calibration error over the words of entities found there; and the F1 on
the hundred sentences that come next, before they are learned from. A run that is stored already is
not repeated: to begin anew, remove the file. The test part is not used.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import runs
import seeds

from ner_tutorial import baselines, corpus, errors, metrics
from ner_tutorial.corpus import Sentence

TARGET = corpus.SAMPLE.with_name("active.json")
STEP, STEPS, MEMBERS = 100, 16, 3

# From a model, what it learned from and the sentences left, to how much each is wanted.
Strategy = Callable[[Any, list[Sentence], list[Sentence], np.random.Generator], np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    _, parts = seeds.split_by_frames()
    experiments = {
        (name, seed): {"strategy": name, "seed": seed}
        for seed in range(1, options.seeds + 1)
        for name in STRATEGIES
    }
    for row in runs.rows(simulate, (parts.train, parts.validation), experiments, TARGET):
        print(row["strategy"], row["seed"], *row["f1"], flush=True)


def simulate(material: tuple, strategy: str, seed: int) -> dict[str, list]:
    """What a strategy reaches after each step: lists under the names that data/active.json has."""
    pool, held_out = material
    draw = np.random.default_rng(seed)
    left = [pool[row] for row in draw.permutation(len(pool))]
    annotated, left = left[:STEP], left[STEP:]
    found: dict[str, list] = {
        name: [] for name in ("sentences", "words", "f1", "calibration_error", "next_f1")
    }
    for _ in range(STEPS):
        model = baselines.linear_crf(annotated)
        wanted = STRATEGIES[strategy](model, annotated, left, draw)
        order = np.argsort(-wanted, kind="stable")
        chosen = [left[row] for row in order[:STEP]]
        figures = [
            len(annotated),
            sum(map(len, annotated)),
            score(model, held_out),
            calibration_error(model, held_out),
            score(model, chosen),
        ]
        for name, figure in zip(found, figures, strict=True):
            found[name].append(round(figure, 4))
        annotated += chosen
        left = [left[row] for row in sorted(order[STEP:])]
    return found


@cache
def features(sentence: Sentence) -> list[dict]:
    return baselines.window_features(sentence.words)


def tagged(model: Any, sentences: Sequence[Sentence]) -> list[list[str]]:
    return [model.tagger_.tag(features(sentence)) for sentence in sentences]


def confidences(model: Any, sentence: Sentence) -> tuple[list[str], np.ndarray]:
    """The tags that a model chooses, and the marginal probability of each."""
    tags = model.tagger_.tag(features(sentence))
    sure = [model.tagger_.marginal(tag, place) for place, tag in enumerate(tags)]
    return tags, np.array(sure)


def score(model: Any, sentences: Sequence[Sentence]) -> float:
    true = [sentence.tags for sentence in sentences]
    return metrics.entity_f1(true, tagged(model, sentences))


def calibration_error(model: Any, sentences: Sequence[Sentence]) -> float:
    """Over the words that the model takes for part of an entity."""
    sure, right = [], []
    for sentence in sentences:
        for wanted, tag, chance in zip(sentence.tags, *confidences(model, sentence), strict=True):
            if tag != "O":
                sure.append(chance)
                right.append(tag == wanted)
    return metrics.expected_calibration_error(sure, right)


def at_random(
    model: Any, annotated: list[Sentence], left: list[Sentence], draw: np.random.Generator
) -> np.ndarray:
    return draw.random(len(left))


def least_confident(
    model: Any, annotated: list[Sentence], left: list[Sentence], draw: np.random.Generator
) -> np.ndarray:
    return np.array([1 - confidences(model, sentence)[1].min() for sentence in left])


def disagreement(
    model: Any, annotated: list[Sentence], left: list[Sentence], draw: np.random.Generator
) -> np.ndarray:
    ballots = []
    for _ in range(MEMBERS):
        drawn = draw.integers(len(annotated), size=len(annotated))
        member = baselines.linear_crf([annotated[row] for row in drawn])
        ballots.append(tagged(member, left))
    sentences = zip(*ballots, strict=True)
    return np.array([vote_entropy(list(zip(*votes, strict=True))) for votes in sentences])


def vote_entropy(votes: Sequence[Sequence[str]]) -> float:
    """The entropy of the members' votes on each word, in the mean of a sentence's words.

    >>> vote_entropy([("O", "O"), ("B-per", "O")])  # half of ln 2
    0.34657359027997264
    """
    entropies = []
    for cast in votes:
        shares = np.array([*Counter(cast).values()]) / len(cast)
        entropies.append(-(shares * np.log(shares)).sum())
    return float(np.mean(entropies))


STRATEGIES: dict[str, Strategy] = {
    "random": at_random,
    "least confident": least_confident,
    "disagreement": disagreement,
}


if __name__ == "__main__":
    with errors.one_line():
        main()
