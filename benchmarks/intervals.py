"""Means over seeds and intervals of the differences, for the tables of `make results`."""

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from ner_tutorial import iob2, metrics
from ner_tutorial.batching import Split
from ner_tutorial.corpus import Sentence

STRONG = "ensemble"  # the system that the others are compared with
DRAWS = 1000


def summarize(runs: Path, split: str, parts: Split) -> dict:
    """For each system its figures on the test part, one for each seed, and how they compare with
    the ensemble's."""
    true = [sentence.tags for sentence in parts.test]
    known = set(chain.from_iterable(sentence.words for sentence in parts.train))
    systems: dict[str, dict] = {}
    counts: dict[str, list[np.ndarray]] = {}
    types = sorted({tag[2:] for tag in chain.from_iterable(true)} - {""})
    for system, predicted, run in predictions(runs, split):
        entry = systems.setdefault(system, {})
        recalls = recall_by_words(parts.test, predicted, known)
        for name, value in {**run, **score(true, predicted, types), **recalls}.items():
            entry.setdefault(name, []).append(value)
        counts.setdefault(system, []).append(count_entities(true, predicted, types))
    draws = np.random.default_rng(42).integers(0, len(true), (DRAWS, len(true)))
    f1 = {system: bootstrap(np.stack(seeds), draws) for system, seeds in counts.items()}
    for system, (micro, macro) in f1.items():
        systems[system]["macro_f1_interval"] = interval(macro)
        if STRONG in f1 and system != STRONG:
            systems[system]["ensemble_ahead_by"] = interval(f1[STRONG][0] - micro)
    return systems


def predictions(runs: Path, split: str) -> Iterator[tuple[str, list, dict]]:
    """Of each run that is kept the systems, what they found, and all else that is kept of it."""
    for path in sorted(runs.glob(f"{split}-*.json")):
        run = json.loads(path.read_text("utf-8"))
        for system, predicted in run.pop("predictions").items():
            yield system, predicted, run


def score(true, predicted, types: list[str]) -> dict:
    """The figures of one run, those by type as lists of F1."""
    figures = metrics.evaluate(true, predicted)
    per_type = figures.pop("per_type")
    by_type = {kind: per_type[kind]["f1"] for kind in types}
    return {**figures, "f1_by_type": by_type, "macro_f1": float(np.mean(list(by_type.values())))}


def recall_by_words(
    part: Sequence[Sentence], found: Sequence[Sequence[str]], known: set[str]
) -> dict[str, float]:
    """How many names have known words alone, how many have others; and the recall of either."""
    counts = {"known": [0, 0], "unknown": [0, 0]}
    for sentence, tags in zip(part, found, strict=True):
        hits = set(iob2.entities(tags))
        for name in iob2.entities(sentence.tags):
            words = sentence.words[name.start : name.end]
            count = counts["known" if known.issuperset(words) else "unknown"]
            count[0] += name in hits
            count[1] += 1
    names = {f"{kind}_names": number for kind, (_, number) in counts.items()}
    recalls = {
        f"{kind}_recall": round(hits / max(number, 1), 4) for kind, (hits, number) in counts.items()
    }
    return names | recalls


def count_entities(true, predicted, types: list[str]) -> np.ndarray:
    """For each sentence and type, how many entities are right, found and wanted."""
    counts = np.zeros((len(true), len(types), 3))
    for row, pair in enumerate(zip(true, predicted, strict=True)):
        wanted, found = (set(iob2.entities(tags)) for tags in pair)
        for column, entities in enumerate((wanted & found, found, wanted)):
            for entity in entities:
                counts[row, types.index(entity.type), column] += 1
    return counts


def bootstrap(counts: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Micro and macro F1 on test parts drawn anew, each the mean over the seeds: (draws,) both."""
    results = []
    for draw in draws:
        drawn = counts[:, draw].sum(axis=1)  # shape: (seeds, types, 3)
        by_type, overall = f1_score(drawn), f1_score(drawn.sum(axis=1))
        results.append((overall.mean(), by_type.mean()))
    micro, macro = np.array(results).T
    return micro, macro


def f1_score(counts: np.ndarray) -> np.ndarray:
    right, found, wanted = np.moveaxis(counts, -1, 0)
    return 2 * right / np.maximum(found + wanted, 1)


def interval(values: np.ndarray) -> list[float]:
    return [round(float(value), 4) for value in np.quantile(values, [0.025, 0.975])]
