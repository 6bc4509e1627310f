"""The CRF's functions against brute force, against TensorFlow Addons, and at the extremes."""

import functools
from typing import NamedTuple

import numpy as np
import pytest
import tensorflow as tf
from brute_force import BruteForce, log_sum_exp

from ner_tutorial import crf


class Case(NamedTuple):
    """A batch of sentences that share their transitions."""

    emissions: np.ndarray
    tags: np.ndarray
    allowed: np.ndarray
    lengths: np.ndarray
    transitions: np.ndarray


def random_case(seed, batch, length, num_tags, emission=1.0, transition=1.0, dtype=np.float32):
    """Standard normal scores; with a scale over 1, moved up or down by it at random."""
    draw = np.random.default_rng(seed)

    def scores(scale, *shape):
        moved = draw.choice([-scale, scale], shape) if scale > 1 else 0
        return (draw.normal(size=shape) + moved).astype(dtype)

    tags = draw.integers(0, num_tags, (batch, length)).astype(np.int32)
    return Case(
        scores(emission, batch, length, num_tags),
        tags,
        (draw.random((batch, length, num_tags)) < 0.5) | np.eye(num_tags, dtype=bool)[tags],
        # Every length, 0 and the longest included, in no particular order.
        draw.permutation(np.arange(batch) % (length + 1)).astype(np.int32),
        scores(transition, num_tags, num_tags),
    )


def compute(functions, *case):
    """Every function's values, and their gradients, each sentence weighted differently."""
    emissions, tags, allowed, lengths, transitions = map(tf.convert_to_tensor, case)
    rest = lengths, transitions
    weights = tf.linspace(tf.constant(0.5, emissions.dtype), 1.5, tf.shape(emissions)[0])
    smooth = {
        "unary score": lambda: functions.crf_unary_score(tags, lengths, emissions),
        "binary score": lambda: functions.crf_binary_score(tags, *rest),
        "sequence score": lambda: functions.crf_sequence_score(emissions, tags, *rest),
        "multitag score": lambda: functions.crf_multitag_sequence_score(emissions, allowed, *rest),
        "log norm": lambda: functions.crf_log_norm(emissions, *rest),
        "log-likelihood": lambda: functions.crf_log_likelihood(emissions, tags, *rest)[0],
    }
    results = {}
    for name, function in smooth.items():
        with tf.GradientTape() as tape:
            tape.watch([emissions, transitions])
            results[name] = function()
            weighted = results[name] * weights
        gradients = tape.gradient(weighted, [emissions, transitions], None, "zero")
        results[f"{name} by emissions"], results[f"{name} by transitions"] = gradients
    best_tags, best_score = functions.crf_decode(emissions, transitions, lengths)
    results |= {"best tags": best_tags, "best score": best_score}
    results["score of best tags"] = functions.crf_sequence_score(emissions, best_tags, *rest)
    first, others = emissions[:, 0], emissions[:, 1:]
    results["alphas"] = functions.crf_forward(others, first, transitions, lengths)
    if hasattr(functions, "crf_marginals"):
        results["marginals"] = functions.crf_marginals(emissions, *rest)
    return results


def compile_for(functions, num_tags=None):
    """`compute` as a graph in which the batch's size and length are unknown."""
    signature = [
        tf.TensorSpec([None, None, num_tags], tf.float32),
        tf.TensorSpec([None, None], tf.int32),
        tf.TensorSpec([None, None, num_tags], tf.bool),
        tf.TensorSpec([None], tf.int32),
        tf.TensorSpec([num_tags, num_tags], tf.float32),
    ]
    graph = tf.function(functools.partial(compute, functions), input_signature=signature)
    return lambda case: {name: value.numpy() for name, value in graph(*case).items()}


@functools.cache
def compiled():
    return compile_for(crf)


def compute_in_graph(case: Case) -> dict:
    return compiled()(case)


