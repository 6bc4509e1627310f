"""Figures of a CRF: ways through a trellis, transitions, probabilities, gradients."""

from collections.abc import Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.colors import to_hex

from ner_tutorial.formats import colour, ink
from ner_tutorial.plots.style import SHARE, SIGNED, WIDTH, named_values, ranked, show

_LOST, _KEPT = "#C4C4C4", "#555555"  # of ways; the best path is black and bold
_MIDDLE = {"ha": "center", "va": "center"}
_PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # behind a number on a line


def trellis(
    words: Sequence[str],
    tag_names: Sequence[str],
    best: Sequence[np.ndarray] | np.ndarray,
    emissions: np.ndarray,
    moves: np.ndarray,
    path: Sequence[int] | None = None,
) -> None:
    """Viterbi's trellis: a circle for each tag at each word, with the score of the best way there.

    Args:
        words: the sentence.
        tag_names: the tags, a row each.
        best: (steps done, tags), the best score that ends in each tag. Until there is a path, the
            last step is shown with its sums.
        emissions: (words, tags), written below each circle.
        moves: (tags, tags), the scores of the moves, from row to column.
        path: the best path, drawn bold, with the sum that is its score.
    """
    _, axes = plt.subplots(figsize=(WIDTH, 1.25 * len(tag_names) + 0.6))
    said = draw_trellis(axes, words, tag_names, best, emissions, moves, path)
    show(f"Viterbi's trellis, {len(best)} of {len(words)} words done. {said}")


def viterbi_and_forward(
    words: Sequence[str],
    tag_names: Sequence[str],
    best: Sequence[np.ndarray] | np.ndarray,
    alphas: Sequence[np.ndarray] | np.ndarray,
    emissions: np.ndarray,
    transitions: np.ndarray,
) -> None:
    """One step of Viterbi's algorithm, and the same of the forward algorithm below it.

    Args:
        words: the sentence.
        tag_names: the tags, a row each.
        best: (steps done, tags), the best score that ends in each tag.
        alphas: (steps done, tags), the log of the summed exponential scores of all ways there.
        emissions: (words, tags).
        transitions: (tags, tags), from row to column.
    """
    _, (above, below) = plt.subplots(2, 1, figsize=(WIDTH, 2.5 * len(tag_names) + 1.6))
    rest = emissions, transitions
    max_said = draw_trellis(above, words, tag_names, best, *rest)
    sum_said = draw_trellis(below, words, tag_names, alphas, *rest, summed=True)
    above.set_title("Viterbi: the maximum", fontweight="bold", loc="left")
    below.set_title("Forward: the logsumexp", fontweight="bold", loc="left")
    show(f"Two trellises. Viterbi's. {max_said} The forward algorithm's. {sum_said}")


def draw_trellis(
    axes: plt.Axes,
    words: Sequence[str],
    tag_names: Sequence[str],
    so_far: Sequence[np.ndarray] | np.ndarray,
    emissions: np.ndarray,
    moves: np.ndarray,
    path: Sequence[int] | None = None,
    summed: bool = False,
) -> str:
    """One trellis, drawn onto `axes`; returns its description. Arguments as for `trellis`, and
    `summed`: whether `so_far` holds the forward algorithm's alphas; then no way is lost, and a way
    is drawn as thick as its share of the sum."""
    so_far = np.asarray(so_far)
    last = len(so_far) - 1
    for step in range(1, last + 1):
        explained = path is None and step == last
        _draw_ways(axes, step, so_far[step - 1], moves, summed, explained)
    for step, tag in np.ndindex(so_far.shape):
        on_path = path is not None and path[step] == tag
        _draw_node(axes, step, tag, so_far[step, tag], colour(tag_names[tag]), on_path, summed)
        axes.text(step, tag + 0.36, f"{emissions[step, tag]:+.1f}", **_MIDDLE, fontsize=10)
    if path is not None:
        sums = [_draw_path(axes, path, tag_names, so_far, emissions, moves)]
    else:
        sums = _sums(last, tag_names, so_far, emissions, moves, summed)
    axes.set(
        xticks=range(len(words)),
        xticklabels=words,
        yticks=range(len(tag_names)),
        yticklabels=tag_names,
        xlim=(-0.4, len(words) - 0.6),
        ylim=(len(tag_names) - 0.5, -0.4),
    )
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=12, bottom=False, labelbottom=False, labeltop=True)
    heading = f"at {words[last]}:" if path is None else "the best path:"
    below = {"transform": axes.transAxes, "va": "top", "family": "monospace", "fontsize": 11}
    axes.text(0, 0, "\n".join([heading, *sums]), **below)
    scores = "; ".join(
        named_values(word, tag_names, row, ".2f" if summed else ".1f")
        for word, row in zip(words, so_far, strict=False)
    )
    said = "; ".join(" ".join(line.split()) for line in sums)
    return f"Scores in the circles: {scores}; {heading} {said}."


