"""The lessons' figures: one function a figure, from data to `plt.show()`.

Imported by lessons only. A figure takes data, returns nothing, and has the same colour for the same
entity type everywhere. Each is shown with a text that says what it shows, for those who cannot see
it.
"""

import html
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from IPython.display import HTML, display
from matplotlib.colors import LogNorm
from matplotlib.ticker import MaxNLocator

from ner_tutorial.formats import COLOURS, NEUTRAL, colour, mark
from ner_tutorial.iob2 import entities

_WIDTH = 8  # inches: a notebook's width

plt.rcParams.update(
    {"axes.spines.top": False, "axes.spines.right": False, "figure.dpi": 90, "font.size": 11}
)


def highlight(words: Sequence[str], tags: Sequence[str]) -> HTML:
    """A sentence with its entities in colour. Words are escaped: a corpus is data, not HTML."""
    words = [html.escape(word) for word in words]
    parts, end = [], 0
    for entity in entities(tags):
        name = " ".join(words[entity.start : entity.end])
        parts += [*words[end : entity.start], mark(name, entity.type)]
        end = entity.end
    return HTML(f"<p style='line-height:2'>{' '.join([*parts, *words[end:]])}</p>")


def tag_counts(counts: Mapping[str, int]) -> None:
    """How often each tag occurs, twice: with O, which dwarfs the rest, and without."""
    series = pd.Series(dict(counts)).sort_values()
    _, (left, right) = plt.subplots(1, 2, figsize=(_WIDTH, 4.6))
    for axes, shown in [(left, series), (right, series.drop("O", errors="ignore"))]:
        axes.barh(shown.index, shown.to_numpy(), color=[colour(tag) for tag in shown.index])
        axes.set_xlabel("tokens")
        axes.ticklabel_format(axis="x", style="plain")
        axes.tick_params(axis="x", rotation=30)
    left.set_title("all tags")
    right.set_title("without O")
    counted = ", ".join(f"{tag} {count:,}" for tag, count in series[::-1].items())
    _show(f"Two bar charts of how often each tag occurs, one with O and one without: {counted}.")


def sentence_lengths(lengths: Sequence[int], limit: int) -> None:
    """How many sentences there are of each length, and where the limit cuts."""
    _, axes = plt.subplots(figsize=(_WIDTH, 3.2))
    axes.hist(lengths, bins=range(0, max(lengths) + 3, 2), color=COLOURS["geo"])
    axes.axvline(limit + 0.5, color=COLOURS["gpe"], linestyle="--")
    axes.text(limit + 1.5, axes.get_ylim()[1] * 0.8, f"limit: {limit}", color=COLOURS["gpe"])
    axes.set(xlabel="words in the sentence", ylabel="sentences")
    _show(
        f"Histogram of the lengths of {len(lengths):,} sentences, from {min(lengths)} to "
        f"{max(lengths)} words, the median {np.median(lengths):.0f}; a dashed line at {limit}."
    )


def padded_batch(words: np.ndarray, padding: int) -> None:
    """A padded batch as a picture: words dark, padding light."""
    is_word = words != padding
    _, axes = plt.subplots(figsize=(_WIDTH, 0.6 + 0.22 * len(words)))
    cells = np.where(is_word, 1.0, 0.12)
    axes.imshow(cells, cmap="Blues", vmin=0, vmax=1.3, aspect="auto", interpolation="none")
    axes.set(xlabel="position", ylabel="sentence", yticks=range(len(words)))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title(f"{1 - is_word.mean():.0%} of this batch is padding", loc="left")
    _show(
        f"{len(words)} rows of {words.shape[1]} positions, the words dark on the left, the padding "
        f"light on the right: {1 - is_word.mean():.0%} is padding."
    )


def network(layers: Sequence[tuple[str, str]]) -> None:
    """The network as a row of boxes: each layer's name, and the shape that leaves it."""
    _, axes = plt.subplots(figsize=(_WIDTH + 1, 1.7))
    axes.set(xlim=(0, len(layers)), ylim=(0, 1))
    axes.axis("off")
    for place, (name, shape) in enumerate(layers):
        axes.text(
            place + 0.5,
            0.68,
            name,
            ha="center",
            va="center",
            bbox={
                "boxstyle": "round,pad=0.45",
                "facecolor": "#DCEAF5",
                "edgecolor": COLOURS["geo"],
            },
        )
        axes.text(place + 0.5, 0.22, shape, ha="center", va="center", fontsize=9, color="#444444")
        if place:
            axes.annotate(
                "",
                xy=(place + 0.16, 0.68),
                xytext=(place - 0.16, 0.68),
                arrowprops={"arrowstyle": "->", "color": "#444444"},
            )
    _show("Boxes from left to right: " + ", then ".join(f"{n} {shape}" for n, shape in layers))


