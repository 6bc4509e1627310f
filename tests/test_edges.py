"""The CRF at its edges: confidence, compilers, odd shapes, strategies, what may be saved."""

import re
import types

import numpy as np
import pytest
import tensorflow as tf
from brute_force import BruteForce
from test_crf_layer import (
    GOLD,
    LENGTHS,
    MASK,
    NAMES,
    TAGS,
    WORDS,
    allowed_scores,
    random_batch,
    random_layer,
    taggers,
)

from ner_tutorial import crf, iob2
from ner_tutorial.crf import CRF
from ner_tutorial.layers import BiLSTM, Dropout, NotPadding

IS_KERAS_3 = hasattr(tf.keras, "ops")  # Keras 2 has none


# Confidence.


@pytest.mark.parametrize("scale", [1, 30])
def test_the_marginals_of_a_constrained_model_are_those_of_the_allowed_sequences(scale):
    emissions, _ = random_batch()
    layer = random_layer(0, scale, tag_names=NAMES, padding_tag=0, constrain_training=True)
    marginals = layer.marginals(layer(emissions, mask=MASK)[1]).numpy()
    for row, length in enumerate(LENGTHS):
        brute = allowed_scores(layer, emissions[row], length)
        np.testing.assert_allclose(marginals[row, :length], brute.marginals(), atol=1e-4)
    np.testing.assert_allclose(marginals.sum(axis=2), MASK, atol=1e-5)
    start, _ = iob2.moves(NAMES)
    assert (marginals[:, 0, np.isneginf(start)] == 0).all()
    assert (marginals[:, :, 0] == 0).all()


def test_a_forbidden_move_of_a_constrained_model_has_a_probability_of_0():
    layer = random_layer(tag_names=NAMES, padding_tag=0, constrain_training=True)
    scores = layer(random_batch()[0], mask=MASK)[1]
    with tf.GradientTape() as tape:
        inputs, lengths, transitions = layer._as_trained(scores)
        log_norm = crf.crf_log_norm(inputs, lengths, transitions)
    moves = tape.gradient(log_norm, layer.transitions).numpy()
    assert (moves[np.isneginf(layer._moves)] == 0).all()
    assert moves.sum() == pytest.approx((LENGTHS - 1).sum(), rel=1e-4)


def test_the_marginals_of_a_model_trained_freely_count_every_sequence():
    emissions, _ = random_batch()
    layer = random_layer(tag_names=NAMES, padding_tag=0)
    marginals = layer.marginals(layer(emissions, mask=MASK)[1]).numpy()
    brute = BruteForce(layer_scores(layer, emissions[0]), layer.transitions)
    np.testing.assert_allclose(marginals[0], brute.marginals(), atol=1e-5)


def layer_scores(layer, emissions):
    bordered = np.array(emissions, float)
    bordered[0] += layer.start.numpy()
    bordered[-1] += layer.end.numpy()
    return bordered


# Compilers.


@pytest.mark.skipif(not IS_KERAS_3, reason="Keras 2 compiles nothing with XLA by itself")
def test_keras_does_not_choose_xla_where_there_is_a_gpu(monkeypatch):
    tagger, trainer = taggers()
    words = tf.keras.Input([None], dtype="int32")
    other = tf.keras.Model(words, tf.keras.layers.Embedding(20, 8)(words))
    gpu = types.SimpleNamespace(device_type="GPU", name="/physical_device:GPU:0")
    with monkeypatch.context() as patch:
        patch.setattr(tf.config, "list_physical_devices", lambda *_: [gpu])
        chosen = []
        for model in (other, trainer, tagger):
            model.compile("adam", loss=getattr(model.get_layer(index=-1), "loss", "mse"))
            chosen.append(model.jit_compile)
    assert chosen == [True, False, False]
    trainer.fit(WORDS, GOLD, verbose=0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="pad on the right"):
        tagger.predict(np.array([[1, 5]]), verbose=0)


# Arguments, and batches of nothing.


