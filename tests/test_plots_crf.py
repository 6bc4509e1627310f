"""The figures of a CRF draw what they are given, and warn of nothing."""

import numpy as np
import pytest
from figures import TAGS, alt, backend, draw, texts, tick_labels  # noqa: F401

from ner_tutorial import plots

# A warning would be part of the lesson that draws the figure.
pytestmark = pytest.mark.filterwarnings("error")

BEST = np.array([[1.25, 2.5, -np.inf], [3.0, 4.0, 5.0]])

FIGURES = {
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
}


@pytest.mark.parametrize("call", FIGURES.values(), ids=FIGURES)
def test_a_figure_is_drawn_and_shown_once_with_a_text_that_says_what_it_shows(call):
    assert draw(*call)
    assert len(alt()) > 40 and alt().endswith((".", ")"))


def test_the_text_of_a_heat_map_names_the_highest_and_the_lowest_cells():
    draw(plots.transitions, np.arange(9.0).reshape(3, 3) - 4, TAGS)
    text = alt()
    assert "I-per to I-per; the lowest: O to O, O to B-per" in text


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
