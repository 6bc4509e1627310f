"""Figures of an encoder: what a word looks at."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_hex

from ner_tutorial.formats import ink
from ner_tutorial.plots.style import SHARE, WIDTH, show


def attention(sentences: Sequence[Sequence[str]], shares: Sequence[np.ndarray], word: str) -> None:
    """How much a word looks at each piece of its sentence, layer by layer: a table a sentence.

    Args:
        sentences: the pieces of each, between the marks of start and end.
        shares: for each sentence float (layers, pieces), each row of which adds up to 1.
        word: that looks.
    """
    layers = len(shares[0])
    _, panels = plt.subplots(
        1,
        len(sentences),
        figsize=(WIDTH, 0.36 * layers + 1.2),
        width_ratios=[len(pieces) for pieces in sentences],
        squeeze=False,
    )
    for axes, pieces, values in zip(panels[0], sentences, shares, strict=True):
        palette = plt.get_cmap(SHARE)
        axes.imshow(values, cmap=palette, vmin=0, vmax=1, aspect="auto")
        for (layer, piece), value in np.ndenumerate(values):
            colour = ink(to_hex(palette(value)))
            text = f"{value:.2f}".removeprefix("0")
            axes.text(piece, layer, text, ha="center", va="center", fontsize=9, color=colour)
        axes.set(xticks=range(len(pieces)), yticks=range(layers))
        axes.set_xticklabels(pieces, rotation=45, ha="left", fontsize=10)
        axes.set_yticklabels(range(1, layers + 1))
        axes.tick_params(length=0, labeltop=True, labelbottom=False)
    panels[0][0].set_ylabel("layer")
    show(
        f"What {word!r} looks at in each of {layers} layers, as shares. "
        + " ".join(map(_told, sentences, shares))
    )


def _told(pieces: Sequence[str], shares: np.ndarray) -> str:
    """The piece that is looked at most in each layer."""
    most = ", ".join(
        f"{pieces[row.argmax()]} {row.max():.2f} in layer {layer}"
        for layer, row in enumerate(shares, start=1)
    )
    return f"In {' '.join(pieces[1:-1])!r} most: {most}."
