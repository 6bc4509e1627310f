"""Drawings of how a network works: the cell of an LSTM, and a whole tagger on a sentence."""

import itertools
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np

from ner_tutorial.formats import colour, ink
from ner_tutorial.plots.style import WIDTH, show

_MOST_ROWS = 5  # of tags; more cannot be read
_LINE = "#444444"
_BOX = {"boxstyle": "round,pad=0.35", "edgecolor": _LINE}
_SIGMOID, _TANH = ({**_BOX, "facecolor": shade} for shade in ("#DCEAF5", "#FBE3C8"))
_CIRCLE = {"boxstyle": "circle,pad=0.25", "edgecolor": _LINE, "facecolor": "white"}

# Where the layers of the architecture stand, from below.
_LAYERS = {"words": 0.0, "embedding": 1.0, "LSTM →": 2.2, "← LSTM": 3.2, "features": 4.3}
_ROWS = 5.2  # the lowest row of scores
_ROW = 0.62  # from one row to the next


def lstm_cell() -> None:
    """One step of an LSTM (lesson 03), from the cell state and the hidden state before to those
    after."""
    _, axes = plt.subplots(figsize=(WIDTH, 4.2))
    axes.set(xlim=(-0.5, 10.3), ylim=(0, 5.2))
    axes.axis("off")
    large = {"fontsize": 13}  # so that what is written below the line can be read as well
    _text(axes, 0.3, 4.6, "cell state\n$c_{\\mathrm{before}}$", **large)
    _text(axes, 9.6, 4.6, "cell state\n$c$", **large)
    _text(axes, 0.3, 0.95, "hidden state\n$h_{\\mathrm{before}}$", **large)
    _text(axes, 9.6, 3.0, "hidden state\n$h$", **large)
    _text(axes, 3.5, 4.95, "$f \\times c_{\\mathrm{before}}$", **large)
    _text(axes, 5.5, 3.95, "$i \\times g$", **large)
    _text(axes, 5.0, 0.1, "the word's vector $x$", **large)
    axes.plot([1.3, 8.0], [0.95, 0.95], color=_LINE, linewidth=1)
    axes.plot([5.0, 5.0], [0.35, 0.95], color=_LINE, linewidth=1)
    gates = {"forget gate $f$": 2.0, "input gate $i$": 4.15, "candidate $g$": 5.85}
    for name, x in {**gates, "output gate $o$": 8.0}.items():
        is_gate = "gate" in name
        squashed = f"{name}\n{'sigmoid' if is_gate else 'tanh'}"
        _text(axes, x, 1.95, squashed, bbox=_SIGMOID if is_gate else _TANH)
        _arrow(axes, (x, 0.95), (x, 1.5))
    _text(axes, 8.0, 3.85, "tanh", bbox=_TANH)
    times = r"$\times$"
    for x, y, sign in [(2, 4.6, times), (5, 4.6, "$+$"), (5, 3.3, times), (8, 3, times)]:
        _text(axes, x, y, sign, bbox=_CIRCLE, fontsize=12)
    _arrow(axes, (1.15, 4.6), (1.75, 4.6))
    _arrow(axes, (2.25, 4.6), (4.75, 4.6))
    _arrow(axes, (5.25, 4.6), (8.7, 4.6))
    _arrow(axes, (2.0, 2.4), (2.0, 4.3))
    _arrow(axes, (4.15, 2.4), (4.8, 3.07))
    _arrow(axes, (5.85, 2.4), (5.2, 3.07))
    _arrow(axes, (5.0, 3.6), (5.0, 4.3))
    _arrow(axes, (8.0, 4.6), (8.0, 4.17))
    _arrow(axes, (8.0, 3.53), (8.0, 3.3))
    _arrow(axes, (8.0, 2.4), (8.0, 2.7))
    _arrow(axes, (8.25, 3.0), (8.6, 3.0))
    show(
        "The cell of an LSTM. The word's vector and the hidden state before go into the forget "
        "gate f, the input gate i, the candidate g and the output gate o. The cell state before, "
        "times f, plus i times g is the new cell state c. The tanh of c, times o, is the new "
        "hidden state h."
    )