def test_one_tag_is_always_right():
    layer = CRF(1)
    tags, scores = layer(np.ones((2, 3, 4), np.float32))
    assert not tags.numpy().any()
    np.testing.assert_allclose(layer.loss(np.zeros((2, 3), int), scores), 0, atol=1e-6)


@pytest.mark.parametrize("arguments", [(0,), (-1,), (3, None, -1), (3, None, 3)], ids=str)
def test_a_number_of_tags_or_a_padding_tag_that_cannot_be_is_refused(arguments):
    with pytest.raises(ValueError, match=f"is {arguments[-1]}, not "):
        CRF(*arguments)


def test_a_config_is_of_plain_values():
    config = CRF(TAGS, NAMES).get_config()
    assert type(config["tag_names"]) is list
    assert {type(name) for name in config["tag_names"]} == {str}


def test_a_batch_of_no_sentence_has_gradients():
    empty = tf.zeros([0, 3, 4]), tf.zeros([0, 3], tf.int32), tf.zeros([0], tf.int32)
    transitions = tf.zeros([4, 4])

    @tf.function
    def slopes():
        with tf.GradientTape() as tape:
            tape.watch(empty[0])
            value = tf.reduce_sum(crf.crf_log_likelihood(*empty, transitions)[0])
        return tape.gradient(value, empty[0])

    assert slopes().shape == (0, 3, 4)


# Shapes, of which many would be broadcast without a word.


@pytest.mark.parametrize("shape", [(1, 4), (4, 1), (4,), (4, 3), (4, 4, 1), (4, 4, TAGS)], ids=str)
def test_tags_of_another_shape_are_refused(shape):
    layer = random_layer()
    scores = layer(random_batch()[0], mask=MASK)[1]
    for of_tags in (layer.loss, layer.accuracy):
        with pytest.raises(ValueError, match=rf"tags: .*{re.escape(str(shape))}, not \(4, 4\)"):
            of_tags(np.zeros(shape, int), scores)


@pytest.mark.parametrize("shape", [(1, 4), (4, 1)], ids=str)
def test_a_graph_that_knows_no_sizes_refuses_tags_of_another_shape_when_it_runs(shape):
    signature = [tf.TensorSpec(shape, t) for shape, t in SIZES_UNKNOWN]
    score = tf.function(crf.crf_unary_score, input_signature=signature)
    with pytest.raises(tf.errors.InvalidArgumentError, match="tags: the shape"):
        score(np.zeros(shape, np.int32), LENGTHS.astype(np.int32), random_batch()[0])


SIZES_UNKNOWN = [([None, None], tf.int32), ([None], tf.int32), ([None, None, TAGS], tf.float32)]


@pytest.mark.parametrize("shape", [(2, 2), (1, 2), (2, 1), (2,)], ids=str)
def test_a_mask_of_another_shape_is_refused(shape):
    batch = 1 if shape == (2, 2) else 2
    with pytest.raises(ValueError, match=rf"mask: .*{shape[-1]},?\), not \({batch}, 3\)"):
        random_layer()(np.zeros((batch, 3, TAGS), np.float32), mask=np.ones(shape, bool))


@pytest.mark.parametrize("shape", [(TAGS,), (1, 2, 3, TAGS)], ids=str)
def test_features_without_a_time_axis_or_with_one_more_are_refused(shape):
    features = np.zeros((2, *shape), np.float32)
    for given in (features, tf.keras.Input(shape)):
        with pytest.raises(ValueError, match=f"expected ndim=3, found ndim={features.ndim}"):
            CRF(TAGS)(given)


@pytest.fixture
def weighed():
    """A layer, and a trainer whose accuracy too is weighed by sentences."""
    _, trainer = taggers()
    layer = trainer.get_layer("crf")
    trainer.compile(
        "adam",
        loss=layer.loss,
        weighted_metrics=[layer.accuracy],
        run_eagerly=True,  # quicker than to compile it
    )
    return layer, trainer


