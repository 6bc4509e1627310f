"""The drawings show what the network says, and nothing else."""

import itertools

import numpy as np
import pytest
from figures import alt, backend, draw, texts  # noqa: F401

from ner_tutorial import plots
from ner_tutorial.crf import viterbi_decode

# A warning would be part of the lesson that draws the figure.
pytestmark = pytest.mark.filterwarnings("error")

NAMES = ["<_PAD_TAG_>", "O", "B-per", "I-per", "B-org", "I-org", "B-geo", "I-geo"]
WORDS = ["Joe", "Smith", "left", "Oslo"]


def scored(seed):
    """Emissions and transitions of a random CRF, and the path that it decodes."""
    random = np.random.default_rng(seed)
    emissions, transitions = random.normal(0, 3, (4, 8)), random.normal(0, 2, (8, 8))
    return emissions, transitions, viterbi_decode(emissions, transitions)[0]


EMISSIONS, TRANSITIONS, PATH = scored(0)
PROBABILITIES = np.exp(EMISSIONS) / np.exp(EMISSIONS).sum(axis=1, keepdims=True)
FIGURES = {
    "lstm_cell": (plots.lstm_cell,),
    "architecture": (plots.architecture, WORDS, NAMES, PROBABILITIES, PROBABILITIES.argmax(1)),
    "architecture, CRF": (plots.architecture, WORDS, NAMES, EMISSIONS, PATH, TRANSITIONS),
}


def beside(axes, name):
    """What is written at the height of this name of a layer, from left to right."""
    layer = next(t for t in axes.texts if t.get_text() == name and t.get_ha() == "right")
    height = layer.get_position()[1]
    at_words = [text for text in axes.texts if text.get_position()[0] >= 0]
    level = [text for text in at_words if text.get_position()[1] == height]
    return [text.get_text() for text in sorted(level, key=lambda text: text.get_position())]


@pytest.mark.parametrize("call", FIGURES.values(), ids=FIGURES)
def test_a_figure_is_drawn_and_shown_once_with_a_text_that_says_what_it_shows(call):
    assert draw(*call)
    assert len(alt()) > 40 and alt().endswith(".")


@pytest.mark.parametrize("call", FIGURES.values(), ids=FIGURES)
def test_nothing_is_written_smaller_than_nine_points(call):
    (axes,) = draw(*call)
    written = [text for text in axes.texts if text.get_text()]
    assert all(t.get_fontsize() >= 9 for t in written)
    below_the_line = [t for t in written if "_{" in t.get_text()]
    assert all(0.7 * t.get_fontsize() >= 9 for t in below_the_line)  # matplotlib's share


def test_the_cell_has_the_four_gates_each_with_its_function():
    (axes,) = draw(plots.lstm_cell)
    boxes = [text for text in texts(axes) if "\n" in text and "state" not in text]
    assert sorted(boxes) == [
        "candidate $g$\ntanh",
        "forget gate $f$\nsigmoid",
        "input gate $i$\nsigmoid",
        "output gate $o$\nsigmoid",
    ]
    assert [text for text in texts(axes) if text == r"$\times$"] == 3 * [r"$\times$"]


@pytest.mark.parametrize("seed", range(3))
def test_the_tags_in_the_picture_are_those_that_a_crf_decodes(seed):
    emissions, transitions, path = scored(seed)
    (axes,) = draw(plots.architecture, WORDS, NAMES, emissions, path, transitions)
    decoded = [NAMES[tag] for tag in path]
    assert beside(axes, "words") == WORDS
    assert beside(axes, "tags") == decoded
    moves = [f"{transitions[a, b]:+.1f}" for a, b in itertools.pairwise(path)]
    assert beside(axes, "transitions") == moves
    bold = {t.get_text() for t in axes.texts if t.get_fontweight() == "bold"}
    assert bold == {*WORDS, *(f"{emissions[place, tag]:.1f}" for place, tag in enumerate(path))}
    said = ", ".join(f"{word} {tag}" for word, tag in zip(WORDS, decoded, strict=True))
    assert alt().endswith(f"The tags are: {said}.")


def test_every_score_stands_in_the_row_of_its_tag():
    (axes,) = draw(plots.architecture, WORDS, NAMES, EMISSIONS, PATH, TRANSITIONS)
    shown = [tag for tag, name in enumerate(NAMES) if name in texts(axes)]
    assert len(shown) == 5
    for tag in shown:
        assert beside(axes, NAMES[tag]) == [f"{score:.1f}" for score in EMISSIONS[:, tag]]


def test_the_rows_are_the_tags_of_the_path_and_those_that_came_closest_to_it():
    scores = np.array([[9.0, 0, 8, 1, 2, 3, 4], [0, 9.0, 1, 7, 2, 3, 4]])
    (axes,) = draw(plots.architecture, ["left", "right"], list("tuvwxyz"), scores, [0, 1])
    assert set("tuvwz") <= set(texts(axes)) and not set("xy") & set(texts(axes))


def test_a_softmax_has_no_chain():
    (axes,) = draw(plots.architecture, WORDS, NAMES, PROBABILITIES, PROBABILITIES.argmax(1))
    assert beside(axes, "tags") == [NAMES[tag] for tag in PROBABILITIES.argmax(1)]
    assert "transitions" not in texts(axes) and "probabilities" in texts(axes)
    assert not axes.lines
