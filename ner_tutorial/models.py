"""The systems the course compares: word lookup (lesson 01), BiLSTM-softmax (03), BiLSTM-CRF (04),
and a stronger BiLSTM-CRF.

The networks are functional Keras models, the first two with the classic sizes.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from ner_tutorial.batching import lengths
from ner_tutorial.corpus import Sentence
from ner_tutorial.crf import CRF, crf_decode
from ner_tutorial.lstm import lstm
from ner_tutorial.vocabulary import (
    NUM_FEATURES,
    PADDING_TAG_INDEX,
    PADDING_WORD_INDEX,
    UNKNOWN_WORD_INDEX,
    iob2_moves,
)

LSTM_UNITS = 50  # in each direction
DENSE_UNITS = 100

WORD_SIZE = 100  # of `char_crf`
FEATURE_SIZE = 16


@tf.keras.utils.register_keras_serializable(package="ner_tutorial")
class NotPadding(tf.keras.layers.Layer):
    """The mask of a batch: True on words, False on padding; bool (batch, length).

    A layer, because a bare `words != 1` inside a functional model cannot be saved and loaded again.
    `mask_zero` would not do: in our tables word 0 is the unknown word.

    Args:
        padding: the index of the padding word.
    """

    def __init__(self, padding: int = PADDING_WORD_INDEX, **kwargs):
        super().__init__(**kwargs)
        self.padding = padding

    def get_config(self) -> dict:
        return {**super().get_config(), "padding": self.padding}

    def call(self, words):
        return tf.not_equal(words, tf.cast(self.padding, words.dtype))


@tf.keras.utils.register_keras_serializable(package="ner_tutorial")
class BiLSTM(tf.keras.layers.Layer):
    """Two LSTMs, one that reads each sentence from the left, one from the right (lesson 03).

    Given vectors, float (batch, length, size), and the mask, bool (batch, length), True on words
    and on the left in one piece, it returns float (batch, length, 2 * units). On words that equals
    Keras's `Bidirectional(LSTM(units, return_sequences=True))`; on padding it means nothing.

    The weights are those of two Keras LSTMs. On a GPU these also do the work, with cuDNN; on a CPU
    our `lstm`, with the same result, sooner.

    Args:
        units: the size of each LSTM.
    """

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.forward_layer = tf.keras.layers.LSTM(units, return_sequences=True, name="forward")
        self.backward_layer = tf.keras.layers.LSTM(units, return_sequences=True, name="backward")
        self.supports_masking = True  # passes the mask on, to the layers behind and to the loss

    def get_config(self) -> dict:
        return {**super().get_config(), "units": self.units}

    def build(self, input_shape) -> None:
        shape = tuple(input_shape)  # a list, as files hold it, Keras 2 takes for three shapes
        self.forward_layer.build(shape)
        self.backward_layer.build(shape)
        self.built = True

    def call(self, inputs, mask, training=None):
        if tf.config.get_visible_devices("GPU"):
            return self._call_keras(inputs, mask)
        # Padding becomes zeros, also in the place of the input that stands for the bias. So what
        # reads from the right still knows nothing when it comes to a sentence's last word.
        vectors = tf.concat([inputs, tf.ones_like(inputs[:, :, :1])], axis=2)
        vectors = tf.where(mask[:, :, tf.newaxis], vectors, tf.zeros_like(vectors))
        vectors = tf.transpose(vectors, [1, 0, 2])  # shape: (length, batch, size + 1)
        left = _weights_with_bias(self.forward_layer, vectors.dtype)
        right = _weights_with_bias(self.backward_layer, vectors.dtype)
        from_left = lstm(vectors, left, training=training)
        from_right = lstm(vectors, right, reverse=True, training=training)
        return tf.transpose(tf.concat([from_left, from_right], axis=2), [1, 0, 2])

    def _call_keras(self, inputs, mask):
        """Neither LSTM is given the mask, which Keras would apply anew at each step. The second is
        handed each sentence with its words in reverse order and the padding still behind them, and
        what comes after the words cannot change what was read before."""
        position = tf.range(tf.shape(mask)[1])
        last = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1, keepdims=True) - 1
        mirrored = tf.where(mask, last - position, position)  # shape: (batch, length)
        from_left = self.forward_layer(inputs)
        from_right = self.backward_layer(tf.gather(inputs, mirrored, batch_dims=1))
        return tf.concat([from_left, tf.gather(from_right, mirrored, batch_dims=1)], axis=2)


def _weights_with_bias(layer: tf.keras.layers.LSTM, dtype: tf.DType) -> tf.Tensor:
    """A Keras LSTM's weights as `lstm` takes them, the bias as those of the last input."""
    cell = layer.cell
    rows = (cell.kernel, cell.bias[tf.newaxis], cell.recurrent_kernel)
    return tf.concat([tf.cast(row, dtype) for row in rows], axis=0)


