"""The linear-chain conditional random field (CRF), derived in lesson 04: `CRF` is the layer.

A CRF scores a whole sequence of tags: the sum of its emissions (how well each tag fits its word)
and its transitions (how well each tag follows the one before). The probability of a sequence is the
exponential of its score, divided by the sum of that over every sequence (Lafferty, McCallum and
Pereira, 2001). The forward algorithm gives this sum, Viterbi's the best, in length x tags^2 steps.

The functions have the names, arguments and results of `tensorflow_addons.text`, so that code
written for it moves over by changing the import. Their arguments, always padded on the right:

    inputs, potentials    float (batch, length, tags), the emissions; float16 is computed in float32
    tag_indices           int (batch, length)
    sequence_lengths      int (batch,); nothing beyond a sequence's length counts
    transition_params     float (tags, tags), from row to column
"""

import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import Tensor

try:
    from . import iob2  # from the file beside this one, in whatever package
except ImportError:  # or in none: the two copied beside code of your own
    import iob2  # type: ignore[import-not-found, no-redef]

# As long as no transition is this much below another, sums of exponentials are taken as products,
# which is fast; beyond, in log space. A product loses what is below e^-87, from sums above e^-60.
_FAST_RANGE = 30.0

# A forbidden move in training: far below any score, yet finite, so that gradients are.
_FORBIDDEN = -1e4


def crf_unary_score(tag_indices, sequence_lengths, inputs) -> Tensor:
    """The sum of the emissions that each tag sequence picks, float (batch,)."""
    inputs, dtype = _in_float32(inputs)
    mask = tf.sequence_mask(sequence_lengths, tf.shape(inputs)[1])
    tags = tf.where(mask, tf.cast(_shaped(tag_indices, "tags", inputs), tf.int32), 0)
    # From a flat list: `batch_dims` has no gradient for a batch of no sentences on TensorFlow 2.15.
    batch, length, num_tags = tf.unstack(tf.shape(inputs))
    rows = tf.reshape(tf.range(batch * length), [batch, length])
    picked = tf.gather(tf.reshape(inputs, [-1]), rows * num_tags + tags)  # shape: (batch, length)
    return tf.cast(tf.reduce_sum(tf.where(mask, picked, 0), axis=1), dtype)


def crf_binary_score(tag_indices, sequence_lengths, transition_params) -> Tensor:
    """The sum of the transitions that each tag sequence makes, float (batch,)."""
    transitions, dtype = _in_float32(transition_params)
    mask = tf.sequence_mask(sequence_lengths, tf.shape(tag_indices)[1])
    tags = tf.where(mask, tf.cast(tag_indices, tf.int32), 0)
    moves = tags[:, :-1] * tf.shape(transitions)[0] + tags[:, 1:]
    picked = tf.gather(tf.reshape(transitions, [-1]), moves)  # shape: (batch, length - 1)
    return tf.cast(tf.reduce_sum(tf.where(mask[:, 1:], picked, 0), axis=1), dtype)


def crf_sequence_score(inputs, tag_indices, sequence_lengths, transition_params) -> Tensor:
    """The score of each tag sequence, its emissions plus its transitions: float (batch,)."""
    inputs, transitions, dtype = _in_float32(inputs, transition_params)
    unary = crf_unary_score(tag_indices, sequence_lengths, inputs)
    binary = crf_binary_score(tag_indices, sequence_lengths, transitions)
    return tf.cast(unary + binary, dtype)


def crf_multitag_sequence_score(inputs, tag_bitmap, sequence_lengths, transition_params) -> Tensor:
    """The log of the summed exponential scores of all sequences of tags that `tag_bitmap`, bool
    (batch, length, tags), allows at their positions: float (batch,)."""
    inputs = tf.convert_to_tensor(inputs)
    allowed = tf.where(tf.cast(tag_bitmap, tf.bool), inputs, -np.inf)
    # TFA does not look at the lengths of sequences padded to 1; nor do we here, to be its equal.
    is_single = tf.cast(tf.equal(tf.shape(inputs)[1], 1), tf.int32)
    lengths = tf.maximum(tf.cast(sequence_lengths, tf.int32), is_single)
    return crf_log_norm(allowed, lengths, transition_params)


