"""A transformer: it makes of a sentence's words vectors that know their neighbours (lesson 08)."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from ner_tutorial import pretrained
from ner_tutorial.pieces import END, PADDING, START, pooled
from ner_tutorial.pretrained import PACKAGE, Sizes
from ner_tutorial.vocabulary import PADDING_WORD_INDEX

_BATCH = 64  # sentences that are read at once
_NOT_THERE = -1e9  # a score that no other is below: exp of it is 0


def attention(
    queries: tf.Tensor, keys: tf.Tensor, values: tf.Tensor, mask: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Scaled dot-product attention (Vaswani et al., 2017, equation 1; lesson 08).

    Args:
        queries, keys, values: float (..., length, size).
        mask: bool, True on what may be looked at; of a shape that broadcasts to (..., length,
            length).

    Returns:
        For each place the mean of the values, each weighted, float (..., length, size); and the
        weights, float (..., length, length), each row of which adds up to 1.
    """
    size = tf.cast(tf.shape(keys)[-1], keys.dtype)
    scores = tf.matmul(queries, keys, transpose_b=True) / tf.sqrt(size)
    weights = tf.nn.softmax(tf.where(mask, scores, _NOT_THERE))
    return tf.matmul(weights, values), weights


@tf.keras.utils.register_keras_serializable(package="ner_tutorial")
class Transformer(tf.keras.layers.Layer):
    """BERT's encoder, with its weights (Devlin et al., 2019; lesson 08).

    Given the indices of word pieces, int (batch, length), and the mask, bool (batch, length), True
    on pieces, it returns what each layer makes of them: a list of float (batch, length, size), of
    which the first is the embedding layer's. On padding they mean nothing.

    Args:
        sizes: see `Sizes`.
        values: each weight, by the name that it has in the file.
    """

    def __init__(self, sizes: Sizes, values: Mapping[str, np.ndarray], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sizes = sizes
        self.table = {}
        for name, value in values.items():
            weight = self.add_weight(
                name=name.replace(".", "_"), shape=value.shape, initializer="zeros"
            )
            weight.assign(value)
            self.table[name] = weight

    def call(self, pieces: tf.Tensor, mask: tf.Tensor) -> list[tf.Tensor]:
        words, places, kinds = (
            tf.convert_to_tensor(self.table[f"embeddings.{name}_embeddings.weight"])
            for name in ("word", "position", "token_type")
        )
        states = tf.gather(words, pieces) + places[: tf.shape(pieces)[1]] + kinds[0]
        found = [self._normed("embeddings.LayerNorm", states)]
        for number in range(self.sizes.layers):
            found.append(self._layer(f"encoder.layer.{number}", found[-1], mask))
        return found

    def _layer(self, name: str, states: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
        queries, keys, values = (
            self._heads(self._dense(f"{name}.attention.self.{part}", states))
            for part in ("query", "key", "value")
        )
        seen, _ = attention(queries, keys, values, mask[:, tf.newaxis, tf.newaxis, :])
        seen = tf.reshape(tf.transpose(seen, [0, 2, 1, 3]), tf.shape(states))
        seen = self._dense(f"{name}.attention.output.dense", seen)
        states = self._normed(f"{name}.attention.output.LayerNorm", states + seen)
        inner = self._dense(f"{name}.intermediate.dense", states)
        inner = self._dense(f"{name}.output.dense", tf.nn.gelu(inner))
        return self._normed(f"{name}.output.LayerNorm", states + inner)

    def _heads(self, states: tf.Tensor) -> tf.Tensor:
        """Float (batch, length, size) as (batch, heads, length, size / heads)."""
        batch, length = tf.shape(states)[0], tf.shape(states)[1]
        size = states.shape[-1] // self.sizes.heads
        states = tf.reshape(states, [batch, length, self.sizes.heads, size])
        return tf.transpose(states, [0, 2, 1, 3])

    def _dense(self, name: str, states: tf.Tensor) -> tf.Tensor:
        kernel = tf.convert_to_tensor(self.table[f"{name}.weight"])
        return tf.matmul(states, kernel, transpose_b=True) + self.table[f"{name}.bias"]

    def _normed(self, name: str, states: tf.Tensor) -> tf.Tensor:
        """Each vector with mean 0 and variance 1, then scaled and moved (Ba et al., 2016)."""
        mean, variance = tf.nn.moments(states, axes=[-1], keepdims=True)
        states = (states - mean) * tf.math.rsqrt(variance + self.sizes.epsilon)
        return states * self.table[f"{name}.weight"] + self.table[f"{name}.bias"]


class Encoder:
    """A transformer and its word pieces, which read sentences of words.

    Args:
        source: an installed package that holds one, or a directory; see `pretrained.read`.

    Attributes:
        source: where to find it again.
        pieces: its word pieces.
        network: what reads them.
        size: how long the vectors are.
        fingerprint: of its files.

    Raises:
        EncoderError: there is none, or it cannot be read; one line that names the file.
    """

    def __init__(self, source: str | os.PathLike = PACKAGE):
        # A directory is found again from elsewhere, a package by its name.
        self.source = str(Path(source).resolve()) if Path(source).is_dir() else os.fspath(source)
        self.pieces, sizes, weights, self.fingerprint = pretrained.read(source)
        self.network = Transformer(sizes, weights, trainable=False, name="transformer")
        self.table = weights["embeddings.word_embeddings.weight"]
        self.size = self.table.shape[1]
        self._room = len(weights["embeddings.position_embeddings.weight"]) - 2  # start and end
        self._functions: dict[int, Callable[..., tf.Tensor]] = {}

    def word_vectors(self, words: Iterable[str]) -> np.ndarray:
        """The mean of the vectors of each word's pieces in the embedding layer's table, float32
        (words, size): what is known of a word wherever it stands."""
        indices = [self.pieces.encode(word) for word in words]
        means = [self.table[pieces].mean(axis=0) for pieces in indices]
        return np.array(means, np.float32).reshape(-1, self.size)

    def read(self, sentences: Sequence[Sequence[str]], layer: int = -1) -> list[np.ndarray]:
        """Each word's vector in its sentence: the mean of its pieces' in a layer.

        A sentence that has more pieces than the network has places is read in parts.

        Args:
            sentences: of words.
            layer: 0 is the embedding layer; by default the last.

        Returns:
            For each sentence float32 (its words, size).
        """
        parts = [
            (row, part)
            for row, words in enumerate(sentences)
            for part in _parts([self.pieces.encode(word) for word in words], self._room)
        ]
        found: list[list[np.ndarray]] = [[] for _ in sentences]
        order = sorted(range(len(parts)), key=lambda number: sum(map(len, parts[number][1])))
        vectors: dict[int, np.ndarray] = {}
        for start in range(0, len(order), _BATCH):
            numbers = order[start : start + _BATCH]
            batch = [parts[number][1] for number in numbers]
            vectors |= zip(numbers, self._read_batch(batch, layer), strict=True)
        for number, (row, _) in enumerate(parts):
            found[row].append(vectors[number])
        return [np.concatenate(rows) if rows else np.zeros([0, self.size], "f4") for rows in found]

    def _read_batch(self, batch: list[list[list[int]]], layer: int) -> list[np.ndarray]:
        indices, mask = self.padded(batch)
        states = self._function(layer)(indices, mask).numpy()
        return [
            pooled(states[row, 1:], [len(pieces) for pieces in words])
            for row, words in enumerate(batch)
        ]

    def _function(self, layer: int) -> Callable[..., tf.Tensor]:
        """The network up to a layer: TensorFlow leaves out what a graph's output does not need."""
        if layer not in self._functions:
            matrix = [tf.TensorSpec([None, None], kind) for kind in (tf.int32, tf.bool)]
            self._functions[layer] = tf.function(
                lambda pieces, mask: self.network(pieces, mask)[layer], input_signature=matrix
            )
        return self._functions[layer]

    def padded(self, batch: Sequence[Sequence[Sequence[int]]]) -> tuple[np.ndarray, np.ndarray]:
        """The pieces of sentences, a list for each word, between the marks of start and end: their
        indices, int32 (batch, length), and the mask, bool of the same shape."""
        index = self.pieces.index
        rows = [
            [index[START], *(piece for word in words for piece in word), index[END]]
            for words in batch
        ]
        length = max(map(len, rows))
        indices = [row + [index[PADDING]] * (length - len(row)) for row in rows]
        mask = np.arange(length) < np.array([[len(row)] for row in rows])
        return np.array(indices, np.int32), mask


def _parts(words: list[list[int]], room: int) -> Iterator[list[list[int]]]:
    """Words' pieces in lists of at most `room` pieces."""
    part: list[list[int]] = []
    used = 0
    for pieces in words:
        pieces = pieces[:room]
        if used + len(pieces) > room:
            yield part
            part, used = [], 0
        part.append(pieces)
        used += len(pieces)
    if part:
        yield part


def look_up(
    model: tf.keras.Model, vectors: Sequence[np.ndarray], *parts: np.ndarray
) -> list[np.ndarray]:
    """Let a model read vectors beside its words: fill its `Lookup`, and number the words.

    Args:
        model: a `char_crf` with an `encoder_size`.
        vectors: from `Encoder.read`, of the sentences of all parts, one behind the other.
        parts: word indices of sentences, int (sentences, length, columns), padded on the right.

    Returns:
        For each part int32 (sentences, length, columns + 1). The last column is a word's row in the
        table; on padding `PADDING_WORD_INDEX`.
    """
    model.get_layer("encoder").fill(np.concatenate(vectors))
    found, first = [], 2  # rows 0 and 1 of any table are the unknown word's and padding's
    for words in parts:
        is_word = words[:, :, :1] != PADDING_WORD_INDEX
        number = np.cumsum(is_word).reshape(is_word.shape) + (first - 1)
        column = np.where(is_word, number, PADDING_WORD_INDEX).astype(np.int32)
        found.append(np.concatenate([words, column], axis=2))
        first += int(is_word.sum())
    return found