@tf.keras.utils.register_keras_serializable(package="ner_tutorial")
class WordDropout(tf.keras.layers.Layer):
    """In training, replaces words at random by the unknown word.

    So the unknown word gets a vector that has seen training, and the model learns to do without
    knowing every word. Given word indices, int (batch, length), it returns the like; outside of
    training, the same.

    Args:
        rate: the share of words that are replaced.
    """

    def __init__(self, rate: float, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.dropout = tf.keras.layers.Dropout(rate)  # draws for us, from Keras's seed

    def get_config(self) -> dict:
        return {**super().get_config(), "rate": self.rate}

    def call(self, words, training=None):
        is_kept = self.dropout(tf.ones(tf.shape(words)), training=training) > 0
        is_padding = words == PADDING_WORD_INDEX  # it stays, whatever was drawn
        return tf.where(is_kept | is_padding, words, UNKNOWN_WORD_INDEX)


def word_lookup(training: Sequence[Sentence], sentences: Sequence[Sentence]) -> list[list[str]]:
    """Give each word the tag it has most often in `training`, and O if it is not there (lesson 01).

    Returns:
        The tags of each of `sentences`.
    """
    counts: dict[str, Counter] = defaultdict(Counter)
    for sentence in training:
        for word, tag in zip(sentence.words, sentence.tags, strict=True):
            counts[word][tag] += 1
    best = {word: tags.most_common(1)[0][0] for word, tags in counts.items()}
    return [[best.get(word, "O") for word in sentence.words] for sentence in sentences]


def embedding_size(vocabulary_size: int) -> int:
    """The fourth root of the vocabulary's size, a rule of thumb for how wide an embedding should
    be.

    >>> embedding_size(35_164)
    14
    """
    return round(vocabulary_size**0.25)


def bilstm_softmax(vocabulary_size: int, num_tags: int) -> tf.keras.Model:
    """A BiLSTM that chooses each tag alone (lesson 03).

    Args:
        vocabulary_size: how many words there are, the two special ones included.
        num_tags: how many tags there are, the padding tag included.

    Returns:
        A model from word indices, int (batch, length), to the probability of each tag, float32
        (batch, length, num_tags).
    """
    words, features, _ = _bilstm(vocabulary_size)
    probabilities = tf.keras.layers.Dense(
        num_tags, activation="softmax", dtype="float32", name="softmax"
    )(features)
    return tf.keras.Model(words, probabilities, name="bilstm_softmax")


def bilstm_crf(
    vocabulary_size: int,
    num_tags: int,
    tag_names: Sequence[str] | None = None,
    constrain_training: bool = False,
) -> tf.keras.Model:
    """A BiLSTM whose tags are chosen together, by a CRF (lesson 04; Huang, Xu and Yu, 2015).

    Args:
        vocabulary_size: how many words there are, the two special ones included.
        num_tags: how many tags there are, the padding tag included.
        tag_names, constrain_training: see `CRF`.

    Returns:
        A model from word indices, int (batch, length), to tag indices, int32 (batch, length).
    """
    words, features, mask = _bilstm(vocabulary_size)
    crf = CRF(num_tags, tag_names, PADDING_TAG_INDEX, constrain_training, name="crf")
    tags, _ = crf(features, mask=mask)
    return tf.keras.Model(words, tags, name="bilstm_crf")


def char_crf(
    vocabulary_size: int,
    num_features: int,
    num_tags: int,
    tag_names: Sequence[str] | None = None,
    constrain_training: bool = False,
    units: int = 128,
    word_dropout: float = 0.2,
    input_dropout: float = 0.5,
    hidden_dropout: float = 0.5,
) -> tf.keras.Model:
    """A BiLSTM-CRF that also sees the form of each word: its endings, beginnings and shape.

    Args:
        vocabulary_size, num_features: how many words and features there are, the two special ones
            of each included.
        num_tags: how many tags there are, the padding tag included.
        tag_names, constrain_training: see `CRF`.
        units: the size of each LSTM.
        word_dropout: the share of words that training hides (see `WordDropout`).
        input_dropout, hidden_dropout: the share of numbers that training sets to 0 before and after
            the LSTMs. (Never inside: `recurrent_dropout` keeps an LSTM off the fast GPU code.)

    Returns:
        A model from word and feature indices, int (batch, length, 1 + `NUM_FEATURES`), to tag
        indices, int32 (batch, length).
    """
    inputs = tf.keras.Input([None, 1 + NUM_FEATURES], dtype="int32", name="words_and_features")
    words, features = inputs[:, :, 0], inputs[:, :, 1:]
    mask = NotPadding(name="not_padding")(words)
    words = WordDropout(word_dropout, name="word_dropout")(words)
    word_vectors = tf.keras.layers.Embedding(vocabulary_size, WORD_SIZE, name="embedding")(words)
    # One table for all kinds of features: the vectors of a word's features are laid side by side.
    form = tf.keras.layers.Embedding(num_features, FEATURE_SIZE, name="features")(features)
    form = tf.keras.layers.Reshape([-1, NUM_FEATURES * FEATURE_SIZE], name="form")(form)
    vectors = tf.keras.layers.Concatenate(name="word_and_form")([word_vectors, form])
    vectors = tf.keras.layers.Dropout(input_dropout, name="dropout_in")(vectors)
    hidden = BiLSTM(units, name="bilstm")(vectors, mask=mask)
    hidden = tf.keras.layers.Dropout(hidden_dropout, name="dropout_out")(hidden)
    crf = CRF(num_tags, tag_names, PADDING_TAG_INDEX, constrain_training, name="crf")
    tags, _ = crf(hidden, mask=mask)
    return tf.keras.Model(inputs, tags, name="char_crf")


def predict_tags(
    model: tf.keras.Model,
    words: np.ndarray,
    tag_names: Sequence[str] | None = None,
    batch_size: int = 256,
) -> list[np.ndarray]:
    """The tags that a model chooses, without padding.

    Args:
        model: one that gives tags, or one that gives a probability for each (then the likeliest is
            chosen, and never the padding tag).
        words: int array from `encode`, padded on the right.
        tag_names: if given, a model that gives probabilities is decoded by Viterbi over the
            sequences that IOB2 allows (lesson 04). A CRF is constrained when it is built.
        batch_size: sentences a batch.

    Returns:
        For each sentence its tag indices, int32 (its length,).
    """
    spec = tf.TensorSpec([None, None, *words.shape[2:]], tf.int32)
    output_for = _outputs.get_concrete_function(spec, model)

    def tags_of(batch, length):
        output = output_for(batch).numpy()
        return (output if output.ndim == 2 else _choose(output, length, tag_names),)

    return [tags for (tags,) in _in_batches(tags_of, words, batch_size)]


def predict_confidence(
    model: tf.keras.Model, words: np.ndarray, batch_size: int = 256
) -> list[tuple[np.ndarray, np.ndarray]]:
    """The tags that a model chooses, as `predict_tags`, and how probable it thinks each.

    A CRF's probabilities are its marginals: the share of a tag at a word in all tag sequences, each
    weighted with its probability (lesson 04). They count sequences that IOB2 forbids, too.

    Returns:
        For each sentence its tag indices, int32 (its length,), and their probabilities, float32
        (its length,).
    """
    spec = tf.TensorSpec([None, None, *words.shape[2:]], tf.int32)
    outputs_for = _tags_and_probabilities.get_concrete_function(spec, model)

    def of(batch, _):
        return [output.numpy() for output in outputs_for(batch)]

    return _in_batches(of, words, batch_size)


def _in_batches(function, words: np.ndarray, batch_size: int) -> list[tuple]:
    """What a function of a batch and its lengths gives, for each sentence, without padding."""
    length = lengths(words)
    by_length = np.argsort(length, kind="stable")
    results: list[tuple] = [()] * len(words)
    for start in range(0, len(words), batch_size):
        rows = by_length[start : start + batch_size]
        batch = tf.constant(words[rows, : length[rows].max()], tf.int32)
        outputs = function(batch, length[rows])
        for row, *sentence in zip(rows, *outputs, strict=True):
            results[row] = tuple(output[: length[row]] for output in sentence)
    return results


@tf.function
def _outputs(words: tf.Tensor, model: tf.keras.Model) -> tf.Tensor:
    """One graph a model, for every batch size and length: `predict` makes one for each length."""
    return model(words, training=False)


@tf.function
def _tags_and_probabilities(words: tf.Tensor, model: tf.keras.Model) -> tuple:
    if any(layer.name == "crf" for layer in model.layers):
        crf = model.get_layer("crf")
        tags, scores = tf.keras.Model(model.input, crf.output)(words, training=False)
        probabilities = crf.marginals(scores)
    else:
        probabilities = model(words, training=False)
        first_tag = PADDING_TAG_INDEX + 1
        tags = tf.argmax(probabilities[:, :, first_tag:], 2, tf.int32) + first_tag
    return tags, tf.gather(probabilities, tags, batch_dims=2)


def _bilstm(vocabulary_size: int):
    """The layers that both models share: word indices, their features, and the mask."""
    words = tf.keras.Input([None], dtype="int32", name="words")
    mask = NotPadding(name="not_padding")(words)
    vectors = tf.keras.layers.Embedding(
        vocabulary_size, embedding_size(vocabulary_size), name="embedding"
    )(words)
    hidden = BiLSTM(LSTM_UNITS, name="bilstm")(vectors, mask=mask)
    features = tf.keras.layers.Dense(DENSE_UNITS, activation="relu", name="dense")(hidden)
    return words, features, mask


def _choose(probabilities: np.ndarray, length: np.ndarray, tag_names) -> np.ndarray:
    if tag_names is None:
        first_tag = PADDING_TAG_INDEX + 1
        return probabilities[:, :, first_tag:].argmax(axis=2).astype(np.int32) + first_tag
    start, moves = iob2_moves(tag_names)
    scores = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
    scores[:, 0] += start
    return crf_decode(scores, moves, length)[0].numpy()
