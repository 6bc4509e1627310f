"""Training: it learns, it repeats itself, and it keeps the best epoch."""

import numpy as np
import pytest
import tensorflow as tf

from ner_tutorial.batching import evaluation_batches, training_batches
from ner_tutorial.crf import CRF
from ner_tutorial.models import NotPadding, predict_tags
from ner_tutorial.training import EpochTimer, compile_trainer, steps_at_once, train

WORDS, TAGS = 12, 6


def toy_corpus(sentences, seed=0):
    """Sentences in which a word's tag follows from the word."""
    draw = np.random.default_rng(seed)
    lengths = draw.integers(1, 8, sentences)
    words = draw.integers(2, WORDS, (sentences, 7), dtype=np.int32)
    words = np.where(np.arange(7) < lengths[:, None], words, 1).astype(np.int32)
    return words, np.where(words == 1, 0, 1 + words % (TAGS - 1)).astype(np.int32)


# Models without the LSTMs, which take seconds to compile, from the same first weights each time.
def small_crf():
    tf.keras.utils.set_random_seed(1)
    words = tf.keras.Input([None], dtype="int32")
    features = tf.keras.layers.Embedding(WORDS, 8)(words)
    tags, _ = CRF(TAGS, padding_tag=0, name="crf")(features, mask=NotPadding()(words))
    return tf.keras.Model(words, tags)


def small_softmax():
    tf.keras.utils.set_random_seed(1)
    words = tf.keras.Input([None], dtype="int32")
    probabilities = tf.keras.layers.Embedding(WORDS, TAGS)(words)
    return tf.keras.Model(words, tf.keras.layers.Softmax()(probabilities))


def train_quietly(model, training, validation, **settings):
    settings = {"batch_size": 16, "learning_rate": 0.02, "verbose": 0, **settings}
    return train(model, training, validation, **settings).history


def accuracy_of(model, words, tags):
    return np.mean(np.concatenate(predict_tags(model, words)) == tags[words != 1])


@pytest.mark.parametrize("build", [small_softmax, small_crf])
def test_the_loss_falls_and_the_model_itself_learns(build):
    model, (words, tags) = build(), toy_corpus(48)
    data = (words, tags), (words[:9], tags[:9])
    history = train_quietly(model, *data, epochs=12, learning_rate=0.1)
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert {len(values) for values in history.values()} == {12}
    assert history["loss"][-1] < history["loss"][0] / 3
    assert history["val_accuracy"][-1] > 0.95
    assert accuracy_of(model, words, tags) > 0.95


def test_the_same_seed_gives_the_same_history_and_another_seed_another():
    data = toy_corpus(40)
    first, again, other = (
        train_quietly(small_softmax(), data, data, epochs=2, seed=seed) for seed in (3, 3, 4)
    )
    assert first == again
    assert first["loss"] != other["loss"]


@pytest.mark.parametrize("patience, epochs", [(None, 6), (2, 4)])
def test_the_best_epochs_weights_are_kept_and_patience_stops_after_it(patience, epochs):
    model, words = small_softmax(), np.full((10, 1), 5, np.int32)
    tags = np.array([[1], [2], [2], [3], [3], [3], [3], [3], [3], [3]])
    chosen = [1, 3, 2, 1, 2, 1]  # epoch 1 is right most often, epoch 0 and the last least

    def choose(epoch, logs):
        model.set_weights([np.eye(TAGS)[[chosen[epoch]] * WORDS]])

    history = train_quietly(
        model,
        (words, tags),
        (words, tags),
        epochs=6,
        learning_rate=0.0,  # nothing is learnt but by the callback
        patience=patience,
        callbacks=[tf.keras.callbacks.LambdaCallback(on_epoch_begin=choose)],
    )
    np.testing.assert_allclose(history["val_accuracy"], [0.1, 0.7, 0.2, 0.1, 0.2, 0.1][:epochs])
    assert np.all(np.concatenate(predict_tags(model, words)) == 3)


def test_callbacks_of_your_own_are_called():
    epochs = []
    seen = tf.keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append(epoch))
    data = toy_corpus(20)
    train_quietly(small_softmax(), data, data, epochs=2, callbacks=[seen])
    assert epochs == [0, 1]


@pytest.mark.parametrize("build", [small_softmax, small_crf])
def test_the_trainer_shares_the_models_layers_and_leaves_the_model_alone(build):
    model = build()
    trainer = compile_trainer(model, learning_rate=0.25)
    assert getattr(model, "optimizer", None) is None
    assert float(trainer.optimizer.learning_rate) == 0.25
    assert [id(weight) for weight in trainer.weights] == [id(weight) for weight in model.weights]
    assert trainer.output.shape[-1] == TAGS


def test_the_timer_notes_the_seconds_of_each_epoch():
    timer = EpochTimer()
    training = toy_corpus(64)
    train_quietly(small_softmax(), training, training, epochs=3, callbacks=[timer])
    assert len(timer.seconds) == 3
    assert all(0 < seconds < 60 for seconds in timer.seconds)


def test_the_learning_rate_decays_to_a_twentieth_over_all_steps():
    model, data = small_softmax(), toy_corpus(11 * 16)  # 11 steps: Keras takes each alone
    rates = []

    class Note(tf.keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            optimizer = self.model.optimizer
            rate = optimizer.learning_rate
            rates.append(float(rate(optimizer.iterations) if callable(rate) else rate))

    train_quietly(model, data, data, epochs=2, learning_rate=0.2, decay=True, callbacks=[Note()])
    assert len(rates) == 22
    step = 0.19 / 22
    np.testing.assert_allclose(np.diff(rates), -step, rtol=1e-4)
    # Keras 2 tells the rate of the step just taken, Keras 3 that of the next.
    assert min(abs(rates[-1] - 0.01), abs(rates[-1] - 0.01 - step)) < 1e-5


@pytest.mark.parametrize("steps, at_once", [(1, 1), (7, 7), (11, 1), (22, 2), (152, 8), (300, 10)])
def test_the_steps_taken_at_once_are_the_most_up_to_ten_that_divide_an_epochs(steps, at_once):
    assert steps_at_once(steps) == at_once


@pytest.mark.parametrize("build", [small_softmax, small_crf])
def test_several_steps_at_once_train_and_validate_as_one_at_a_time(build):
    training, validation = toy_corpus(8 * 16), toy_corpus(40, seed=1)  # 8 and 3 batches of 16
    calls = []
    seen = tf.keras.callbacks.LambdaCallback(on_batch_end=lambda batch, logs: calls.append(batch))
    history = train_quietly(build(), training, validation, epochs=3, callbacks=[seen])
    assert len(calls) == 3  # one an epoch
    trainer = compile_trainer(build(), learning_rate=0.02)
    expected = trainer.fit(
        training_batches(*training, 16, seed=42),
        validation_data=evaluation_batches(*validation, 16),
        steps_per_epoch=8,
        epochs=3,
        shuffle=False,
        verbose=0,
    ).history
    assert set(history) == set(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-6, err_msg=name)


@pytest.mark.parametrize("clip_norm", [None, 1e-6])
def test_gradients_longer_than_the_limit_are_shortened_to_it(clip_norm):
    # Adam's first steps have the size of the learning rate, unless gradients are lost in its
    # epsilon, 1e-7: so a limit near it shows in how far the weights go.
    model, data = small_softmax(), toy_corpus(16)
    before = model.get_weights()[0]
    train_quietly(model, data, data, epochs=1, learning_rate=0.1, clip_norm=clip_norm)
    farthest = np.abs(model.get_weights()[0] - before).max()
    assert (farthest > 0.0999) == (clip_norm is None)
