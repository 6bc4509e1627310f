"""All figures look alike, and each has a test of its own."""

import importlib
import io

import pytest
from figures import SHOWN, backend, draw  # noqa: F401
from PIL import Image

from ner_tutorial import plots
from ner_tutorial.formats import COLOURS, colour


@pytest.mark.parametrize("subject", ["corpus", "network", "crf", "scores"])
def test_every_figure_of_a_subject_is_tried_in_its_test(subject):
    tried = importlib.import_module(f"test_plots_{subject}").FIGURES
    module = f"{plots.__name__}.{subject}"
    functions = {name for name in plots.__all__ if getattr(plots, name).__module__ == module}
    assert functions - {"highlight", "shades"} == {name.split(",")[0] for name in tried}


def test_a_type_has_one_colour_and_no_other_type_has_it():
    assert colour("B-per") == colour("I-per") == COLOURS["per"]
    assert len(set(COLOURS.values())) == 8
    for tag in ["O", "<_PAD_TAG_>", "B-myth"]:
        assert colour(tag) not in COLOURS.values()


def test_a_figure_has_twice_the_pixels_that_it_is_shown_with_and_a_white_background():
    draw(plots.sentence_lengths, [3, 8, 80], 70)
    (shown,) = SHOWN
    _, metadata = shown._repr_png_()
    picture = Image.open(io.BytesIO(shown.data))
    assert (metadata["width"], metadata["height"]) == tuple(side // 2 for side in picture.size)
    assert 640 <= metadata["width"] <= 720
    assert metadata["alt"].startswith("Histogram")
    assert picture.convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 255)
    assert len(shown.data) < 50_000
