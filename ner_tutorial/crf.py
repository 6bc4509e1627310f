"""The linear-chain conditional random field (CRF), derived in lesson 04.

The functions have the names, arguments and results of `tensorflow_addons.text`, so that code
written for it moves over by changing the import. `CRF` is the layer that trains on both Keras
versions.

A CRF scores a whole sequence of tags: the sum of its emissions (how well each tag fits its word)
and its transitions (how well each tag follows the one before). The probability of a sequence is the
exponential of its score, divided by the sum of that over every sequence (Lafferty, McCallum and
Pereira, 2001). The forward algorithm computes this sum, Viterbi's the best sequence, both in
length x tags^2 steps.
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

# The forward recursion multiplies matrices of exponentials, which is fast, and exact to float32 as
# long as no transition is this much below another (see `_forward_fast`). Beyond, it sums in log
# space.
_FAST_RANGE = 60.0

# A forbidden move in training: far below any score, yet finite, so that gradients are.
_FORBIDDEN = -1e4


def crf_unary_score(tag_indices, sequence_lengths, inputs) -> tf.Tensor:
    """The sum of the emissions that a tag sequence picks.

    Args:
        tag_indices: int (batch, length).
        sequence_lengths: int (batch,); what lies beyond does not count.
        inputs: float (batch, length, tags), the emissions.

    Returns:
        float (batch,).
    """
    inputs = tf.convert_to_tensor(inputs)
    mask = tf.sequence_mask(sequence_lengths, tf.shape(inputs)[1])
    tags = tf.where(mask, tf.cast(tag_indices, tf.int32), 0)
    picked = tf.gather(inputs, tags, batch_dims=2)  # shape: (batch, length)
    return tf.reduce_sum(tf.where(mask, picked, tf.zeros_like(picked)), axis=1)


def crf_binary_score(tag_indices, sequence_lengths, transition_params) -> tf.Tensor:
    """The sum of the transitions that a tag sequence makes.

    Args:
        tag_indices: int (batch, length).
        sequence_lengths: int (batch,).
        transition_params: float (tags, tags); row: from, column: to.

    Returns:
        float (batch,).
    """
    transition_params = tf.convert_to_tensor(transition_params)
    mask = tf.sequence_mask(sequence_lengths, tf.shape(tag_indices)[1])
    tags = tf.where(mask, tf.cast(tag_indices, tf.int32), 0)
    moves = tags[:, :-1] * tf.shape(transition_params)[0] + tags[:, 1:]
    picked = tf.gather(tf.reshape(transition_params, [-1]), moves)  # shape: (batch, length - 1)
    return tf.reduce_sum(tf.where(mask[:, 1:], picked, tf.zeros_like(picked)), axis=1)


def crf_sequence_score(inputs, tag_indices, sequence_lengths, transition_params) -> tf.Tensor:
    """The score of a tag sequence: its emissions plus its transitions.

    Args:
        inputs: float (batch, length, tags), the emissions.
        tag_indices: int (batch, length).
        sequence_lengths: int (batch,).
        transition_params: float (tags, tags); row: from, column: to.

    Returns:
        float (batch,); 0 for a sequence of length 0.
    """
    inputs, transitions, dtype = _in_float32(inputs, transition_params)
    unary = crf_unary_score(tag_indices, sequence_lengths, inputs)
    binary = crf_binary_score(tag_indices, sequence_lengths, transitions)
    return tf.cast(unary + binary, dtype)


def crf_multitag_sequence_score(
    inputs, tag_bitmap, sequence_lengths, transition_params
) -> tf.Tensor:
    """The log of the summed exponential scores of all sequences that use only allowed tags.

    Args:
        inputs: float (batch, length, tags), the emissions.
        tag_bitmap: bool (batch, length, tags), the tags allowed at each position.
        sequence_lengths: int (batch,).
        transition_params: float (tags, tags).

    Returns:
        float (batch,); equal to `crf_sequence_score` where one tag a position is allowed.
    """
    inputs = tf.convert_to_tensor(inputs)
    minus_infinity = tf.constant(-np.inf, inputs.dtype)
    allowed = tf.where(tf.cast(tag_bitmap, tf.bool), inputs, minus_infinity)
    # TFA does not look at the lengths of sequences padded to 1; nor do we here, to be its equal.
    is_single = tf.cast(tf.equal(tf.shape(inputs)[1], 1), tf.int32)
    lengths = tf.maximum(tf.cast(sequence_lengths, tf.int32), is_single)
    return crf_log_norm(allowed, lengths, transition_params)


def crf_log_norm(inputs, sequence_lengths, transition_params) -> tf.Tensor:
    """The log of the partition function: of the summed exponential scores of all tag sequences.

    Args:
        inputs: float (batch, length, tags), the emissions.
        sequence_lengths: int (batch,).
        transition_params: float (tags, tags).

    Returns:
        float (batch,); 0 for a sequence of length 0.
    """
    inputs, transitions, dtype = _in_float32(inputs, transition_params)
    lengths = tf.cast(sequence_lengths, tf.int32)
    # A sequence of length 0 has no first position: what stands there counts for nothing.
    first = tf.where(lengths[:, tf.newaxis] > 0, inputs[:, 0], tf.zeros_like(inputs[:, 0]))
    alphas = crf_forward(inputs[:, 1:], first, transitions, lengths)
    log_norm = tf.reduce_logsumexp(alphas, axis=1)
    return tf.cast(tf.where(lengths > 0, log_norm, tf.zeros_like(log_norm)), dtype)


def crf_log_likelihood(
    inputs, tag_indices, sequence_lengths, transition_params=None
) -> tuple[tf.Tensor, tf.Tensor]:
    """The log-probability of tag sequences: their score minus the log of the partition function.

    Args:
        inputs: float (batch, length, tags), the emissions.
        tag_indices: int (batch, length).
        sequence_lengths: int (batch,).
        transition_params: float (tags, tags); without it, a new variable (Glorot uniform).

    Returns:
        The log-likelihoods, float (batch,), and the transitions used, float (tags, tags).
    """
    inputs = tf.convert_to_tensor(inputs)
    if transition_params is None:
        num_tags = inputs.shape[2]
        initial = tf.keras.initializers.GlorotUniform()((num_tags, num_tags))
        transition_params = tf.Variable(initial, name="transitions")
    transition_params = tf.cast(transition_params, inputs.dtype)
    wide, transitions, dtype = _in_float32(inputs, transition_params)
    score = crf_sequence_score(wide, tag_indices, sequence_lengths, transitions)
    log_norm = crf_log_norm(wide, sequence_lengths, transitions)
    # Rounding can put a certain sequence's score a hair above the sum it is part of.
    return tf.cast(_at_most_zero(score - log_norm), dtype), transition_params


def crf_forward(inputs, state, transition_params, sequence_lengths) -> tf.Tensor:
    """The forward algorithm: the log of the summed exponential scores of all ways to each tag.

    Args:
        inputs: float (batch, length - 1, tags), the emissions from the second position on.
        state: float (batch, tags), the first position's.
        transition_params: float (tags, tags).
        sequence_lengths: int (batch,), the first position included.

    Returns:
        float (batch, tags): the alphas at each sequence's last position.
    """
    inputs, transitions, dtype = _in_float32(inputs, transition_params)
    state = tf.cast(state, inputs.dtype)
    last = tf.maximum(tf.cast(sequence_lengths, tf.int32) - 1, 0)
    # Nothing beyond a sequence's end counts, whatever is written there.
    mask = tf.sequence_mask(last, tf.shape(inputs)[1])[:, :, tf.newaxis]
    inputs = tf.where(mask, inputs, tf.zeros_like(inputs))
    emissions = tf.transpose(inputs, [1, 0, 2])  # time first: the order in which they are used
    spread = tf.reduce_max(transitions) - tf.reduce_min(transitions)
    alphas = tf.cond(
        spread < _FAST_RANGE,
        lambda: _forward_fast(emissions, state, transitions, last),
        lambda: _forward_exact(emissions, state, transitions, last),
    )
    return tf.cast(alphas, dtype)


def crf_decode(potentials, transition_params, sequence_length) -> tuple[tf.Tensor, tf.Tensor]:
    """Viterbi's algorithm: the tag sequence with the highest score.

    Args:
        potentials: float (batch, length, tags), the emissions.
        transition_params: float (tags, tags).
        sequence_length: int (batch,).

    Returns:
        The best tags, int32 (batch, length), 0 beyond a sequence's end; and their score, float
        (batch,).
    """
    potentials, transitions, dtype = _in_float32(potentials, transition_params)
    scores = tf.transpose(potentials, [1, 0, 2])  # shape: (length, batch, tags)
    from_tags = tf.transpose(transitions)  # row: to, column: from; so that maxima run along rows

    def best_way_to_each_tag(score, emission):
        return emission + tf.reduce_max(score[:, tf.newaxis, :] + from_tags, axis=2)

    best = _scan(best_way_to_each_tag, scores[1:], scores[0])
    best = tf.concat([scores[:1], best], axis=0)
    last = tf.maximum(tf.cast(sequence_length, tf.int32) - 1, 0)
    final = _at_position(best, last)  # shape: (batch, tags)
    final_tag = tf.argmax(final, axis=1, output_type=tf.int32)

    # Backwards along the best path. The step that led to a tag is found again from the scores, one
    # row of the transitions a sentence, instead of being kept for every tag on the way forward.
    def tag_before(tag, position_and_scores):
        position, score = position_and_scores
        before = tf.argmax(score + tf.gather(from_tags, tag), axis=1, output_type=tf.int32)
        return tf.where(position < last, before, final_tag)

    positions = tf.range(tf.shape(best)[0])
    tags = tf.scan(tag_before, (positions, best), final_tag, reverse=True)
    tags = tf.transpose(tags) * tf.sequence_mask(last + 1, tf.shape(tags)[0], dtype=tf.int32)
    tags = tf.ensure_shape(tags, potentials.shape[:2])
    return tags, tf.cast(tf.reduce_max(final, axis=1), dtype)


def viterbi_decode(score, transition_params) -> tuple[list[int], float]:
    """Viterbi's algorithm for one sentence, in NumPy: the form in which lesson 04 derives it.

    Args:
        score: float (length, tags), the emissions.
        transition_params: float (tags, tags).

    Returns:
        The best tags, a list of int, and their score.
    """
    score, transition_params = np.asarray(score), np.asarray(transition_params)
    trellis = [score[0]]
    backpointers = []
    for emission in score[1:]:
        ways = trellis[-1][:, np.newaxis] + transition_params  # shape: (from, to)
        backpointers.append(ways.argmax(axis=0))
        trellis.append(emission + ways.max(axis=0))
    path = [int(trellis[-1].argmax())]
    for backpointer in reversed(backpointers):
        path.append(int(backpointer[path[-1]]))
    return path[::-1], trellis[-1].max()


def crf_marginals(inputs, sequence_lengths, transition_params) -> tf.Tensor:
    """The probability of each tag at each position, given the whole sentence.

    It is the gradient of the log partition function by the emissions: that gradient sums, over all
    sequences that pass through a tag, their probability (lesson 04; forward-backward is how it is
    computed).

    Args:
        inputs: float (batch, length, tags), the emissions.
        sequence_lengths: int (batch,).
        transition_params: float (tags, tags).

    Returns:
        float (batch, length, tags); 0 beyond a sequence's end.
    """
    inputs = tf.convert_to_tensor(inputs)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        log_norm = crf_log_norm(inputs, sequence_lengths, transition_params)
    return tape.gradient(log_norm, inputs)


def iob2_moves(tag_names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """What IOB2 allows, as scores to add: 0 for an allowed move, minus infinity for a forbidden
    one.

    I-x may only follow B-x or I-x, so it may not start a sentence. A name that is no IOB2 tag, such
    as the padding tag, may stand nowhere.

    Args:
        tag_names: the tags in order of their index.

    Returns:
        The scores of starting with a tag, float32 (tags,), and of moving from one (row) to another
        (column), float32 (tags, tags).

    >>> iob2_moves(["O", "B-per", "I-per"])[0]
    array([  0.,   0., -inf], dtype=float32)
    """
    is_tag = np.array([name == "O" or name[:2] in ("B-", "I-") for name in tag_names])
    is_inside = np.array([name.startswith("I-") for name in tag_names])
    kind = np.array([name[2:] if name[1:2] == "-" else "" for name in tag_names])
    continues = is_inside & (kind[:, np.newaxis] == kind) & (kind != "")
    start = np.where(is_tag & ~is_inside, 0.0, -np.inf).astype(np.float32)
    moves = np.where((is_tag & ~is_inside) | continues, 0.0, -np.inf).astype(np.float32)
    return start, moves


@tf.keras.utils.register_keras_serializable(package="ner_tutorial")
class CRF(tf.keras.layers.Layer):
    """A linear-chain CRF on top of a network: scores every tag sequence, and decodes the best.

    Called on features (batch, length, features) it gives two things: `tags`, int32 (batch, length),
    the best sequence by Viterbi, 0 beyond a sentence's end; and `scores`, float32 (batch, length,
    tags), the emissions with the start and end scores added, which is what `loss` and `accuracy`
    take. So one model predicts and another, that shares its layers, trains:

    >>> words = tf.keras.Input([None], dtype="int32")
    >>> features = tf.keras.layers.Embedding(50, 8)(words)
    >>> crf = CRF(5, name="crf")
    >>> tags, scores = crf(features, mask=tf.keras.layers.Lambda(lambda x: x != 0)(words))
    >>> tagger, trainer = tf.keras.Model(words, tags), tf.keras.Model(words, scores)
    >>> trainer.compile("adam", loss=crf.loss, metrics=[crf.accuracy])
    >>> x, y = np.array([[7, 8, 9], [3, 4, 0]]), np.array([[1, 2, 0], [3, 4, 0]])
    >>> history = trainer.fit(x, y, verbose=0)
    >>> tagger.predict(x, verbose=0).shape
    (2, 3)

    Save the tagger; loaded, it trains again through `Model(tagger.input, crf.output[1])` with
    `crf` from `tagger.get_layer("crf")`.

    Args:
        num_tags: how many tags there are.
        tag_names: their names in order of index. If given, decoding gives only sequences that IOB2
            allows (see `iob2_moves`).
        padding_tag: the index of the tag that stands for padding, if there is one: never decoded.
        constrain_training: also leave what is never decoded out of the likelihood.

    Masking: `mask`, bool (batch, length), is True on words. It must be on the left in one piece,
    with at least one word a sentence: otherwise a call raises ValueError and names the row, and
    inside a graph (`fit`, `predict`) an assertion fails.

    Weights: `kernel` (features, tags) and `bias` (tags,), which project the features to emissions;
    `start` and `end` (tags,); `transitions` (tags, tags), from row to column. The layer computes in
    float32, under mixed precision too.
    """

    def __init__(
        self,
        num_tags: int,
        tag_names: Sequence[str] | None = None,
        padding_tag: int | None = None,
        constrain_training: bool = False,
        **kwargs,
    ):
        super().__init__(**{**kwargs, "dtype": "float32"})
        if tag_names is not None and len(tag_names) != num_tags:
            raise ValueError(f"num_tags is {num_tags}, but tag_names has {len(tag_names)} names")
        self.num_tags = num_tags
        self.tag_names = None if tag_names is None else list(tag_names)
        self.padding_tag = padding_tag
        self.constrain_training = constrain_training
        self.supports_masking = True
        # What may never be decoded, as scores to add: minus infinity there, 0 elsewhere.
        self._start_moves, self._moves = iob2_moves(self.tag_names or ["O"] * num_tags)
        if padding_tag is not None:
            self._start_moves[padding_tag] = self._moves[:, padding_tag] = -np.inf

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "num_tags": self.num_tags,
            "tag_names": self.tag_names,
            "padding_tag": self.padding_tag,
            "constrain_training": self.constrain_training,
        }

    def build(self, input_shape) -> None:
        tags = self.num_tags
        self.kernel = self.add_weight(
            shape=(input_shape[-1], tags), initializer="glorot_uniform", name="kernel"
        )
        self.bias = self.add_weight(shape=(tags,), initializer="zeros", name="bias")
        self.start = self.add_weight(shape=(tags,), initializer="zeros", name="start")
        self.end = self.add_weight(shape=(tags,), initializer="zeros", name="end")
        self.transitions = self.add_weight(
            shape=(tags, tags), initializer="zeros", name="transitions"
        )
        self.built = True

    def call(self, inputs, mask=None):
        emissions = tf.tensordot(tf.cast(inputs, tf.float32), self.kernel, axes=1) + self.bias
        mask = tf.ones(tf.shape(inputs)[:2], tf.bool) if mask is None else tf.cast(mask, tf.bool)
        lengths = _checked_lengths(mask)
        position = tf.range(tf.shape(mask)[1])[tf.newaxis]
        is_first = tf.cast(position == 0, tf.float32)[:, :, tf.newaxis]
        is_last = tf.cast(position == lengths[:, tf.newaxis] - 1, tf.float32)[:, :, tf.newaxis]
        scores = emissions + is_first * self.start + is_last * self.end
        # The lowest float marks what lies beyond a sentence's end, so that whoever holds the scores
        # also knows the lengths: a loss is given nothing else.
        scores = tf.where(mask[:, :, tf.newaxis], scores, scores.dtype.min)
        return self._decode(scores, lengths), scores

    def compute_mask(self, inputs, mask=None):
        return None  # a mask passed on would be applied by Keras a second time, to the loss

    def loss(self, tags, scores) -> tf.Tensor:
        """The negative log-likelihood of each sentence: never negative, float32 (batch,).

        Args:
            tags: the true tags, (batch, length); what stands on padding does not matter.
            scores: the layer's second output.
        """
        lengths = _lengths_of(scores)
        transitions = tf.convert_to_tensor(self.transitions)
        if self.constrain_training:
            scores = _add_to_first(scores, np.maximum(self._start_moves, _FORBIDDEN))
            transitions += np.maximum(self._moves, _FORBIDDEN)
        return -crf_log_likelihood(scores, tf.cast(tags, tf.int32), lengths, transitions)[0]

    def accuracy(self, tags, scores) -> tf.Tensor:
        """1 for each word whose decoded tag is right, else 0: float32 (words,), padding left
        out."""
        lengths = _lengths_of(scores)
        is_right = tf.cast(tags, tf.int32) == self._decode(scores, lengths)
        mask = tf.sequence_mask(lengths, tf.shape(scores)[1])
        return tf.cast(tf.boolean_mask(is_right, mask), tf.float32)

    def marginals(self, scores) -> tf.Tensor:
        """The probability of each tag at each word, float32 (batch, length, tags)."""
        return crf_marginals(scores, _lengths_of(scores), tf.convert_to_tensor(self.transitions))

    def _decode(self, scores, lengths) -> tf.Tensor:
        scores = _add_to_first(scores, self._start_moves)
        return crf_decode(scores, self.transitions + self._moves, lengths)[0]


def _forward_exact(emissions, state, transitions, last) -> tf.Tensor:
    """The forward recursion as it is derived: Viterbi's, with the sum in place of the maximum."""

    def step(alphas, emission):
        return emission + tf.reduce_logsumexp(alphas[:, :, tf.newaxis] + transitions, axis=1)

    alphas = _scan(step, emissions, state)
    return _at_position(tf.concat([state[tf.newaxis], alphas], axis=0), last)


