"""Figures of a network: its layers, and how it learns."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator

from ner_tutorial.formats import COLOURS, NEUTRAL
from ner_tutorial.plots.style import WIDTH, show


def network(layers: Sequence[tuple[str, str]]) -> None:
    """The network as a row of boxes: each layer's name, and the shape that leaves it."""
    _, axes = plt.subplots(figsize=(WIDTH + 1, 1.7))
    axes.set(xlim=(0, len(layers)), ylim=(0, 1))
    axes.axis("off")
    for place, (name, shape) in enumerate(layers):
        axes.text(
            place + 0.5,
            0.68,
            name,
            ha="center",
            va="center",
            bbox={
                "boxstyle": "round,pad=0.45",
                "facecolor": "#DCEAF5",
                "edgecolor": COLOURS["geo"],
            },
        )
        axes.text(place + 0.5, 0.22, shape, ha="center", va="center", fontsize=9, color="#444444")
        if place:
            axes.annotate(
                "",
                xy=(place + 0.16, 0.68),
                xytext=(place - 0.16, 0.68),
                arrowprops={"arrowstyle": "->", "color": "#444444"},
            )
    show("Boxes from left to right: " + ", then ".join(f"{n} {shape}" for n, shape in layers))


def training_curves(history: Mapping[str, Sequence[float]], baseline: float | None = None) -> None:
    """Loss and token accuracy by epoch, training and validation; `baseline`: the accuracy of always
    O."""
    epochs = range(1, len(history["loss"]) + 1)
    _, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 3.2))
    for axes, name in [(left, "loss"), (right, "accuracy")]:
        axes.plot(epochs, history[name], color=COLOURS["geo"], marker="o", ms=3, label="training")
        axes.plot(
            epochs,
            history[f"val_{name}"],
            color=COLOURS["org"],
            marker="s",
            ms=3,
            label="validation",
        )
        axes.set(xlabel="epoch", title=name)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if baseline is not None:
        right.axhline(baseline, color=NEUTRAL, linestyle="--", label="always O")
    right.legend(frameon=False)
    ends = {name: f"from {values[0]:.3f} to {values[-1]:.3f}" for name, values in history.items()}
    show(
        f"Two line charts over {len(epochs)} epochs. Loss: in training {ends['loss']}, in "
        f"validation {ends['val_loss']}. Accuracy: {ends['accuracy']} and {ends['val_accuracy']}."
    )
