"""The figures of what a model means for people draw what they are given, and warn of nothing."""

import numpy as np
import pytest
from figures import alt, backend, draw, texts, tick_labels  # noqa: F401

from ner_tutorial import plots

# A warning would be part of the lesson that draws the figure.
pytestmark = pytest.mark.filterwarnings("error")


def test_languages_stand_in_the_order_of_the_first_systems_recall_with_their_intervals():
    systems = {
        "crf": {"thai": [0.5, 0.4, 0.7], "zulu": [0.25, 0.2, 0.3], "akan": [0.9, 0.8, 1.0]},
        "ensemble": {"thai": [0.6, 0.5, 0.7], "zulu": [0.95, 0.9, 1.0], "akan": [0.9, 0.8, 1.0]},
    }
    (axes,) = draw(plots.whom_it_misses, systems)
    assert tick_labels(axes.xaxis) == ["zulu", "thai", "akan"]
    (points, _, (whiskers,)), _ = axes.containers
    np.testing.assert_allclose(points.get_ydata(), [0.25, 0.5, 0.9])
    ends = [segment[:, 1].tolist() for segment in whiskers.get_segments()]
    np.testing.assert_allclose(ends, [[0.2, 0.3], [0.4, 0.7], [0.8, 1.0]])
    assert "crf: lowest zulu 0.25, thai 0.50, akan 0.90" in alt()
    assert "ensemble: lowest thai 0.60, akan 0.90, zulu 0.95" in alt()


def test_leaks_are_drawn_by_type_and_by_the_length_of_a_document():
    rows = [
        {
            "system": "crf",
            "by_type": {
                "geo": {"leaked": 1, "names": 4, "interval": [0.1, 0.5]},
                "per": {"leaked": 0, "names": 10, "interval": [0.0, 0.3]},
            },
            "documents": {"1": 0.1, "10": 0.6},
        }
    ]
    left, right = draw(plots.leaks, rows)
    assert tick_labels(left.xaxis) == ["geo", "per"]
    assert [bar.get_height() for bar in left.patches] == [0.25, 0]
    np.testing.assert_allclose(right.lines[0].get_xydata(), [[1, 0.1], [10, 0.6]])
    assert "crf: geo 1 of 4, per 0 of 10" in alt()
    assert "1: 0.10, 10: 0.60." in alt()