@tf.custom_gradient
def _forward_fast(emissions, state, transitions, last):
    """The same with one matrix product a step, and its gradient written out.

    log sum_i exp(alpha_i + transition_ij) is the log of a product: of the vector exp(alpha) and the
    matrix exp(transition). Each alpha vector is first moved so that its highest entry is 0: what
    then underflows lies 88 below the highest, and no transition can make up for more than 60 of
    that.
    """
    highest_transition = tf.reduce_max(transitions)
    factors = tf.exp(transitions - highest_transition)  # shape: (from, to), between 0 and 1

    def step(alphas, emission):
        highest = _finite_max(alphas)
        ways = tf.matmul(tf.exp(alphas - highest), factors)
        return emission + tf.math.log(ways) + (highest + highest_transition)

    alphas = tf.concat([state[tf.newaxis], _scan(step, emissions, state)], axis=0)

    def gradient(upstream):
        # By the chain rule from the last position to the first. `share` is exp(alpha) / ways: times
        # `factors` it says which part of the ways to a tag comes from each tag before.
        before = tf.exp(alphas[:-1] - _finite_max(alphas[:-1]))  # shape: (length - 1, batch, tags)
        ways = tf.linalg.matmul(before, factors)
        inverse = tf.math.divide_no_nan(tf.ones_like(ways), ways)
        positions = tf.range(tf.shape(alphas)[0])

        def step_back(flow, inputs):
            position, before, inverse = inputs
            flow = before * tf.matmul(flow * inverse, factors, transpose_b=True)
            is_last = (position == last)[:, tf.newaxis]
            return tf.where(is_last, upstream, flow)

        none = tf.zeros_like(upstream)
        at_end = tf.where((positions[-1] == last)[:, tf.newaxis], upstream, none)
        flow = _scan(step_back, (positions[:-1], before, inverse), at_end, reverse=True)
        flow = tf.concat([flow, at_end[tf.newaxis]], axis=0)  # shape: (length, batch, tags)
        num_tags = tf.shape(transitions)[0]
        moves = tf.matmul(
            tf.reshape(before, [-1, num_tags]),
            tf.reshape(flow[1:] * inverse, [-1, num_tags]),
            transpose_a=True,
        )
        return flow[1:], flow[0], factors * moves, None

    return _at_position(alphas, last), gradient


