"""Models with random weights, and random sentences for them."""

import contextlib

import numpy as np
import tensorflow as tf

from ner_tutorial.models import bilstm_crf, bilstm_softmax, char_crf
from ner_tutorial.vocabulary import NUM_FEATURES

NAMES = ["<_PAD_TAG_>", "O", "B-per", "I-per", "B-geo", "I-geo"]
TAGS = len(NAMES)
WORDS = 50
FEATURES = 30


def softmax():
    tf.keras.utils.set_random_seed(1)
    return _with_random_weights(bilstm_softmax(WORDS, TAGS))


def crf():
    tf.keras.utils.set_random_seed(1)
    return _with_random_weights(bilstm_crf(WORDS, TAGS, NAMES))


def with_form():
    tf.keras.utils.set_random_seed(1)
    return _with_random_weights(char_crf(WORDS, FEATURES, TAGS, NAMES, True, units=6))


def _with_random_weights(model):
    """Far from the first weights, so that tags differ from word to word."""
    draw = np.random.default_rng(0)
    model.first_weights = model.get_weights()
    model.set_weights([draw.normal(0, 0.4, weight.shape) for weight in model.get_weights()])
    return model


@contextlib.contextmanager
def weights_of(model, weights):
    before = model.get_weights()
    model.set_weights(weights)
    try:
        yield
    finally:
        model.set_weights(before)


def random_words(seed, lengths, width=None):
    draw = np.random.default_rng(seed)
    lengths = np.asarray(lengths)
    words = draw.integers(2, WORDS, (len(lengths), width or lengths.max()), dtype=np.int32)
    words[draw.random(words.shape) < 0.1] = 0  # unknown words are words, not padding
    return np.where(np.arange(words.shape[1]) < lengths[:, None], words, 1).astype(np.int32)


def random_words_and_features(seed, lengths):
    words = random_words(seed, lengths)
    draw = np.random.default_rng(seed)
    features = draw.integers(2, FEATURES, (*words.shape, NUM_FEATURES), dtype=np.int32)
    features[words == 1] = 1
    return np.concatenate([words[:, :, None], features], axis=2)


def run(model, words):
    return model(words, training=False).numpy()
