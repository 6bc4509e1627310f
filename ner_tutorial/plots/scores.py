"""Figures of results: what was confused, found, sure, and gained."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.colors import LogNorm, to_hex

from ner_tutorial.formats import COLOURS, NEUTRAL, colour, ink
from ner_tutorial.plots.style import SHARE, WIDTH, ranked, show


def confusion(counts: pd.DataFrame) -> None:
    """The confusion matrix: each count as a number and, on a log scale, since O would drown the
    rest, as a shade. What is right, the diagonal, is framed; empty cells are white."""
    _, axes = plt.subplots(figsize=(WIDTH, WIDTH))
    tags, values = list(counts.index), counts.to_numpy()
    sns.heatmap(
        counts.where(counts > 0),
        annot=np.vectorize(_short, otypes=[str])(values),
        fmt="",
        annot_kws={"size": 10},
        cmap=SHARE,
        norm=LogNorm(1, max(values.max(), 2)),
        cbar=False,
        square=True,
        linewidths=0.5,
        linecolor="#DDDDDD",
        ax=axes,
    )
    shown = axes.collections[0].get_facecolors()[values.ravel() > 0]
    for number, shade in zip(axes.texts, shown, strict=True):
        number.set_color(ink(to_hex(shade)))
    for place in range(len(tags)):
        axes.add_patch(plt.Rectangle((place, place), 1, 1, fill=False, lw=1.5, clip_on=False))
    axes.set(xlabel="predicted", ylabel="true")
    axes.tick_params(length=0)
    off_diagonal = values * (1 - np.eye(len(tags), dtype=int))
    largest = list(zip(*ranked(off_diagonal), strict=True))[:-6:-1]
    named = ", ".join(f"{tags[a]} as {tags[b]} {off_diagonal[a, b]:,}" for a, b in largest)
    right = ", ".join(f"{tag} {count:,}" for tag, count in zip(tags, np.diag(values), strict=True))
    show(
        f"Confusion matrix. The most frequent confusions, true as predicted: {named}. "
        f"Right: {right}."
    )


def _short(count: int) -> str:
    """A count in at most four signs: 9379, 38k, 1.0M."""
    if count < 10_000:
        return str(count)
    return f"{count / 1e3:.0f}k" if count < 999_500 else f"{count / 1e6:.1f}M"


def per_type(scores: Mapping[str, pd.DataFrame]) -> None:
    """Entity F1 by type, a bar for each system with its 95% interval as a whisker, and the number
    of true entities under each type.

    Args:
        scores: for each system `metrics.entity_scores`, joined with `metrics.type_intervals`.
    """
    first = next(iter(scores.values()))
    types = first.drop(index="all").sort_values("support", ascending=False).index
    width = 0.8 / len(scores)
    _, axes = plt.subplots(figsize=(WIDTH, 4))
    named = []
    for place, (name, table) in enumerate(scores.items()):
        found = table.reindex(types)[["f1", "low", "high"]].fillna(0)
        axes.bar(
            np.arange(len(types)) + (place - (len(scores) - 1) / 2) * width,
            found["f1"],
            width,
            yerr=_whiskers(found, "f1"),
            capsize=3,
            color=[colour(kind) for kind in types],
            edgecolor="white",
            **_look(place),
        )
        rows = found.itertuples()
        in_words = ", ".join(f"{k} {f1:.2f} ({low:.2f} to {high:.2f})" for k, f1, low, high in rows)
        named.append(f"{name}: {in_words}")
    labels = [f"{kind}\n({first.at[kind, 'support']})" for kind in types]
    axes.set(xticks=range(len(types)), xticklabels=labels, ylabel="entity F1", ylim=(0, 1.02))
    axes.set_xlabel("type (true entities)")
    keys = [
        plt.Rectangle((0, 0), 1, 1, facecolor=NEUTRAL, edgecolor="white", **_look(place))
        for place in range(len(scores))
    ]
    axes.legend(keys, list(scores), frameon=False, ncols=len(scores), loc=(0, 1.01))
    show(f"Bar chart of entity F1 by type, with 95% intervals. {'; '.join(named)}.")


def _whiskers(table: pd.DataFrame, column: str) -> list[list[float]]:
    """How far the interval of each row reaches below and above its value."""
    value = table[column]
    return np.abs([value - table["low"], table["high"] - value]).tolist()


def _look(place: int) -> dict[str, Any]:
    """What tells the bars of the second system from those of the first, of the same colour."""
    return {"alpha": 0.6, "hatch": "///"} if place % 2 else {}


def reliability(table: pd.DataFrame) -> None:
    """The share of right tags against the confidence, with 95% intervals, and below it for how many
    words each point stands. On the diagonal, a confidence of 0.9 means right in nine cases of ten.

    Args:
        table: what `metrics.calibration` gives.
    """
    _, (upper, lower) = plt.subplots(
        2, sharex=True, figsize=(0.7 * WIDTH, 0.75 * WIDTH), height_ratios=[3, 1]
    )
    upper.plot([0, 1], [0, 1], color=NEUTRAL, linestyle="--", label="as often right as it says")
    upper.errorbar(
        table["confidence"],
        table["right"],
        _whiskers(table, "right"),
        fmt="o",
        capsize=3,
        color=COLOURS["geo"],
        label="the words of one part, 95% interval",
    )
    upper.set(ylabel="share of right tags", ylim=(0, 1.04))
    upper.legend(frameon=False, loc=(0, 1.01))
    lower.bar(table["confidence"], table["words"], 0.06, color=NEUTRAL)
    for confidence, words in zip(table["confidence"], table["words"], strict=True):
        lower.annotate(
            _short(words), (confidence, words), (0, 2), textcoords="offset points", ha="center"
        )
    lower.set(xlabel="confidence", ylabel="words", xlim=(0, 1.04), yscale="log")
    lower.set_ylim(0.7, 8 * table["words"].max())  # room for the numbers
    lower.yaxis.set_tick_params(which="both", left=False, labelleft=False)
    named = ", ".join(
        f"{row.confidence:.2f} is right in {row.right:.2f} of {row.words:,} words"
        for row in table.itertuples()
    )
    show(f"Points of the share of right tags against the confidence: {named}.")


def differences(values: np.ndarray, label: str) -> None:
    """A bootstrap's differences as a histogram, with zero and the 95% interval."""
    low, high = np.quantile(values, [0.025, 0.975])
    _, axes = plt.subplots(figsize=(WIDTH, 3.2))
    axes.hist(values, bins=40, color=COLOURS["geo"])
    axes.axvspan(low, high, color=NEUTRAL, alpha=0.3, label="95% of the draws")
    axes.axvline(0, color="black", linestyle="--", label="no difference")
    axes.margins(x=0.08)
    axes.set(xlabel=label, ylabel="draws")
    axes.legend(frameon=False, ncols=2, loc=(0, 1.01))
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
        axes.plot(np.mean(rows[name]), place, "|", color="black", markersize=14)
    axes.set(yticks=range(len(names)), yticklabels=names, xlabel="entity F1, validation part")
    axes.grid(axis="y", alpha=0.3)
    named = ", ".join(f"{name} {np.mean(rows[name]):.3f}" for name in rows)
    show(f"Dots of entity F1 for each recipe, with a dashed line at the first one's mean: {named}.")


