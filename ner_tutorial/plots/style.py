"""What all figures have in common: their width, their look, and how they are shown."""

import io
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Image, display
from PIL import Image as Picture

WIDTH = 8  # inches: a notebook's width
SIGNED = "PuOr"  # of scores and gradients: purple above zero, orange below
SHARE = "Blues"  # of shares, probabilities and counts: white is 0, dark blue the most

plt.rcParams.update(
    {"axes.spines.top": False, "axes.spines.right": False, "figure.dpi": 90, "font.size": 11}
)


def show(text: str) -> None:
    """Show the figure that was just drawn, with a text alternative, and be done with it."""
    display(picture(text))


def picture(text: str) -> Image:
    """The figure that was just drawn as an image, with a text alternative.

    It is shown at half the size that it has, so that it is sharp on a screen with twice the pixels,
    and with 256 colours of its own, which makes the file a third as large."""
    figure = plt.gcf()
    figure.tight_layout()
    drawn, stored = io.BytesIO(), io.BytesIO()
    twice = 2 * figure.get_dpi()
    figure.savefig(drawn, dpi=twice, bbox_inches="tight", facecolor="white")
    Picture.open(drawn).convert("RGB").quantize(256).save(stored, "PNG", optimize=True)
    plt.close(figure)  # or the notebook would show it a second time
    return Image(stored.getvalue(), retina=True, metadata={"alt": text})


def named_values(word: str, tag_names: Sequence[str], values: np.ndarray, form: str = ".1f") -> str:
    """A word with the value of each tag."""
    return f"{word}: " + ", ".join(
        f"{t} {v:{form}}" for t, v in zip(tag_names, values, strict=True)
    )


def ranked(values: np.ndarray) -> tuple[np.ndarray, ...]:
    """The rows and columns of a table's entries, from the lowest entry to the highest."""
    return np.unravel_index(np.argsort(values, axis=None, kind="stable"), values.shape)