def crf_log_norm(inputs, sequence_lengths, transition_params) -> Tensor:
    """The log of the partition function, which is the sum of the exponential scores of all tag
    sequences: float (batch,), 0 for a sequence of length 0."""
    inputs, transitions, dtype = _in_float32(inputs, transition_params)
    transitions = tf.ensure_shape(transitions, [inputs.shape[2]] * 2)
    lengths = tf.cast(sequence_lengths, tf.int32)
    spread = tf.reduce_max(transitions) - tf.reduce_min(transitions)
    log_norm = tf.cond(
        spread < _FAST_RANGE,
        lambda: _log_norm_fast(inputs, transitions, lengths),
        lambda: _log_norm_exact(inputs, transitions, lengths),
    )
    return tf.cast(tf.where(lengths > 0, log_norm, 0), dtype)


def crf_log_likelihood(
    inputs, tag_indices, sequence_lengths, transition_params=None
) -> tuple[Tensor, Tensor]:
    """The log-probability of each tag sequence: its score minus the log of the partition function.

    Returns the log-likelihoods, float (batch,), and the transitions used, float (tags, tags): a new
    variable (Glorot uniform) if none were given.
    """
    inputs = tf.convert_to_tensor(inputs)
    if transition_params is None:
        initial = tf.keras.initializers.GlorotUniform()([inputs.shape[2]] * 2)
        transition_params = tf.Variable(initial, name="transitions")
    transition_params = tf.cast(transition_params, inputs.dtype)
    wide, transitions, dtype = _in_float32(inputs, transition_params)
    score = crf_sequence_score(wide, tag_indices, sequence_lengths, transitions)
    log_norm = crf_log_norm(wide, sequence_lengths, transitions)
    # Rounding can put a certain sequence's score a hair above the sum it is part of.
    return tf.cast(tf.minimum(score - log_norm, 0), dtype), transition_params


def crf_forward(inputs, state, transition_params, sequence_lengths) -> Tensor:
    """The forward algorithm: the log of the summed exponential scores of all ways to each tag.

    Takes the first position's emissions as `state`, float (batch, tags), the others' as `inputs`.
    Returns the alphas at each sequence's last position, float (batch, tags); length 0 counts as 1.
    """
    inputs, transitions, dtype = _in_float32(inputs, transition_params)
    state = tf.cast(state, inputs.dtype)
    lengths = tf.maximum(tf.cast(sequence_lengths, tf.int32), 1)
    mask = tf.sequence_mask(lengths - 1, tf.shape(inputs)[1])
    inputs = tf.transpose(tf.where(mask[:, :, tf.newaxis], inputs, 0), [1, 0, 2])

    def step(alphas, emission):
        return emission + tf.reduce_logsumexp(alphas[:, :, tf.newaxis] + transitions, axis=1)

    return tf.cast(_turned(_scan(step, state, inputs), lengths)[0], dtype)


def crf_decode(potentials, transition_params, sequence_length) -> tuple[Tensor, Tensor]:
    """Viterbi's algorithm: each sequence's best tags, int32 (batch, length), 0 beyond its end, and
    their score, float (batch,). A length of 0 is taken for 1, as in TFA."""
    potentials, transitions, dtype = _in_float32(potentials, transition_params)
    lengths = tf.cast(sequence_length, tf.int32)
    # A step is too small to be divided among processor cores, but two loops run side by side.
    # The middle one of an odd number is in both: TensorFlow Lite fails on an empty half.
    half = tf.shape(lengths)[0] // 2
    end = tf.shape(lengths)[0] - half
    first = _viterbi(potentials[:end], transitions, lengths[:end])
    second = _viterbi(potentials[half:], transitions, lengths[half:])
    tags, scores = (tf.concat([a[:half], b], axis=0) for a, b in zip(first, second, strict=True))
    return tf.ensure_shape(tags, potentials.shape[:2]), tf.cast(scores, dtype)


def viterbi_decode(score, transition_params) -> tuple[list[int], float]:
    """Viterbi's algorithm for one sentence, in NumPy, as lesson 04 derives it: from emissions,
    float (length, tags), to the best tags and their score."""
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


def crf_marginals(inputs, sequence_lengths, transition_params) -> Tensor:
    """The probability of each tag at each position, given the whole sentence: float (batch, length,
    tags), 0 beyond its end. Lesson 04: the gradient of the log partition function by `inputs`."""
    inputs = tf.convert_to_tensor(inputs)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        log_norm = crf_log_norm(inputs, sequence_lengths, transition_params)
    return tape.gradient(log_norm, inputs)


