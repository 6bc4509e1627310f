"""The CRF as a Keras layer: masks, loss, decoding, mixed precision, saving."""

import doctest
import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from brute_force import BruteForce
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ner_tutorial import crf, iob2
from ner_tutorial.crf import CRF
from ner_tutorial.layers import NotPadding

NAMES = ["<_PAD_TAG_>", "O", "B-per", "I-per", "B-geo", "I-geo"]
TAGS = len(NAMES)
LENGTHS = np.array([4, 1, 3, 2])
MASK = np.arange(4) < LENGTHS[:, None]
WORDS = np.where(MASK, np.arange(2, 18).reshape(4, 4), 1)
GOLD = np.array([[4, 5, 1, 2], [2, 0, 0, 0], [1, 2, 3, 0], [4, 4, 0, 0]])


def random_layer(seed=0, scale=1.0, **arguments) -> CRF:
    """A layer whose emissions are its features, with random start, end and transition scores."""
    layer = CRF(TAGS, **arguments)
    layer.build((None, None, TAGS))
    draw = np.random.default_rng(seed)
    random = [scale * draw.normal(size=shape) for shape in [TAGS, TAGS, (TAGS, TAGS)]]
    layer.set_weights([np.eye(TAGS), np.zeros(TAGS), *random])
    return layer


def random_batch(seed=0):
    draw = np.random.default_rng(seed)
    emissions = draw.normal(size=(*MASK.shape, TAGS)).astype(np.float32)
    return emissions, draw.integers(1, TAGS, MASK.shape)


def with_borders(layer, emissions, length):
    """A sentence's emissions with the start and end scores added, by hand."""
    emissions = np.array(emissions[:length], float)
    emissions[0] += layer.start.numpy()
    emissions[-1] += layer.end.numpy()
    return emissions


def taggers(**arguments):
    """A model that tags words and the one that trains it: word 1 is padding."""
    words = tf.keras.Input([None], dtype="int32")
    features = tf.keras.layers.Embedding(20, 8)(words)
    layer = CRF(TAGS, name="crf", **arguments)
    tags, scores = layer(features, mask=NotPadding()(words))
    trainer = tf.keras.Model(words, scores)
    trainer.compile("adam", loss=layer.loss, metrics=[layer.accuracy])
    return tf.keras.Model(words, tags), trainer


def test_the_docstrings_examples_work():
    result = doctest.testmod(crf)
    assert result.attempted > 8
    assert result.failed == 0


def test_a_config_gives_the_same_layer_again():
    layer = CRF(TAGS, NAMES, 0, True, name="my_crf")
    config = json.loads(json.dumps(layer.get_config()))
    again = CRF.from_config(config)
    assert again.get_config() == layer.get_config()
    assert (again.num_tags, again.tag_names, again.padding_tag) == (TAGS, NAMES, 0)
    assert again.constrain_training and again.name == "my_crf"


def test_a_wrong_number_of_names_is_refused():
    with pytest.raises(ValueError, match="num_tags is 3, but tag_names has 6 names"):
        CRF(3, NAMES)


def test_the_classic_layer_has_2178_parameters():
    layer = CRF(18)
    layer(np.zeros((1, 2, 100), np.float32))
    shapes = {weight.name.split("/")[-1].split(":")[0]: weight.shape for weight in layer.weights}
    assert shapes == {
        "kernel": (100, 18),
        "bias": (18,),
        "start": (18,),
        "end": (18,),
        "transitions": (18, 18),
    }
    assert layer.count_params() == 2178


@pytest.fixture(scope="module")
def trained():
    """A tagger and its trainer, that know WORDS and GOLD by heart."""
    tf.keras.utils.set_random_seed(1)
    tagger, trainer = taggers(tag_names=NAMES, padding_tag=0, constrain_training=True)
    trainer.optimizer.learning_rate = 0.1
    trainer.fit(WORDS, GOLD, epochs=60, verbose=0)
    return tagger, trainer


IN_A_FRESH_PROCESS = """
import numpy as np
import ner_tutorial.crf, ner_tutorial.layers
import tensorflow as tf
words, gold = np.load("words.npy"), np.load("gold.npy")
tagger = tf.keras.models.load_model("tagger.keras")
np.save("tags.npy", tagger.predict(words, verbose=0))
crf = tagger.get_layer("crf")
trainer = tf.keras.Model(tagger.inputs, crf.output[1])
trainer.compile(tf.keras.optimizers.Adam(0.1), loss=crf.loss, metrics=[crf.accuracy])
losses = trainer.fit(words, gold, epochs=5, verbose=0).history["loss"]
assert losses[-1] < losses[0], losses
"""