def _scan(step, elements, initial, reverse=False) -> tf.Tensor:
    """`tf.scan`, also over no elements at all, which it refuses in a graph of unknown sizes.

    One element of zeros is added where the scan ends, and its result left out.
    """
    added = [[1, 0]] if reverse else [[0, 1]]
    padded = tf.nest.map_structure(lambda e: tf.pad(e, added + [[0, 0]] * (e.ndim - 1)), elements)
    results = tf.scan(step, padded, initial, reverse=reverse)
    return results[1:] if reverse else results[:-1]


def _at_position(values, position) -> tf.Tensor:
    """From (length, batch, tags), the row of each sentence at its own position: (batch, tags)."""
    return tf.gather_nd(values, tf.stack([position, tf.range(tf.shape(position)[0])], axis=1))


def _finite_max(values) -> tf.Tensor:
    """The highest entry along the last axis; 0 where all are minus infinity, to keep NaN out."""
    highest = tf.reduce_max(values, axis=-1, keepdims=True)
    return tf.where(tf.math.is_finite(highest), highest, tf.zeros_like(highest))


@tf.custom_gradient
def _at_most_zero(values):
    """Rounding cut off, with the gradient left as it is (that of `minimum` would vanish)."""
    return tf.minimum(values, tf.zeros_like(values)), lambda upstream: upstream