def compute_eagerly(case: Case) -> dict:
    return {name: value.numpy() for name, value in compute(crf, *case).items()}


def enumerate_all(case: Case) -> dict:
    """What `compute` must give for sentences of one word or more, and for empty ones 0."""
    weights = np.linspace(0.5, 1.5, len(case.lengths))
    rows, by_transitions = [], {}
    for emissions, tags, allowed, length, weight in zip(
        case.emissions, case.tags, case.allowed, case.lengths, weights, strict=True
    ):
        free = BruteForce(emissions, case.transitions, length)
        bound = BruteForce(np.where(allowed, emissions, -np.inf), case.transitions, length)
        gold = free.tags_of(tags), free.moves_of(tags)
        expected = free.marginals(), free.expected_moves()
        gradients = {
            "unary score": (gold[0], 0 * gold[1]),
            "binary score": (0 * gold[0], gold[1]),
            "sequence score": gold,
            "multitag score": (bound.marginals(), bound.expected_moves()),
            "log norm": expected,
            "log-likelihood": (gold[0] - expected[0], gold[1] - expected[1]),
        }
        row = {
            "unary score": free.unary_score(tags),
            "binary score": free.binary_score(tags),
            "sequence score": free.score(tags),
            "multitag score": bound.log_norm,
            "log norm": free.log_norm,
            "log-likelihood": free.score(tags) - free.log_norm,
            "score of best tags": free.scores.max(),
            "marginals": free.marginals(),
        }
        if length:  # for an empty sentence these hold what stands on its first padding, as in TFA
            row |= {"best tags": free.best_tags(), "best score": free.scores.max()}
            ends = free.sequences[:, -1]
            row["alphas"] = [log_sum_exp(free.scores[ends == tag]) for tag in range(free.num_tags)]
        for name, (by_emissions, by_moves) in gradients.items():
            row[f"{name} by emissions"] = weight * by_emissions
            name = f"{name} by transitions"
            by_transitions[name] = by_transitions.get(name, 0) + weight * by_moves
        rows.append(row)
    names = max(rows, key=len)
    nonempty = {name: [row[name] for row in rows if name in row] for name in names}
    return {name: np.array(values) for name, values in nonempty.items()} | by_transitions


def assert_equal(actual, expected, case, rtol=1e-5, atol=1e-5, exact_tags=True):
    for name, value in expected.items():
        got = actual[name]
        if name in ("best tags", "best score", "alphas"):
            got = got[case.lengths > 0]
        if name != "best tags":
            np.testing.assert_allclose(got, value, rtol, atol, err_msg=name)
        elif exact_tags:
            np.testing.assert_array_equal(got, value)


@pytest.mark.parametrize("num_tags", [2, 3, 4, 5])
def test_every_value_and_gradient_equals_brute_force(num_tags):
    for seed in range(12):
        case = random_case(seed, batch=28, length=6, num_tags=num_tags)
        assert_equal(compute_in_graph(case), enumerate_all(case), case)


@pytest.mark.parametrize("length", [1, 2])
def test_batches_that_are_one_or_two_words_long_equal_brute_force(length):
    case = random_case(1, batch=9, length=length, num_tags=4)
    # TFA reads no lengths where one word is the longest, and our multitag score follows it.
    empty = np.arange(9) if length > 1 else np.flatnonzero(case.lengths)
    case = Case(*(part[empty] for part in case[:-1]), case.transitions)
    assert_equal(compute_in_graph(case), enumerate_all(case), case)


def test_functions_run_eagerly_as_in_a_graph():
    case = random_case(1, batch=10, length=5, num_tags=4)
    in_graph = compute_in_graph(case)
    for name, value in compute_eagerly(case).items():
        np.testing.assert_allclose(value, in_graph[name], rtol=1e-6, atol=1e-6, err_msg=name)


SCALES = [(100, 1), (1e4, 1), (1, 100), (1, 1e4), (100, 100), (1e4, 1e4), (100, 1e4), (1e4, 20)]


