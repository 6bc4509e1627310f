"""Figures of results: what was confused, found, sure, and gained."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.colors import LogNorm

from ner_tutorial.formats import COLOURS, NEUTRAL, colour
from ner_tutorial.plots.style import WIDTH, ranked, show


def confusion(counts: pd.DataFrame) -> None:
    """The confusion matrix on a log scale: O would drown the rest. Empty cells are white."""
    _, axes = plt.subplots(figsize=(WIDTH, 6.8))
    tags = list(counts.index)
    sns.heatmap(
        counts.where(counts > 0),
        cmap="viridis_r",
        norm=LogNorm(1, counts.to_numpy().max()),
        square=True,
        linewidths=0.5,
        linecolor="#EEEEEE",
        cbar_kws={"label": "tokens"},
        ax=axes,
    )
    axes.set(xlabel="predicted", ylabel="true")
    off_diagonal = counts.to_numpy() * (1 - np.eye(len(tags), dtype=int))
    largest = list(zip(*ranked(off_diagonal), strict=True))[:-6:-1]
    named = ", ".join(f"{tags[a]} as {tags[b]} {off_diagonal[a, b]:,}" for a, b in largest)
    show(f"Confusion matrix. The most frequent confusions, true as predicted: {named}.")


def per_type(scores: Mapping[str, pd.DataFrame]) -> None:
    """Entity F1 by type, a bar for each system, with the number of true entities under each
    type."""
    first = next(iter(scores.values()))
    types = first.drop(index="all").sort_values("support", ascending=False).index
    width = 0.8 / len(scores)
    _, axes = plt.subplots(figsize=(WIDTH, 3.4))
    for place, (name, table) in enumerate(scores.items()):
        offsets = np.arange(len(types)) + (place - (len(scores) - 1) / 2) * width
        hatch = "///" if place % 2 else ""
        axes.bar(
            offsets,
            table["f1"].reindex(types).fillna(0),
            width,
            label=name,
            color=[colour(kind) for kind in types],
            alpha=1 - 0.45 * (place % 2),
            hatch=hatch,
            edgecolor="white",
        )
    labels = [f"{kind}\n({first.at[kind, 'support']})" for kind in types]
    axes.set(xticks=range(len(types)), xticklabels=labels, ylabel="entity F1", ylim=(0, 1))
    axes.set_xlabel("type (true entities)")
    handles = [
        plt.Rectangle((0, 0), 1, 1, color=NEUTRAL, alpha=1 - 0.45 * (i % 2))
        for i in range(len(scores))
    ]
    axes.legend(handles, list(scores), frameon=False, loc="upper right")
    named = "; ".join(
        f"{name}: " + ", ".join(f"{kind} {table['f1'].get(kind, 0):.2f}" for kind in types)
        for name, table in scores.items()
    )
    show(f"Bar chart of entity F1 by type. {named}.")


def reliability(systems: Mapping[str, pd.DataFrame]) -> None:
    """The share of right tags against the confidence, from `metrics.calibration` for each system:
    on the diagonal, a confidence of 0.9 means right in nine cases of ten."""
    _, axes = plt.subplots(figsize=(WIDTH / 2, WIDTH / 2))
    axes.plot([0, 1], [0, 1], color=NEUTRAL, linestyle="--", label="as often right as it says")
    shades = [COLOURS[kind] for kind in ("geo", "org", "per", "tim")]
    for (name, table), shade, marker in zip(systems.items(), shades, "osD^", strict=False):
        axes.plot(table["confidence"], table["right"], color=shade, marker=marker, label=name)
    axes.set(xlabel="confidence", ylabel="share of right tags", xlim=(0, 1), ylim=(0, 1))
    axes.legend(frameon=False)
    named = "; ".join(
        f"{name}: "
        + ", ".join(
            f"{row.confidence:.2f} is right in {row.right:.2f}" for row in table.itertuples()
        )
        for name, table in systems.items()
    )
    show(f"Line chart of the share of right tags against the confidence. {named}.")


def differences(values: np.ndarray, label: str) -> None:
    """A bootstrap's differences as a histogram, with zero and the 95% interval."""
    low, high = np.quantile(values, [0.025, 0.975])
    _, axes = plt.subplots(figsize=(WIDTH, 2.8))
    axes.hist(values, bins=40, color=COLOURS["geo"])
    axes.axvspan(low, high, color=COLOURS["tim"], alpha=0.25, label="95% of the draws")
    axes.axvline(0, color=COLOURS["gpe"], linestyle="--", label="no difference")
    axes.margins(x=0.08)
    axes.set(xlabel=label, ylabel="draws")
    axes.legend(frameon=False)
    show(
        f"Histogram of {len(values):,} differences, 95% of them between {low:+.3f} and "
        f"{high:+.3f}; a dashed line at zero."
    )


def ablation(rows: Mapping[str, Sequence[float]]) -> None:
    """F1 of each recipe, a dot a seed and a stroke for the mean; the first is what the others are
    compared with."""
    names = list(rows)[::-1]
    whole = float(np.mean(rows[names[-1]]))
    _, axes = plt.subplots(figsize=(WIDTH, 0.3 * len(names) + 1))
    axes.axvline(whole, color=NEUTRAL, linestyle="--", zorder=0)
    for place, name in enumerate(names):
        axes.plot(rows[name], [place] * len(rows[name]), "o", color=COLOURS["geo"], alpha=0.7)
        axes.plot(np.mean(rows[name]), place, "|", color=COLOURS["gpe"], markersize=14)
    axes.set(yticks=range(len(names)), yticklabels=names, xlabel="entity F1, validation part")
    axes.grid(axis="y", alpha=0.3)
    named = ", ".join(f"{name} {np.mean(rows[name]):.3f}" for name in rows)
    show(f"Dots of entity F1 for each recipe, with a dashed line at the first one's mean: {named}.")


def learning_curve(curve: Mapping[int, float]) -> None:
    """F1 against the number of training sentences, on a scale on which each doubling is a step."""
    numbers = sorted(curve)
    _, axes = plt.subplots(figsize=(WIDTH, 2.8))
    axes.semilogx(numbers, [curve[number] for number in numbers], "o-", base=2)
    axes.set(xlabel="training sentences", ylabel="entity F1", xticks=numbers)
    axes.set_xticklabels([f"{number:,}" for number in numbers])
    axes.minorticks_off()
    axes.grid(axis="y", alpha=0.3)
    named = ", ".join(f"{curve[number]:.3f} with {number:,}" for number in numbers)
    show(f"Line of entity F1 against the number of training sentences: {named}.")
