"""An LSTM for the CPU, with its gradient written out (lesson 03 shows what an LSTM is).

For a batch of sentences the operations that make up a step are so small that their number counts,
on the way there and on the way back. Here a step there is one matrix product, and a step back is
two, with all that was computed before at hand. An epoch of the BiLSTM-CRF on GMB takes 3.8 seconds
with it, and 4.8 with Keras's LSTM (two cores, batches of 256).
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
        weights = tf.identity(weights)  # `gradient` can use what is made here, but no argument
        length = tf.shape(inputs)[0]
        zeros = tf.zeros([tf.shape(inputs)[1], units], inputs.dtype)

        def array():
            return tf.TensorArray(inputs.dtype, length, clear_after_read=False)

        def position(step):
            return length - 1 - step if reverse else step

        def forward(step, h, c, hidden, kept):
            x_and_h = tf.concat([elements.read(position(step)), h], axis=1)
            i, f, g, o = tf.split(tf.matmul(x_and_h, weights), 4, axis=1)  # shape: (batch, units)
            i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
            new_c = f * c + i * g
            squashed = tf.tanh(new_c)
            h = o * squashed
            values = (x_and_h, i, f, g, o, c, squashed)
            kept = [array.write(step, value) for array, value in zip(kept, values, strict=True)]
            return step + 1, h, new_c, hidden.write(position(step), h), kept

        elements = array().unstack(inputs)
        start = (0, zeros, zeros, array(), [array() for _ in range(7)])
        *_, hidden, kept = tf.while_loop(lambda step, *_: step < length, forward, start)

        def gradient(upstream):
            # The same steps from the last to the first, by the chain rule. A name with `d_` is the
            # gradient of the loss by what it names, just before its activation for the gates.
            def backward(step, d_h, d_c, d_weights, d_inputs):
                x_and_h, i, f, g, o, c, squashed = (array.read(step) for array in kept)
                d_h += ends.read(position(step))
                d_c += _times_tanh_slope(y=squashed, dy=d_h * o)
                d_gates = [
                    _times_sigmoid_slope(y=i, dy=d_c * g),
                    _times_sigmoid_slope(y=f, dy=d_c * c),
                    _times_tanh_slope(y=g, dy=d_c * i),
                    _times_sigmoid_slope(y=o, dy=d_h * squashed),
                ]
                d_gates = tf.concat(d_gates, axis=1)
                d_weights += tf.matmul(x_and_h, d_gates, transpose_a=True)
                d_x_and_h = tf.matmul(d_gates, weights, transpose_b=True)
                d_x, d_h = tf.split(d_x_and_h, [size, units], axis=1)
                return step - 1, d_h, d_c * f, d_weights, d_inputs.write(position(step), d_x)

            ends = array().unstack(upstream)
            start = (length - 1, zeros, zeros, tf.zeros_like(weights), array())
            *_, d_weights, d_inputs = tf.while_loop(lambda step, *_: step >= 0, backward, start)
            return d_inputs.stack(), d_weights

        return hidden.stack(), gradient

    return tf.custom_gradient(run)(inputs, weights) if training else run(inputs, weights)[0]
