"""The Keras layers that the networks are made of, besides the CRF (lessons 03 and 06)."""

from typing import Any

import numpy as np
import tensorflow as tf

from ner_tutorial.lstm import lstm
from ner_tutorial.vocabulary import PADDING_WORD_INDEX, UNKNOWN_WORD_INDEX

_PRIME, _MIXER = 1_000_003, -7046029254386353131  # the latter of 64 bits: 2^64 / golden ratio


@tf.keras.utils.register_keras_serializable(package="ner_tutorial")
class NotPadding(tf.keras.layers.Layer):
    """The mask of a batch: True on words, False on padding; bool (batch, length).

    A layer, because a bare `words != 1` inside a functional model cannot be saved and loaded again.
    `mask_zero` would not do: in our tables word 0 is the unknown word.

    Args:
        padding: the index of the padding word.
    """

    def __init__(self, padding: int = PADDING_WORD_INDEX, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.padding = padding

    def get_config(self) -> dict:
        return {**super().get_config(), "padding": self.padding}

    def call(self, words: tf.Tensor) -> tf.Tensor:
        return tf.not_equal(words, tf.cast(self.padding, words.dtype))


@tf.keras.utils.register_keras_serializable(package="ner_tutorial")
class Embedding(tf.keras.layers.Embedding):
    """Keras's Embedding, a vector for each index, trained alike on Keras 2 and 3.

    Keras's hands the optimiser a gradient for each word of a batch. Keras 2 adds up those of one
    word before Adam squares them, Keras 3 squares them one by one, so that a word that a batch
    has n times moves up to sqrt(n) times as far. This one's gradient is for the whole table.
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        # Through `reshape`, whose gradient is one tensor; that of a bare `gather` is in pieces.
        table = tf.reshape(self.embeddings, [self.input_dim, self.output_dim])
        return tf.gather(tf.cast(table, self.compute_dtype), inputs)


@tf.keras.utils.register_keras_serializable(package="ner_tutorial")
class BiLSTM(tf.keras.layers.Layer):
    """Two LSTMs, one that reads each sentence from the left, one from the right (lesson 03).

    Given vectors, float (batch, length, size), and the mask, bool (batch, length), True on words
    and on the left in one piece (by default all are words), it returns float (batch, length, 2 *
    units). On words that equals Keras's `Bidirectional(LSTM(units, return_sequences=True))`; on
    padding it means nothing.

    The weights are those of two Keras LSTMs. On a GPU these also do the work, with cuDNN; on a CPU
    our `lstm`, with the same result, sooner. `training.fit` sets `writes_out_gradient` while it
    trains: the gradient written out takes less time, but TensorFlow cannot save a graph with it.

    Args:
        units: the size of each LSTM.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.forward_layer = tf.keras.layers.LSTM(units, return_sequences=True, name="forward")
        self.backward_layer = tf.keras.layers.LSTM(units, return_sequences=True, name="backward")
        self.supports_masking = True  # passes the mask on, to the layers behind and to the loss
        self.writes_out_gradient = False

    def get_config(self) -> dict:
        return {**super().get_config(), "units": self.units}

    def build(self, input_shape: tuple) -> None:
        shape = tuple(input_shape)  # a list, as files hold it, Keras 2 takes for three shapes
        self.forward_layer.build(shape)
        self.backward_layer.build(shape)
        self.built = True

    def call(
        self, inputs: tf.Tensor, mask: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        mask = tf.ones(tf.shape(inputs)[:2], tf.bool) if mask is None else mask
        hidden = self._read(inputs, mask, bool(training) and self.writes_out_gradient)
        return tf.ensure_shape(hidden, [*inputs.shape[:2], 2 * self.units])

    def _read(self, inputs: tf.Tensor, mask: tf.Tensor, training: bool) -> tf.Tensor:
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

    def _call_keras(self, inputs: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
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
class Dropout(tf.keras.layers.Layer):
    """In training, sets numbers to 0 at random, and makes the others larger to keep the sum.

    As Keras's, but for where the draws come from: `generator`, a `tf.random.Generator` of its own.
    A checkpoint keeps its state, so that a run that was killed goes on with the same draws, on
    Keras 2 as well. Given float of any shape, it returns the like; outside of training, the same.

    Args:
        rate: the share of numbers that are set to 0.
    """

    def __init__(self, rate: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        # Drawn from NumPy, which `tf.keras.utils.set_random_seed` sets too.
        self.generator = tf.random.Generator.from_seed(np.random.randint(2**31))
        self.supports_masking = True

    def get_config(self) -> dict:
        return {**super().get_config(), "rate": self.rate}

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        if not training or not self.rate:
            return inputs
        is_kept = self.generator.uniform(tf.shape(inputs)) >= self.rate
        return tf.where(is_kept, inputs / (1 - self.rate), tf.zeros_like(inputs))


@tf.keras.utils.register_keras_serializable(package="ner_tutorial")
class WordDropout(tf.keras.layers.Layer):
    """In training, replaces words at random by the unknown word.

    So the unknown word gets a vector that has seen training, and the model learns to do without
    knowing every word. Given word indices, int (batch, length), it returns the like; outside of
    training, the same.

    Args:
        rate: the share of words that are replaced.
    """

    def __init__(self, rate: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.dropout = Dropout(rate)  # draws for us

    def get_config(self) -> dict:
        return {**super().get_config(), "rate": self.rate}

    def call(self, words: tf.Tensor, training: bool = False) -> tf.Tensor:
        is_kept = self.dropout(tf.ones(tf.shape(words)), training=training) > 0
        is_padding = words == PADDING_WORD_INDEX  # it stays, whatever was drawn
        return tf.where(is_kept | is_padding, words, UNKNOWN_WORD_INDEX)


@tf.keras.utils.register_keras_serializable(package="ner_tutorial")
class Lookup(tf.keras.layers.Layer):
    """Rows of a table that is no weight: it is filled before each use, and not saved.

    So a network reads what a frozen encoder made of each word, which need not be made anew in each
    epoch (lesson 08). Given numbers of rows, int (batch, length), it returns float (batch, length,
    size).

    Args:
        size: of a row.
    """

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = size
        # float16: a word's row is read, never added to, and a large corpus has a million words.
        empty = tf.zeros([2, size], tf.float16)
        table = tf.Variable(empty, shape=[None, size], trainable=False)
        self._table = lambda: table  # in a function, where Keras does not see a weight in it

    def get_config(self) -> dict:
        return {**super().get_config(), "size": self.size}

    def fill(self, rows: np.ndarray) -> None:
        """Put rows, float (number, size), in the table, from its row 2 on: as in all our tables
        rows 0 and 1 are the unknown word's and padding's."""
        special = np.zeros([2, self.size], np.float16)
        self._table().assign(np.concatenate([special, rows.astype(np.float16)]))

    def call(self, rows: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.gather(self._table(), rows), self.compute_dtype)


@tf.keras.utils.register_keras_serializable(package="ner_tutorial")
class Window(tf.keras.layers.Layer):
    """What a linear CRF over hand-made features reads of each word and of those around it.

    Its features are the word, its two neighbours on either side and the pairs that it makes with
    the next ones, and the forms of the word and of the next ones. A feature is a number in a table
    of vectors, by hashing (Weinberger et al., 2009): no list of features is kept, and two may share
    a vector. The vectors of a word's features are added up.

    Given word and feature indices, int (batch, length, columns), as `Vocabulary.encode_words` makes
    them, it returns float (batch, length, size).

    Args:
        size: of the vectors.
        rows: of the table.
    """

    def __init__(self, size: int, rows: int = 2**17, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = size
        self.rows = rows

    def get_config(self) -> dict:
        return {**super().get_config(), "size": self.size, "rows": self.rows}

    def build(self, input_shape: tuple) -> None:
        self.table = self.add_weight(
            shape=(self.rows, self.size), initializer="zeros", name="table"
        )
        self.built = True

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        length = tf.shape(inputs)[1]
        is_word = inputs[:, :, :1] != PADDING_WORD_INDEX
        shifted = tf.where(is_word, tf.cast(inputs, tf.int64) + 1, 0)
        padded = tf.pad(shifted, [[0, 0], [2, 2], [0, 0]])
        # Each is (batch, length, columns); 0 stands before the first word and behind the last.
        two_before, before, here, after, two_after = (
            padded[:, start : start + length] for start in range(5)
        )
        words = [x[:, :, :1] for x in (two_before, before, here, after, two_after)]
        pairs = [words[1] * _PRIME + words[2], words[2] * _PRIME + words[3]]
        forms = [x[:, :, 1:] for x in (before, here, after)]
        features = tf.concat([*words, *pairs, *forms], axis=2)
        kinds = tf.range(tf.shape(features)[2], dtype=tf.int64)
        # Overflow is harmless here: what counts is that equal features meet and others seldom do.
        mixed = (features * _PRIME + kinds) * _MIXER
        rows = tf.math.floormod(mixed // 2**32, self.rows)
        table = tf.reshape(self.table, [self.rows, self.size])  # as in `Embedding`
        return tf.reduce_sum(tf.gather(tf.cast(table, self.compute_dtype), rows), axis=2)
