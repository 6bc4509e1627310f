"""Figures of what a model means for people: whom it misses, and what leaks."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from ner_tutorial.formats import COLOURS, NEUTRAL
from ner_tutorial.plots.style import WIDTH, show

_LOOKS = [(COLOURS["geo"], "o"), (COLOURS["gpe"], "D"), (COLOURS["per"], "s"), (NEUTRAL, "^")]


def whom_it_misses(systems: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
    """Recall of people by the language of their names, with its 95% interval as a whisker; the
    languages in order of the first system's recall.

    Args:
        systems: for each system's name, by language the recall and the ends of its interval.
    """
    first = next(iter(systems.values()))
    order = sorted(first, key=lambda language: first[language][0])
    _, axes = plt.subplots(figsize=(WIDTH, 4.5))
    for (name, found), (shade, marker) in zip(systems.items(), _LOOKS, strict=False):
        recall, low, high = np.array([found[language] for language in order]).T
        axes.errorbar(
            order,
            recall,
            yerr=[recall - low, high - recall],
            fmt=marker,
            color=shade,
            markersize=3.5,
            elinewidth=0.8,
            label=name,
        )
    axes.set(ylabel="share of people found", ylim=(0, 1.02), xlim=(-1, len(order)))
    axes.tick_params(axis="x", rotation=90, labelsize=7)
    axes.grid(axis="y", color="#DDDDDD")
    axes.legend(loc="lower right")
    told = (f"{name}: {_extremes(found)}" for name, found in systems.items())
    show(f"Share of people found, by the language of their names. {'; '.join(told)}.")


def _extremes(found: Mapping[str, Sequence[float]]) -> str:
    """The three lowest and the three highest."""
    ranked = sorted(found, key=lambda language: found[language][0])
    low, high = (
        ", ".join(f"{language} {found[language][0]:.2f}" for language in some)
        for some in (ranked[:3], ranked[-3:])
    )
    return f"lowest {low}, highest {high}"


def leaks(rows: Sequence[Mapping[str, Any]]) -> None:
    """On the left the share of names that stay readable, by type, with its 95% interval; on the
    right the share of documents in which a person does, by the number of their sentences.

    Args:
        rows: of `data/leaks.json`, one a system.
    """
    _, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 3.6))
    kinds = list(rows[0]["by_type"])
    width = 0.8 / len(rows)
    for place, (row, (shade, marker)) in enumerate(zip(rows, _LOOKS, strict=False)):
        found = [row["by_type"][kind] for kind in kinds]
        share = np.array([one["leaked"] / one["names"] for one in found])
        low, high = np.array([one["interval"] for one in found]).T
        left.bar(
            np.arange(len(kinds)) + (place - (len(rows) - 1) / 2) * width,
            share,
            width,
            yerr=[share - low, high - share],
            capsize=2,
            color=shade,
            edgecolor="white",
        )
        lengths = [int(length) for length in row["documents"]]
        label = row["system"]
        right.plot(
            lengths, list(row["documents"].values()), marker=marker, color=shade, label=label
        )
    left.set(xticks=range(len(kinds)), xticklabels=kinds, ylabel="share of names that leak")
    right.set(xlabel="sentences in a document", ylabel="documents that leak a person", ylim=(0, 1))
    right.legend(fontsize=9)
    show(f"What leaks. {' '.join(_told(row) for row in rows)}")


def _told(row: Mapping[str, Any]) -> str:
    """A system's shares in words."""
    types = ", ".join(
        f"{kind} {one['leaked']} of {one['names']}" for kind, one in row["by_type"].items()
    )
    documents = ", ".join(f"{length}: {share:.2f}" for length, share in row["documents"].items())
    return (
        f"{row['system']}: {types}; a person leaks in this share of documents, by their sentences: "
        f"{documents}."
    )
