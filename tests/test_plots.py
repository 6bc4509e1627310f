"""Each figure draws what it was given, returns nothing, and warns of nothing."""

import html
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from ner_tutorial import metrics, plots

# A warning would be part of the lesson that draws the figure.
pytestmark = pytest.mark.filterwarnings("error")

TAGS = ["O", "B-per", "I-per"]
TRUE, FOUND = [["O", "B-per", "I-per"], ["O"]], [["O", "B-per", "O"], ["O"]]
SCORES = metrics.entity_scores(TRUE, TRUE)
CURVES = {"loss": [3, 2], "val_loss": [4, 3], "accuracy": [0.8, 0.9], "val_accuracy": [0.7, 0.8]}
BEST = np.array([[1.25, 2.5, -np.inf], [3.0, 4.0, 5.0]])


SHOWN = []  # the metadata of each figure that was shown


@pytest.fixture(autouse=True)
def backend(monkeypatch):
    """Figures are drawn, not shown, stay open for the test to look at, and are closed after it."""
    plt.switch_backend("Agg")
    close = plt.close
    SHOWN.clear()
    monkeypatch.setattr(plots, "display", lambda figure, metadata: SHOWN.append(metadata))
    monkeypatch.setattr(plt, "close", lambda figure: None)
    yield
    close("all")


def draw(function, *arguments):
    """The axes of the one figure that a function draws."""
    assert function(*arguments) is None
    assert len(plt.get_fignums()) == 1
    plt.gcf().canvas.draw()
    return plt.gcf().axes


def texts(axes):
    return [text.get_text() for text in axes.texts]


def tick_labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


