"""Small taggers with random weights."""

import numpy as np

from ner_tutorial.models import ARCHITECTURES
from ner_tutorial.tagger import Tagger
from ner_tutorial.vocabulary import Vocabulary

VOCABULARY = Vocabulary(
    ("<_UNK_>", "<_PAD_>", "Joe", "Müller", "went", "to", "Rome"),
    ("<_PAD_TAG_>", "O", "B-per", "I-per", "B-geo"),
)
WITH_FEATURES = Vocabulary(
    VOCABULARY.index2word,
    VOCABULARY.index2tag,
    ("<_UNK_>", "<_PAD_>", "suffix 1: e", "prefix 1: n", "prefix 2: Jo", "shape: Xxx", "shape: xx"),
)
SENTENCES = [
    ["Joe", "Müller", "went", "to", "Rome"],
    ["Rome"] * 3 + ["went"] * 4 + ["Joe"] * 5,
    ["nobody", "knows", "Joe"],
    ["to", "to"],
]


def build_random(architecture, iob2_only=False) -> Tagger:
    """With weights far from the first ones, so that tags differ from word to word."""
    vocabulary = WITH_FEATURES if ARCHITECTURES[architecture].reads_form else VOCABULARY
    tagger = Tagger.build(architecture, vocabulary, iob2_only)
    draw = np.random.default_rng(0)
    weights = tagger.model.get_weights()
    tagger.model.set_weights([draw.normal(0, 0.5, weight.shape) for weight in weights])
    return tagger