def architecture(
    words: Sequence[str],
    tag_names: Sequence[str],
    scores: np.ndarray,
    path: Sequence[int],
    transitions: np.ndarray | None = None,
) -> None:
    """A BiLSTM tagger as it reads a sentence, from the words at the bottom to the tags on top.

    Args:
        words: the sentence.
        tag_names: index to tag.
        scores: float (length, tags). For a softmax, probabilities; for a CRF, emissions.
        path: int (length,), the tags that the model gives.
        transitions: float (tags, tags), of a CRF: those on the path are shown.
    """
    kind, form = ("probabilities", ".2f") if transitions is None else ("emissions", ".1f")
    rows = _rows(scores, path)
    heights = [_ROWS + _ROW * row for row in range(len(rows))]
    top = heights[-1] + 1
    _, axes = plt.subplots(figsize=(WIDTH, 0.62 * (top + 1)))
    axes.set(xlim=(-1.35, len(words) - 0.5), ylim=(-0.4, top + 0.6))
    axes.axis("off")
    names = [tag_names[tag] for tag in rows]
    for name, height in [*_LAYERS.items(), *zip(names, heights, strict=True), ("tags", top)]:
        _text(axes, -0.5, height, name, ha="right", color=_LINE)
    _text(axes, -1.3, float(np.mean(heights)), kind, rotation=90, color=_LINE)
    for place, (word, best) in enumerate(zip(words, path, strict=True)):
        _tower(axes, place, word, len(words))
        for tag, height in zip(rows, heights, strict=True):
            _score(axes, place, height, f"{scores[place, tag]:{form}}", tag == best)
        _tag(axes, place, top, tag_names[best])
    said = ", ".join(f"{word} {tag_names[tag]}" for word, tag in zip(words, path, strict=True))
    text = f"The tags are: {said}."
    if transitions is not None:
        _chain(axes, top, path, transitions)
        text = f"The tags form a chain, with a score for each move. {text}"
    show(
        "A network in layers. From below: words, an embedding for each, an LSTM from left to "
        f"right, one from right to left, features, {kind} of tags, and the tags. {text}"
    )


def _rows(scores: np.ndarray, path: Sequence[int]) -> list[int]:
    """The tags to show, the first on top: those of the path, and those that come closest to it
    somewhere."""
    behind = (scores - scores[np.arange(len(path)), path][:, np.newaxis]).max(axis=0)
    rivals = (int(tag) for tag in np.argsort(-behind) if tag not in path)
    on_path = {int(tag) for tag in path}
    return sorted(on_path.union(itertools.islice(rivals, max(_MOST_ROWS - len(on_path), 0))))[::-1]


def _tower(axes: plt.Axes, place: int, word: str, length: int) -> None:
    """What stands above a word, up to its features. The two LSTMs stand side by side, so that what
    goes into the upper one, and what comes out of the lower one, passes the other."""
    below, embedding, *lstms, features = _LAYERS.values()
    _text(axes, place, below, word, fontweight="bold", fontsize=11)
    for height, cell in itertools.product((embedding, features), range(4)):
        corner = (place - 0.32 + 0.16 * cell, height - 0.13)
        axes.add_patch(plt.Rectangle(corner, 0.16, 0.26, facecolor="#EFEFEF", edgecolor=_LINE))
    _arrow(axes, (place, below + 0.25), (place, embedding - 0.13))
    for height, step in zip(lstms, (1, -1), strict=True):
        x = place - 0.2 * step
        _text(axes, x, height, "$h$", bbox=_SIGMOID)
        _arrow(axes, (x, embedding + 0.13), (x, height - 0.28))
        _arrow(axes, (x, height + 0.28), (x, features - 0.13))
        if 0 <= place + step < length:
            _arrow(axes, (x + 0.13 * step, height), (x + 0.86 * step, height))
    _arrow(axes, (place, features + 0.13), (place, _ROWS - 0.3))


def _score(axes: plt.Axes, place: int, height: float, score: str, chosen: bool) -> None:
    box = {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "black"}
    marked = {"fontweight": "bold", "bbox": box} if chosen else {"color": "#666666"}
    _text(axes, place, height, score, **marked)


def _tag(axes: plt.Axes, place: int, height: float, name: str) -> None:
    shade = "#FFFFFF" if name == "O" else colour(name)
    _text(axes, place, height, name, bbox={**_BOX, "facecolor": shade}, color=ink(shade))


def _chain(axes: plt.Axes, height: float, path: Sequence[int], transitions: np.ndarray) -> None:
    """The line from tag to tag, and above it the score of each move."""
    axes.plot([0, len(path) - 1], [height, height], color="black", linewidth=3, zorder=1)
    _text(axes, -0.5, height + 0.45, "transitions", ha="right", color=_LINE)
    for place, (before, after) in enumerate(itertools.pairwise(path)):
        _text(axes, place + 0.5, height + 0.45, f"{transitions[before, after]:+.1f}")


def _text(axes: plt.Axes, x: float, y: float, text: str, **options: object) -> None:
    axes.text(x, y, text, **{"ha": "center", "va": "center", "fontsize": 10.5, **options})


def _arrow(axes: plt.Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "->", "color": _LINE, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=end, xytext=start, arrowprops=style)