def _draw_ways(
    axes: plt.Axes, step: int, before: np.ndarray, moves: np.ndarray, summed: bool, labelled: bool
) -> None:
    """The ways of one step, from every tag to every tag, with their moves if `labelled`."""
    ways = before[:, np.newaxis] + moves  # shape: (from, to)
    possible, tags = np.isfinite(ways), len(before)
    kept = possible & (np.arange(tags)[:, np.newaxis] == ways.argmax(axis=0))
    widths = np.where(kept, 2.0, 1.0)
    if summed:
        powers = np.exp(ways - ways.max(axis=0))
        widths = 0.6 + 5 * powers / powers.sum(axis=0)
    for way in np.ndindex(tags, tags):
        shade = _KEPT if kept[way] or summed else _LOST
        line = "-" if possible[way] else ":"
        axes.plot([step - 1, step], way, line, color=shade, linewidth=widths[way], zorder=1)
        if labelled:
            # Three quarters on, if there are three tags, all numbers lie at different heights.
            height = np.average(way, weights=[1, tags])
            weight = "bold" if kept[way] and not summed else "normal"
            style = {"fontsize": 10, "fontweight": weight, "bbox": _PAPER}
            place = step - 1.06 + tags / (tags + 1)
            axes.text(place, height, _number(moves[way], "+.1f"), **_MIDDLE, **style)


def _draw_node(
    axes: plt.Axes, step: int, tag: int, score: float, shade: str, on_path: bool, summed: bool
) -> None:
    possible = np.isfinite(score)
    edge = "black" if on_path else shade
    axes.scatter(
        step,
        tag,
        s=1150,
        zorder=3,
        facecolor="white",
        edgecolor=edge if possible else _LOST,
        linewidth=3.5 if on_path else 2,
    )
    text = f"{score:{'.2f' if summed else '.1f'}}" if possible else "no\nway"
    weight = "bold" if on_path else "normal"
    axes.text(step, tag, text, **_MIDDLE, fontsize=11, fontweight=weight, zorder=4)


def _draw_path(
    axes: plt.Axes,
    path: Sequence[int],
    tag_names: Sequence[str],
    best: np.ndarray,
    emissions: np.ndarray,
    moves: np.ndarray,
) -> str:
    """The best path, its moves, and the sum that is its score."""
    axes.plot(range(len(path)), path, color="black", linewidth=4.5, zorder=2)
    terms = [f"{best[0, path[0]]:.1f}"]
    for step, (before, tag) in enumerate(pairwise(path)):
        text = f"{moves[before, tag]:+.1f}"
        middle = step + 0.5, (before + tag) / 2
        axes.text(*middle, text, **_MIDDLE, fontsize=10, fontweight="bold", bbox=_PAPER)
        terms.append(f"{text}{emissions[step + 1, tag]:+.1f}")
    score = best[-1, path[-1]]
    return f"{' '.join(tag_names[tag] for tag in path)}: {' '.join(terms)} = {score:.1f}"


