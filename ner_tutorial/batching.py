"""Split, encode, pad and batch sentences (lesson 02).

Padding is on the right. Batches hold sentences of similar length, so that little of the arithmetic
is spent on padding, and come as `tf.data`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import tensorflow as tf

from ner_tutorial.errors import CorpusError
from ner_tutorial.vocabulary import PADDING_TAG_INDEX, PADDING_WORD_INDEX, Vocabulary

if TYPE_CHECKING:  # to tag needs no corpus, and no pandas to read one
    from ner_tutorial.corpus import Sentence


class Encoded(NamedTuple):
    """Sentences as arrays.

    Attributes:
        words: int32 (sentences, length), padded on the right; with a vocabulary that numbers
            features (sentences, length, 1 + features): each word's index, then its features'.
        tags: int32 (sentences, length).
        lengths: how many words each sentence has, int32 (sentences,).
    """

    words: np.ndarray
    tags: np.ndarray
    lengths: np.ndarray


class Split(NamedTuple):
    """Three parts of a corpus; no model is trained, tuned or chosen on `test`."""

    train: list[Sentence]
    validation: list[Sentence]
    test: list[Sentence]


def split(
    sentences: Sequence[Sentence],
    seed: int = 42,
    groups: Sequence | None = None,
    *,
    validation: Sequence[Sentence] | None = None,
    test: Sequence[Sentence] | None = None,
) -> Split:
    """The split that results on GMB are compared on (lesson 01).

    A tenth of the sentences, drawn at random, is the test part; the last tenth of what is left
    validates. On GMB: 38,843, 4,316 and 4,796 sentences. A part that is given is used whole, and
    none is drawn in its place.

    Args:
        sentences: at least ten, if anything is to be drawn from them.
        seed: of the draw.
        groups: if given, for each sentence what it belongs with, such as its document; then whole
            groups are drawn, and none is divided among the parts.
        validation: this part, where a corpus comes with one.
        test: this part, where a corpus comes with one.

    Raises:
        CorpusError: fewer than ten sentences, or groups.
    """
    rows = draw_rows(len(sentences), seed, groups, validation is None, test is None)
    train, *drawn = ([sentences[row] for row in part] for part in rows)
    parts = zip((validation, test), drawn, strict=True)
    return Split(train, *(d if given is None else list(given) for given, d in parts))


def draw_rows(
    number: int, seed: int, groups: Sequence | None, validation: bool = True, test: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The places of the sentences of each part in `split`.

    Args:
        number: of sentences.
        seed, groups: see `split`.
        validation: whether this part is drawn; else it is empty, and its sentences train.
        test: whether this part is drawn.

    Raises:
        CorpusError: as `split`.
    """
    if not (validation or test):
        return np.arange(number), np.arange(0), np.arange(0)
    what, units = ("sentences", number) if groups is None else ("groups", len(set(groups)))
    if units < 10:
        raise CorpusError(f"{units} {what} cannot be split in three; give 10 or more")
    if groups is None:
        return _draw(number, seed, validation, test)
    return _draw_groups(np.asarray(groups), seed, validation, test)