@pytest.fixture(scope="module", autouse=True)
def fresh_process(trained, tmp_path_factory):
    """Started before the first test, asked by the last: it needs seconds to import TensorFlow."""
    directory = tmp_path_factory.mktemp("keras")
    trained[0].save(directory / "tagger.keras")
    np.save(directory / "words.npy", WORDS)
    np.save(directory / "gold.npy", MASK.astype(int))  # all O: it has to learn anew
    with subprocess.Popen([sys.executable, "-c", IN_A_FRESH_PROCESS], cwd=directory) as process:
        yield directory, process


def test_it_trains_evaluates_and_predicts(trained):
    tagger, trainer = trained
    loss, accuracy = trainer.evaluate(WORDS, GOLD, verbose=0)
    assert loss < 0.5
    assert accuracy == 1
    predicted = tagger.predict(WORDS, verbose=0)
    assert predicted.dtype == np.int32
    np.testing.assert_array_equal(predicted, GOLD)
    assert all(np.any(weight) for weight in tagger.get_layer("crf").get_weights())


def test_evaluate_reports_the_accuracy_over_all_words_of_all_batches(trained):
    gold = GOLD.copy()
    gold[0, 2], gold[3] = 2, [1, 2, 0, 0]  # three of ten words are wrong now
    _, accuracy = trained[1].evaluate(WORDS, gold, batch_size=3, verbose=0)
    assert accuracy == pytest.approx(0.7)


def test_scores_hold_the_projection_and_the_start_and_end_scores():
    emissions, _ = random_batch()
    layer = random_layer()
    kernel, bias = np.random.default_rng(3).normal(size=(2, TAGS, TAGS))
    layer.set_weights([kernel, bias[0], *layer.get_weights()[2:]])
    _, scores = layer(emissions, mask=MASK)
    for row, length in enumerate(LENGTHS):
        expected = with_borders(layer, emissions[row] @ kernel + bias[0], length)
        np.testing.assert_allclose(scores[row, :length], expected, atol=1e-5)


def test_it_trains_in_a_loop_of_ones_own():
    _, trainer = taggers()
    crf_loss = trainer.get_layer("crf").loss

    def loss(words, tags):
        return crf_loss(tags, trainer(words))

    def slopes(loss):
        with tf.GradientTape() as tape:
            values = loss(WORDS, GOLD)
        return tape.gradient(values, trainer.trainable_variables)

    for graph, eager in zip(slopes(tf.function(loss)), slopes(loss), strict=True):
        graph, eager = tf.convert_to_tensor(graph), tf.convert_to_tensor(eager)
        np.testing.assert_allclose(graph, eager, atol=1e-5)


@pytest.mark.parametrize("tag", range(TAGS))
def test_the_loss_of_a_model_that_has_diverged_is_not_a_number(tag):
    _, trainer = taggers()
    bias = trainer.get_layer("crf").bias
    bias.assign(np.where(np.arange(TAGS) == tag, np.nan, 0))
    assert np.isnan(trainer.evaluate(WORDS, GOLD, verbose=0)[0])


def test_a_tag_that_is_ruled_out_does_not_shorten_a_sentence():
    layer = random_layer()
    layer.bias.assign([-np.inf] + [0.0] * (TAGS - 1))
    tags, scores = layer(random_batch()[0], mask=MASK)
    is_word = layer.marginals(scores).numpy().sum(axis=2)
    np.testing.assert_allclose(is_word, MASK, atol=1e-5)
    assert (tags.numpy()[MASK] != 0).all()


def test_the_loss_is_the_negative_log_likelihood():
    emissions, tags = random_batch()
    layer = random_layer(scale=2)
    losses = layer.loss(tags, layer(emissions, mask=MASK)[1])
    for row, length in enumerate(LENGTHS):
        bordered = with_borders(layer, emissions[row], length)
        likelihood, _ = crf.crf_log_likelihood(
            np.float32([bordered]), tags[[row], :length], [length], layer.transitions
        )
        np.testing.assert_allclose(losses[row], -likelihood[0], rtol=1e-5)
        brute = BruteForce(bordered, layer.transitions)
        np.testing.assert_allclose(losses[row], brute.log_norm - brute.score(tags[row]), rtol=1e-5)