FIGURES = {
    "tag_counts": (plots.tag_counts, {"O": 100, "B-per": 3}),
    "sentence_lengths": (plots.sentence_lengths, [3, 8, 80], 70),
    "padded_batch": (plots.padded_batch, np.array([[2, 3], [4, 1]]), 1),
    "network": (plots.network, [("words", "(batch, length)"), ("embedding", "(batch, length, 8)")]),
    "training_curves": (plots.training_curves, CURVES),
    "training_curves, baseline": (plots.training_curves, CURVES, 0.85),
    "trellis": (plots.trellis, ["Joe", "ran"], TAGS, BEST),
    "trellis, unfinished": (plots.trellis, ["Joe", "ran"], TAGS, BEST[:1]),
    "trellis, path": (plots.trellis, ["Joe", "ran"], TAGS, BEST, [1, 2], np.array([[0, 1, 1]])),
    "transitions": (plots.transitions, np.arange(9.0).reshape(3, 3) - 4, TAGS),
    "marginals": (plots.marginals, np.full((2, 3), 1 / 3), ["Joe", "ran"], TAGS),
    "gradient": (
        plots.gradient,
        np.full((2, 3), 1 / 3),
        np.eye(3)[[1, 0]],
        ["Joe", "Joe"],
        TAGS,
    ),
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
    (metadata,) = SHOWN
    text = metadata["image/png"]["alt"]
    assert len(text) > 40 and text.endswith((".", ")"))


def test_the_text_of_a_figure_names_its_figures():
    draw(plots.tag_counts, {"O": 1000, "B-per": 3})
    assert "O 1,000, B-per 3" in SHOWN[0]["image/png"]["alt"]


def test_the_text_of_a_heat_map_names_the_highest_and_the_lowest_cells():
    draw(plots.transitions, np.arange(9.0).reshape(3, 3) - 4, TAGS)
    text = SHOWN[0]["image/png"]["alt"]
    assert "I-per to I-per; the lowest: O to O, O to B-per" in text


def test_every_figure_of_the_module_is_tried_here():
    functions = {
        name
        for name, value in vars(plots).items()
        if callable(value)
        and getattr(value, "__module__", "") == plots.__name__
        and not name.startswith("_")
    }
    assert functions - {"colour", "highlight"} == {name.split(",")[0] for name in FIGURES}


def test_the_tag_that_dwarfs_the_rest_is_in_one_panel_only():
    left, right = draw(plots.tag_counts, {"O": 100, "B-per": 3, "B-geo": 7})
    assert [bar.get_width() for bar in left.patches] == [3, 7, 100]
    assert [bar.get_width() for bar in right.patches] == [3, 7]
    assert tick_labels(right.yaxis) == ["B-per", "B-geo"]


@pytest.mark.parametrize("longest", [1, 2, 7, 8])
def test_a_bar_counts_the_sentences_of_two_lengths(longest):
    lengths = list(range(1, longest + 1))
    (axes,) = draw(plots.sentence_lengths, lengths, 5)
    for bar in axes.patches:
        inside = [n for n in lengths if bar.get_x() <= n < bar.get_x() + 2]
        assert bar.get_height() == len(inside)
    assert sum(bar.get_height() for bar in axes.patches) == longest


def test_the_limit_is_drawn_after_the_longest_sentence_that_is_kept():
    (axes,) = draw(plots.sentence_lengths, [3, 80], 70)
    assert 70 < axes.lines[0].get_xdata()[0] < 71
    assert texts(axes) == ["limit: 70"]


def test_a_padded_batch_says_how_much_of_it_is_padding():
    (axes,) = draw(plots.padded_batch, np.array([[2, 3, 0, 4], [5, 1, 1, 1]]), 1)
    assert axes.get_title(loc="left") == "38% of this batch is padding"


def test_training_curves_show_both_parts_and_the_baseline():
    loss, accuracy = draw(plots.training_curves, CURVES, 0.85)
    assert [list(line.get_ydata()) for line in loss.lines] == [[3, 2], [4, 3]]
    assert [list(line.get_ydata()) for line in accuracy.lines[:2]] == [[0.8, 0.9], [0.7, 0.8]]
    assert list(accuracy.lines[2].get_ydata()) == [0.85, 0.85]
    assert list(loss.lines[0].get_xdata()) == [1, 2]
    legend = [text.get_text() for text in accuracy.get_legend().get_texts()]
    assert legend == ["training", "validation", "always O"]


def test_a_trellis_shows_each_score_and_where_there_is_no_way():
    (axes,) = draw(plots.trellis, ["Joe", "ran"], TAGS, BEST, [1, 2], np.array([[0, 1, 1]]))
    assert texts(axes) == ["1.2", "2.5", "no way", "3.0", "4.0", "5.0"]
    *moves, path = [list(line.get_ydata()) for line in axes.lines]
    assert moves == [[0, 0], [1, 1], [1, 2]]
    assert path == [1, 2]


def test_transitions_go_from_rows_to_columns_with_zero_in_the_middle_of_the_colours():
    scores = np.array([[0.0, 1, 2], [3, 4, 5], [6, 7, 8]])
    axes = draw(plots.transitions, scores, TAGS)[0]
    mesh = axes.collections[0]
    assert np.reshape(mesh.get_array(), (3, 3)).tolist() == scores.tolist()
    assert mesh.get_clim() == (-8, 8)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("to", "from")


def test_marginals_have_a_column_for_each_word():
    axes = draw(plots.marginals, np.array([[0.7, 0.2, 0.1], [0, 0, 1]]), ["Joe", "ran"], TAGS)[0]
    assert texts(axes) == ["0.70", "0.00", "0.20", "0.00", "0.10", "1.00"]
    assert tick_labels(axes.xaxis) == ["Joe", "ran"]
    assert tick_labels(axes.yaxis) == TAGS


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


# Text in colour.


def test_a_type_has_one_colour_and_no_other_type_has_it():
    assert plots.colour("B-per") == plots.colour("I-per") == plots.COLOURS["per"]
    assert len(set(plots.COLOURS.values())) == 8
    for tag in ["O", "<_PAD_TAG_>", "B-myth"]:
        assert plots.colour(tag) not in plots.COLOURS.values()


def test_a_highlighted_sentence_keeps_its_words_and_marks_whole_entities():
    words = ["In", "New", "York", "Joe", "Doe", "slept"]
    shown = plots.highlight(words, ["O", "B-geo", "I-geo", "B-per", "I-per", "O"]).data
    assert shown.count("<mark") == shown.count("</mark>") == 2
    before, york, rest = shown.split("<mark")
    assert before.endswith(">In ")
    assert ">New York <small" in york and "<b>geo</b>" in york and plots.COLOURS["geo"] in york
    assert ">Joe Doe <small" in rest and "<b>per</b>" in rest and plots.COLOURS["per"] in rest
    assert rest.endswith("</mark> slept</p>")


def test_words_and_types_are_shown_as_text_and_not_as_html():
    shown = plots.highlight(["<script>", "&amp;", "<i>"], ["O", "O", "B-<u>"]).data
    assert re.findall(r"<(\w+)", shown) == ["p", "mark", "small", "b"]
    assert html.unescape(re.sub(r"<[^>]+>", "", shown)) == "<script> &amp; <i> <u>"