def _draw(
    number: int, seed: int, validation: bool, test: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows of the three parts, those that are not wanted left empty."""
    from sklearn.model_selection import train_test_split  # not to tag

    rest, head = train_test_split(np.arange(number), test_size=0.1, random_state=seed)
    if not test:
        rest, head = np.concatenate([head, rest]), head[:0]
    border = int(len(rest) * 0.9)  # as Keras's validation_split=0.1 draws it
    if not validation:
        border = len(rest)
    return rest[:border], rest[border:], head


def _draw_groups(
    group_of: np.ndarray, seed: int, validation: bool, test: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same, with no group divided."""
    from sklearn.model_selection import GroupShuffleSplit  # not to tag

    draw = GroupShuffleSplit(n_splits=1, test_size=0.1, random_state=seed)
    rest, head = np.arange(len(group_of)), np.arange(0)
    if test:
        rest, head = next(draw.split(group_of, groups=group_of))
    train, tail = np.arange(len(rest)), np.arange(0)
    if validation:
        train, tail = next(draw.split(rest, groups=group_of[rest]))
    return rest[train], rest[tail], head


def pad(
    sequences: Sequence[Sequence] | Sequence[np.ndarray], value: int, length: int | None = None
) -> np.ndarray:
    """Lists of indices as one array, filled up on the right with `value`.

    Args:
        sequences: lists of integers, or of rows of integers, all as long.
        value: `PADDING_WORD_INDEX` for words, `PADDING_TAG_INDEX` for tags.
        length: the array's width; by default the longest sequence's.

    Returns:
        int32 array of shape (sequences, length), or (sequences, length, the rows' length).

    Raises:
        ValueError: a sequence is longer than `length`; nothing is cut off silently.

    >>> pad([[5, 7], [6]], value=1)
    array([[5, 7],
           [6, 1]], dtype=int32)
    """
    sizes = [len(sequence) for sequence in sequences]
    length = max(sizes, default=0) if length is None else length
    if too_long := [row for row, size in enumerate(sizes) if size > length]:
        row = too_long[0]
        raise ValueError(f"sequence {row} has {sizes[row]} items, more than {length}")
    row_shape = np.shape(sequences[0])[1:] if len(sequences) else ()
    padded = np.full((len(sequences), length, *row_shape), value, dtype=np.int32)
    for cells, size, sequence in zip(padded, sizes, sequences, strict=True):
        cells[:size] = sequence
    return padded


def one_hot(indices: np.ndarray, num_tags: int) -> np.ndarray:
    """Each index as a vector with a single 1: float32 of shape (*indices.shape, num_tags)."""
    return np.eye(num_tags, dtype=np.float32)[indices]


def encode(
    sentences: Sequence[Sentence], vocabulary: Vocabulary, length: int | None = None
) -> Encoded:
    """Sentences as padded arrays of words and tags, and their lengths.

    Args:
        sentences: at least a word each.
        vocabulary: the index tables.
        length: the arrays' width; by default the longest sentence's.

    Raises:
        ValueError: a sentence is empty, or longer than `length`, or has a tag that the vocabulary
            lacks.
    """
    words = [vocabulary.encode_words(sentence.words) for sentence in sentences]
    tags = [vocabulary.encode_tags(sentence.tags) for sentence in sentences]
    padded = pad(words, PADDING_WORD_INDEX, length)
    return Encoded(padded, pad(tags, PADDING_TAG_INDEX, length), lengths(padded))


def lengths(words: np.ndarray) -> np.ndarray:
    """How many words each row of a padded array holds, int32 of shape (sentences,).

    Args:
        words: int (sentences, length), or (sentences, length, 1 + features).

    Raises:
        ValueError: a row without a word, or with padding before a word. Models take such rows
            without complaint and compute something else, so they are refused here.
    """
    indices = words[:, :, 0] if words.ndim == 3 else words
    mask = indices != PADDING_WORD_INDEX
    lengths = mask.sum(axis=1, dtype=np.int32)
    as_expected = np.arange(mask.shape[1]) < lengths[:, None]
    wrong = (mask != as_expected).any(axis=1) | (lengths == 0)
    if wrong.any():
        row = int(wrong.argmax())
        what = "holds no word" if lengths[row] == 0 else "has padding before a word"
        raise ValueError(f"row {row} {what}; pad on the right, and leave out empty sentences")
    return lengths


def num_batches(sentences: int, batch_size: int) -> int:
    """How many batches an epoch has; the last one may be smaller."""
    return -(-sentences // batch_size)


def training_batches(
    data: Encoded, batch_size: int, seed: int, first_epoch: int = 0, devices: int = 1
) -> tf.data.Dataset:
    """Endless batches of sentences of similar length, epoch after epoch (lesson 02).

    Sentences of equal length are shuffled, cut into batches, and the batches are shuffled: a new
    order each epoch, that depends on `seed` and the epoch's number alone, so that a run can be
    resumed.

    Args:
        data: from `encode`.
        batch_size: sentences a batch.
        seed: two runs with one seed see the same batches.
        first_epoch: where to begin, counted from 0.
        devices: that share each batch, in equal parts; `batch_size` is a multiple of it. Then as
            many sentences as the last batch lacks for that come a second time, the shortest.

    Returns:
        A dataset of pairs (words, tags), cut to the longest sentence of the batch. Give `fit`
        `steps_per_epoch=num_batches(len(data.words), batch_size)`.
    """
    length, sentences = tf.constant(data.lengths), len(data.words)
    batches = num_batches(sentences, batch_size)
    places = _places(sentences, devices)

    def epoch_batches(epoch: tf.Tensor) -> tf.data.Dataset:
        key = tf.stack([tf.cast(seed, tf.int64), epoch])
        # A length plus a random fraction: in order of length, and within one length at random.
        noise = tf.random.stateless_uniform([sentences], seed=key)
        by_length = tf.gather(tf.argsort(tf.cast(length, tf.float32) + noise), places)
        order = tf.argsort(tf.random.stateless_uniform([batches], seed=key + 1))
        return tf.data.Dataset.from_tensor_slices(order).map(
            lambda batch: by_length[batch * batch_size : (batch + 1) * batch_size]
        )

    epochs = tf.data.Dataset.range(first_epoch, np.iinfo(np.int64).max)
    return _ahead(epochs.flat_map(epoch_batches).map(_take(data)))


def evaluation_batches(data: Encoded, batch_size: int, devices: int = 1) -> tf.data.Dataset:
    """Batches of similar length, in order of length, once: for `evaluate` and `validation_data`.
    For `devices` see `training_batches`."""
    by_length = np.argsort(data.lengths, kind="stable")[_places(len(data.words), devices)]
    dataset = tf.data.Dataset.from_tensor_slices(by_length).batch(batch_size)
    dataset = _ahead(dataset.map(_take(data)).cache())
    # Keras 3 warns about running out of data where a dataset does not know its size.
    return dataset.apply(
        tf.data.experimental.assert_cardinality(num_batches(len(data.words), batch_size))
    )


def _places(sentences: int, devices: int) -> np.ndarray:
    """All places in an order, and from its beginning as many more as devices in step need."""
    return np.arange(num_batches(sentences, devices) * devices) % sentences


def _ahead(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """The next batch is made while the model is busy with this one. That leaves nothing to tune,
    and TensorFlow's tuner was seen to keep a training that was over waiting for a minute."""
    options = tf.data.Options()
    options.autotune.enabled = False
    off = tf.data.experimental.AutoShardPolicy.OFF  # it is for several machines
    options.experimental_distribute.auto_shard_policy = off
    return dataset.prefetch(1).with_options(options)


def _take(data: Encoded) -> Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    """A function from sentence indices to their words and tags, padded to the longest of them."""
    is_word = np.arange(data.tags.shape[1]) < data.lengths[:, None]
    # Without the padding: on GMB, padded to 70 words, a third of the memory.
    words, tags = (
        tf.RaggedTensor.from_row_lengths(array[is_word], data.lengths)
        for array in (data.words, data.tags)
    )

    def take(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return (
            tf.gather(words, rows).to_tensor(PADDING_WORD_INDEX),
            tf.gather(tags, rows).to_tensor(PADDING_TAG_INDEX),
        )

    return take