@pytest.mark.parametrize("garbage", [0, -1, TAGS, 10**6])
@pytest.mark.parametrize("constrain", [False, True])
def test_the_loss_and_accuracy_ignore_whatever_tag_stands_on_padding(garbage, constrain):
    emissions, tags = random_batch()
    layer = random_layer(tag_names=NAMES, constrain_training=constrain)
    _, scores = layer(emissions, mask=MASK)
    dirty = np.where(MASK, tags, garbage)
    np.testing.assert_array_equal(layer.loss(dirty, scores), layer.loss(tags, scores))
    np.testing.assert_array_equal(layer.accuracy(dirty, scores), layer.accuracy(tags, scores))


def test_more_padding_changes_neither_tags_nor_loss():
    emissions, tags = random_batch()
    layer = random_layer(scale=3)
    best, scores = layer(emissions, mask=MASK)
    wider = np.pad(emissions, [(0, 0), (0, 5), (0, 0)], constant_values=np.nan)
    wide_best, wide_scores = layer(wider, mask=np.pad(MASK, [(0, 0), (0, 5)]))
    np.testing.assert_array_equal(wide_best, np.pad(best, [(0, 0), (0, 5)]))
    wide_tags = np.pad(tags, [(0, 0), (0, 5)])
    np.testing.assert_allclose(layer.loss(wide_tags, wide_scores), layer.loss(tags, scores), 1e-6)


def test_without_a_mask_everything_is_a_word():
    emissions, _ = random_batch()
    layer = random_layer(scale=3)
    for free, masked in zip(layer(emissions), layer(emissions, mask=MASK | True), strict=True):
        np.testing.assert_array_equal(free, masked)
    words = tf.keras.Input([4, TAGS])
    model = tf.keras.Model(words, layer(words)[0])
    np.testing.assert_array_equal(model.predict(emissions, verbose=0), layer(emissions)[0])


WRONG_MASKS = {
    "a hole": [[1, 1, 1], [1, 0, 1]],
    "padding on the left": [[1, 1, 0], [0, 1, 1]],
    "no word": [[1, 0, 0], [0, 0, 0]],
}


@pytest.mark.parametrize("mask", WRONG_MASKS.values(), ids=WRONG_MASKS)
@pytest.mark.parametrize("kind", [np.array, tf.constant])
def test_a_wrong_mask_is_refused_and_its_row_named(mask, kind):
    features = np.zeros((2, 3, TAGS), np.float32)
    with pytest.raises(ValueError, match=r"row 1 .*; pad on the right"):
        random_layer()(features, mask=kind(mask) == 1)


@pytest.mark.parametrize("mask", WRONG_MASKS.values(), ids=WRONG_MASKS)
def test_a_wrong_mask_is_refused_in_a_graph(mask, trained):
    tagger, trainer = trained
    words = np.where(np.array(mask, bool), 5, 1)
    with pytest.raises(tf.errors.InvalidArgumentError, match="pad on the right"):
        tagger.predict(words, verbose=0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="pad on the right"):
        trainer.fit(words, words, verbose=0)


def test_no_mask_is_passed_on():
    # Keras would apply it to the loss a second time, which goes unseen if batch equals length.
    assert random_layer().compute_mask(np.zeros((1, 1)), MASK) is None


def allowed_scores(layer, emissions, length, padding_tag=0) -> BruteForce:
    """All sequences, the ones that IOB2 or the padding tag rules out at minus infinity."""
    start, moves = iob2.moves(layer.tag_names)
    bordered = with_borders(layer, emissions, length)
    bordered[0] += start
    bordered[:, padding_tag] = -np.inf
    return BruteForce(bordered, layer.transitions.numpy() + moves)


SCORES = arrays(np.float32, (*MASK.shape, TAGS), elements=st.floats(-1e4, 1e4, width=32))


@settings(max_examples=40, deadline=None)
@given(emissions=SCORES, seed=st.integers(0, 99), scale=st.sampled_from([1, 10, 1000]))
def test_constrained_decoding_finds_the_best_of_the_allowed_sequences(emissions, seed, scale):
    layer = random_layer(seed, scale, tag_names=NAMES, padding_tag=0)
    tags = layer(emissions, mask=MASK)[0].numpy()
    assert not tags[~MASK].any()
    for row, length in enumerate(LENGTHS):
        brute = allowed_scores(layer, emissions[row], length)
        score = brute.score(tags[row])
        assert np.isfinite(score)  # so neither a forbidden move nor the padding tag
        np.testing.assert_allclose(score, brute.scores.max(), rtol=1e-5, atol=0.02)


