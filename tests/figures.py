"""What the tests of the figures share: a figure is drawn, and kept open to be looked at."""

import matplotlib.pyplot as plt
import pytest

from ner_tutorial.plots import style

TAGS = ["O", "B-per", "I-per"]
SHOWN = []  # the pictures that were shown


@pytest.fixture(autouse=True)
def backend(monkeypatch):
    """Figures are drawn, not shown, stay open for the test to look at, and are closed after it."""
    plt.switch_backend("Agg")
    close = plt.close
    SHOWN.clear()
    monkeypatch.setattr(style, "display", SHOWN.append)
    monkeypatch.setattr(plt, "close", lambda figure: None)
    yield
    close("all")


def draw(function, *arguments, **options):
    """The axes of the one figure that a function draws."""
    assert function(*arguments, **options) is None
    assert len(plt.get_fignums()) == 1
    plt.gcf().canvas.draw()
    return plt.gcf().axes


def alt():
    """The text alternative of the one figure that was shown."""
    (picture,) = SHOWN
    return picture.metadata["alt"]


def texts(axes):
    return [text.get_text() for text in axes.texts]


def tick_labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]
