"""The networks: sizes, padding, what cuDNN asks for, and what they choose."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from networks import NAMES, TAGS, WORDS, random_words, random_words_and_features, run

from ner_tutorial import metrics, models
from ner_tutorial.crf import CRF
from ner_tutorial.decoding import predict_tags
from ner_tutorial.models import ARCHITECTURES, bilstm_crf, bilstm_softmax, crf_of
from ner_tutorial.vocabulary import Vocabulary

PLAIN = Vocabulary(("<_UNK_>", "<_PAD_>", "Joe", "went"), ("<_PAD_TAG_>", "O", "B-per", "I-per"))
WITH_FEATURES = Vocabulary(
    PLAIN.index2word, PLAIN.index2tag, ("<_UNK_>", "<_PAD_>", "suffix 1: e", "shape: Xxx")
)
WITH_VECTORS = replace(
    WITH_FEATURES, index2vector=("<_UNK_>", "<_PAD_>", "joe", "Rome"), vector_size=5
)


def test_the_classic_models_have_the_classic_number_of_parameters():
    assert bilstm_crf(35_164, 18).count_params() == 530_574
    assert bilstm_softmax(35_164, 18).count_params() == 530_214


# By name.


@pytest.mark.parametrize("iob2_only", [False, True])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_model_built_by_name_has_the_vocabularys_sizes(name, iob2_only):
    reads_form = ARCHITECTURES[name].reads_form
    model = models.build(name, WITH_FEATURES, iob2_only)
    assert len(model.input_shape) == 2 + reads_form
    first = model.get_layer("member_1") if name == "ensemble" else model
    assert first.get_layer("embedding").input_dim == 4
    crf = crf_of(model)
    assert (crf is None) == (name == "softmax")
    if crf is None:
        assert model.output_shape[-1] == 4
    else:
        assert isinstance(crf, CRF)
        assert (crf.num_tags, crf.padding_tag) == (4, 0)
        assert crf.tag_names == (list(PLAIN.index2tag) if iob2_only else None)
        assert crf.constrain_training == (iob2_only and reads_form)
    if reads_form:
        assert first.get_layer("features").input_dim == 4


def test_an_unknown_architecture_and_one_without_its_features_are_refused():
    with pytest.raises(ValueError, match=r"'hmm'; there are softmax, crf, char-crf, ensemble$"):
        models.build("hmm", PLAIN)
    with pytest.raises(ValueError, match="char-crf needs a vocabulary with features"):
        models.build("char-crf", PLAIN)
    with pytest.raises(ValueError, match="crf reads no vectors learned elsewhere; take char-crf"):
        models.build("crf", WITH_VECTORS)


# Vectors learned elsewhere, and ensembles.


def test_vectors_learned_elsewhere_are_read_and_never_trained():
    model = models.build("char-crf", WITH_VECTORS, iob2_only=True)
    assert not model.get_layer("vectors").trainable
    assert model.get_layer("vectors").get_weights()[0].shape == (4, 5)
    model.set_weights([np.random.default_rng(0).normal(size=w.shape) for w in model.get_weights()])
    scores = tf.keras.Model(model.input, crf_of(model).output[1])
    row = WITH_VECTORS.encode_words(["Joe", "went"])[np.newaxis]
    other = row.copy()
    other[0, 0, -1] = 3
    assert not np.allclose(run(scores, row), run(scores, other))


@pytest.fixture(scope="module")
def members():
    tf.keras.utils.set_random_seed(3)
    found = models.build_members("ensemble", WITH_FEATURES, iob2_only=True)
    draw = np.random.default_rng(0)
    for member in found:
        member.set_weights([draw.normal(0, 0.4, w.shape) for w in member.get_weights()])
    return found


def test_an_ensembles_scores_are_the_mean_of_its_members(members):
    draw = np.random.default_rng(1)
    words = draw.integers(2, 4, (5, 7, 10)).astype(np.int32)
    words[:3, 4:] = 1
    scores = [run(tf.keras.Model(m.input, crf_of(m).output[1]), words) for m in members]
    is_word = words[:, :, 0] != 1
    mean = np.mean(scores, axis=0)
    ensemble = models.join(members)
    found = run(tf.keras.Model(ensemble.input, crf_of(ensemble).output[1]), words)
    np.testing.assert_allclose(found[is_word], mean[is_word], atol=1e-4)
    moves = np.mean([crf_of(m).transitions.numpy() for m in members], axis=0)
    np.testing.assert_allclose(crf_of(ensemble).transitions.numpy(), moves, atol=1e-6)
    assert crf_of(ensemble).constrain_training
    assert len({member.count_params() for member in members}) > 1  # they are unlike


def test_a_model_alone_is_joined_to_itself(members):
    assert models.join(members[:1]) is members[0]


# What they give.


def test_padding_changes_no_prediction(model):
    lengths = np.array([7, 1, 4, 6])
    words = random_words(0, lengths)
    narrow = run(model, words)
    wide = run(model, np.pad(words, [(0, 0), (0, 9)], constant_values=1))
    for row, length in enumerate(lengths):
        alone = run(model, words[[row], :length])[0]
        np.testing.assert_allclose(narrow[row, :length], alone, atol=1e-5)
        np.testing.assert_allclose(wide[row, :length], alone, atol=1e-5)


def test_the_softmax_gives_a_probability_for_each_tag(softmax):
    probabilities = run(softmax, random_words(0, [3, 2]))
    assert probabilities.shape == (2, 3, TAGS)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=2), 1, rtol=1e-5)


def test_a_crf_built_with_names_chooses_only_sequences_that_iob2_allows(crf):
    words = random_words(6, np.arange(1, 40))
    tags = [[NAMES[tag] for tag in sentence] for sentence in predict_tags(crf, words)]
    assert metrics.invalid_tags(tags) == 0
    likeliest = crf.get_layer("crf").output[1]
    scores = run(tf.keras.Model(crf.inputs, likeliest), words)
    alone = [[NAMES[tag] for tag in row.argmax(axis=1)] for row in scores]
    assert metrics.invalid_tags(alone) > 10  # each tag chosen alone, there is much to forbid


def test_the_crf_is_told_the_padding_tag_and_what_it_is_built_with():
    config = bilstm_crf(WORDS, TAGS, NAMES, True).get_layer("crf").get_config()
    assert config["padding_tag"] == 0
    assert config["tag_names"] == NAMES
    assert config["constrain_training"] is True


def test_the_lstms_meet_cudnns_conditions(model):
    bilstm = model.get_layer("bilstm")
    for lstm in (bilstm.forward_layer, bilstm.backward_layer):
        config = lstm.get_config()
        assert config["activation"] == "tanh"
        assert config["recurrent_activation"] == "sigmoid"
        assert config["recurrent_dropout"] == 0
        assert config["use_bias"] is True
        assert config["unroll"] is False
        assert config["units"] == 50


def test_the_form_of_an_unknown_word_decides_its_tag(with_form):
    inputs = random_words_and_features(8, [8] * 30)
    inputs[:, :, 0] = 0
    tags = np.array(predict_tags(with_form, inputs))
    inputs[:, :, 1:] = inputs[::-1, :, 1:]
    other = np.array(predict_tags(with_form, inputs))
    assert (tags != other).any()
    np.testing.assert_array_equal(tags, other[::-1])


# Keras's own ways to save.


@pytest.mark.parametrize("name", ["crf", "with_form"])
def test_a_model_saved_as_keras_does_gives_the_same_tags(name, request, tmp_path):
    model = request.getfixturevalue(name)
    inputs = random_words_and_features(9, [4, 7, 2])
    inputs = inputs if name == "with_form" else inputs[:, :, 0]
    model.save(tmp_path / "model.keras")
    loaded = tf.keras.models.load_model(tmp_path / "model.keras")
    for ours, theirs in zip(predict_tags(model, inputs), predict_tags(loaded, inputs), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", ["softmax", "crf"])
def test_a_model_exported_for_serving_gives_the_same_output(name, request, tmp_path):
    model = request.getfixturevalue(name)
    model.export(tmp_path)
    words = random_words(9, [4, 7, 2])
    exported = tf.saved_model.load(tmp_path)
    np.testing.assert_allclose(exported.serve(words), model(words), atol=1e-6)
