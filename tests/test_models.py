"""The two networks: sizes, padding, what cuDNN asks for, and the tags chosen."""

import contextlib

import numpy as np
import pytest
import tensorflow as tf

from ner_tutorial import metrics
from ner_tutorial.batching import evaluation_batches
from ner_tutorial.corpus import Sentence
from ner_tutorial.models import (
    BiLSTM,
    WordDropout,
    bilstm_crf,
    bilstm_softmax,
    char_crf,
    predict_tags,
    word_lookup,
)
from ner_tutorial.training import compile_trainer
from ner_tutorial.vocabulary import NUM_FEATURES

NAMES = ["<_PAD_TAG_>", "O", "B-per", "I-per", "B-geo", "I-geo"]
TAGS = len(NAMES)
WORDS = 50


def random_words(seed, lengths, width=None):
    draw = np.random.default_rng(seed)
    lengths = np.asarray(lengths)
    words = draw.integers(2, WORDS, (len(lengths), width or lengths.max()), dtype=np.int32)
    words[draw.random(words.shape) < 0.1] = 0  # unknown words are words, not padding
    return np.where(np.arange(words.shape[1]) < lengths[:, None], words, 1).astype(np.int32)


@contextlib.contextmanager
def weights_of(model, weights):
    before = model.get_weights()
    model.set_weights(weights)
    yield
    model.set_weights(before)


def with_random_weights(model):
    """Far from the first weights, so that tags differ from word to word."""
    draw = np.random.default_rng(0)
    model.first_weights = model.get_weights()
    model.set_weights([draw.normal(0, 0.4, weight.shape) for weight in model.get_weights()])
    return model


# Compiling an LSTM takes seconds: the tests share their models.
@pytest.fixture(scope="module")
def softmax():
    tf.keras.utils.set_random_seed(1)
    return with_random_weights(bilstm_softmax(WORDS, TAGS))


@pytest.fixture(scope="module")
def crf():
    tf.keras.utils.set_random_seed(1)
    return with_random_weights(bilstm_crf(WORDS, TAGS, NAMES))


@pytest.fixture(params=["softmax", "crf"])
def model(request):
    return request.getfixturevalue(request.param)


def run(model, words):
    return model(words, training=False).numpy()


def test_the_classic_models_have_the_classic_number_of_parameters():
    assert bilstm_crf(35_164, 18).count_params() == 530_574
    assert bilstm_softmax(35_164, 18).count_params() == 530_214


def test_padding_changes_no_prediction(model):
    lengths = np.array([7, 1, 4, 6])
    words = random_words(0, lengths)
    narrow = run(model, words)
    wide = run(model, np.pad(words, [(0, 0), (0, 9)], constant_values=1))
    for row, length in enumerate(lengths):
        alone = run(model, words[[row], :length])[0]
        np.testing.assert_allclose(narrow[row, :length], alone, atol=1e-5)
        np.testing.assert_allclose(wide[row, :length], alone, atol=1e-5)


@pytest.mark.parametrize("gpus", [[], ["one"]])
def test_on_words_our_bilstm_and_its_gradients_equal_keras_own(gpus, monkeypatch):
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: gpus)
    lengths = np.array([6, 1, 4])
    mask = tf.sequence_mask(lengths)
    draw = np.random.default_rng(0)
    vectors = tf.constant(draw.normal(size=(3, 6, 5)), tf.float32)
    weights = draw.normal(size=(3, 6, 8)) * mask.numpy()[:, :, None]
    ours = BiLSTM(4)
    theirs = tf.keras.layers.Bidirectional(tf.keras.layers.LSTM(4, return_sequences=True))
    results = []
    for layer in (ours, theirs):
        layer(vectors, mask=mask)
        layer.set_weights(ours.get_weights())
        with tf.GradientTape() as tape:
            tape.watch(vectors)
            hidden = layer(vectors, mask=mask)
            weighted = tf.reduce_sum(hidden * weights.astype(np.float32))
        gradients = tape.gradient(weighted, [vectors, *layer.trainable_weights])
        results.append([tf.boolean_mask(hidden, mask), *gradients])
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_what_stands_on_padding_does_not_reach_the_words_not_even_nan():
    mask = tf.sequence_mask([3, 1])
    vectors = np.random.default_rng(0).normal(size=(2, 3, 5)).astype(np.float32)
    layer = BiLSTM(4)
    clean = layer(tf.constant(vectors), mask=mask)
    vectors[1, 1:] = np.nan
    dirty = layer(tf.constant(vectors), mask=mask)
    np.testing.assert_array_equal(tf.boolean_mask(dirty, mask), tf.boolean_mask(clean, mask))


