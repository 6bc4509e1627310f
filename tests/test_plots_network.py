"""The figures of a network draw what they are given, and warn of nothing."""

import numpy as np
import pytest
from figures import alt, backend, draw, texts, tick_labels  # noqa: F401

from ner_tutorial import plots

# A warning would be part of the lesson that draws the figure.
pytestmark = pytest.mark.filterwarnings("error")

CURVES = {
    "loss": [3, 2, 0.5],
    "val_loss": [4, 3, 3.5],
    "accuracy": [0.8, 0.9, 0.95],
    "val_accuracy": [0.7, 0.8, 0.79],
    "val_entity_f1": [0, 0.5, 0.4],
}
ONE_EPOCH = {name: values[:1] for name, values in CURVES.items()}
SENTENCES = [["Roger", "is", "here"], ["Roger", "!"]]


def traces(memory):
    """Two units' gate and memory in each sentence; `memory`: of the second at its first word."""
    gate = np.array([[0.9, 0.1], [0.5, 0.2], [0.0, 1.0]])
    first = np.array([[1.5, -0.4], [-0.04, 0.5], [0.3, -2.0]])
    second = np.array([memory, [0.7, 0.1]])
    return [{"gate": gate, "memory": first}, {"gate": gate[:2], "memory": second}]


EQUAL, APART = traces([1.5, -0.4]), traces([1.5, 0.6])
FIGURES = {
    "gates": (plots.gates, SENTENCES, EQUAL),
    "gates, from the right": (plots.gates, SENTENCES, APART, True),
    "training_curves": (plots.training_curves, CURVES),
    "training_curves, baseline": (plots.training_curves, CURVES, 0.85),
    "training_curves, one epoch": (plots.training_curves, ONE_EPOCH),
}


@pytest.mark.parametrize("call", FIGURES.values(), ids=FIGURES)
def test_a_figure_is_drawn_and_shown_once_with_a_text_that_says_what_it_shows(call):
    assert draw(*call)
    assert len(alt()) > 40 and alt().endswith(".")


def test_training_curves_show_both_parts_the_entities_the_epoch_that_is_kept_and_the_baseline():
    loss, accuracy = draw(plots.training_curves, CURVES, 0.85)
    parts = [list(line.get_ydata()) for line in loss.lines[:2]]
    assert parts == [CURVES["loss"], CURVES["val_loss"]]
    assert list(loss.lines[0].get_xdata()) == [1, 2, 3]
    drawn = {line.get_label(): list(line.get_ydata()) for line in accuracy.lines}
    assert drawn["training"] == CURVES["accuracy"]
    assert drawn["validation"] == CURVES["val_accuracy"]
    assert drawn["entity F1, validation"] == CURVES["val_entity_f1"]
    assert drawn["always O"] == [0.85, 0.85]
    assert "kept: epoch 2" in drawn
    assert all(list(axes.lines[2].get_xdata()) == [2, 2] for axes in (loss, accuracy))
    assert "Kept is epoch 2." in alt()
    legend = [text.get_text() for text in loss.figure.legends[0].get_texts()]
    assert sorted(legend) == sorted(drawn)


def test_no_two_curves_share_their_line_and_their_marker():
    _, accuracy = draw(plots.training_curves, CURVES, 0.85)
    looks = [(line.get_linestyle(), line.get_marker()) for line in accuracy.lines]
    assert len(set(looks)) == len(looks) == 5


def test_the_losses_have_a_scale_with_numbers_on_which_a_line_is_a_multiple_of_the_last():
    loss, accuracy = draw(plots.training_curves, CURVES)
    assert (loss.get_yscale(), accuracy.get_yscale()) == ("log", "linear")
    assert {"1", "2"} <= set(tick_labels(loss.yaxis))


def test_the_gap_between_the_losses_is_shown_where_the_validation_loss_is_the_higher():
    loss, _ = draw(plots.training_curves, CURVES | {"loss": [5, 2, 0.5]})
    (gap,) = loss.collections
    corners = np.concatenate([path.vertices for path in gap.get_paths()])
    assert corners[:, 0].min() > 1 and {2, 3} <= set(corners[:, 0])


def test_gates_show_every_value_of_every_word_and_a_memory_with_its_sign():
    gate, gate_too, memory, memory_too = draw(plots.gates, SENTENCES, EQUAL)
    assert texts(gate) == ["0.9", "0.5", "0.0", "0.1", "0.2", "1.0"]
    assert texts(gate_too) == ["0.9", "0.5", "0.1", "0.2"]
    assert texts(memory) == ["+1.5", "0.0", "+0.3", "-0.4", "+0.5", "-2.0"]
    assert texts(memory_too) == ["+1.5", "+0.7", "-0.4", "+0.1"]
    assert [tick_labels(axes.xaxis) for axes in (gate, gate_too)] == SENTENCES
    assert (gate.get_ylabel(), memory.get_ylabel()) == ("gate", "memory")


@pytest.mark.parametrize(("shown", "said", "apart"), [(EQUAL, "equal", 0), (APART, "apart", 1)])
def test_gates_say_whether_the_two_sentences_part_at_their_first_word(shown, said, apart):
    axes = draw(plots.gates, SENTENCES, shown)
    assert f"{said} at Roger" in axes[0].figure.get_suptitle()
    assert f"by up to {apart:.2f}" in alt()


def test_gates_say_from_which_side_the_network_reads():
    (axes, *_) = draw(plots.gates, SENTENCES, APART, True)
    assert "from the right" in axes.figure.get_suptitle() and "from the right" in alt()