def test_a_weight_for_each_word_is_refused(weighed):
    layer, trainer = weighed
    with pytest.raises(ValueError, match=r"sample_weight: the shape is \(4, 4\), not \(4,\)"):
        trainer.fit(WORDS, GOLD, sample_weight=np.ones((4, 4)), verbose=0)
    with pytest.raises(ValueError, match=r"sample_weight: the shape is \(4, 4\), not \(4,\)"):
        layer.accuracy.update_state(GOLD, trainer(WORDS), np.ones((4, 4)))


def test_a_weight_of_a_sentence_weighs_its_loss_and_each_of_its_words(weighed):
    layer, trainer = weighed
    weights, scores = np.array([1.0, 0.0, 2.0, 0.5]), trainer(WORDS)
    loss, accuracy = trainer.evaluate(WORDS, GOLD, 2, sample_weight=weights, verbose=0)
    assert loss == pytest.approx(np.mean(weights * layer.loss(GOLD, scores)), rel=1e-5)
    by_word = np.repeat(weights, LENGTHS)
    assert accuracy == pytest.approx(np.average(layer.accuracy(GOLD, scores), weights=by_word))


# The layers below it.


def test_without_a_mask_the_bilstm_reads_every_position_and_keeps_the_length():
    vectors = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)
    layer = BiLSTM(4)
    np.testing.assert_array_equal(layer(vectors), layer(vectors, mask=np.ones((2, 5), bool)))
    assert tuple(layer(tf.keras.Input([5, 3])).shape) == (None, 5, 8)


def test_the_bilstm_takes_a_mask_that_an_embedding_implies():
    words = tf.keras.Input([None], dtype="int32")
    vectors = tf.keras.layers.Embedding(20, 3, mask_zero=True)(words)
    model = tf.keras.Model(words, BiLSTM(4)(vectors))
    short, padded = np.array([[5, 6]]), np.array([[5, 6, 0, 0]])
    np.testing.assert_allclose(
        model.predict(padded, verbose=0)[:, :2], model.predict(short, verbose=0), atol=1e-6
    )


def test_dropout_sets_its_share_to_0_in_training_alone_and_keeps_the_sum():
    layer, ones = Dropout(0.4), np.ones((100, 50), np.float32)
    np.testing.assert_array_equal(layer(ones), ones)
    dropped = layer(ones, training=True).numpy()
    assert set(np.unique(dropped.round(4))) == {0, np.float32(1 / 0.6).round(4)}
    assert dropped.mean() == pytest.approx(1, abs=0.03)
    assert (dropped != layer(ones, training=True).numpy()).any()


# Use under what people have.


def trained_by(fit):
    """The first and last loss of a trainer after some steps."""
    tf.keras.utils.set_random_seed(1)
    _, trainer = taggers()
    losses = fit(trainer)
    assert losses[-1] < losses[0]
    return losses


def test_it_trains_eagerly_as_in_a_graph():
    def fit(trainer, eagerly):
        trainer.compile(
            tf.keras.optimizers.Adam(0.1), loss=trainer.get_layer("crf").loss, run_eagerly=eagerly
        )
        return trainer.fit(WORDS, GOLD, epochs=3, verbose=0).history["loss"]

    eager, graph = (trained_by(lambda t, e=e: fit(t, e)) for e in (True, False))
    np.testing.assert_allclose(eager, graph, rtol=1e-4)


def test_gradients_of_parts_of_a_batch_add_up_to_those_of_the_whole():
    _, trainer = taggers()
    loss = trainer.get_layer("crf").loss

    def slopes(rows):
        with tf.GradientTape() as tape:
            value = tf.reduce_sum(loss(GOLD[rows], trainer(WORDS[rows])))
        return [tf.convert_to_tensor(g) for g in tape.gradient(value, trainer.trainable_variables)]

    whole, one, other = (slopes(rows) for rows in (slice(4), slice(2), slice(2, 4)))
    for total, *parts in zip(whole, one, other, strict=True):
        np.testing.assert_allclose(total, sum(parts), atol=1e-4)


