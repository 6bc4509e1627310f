"""What all figures have in common: their width, their look, and how they are shown."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

WIDTH = 8  # inches: a notebook's width
SIGNED = "PuOr"  # of scores and gradients: purple above zero, orange below
SHARE = "Blues"  # of shares and probabilities: white is 0, dark blue is 1

plt.rcParams.update(
    {"axes.spines.top": False, "axes.spines.right": False, "figure.dpi": 90, "font.size": 11}
)


def show(text: str) -> None:
    """Show the figure that was just drawn, with a text alternative, and be done with it."""
    figure = plt.gcf()
    figure.tight_layout()
    display(figure, metadata={"image/png": {"alt": text}})
    plt.close(figure)  # or the notebook would show it a second time


def named_values(word: str, tag_names: Sequence[str], values: np.ndarray, form: str = ".1f") -> str:
    """A word with the value of each tag."""
    return f"{word}: " + ", ".join(
        f"{t} {v:{form}}" for t, v in zip(tag_names, values, strict=True)
    )


def ranked(values: np.ndarray) -> tuple[np.ndarray, ...]:
    """The rows and columns of a table's entries, from the lowest entry to the highest."""
    return np.unravel_index(np.argsort(values, axis=None, kind="stable"), values.shape)