def learning_curve(curve: Mapping[int, Sequence[float]]) -> None:
    """F1 against the number of training sentences, on a scale on which each doubling is a step: a
    dot for each draw of so many sentences, a line through the means, and a band from the lowest to
    the highest."""
    numbers = sorted(curve)
    means = [float(np.mean(curve[number])) for number in numbers]
    _, axes = plt.subplots(figsize=(WIDTH, 3.6))
    low, high = ([end(curve[number]) for number in numbers] for end in (min, max))
    axes.fill_between(numbers, low, high, color=COLOURS["geo"], alpha=0.2)
    axes.plot(numbers, means, color=COLOURS["geo"])
    for number in numbers:
        drawn = curve[number]
        axes.plot([number] * len(drawn), drawn, "o", color=COLOURS["geo"], alpha=0.7)
    axes.set_xscale("log", base=2)
    axes.set(xlabel="training sentences", ylabel="entity F1", xticks=numbers)
    axes.set_xticklabels([f"{number:,}" for number in numbers])
    axes.minorticks_off()
    axes.grid(axis="y", alpha=0.3)
    named = ", ".join(
        f"{mean:.3f} with {number:,} ({len(curve[number])} drawn)"
        for number, mean in zip(numbers, means, strict=True)
    )
    show(f"Line of the mean entity F1 against the number of training sentences: {named}.")


def agreement(measures: Mapping[str, tuple[float, float, float]]) -> None:
    """What different measures say of the same two annotations: a dot each, with its interval.

    Args:
        measures: for each its value, and the ends of its 95% interval.
    """
    names = list(measures)[::-1]
    table = pd.DataFrame.from_dict(measures, "index", columns=["value", "low", "high"]).loc[names]
    _, axes = plt.subplots(figsize=(WIDTH, 0.45 * len(names) + 1))
    axes.errorbar(
        table["value"],
        range(len(names)),
        xerr=_whiskers(table, "value"),
        fmt="o",
        capsize=3,
        color=COLOURS["geo"],
    )
    axes.set(yticks=range(len(names)), yticklabels=names, ylim=(-0.6, len(names) - 0.4))
    axes.set(xlabel="agreement of the two annotations", xlim=(min(0.0, table["low"].min()), 1.02))
    axes.grid(axis="x", alpha=0.3)
    named = ", ".join(
        f"{name} {value:.2f} ({low:.2f} to {high:.2f})"
        for name, (value, low, high) in measures.items()
    )
    show(f"Dots of several measures of agreement, with 95% intervals: {named}.")


def strategies(curves: Mapping[str, Mapping[int, Sequence[float]]]) -> None:
    """F1 against the number of annotated sentences: for each way to choose them a line through the
    means, and a band from the lowest run to the highest.

    Args:
        curves: for each strategy, and each number of sentences, the F1 of its runs.
    """
    _, axes = plt.subplots(figsize=(WIDTH, 4))
    named = []
    looks = zip(COLOURS.values(), cycle(["-", "--", ":"]), strict=False)
    for (name, curve), (shade, line) in zip(curves.items(), looks, strict=False):
        numbers = sorted(curve)
        means = [float(np.mean(curve[number])) for number in numbers]
        low, high = ([end(curve[number]) for number in numbers] for end in (min, max))
        axes.fill_between(numbers, low, high, color=shade, alpha=0.2)
        axes.plot(numbers, means, line, color=shade, label=name)
        named.append(
            f"{name} {means[0]:.3f} with {numbers[0]:,}, "
            f"{means[len(means) // 2]:.3f} with {numbers[len(means) // 2]:,}, "
            f"{means[-1]:.3f} with {numbers[-1]:,}"
        )
    axes.set(xlabel="annotated sentences", ylabel="entity F1, validation part")
    axes.grid(axis="y", alpha=0.3)
    axes.legend(frameon=False, ncols=len(curves), loc=(0, 1.01))
    show(f"Lines of the mean entity F1 against the annotated sentences: {'; '.join(named)}.")