def _sums(
    step: int,
    tag_names: Sequence[str],
    so_far: np.ndarray,
    emissions: np.ndarray,
    moves: np.ndarray,
    summed: bool,
) -> list[str]:
    """A step as a sum for each tag: from the scores before it and the moves."""
    lines, width = [], max(map(len, tag_names))
    name, form = ("logsumexp", ".2f") if summed else ("max", ".1f")
    for tag, tag_name in enumerate(tag_names):
        total = _number(so_far[step, tag], form)
        if step:
            ways = zip(so_far[step - 1], moves[:, tag], strict=True)
            terms = ", ".join(_number(score, form) + _number(move, "+.1f") for score, move in ways)
            total = f"{name}({terms}) {emissions[step, tag]:+.1f} = {total}"
        lines.append(f"{tag_name:{width}} {total}")
    return lines


def _number(value: float, form: str) -> str:
    return f"{value:{form}}".replace("inf", "∞")


def transitions(scores: np.ndarray, tag_names: Sequence[str]) -> None:
    """The learned transition scores: from the row's tag to the column's."""
    _, axes = plt.subplots(figsize=(WIDTH, WIDTH))
    _heat_map(axes, scores, tag_names, tag_names, ".1f", square=True)
    axes.set(xlabel="to", ylabel="from")
    axes.tick_params(axis="x", rotation=60)
    moves = [(tag_names[a], tag_names[b]) for a, b in zip(*ranked(scores), strict=True)]
    lowest, highest = (", ".join(f"{a} to {b}" for a, b in e) for e in (moves[:5], moves[-5:]))
    show(f"Heat map of the scores of moves. The highest: {highest}; the lowest: {lowest}.")


def marginals(probabilities: np.ndarray, words: Sequence[str], tag_names: Sequence[str]) -> None:
    """The probability of each tag at each word: a column sums to one."""
    _, axes = plt.subplots(figsize=(WIDTH, 0.5 * len(tag_names) + 1))
    _heat_map(axes, np.transpose(probabilities), tag_names, words, ".2f", is_share=True)
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
    panels = {
        "expected": (expected, ".2f", True),
        "observed": (observed, ".0f", True),
        "expected minus observed": (difference, "+.2f", False),
    }
    _, all_axes = plt.subplots(1, 3, figsize=(WIDTH, 0.5 * len(tag_names) + 1), sharey=True)
    for axes, (title, (values, form, is_share)) in zip(all_axes, panels.items(), strict=True):
        _heat_map(axes, np.transpose(values), tag_names, words, form, is_share=is_share)
        axes.set_title(title, fontsize=11)
    differences = "; ".join(
        named_values(word, tag_names, row, "+.2f")
        for word, row in zip(words, difference, strict=True)
    )
    show(f"Three heat maps, expected, observed and their difference, which is {differences}.")


def _heat_map(
    axes: plt.Axes,
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    form: str,
    is_share: bool = False,
    square: bool = False,
) -> None:
    """A table with its numbers in the cells: shares, or scores above and below zero."""
    limit = float(np.abs(values).max())
    colours = (
        {"cmap": SHARE, "vmin": 0, "vmax": 1}
        if is_share
        else {"cmap": SIGNED, "vmin": -limit, "vmax": limit}
    )
    table = pd.DataFrame(np.asarray(values), index=rows, columns=columns)
    options = {"annot": True, "annot_kws": {"fontsize": 10}, "linewidths": 0.5, "cbar": False}
    sns.heatmap(table, fmt=form, square=square, ax=axes, **colours, **options)
    for text, shade in zip(axes.texts, axes.collections[0].get_facecolors(), strict=True):
        text.set_color(ink(to_hex(shade)))
    axes.tick_params(rotation=0, length=0)
