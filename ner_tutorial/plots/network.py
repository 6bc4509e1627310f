"""Figures of a network: how it reads, and how it learns."""

from collections.abc import Mapping, Sequence
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_hex
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from ner_tutorial.formats import COLOURS, ink
from ner_tutorial.plots.style import SHARE, SIGNED, WIDTH, show

_TRAINING = {"color": COLOURS["geo"], "linestyle": "-", "marker": "o", "label": "training"}
_VALIDATION = {"color": COLOURS["org"], "linestyle": "--", "marker": "s", "label": "validation"}
_ENTITIES = {**_VALIDATION, "linestyle": ":", "marker": "^", "label": "entity F1, validation"}


def gates(
    sentences: Sequence[Sequence[str]],
    traces: Sequence[Mapping[str, np.ndarray]],
    from_right: bool = False,
) -> None:
    """What goes on in an LSTM while it reads two sentences: a column of tables for each.

    Args:
        sentences: the words of each, beginning with the same one.
        traces: for each sentence, what is shown of each word, by name, float (length, units): a
            gate, between 0 and 1, or a memory.
        from_right: whether it reads from right to left.
    """
    names, units = list(traces[0]), next(iter(traces[0].values())).shape[1]
    _, panels = plt.subplots(
        len(names),
        len(sentences),
        figsize=(WIDTH, len(names) * (0.3 * units + 0.42) + 0.9),
        width_ratios=[len(words) for words in sentences],
        squeeze=False,
    )
    apart = max(float(np.abs(traces[0][name][0] - traces[1][name][0]).max()) for name in names)
    same = f"equal at {sentences[0][0]}" if apart == 0 else f"apart at {sentences[0][0]}"
    for (row, column), axes in np.ndenumerate(panels):
        _values(axes, traces[column][names[row]].T, signed=names[row] == "memory")
        words = range(len(sentences[column]))
        axes.set(xticks=words, xticklabels=sentences[column] if row == 0 else [], yticks=[])
        axes.tick_params(length=0, labelsize=11, labeltop=True, labelbottom=False)
        axes.add_patch(
            plt.Rectangle((-0.48, -0.48), 0.96, units - 0.04, fill=False, linewidth=2.5, zorder=3)
        )
    for name, axes in zip(names, panels[:, 0], strict=True):
        axes.set_ylabel(name, fontsize=11)
    arrow = "← read from the right" if from_right else "read from the left →"
    plt.gcf().suptitle(f"{arrow}      (framed: {same})", fontsize=11, fontweight="bold")
    read = f"Read from the {'right' if from_right else 'left'}"
    show(f"{read}: {_told(sentences, traces)} They differ there by up to {apart:.2f}.")


def _told(sentences: Sequence[Sequence[str]], traces: Sequence[Mapping[str, np.ndarray]]) -> str:
    """What the tables of `gates` show, in words."""
    names = list(traces[0])
    read = " and ".join(repr(" ".join(words)) for words in sentences)
    firsts = "; ".join(
        f"{name} {', '.join(f'{value:.2f}' for value in trace[name][0])}"
        for trace, name in product(traces, names)
    )
    return f"tables of {', '.join(names)} in some units, for {read}. At the first word: {firsts}."


def _values(axes: plt.Axes, values: np.ndarray, signed: bool) -> None:
    """A table of numbers, each on a shade of its own. Those of a memory are told apart by their
    sign, and shades end at 1 and -1; a gate's lie between 0 and 1."""
    palette = plt.get_cmap(SIGNED if signed else SHARE)
    axes.imshow(values, cmap=palette, vmin=-1 if signed else 0, vmax=1, aspect="auto")
    for (unit, word), value in np.ndenumerate(values):
        shade = to_hex(palette((value + 1) / 2 if signed else value))
        text = f"{value:+.1f}" if signed and abs(value) >= 0.05 else f"{abs(value):.1f}"
        axes.text(word, unit, text, ha="center", va="center", fontsize=10, color=ink(shade))


def training_curves(history: Mapping[str, Sequence[float]], baseline: float | None = None) -> None:
    """Loss, token accuracy and entity F1 by epoch, in training and in validation.

    Args:
        history: of `training.fit`.
        baseline: the accuracy of always O.
    """
    from ner_tutorial.training import best_epoch  # here: no other figure needs TensorFlow

    epochs, kept = np.arange(len(history["loss"])) + 1, best_epoch(history) + 1
    _, (left, right) = plt.subplots(1, 2, figsize=(WIDTH, 3.6))
    for axes, name in [(left, "loss"), (right, "accuracy")]:
        axes.plot(epochs, history[name], **_TRAINING)
        axes.plot(epochs, history[f"val_{name}"], **_VALIDATION)
        axes.axvline(kept, color="black", linewidth=1, label=f"kept: epoch {kept}")
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    right.plot(epochs, history["val_entity_f1"], **_ENTITIES)
    if baseline is not None:
        right.axhline(baseline, color="black", linestyle="-.", linewidth=1, label="always O")
    # By how many times they differ is what tells an overfitted network.
    loss, val_loss = np.array(history["loss"]), np.array(history["val_loss"])
    gap = {"where": val_loss > loss, "interpolate": True, "color": "#E4E4E4", "zorder": 0}
    left.fill_between(epochs, loss, val_loss, **gap)
    left.set_yscale("log")
    left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    left.yaxis.set_major_formatter("{x:g}")
    left.yaxis.set_minor_formatter(NullFormatter())
    left.set_title("loss")
    right.set_title("accuracy and F1")
    below = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "frameon": False, "fontsize": 10}
    plt.gcf().legend(*right.get_legend_handles_labels(), ncols=3, **below)
    ends = {name: f"from {values[0]:.3f} to {values[-1]:.3f}" for name, values in history.items()}
    show(
        f"Two line charts over {len(epochs)} epochs. Loss: in training {ends['loss']}, in "
        f"validation {ends['val_loss']}. Accuracy: {ends['accuracy']} and {ends['val_accuracy']}. "
        f"Entity F1 in validation {ends['val_entity_f1']}. Kept is epoch {kept}."
    )
