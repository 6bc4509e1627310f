"""Tags and their probabilities from a model, without padding (lessons 03 and 04)."""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from ner_tutorial import iob2
from ner_tutorial.batching import lengths
from ner_tutorial.crf import crf_decode
from ner_tutorial.models import crf_of, refuse_after_fork
from ner_tutorial.recipes import TAGGING_BATCH_SIZE
from ner_tutorial.vocabulary import PADDING_TAG_INDEX


def predict_tags(
    model: tf.keras.Model,
    words: np.ndarray,
    tag_names: Sequence[str] | None = None,
    batch_size: int = TAGGING_BATCH_SIZE,
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

    Raises:
        ValueError: a row is empty, or has padding before a word.
    """
    spec = tf.TensorSpec([None, None, *words.shape[2:]], tf.int32)
    output_for = _outputs.get_concrete_function(spec, model)

    def tags_of(batch: tf.Tensor, length: np.ndarray) -> tuple[np.ndarray, ...]:
        output = output_for(batch).numpy()
        return (output if output.ndim == 2 else _choose(output, length, tag_names),)

    return [tags for (tags,) in _in_batches(tags_of, words, batch_size)]


def predict_confidence(
    model: tf.keras.Model, words: np.ndarray, batch_size: int = TAGGING_BATCH_SIZE
) -> list[tuple[np.ndarray, ...]]:
    """The tags that a model chooses, as `predict_tags`, and how probable it thinks each.

    A CRF's probabilities are its marginals: the share of a tag at a word in all tag sequences, each
    weighted with its probability (lesson 04): of those sequences that its training counted.

    Returns:
        For each sentence its tag indices, int32 (its length,), and their probabilities, float32
        (its length,).
    """
    spec = tf.TensorSpec([None, None, *words.shape[2:]], tf.int32)
    outputs_for = _tags_and_probabilities.get_concrete_function(spec, model)

    def tags_and_probabilities_of(batch: tf.Tensor, _: np.ndarray) -> tuple[np.ndarray, ...]:
        return tuple(output.numpy() for output in outputs_for(batch))

    return _in_batches(tags_and_probabilities_of, words, batch_size)


def _in_batches(
    function: Callable[[tf.Tensor, np.ndarray], tuple[np.ndarray, ...]],
    words: np.ndarray,
    batch_size: int,
) -> list[tuple[np.ndarray, ...]]:
    """What a function of a batch and its lengths gives, for each sentence, without padding."""
    refuse_after_fork()
    length = lengths(words)
    by_length = np.argsort(length, kind="stable")
    results: list[tuple[np.ndarray, ...]] = [()] * len(words)
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
def _tags_and_probabilities(words: tf.Tensor, model: tf.keras.Model) -> tuple[tf.Tensor, tf.Tensor]:
    if crf := crf_of(model):
        tags, scores = tf.keras.Model(model.input, crf.output)(words, training=False)
        probabilities = crf.marginals(scores)
    else:
        probabilities = model(words, training=False)
        first_tag = PADDING_TAG_INDEX + 1
        tags = tf.argmax(probabilities[:, :, first_tag:], 2, tf.int32) + first_tag
    return tags, tf.gather(probabilities, tags, batch_dims=2)


def _choose(
    probabilities: np.ndarray, length: np.ndarray, tag_names: Sequence[str] | None
) -> np.ndarray:
    if tag_names is None:
        first_tag = PADDING_TAG_INDEX + 1
        return probabilities[:, :, first_tag:].argmax(axis=2).astype(np.int32) + first_tag
    start, moves = iob2.moves(tag_names)
    scores = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
    scores[:, 0] += start
    return crf_decode(scores, moves, length)[0].numpy()
