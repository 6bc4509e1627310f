"""Draw the picture in the course's README: what a saved model finds in the running examples.

python -m ner_tutorial train --corpus data/sample.csv --model char-crf --output build/my-model
python docs/picture.py build/my-model         writes docs/result.png
"""

import sys
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt

from ner_tutorial import errors, files
from ner_tutorial.plots import COLOURS
from ner_tutorial.tagger import Tagger

TARGET = Path(__file__).resolve().with_name("result.png")
TEXTS = (
    "Joe went to Stanford University.",
    "Roger is a tennis player. Roger that!",
    "President Hassan of Kenya met Joe Smith in Paris in June 2004.",
)
SPACE, LINE = 7, 52  # points between two words, and between two lines


def main(model: str) -> None:
    matplotlib.use("agg")
    tagger = Tagger.load(model)
    figure = plt.figure(figsize=(7.2, 0.15 + len(TEXTS) * LINE / 72), dpi=200)
    for row, text in enumerate(TEXTS):
        left, bottom = 8.0, figure.get_figheight() * 72 - 26 - row * LINE
        done = 0
        tagged = tagger.tag(text)
        print(text, [(entity.type, entity.text) for entity in tagged.entities])
        for entity in tagged.entities:
            left = write(figure, text[done : entity.start].strip(), left, bottom)
            left = write(figure, entity.text, left, bottom, entity.type)
            done = entity.end
        write(figure, text[done:].strip(), left, bottom)
    with files.whole(TARGET) as partial:
        figure.savefig(partial, format="png")
    print(f"-> {TARGET}")


def write(figure, words: str, left: float, bottom: float, kind: str | None = None) -> float:
    """Write words, in a box with their type below it if they are a name; where the next begin."""
    if not words:
        return left
    colour = COLOURS[kind] if kind else "none"
    box = {"boxstyle": "round,pad=0.25", "facecolor": colour, "edgecolor": colour, "alpha": 0.25}
    place = {"transform": None, "fontsize": 12}  # in pixels, from the lower left corner
    scale = figure.dpi / 72
    text = figure.text(left * scale, bottom * scale, words, bbox=box if kind else None, **place)
    width = text.get_window_extent().width / scale
    if kind:
        middle = (left + width / 2) * scale
        below = {**place, "fontsize": 9, "ha": "center", "weight": "bold"}
        figure.text(middle, (bottom - 18) * scale, kind, color=COLOURS[kind], **below)
    return left + width + SPACE


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: python {sys.argv[0]} MODEL")
    with errors.one_line():
        main(sys.argv[1])
