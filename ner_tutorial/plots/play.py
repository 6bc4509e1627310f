"""Figures to play with: sliders for a trellis, a box for a sentence of one's own, words to tag.

They need ipywidgets and a running kernel. Without, what they show first stays: a picture, a table.
"""

import html
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, Image, display

from ner_tutorial.iob2 import repair
from ner_tutorial.plots.corpus import highlight
from ner_tutorial.plots.crf import draw_trellis
from ner_tutorial.plots.style import WIDTH, picture
from ner_tutorial.text import split_sentences

_REACH = 5  # how far a slider goes beyond the largest score
_CELL = "text-align:left;vertical-align:baseline"

# From the words of a sentence to its tags, or to its tags and their probabilities.
Model = Callable[[list[str]], Sequence[str] | tuple[Sequence[str], Sequence[float]]]


def play_trellis(
    words: Sequence[str], tags: Sequence[str], emissions: np.ndarray, transitions: np.ndarray
) -> None:
    """Viterbi's trellis (lesson 04) with two sliders, one for an emission and one for a transition.

    Args:
        words: the sentence.
        tags: their names, a row each.
        emissions: float (words, tags).
        transitions: float (tags, tags), from row to column. What is infinite has no slider.
    """
    emissions, transitions = np.array(emissions, float), np.array(transitions, float)
    handle = display(_best_path(words, tags, emissions, transitions), display_id=True)
    if widgets := _widgets():

        def redraw() -> None:
            handle.update(_best_path(words, tags, emissions, transitions))

        at_words = [[f"{tag} at {word}" for tag in tags] for word in words]
        moves = [[f"{before} to {after}" for after in tags] for before in tags]
        sliders = [
            _slider(widgets, "emission", at_words, emissions, redraw),
            _slider(widgets, "transition", moves, transitions, redraw),
        ]
        display(widgets.VBox(sliders))


def _widgets() -> ModuleType | None:
    """The library of sliders and boxes, where it is installed."""
    try:
        import ipywidgets
    except ImportError:
        return None
    return ipywidgets


def _best_path(
    words: Sequence[str], tags: Sequence[str], emissions: np.ndarray, transitions: np.ndarray
) -> Image:
    from ner_tutorial.crf import viterbi_decode  # with TensorFlow, which most figures do not need

    best = [emissions[0]]
    for emission in emissions[1:]:
        best.append(emission + (best[-1][:, np.newaxis] + transitions).max(axis=0))
    path, _ = viterbi_decode(emissions, transitions)
    _, axes = plt.subplots(figsize=(WIDTH, 1.25 * len(tags) + 0.6))
    said = draw_trellis(axes, words, tags, np.array(best), emissions, transitions, path)
    return picture(f"Viterbi's trellis. {said}")


def _slider(
    widgets: ModuleType,
    kind: str,
    names: list[list[str]],
    scores: np.ndarray,
    redraw: Callable[[], None],
) -> object:
    """A choice of one score of a table, and a slider that sets it there and has all drawn again."""
    finite = [(int(row), int(column)) for row, column in np.argwhere(np.isfinite(scores))]
    limit = np.ceil(max(abs(scores[place]) for place in finite)) + _REACH
    options = [(names[row][column], (row, column)) for row, column in finite]
    which = widgets.Dropdown(options=options, description=kind)
    value = widgets.FloatSlider(
        value=scores[which.value],
        min=-limit,
        max=limit,
        step=0.1,
        readout_format="+.1f",
        continuous_update=False,
    )

    def choose(change: Mapping) -> None:
        value.value = scores[change["new"]]

    def move(change: Mapping) -> None:
        if scores[which.value] != change["new"]:  # moved by hand, and not by another choice
            scores[which.value] = change["new"]
            redraw()

    which.observe(choose, "value")
    value.observe(move, "value")
    return widgets.HBox([which, value])


def play_tagging(models: Mapping[str, Model], sentence: str) -> None:
    """A box to type a sentence in, and what each of several models finds in it, side by side.

    Args:
        models: name to model: a function from a list of words to their tags, or to a tuple of their
            tags and the probabilities of these.
        sentence: what stands in the box at first.
    """
    if widgets := _widgets():
        box = widgets.Text(
            value=sentence, description="sentence", continuous_update=False, layout={"width": "98%"}
        )
        display(box)
    handle = display(_answers(models, sentence), display_id=True)
    if widgets:
        box.observe(lambda change: handle.update(_answers(models, change["new"])), "value")


def _answers(models: Mapping[str, Model], text: str) -> HTML:
    """A table of what each model finds in a text, and where it is least sure."""
    sentences = [[token.text for token in tokens] for _, _, tokens in split_sentences([text])]
    rows = []
    for name, model in models.items():
        found: list[str] = []
        doubts: list[tuple[float, str]] = []
        for words in sentences:
            answer = model(words)
            tags, probabilities = answer if isinstance(answer, tuple) else (answer, [])
            found.append(highlight(words, tags).data)
            doubts += zip(probabilities, words, strict=False)
        doubt = "{1} {0:.2f}".format(*min(doubts)) if doubts else ""
        cells = [f"<b>{html.escape(name)}</b>", "".join(found), html.escape(doubt)]
        rows.append("".join(f"<td style='{_CELL}'>{cell}</td>" for cell in cells))
    heads = f"<th>model</th><th style='{_CELL}'>finds</th><th>least sure of</th>"
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return HTML(f"<table><tr>{heads}</tr>{body}</table>")


def play_annotation(words: Sequence[str], tags: list[str], types: Sequence[str]) -> None:
    """A sentence whose words are buttons: a click marks one as an entity of the chosen type, a
    second one joins it to the entity on its left, and a third one takes the mark away.

    Args:
        words: the sentence.
        tags: its tags, which the clicks change: the list itself, so that a cell can go on with it.
        types: those to choose from.
    """
    handle = display(highlight(words, tags), display_id=True)
    if widgets := _widgets():
        kind = widgets.ToggleButtons(options=list(types), style={"button_width": "4em"})

        def clicked(place: int) -> None:
            tags[:] = after_click(tags, place, kind.value)
            handle.update(highlight(words, tags))

        buttons = []
        for place, word in enumerate(words):
            button = widgets.Button(description=word, layout={"width": "auto"})
            button.on_click(lambda _, place=place: clicked(place))
            buttons.append(button)
        row = widgets.HBox(buttons, layout={"flex_flow": "row wrap"})
        display(widgets.VBox([kind, row]))


def after_click(tags: Sequence[str], place: int, kind: str) -> list[str]:
    """The tags after a click on a word, in IOB2 again: what lost its beginning begins there.

    >>> tags = after_click(["B-per", "O", "O"], 1, "per")
    >>> tags, after_click(tags, 1, "per"), after_click(["B-per", "I-per", "I-per"], 1, "per")
    (['B-per', 'B-per', 'O'], ['B-per', 'I-per', 'O'], ['B-per', 'O', 'B-per'])
    """
    tags = list(tags)
    before = tags[place - 1] if place else "O"
    if tags[place] == f"B-{kind}" and before in (f"B-{kind}", f"I-{kind}"):
        tags[place] = f"I-{kind}"
    elif tags[place] in (f"B-{kind}", f"I-{kind}"):
        tags[place] = "O"
    else:
        tags[place] = f"B-{kind}"
    return repair(tags)