@pytest.mark.parametrize("emission, transition", SCALES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_high_and_low_scores_equal_brute_force(emission, transition, dtype):
    scale = max(emission, transition)
    # A float32 of 6 x 10^4 is exact to 0.004, and what is left of a difference of two no better.
    atol = 1e-6 * scale if dtype == np.float32 else 1e-5
    function = compute_in_graph if dtype == np.float32 else compute_eagerly
    for seed in range(4 if dtype == np.float32 else 1):
        case = random_case(seed, 14, 6, 4, emission, transition, dtype)
        assert_equal(function(case), enumerate_all(case), case, atol=atol, exact_tags=False)


@pytest.mark.parametrize("spread", [40, 55, 59.9, 60.1, 65, 87, 110])
@pytest.mark.parametrize("emission", [1, 100])
def test_results_do_not_depend_on_how_far_transitions_spread(spread, emission):
    """Fast or exact, around the border between the two ways to sum and well beyond."""
    for seed in range(4):
        case = random_case(seed, 14, 6, 4, emission)
        transitions = case.transitions - case.transitions.min()
        case = case._replace(transitions=transitions * (spread / transitions.max()) - spread / 3)
        actual = compute_in_graph(case)
        assert_equal(actual, enumerate_all(case), case, atol=2e-4, exact_tags=False)


@pytest.mark.parametrize("spread", [40, 59, 61, 86, 95, 120])
def test_a_far_transition_from_a_likely_tag_and_a_near_one_from_a_far_tag_both_count(spread):
    """Whatever the distance: here a product of exponentials would first be wrong."""
    distances = np.array([0, 30, 58, 60, 80, 87, 90, 95, 104, 150], np.float32)
    emissions = np.zeros((len(distances), 3, 2), np.float32)
    emissions[:, 0, 1] = -distances  # tag 1 is unlikely at first
    emissions[:, 1:, 0] = -200  # and then the only one
    transitions = np.array([[0, -spread], [-spread, 0]], np.float32)
    tags = np.array([[0, 1, 1]] * len(distances), np.int32)
    allowed, lengths = np.ones(emissions.shape, bool), np.full(len(distances), 3, np.int32)
    case = Case(emissions, tags, allowed, lengths, transitions)
    # Paths of equal score are tags apart, not scores.
    assert_equal(compute_in_graph(case), enumerate_all(case), case, atol=1e-4, exact_tags=False)


@pytest.mark.parametrize("spread", [10, 28, 29, 31, 40, 59, 61, 95])
def test_a_near_move_to_a_far_tag_counts_beside_far_moves_to_a_near_one(spread):
    distances = np.array([0, 20, 30, 58, 60, 80, 87, 95, 104, 118, 150], np.float32)
    emissions = np.full((len(distances), 3, 4), -1000, np.float32)
    emissions[:, 0, 0] = emissions[:, 1, 1] = emissions[:, 2, 3] = 0
    emissions[:, 1, 2] = -distances  # instead of tag 1, to and from which it is far
    transitions = np.zeros((4, 4), np.float32)
    transitions[0, 1] = transitions[1, 3] = -spread
    tags = np.array([[0, 1, 3]] * len(distances), np.int32)
    allowed, lengths = np.ones(emissions.shape, bool), np.full(len(distances), 3, np.int32)
    case = Case(emissions, tags, allowed, lengths, transitions)
    assert_equal(compute_in_graph(case), enumerate_all(case), case, atol=1e-4, exact_tags=False)


def slope(function, inputs):
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        values = function(*inputs)
    return tape.gradient(values, inputs)


def slope_twice(function, inputs):
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        values = function(*inputs)
    return [tape.gradient(values, value) for value in inputs]


def in_a_loop(function):
    def loop(*inputs):
        zeros = tf.zeros(len(inputs[0]), inputs[0].dtype)
        return tf.while_loop(
            lambda i, _: i < 1, lambda i, _: (i + 1, function(*inputs)), (0, zeros)
        )

    return lambda *inputs: loop(*inputs)[1]


@pytest.mark.parametrize("scale", [1, 100])
@pytest.mark.parametrize(
    "take_slope",
    [
        pytest.param(lambda f, x: slope(tf.function(f), x), id="a tape around a graph"),
        pytest.param(lambda f, x: tf.function(slope)(tf.function(f), x), id="a graph in a graph"),
        pytest.param(lambda f, x: tf.function(slope)(in_a_loop(f), x), id="a loop in a graph"),
        pytest.param(lambda f, x: tf.function(slope_twice)(f, x), id="two from one tape"),
    ],
)
def test_gradients_can_be_taken_wherever_tensorflow_takes_them(take_slope, scale):
    case = random_case(12, batch=5, length=6, num_tags=4, transition=scale)
    inputs = [tf.constant(case.emissions), tf.constant(case.transitions)]

    def log_norm(emissions, transitions):
        return crf.crf_log_norm(emissions, case.lengths, transitions)

    for actual, wanted in zip(take_slope(log_norm, inputs), slope(log_norm, inputs), strict=True):
        np.testing.assert_allclose(actual, wanted, atol=1e-5)


@pytest.mark.parametrize("shape", [[None, None], [None, 4], [4, 4]])
def test_a_graph_need_not_know_how_many_tags_the_transitions_have(shape):
    case = random_case(13, batch=5, length=6, num_tags=4)
    specs = [tf.TensorSpec([None, None, 4]), tf.TensorSpec(shape)]

    def log_norm(emissions, transitions):
        return crf.crf_log_norm(emissions, case.lengths, transitions)

    graph = tf.function(lambda *inputs: slope(log_norm, list(inputs)), input_signature=specs)
    inputs = [tf.constant(case.emissions), tf.constant(case.transitions)]
    for actual, wanted in zip(graph(*inputs), slope(log_norm, inputs), strict=True):
        np.testing.assert_allclose(actual, wanted, atol=1e-5)


def test_float64_is_computed_in_float64():
    case = random_case(2, batch=14, length=6, num_tags=4, dtype=np.float64)
    actual = compute_eagerly(case)
    assert_equal(actual, enumerate_all(case), case, rtol=1e-12, atol=1e-12)
    assert {value.dtype for value in actual.values()} == {np.dtype("float64"), np.dtype("int32")}


def test_float16_is_computed_in_float32_and_given_back_as_float16():
    case = random_case(3, batch=9, length=40, num_tags=5, dtype=np.float16)
    wide = case._replace(
        emissions=case.emissions.astype("float32"), transitions=case.transitions.astype("float32")
    )
    half, single = compute(crf, *case), compute(crf, *wide)
    for name in ["sequence score", "log norm", "log-likelihood", "multitag score", "best score"]:
        assert half[name].dtype == tf.float16
        np.testing.assert_array_equal(half[name], tf.cast(single[name], tf.float16), err_msg=name)
    np.testing.assert_array_equal(half["best tags"], single["best tags"])
    for score, arguments in [
        (crf.crf_unary_score, (case.tags, case.lengths, case.emissions)),
        (crf.crf_binary_score, (case.tags, case.lengths, case.transitions)),
    ]:
        single_score = score(*arguments[:2], arguments[2].astype("float32"))
        np.testing.assert_array_equal(score(*arguments), tf.cast(single_score, tf.float16))
    for name in ["marginals", "log-likelihood by emissions", "log-likelihood by transitions"]:
        assert half[name].dtype == tf.float16
        np.testing.assert_allclose(half[name], single[name], atol=0.02, err_msg=name)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_tags_and_lengths_are_int32_or_int64(dtype):
    case = random_case(4, batch=7, length=6, num_tags=3)
    case = case._replace(tags=case.tags.astype(dtype), lengths=case.lengths.astype(dtype))
    actual = compute_eagerly(case)
    assert_equal(actual, enumerate_all(case), case)
    assert actual["best tags"].dtype == np.int32


@pytest.mark.parametrize("shortest", [0, 1])
@pytest.mark.parametrize("garbage", [0.0, 1e30, np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("transition", [1, 100])
def test_what_stands_on_padding_changes_nothing(garbage, transition, shortest):
    case = random_case(5, 14, 6, 4, transition=transition)
    case = case._replace(lengths=np.maximum(case.lengths, shortest))
    extra = [(0, 0), (0, 3)]
    tags, emissions = np.pad(case.tags, extra), np.pad(case.emissions, [*extra, (0, 0)])
    is_padding = np.arange(9) >= case.lengths[:, None]
    emissions[is_padding], tags[is_padding] = garbage, np.resize([-7, 99], is_padding.sum())
    allowed = np.pad(case.allowed, [*extra, (0, 0)])
    padded = compute_in_graph(case._replace(emissions=emissions, tags=tags, allowed=allowed))
    for name, clean in compute_in_graph(case).items():
        value = padded[name]
        if name in ("best tags", "best score", "alphas"):  # of an empty sentence: see above
            clean, value = clean[case.lengths > 0], value[case.lengths > 0]
        if name == "best tags":
            assert not value[is_padding[case.lengths > 0]].any()
        if name in ("best tags", "marginals") or name.endswith("by emissions"):
            assert not value[:, 6:].any(), name
            value = value[:, :6]
        np.testing.assert_allclose(value, clean, rtol=1e-6, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("scale", [1, 100])
def test_a_log_likelihood_is_never_positive(scale):
    for seed in range(20):
        case = random_case(seed, 30, 29, 3, emission=scale)
        best, _ = crf.crf_decode(case.emissions, case.transitions, case.lengths)
        emissions = case.emissions + 30 * tf.one_hot(best, 3)  # nearly certain, so nearly 0
        likelihood, _ = crf.crf_log_likelihood(emissions, best, case.lengths, case.transitions)
        assert np.all(likelihood <= 0)


def test_marginals_sum_to_one_on_words_and_are_zero_on_padding():
    case = random_case(7, batch=41, length=40, num_tags=18)
    marginals = crf.crf_marginals(case.emissions, case.lengths, case.transitions).numpy()
    is_word = np.arange(40) < case.lengths[:, None]
    np.testing.assert_allclose(marginals.sum(axis=2), is_word, atol=1e-5)
    assert np.all(marginals >= 0)
    assert not marginals[~is_word].any()


def test_marginals_have_a_slope_of_their_own_in_a_graph_too():
    case = random_case(9, batch=1, length=3, num_tags=3, dtype=np.float64)
    emissions, step = tf.constant(case.emissions), 1e-6

    def first_tags(emissions):
        return crf.crf_marginals(emissions, [3], case.transitions)[0, :, 0]

    actual = tf.function(slope)(first_tags, [emissions])[0]
    for place in np.ndindex(1, 3, 3):
        change = np.zeros((1, 3, 3))
        change[place] = step
        rise = tf.reduce_sum(first_tags(emissions + change) - first_tags(emissions - change))
        np.testing.assert_allclose(actual[place], rise / (2 * step), atol=1e-6)


def test_marginals_are_the_log_norms_slope_by_finite_differences():
    case = random_case(8, batch=1, length=4, num_tags=3, dtype=np.float64)
    lengths, step = np.array([3]), 1e-6
    marginals = crf.crf_marginals(case.emissions, lengths, case.transitions).numpy()
    for position, tag in np.ndindex(4, 3):
        higher, lower = case.emissions.copy(), case.emissions.copy()
        higher[0, position, tag] += step
        lower[0, position, tag] -= step
        rise = crf.crf_log_norm(higher, lengths, case.transitions) - crf.crf_log_norm(
            lower, lengths, case.transitions
        )
        np.testing.assert_allclose(rise[0] / (2 * step), marginals[0, position, tag], atol=1e-6)


def test_multitag_score_of_one_tag_a_position_is_the_sequence_score():
    case = random_case(9, batch=14, length=6, num_tags=5)
    one_hot = tf.one_hot(case.tags, 5)  # float: anything that casts to bool is a bitmap
    rest = case.lengths, case.transitions
    np.testing.assert_allclose(
        crf.crf_multitag_sequence_score(case.emissions, one_hot, *rest),
        crf.crf_sequence_score(case.emissions, case.tags, *rest),
        atol=1e-5,
    )


def test_multitag_score_of_all_tags_is_the_log_norm():
    case = random_case(10, batch=14, length=6, num_tags=5)
    everything = np.ones(case.allowed.shape, bool)
    rest = case.lengths, case.transitions
    np.testing.assert_allclose(
        crf.crf_multitag_sequence_score(case.emissions, everything, *rest),
        crf.crf_log_norm(case.emissions, *rest),
    )


@pytest.mark.parametrize("scale", [1, 100])
def test_multitag_score_is_minus_infinity_where_no_tag_is_allowed(scale):
    case = random_case(10, batch=7, length=6, num_tags=4, transition=scale)
    case.allowed[:, 2] = False
    scores = crf.crf_multitag_sequence_score(
        case.emissions, case.allowed, case.lengths, case.transitions
    )
    np.testing.assert_array_equal(np.isneginf(scores), case.lengths > 2)
    assert not np.any(np.isnan(scores))


def test_log_likelihood_without_transitions_makes_a_variable():
    case = random_case(11, batch=7, length=6, num_tags=4)
    likelihood, transitions = crf.crf_log_likelihood(case.emissions, case.tags, case.lengths)
    assert transitions.shape == (4, 4)
    assert np.ptp(transitions) > 0
    again, same = crf.crf_log_likelihood(case.emissions, case.tags, case.lengths, transitions)
    np.testing.assert_array_equal(likelihood, again)
    np.testing.assert_array_equal(transitions, same)


def test_viterbi_decode_finds_what_crf_decode_finds():
    case = random_case(12, batch=30, length=29, num_tags=6)
    all_tags, scores = crf.crf_decode(case.emissions, case.transitions, case.lengths)
    for row in np.flatnonzero(case.lengths):
        length = case.lengths[row]
        tags, score = crf.viterbi_decode(case.emissions[row, :length], case.transitions)
        assert tags == all_tags[row, :length].numpy().tolist()
        np.testing.assert_allclose(score, scores[row], rtol=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_every_value_and_gradient_equals_tensorflow_addons():
    text = pytest.importorskip("tensorflow_addons").text
    theirs = compile_for(text, 18)
    for seed, (batch, length) in enumerate([(71, 70)] * 7 + [(21, 20)] * 3):
        case = random_case(seed, batch, length, 18)  # of every length from 0 on
        assert_equal_to_addons(compute_in_graph(case), theirs(case))
    case = random_case(11, 30, 1, 18)  # TFA cannot do this one in a graph
    assert_equal_to_addons(compute(crf, *case), compute(text, *case))


def assert_equal_to_addons(ours, theirs):
    for name, value in theirs.items():
        np.testing.assert_allclose(ours[name], value, rtol=1e-6, atol=1e-4, err_msg=name)


@pytest.mark.filterwarnings("ignore")
def test_viterbi_decode_equals_tensorflow_addons():
    text = pytest.importorskip("tensorflow_addons").text
    for length in [1, 2, 30]:
        case = random_case(length, 1, length, 18)
        tags, score = crf.viterbi_decode(case.emissions[0], case.transitions)
        expected_tags, expected_score = text.viterbi_decode(case.emissions[0], case.transitions)
        assert tags == expected_tags
        assert score == pytest.approx(expected_score)