def test_the_softmax_gives_a_probability_for_each_tag(softmax):
    probabilities = run(softmax, random_words(0, [3, 2]))
    assert probabilities.shape == (2, 3, TAGS)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=2), 1, rtol=1e-5)


# The second batch is as large as its longest sentence, which hides wrong broadcasts.
BATCHES = [[5, 2, 4], [4, 1, 2, 3]]


def test_keras_leaves_padding_out_of_the_softmaxs_loss_and_accuracy(softmax):
    trainer = compile_trainer(softmax)
    trainer.run_eagerly = True
    for lengths in BATCHES:
        words = random_words(1, lengths)
        is_word = words != 1
        tags = np.random.default_rng(1).integers(1, TAGS, words.shape) * is_word
        probabilities = run(softmax, words)
        of_true_tag = np.take_along_axis(probabilities, tags[:, :, None], axis=2)[:, :, 0]
        right = probabilities.argmax(axis=2) == tags
        loss, accuracy = trainer.evaluate(evaluation_batches(words, tags, 9), verbose=0)
        assert loss == pytest.approx(-np.log(of_true_tag[is_word]).mean(), rel=1e-4)
        assert accuracy == pytest.approx(right[is_word].mean())


def test_the_crfs_loss_and_accuracy_are_the_layers_own(crf):
    trainer, layer = compile_trainer(crf), crf.get_layer("crf")
    trainer.run_eagerly = True
    for lengths in BATCHES:
        words = random_words(2, lengths)
        tags = np.random.default_rng(2).integers(1, TAGS, words.shape) * (words != 1)
        scores = trainer(words)
        loss, accuracy = trainer.evaluate(evaluation_batches(words, tags, 9), verbose=0)
        assert loss == pytest.approx(np.mean(layer.loss(tags, scores)), rel=1e-5)
        assert accuracy == pytest.approx((run(crf, words) == tags)[words != 1].mean())


def test_tags_come_in_the_order_and_length_of_the_sentences(model):
    lengths = [3, 9, 1, 5, 9, 2, 7]
    words = random_words(3, lengths, width=12)
    tags = predict_tags(model, words, batch_size=2)
    assert [len(sentence) for sentence in tags] == lengths
    for row, sentence in enumerate(tags):
        assert sentence.dtype == np.int32
        (alone,) = predict_tags(model, words[[row], : lengths[row]])
        np.testing.assert_array_equal(sentence, alone)


def test_a_sentence_of_one_word_gets_its_tag(model):
    (tags,) = predict_tags(model, np.array([[5]], np.int32))
    assert tags.shape == (1,)


def test_no_sentences_give_no_tags(model):
    assert predict_tags(model, np.empty((0, 5), np.int32)) == []


def test_an_empty_sentence_is_refused_and_named(model):
    with pytest.raises(ValueError, match="row 1 holds no word"):
        predict_tags(model, np.array([[5, 6], [1, 1]]))


def test_an_untrained_model_never_chooses_the_padding_tag(model):
    with weights_of(model, model.first_weights):
        assert np.min(predict_tags(model, random_words(4, [40] * 20))) == 1


def test_a_padding_tag_likelier_than_all_others_is_not_chosen_and_alters_no_choice(softmax):
    words = random_words(5, [40] * 20)
    *others, bias = softmax.get_weights()
    chosen = []
    for padding in (-20, 20):
        bias[0] = padding
        with weights_of(softmax, [*others, bias]):
            assert np.all(run(softmax, words).argmax(axis=2) == 0) == (padding > 0)
            chosen.append([predict_tags(softmax, words, names) for names in (None, NAMES)])
    np.testing.assert_array_equal(*chosen)
    assert np.min(chosen) > 0