@tf.keras.utils.register_keras_serializable(package="ner_tutorial")
class CRF(tf.keras.layers.Layer):
    """A linear-chain CRF on top of a network: scores tag sequences, and decodes the best.

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
    >>> len(trainer.evaluate(x, y, verbose=0)), tagger.predict(x, verbose=0).shape
    (2, (2, 3))

    Save the tagger; loaded, it trains again through
    `Model(tagger.input, tagger.get_layer("crf").output[1])`. A saved trainer only trains on.

    Args:
        num_tags: how many tags there are.
        tag_names: their names in order of index. If given, decoding gives only sequences that IOB2
            allows (see `iob2.moves`).
        padding_tag: the index of the tag that stands for padding, if there is one: never decoded.
        constrain_training: also leave what is never decoded out of the likelihood.

    Masking: `mask`, bool (batch, length), is True on words, which stand on the left in one piece,
    at least one a sentence. Otherwise a call raises ValueError and names the row, and inside a
    graph (`fit`, `predict`) an assertion fails.

    Weights, float32 under mixed precision too: `kernel` (features, tags) and `bias` (tags,), from
    features to emissions; `start`, `end` (tags,); `transitions` (tags, tags), from row to column.
    """

    def __init__(
        self,
        num_tags: int,
        tag_names: Sequence[str] | None = None,
        padding_tag: int | None = None,
        constrain_training: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})
        if num_tags < 1:
            raise ValueError(f"num_tags is {num_tags}, not 1 or more")
        if tag_names is not None and len(tag_names) != num_tags:
            raise ValueError(f"num_tags is {num_tags}, but tag_names has {len(tag_names)} names")
        if padding_tag is not None and not 0 <= padding_tag < num_tags:
            raise ValueError(f"padding_tag is {padding_tag}, not one of 0 to {num_tags - 1}")
        self.num_tags = num_tags
        self.tag_names = None if tag_names is None else list(tag_names)
        self.padding_tag = padding_tag
        self.constrain_training = constrain_training
        self.supports_masking = True
        self.input_spec = tf.keras.layers.InputSpec(ndim=3)
        self.supports_jit = False  # XLA, Keras 3's choice on a GPU, drops the check of masks
        # What may never be decoded, as scores to add: minus infinity there, 0 elsewhere.
        self._start_moves, self._moves = iob2.moves(self.tag_names or ["O"] * num_tags)
        if padding_tag is not None:
            self._start_moves[padding_tag] = self._moves[:, padding_tag] = -np.inf
        _newest[threading.get_ident(), self.name] = self

    def __dir__(self) -> list[str]:
        # Keras saves whatever it finds here: it would make a metric, and save its state.
        return [name for name in super().__dir__() if name not in ("loss", "accuracy")]

    def get_config(self) -> dict:
        own = ("num_tags", "padding_tag", "constrain_training")
        names = self.tag_names and list(self.tag_names)  # Keras 3 wraps a layer's lists
        return {**super().get_config(), **{n: getattr(self, n) for n in own}, "tag_names": names}

    def build(self, input_shape: tuple) -> None:
        def weight(name: str, *shape: int, start: str = "zeros") -> tf.Variable:
            return self.add_weight(shape=shape, initializer=start, name=name)

        tags = self.num_tags
        self.kernel = weight("kernel", input_shape[-1], tags, start="glorot_uniform")
        self.bias, self.start, self.end = (weight(n, tags) for n in ("bias", "start", "end"))
        self.transitions = weight("transitions", tags, tags)
        self.built = True

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        emissions = tf.tensordot(tf.cast(inputs, tf.float32), self.kernel, axes=1) + self.bias
        mask = tf.ones(tf.shape(inputs)[:2], tf.bool) if mask is None else tf.cast(mask, tf.bool)
        lengths = _lengths_of_mask(_shaped(mask, "mask", inputs))
        # `expand_dims`: TensorFlow Lite has no slice that adds an axis behind two others.
        position = tf.range(tf.shape(mask)[1])[tf.newaxis]
        is_first = tf.expand_dims(tf.cast(position == 0, tf.float32), 2)
        is_last = tf.cast(position == tf.expand_dims(lengths, 1) - 1, tf.float32)
        scores = emissions + is_first * self.start + tf.expand_dims(is_last, 2) * self.end
        # The lowest float marks what lies beyond a sentence's end: a loss is given nothing else.
        scores = tf.where(tf.expand_dims(mask, 2), scores, scores.dtype.min)
        return self._decode(scores, lengths), scores

    def compute_mask(self, inputs: Tensor, mask: Tensor | None = None) -> None:
        return  # a mask passed on would be applied by Keras a second time, to the loss

    @property
    def loss(self) -> "_Loss":
        """`loss(tags, scores)`: the negative log-likelihood of the true tags, (batch, length),
        whatever stands on padding, given the layer's second output: float32 (batch,), never
        negative. In `fit`, `sample_weight` is (batch,)."""
        return _Loss(self, name="loss")

    @property
    def accuracy(self) -> "_Accuracy":
        """`accuracy(tags, scores)`: 1 for each word whose decoded tag is right, else 0: float32
        (words,), without padding. Among `weighted_metrics`, a sentence's weight is its words'."""
        return _Accuracy(self, name="accuracy")

    def marginals(self, scores: Tensor) -> Tensor:
        """The probability of each tag at each word, float32 (batch, length, tags), among the
        sequences that training counts: with `constrain_training` those allowed."""
        return crf_marginals(*self._as_trained(scores))

    def _as_trained(self, scores: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The scores, lengths and transitions that the likelihood counts."""
        lengths, transitions = _lengths_of(scores), tf.convert_to_tensor(self.transitions)
        if self.constrain_training:
            scores = _add_to_first(scores, np.maximum(self._start_moves, _FORBIDDEN))
            transitions += np.maximum(self._moves, _FORBIDDEN)
        return scores, lengths, transitions

    def _decode(self, scores: Tensor, lengths: Tensor) -> Tensor:
        scores = _add_to_first(scores, self._start_moves)
        tags, _ = _decode_as_graph(scores, self.transitions + self._moves, lengths)
        return tf.ensure_shape(tags, scores.shape[:2])


def _as_graph(function: Callable) -> Callable:
    """The function, and inside a graph a graph of its own. That is built once for the same shapes,
    where Keras builds a training step's several times: a short training waits for little else."""
    graph = tf.function(function, autograph=False)
    return lambda *args: (function if tf.executing_eagerly() else graph)(*args)


_decode_as_graph = _as_graph(crf_decode)
_likelihood_as_graph = _as_graph(crf_log_likelihood)

# The newest layer of a thread and a name. When Keras loads a loss, this is its model's own.
_newest: weakref.WeakValueDictionary = weakref.WeakValueDictionary()


class _OfLayer:
    """What a loss and a metric of a layer share: they save its name, and find it when loaded."""

    name: str

    def __init__(self, layer: CRF, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._layer = lambda: layer  # a function: a layer would be saved a second time, under this

    def get_config(self) -> dict:
        return {"name": self.name, "layer": self._layer().name}

    @classmethod
    def from_config(cls, config: dict) -> "_OfLayer":
        if layer := _newest.get((threading.get_ident(), config["layer"])):
            return cls(layer, name=config["name"])
        raise ValueError("its CRF layer is not there yet: load with compile=False, then compile")


_BY_HAND = object()


@tf.keras.utils.register_keras_serializable(package="ner_tutorial")
class _Loss(_OfLayer, tf.keras.losses.Loss):
    def call(self, tags, scores) -> Tensor:
        scores, lengths, transitions = self._layer()._as_trained(tf.convert_to_tensor(scores))
        log_likelihood, _ = _likelihood_as_graph(scores, tags, lengths, transitions)
        return -tf.ensure_shape(log_likelihood, scores.shape[:1])

    def __call__(self, tags, scores, sample_weight=_BY_HAND) -> Tensor:
        if sample_weight is _BY_HAND:  # Keras always gives a weight, if only None, and wants a mean
            return self.call(tags, scores)
        return super().__call__(tags, scores, _by_sentence(sample_weight, scores))


@tf.keras.utils.register_keras_serializable(package="ner_tutorial")
class _Accuracy(_OfLayer, tf.keras.metrics.Mean):
    def __call__(self, tags, scores) -> Tensor:
        return tf.boolean_mask(*self._right_and_words(tags, tf.convert_to_tensor(scores)))

    def update_state(self, tags, scores, sample_weight=None) -> Any:
        is_right, is_word = self._right_and_words(tags, scores)
        weights = tf.cast(is_word, tf.float32)
        if sample_weight is not None:
            weights *= tf.expand_dims(_by_sentence(sample_weight, scores), 1)
        return super().update_state(is_right, weights)

    def _right_and_words(self, tags, scores) -> tuple[Tensor, Tensor]:
        lengths = _lengths_of(scores)
        tags = tf.cast(_shaped(tags, "tags", scores), tf.int32)
        is_right = tf.cast(tags == self._layer()._decode(scores, lengths), tf.float32)
        return is_right, tf.sequence_mask(lengths, tf.shape(scores)[1])


def _viterbi(potentials, transitions, lengths) -> tuple[Tensor, Tensor]:
    scores = tf.transpose(potentials, [1, 2, 0])  # shape: (length, tags, batch)
    # Spread over the batch once, and with the batch last: sums and maxima run along memory.
    moves = tf.expand_dims(transitions, 2) + tf.zeros_like(scores[0])

    def best_way_to_each_tag(best, emission):
        return emission + tf.reduce_max(tf.expand_dims(best, 1) + moves, axis=0)

    best = tf.transpose(_scan(best_way_to_each_tag, scores[0], scores[1:]), [0, 2, 1])
    lengths = tf.maximum(lengths, 1)
    best = _turned(best, lengths)  # from each sentence's last word to its first
    from_tags = tf.transpose(transitions)  # row: to, column: from

    # Backwards: the step that led to a tag is found again, instead of being kept for every tag.
    def tag_before(tag, best):
        return tf.argmax(best + tf.gather(from_tags, tag), axis=1, output_type=tf.int32)

    tags = _scan(tag_before, tf.argmax(best[0], axis=1, output_type=tf.int32), best[1:])
    tags = tf.reverse_sequence(tf.transpose(tags), lengths, seq_axis=1)
    mask = tf.sequence_mask(lengths, tf.shape(tags)[1], dtype=tf.int32)
    return tags * mask, tf.reduce_max(best[0], axis=1)


def _log_norm_exact(inputs, transitions, lengths) -> Tensor:
    """The log partition function in log space, by `crf_forward`."""
    first, others = tf.split(inputs, [1, -1], axis=1)  # a slice's gradient is far slower
    # A sequence of length 0 has no first position: what stands there counts for nothing.
    first = tf.where(lengths[:, tf.newaxis] > 0, first[:, 0], 0)
    return tf.reduce_logsumexp(crf_forward(others, first, transitions, lengths), axis=1)


@tf.custom_gradient
def _log_norm_fast(inputs, transitions, lengths) -> tuple:
    """The same with probabilities in place of logs, so that a step is a matrix product, and forward
    and backward (Rabiner, 1989), which gives the gradient: the probability of each tag and move."""
    lengths = tf.identity(lengths)  # `gradient` can use what is made here, but no argument
    inputs = tf.transpose(inputs, [1, 0, 2])  # time first: the order in which they are used
    is_word = tf.range(tf.shape(inputs)[0])[:, tf.newaxis] < lengths  # shape: (length, batch)
    inputs = tf.where(is_word[:, :, tf.newaxis], inputs, 0)
    # The lowest float in place of minus infinity keeps NaN out.
    highest = tf.maximum(tf.reduce_max(inputs, axis=2), inputs.dtype.min)
    highest_move = tf.reduce_max(transitions)
    fits = tf.exp(inputs - highest[:, :, tf.newaxis])  # at each position 1 for the best tag
    factors = tf.exp(transitions - highest_move)  # shape: (from, to); between e^-30 and 1
    ones = tf.ones_like(factors)

    def shares(ways):  # divided by their sum, which times `ones` is at each tag
        return tf.math.divide_no_nan(ways, tf.matmul(ways, ones))

    def forward(alphas, fit):
        return tf.matmul(shares(alphas), factors) * fit

    def backward(betas, next_fit):
        return tf.matmul(shares(betas * next_fit), factors, transpose_b=True)

    alphas = _scan(forward, fits[0], fits[1:])
    sums = tf.reduce_sum(alphas, axis=2)
    logs = tf.where(is_word, tf.math.log(sums) + highest, 0)
    log_norm = tf.reduce_sum(logs, axis=0) + highest_move * tf.cast(lengths - 1, inputs.dtype)

    def gradient(upstream):
        betas = _scan(backward, tf.ones_like(fits[0]), _turned(fits, lengths)[:-1])
        betas = _turned(betas, lengths)
        # Alphas times betas, divided by the sum over the tags, is the probability of each tag.
        weights = upstream * tf.cast(is_word, sums.dtype)
        weights = tf.math.divide_no_nan(weights, tf.reduce_sum(alphas * betas, axis=2))
        weighted = betas * weights[:, :, tf.newaxis]
        # Of each move: the share of the tag before, times how well the tag after fits and goes on.
        before = (alphas * tf.math.reciprocal_no_nan(sums)[:, :, tf.newaxis])[:-1]
        after = (fits * weighted)[1:]
        before, after = (tf.reshape(x, [-1, tf.shape(factors)[0]]) for x in (before, after))
        moves = factors * tf.matmul(before, after, transpose_a=True)
        return tf.transpose(alphas * weighted, [1, 0, 2]), moves, None

    return log_norm, gradient


def _scan(step, initial, elements) -> Tensor:
    """`initial`, then what `step` makes of its last result and each element: `tf.scan`, sooner."""
    length = tf.shape(elements)[0]
    elements = tf.TensorArray(elements.dtype, length).unstack(elements)
    results = tf.TensorArray(initial.dtype, length + 1, clear_after_read=False).write(0, initial)

    def body(position, last, results):
        result = step(last, elements.read(position))
        return position + 1, result, results.write(position + 1, result)

    return tf.while_loop(lambda i, *_: i < length, body, (0, initial, results))[2].stack()


def _turned(values, lengths) -> Tensor:
    """(length, batch, tags) with each sentence turned round, and its padding still behind it."""
    length, batch, num_tags = tf.unstack(tf.shape(values))
    position = tf.expand_dims(tf.range(length), 1)
    position = tf.where(position < lengths, lengths - 1 - position, position)
    rows = position * batch + tf.range(batch)
    return tf.gather(tf.reshape(values, [length * batch, num_tags]), rows)


def _in_float32(*scores) -> tuple:
    """The arguments in the first one's type, or in float32 if that is shorter; and that type."""
    dtype = tf.convert_to_tensor(scores[0]).dtype
    wide = tf.float32 if dtype.size < 4 else dtype
    return *(tf.cast(score, wide) for score in scores), dtype


def _add_to_first(scores, start) -> Tensor:
    """Scores with `start`, (tags,), added at each sentence's first position."""
    first, others = tf.split(scores, [1, -1], axis=1)
    return tf.concat([first + start, others], axis=1)


def _shaped(values, what: str, like, axes: int = 2) -> Tensor:
    """`values`, if they have the shape of the first axes of `like`; otherwise ValueError, and in a
    graph, as far as it does not know the sizes, an assertion."""
    values, wanted = tf.convert_to_tensor(values), like.shape[:axes]
    wrong = f"{what}: the shape is {values.shape}, not {wanted}"
    if not values.shape.is_compatible_with(wanted):
        raise ValueError(wrong)
    if not (values.shape.is_fully_defined() and wanted.is_fully_defined()):
        tf.debugging.assert_equal(tf.shape(values), tf.shape(like)[:axes], wrong)
    return values


def _by_sentence(weights, scores) -> Tensor | None:
    """Keras's `sample_weight`, float32 (batch,) or None; ValueError if it is one for each word."""
    if weights is None:
        return None
    weights = tf.convert_to_tensor(weights)
    weights = tf.squeeze(weights, 1) if weights.shape[1:] == [1] else weights
    return tf.cast(_shaped(weights, "sample_weight", scores, axes=1), tf.float32)


def _lengths_of_mask(mask) -> Tensor:
    """How many words each row of a mask stands for, int32 (batch,); ValueError if it is no mask."""
    lengths = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1)
    in_one_piece = tf.reduce_all(mask == tf.sequence_mask(lengths, tf.shape(mask)[1]), axis=1)
    is_right = in_one_piece & (lengths > 0)
    rule = "pad on the right, and leave out empty sentences"
    if not tf.executing_eagerly():
        tf.debugging.Assert(tf.reduce_all(is_right), [rule, mask])
    elif wrong := np.flatnonzero(~is_right.numpy()).tolist():
        what = "has padding before a word" if lengths[wrong[0]] > 0 else "holds no word"
        raise ValueError(f"row {wrong[0]} {what}; {rule}")
    return lengths


def _lengths_of(scores) -> Tensor:
    """The lengths of the sentences, read off the layer's scores: int32 (batch,)."""
    is_padding = tf.reduce_all(scores <= tf.float32.min, axis=2)  # which NaN is not
    return tf.reduce_sum(tf.cast(~is_padding, tf.int32), axis=1)