@settings(max_examples=30, deadline=None)
@given(emissions=SCORES, seed=st.integers(0, 99))
def test_the_padding_tag_is_never_decoded_on_a_word(emissions, seed):
    emissions[:, :, 2] = 2e4
    tags = random_layer(seed, 10, padding_tag=2)(emissions, mask=MASK)[0].numpy()
    assert not np.any(tags == 2)


@pytest.mark.parametrize("scale", [1, 30])
def test_constrained_training_shares_probability_among_allowed_sequences_alone(scale):
    emissions, _ = random_batch()
    layer = random_layer(0, scale, tag_names=NAMES, padding_tag=0, constrain_training=True)
    _, scores = layer(emissions, mask=MASK)
    with tf.GradientTape() as tape:
        losses = layer.loss(GOLD, scores)
    by_transitions = tape.gradient(losses, layer.transitions).numpy()
    expected = np.zeros((TAGS, TAGS))
    for row, length in enumerate(LENGTHS):
        brute = allowed_scores(layer, emissions[row], length)
        assert len(brute.scores) > np.isfinite(brute.scores).sum() > 1
        by_hand = brute.log_norm - brute.score(GOLD[row])
        np.testing.assert_allclose(losses[row], by_hand, rtol=1e-4, atol=1e-4)
        expected += brute.expected_moves() - brute.moves_of(GOLD[row])
    np.testing.assert_allclose(by_transitions, expected, atol=1e-3)


def test_unconstrained_training_counts_every_sequence():
    emissions, tags = random_batch()
    layer = random_layer(tag_names=NAMES, padding_tag=0)
    losses = layer.loss(tags, layer(emissions, mask=MASK)[1])
    for row, length in enumerate(LENGTHS):
        brute = BruteForce(with_borders(layer, emissions[row], length), layer.transitions)
        np.testing.assert_allclose(losses[row], brute.log_norm - brute.score(tags[row]), rtol=1e-5)


def test_marginals_are_those_of_brute_force():
    emissions, _ = random_batch()
    layer = random_layer(scale=2)
    marginals = layer.marginals(layer(emissions, mask=MASK)[1]).numpy()
    for row, length in enumerate(LENGTHS):
        brute = BruteForce(with_borders(layer, emissions[row], length), layer.transitions)
        np.testing.assert_allclose(marginals[row, :length], brute.marginals(), atol=1e-5)
    assert not marginals[~MASK].any()


def test_accuracy_says_of_each_word_whether_its_tag_is_right():
    emissions, _ = random_batch()
    layer = random_layer(scale=2)
    best, scores = layer(emissions, mask=MASK)
    wrong = np.random.default_rng(0).random(MASK.shape) < 0.3
    accuracy = layer.accuracy((best + wrong).numpy() % TAGS, scores)
    np.testing.assert_array_equal(accuracy, ~wrong[MASK])


@pytest.fixture
def mixed_precision():
    tf.keras.mixed_precision.set_global_policy("mixed_float16")
    yield
    tf.keras.mixed_precision.set_global_policy("float32")


@pytest.mark.usefixtures("mixed_precision")
def test_under_mixed_precision_the_layer_computes_in_float32():
    _, trainer = taggers()
    layer = trainer.get_layer("crf")
    assert (trainer.layers[1].compute_dtype, layer.compute_dtype) == ("float16", "float32")
    assert tf.as_dtype(trainer.output.dtype) == tf.float32
    assert {tf.as_dtype(weight.dtype) for weight in layer.weights} == {tf.float32}
    # Scores at which float16 is 8 off, and their exponentials infinite.
    features = np.random.default_rng(0).normal(size=(2, 30, TAGS)).astype(np.float16)
    layer = random_layer(scale=300)
    tags, scores = layer(features)
    loss = layer.loss(tags, scores)
    assert loss.dtype == tf.float32
    expected = layer.loss(tags, layer(features.astype(np.float32))[1])
    np.testing.assert_array_equal(loss, expected)
    trainer.run_eagerly = True  # quicker than to compile it
    history = trainer.fit(WORDS, GOLD, verbose=0)
    assert np.isfinite(history.history["loss"][0])


def test_a_saved_tagger_loads_in_a_fresh_process_tags_the_same_and_trains_on(
    trained, fresh_process
):
    directory, process = fresh_process
    assert process.wait() == 0
    tags = np.load(directory / "tags.npy")
    np.testing.assert_array_equal(tags, trained[0].predict(WORDS, verbose=0))
