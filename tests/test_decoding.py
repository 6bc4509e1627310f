"""The tags that a model chooses, and how sure it is: in order, without padding."""

import numpy as np
import pytest
import tensorflow as tf
from brute_force import BruteForce
from networks import NAMES, TAGS, random_words, random_words_and_features, run, weights_of

from ner_tutorial import metrics
from ner_tutorial.crf import CRF
from ner_tutorial.decoding import predict_confidence, predict_tags
from ner_tutorial.layers import NotPadding

# Tags.


def test_tags_come_in_the_order_and_length_of_the_sentences(model):
    lengths = [3, 9, 1, 5, 9, 2, 7]
    words = random_words(3, lengths, width=12)
    tags = predict_tags(model, words, batch_size=2)
    assert [len(sentence) for sentence in tags] == lengths
    for row, sentence in enumerate(tags):
        assert sentence.dtype == np.int32
        (alone,) = predict_tags(model, words[[row], : lengths[row]])
        np.testing.assert_array_equal(sentence, alone)


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


def test_a_sentence_of_one_word_gets_its_tag(model):
    (tags,) = predict_tags(model, np.array([[5]], np.int32))
    assert tags.shape == (1,)


def test_no_sentences_give_no_tags(model):
    assert predict_tags(model, np.empty((0, 5), np.int32)) == []
    assert predict_confidence(model, np.empty((0, 5), np.int32)) == []


@pytest.mark.parametrize("predict", [predict_tags, predict_confidence])
def test_an_empty_sentence_is_refused_and_named(model, predict):
    with pytest.raises(ValueError, match="row 1 holds no word"):
        predict(model, np.array([[5, 6], [1, 1]]))


@pytest.mark.parametrize("predict", [predict_tags, predict_confidence])
def test_words_padded_on_the_left_are_refused(model, predict):
    """cuDNN takes masks with padding on the right only; elsewhere results would differ."""
    with pytest.raises(ValueError, match="row 0 has padding before a word"):
        predict(model, np.array([[1, 5, 6], [5, 6, 7]]))


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
            choices = [predict_tags(softmax, words, names) for names in (None, NAMES)]
            sure = [tags for tags, _ in predict_confidence(softmax, words)]
            chosen.append([*choices, sure])
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


# How sure.


@pytest.mark.parametrize("name", ["softmax", "crf", "with_form"])
def test_the_tags_that_come_with_a_confidence_are_those_that_come_alone(name, request):
    model = request.getfixturevalue(name)
    lengths = [3, 9, 1, 5, 9, 2, 7]
    inputs = random_words_and_features(7, lengths)
    inputs = inputs if name == "with_form" else inputs[:, :, 0]
    found = predict_confidence(model, inputs, batch_size=2)
    alone = predict_tags(model, inputs)
    for (tags, sure), same, length in zip(found, alone, lengths, strict=True):
        np.testing.assert_array_equal(tags, same)
        assert tags.dtype == np.int32 and sure.dtype == np.float32
        assert sure.shape == (length,)
        assert np.all((sure > 0) & (sure <= 1 + 1e-5))


def test_the_softmaxs_confidence_is_its_probability_of_the_tag(softmax):
    words = random_words(3, [3, 9, 1, 5])
    probabilities = run(softmax, words)
    for row, (tags, sure) in enumerate(predict_confidence(softmax, words)):
        np.testing.assert_allclose(sure, probabilities[row, np.arange(len(tags)), tags], atol=1e-6)


def test_a_crfs_confidence_is_the_share_of_the_tag_in_all_sequences_enumerated():
    tf.keras.utils.set_random_seed(2)
    words = tf.keras.Input([None], dtype="int32")
    features = tf.keras.layers.Embedding(20, TAGS)(words)
    layer = CRF(TAGS, NAMES, padding_tag=0, name="crf")
    tags, scores = layer(features, mask=NotPadding()(words))
    model = tf.keras.Model(words, tags)
    draw = np.random.default_rng(0)
    model.set_weights([draw.normal(0, 1, weight.shape) for weight in model.get_weights()])
    rows = np.array([[2, 3, 0, 5], [6, 1, 1, 1], [7, 8, 9, 1]], np.int32)
    emissions = run(tf.keras.Model(words, scores), rows)  # start and end scores are in them
    for row, (tags, sure) in enumerate(predict_confidence(model, rows, batch_size=2)):
        shares = BruteForce(emissions[row, : len(tags)], layer.transitions).marginals()
        np.testing.assert_allclose(sure, shares[np.arange(len(tags)), tags], atol=1e-5)