def _in_float32(scores, transitions) -> tuple[tf.Tensor, tf.Tensor, tf.DType]:
    """Scores and transitions in one type, float32 if it was a shorter one, and the type it was."""
    scores = tf.convert_to_tensor(scores)
    wide = tf.float32 if scores.dtype.size < 4 else scores.dtype
    return tf.cast(scores, wide), tf.cast(transitions, wide), scores.dtype


def _add_to_first(scores, start) -> tf.Tensor:
    """Scores with `start`, (tags,), added at each sentence's first position."""
    return tf.concat([scores[:, :1] + start, scores[:, 1:]], axis=1)


def _lengths_of(scores) -> tf.Tensor:
    """The lengths of the sentences, read off the layer's scores: int32 (batch,)."""
    is_word = tf.reduce_max(scores, axis=2) > tf.float32.min
    return tf.reduce_sum(tf.cast(is_word, tf.int32), axis=1)


def _checked_lengths(mask) -> tf.Tensor:
    """The lengths that a mask stands for; refuses one with holes, on the right, or empty."""
    lengths = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1)
    in_one_piece = tf.reduce_all(mask == tf.sequence_mask(lengths, tf.shape(mask)[1]), axis=1)
    is_right = tf.logical_and(in_one_piece, lengths > 0)
    rule = "a mask must be True on the words, on the left in one piece, and at least one a sentence"
    if tf.executing_eagerly():
        wrong = np.flatnonzero(~is_right.numpy())
        if wrong.size:
            raise ValueError(f"row {wrong[0]} of the mask is {mask[wrong[0]].numpy()}: {rule}")
    else:
        tf.debugging.Assert(tf.reduce_all(is_right), [rule, mask])
    return lengths
