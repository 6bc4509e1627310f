"""Figures of a corpus: its sentences, tags, lengths and padded batches."""

import html
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import HTML
from matplotlib.ticker import MaxNLocator

from ner_tutorial.formats import COLOURS, colour, mark
from ner_tutorial.iob2 import entities
from ner_tutorial.plots.style import WIDTH, show


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
    _, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 4.6))
    for axes, shown in [(left, series), (right, series.drop("O", errors="ignore"))]:
        axes.barh(shown.index, shown.to_numpy(), color=[colour(tag) for tag in shown.index])
        axes.set_xlabel("tokens")
        axes.ticklabel_format(axis="x", style="plain")
        axes.tick_params(axis="x", rotation=30)
    left.set_title("all tags")
    right.set_title("without O")
    counted = ", ".join(f"{tag} {count:,}" for tag, count in series[::-1].items())
    show(f"Two bar charts of how often each tag occurs, one with O and one without: {counted}.")


def sentence_lengths(lengths: Sequence[int], limit: int) -> None:
    """How many sentences there are of each length, and where the limit cuts."""
    _, axes = plt.subplots(figsize=(WIDTH, 3.2))
    axes.hist(lengths, bins=range(0, max(lengths) + 3, 2), color=COLOURS["geo"])
    axes.axvline(limit + 0.5, color=COLOURS["gpe"], linestyle="--")
    axes.text(limit + 1.5, axes.get_ylim()[1] * 0.8, f"limit: {limit}", color=COLOURS["gpe"])
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
    axes.imshow(cells, cmap="Blues", vmin=0, vmax=1.3, aspect="auto", interpolation="none")
    axes.set(xlabel="position", ylabel="sentence", yticks=range(len(words)))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title(f"{1 - is_word.mean():.0%} of this batch is padding", loc="left")
    show(
        f"{len(words)} rows of {words.shape[1]} positions, the words dark on the left, the padding "
        f"light on the right: {1 - is_word.mean():.0%} is padding."
    )