def training_curves(history: Mapping[str, Sequence[float]], baseline: float | None = None) -> None:
    """Loss and token accuracy by epoch, training and validation; `baseline`: the accuracy of always
    O."""
    epochs = range(1, len(history["loss"]) + 1)
    _, (left, right) = plt.subplots(1, 2, figsize=(_WIDTH, 3.2))
    for axes, name in [(left, "loss"), (right, "accuracy")]:
        axes.plot(epochs, history[name], color=COLOURS["geo"], marker="o", ms=3, label="training")
        axes.plot(
            epochs,
            history[f"val_{name}"],
            color=COLOURS["org"],
            marker="s",
            ms=3,
            label="validation",
        )
        axes.set(xlabel="epoch", title=name)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if baseline is not None:
        right.axhline(baseline, color=NEUTRAL, linestyle="--", label="always O")
    right.legend(frameon=False)
    ends = {name: f"from {values[0]:.3f} to {values[-1]:.3f}" for name, values in history.items()}
    _show(
        f"Two line charts over {len(epochs)} epochs. Loss: in training {ends['loss']}, in "
        f"validation {ends['val_loss']}. Accuracy: {ends['accuracy']} and {ends['val_accuracy']}."
    )


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
    _, axes = plt.subplots(figsize=(_WIDTH, 0.75 * tags + 1))
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
    scores = "; ".join(_named(word, tag_names, row) for word, row in zip(words, best, strict=False))
    way = "" if path is None else f" Best path: {' '.join(tag_names[tag] for tag in path)}."
    _show(f"Viterbi's trellis, {steps} of {len(words)} words done. Best scores: {scores}.{way}")


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
    _, axes = plt.subplots(figsize=(_WIDTH, 6.4))
    table = pd.DataFrame(scores, index=tag_names, columns=tag_names)
    sns.heatmap(table, cmap="PuOr", vmin=-limit, vmax=limit, square=True, linewidths=0.5, ax=axes)
    axes.set(xlabel="to", ylabel="from")
    ranked = [(tag_names[a], tag_names[b]) for a, b in zip(*_ranked(scores), strict=True)]
    lowest, highest = (", ".join(f"{a} to {b}" for a, b in e) for e in (ranked[:5], ranked[-5:]))
    _show(f"Heat map of the scores of moves. The highest: {highest}; the lowest: {lowest}.")


def marginals(probabilities: np.ndarray, words: Sequence[str], tag_names: Sequence[str]) -> None:
    """The probability of each tag at each word: a column sums to one."""
    _, axes = plt.subplots(figsize=(_WIDTH, 0.5 * len(tag_names) + 1.4))
    table = pd.DataFrame(probabilities.T, index=tag_names, columns=words)
    sns.heatmap(table, cmap="Blues", vmin=0, vmax=1, annot=True, fmt=".2f", linewidths=0.5, ax=axes)
    axes.tick_params(rotation=0)
    likeliest = ", ".join(
        f"{word} {tag_names[row.argmax()]} {row.max():.2f}"
        for word, row in zip(words, np.asarray(probabilities), strict=True)
    )
    _show(f"Heat map of the probability of each tag at each word. The likeliest: {likeliest}.")


def gradient(
    expected: np.ndarray, observed: np.ndarray, words: Sequence[str], tag_names: Sequence[str]
) -> None:
    """What the model expects, what is there, and the difference, which is the loss's gradient."""
    difference = np.asarray(expected - observed)
    largest = np.abs(difference).max()
    panels = {
        "expected": (expected, "Blues", 0, 1),
        "observed": (observed, "Blues", 0, 1),
        "expected minus observed": (difference, "PuOr_r", -largest, largest),
    }
    _, all_axes = plt.subplots(1, 3, figsize=(_WIDTH + 2, 0.5 * len(tag_names) + 1.2), sharey=True)
    for axes, (title, (values, colours, *ends)) in zip(all_axes, panels.items(), strict=True):
        table = pd.DataFrame(np.asarray(values).T, index=tag_names, columns=words)
        options = {"annot": True, "fmt": ".2f", "linewidths": 0.5, "cbar": False, "ax": axes}
        sns.heatmap(table, cmap=colours, vmin=ends[0], vmax=ends[1], **options)
        axes.set_title(title, fontsize=11)
        axes.tick_params(rotation=0)
    differences = "; ".join(
        _named(word, tag_names, row, "+.2f") for word, row in zip(words, difference, strict=True)
    )
    _show(f"Three heat maps, expected, observed and their difference, which is {differences}.")


