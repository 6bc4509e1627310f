"""The figures of results draw what they are given, and warn of nothing."""

import numpy as np
import pandas as pd
import pytest
from figures import TAGS, alt, backend, draw, texts, tick_labels  # noqa: F401

from ner_tutorial import metrics, plots

# A warning would be part of the lesson that draws the figure.
pytestmark = pytest.mark.filterwarnings("error")

TRUE, FOUND = [["O", "B-per", "I-per"], ["O"]], [["O", "B-per", "O"], ["O"]]


def scores(true, found):
    return metrics.entity_scores(true, found).join(metrics.type_intervals(true, found))


SCORES = scores(TRUE, TRUE)

FIGURES = {
    "confusion": (plots.confusion, metrics.confusion(TRUE, FOUND, TAGS)),
    "per_type": (plots.per_type, {"one": SCORES}),
    "per_type, two systems": (plots.per_type, {"one": SCORES, "two": SCORES}),
    "ablation": (plots.ablation, {"whole": [0.8, 0.9], "less": [0.7, 0.8]}),
    "learning_curve": (plots.learning_curve, {100: [0.5, 0.6], 200: [0.6]}),
    "agreement": (plots.agreement, {"tokens": (0.9, 0.8, 0.95), "kappa": (0.8, 0.7, 0.85)}),
    "strategies": (plots.strategies, {"a": {1: [0.5], 2: [0.6]}, "b": {1: [0.5], 2: [0.7]}}),
    "reliability": (plots.reliability, metrics.calibration([0.3, 0.9, 0.95], [True, True, False])),
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


def test_a_count_stands_in_its_cell_in_at_most_four_signs():
    values = [[9999, 10_000, 0], [3, 999_499, 999_500], [0, 1, 9_900_000]]
    (axes,) = draw(plots.confusion, pd.DataFrame(values, TAGS, TAGS))
    cells = [text.get_position() for text in axes.texts]
    assert cells == [
        (0.5, 0.5),
        (1.5, 0.5),
        (0.5, 1.5),
        (1.5, 1.5),
        (2.5, 1.5),
        (1.5, 2.5),
        (2.5, 2.5),
    ]
    assert texts(axes) == ["9999", "10k", "3", "999k", "1.0M", "1", "9.9M"]


def test_a_count_of_1_is_pale_the_largest_is_dark_and_the_diagonal_is_framed():
    (axes,) = draw(plots.confusion, pd.DataFrame([[1000, 1, 30], [1, 1, 1], [1, 1, 1]], TAGS, TAGS))
    brightness = axes.collections[0].get_facecolors()[:, :3].mean(axis=1)
    assert brightness[0] < 0.4 < brightness[2] < brightness[1] and brightness[1] > 0.9
    assert [text.get_color() for text in axes.texts[:3]] == ["#FFFFFF", "#000000", "#000000"]
    assert [patch.get_xy() for patch in axes.patches] == [(0, 0), (1, 1), (2, 2)]


def test_each_type_has_a_bar_a_system_and_its_support_frequent_types_first():
    true = [["B-geo", "O", "B-per", "B-per"]]
    half = [["B-geo", "O", "B-per", "O"]]
    systems = {
        "all right": scores(true, true),
        "half": scores(true, half),
        "knows no place": scores([["B-per"]], [["B-per"]]),
    }
    (axes,) = draw(plots.per_type, systems)
    assert tick_labels(axes.xaxis) == ["per\n(2)", "geo\n(1)"]
    heights = [bar.get_height() for bar in axes.patches]
    assert heights == pytest.approx([1, 1, 2 / 3, 1, 1, 0])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(systems)


def test_a_whisker_reaches_from_one_end_of_the_interval_to_the_other():
    table = SCORES.assign(f1=0.5, low=0.2, high=0.6)
    (axes,) = draw(plots.per_type, {"one": table})
    ((lower, upper),) = axes.collections[0].get_segments()
    assert (lower[1], upper[1]) == pytest.approx((0.2, 0.6))
    assert "per 0.50 (0.20 to 0.60)" in alt()


def test_each_part_of_the_words_has_a_point_an_interval_and_its_number():
    table = metrics.calibration([0.3, 0.9, 0.95], [True, True, False])
    upper, lower = draw(plots.reliability, table)
    (points,) = (
        line for line in upper.lines if len(line.get_xdata()) == 2 and line.get_marker() == "o"
    )
    assert points.get_xydata().tolist() == table[["confidence", "right"]].to_numpy().tolist()
    ends = [segment[:, 1] for segment in upper.collections[0].get_segments()]
    np.testing.assert_allclose(ends, table[["low", "high"]])
    assert texts(lower) == ["1", "2"]


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


def test_a_learning_curve_has_a_dot_a_draw_and_a_line_through_the_means_in_order():
    (axes,) = draw(plots.learning_curve, {4000: [0.9], 1000: [0.6, 0.8], 2000: [0.8]})
    line, *dots = axes.lines
    assert list(line.get_xdata()) == [1000, 2000, 4000]
    assert list(line.get_ydata()) == pytest.approx([0.7, 0.8, 0.9])
    assert [list(drawn.get_ydata()) for drawn in dots] == [[0.6, 0.8], [0.8], [0.9]]
    assert tick_labels(axes.xaxis) == ["1,000", "2,000", "4,000"]
    band = axes.collections[0].get_paths()[0].vertices
    assert {0.6, 0.8} <= set(band[band[:, 0] == 1000][:, 1])
    assert "0.700 with 1,000 (2 drawn)" in alt()


def test_each_measure_of_agreement_has_a_dot_and_its_interval_the_first_on_top():
    measures = {"tokens": (0.9, 0.8, 0.95), "kappa": (0.8, 0.7, 0.85)}
    (axes,) = draw(plots.agreement, measures)
    assert tick_labels(axes.yaxis) == ["kappa", "tokens"]
    dots, (bars,) = axes.containers[0][0], axes.containers[0][2]
    assert list(dots.get_xdata()) == [0.8, 0.9]
    ends = [sorted(segment[:, 0]) for segment in bars.get_segments()]
    assert ends == [pytest.approx([0.7, 0.85]), pytest.approx([0.8, 0.95])]


def test_each_strategy_has_a_line_through_its_means_and_a_band_around_its_runs():
    curves = {
        "random": {100: [0.4, 0.6], 200: [0.6, 0.7]},
        "least confident": {200: [0.8], 100: [0.5]},
    }
    (axes,) = draw(plots.strategies, curves)
    assert [line.get_label() for line in axes.lines] == list(curves)
    assert [list(line.get_xdata()) for line in axes.lines] == [[100, 200]] * 2
    assert list(axes.lines[0].get_ydata()) == pytest.approx([0.5, 0.65])
    assert list(axes.lines[1].get_ydata()) == pytest.approx([0.5, 0.8])
    band = axes.collections[0].get_paths()[0].vertices
    assert {0.4, 0.6} <= set(band[band[:, 0] == 100][:, 1])
