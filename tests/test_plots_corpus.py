"""The figures of a corpus draw what they are given, and warn of nothing."""

import html
import re

import numpy as np
import pytest
from figures import alt, backend, draw, texts, tick_labels  # noqa: F401

from ner_tutorial import plots
from ner_tutorial.formats import COLOURS

# A warning would be part of the lesson that draws the figure.
pytestmark = pytest.mark.filterwarnings("error")


FIGURES = {
    "tag_counts": (plots.tag_counts, {"O": 100, "B-per": 3}),
    "sentence_lengths": (plots.sentence_lengths, [3, 8, 80], 70),
    "padded_batch": (plots.padded_batch, np.array([[2, 3], [4, 1]]), 1),
}


@pytest.mark.parametrize("call", FIGURES.values(), ids=FIGURES)
def test_a_figure_is_drawn_and_shown_once_with_a_text_that_says_what_it_shows(call):
    assert draw(*call)
    assert len(alt()) > 40 and alt().endswith((".", ")"))


def test_the_text_of_a_figure_names_its_figures():
    draw(plots.tag_counts, {"O": 1000, "B-per": 3})
    assert "O 1,000, B-per 3" in alt()


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


def test_the_bars_of_tags_carry_their_numbers():
    left, right = draw(plots.tag_counts, {"O": 1000, "B-per": 3, "B-geo": 7})
    assert texts(left) == ["3", "7", "1,000"] and texts(right) == ["3", "7"]


def test_a_highlighted_sentence_keeps_its_words_and_marks_whole_entities():
    words = ["In", "New", "York", "Joe", "Doe", "slept"]
    shown = plots.highlight(words, ["O", "B-geo", "I-geo", "B-per", "I-per", "O"]).data
    assert shown.count("<mark") == shown.count("</mark>") == 2
    before, york, rest = shown.split("<mark")
    assert before.endswith(">In ")
    assert ">New York <small" in york and ">geo</small>" in york and COLOURS["geo"] in york
    assert ">Joe Doe <small" in rest and ">per</small>" in rest and COLOURS["per"] in rest
    assert rest.endswith("</mark> slept</p>")


def test_words_and_types_are_shown_as_text_and_not_as_html():
    shown = plots.highlight(["<script>", "&amp;", "<i>"], ["O", "O", "B-<u>"]).data
    assert re.findall(r"<(\w+)", shown) == ["p", "mark", "small"]
    assert html.unescape(re.sub(r"<[^>]+>", "", shown)) == "<script> &amp; <i> <u>"


def boxes(shown):
    """Of each box of `shades`: the brightness of its background, the colour of its text, and the
    text."""
    found = re.findall(r"background:#(\w\w)\1\1;color:(#\w{6});.*?>(.*?)</span>", shown)
    return [(int(grey, 16), ink, re.sub("<[^>]+>", " ", text)) for grey, ink, text in found]


def test_a_word_is_the_darker_the_less_sure_its_tag_and_says_how_sure():
    shown = plots.shades(["Joe", "<b>", "?"], ["B-per", "O", "O"], [0.987, 0.5, 0.1]).data
    (joe, half, unsure), legend = boxes(shown)[:3], boxes(shown)[3:]
    assert joe[2].split() == ["Joe", "B-per", "0.99"]
    assert half[2].split() == ["&lt;b&gt;", "O", "0.50"]
    assert joe[0] > half[0] > unsure[0]
    assert (half[1], unsure[1]) == ("#000000", "#FFFFFF")
    assert "title='probability 0.987'" in shown
    for brightness, _, probability in legend:
        assert brightness == pytest.approx(255 * float(probability), abs=1)


def test_shades_bring_their_own_background_since_the_page_may_be_dark():
    assert "<div style='background:#FFFFFF;color:#000000;" in plots.shades(["a"], ["O"], [1]).data