def test_one_graph_serves_every_batch_size_and_length():
    tagger, _ = taggers()
    traced = []

    @tf.function(reduce_retracing=True)
    def decode(words):
        traced.append(words.shape)
        return tagger(words, training=False)

    for words in (WORDS, WORDS[:2], WORDS[:3, :2], WORDS[:1, :1], np.tile(WORDS, (3, 1))):
        np.testing.assert_array_equal(decode(tf.constant(words)), tagger(words, training=False))
    assert len(traced) <= 3


def test_a_tensorflow_checkpoint_brings_a_trainer_back(tmp_path):
    _, trainer = taggers()
    trainer.fit(WORDS, GOLD, verbose=0)
    path = tf.train.Checkpoint(model=trainer).save(str(tmp_path / "step"))
    _, again = taggers()
    again(WORDS)
    tf.train.Checkpoint(model=again).restore(path)
    np.testing.assert_array_equal(again(WORDS), trainer(WORDS))


def test_a_trainer_that_a_callback_saved_is_loaded_and_trains_on_as_the_first(tmp_path):
    path = tmp_path / "trainer.keras"
    _, trainer = taggers()
    trainer.run_eagerly = True  # quicker than to compile it
    kept, data = tf.keras.callbacks.ModelCheckpoint(str(path)), (WORDS, GOLD)
    history = trainer.fit(*data, callbacks=[kept], validation_data=data, verbose=0).history
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    again = tf.keras.models.load_model(path)
    again.run_eagerly = True
    one, other = (m.fit(*data, epochs=3, verbose=0).history for m in (again, trainer))
    np.testing.assert_allclose(one["loss"], other["loss"], rtol=1e-6)
    for one, other in zip(again.get_weights(), trainer.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_loss_that_finds_no_layer_says_what_to_do():
    loss = CRF(TAGS).loss
    with pytest.raises(ValueError, match="load with compile=False, then compile"):
        loss.from_config({**loss.get_config(), "layer": "one that there never was"})


def test_keras_does_not_save_the_loss_and_the_metric_as_parts_of_the_layer():
    assert not {"loss", "accuracy"} & set(dir(CRF(TAGS)))


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_tensorflow_lite_decodes_the_same_with_its_own_operations(lite, batch):
    layer, content = lite
    interpreter = tf.lite.Interpreter(model_content=content)
    (given,), (found,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(given["index"], [batch, 4, TAGS])
    interpreter.allocate_tensors()
    emissions = random_batch()[0][:batch]
    interpreter.set_tensor(given["index"], emissions)
    interpreter.invoke()
    np.testing.assert_array_equal(interpreter.get_tensor(found["index"]), layer(emissions)[0])


@pytest.fixture(scope="module")
def lite():
    """A layer, and a model of it alone for TensorFlow Lite, for sentences of any length."""
    layer, inputs = random_layer(scale=3), tf.keras.Input([None, TAGS])
    converter = tf.lite.TFLiteConverter.from_keras_model(tf.keras.Model(inputs, layer(inputs)[0]))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    return layer, converter.convert()


@pytest.mark.skipif(IS_KERAS_3, reason="Keras 3 exports; Keras 2 also saves whole models so")
def test_a_model_with_our_lstm_is_saved_and_loaded_as_tensorflow_does(tmp_path):
    words = tf.keras.Input([None], dtype="int32")
    vectors = BiLSTM(4)(tf.keras.layers.Embedding(20, 3)(words), mask=NotPadding()(words))
    tags, _ = CRF(TAGS, name="crf")(Dropout(0.5)(vectors), mask=NotPadding()(words))
    model = tf.keras.Model(words, tags)
    tf.saved_model.save(model, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    served = loaded.signatures["serving_default"](tf.constant(WORDS, tf.int32))
    np.testing.assert_array_equal(*served.values(), model(WORDS))
