"""The figures of a network draw what they are given, and warn of nothing."""

import pytest
from figures import alt, backend, draw, texts  # noqa: F401

from ner_tutorial import plots

# A warning would be part of the lesson that draws the figure.
pytestmark = pytest.mark.filterwarnings("error")

CURVES = {"loss": [3, 2], "val_loss": [4, 3], "accuracy": [0.8, 0.9], "val_accuracy": [0.7, 0.8]}

FIGURES = {
    "network": (plots.network, [("words", "(batch, length)"), ("embedding", "(batch, length, 8)")]),
    "training_curves": (plots.training_curves, CURVES),
    "training_curves, baseline": (plots.training_curves, CURVES, 0.85),
}


@pytest.mark.parametrize("call", FIGURES.values(), ids=FIGURES)
def test_a_figure_is_drawn_and_shown_once_with_a_text_that_says_what_it_shows(call):
    assert draw(*call)
    assert len(alt()) > 40 and alt().endswith((".", ")"))


def test_training_curves_show_both_parts_and_the_baseline():
    loss, accuracy = draw(plots.training_curves, CURVES, 0.85)
    assert [list(line.get_ydata()) for line in loss.lines] == [[3, 2], [4, 3]]
    assert [list(line.get_ydata()) for line in accuracy.lines[:2]] == [[0.8, 0.9], [0.7, 0.8]]
    assert list(accuracy.lines[2].get_ydata()) == [0.85, 0.85]
    assert list(loss.lines[0].get_xdata()) == [1, 2]
    legend = [text.get_text() for text in accuracy.get_legend().get_texts()]
    assert legend == ["training", "validation", "always O"]
