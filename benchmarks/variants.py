"""What `ablation.py` and `neighbours.py` add to char-crf: networks, and what they read, that the
package has not."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from ner_tutorial import models  # first of these: it quietens TensorFlow's import

# isort: split
import tensorflow as tf

from ner_tutorial.corpus import Sentence
from ner_tutorial.crf import CRF
from ner_tutorial.layers import BiLSTM, NotPadding, WordDropout
from ner_tutorial.vocabulary import NUM_FEATURES, PADDING_TAG_INDEX, Vocabulary

LETTERS, LETTER_SIZE, FILTERS = 16, 25, 50  # a word's first 16 letters, of 25 numbers each


def without_features(vocabulary: Vocabulary) -> Vocabulary:
    """To the model, every feature is unknown."""
    return replace(vocabulary, index2feature=vocabulary.index2feature[:2])


class WithLetters(Vocabulary):
    """A vocabulary that also gives each word's first letters as numbers, 0 where none is."""

    def encode_words(self, words: Sequence[str]) -> np.ndarray:
        letters = np.zeros((len(words), LETTERS), dtype=np.int32)
        for row, word in zip(letters, words, strict=True):
            row[: len(word)] = [min(ord(letter), 255) for letter in word[:LETTERS]]
        return np.concatenate([super().encode_words(words), letters], axis=1)


def with_letters(vocabulary: Vocabulary) -> Vocabulary:
    return WithLetters(vocabulary.index2word, vocabulary.index2tag, vocabulary.index2feature)


def larger(
    vocabulary: Vocabulary, letters: bool = False, lstms: int = 1, reads_tags: bool = False
) -> tf.keras.Model:
    """`char_crf` with a character CNN (Ma and Hovy, 2016), with more BiLSTMs, or with the index of
    a tag for each word, behind its other indices."""
    layers = tf.keras.layers
    num_tags, names = len(vocabulary.index2tag), vocabulary.index2tag
    end = 1 + NUM_FEATURES + letters * LETTERS
    inputs = tf.keras.Input([None, end + reads_tags], dtype="int32")
    words, features = inputs[:, :, 0], inputs[:, :, 1 : 1 + NUM_FEATURES]
    mask = NotPadding()(words)
    form = layers.Embedding(len(vocabulary.index2feature), models.FEATURE_SIZE)(features)
    embedding = layers.Embedding(len(vocabulary.index2word), models.WORD_SIZE)
    vectors = [
        embedding(WordDropout(0.2)(words)),
        layers.Reshape([-1, NUM_FEATURES * models.FEATURE_SIZE])(form),
    ]
    if letters:
        # shape: (batch, length, LETTERS, LETTER_SIZE)
        spelled = layers.Embedding(256, LETTER_SIZE)(inputs[:, :, 1 + NUM_FEATURES : end])
        spelled = layers.Conv2D(FILTERS, (1, 3), padding="same", activation="relu")(spelled)
        spelled = layers.MaxPool2D((1, LETTERS))(spelled)
        vectors.append(layers.Reshape([-1, FILTERS])(spelled))
    if reads_tags:
        vectors.append(layers.Embedding(num_tags, models.FEATURE_SIZE)(inputs[:, :, end]))
    hidden = layers.Dropout(0.5)(layers.Concatenate()(vectors))
    for _ in range(lstms):
        hidden = layers.Dropout(0.5)(BiLSTM(128)(hidden, mask=mask))
    tags, _ = CRF(num_tags, names, PADDING_TAG_INDEX, True, name="crf")(hidden, mask=mask)
    return tf.keras.Model(inputs, tags)


def with_sentence_before(
    part: Sequence[Sentence], before: dict[Sentence, Sentence], allowed: Iterable[Sentence]
) -> list[Sentence]:
    """Each sentence of a part behind the one that stands before it in the file, if that is one of
    those allowed: two parts never share a tag."""
    allowed = set(allowed)
    joined = []
    for sentence in part:
        first = before.get(sentence)
        if first in allowed:
            joined.append(Sentence(first.words + sentence.words, first.tags + sentence.tags))
        else:
            joined.append(sentence)
    return joined


class AveragedWeights(tf.keras.callbacks.Callback):
    """A running mean of the weights: a step moves it by a hundredth (Polyak and Juditsky, 1992)."""

    def on_train_begin(self, logs=None):
        self.mean, self.steps = [weight.copy() for weight in self.model.get_weights()], 0

    def on_train_batch_end(self, batch, logs=None):
        steps = int(self.model.optimizer.iterations.numpy())  # Keras may have taken several
        for kept, new in zip(self.mean, self.model.get_weights(), strict=True):
            kept += (1 - 0.99 ** (steps - self.steps)) * (new - kept)
        self.steps = steps

    def put_in(self) -> None:
        self.model.set_weights(self.mean)
