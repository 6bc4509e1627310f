"""The networks of the course: BiLSTM-softmax (lesson 03), BiLSTM-CRF (04), char-crf (06), and an
ensemble of it.

They are functional Keras models; the first two have the classic sizes.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from ner_tutorial.crf import CRF
from ner_tutorial.layers import BiLSTM, Dropout, Embedding, Lookup, NotPadding, Window, WordDropout
from ner_tutorial.vocabulary import NUM_FEATURES, PADDING_TAG_INDEX, Vocabulary

LSTM_UNITS = 50  # in each direction
DENSE_UNITS = 100

WORD_SIZE = 100  # of `char_crf`
FEATURE_SIZE = 16
WINDOW_SIZE = 32
WINDOW_DROPOUT = 0.5


class Architecture(NamedTuple):
    """A network that has a name: on the command line, and in a saved tagger's settings.

    Attributes:
        build: from the numbers of words, of features if it reads them, and of tags to a model.
        options: what a model that gives only what IOB2 allows is built with, besides the names.
        reads_form: whether it reads the features of the words' forms besides the words; then it
            can also read vectors learned elsewhere.
        members: of an ensemble, what each member is built with besides.
    """

    build: Callable[..., tf.keras.Model]
    options: dict[str, bool] | None
    reads_form: bool
    members: tuple[dict[str, bool], ...] = ({},)


def build(
    name: str, vocabulary: Vocabulary, iob2_only: bool = False, encoder_size: int = 0
) -> tf.keras.Model:
    """A new, untrained model of the vocabulary's size.

    Args:
        name: one of `ARCHITECTURES`.
        vocabulary: the index tables.
        iob2_only: of a CRF, decode only what IOB2 allows (`char-crf` also trains so).
        encoder_size: how long the vectors are that an encoder makes, if there is one.

    Raises:
        ValueError: there is no architecture of that name, or it needs features, or it cannot read
            the vocabulary's vectors or an encoder's.
    """
    return join(build_members(name, vocabulary, iob2_only, encoder_size))


def build_members(
    name: str, vocabulary: Vocabulary, iob2_only: bool = False, encoder_size: int = 0
) -> list[tf.keras.Model]:
    """The models that are trained, one after the other, to be joined: of an ensemble its members,
    of any other architecture one. For arguments and errors see `build`."""
    refuse_after_fork()
    if name not in ARCHITECTURES:
        raise ValueError(f"unknown kind of model {name!r}; there are {', '.join(ARCHITECTURES)}")
    architecture = ARCHITECTURES[name]
    options: dict[str, Any] = {}
    sizes = [len(vocabulary.index2word), len(vocabulary.index2tag)]
    if architecture.reads_form:
        if not vocabulary.index2feature:
            raise ValueError(f"{name} needs a vocabulary with features (min_feature_count)")
        sizes.insert(1, len(vocabulary.index2feature))
        options |= {
            "num_vectors": len(vocabulary.index2vector), "vector_size": vocabulary.vector_size
        }  # fmt: skip
    elif vocabulary.index2vector:
        raise ValueError(f"{name} reads no vectors learned elsewhere; take char-crf or ensemble")
    options |= _encoder_option(name, encoder_size)
    if architecture.options is not None and iob2_only:
        options |= {"tag_names": vocabulary.index2tag, **architecture.options}
    return [architecture.build(*sizes, **options, **member) for member in architecture.members]


def _encoder_option(name: str, encoder_size: int) -> dict[str, int]:
    if encoder_size and name != "char-crf":
        raise ValueError(f"{name} reads no encoder; take char-crf")
    return {"encoder_size": encoder_size} if encoder_size else {}


def join(members: Sequence[tf.keras.Model]) -> tf.keras.Model:
    """The ensemble of trained `char_crf` models: their scores' mean, decoded once.

    A CRF's scores are linear in what it reads. So their mean is the score of one CRF that reads
    what all of them read, with their kernels one below the other, divided by their number, and the
    mean of their other weights. It decodes, and gives probabilities, as any other.

    Args:
        members: models that were built alike and read the same, or the first columns of what
            another reads. One alone is returned as it is.

    Returns:
        A model as the members are, which shares their layers but not their CRFs.
    """
    if len(members) == 1:
        return members[0]
    crfs = [crf for member in members if (crf := crf_of(member))]
    columns = [member.input.shape[-1] for member in members]
    inputs = tf.keras.Input([None, max(columns)], dtype="int32", name="words_and_features")
    mask = NotPadding(name="not_padding")(inputs[:, :, 0])
    read = [
        tf.keras.Model(member.input, member.get_layer("hidden").output, name=f"member_{number}")
        for number, member in enumerate(members, start=1)
    ]
    states = [body(inputs[:, :, :last]) for body, last in zip(read, columns, strict=True)]
    hidden = tf.keras.layers.Concatenate(name="hidden")(states)
    joint = CRF.from_config({**crfs[0].get_config(), "name": "crf"})
    tags, _ = joint(hidden, mask=mask)
    kernels, *others = zip(*(crf.get_weights() for crf in crfs), strict=True)
    means = [np.mean(weights, axis=0) for weights in others]
    joint.set_weights([np.concatenate(kernels) / len(members), *means])
    return tf.keras.Model(inputs, tags, name="ensemble")


_process: list[int] = []  # the one in which the first model was built or has run


def refuse_after_fork() -> None:
    """Raise RuntimeError in a process that was forked from one in which a model was built or run.

    TensorFlow's threads do not come along: whatever a model is asked there, it waits for ever.
    """
    if not _process:
        _process.append(os.getpid())
    elif _process[0] != os.getpid():
        raise RuntimeError(
            "this process was forked after a model had run, and TensorFlow would wait for ever: "
            "start it with multiprocessing.get_context('spawn'), and load the tagger in it"
        )


def crf_of(model: tf.keras.Model) -> CRF | None:
    """The CRF of a model, if it has one."""
    return next((layer for layer in model.layers if isinstance(layer, CRF)), None)


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
    reads_window: bool = False,
    num_vectors: int = 0,
    vector_size: int = 0,
    encoder_size: int = 0,
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
        reads_window: whether the CRF also reads, past the LSTMs, the features of a `Window`.
        num_vectors, vector_size: how many words, the two special ones included, have a vector that
            was learned elsewhere, and how long it is; 0 for none. They stay as they are.
        encoder_size: how long the vectors are that a frozen encoder makes; 0 for none.

    Returns:
        A model from word and feature indices, int (batch, length, 1 + `NUM_FEATURES`), to tag
        indices, int32 (batch, length). With vectors from elsewhere it reads their indices too, in a
        further column; with an encoder, in the last one, the rows that its `Lookup` is filled with.
    """
    columns = 1 + NUM_FEATURES + bool(num_vectors) + bool(encoder_size)
    inputs = tf.keras.Input([None, columns], dtype="int32", name="words_and_features")
    words, features = inputs[:, :, 0], inputs[:, :, 1 : 1 + NUM_FEATURES]
    mask = NotPadding(name="not_padding")(words)
    words = WordDropout(word_dropout, name="word_dropout")(words)
    word_vectors = Embedding(vocabulary_size, WORD_SIZE, name="embedding")(words)
    # One table for all kinds of features: the vectors of a word's features are laid side by side.
    form = Embedding(num_features, FEATURE_SIZE, name="features")(features)
    form = tf.keras.layers.Reshape([-1, NUM_FEATURES * FEATURE_SIZE], name="form")(form)
    vectors = [word_vectors, form]
    if num_vectors:
        learned_elsewhere = Embedding(num_vectors, vector_size, trainable=False, name="vectors")
        vectors.append(learned_elsewhere(inputs[:, :, 1 + NUM_FEATURES]))
    if encoder_size:
        vectors.append(Lookup(encoder_size, name="encoder")(inputs[:, :, -1]))
    vectors = tf.keras.layers.Concatenate(name="word_and_form")(vectors)
    vectors = Dropout(input_dropout, name="dropout_in")(vectors)
    hidden = BiLSTM(units, name="bilstm")(vectors, mask=mask)
    hidden = Dropout(hidden_dropout, name="dropout_out" if reads_window else "hidden")(hidden)
    if reads_window:
        window = Window(WINDOW_SIZE, name="window")(inputs[:, :, : 1 + NUM_FEATURES])
        window = Dropout(WINDOW_DROPOUT, name="dropout_window")(window)
        hidden = tf.keras.layers.Concatenate(name="hidden")([hidden, window])
    crf = CRF(num_tags, tag_names, PADDING_TAG_INDEX, constrain_training, name="crf")
    tags, _ = crf(hidden, mask=mask)
    return tf.keras.Model(inputs, tags, name="char_crf")


def _bilstm(vocabulary_size: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """The layers that both models share: word indices, their features, and the mask."""
    words = tf.keras.Input([None], dtype="int32", name="words")
    mask = NotPadding(name="not_padding")(words)
    vectors = Embedding(vocabulary_size, embedding_size(vocabulary_size), name="embedding")(words)
    hidden = BiLSTM(LSTM_UNITS, name="bilstm")(vectors, mask=mask)
    features = tf.keras.layers.Dense(DENSE_UNITS, activation="relu", name="dense")(hidden)
    return words, features, mask


ARCHITECTURES = {
    "softmax": Architecture(bilstm_softmax, None, reads_form=False),
    "crf": Architecture(bilstm_crf, {}, reads_form=False),
    "char-crf": Architecture(char_crf, {"constrain_training": True}, reads_form=True),
    "ensemble": Architecture(
        char_crf,
        {"constrain_training": True},
        reads_form=True,
        members=({}, {"reads_window": True}),
    ),
}