def confusion(counts: pd.DataFrame) -> None:
    """The confusion matrix on a log scale: O would drown the rest. Empty cells are white."""
    _, axes = plt.subplots(figsize=(_WIDTH, 6.8))
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
    largest = list(zip(*_ranked(off_diagonal), strict=True))[:-6:-1]
    named = ", ".join(f"{tags[a]} as {tags[b]} {off_diagonal[a, b]:,}" for a, b in largest)
    _show(f"Confusion matrix. The most frequent confusions, true as predicted: {named}.")


def per_type(scores: Mapping[str, pd.DataFrame]) -> None:
    """Entity F1 by type, a bar for each system, with the number of true entities under each
    type."""
    first = next(iter(scores.values()))
    types = first.drop(index="all").sort_values("support", ascending=False).index
    width = 0.8 / len(scores)
    _, axes = plt.subplots(figsize=(_WIDTH, 3.4))
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
    _show(f"Bar chart of entity F1 by type. {named}.")


def reliability(systems: Mapping[str, pd.DataFrame]) -> None:
    """The share of right tags against the confidence, from `metrics.calibration` for each system:
    on the diagonal, a confidence of 0.9 means right in nine cases of ten."""
    _, axes = plt.subplots(figsize=(_WIDTH / 2, _WIDTH / 2))
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
    _show(f"Line chart of the share of right tags against the confidence. {named}.")


def differences(values: np.ndarray, label: str) -> None:
    """A bootstrap's differences as a histogram, with zero and the 95% interval."""
    low, high = np.quantile(values, [0.025, 0.975])
    _, axes = plt.subplots(figsize=(_WIDTH, 2.8))
    axes.hist(values, bins=40, color=COLOURS["geo"])
    axes.axvspan(low, high, color=COLOURS["tim"], alpha=0.25, label="95% of the draws")
    axes.axvline(0, color=COLOURS["gpe"], linestyle="--", label="no difference")
    axes.margins(x=0.08)
    axes.set(xlabel=label, ylabel="draws")
    axes.legend(frameon=False)
    _show(
        f"Histogram of {len(values):,} differences, 95% of them between {low:+.3f} and "
        f"{high:+.3f}; a dashed line at zero."
    )


def ablation(rows: Mapping[str, Sequence[float]]) -> None:
    """F1 of each recipe, a dot a seed and a stroke for the mean; the first is what the others are
    compared with."""
    names = list(rows)[::-1]
    whole = float(np.mean(rows[names[-1]]))
    _, axes = plt.subplots(figsize=(_WIDTH, 0.3 * len(names) + 1))
    axes.axvline(whole, color=NEUTRAL, linestyle="--", zorder=0)
    for place, name in enumerate(names):
        axes.plot(rows[name], [place] * len(rows[name]), "o", color=COLOURS["geo"], alpha=0.7)
        axes.plot(np.mean(rows[name]), place, "|", color=COLOURS["gpe"], markersize=14)
    axes.set(yticks=range(len(names)), yticklabels=names, xlabel="entity F1, validation part")
    axes.grid(axis="y", alpha=0.3)
    named = ", ".join(f"{name} {np.mean(rows[name]):.3f}" for name in rows)
    _show(
        f"Dots of entity F1 for each recipe, with a dashed line at the first one's mean: {named}."
    )


def learning_curve(curve: Mapping[int, float]) -> None:
    """F1 against the number of training sentences, on a scale on which each doubling is a step."""
    numbers = sorted(curve)
    _, axes = plt.subplots(figsize=(_WIDTH, 2.8))
    axes.semilogx(numbers, [curve[number] for number in numbers], "o-", base=2)
    axes.set(xlabel="training sentences", ylabel="entity F1", xticks=numbers)
    axes.set_xticklabels([f"{number:,}" for number in numbers])
    axes.minorticks_off()
    axes.grid(axis="y", alpha=0.3)
    named = ", ".join(f"{curve[number]:.3f} with {number:,}" for number in numbers)
    _show(f"Line of entity F1 against the number of training sentences: {named}.")


def _show(text: str) -> None:
    """Show the figure that was just drawn, with a text alternative, and be done with it."""
    figure = plt.gcf()
    figure.tight_layout()
    display(figure, metadata={"image/png": {"alt": text}})
    plt.close(figure)  # or the notebook would show it a second time


def _named(word: str, tag_names: Sequence[str], values: np.ndarray, form: str = ".1f") -> str:
    """A word with the value of each tag."""
    return f"{word}: " + ", ".join(
        f"{t} {v:{form}}" for t, v in zip(tag_names, values, strict=True)
    )


def _ranked(values: np.ndarray) -> tuple[np.ndarray, ...]:
    """The rows and columns of a table's entries, from the lowest entry to the highest."""
    return np.unravel_index(np.argsort(values, axis=None, kind="stable"), values.shape)
