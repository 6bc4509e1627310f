"""The figures of results draw what they are given, and warn of nothing."""

import numpy as np
import pandas as pd
import pytest
from figures import TAGS, alt, backend, draw, texts, tick_labels  # noqa: F401

from ner_tutorial import metrics, plots

# A warning would be part of the lesson that draws the figure.
pytestmark = pytest.mark.filterwarnings("error")

TRUE, FOUND = [["O", "B-per", "I-per"], ["O"]], [["O", "B-per", "O"], ["O"]]
SCORES = metrics.entity_scores(TRUE, TRUE)

FIGURES = {
    "confusion": (plots.confusion, metrics.confusion(TRUE, FOUND, TAGS)),
    "per_type": (plots.per_type, {"one": SCORES}),
    "per_type, two systems": (plots.per_type, {"one": SCORES, "two": SCORES}),
    "ablation": (plots.ablation, {"whole": [0.8, 0.9], "less": [0.7, 0.8]}),
    "learning_curve": (plots.learning_curve, {100: 0.5, 200: 0.6}),
    "reliability": (
        plots.reliability,
        {"CRF": pd.DataFrame({"confidence": [0.3, 0.9], "right": [0.5, 0.8], "words": [3, 7]})},
    ),
    "differences": (plots.differences, np.linspace(-0.1, 0.3, 50), "difference in F1"),
}


@pytest.mark.parametrize("call", FIGURES.values(), ids=FIGURES)
def test_a_figure_is_drawn_and_shown_once_with_a_text_that_says_what_it_shows(call):
    assert draw(*call)
    assert len(alt()) > 40 and alt().endswith((".", ")"))


def test_empty_cells_of_the_confusion_matrix_are_left_white():
    counts = metrics.confusion(TRUE, FOUND, TAGS)
    mesh = draw(plots.confusion, counts)[0].collections[0]
    np.testing.assert_array_equal(
        np.ma.getmaskarray(mesh.get_array()).ravel(), counts.eq(0).values.ravel()
    )


def test_each_type_has_a_bar_a_system_and_its_support_frequent_types_first():
    true = [["B-geo", "O", "B-per", "B-per"]]
    half = [["B-geo", "O", "B-per", "O"]]
    scores = {
        "all right": metrics.entity_scores(true, true),
        "half": metrics.entity_scores(true, half),
        "knows no place": metrics.entity_scores([["B-per"]], [["B-per"]]),
    }
    (axes,) = draw(plots.per_type, scores)
    assert tick_labels(axes.xaxis) == ["per\n(2)", "geo\n(1)"]
    heights = [bar.get_height() for bar in axes.patches]
    assert heights == pytest.approx([1, 1, 2 / 3, 1, 1, 0])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(scores)


def test_differences_are_shown_with_zero_and_the_middle_95_percent():
    values = np.linspace(0, 1, 201)
    (axes,) = draw(plots.differences, values, "difference")
    span = next(patch for patch in axes.patches if patch.get_label() == "95% of the draws")
    corners = span.get_extents().transformed(axes.transData.inverted())
    assert (corners.x0, corners.x1) == pytest.approx((0.025, 0.975))
    assert list(axes.lines[0].get_xdata()) == [0, 0]


def test_an_ablation_has_a_dot_a_seed_and_a_line_at_the_first_rows_mean():
    (axes,) = draw(plots.ablation, {"whole": [0.8, 0.9], "less": [0.7], "more": [0.85, 0.86]})
    assert tick_labels(axes.yaxis) == ["more", "less", "whole"]
    line, *drawn = axes.lines
    assert list(line.get_xdata()) == pytest.approx([0.85, 0.85])
    assert [len(dots.get_xdata()) for dots in drawn] == [2, 1, 1, 1, 2, 1]
    assert [stroke.get_xdata()[0] for stroke in drawn[1::2]] == pytest.approx([0.855, 0.7, 0.85])


def test_a_learning_curve_stands_in_order_and_is_labelled_with_its_numbers():
    (axes,) = draw(plots.learning_curve, {4000: 0.9, 1000: 0.7, 2000: 0.8})
    assert list(axes.lines[0].get_xdata()) == [1000, 2000, 4000]
    assert list(axes.lines[0].get_ydata()) == [0.7, 0.8, 0.9]
    assert tick_labels(axes.xaxis) == ["1,000", "2,000", "4,000"]
