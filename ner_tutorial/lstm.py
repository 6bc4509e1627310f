"""An LSTM for the CPU, with its gradient written out (lesson 03 shows what an LSTM is).

For a batch of sentences the operations that make up a step are so small that their number counts,
on the way there and on the way back. Here a step is one matrix product on either way, with all that
was computed before at hand; what the weights and the inputs have of the gradient waits until all
steps are done, and is then two products of large matrices. An epoch of the BiLSTM-CRF on GMB took
3.8 seconds with the first version of this, and 4.8 with Keras's LSTM (two cores, batches of 256).
"""

import tensorflow as tf

_times_sigmoid_slope, _times_tanh_slope = tf.raw_ops.SigmoidGrad, tf.raw_ops.TanhGrad


def lstm(
    inputs: tf.Tensor, weights: tf.Tensor, reverse: bool = False, training: bool = False
) -> tf.Tensor:
    """What an LSTM remembers after each position (Hochreiter and Schmidhuber, 1997).

    It has no bias: an input that is always 1 serves as one. So a position of zeros leaves a state
    of zeros as it is.

    Args:
        inputs: float (length, batch, size), time first.
        weights: float (size + units, 4 * units). Its rows are Keras's `kernel`, then its
            `recurrent_kernel`; its columns the input gate, the forget gate, the candidate and the
            output gate, as in Keras.
        reverse: read from the last position to the first.
        training: use the gradient written out. Without, TensorFlow derives the same one, which
            takes longer; but a graph with a gradient of its own becomes a SavedModel only with
            `tf.saved_model.SaveOptions(experimental_custom_gradients=False)`.

    Returns:
        The hidden state at each position, float (length, batch, units).
    """
    units = weights.shape[1] // 4
    size = weights.shape[0] - units

    def run(inputs, weights):
        # `gradient` can use what is made here, but no argument.
        inputs, weights = tf.identity(inputs), tf.identity(weights)
        length, batch = tf.shape(inputs)[0], tf.shape(inputs)[1]
        zeros = tf.zeros([batch, units], inputs.dtype)

        def array():
            return tf.TensorArray(inputs.dtype, length, clear_after_read=False)

        def position(step):
            return length - 1 - step if reverse else step

        def forward(step, h, c, hidden, kept):
            here = position(step)
            x_and_h = tf.concat([elements.read(here), h], axis=1)
            i, f, g, o = tf.split(tf.matmul(x_and_h, weights), 4, axis=1)  # shape: (batch, units)
            i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
            new_c = f * c + i * g
            squashed = tf.tanh(new_c)
            h = o * squashed
            values = (i, f, g, o, c, squashed) if training else ()
            kept = [array.write(here, value) for array, value in zip(kept, values, strict=True)]
            return step + 1, h, new_c, hidden.write(here, h), kept

        elements = array().unstack(inputs)
        start = (0, zeros, zeros, array(), [array() for _ in range(6 if training else 0)])
        *_, hidden, kept = tf.while_loop(lambda step, *_: step < length, forward, start)
        hidden = tf.reshape(hidden.stack(), [length, batch, units])

        def gradient(upstream):
            # The same steps from the last to the first, by the chain rule. A name with `d_` is the
            # gradient of the loss by what it names, just before its activation for the gates.
            of_input, of_state = tf.split(weights, [size, units])

            def backward(step, d_h, d_c, d_gates):
                here = position(step)
                i, f, g, o, c, squashed = (array.read(here) for array in kept)
                d_h += ends.read(here)
                d_c += _times_tanh_slope(y=squashed, dy=d_h * o)
                each = [
                    _times_sigmoid_slope(y=i, dy=d_c * g),
                    _times_sigmoid_slope(y=f, dy=d_c * c),
                    _times_tanh_slope(y=g, dy=d_c * i),
                    _times_sigmoid_slope(y=o, dy=d_h * squashed),
                ]
                joined = tf.concat(each, axis=1)
                d_h = tf.matmul(joined, of_state, transpose_b=True)
                return step - 1, d_h, d_c * f, d_gates.write(here, joined)

            ends = array().unstack(upstream)
            start = (length - 1, zeros, zeros, array())
            *_, d_gates = tf.while_loop(lambda step, *_: step >= 0, backward, start)
            d_gates = tf.reshape(d_gates.stack(), [-1, 4 * units])  # a row a word, as below
            # What each step began with: where it read from the right, the state of the next word.
            if reverse:
                before = tf.concat([hidden, [zeros]], axis=0)[1:]
            else:
                before = tf.concat([[zeros], hidden], axis=0)[:length]
            read = tf.reshape(tf.concat([inputs, before], axis=2), [-1, size + units])
            d_weights = tf.matmul(read, d_gates, transpose_a=True)
            d_inputs = tf.matmul(d_gates, of_input, transpose_b=True)
            return tf.reshape(d_inputs, tf.shape(inputs)), d_weights

        return hidden, gradient

    return tf.custom_gradient(run)(inputs, weights) if training else run(inputs, weights)[0]
