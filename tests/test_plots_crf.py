"""The figures of a CRF draw what they are given, and warn of nothing."""

import re
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from figures import TAGS, alt, backend, draw, texts, tick_labels  # noqa: F401
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from ner_tutorial import plots
from ner_tutorial.crf import viterbi_decode
from ner_tutorial.formats import ink
from ner_tutorial.plots.crf import draw_trellis

# A warning would be part of the lesson that draws the figure.
pytestmark = pytest.mark.filterwarnings("error")

EMISSIONS = np.array([[1.25, 2.5, 0.5], [1.0, 0.5, 3.0]])
MOVES = np.array([[0.25, 0.5, -np.inf], [0.75, -1.0, 1.5], [0.0, -0.5, 1.0]])
BEST = np.array([[1.25, 2.5, -np.inf], [4.25, 2.25, 7.0]])
VITERBI = (["Joe", "ran"], TAGS, BEST, EMISSIONS, MOVES)

FIGURES = {
    "trellis": (plots.trellis, *VITERBI),
    "trellis, unfinished": (plots.trellis, ["Joe", "ran"], TAGS, BEST[:1], EMISSIONS, MOVES),
    "trellis, path": (plots.trellis, *VITERBI, [1, 2]),
    "viterbi_and_forward": (
        plots.viterbi_and_forward,
        *(["Joe", "ran"], TAGS, BEST, BEST + 0.5, EMISSIONS, MOVES),
    ),
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


def texts_of(labels):
    return [label.get_text() for label in labels]


def circles(axes):
    """What stands in the circles, step by step."""
    return texts_of(text for text in axes.texts if text.get_zorder() == 4)


def test_a_trellis_shows_each_score_and_emission_and_where_there_is_no_way():
    (axes,) = draw(plots.trellis, *VITERBI)
    assert circles(axes) == ["1.2", "2.5", "no\nway", "4.2", "2.2", "7.0"]
    below = [text for text in axes.texts if np.isclose(text.get_position()[1] % 1, 0.36)]
    assert texts_of(below) == ["+1.2", "+2.5", "+0.5", "+1.0", "+0.5", "+3.0"]


def test_the_step_that_is_explained_has_its_moves_and_its_sums():
    (axes,) = draw(plots.trellis, *VITERBI)
    assert texts(axes)[:9] == [
        *("+0.2", "+0.5", "-∞"),
        *("+0.8", "-1.0", "+1.5"),
        *("+0.0", "-0.5", "+1.0"),
    ]
    heights = [text.get_position()[1] for text in axes.texts[:9]]
    np.testing.assert_allclose(np.diff(sorted(heights)), 0.25)  # no number on another
    assert texts(axes)[-1].splitlines() == [
        "at ran:",
        "O     max(1.2+0.2, 2.5+0.8, -∞+0.0) +1.0 = 4.2",
        "B-per max(1.2+0.5, 2.5-1.0, -∞-0.5) +0.5 = 2.2",
        "I-per max(1.2-∞, 2.5+1.5, -∞+1.0) +3.0 = 7.0",
    ]
    assert "at ran: O max(1.2+0.2, 2.5+0.8, -∞+0.0) +1.0 = 4.2; B-per" in alt()


def test_ways_that_lost_are_lighter_and_those_through_what_is_forbidden_are_dotted():
    (axes,) = draw(plots.trellis, *VITERBI)
    ways = {tuple(line.get_ydata()): line for line in axes.lines}
    shades = {way: to_rgb(line.get_color())[0] for way, line in ways.items()}
    kept = {(1, 0), (0, 1), (1, 2)}
    assert max(shades[way] for way in kept) < min(shades[way] for way in shades.keys() - kept)
    dotted = {way for way, line in ways.items() if line.get_linestyle() == ":"}
    assert dotted == {(0, 2), (2, 0), (2, 1), (2, 2)}


@pytest.mark.parametrize("length", [1, 2, 3, 6, 9])
def test_the_path_in_bold_and_its_sum_are_those_of_the_decoded_tags(length):
    random = np.random.default_rng(length)
    emissions, moves = random.normal(0, 3, (length, 3)), random.normal(0, 3, (3, 3))
    best = [emissions[0]]
    for emission in emissions[1:]:
        best.append(emission + (best[-1][:, np.newaxis] + moves).max(axis=0))
    decoded, score = viterbi_decode(emissions, moves)
    axes = Figure().subplots()
    draw_trellis(axes, ["x"] * length, TAGS, np.array(best), emissions, moves, decoded)
    (bold,) = [line.get_ydata() for line in axes.lines if line.get_color() == "black"]
    assert list(bold) == decoded
    _, written = texts(axes)[-1].splitlines()
    assert written.startswith(" ".join(TAGS[tag] for tag in decoded) + ": ")
    assert written.endswith(f" = {score:.1f}")
    terms = re.findall(r"[+-]?\d+\.\d", written.partition(": ")[2].partition(" = ")[0])
    assert sum(map(float, terms)) == pytest.approx(score, abs=0.05 * (len(terms) + 1))
    # Nothing but ways that were kept leads along it.
    dark = {
        (*line.get_xdata(), *line.get_ydata()) for line in axes.lines if line.get_linewidth() == 2
    }
    assert all((at, at + 1, *pair) in dark for at, pair in enumerate(pairwise(decoded)))


def test_the_forward_algorithm_loses_no_way_and_draws_each_as_thick_as_its_share():
    moves = np.log([[8.0, 1, 1], [1, 8, 1], [1, 1, 8]])
    zeros = np.zeros((2, 3))
    above, below = draw(plots.viterbi_and_forward, ["Joe", "ran"], TAGS, zeros, zeros, zeros, moves)
    widths = {tuple(line.get_ydata()): line.get_linewidth() for line in below.lines}
    assert {round((width - 0.6) / 5, 6) for width in widths.values()} == {0.1, 0.8}
    assert widths[0, 0] == widths[1, 1] > widths[0, 1]
    assert len({line.get_color() for line in below.lines}) == 1
    assert len({line.get_color() for line in above.lines}) == 2
    assert "logsumexp(0.00+2.1, 0.00+0.0, 0.00+0.0) +0.0 = 0.00" in texts(below)[-1]


def test_transitions_go_from_rows_to_columns_with_zero_in_the_middle_of_the_colours():
    scores = np.array([[0.0, 1, 2], [3, 4, 5], [6, 7, 8]])
    axes = draw(plots.transitions, scores, TAGS)[0]
    mesh = axes.collections[0]
    assert np.reshape(mesh.get_array(), (3, 3)).tolist() == scores.tolist()
    assert texts(axes) == [f"{score:.1f}" for score in scores.flat]
    assert mesh.get_clim() == (-8, 8)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("to", "from")


def test_marginals_have_a_column_for_each_word():
    axes = draw(plots.marginals, np.array([[0.7, 0.2, 0.1], [0, 0, 1]]), ["Joe", "ran"], TAGS)[0]
    assert texts(axes) == ["0.70", "0.00", "0.20", "0.00", "0.10", "1.00"]
    assert tick_labels(axes.xaxis) == ["Joe", "ran"]
    assert tick_labels(axes.yaxis) == TAGS


def test_purple_is_above_zero_and_orange_below_wherever_scores_are_drawn():
    def hue(axes, cell):
        red, _, blue, _ = axes.collections[0].get_facecolors()[cell]
        return "purple" if blue > red else "orange"

    axes = draw(plots.transitions, np.array([[2.0, -2], [-2, 2]]), TAGS[:2])[0]
    assert [hue(axes, cell) for cell in range(4)] == ["purple", "orange", "orange", "purple"]
    expected, observed = np.array([[0.7, 0.3]]), np.array([[1.0, 0.0]])
    plots.gradient(expected, observed, ["Joe"], TAGS[:2])
    axes = plt.gcf().axes[2]
    assert texts(axes) == ["-0.30", "+0.30"]
    assert [hue(axes, cell) for cell in range(2)] == ["orange", "purple"]


def test_every_number_in_a_heat_map_stands_out_from_its_cell():
    (axes,) = draw(plots.transitions, np.linspace(-3, 3, 9).reshape(3, 3), TAGS)
    for number, cell in zip(axes.texts, axes.collections[0].get_facecolors(), strict=True):
        assert number.get_color() == ink(to_hex(cell))
