"""Figures of a CRF: ways through a trellis, transitions, probabilities, gradients."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from ner_tutorial.formats import COLOURS, colour
from ner_tutorial.plots.style import SHARE, SIGNED, WIDTH, named_values, ranked, show


def trellis(
    words: Sequence[str],
    tag_names: Sequence[str],
    best: np.ndarray,
    path: Sequence[int] | None = None,
    backpointers: np.ndarray | None = None,
) -> None:
    """Viterbi's trellis: a node for each tag at each word, with the score of the best way there.

    Args:
        words: the sentence.
        tag_names: the tags, a row each.
        best: (steps done, tags), the best score that ends in each tag.
        path: the best path, drawn bold.
        backpointers: (steps done - 1, tags), which tag each best way came from.
    """
    steps, tags = best.shape
    _, axes = plt.subplots(figsize=(WIDTH, 0.75 * tags + 1))
    for step, tag in np.ndindex(steps, tags):
        if backpointers is not None and step and np.isfinite(best[step, tag]):
            came_from = backpointers[step - 1, tag]
            axes.plot([step - 1, step], [came_from, tag], color="#BBBBBB", zorder=1)
    if path is not None:
        axes.plot(range(len(path)), path, color=COLOURS["gpe"], linewidth=3, zorder=2)
    for step, tag in np.ndindex(steps, tags):
        _node(axes, step, tag, best[step, tag], colour(tag_names[tag]))
    axes.set(
        xticks=range(len(words)),
        xticklabels=words,
        yticks=range(tags),
        yticklabels=tag_names,
        xlim=(-0.5, len(words) - 0.5),
        ylim=(tags - 0.4, -0.6),
    )
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    scores = "; ".join(
        named_values(word, tag_names, row) for word, row in zip(words, best, strict=False)
    )
    way = "" if path is None else f" Best path: {' '.join(tag_names[tag] for tag in path)}."
    show(f"Viterbi's trellis, {steps} of {len(words)} words done. Best scores: {scores}.{way}")


def _node(axes: plt.Axes, step: int, tag: int, score: float, shade: str) -> None:
    possible = np.isfinite(score)
    axes.scatter(step, tag, s=1100, zorder=3, color=shade if possible else "#EEEEEE")
    axes.text(
        step,
        tag,
        f"{score:.1f}" if possible else "no way",
        ha="center",
        va="center",
        fontsize=9,
        color="white" if possible else "#777777",
        zorder=4,
    )


def transitions(scores: np.ndarray, tag_names: Sequence[str]) -> None:
    """The learned transition scores: from the row's tag to the column's."""
    limit = float(np.abs(scores).max())
    _, axes = plt.subplots(figsize=(WIDTH, 6.4))
    table = pd.DataFrame(scores, index=tag_names, columns=tag_names)
    sns.heatmap(table, cmap=SIGNED, vmin=-limit, vmax=limit, square=True, linewidths=0.5, ax=axes)
    axes.set(xlabel="to", ylabel="from")
    moves = [(tag_names[a], tag_names[b]) for a, b in zip(*ranked(scores), strict=True)]
    lowest, highest = (", ".join(f"{a} to {b}" for a, b in e) for e in (moves[:5], moves[-5:]))
    show(f"Heat map of the scores of moves. The highest: {highest}; the lowest: {lowest}.")


def marginals(probabilities: np.ndarray, words: Sequence[str], tag_names: Sequence[str]) -> None:
    """The probability of each tag at each word: a column sums to one."""
    _, axes = plt.subplots(figsize=(WIDTH, 0.5 * len(tag_names) + 1.4))
    table = pd.DataFrame(probabilities.T, index=tag_names, columns=words)
    sns.heatmap(table, cmap=SHARE, vmin=0, vmax=1, annot=True, fmt=".2f", linewidths=0.5, ax=axes)
    axes.tick_params(rotation=0)
    likeliest = ", ".join(
        f"{word} {tag_names[row.argmax()]} {row.max():.2f}"
        for word, row in zip(words, np.asarray(probabilities), strict=True)
    )
    show(f"Heat map of the probability of each tag at each word. The likeliest: {likeliest}.")


def gradient(
    expected: np.ndarray, observed: np.ndarray, words: Sequence[str], tag_names: Sequence[str]
) -> None:
    """What the model expects, what is there, and the difference, which is the loss's gradient."""
    difference = np.asarray(expected - observed)
    largest = np.abs(difference).max()
    panels = {
        "expected": (expected, SHARE, 0, 1),
        "observed": (observed, SHARE, 0, 1),
        "expected minus observed": (difference, SIGNED, -largest, largest),
    }
    _, all_axes = plt.subplots(1, 3, figsize=(WIDTH + 2, 0.5 * len(tag_names) + 1.2), sharey=True)
    for axes, (title, (values, colours, *ends)) in zip(all_axes, panels.items(), strict=True):
        table = pd.DataFrame(np.asarray(values).T, index=tag_names, columns=words)
        options = {"annot": True, "fmt": ".2f", "linewidths": 0.5, "cbar": False, "ax": axes}
        sns.heatmap(table, cmap=colours, vmin=ends[0], vmax=ends[1], **options)
        axes.set_title(title, fontsize=11)
        axes.tick_params(rotation=0)
    differences = "; ".join(
        named_values(word, tag_names, row, "+.2f")
        for word, row in zip(words, difference, strict=True)
    )
    show(f"Three heat maps, expected, observed and their difference, which is {differences}.")
