"""Figures of a corpus: its sentences, tags, lengths and padded batches."""

import html
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import HTML
from matplotlib.ticker import MaxNLocator

from ner_tutorial.formats import COLOURS, colour, ink, mark
from ner_tutorial.iob2 import entities
from ner_tutorial.plots.style import SHARE, WIDTH, show


def highlight(words: Sequence[str], tags: Sequence[str]) -> HTML:
    """A sentence with its entities in colour. Words are escaped: a corpus is data, not HTML."""
    words = [html.escape(word) for word in words]
    parts, end = [], 0
    for entity in entities(tags):
        name = " ".join(words[entity.start : entity.end])
        parts += [*words[end : entity.start], mark(name, entity.type)]
        end = entity.end
    return HTML(f"<p style='line-height:2'>{' '.join([*parts, *words[end:]])}</p>")


def shades(words: Sequence[str], tags: Sequence[str], probabilities: Sequence[float]) -> HTML:
    """A sentence on a white card, each word on a grey that is the darker the less sure its tag is,
    with the tag and its probability below.

    Args:
        words, tags, probabilities: of the sentence, of equal length.
    """
    boxes = [
        _shaded(f"<b>{html.escape(word)}</b><br>{html.escape(tag)} {chance:.2f}", chance)
        for word, tag, chance in zip(words, tags, probabilities, strict=True)
    ]
    steps = [_shaded(f"{chance:.1f}", chance) for chance in (1.0, 0.8, 0.6, 0.4, 0.2)]
    return HTML(
        "<div style='background:#FFFFFF;color:#000000;padding:4px 8px'>"
        f"<p>{' '.join(boxes)}</p><p>probability of the tag: {' '.join(steps)}</p></div>"
    )


def _shaded(text: str, chance: float) -> str:
    """HTML of a box as dark as the chance is low."""
    shade = "#" + 3 * f"{round(255 * chance):02X}"
    style = f"background:{shade};color:{ink(shade)};border:1px solid #999999;padding:1px 5px"
    box = "display:inline-block;text-align:center;line-height:1.3;margin:2px 0"
    return f"<span title='probability {chance:.3f}' style='{style};{box}'>{text}</span>"


def tag_counts(counts: Mapping[str, int]) -> None:
    """How often each tag occurs, twice: with O, which dwarfs the rest, and without."""
    series = pd.Series(dict(counts)).sort_values()
    _, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 5.4))
    for axes, shown in [(left, series), (right, series.drop("O", errors="ignore"))]:
        bars = axes.barh(shown.index, shown.to_numpy(), color=[colour(tag) for tag in shown.index])
        axes.bar_label(bars, fmt="{:,.0f}", padding=3, fontsize=10)
        axes.margins(x=0.3, y=0.01)  # room for the numbers
        axes.xaxis.set_visible(False)
        axes.spines["bottom"].set_visible(False)
    left.set_title("tokens of each tag", loc="left")
    right.set_title("the same without O", loc="left")
    counted = ", ".join(f"{tag} {count:,}" for tag, count in series[::-1].items())
    show(f"Two bar charts of how often each tag occurs, one with O and one without: {counted}.")


def sentence_lengths(lengths: Sequence[int], limit: int) -> None:
    """How many sentences there are of each length, and where the limit cuts."""
    _, axes = plt.subplots(figsize=(WIDTH, 3.2))
    axes.hist(lengths, bins=range(0, max(lengths) + 3, 2), color=COLOURS["geo"])
    axes.axvline(limit + 0.5, color="black", linestyle="--")
    axes.text(limit + 1.5, axes.get_ylim()[1] * 0.8, f"limit: {limit}")
    axes.set(xlabel="words in the sentence", ylabel="sentences")
    show(
        f"Histogram of the lengths of {len(lengths):,} sentences, from {min(lengths)} to "
        f"{max(lengths)} words, the median {np.median(lengths):.0f}; a dashed line at {limit}."
    )


def padded_batch(words: np.ndarray, padding: int) -> None:
    """A padded batch as a picture: words dark, padding light."""
    is_word = words != padding
    _, axes = plt.subplots(figsize=(WIDTH, 0.6 + 0.22 * len(words)))
    cells = np.where(is_word, 1.0, 0.12)
    axes.imshow(cells, cmap=SHARE, vmin=0, vmax=1.3, aspect="auto", interpolation="none")
    axes.set(xlabel="position", ylabel="sentence", yticks=range(len(words)))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title(f"{1 - is_word.mean():.0%} of this batch is padding", loc="left")
    show(
        f"{len(words)} rows of {words.shape[1]} positions, the words dark on the left, the padding "
        f"light on the right: {1 - is_word.mean():.0%} is padding."
    )
