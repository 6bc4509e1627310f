"""Our LSTM, held against Keras's and against numerical gradients."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from ner_tutorial.lstm import lstm


def draw(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


@settings(max_examples=25, deadline=None)
@given(
    *(st.integers(1, 7), st.integers(1, 4), st.integers(1, 5), st.integers(1, 6)),
    *(st.booleans(), st.booleans()),
)
def test_its_states_and_gradients_equal_those_of_keras(
    length, batch, size, units, reverse, training
):
    inputs = tf.constant(draw(length, length, batch, size), tf.float32)
    wanted = tf.constant(draw(batch, length, batch, units), tf.float32)
    keras = tf.keras.layers.LSTM(
        units, return_sequences=True, go_backwards=reverse, use_bias=False, dtype="float32"
    )
    keras.build((None, None, size))
    results = []
    for is_ours in (True, False):
        weights = [tf.constant(weight) for weight in keras.get_weights()]
        with tf.GradientTape() as tape:
            if is_ours:
                tape.watch([inputs, *weights])
                hidden = lstm(inputs, tf.concat(weights, axis=0), reverse, training)
            else:
                tape.watch(inputs)
                hidden = tf.transpose(keras(tf.transpose(inputs, [1, 0, 2])), [1, 0, 2])
                hidden = hidden[::-1] if reverse else hidden
                weights = keras.trainable_weights
            loss = tf.reduce_sum(hidden * wanted)
        results.append([hidden, *tape.gradient(loss, [inputs, *weights])])
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("reverse", [False, True])
def test_its_gradients_equal_differences_of_its_values(reverse):
    weights, wanted = tf.constant(draw(1, 2 + 3, 12)), draw(2, 4, 2, 3)

    def loss(inputs, weights):
        return tf.reduce_sum(lstm(inputs, weights, reverse, training=True) * wanted)

    by_rule, by_difference = tf.test.compute_gradient(
        loss, [tf.constant(draw(0, 4, 2, 2)), weights], delta=1e-5
    )
    for one, other in zip(by_rule, by_difference, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-8)


def test_it_is_the_same_in_a_graph_that_knows_neither_length_nor_batch():
    weights = tf.constant(draw(1, 2 + 3, 12), tf.float32)

    def states_and_gradients(inputs):
        with tf.GradientTape() as tape:
            tape.watch([inputs, weights])
            hidden = lstm(inputs, weights, training=True)
        return [hidden, *tape.gradient(hidden, [inputs, weights])]

    graph = tf.function(states_and_gradients, input_signature=[tf.TensorSpec([None, None, 2])])
    for length, batch in ((5, 3), (1, 1), (3, 7)):
        inputs = tf.constant(draw(length, length, batch, 2), tf.float32)
        for one, other in zip(graph(inputs), states_and_gradients(inputs), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)


def test_its_gradients_can_be_taken_from_outside_of_a_condition_in_a_graph():
    inputs = [tf.constant(draw(0, 4, 2, 2)), tf.constant(draw(1, 2 + 3, 12))]

    def states(*inputs):
        return lstm(*inputs, training=True)

    def states_on_condition(*inputs):
        condition = tf.reduce_max(inputs[0]) < 100
        return tf.cond(condition, lambda: states(*inputs), lambda: tf.zeros([4, 2, 3], tf.float64))

    slopes = []
    for function in (states, tf.function(states_on_condition)):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            values = function(*inputs)
        slopes.append(tape.gradient(values, inputs))
    for eager, graph in zip(*slopes, strict=True):
        np.testing.assert_allclose(eager, graph, atol=1e-12)


def test_outside_of_training_it_can_be_exported(tmp_path):
    weights = tf.constant(draw(1, 2 + 3, 12), tf.float32)
    module = tf.Module()
    module.run = tf.function(lambda x: lstm(x, weights), [tf.TensorSpec([None, None, 2])])
    tf.saved_model.save(module, tmp_path)
    inputs = tf.constant(draw(0, 5, 3, 2), tf.float32)
    loaded = tf.saved_model.load(tmp_path)
    np.testing.assert_array_equal(loaded.run(inputs), lstm(inputs, weights))


def test_positions_of_zeros_before_the_first_word_change_nothing():
    inputs, weights = draw(0, 5, 3, 2), draw(1, 2 + 3, 12)
    alone = lstm(tf.constant(inputs), tf.constant(weights))
    padded = lstm(tf.constant(np.pad(inputs, [(4, 0), (0, 0), (0, 0)])), tf.constant(weights))
    assert not padded[:4].numpy().any()
    np.testing.assert_array_equal(padded[4:], alone)


@pytest.mark.parametrize("reverse", [False, True])
def test_without_a_position_there_is_no_state_and_no_gradient(reverse):
    read = [tf.zeros([0, 3, 2]), tf.constant(draw(1, 2 + 3, 12), tf.float32)]
    with tf.GradientTape() as tape:
        tape.watch(read)
        hidden = lstm(*read, reverse, training=True)
        loss = tf.reduce_sum(hidden)
    of_inputs, of_weights = tape.gradient(loss, read)
    assert hidden.shape == (0, 3, 3) and of_inputs.shape == (0, 3, 2)
    np.testing.assert_array_equal(of_weights, np.zeros([5, 12]))