def test_names_make_the_softmax_choose_the_best_sequence_that_iob2_allows(softmax):
    words = random_words(6, np.arange(1, 40))
    free, allowed = predict_tags(softmax, words), predict_tags(softmax, words, NAMES)
    assert metrics.invalid_tags([[NAMES[tag] for tag in tags] for tags in free]) > 10
    assert metrics.invalid_tags([[NAMES[tag] for tag in tags] for tags in allowed]) == 0
    assert [len(tags) for tags in allowed] == list(range(1, 40))
    for before, after in zip(free, allowed, strict=True):
        if metrics.invalid_tags([[NAMES[tag] for tag in before]]) == 0:
            np.testing.assert_array_equal(before, after)  # nothing to mend, so nothing is


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


def test_words_padded_on_the_left_are_refused(model):
    """cuDNN takes masks with padding on the right only; elsewhere results would differ."""
    with pytest.raises(ValueError, match="row 0 has padding before a word"):
        predict_tags(model, np.array([[1, 5, 6], [5, 6, 7]]))


def test_word_lookup_gives_each_word_its_most_frequent_tag_and_others_o():
    training = [
        Sentence(("Rome", "in", "Rome"), ("B-geo", "O", "B-per")),
        Sentence(("Rome", "won"), ("B-geo", "O")),
    ]
    sentences = [Sentence(("Rome", "sees", "in"), ("O",) * 3)]
    assert word_lookup(training, sentences) == [["B-geo", "O", "O"]]


FEATURES = 30


@pytest.fixture(scope="module")
def with_form():
    tf.keras.utils.set_random_seed(1)
    return with_random_weights(char_crf(WORDS, FEATURES, TAGS, NAMES, True, units=6))


def random_words_and_features(seed, lengths):
    words = random_words(seed, lengths)
    draw = np.random.default_rng(seed)
    features = draw.integers(2, FEATURES, (*words.shape, NUM_FEATURES), dtype=np.int32)
    features[words == 1] = 1
    return np.concatenate([words[:, :, None], features], axis=2)


def test_with_features_padding_changes_no_prediction_and_order_and_length_are_kept(with_form):
    lengths = [3, 9, 1, 5, 9, 2, 7]
    inputs = random_words_and_features(7, lengths)
    wide = np.pad(inputs, [(0, 0), (0, 6), (0, 0)], constant_values=1)
    tags = predict_tags(with_form, wide, batch_size=2)
    assert [len(sentence) for sentence in tags] == lengths
    for row, sentence in enumerate(tags):
        (alone,) = predict_tags(with_form, inputs[[row], : lengths[row]])
        np.testing.assert_array_equal(sentence, alone)
    assert metrics.invalid_tags([[NAMES[tag] for tag in sentence] for sentence in tags]) == 0


def test_the_form_of_an_unknown_word_decides_its_tag(with_form):
    inputs = random_words_and_features(8, [8] * 30)
    inputs[:, :, 0] = 0
    tags = np.array(predict_tags(with_form, inputs))
    inputs[:, :, 1:] = inputs[::-1, :, 1:]
    other = np.array(predict_tags(with_form, inputs))
    assert (tags != other).any()
    np.testing.assert_array_equal(tags, other[::-1])


def test_word_dropout_hides_its_share_of_the_words_in_training_alone_and_no_padding():
    words = np.where(np.arange(500) < 400, 7, 1)[None].repeat(100, axis=0)
    layer = WordDropout(0.25)
    np.testing.assert_array_equal(layer(words, training=False), words)
    hidden = layer(words, training=True).numpy()
    assert set(np.unique(hidden[words == 7])) == {0, 7}
    assert np.all(hidden[words == 1] == 1)
    assert np.mean(hidden[words == 7] == 0) == pytest.approx(0.25, abs=0.01)
    assert np.any(hidden != layer(words, training=True))  # drawn anew each time


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


def test_on_a_gpu_keras_does_the_work_and_its_conditions_for_cudnn_are_met(monkeypatch):
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: [kind])
    monkeypatch.setattr("ner_tutorial.models.lstm", None)
    layer = BiLSTM(4)
    layer(tf.zeros([1, 2, 3]), mask=tf.ones([1, 2], tf.bool))
    for lstm in (layer.forward_layer, layer.backward_layer):
        assert lstm.activation is tf.keras.activations.tanh
        assert lstm.recurrent_activation is tf.keras.activations.sigmoid
        assert lstm.recurrent_dropout == 0
        assert lstm.use_bias
        assert not lstm.unroll
