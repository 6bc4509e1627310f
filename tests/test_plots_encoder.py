"""The figures of an encoder draw what they are given, and warn of nothing."""

import numpy as np
import pytest
from figures import alt, backend, draw, texts, tick_labels  # noqa: F401

from ner_tutorial import plots

# A warning would be part of the lesson that draws the figure.
pytestmark = pytest.mark.filterwarnings("error")

SENTENCES = [["[CLS]", "roger", "!", "[SEP]"], ["[CLS]", "roger", "[SEP]"]]
SHARES = [
    np.array([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]]),
    np.array([[0.0, 1.0, 0.0], [0.25, 0.25, 0.5]]),
]


def test_attention_has_a_table_a_sentence_with_each_share_and_says_what_is_looked_at_most():
    first, second = draw(plots.attention, SENTENCES, SHARES, "Roger")
    assert texts(first) == [".10", ".20", ".30", ".40", ".70", ".10", ".10", ".10"]
    assert texts(second)[1] == "1.00"
    assert tick_labels(first.xaxis) == SENTENCES[0]
    assert tick_labels(second.yaxis) == ["1", "2"]
    np.testing.assert_array_equal(first.images[0].get_array(), SHARES[0])
    assert "In 'roger !' most: [SEP] 0.40 in layer 1, [CLS] 0.70 in layer 2." in alt()
    assert "In 'roger' most: roger 1.00 in layer 1, [SEP] 0.50 in layer 2." in alt()
