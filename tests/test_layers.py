"""The layers besides the CRF: the mask, the BiLSTM, and hidden words."""

import json

import numpy as np
import pytest
import tensorflow as tf

from ner_tutorial.layers import BiLSTM, Embedding, Lookup, NotPadding, Window, WordDropout


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("padding", [0, 1])
def test_the_mask_is_true_on_words_and_false_on_padding(dtype, padding):
    words = np.array([[5, 0, 1], [1, 1, 0]], dtype)
    mask = NotPadding(padding)(words).numpy()
    assert mask.dtype == bool
    np.testing.assert_array_equal(mask, [[w != padding for w in row] for row in words.tolist()])


def test_unless_told_padding_is_word_1_and_the_unknown_word_is_a_word():
    np.testing.assert_array_equal(NotPadding()(np.array([[0, 1]])), [[True, False]])


@pytest.mark.parametrize(
    "layer",
    [
        NotPadding(3, name="mine"),
        BiLSTM(4, name="mine"),
        WordDropout(0.25, name="mine"),
        Window(4, name="mine"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_a_config_gives_the_same_layer_again(layer):
    config = json.loads(json.dumps(layer.get_config()))
    again = type(layer).from_config(config)
    assert again.get_config() == layer.get_config()
    own = {"NotPadding": "padding", "BiLSTM": "units", "WordDropout": "rate", "Window": "size"}
    name = own[type(layer).__name__]
    assert getattr(again, name) == getattr(layer, name)
    assert again.name == "mine"


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


def test_on_a_gpu_keras_does_the_work_and_its_conditions_for_cudnn_are_met(monkeypatch):
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: [kind])
    monkeypatch.setattr("ner_tutorial.layers.lstm", None)
    layer = BiLSTM(4)
    layer(tf.zeros([1, 2, 3]), mask=tf.ones([1, 2], tf.bool))
    for lstm in (layer.forward_layer, layer.backward_layer):
        assert lstm.activation is tf.keras.activations.tanh
        assert lstm.recurrent_activation is tf.keras.activations.sigmoid
        assert lstm.recurrent_dropout == 0
        assert lstm.use_bias
        assert not lstm.unroll


def test_word_dropout_hides_its_share_of_the_words_in_training_alone_and_no_padding():
    words = np.where(np.arange(500) < 400, 7, 1)[None].repeat(100, axis=0)
    layer = WordDropout(0.25)
    np.testing.assert_array_equal(layer(words, training=False), words)
    hidden = layer(words, training=True).numpy()
    assert set(np.unique(hidden[words == 7])) == {0, 7}
    assert np.all(hidden[words == 1] == 1)
    assert np.mean(hidden[words == 7] == 0) == pytest.approx(0.25, abs=0.01)
    assert np.any(hidden != layer(words, training=True))  # drawn anew each time


def test_adam_moves_the_vector_of_a_word_that_stands_in_a_batch_often_as_far_as_any_other():
    words = tf.keras.Input([None], dtype="int32")
    layer = Embedding(5, 1)
    model = tf.keras.Model(words, layer(words))
    model.compile(tf.keras.optimizers.Adam(0.1), loss="mse")
    before = layer.get_weights()[0]
    batch = np.array([[2, 2, 2, 2, 3]])
    for _ in range(3):
        model.train_on_batch(batch, np.full((1, 5, 1), 9.0))
    moved = (layer.get_weights()[0] - before)[:, 0]
    np.testing.assert_allclose(moved, [0, 0, 0.3, 0.3, 0], atol=0.01)


# The window.

SIZE = 3


@pytest.fixture(scope="module")
def window():
    layer = Window(SIZE)
    layer(np.zeros((1, 1, 10), np.int32))
    layer.table.assign(np.random.default_rng(0).normal(size=layer.table.shape))
    return layer


def test_what_a_window_gives_depends_on_two_words_and_one_form_on_either_side(window):
    inputs = np.random.default_rng(1).integers(2, 90, (1, 9, 10))
    before = window(inputs).numpy()
    for column, reach in ((0, 2), (1, 1), (9, 1)):
        other = inputs.copy()
        other[0, 4, column] += 100
        changed = (window(other).numpy() != before).any(axis=2)[0]
        expected = np.abs(np.arange(9) - 4) <= reach
        np.testing.assert_array_equal(changed, expected)


def test_equal_windows_have_equal_features_wherever_they_stand(window):
    draw = np.random.default_rng(2)
    piece = draw.integers(2, 90, (1, 5, 10))
    left, right = (draw.integers(2, 90, (1, n, 10)) for n in (3, 6))
    found = window(np.concatenate([left, piece, right], axis=1)).numpy()[0, 5]
    np.testing.assert_allclose(found, window(piece).numpy()[0, 2], rtol=1e-6)


def test_what_stands_on_padding_is_no_part_of_a_window(window):
    inputs = np.random.default_rng(3).integers(2, 90, (1, 6, 10))
    padded = np.concatenate([inputs, np.full((1, 3, 10), 1)], axis=1)
    np.testing.assert_array_equal(window(padded)[:, :6], window(inputs))


def test_few_features_of_a_window_share_a_row_and_all_rows_are_used():
    """A word alone in a sentence has its own word and form, and the two borders."""
    layer = Window(1, rows=2**10)
    layer(np.zeros((1, 1, 10), np.int32))
    layer.table.assign(np.arange(2**10)[:, np.newaxis])
    inputs = np.zeros((5000, 1, 10), np.int32)
    inputs[:, 0, 0] = np.arange(5000)
    sums = layer(inputs).numpy()[:, 0, 0]
    assert len(np.unique(sums)) > 1000  # the word's row alone varies, and the pairs'


def test_a_lookup_gives_the_rows_that_it_was_filled_with_and_saves_none():
    layer = Lookup(3)
    rows = np.arange(12, dtype=np.float32).reshape(4, 3)
    layer.fill(rows)
    model = tf.keras.Sequential([tf.keras.Input([None], dtype="int32"), layer])
    np.testing.assert_array_equal(model(np.array([[2, 5], [3, 0]]))[0], rows[[0, 3]])
    layer.fill(rows[:2] + 0.5)  # of another number
    np.testing.assert_array_equal(model(np.array([[3, 1]])), [[rows[1] + 0.5, np.zeros(3)]])
    assert model.get_weights() == []
