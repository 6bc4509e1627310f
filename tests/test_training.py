"""Training: it learns, it repeats itself, it keeps the best epoch, and it goes on after a break."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from networks import TAGS as MODEL_TAGS
from networks import random_words, run

from ner_tutorial.batching import Encoded, evaluation_batches, lengths
from ner_tutorial.crf import CRF
from ner_tutorial.decoding import predict_tags
from ner_tutorial.errors import CheckpointError
from ner_tutorial.layers import Dropout, NotPadding, WordDropout
from ner_tutorial.recipes import Recipe
from ner_tutorial.training import (
    Checkpoint,
    EpochTimer,
    best_epoch,
    compile_trainer,
    fit,
    mirrored,
)

WORDS, TAGS = 12, 6
NAMES = ("<_PAD_>", *(f"B-{number}" for number in range(1, TAGS)))  # each word an entity


def encoded(words, tags):
    return Encoded(words, np.asarray(tags, np.int32), lengths(words))


def toy_corpus(sentences, seed=0):
    """Sentences in which a word's tag follows from the word."""
    draw = np.random.default_rng(seed)
    length = draw.integers(1, 8, sentences)
    words = draw.integers(2, WORDS, (sentences, 7), dtype=np.int32)
    words = np.where(np.arange(7) < length[:, None], words, 1).astype(np.int32)
    return encoded(words, np.where(words == 1, 0, 1 + words % (TAGS - 1)))


def first_of(data, number):
    return Encoded(*(array[:number] for array in data))


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


def recipe(**settings):
    return Recipe(**{"batch_size": 16, "learning_rate": 0.02, **settings})


def fit_quietly(model, training, validation, recipe, names=NAMES, **options):
    return fit(model, training, validation, recipe, names, verbose=0, **options).history


def accuracy_of(model, data):
    predicted = np.concatenate(predict_tags(model, data.words))
    return np.mean(predicted == data.tags[data.words != 1])


def without_seconds(history):
    return {name: values for name, values in history.items() if name != "seconds"}


@pytest.mark.parametrize("build", [small_softmax, small_crf])
def test_the_loss_falls_and_the_model_itself_learns(build):
    model, data = build(), toy_corpus(48)
    history = fit_quietly(model, data, first_of(data, 9), recipe(epochs=12, learning_rate=0.1))
    figures = {"loss", "accuracy", "val_loss", "val_accuracy", "val_entity_f1", "seconds"}
    assert set(history) == figures
    assert {len(values) for values in history.values()} == {12}
    assert history["loss"][-1] < history["loss"][0] / 3
    assert history["val_accuracy"][-1] > 0.95
    assert accuracy_of(model, data) > 0.95


def test_the_same_seed_gives_the_same_history_and_another_seed_another():
    data = toy_corpus(40)
    first, again, other = (
        without_seconds(fit_quietly(small_softmax(), data, data, recipe(epochs=2), seed=seed))
        for seed in (3, 3, 4)
    )
    assert first == again
    assert first["loss"] != other["loss"]


def test_the_weights_of_the_epoch_with_the_highest_entity_f1_are_kept():
    model, words = small_softmax(), np.full((10, 1), 5, np.int32)
    # Most words are no entity: the tag 4 has the highest accuracy and finds nothing.
    data = encoded(words, [[1], [2], [2], [3], [3], [4], [4], [4], [4], [4]])
    chosen = [1, 3, 2, 4, 3, 1]

    def choose(epoch, logs):
        table = np.eye(TAGS)[[chosen[epoch]] * WORDS]
        table[0, 0] = epoch  # on a word that nobody looks at: it tells the first from the other
        model.set_weights([table])

    history = fit_quietly(
        model,
        data,
        data,
        recipe(epochs=6, learning_rate=0.0),  # nothing is learnt but by the callback
        names=("<_PAD_>", "B-a", "B-b", "B-c", "O", "B-d"),
        callbacks=[tf.keras.callbacks.LambdaCallback(on_epoch_begin=choose)],
    )
    np.testing.assert_allclose(history["val_accuracy"], [0.1, 0.2, 0.2, 0.5, 0.2, 0.1])
    f1 = [2 * hits / (10 + 5) for hits in (1, 2, 2)]  # found 10 entities, wanted 5
    np.testing.assert_allclose(history["val_entity_f1"], [*f1, 0.0, f1[1], f1[0]])
    assert np.all(np.concatenate(predict_tags(model, words)) == 3)
    assert model.get_weights()[0][0, 0] == 1  # of two that are as good, the first


@pytest.mark.parametrize(
    ("f1", "loss", "best"),
    [
        ([0.2, 0.4, 0.3], [3.0, 2.0, 1.0], 1),
        ([0.0, 0.0, 0.0], [3.0, 1.0, 2.0], 1),  # no name found yet: the loss decides
        ([0.0, 0.5, 0.5], [3.0, 1.0, 1.0], 1),  # the first of two that are as good
    ],
)
def test_of_epochs_with_the_same_f1_the_one_with_the_lowest_loss_is_the_best(f1, loss, best):
    assert best_epoch({"val_entity_f1": f1, "val_loss": loss}) == best


def test_a_checkpoint_of_an_older_version_that_chose_by_accuracy_is_refused(tmp_path):
    data = toy_corpus(20)
    old = Checkpoint(tmp_path / "run.npz", {"run": 1})
    del old.settings["chosen_by"]
    fit_quietly(small_softmax(), data, data, recipe(epochs=1), checkpoint=old)
    new = Checkpoint(tmp_path / "run.npz", {"run": 1})
    with pytest.raises(CheckpointError, match="chosen_by None, not val_entity_f1"):
        fit_quietly(small_softmax(), data, data, recipe(epochs=2), checkpoint=new, resume=True)


def test_callbacks_of_your_own_are_called():
    epochs = []
    seen = tf.keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append(epoch))
    data = toy_corpus(20)
    fit_quietly(small_softmax(), data, data, recipe(epochs=2), callbacks=[seen])
    assert epochs == [0, 1]


@pytest.mark.parametrize("build", [small_softmax, small_crf])
def test_the_trainer_shares_the_models_layers_and_leaves_the_model_alone(build):
    model = build()
    trainer = compile_trainer(model, tf.keras.optimizers.Adam(0.25))
    assert getattr(model, "optimizer", None) is None
    assert float(trainer.optimizer.learning_rate) == 0.25
    assert [id(weight) for weight in trainer.weights] == [id(weight) for weight in model.weights]
    assert trainer.output.shape[-1] == TAGS


def test_the_seconds_of_each_epoch_are_noted_by_the_timer_and_in_the_history():
    timer, data = EpochTimer(), toy_corpus(64)
    slow = tf.keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: time.sleep(0.2))
    history = fit_quietly(small_softmax(), data, data, recipe(epochs=3), callbacks=[timer, slow])
    for seconds, least in ((timer.seconds, 0), (history["seconds"], 0.2)):
        assert len(seconds) == 3
        assert all(least < value < 60 for value in seconds)


def test_the_learning_rate_decays_to_a_twentieth_over_all_steps():
    model, data = small_softmax(), toy_corpus(11 * 16)  # 11 steps: Keras takes each alone
    rates = []

    class Note(tf.keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            optimizer = self.model.optimizer
            rate = optimizer.learning_rate
            rates.append(float(rate(optimizer.iterations) if callable(rate) else rate))

    decaying = recipe(epochs=2, learning_rate=0.2, decay=True)
    fit_quietly(model, data, data, decaying, callbacks=[Note()])
    assert len(rates) == 22
    step = 0.19 / 22
    np.testing.assert_allclose(np.diff(rates), -step, rtol=1e-4)
    # Keras 2 tells the rate of the step just taken, Keras 3 that of the next.
    assert min(abs(rates[-1] - 0.01), abs(rates[-1] - 0.01 - step)) < 1e-5


@pytest.mark.parametrize("clip_norm", [None, 1e-6])
def test_gradients_longer_than_the_limit_are_shortened_to_it(clip_norm):
    # Adam's first steps have the size of the learning rate, unless gradients are lost in its
    # epsilon, 1e-7: so a limit near it shows in how far the weights go.
    model, data = small_softmax(), toy_corpus(16)
    before = model.get_weights()[0]
    fit_quietly(model, data, data, recipe(epochs=1, learning_rate=0.1, clip_norm=clip_norm))
    farthest = np.abs(model.get_weights()[0] - before).max()
    assert (farthest > 0.0999) == (clip_norm is None)


# What Keras is told to minimise and to measure. The second batch is as large as its longest
# sentence, which hides wrong broadcasts.

BATCHES = [[5, 2, 4], [4, 1, 2, 3]]


def test_keras_leaves_padding_out_of_the_softmaxs_loss_and_accuracy(softmax):
    trainer = compile_trainer(softmax)
    trainer.run_eagerly = True
    for length in BATCHES:
        words = random_words(1, length)
        is_word = words != 1
        tags = np.random.default_rng(1).integers(1, MODEL_TAGS, words.shape) * is_word
        probabilities = run(softmax, words)
        of_true_tag = np.take_along_axis(probabilities, tags[:, :, None], axis=2)[:, :, 0]
        right = probabilities.argmax(axis=2) == tags
        loss, accuracy = trainer.evaluate(evaluation_batches(encoded(words, tags), 9), verbose=0)
        assert loss == pytest.approx(-np.log(of_true_tag[is_word]).mean(), rel=1e-4)
        assert accuracy == pytest.approx(right[is_word].mean())


def test_the_crfs_loss_and_accuracy_are_the_layers_own(crf):
    trainer, layer = compile_trainer(crf), crf.get_layer("crf")
    trainer.run_eagerly = True
    for length in BATCHES:
        words = random_words(2, length)
        tags = np.random.default_rng(2).integers(1, MODEL_TAGS, words.shape) * (words != 1)
        scores = trainer(words)
        loss, accuracy = trainer.evaluate(evaluation_batches(encoded(words, tags), 9), verbose=0)
        assert loss == pytest.approx(np.mean(layer.loss(tags, scores)), rel=1e-5)
        assert accuracy == pytest.approx((run(crf, words) == tags)[words != 1].mean())


# Going on after a break.


class Killed(Exception):
    pass


def kill_after(epochs):
    """A callback of the run's own that ends it in the middle of the epoch after these."""

    def kill(epoch, logs):
        if epoch == epochs:
            raise Killed

    return tf.keras.callbacks.LambdaCallback(on_epoch_begin=kill)


@pytest.mark.parametrize("decay", [False, True])
def test_a_run_that_was_killed_goes_on_to_the_same_result(decay, tmp_path):
    training, validation = toy_corpus(48), toy_corpus(20, seed=1)
    how = recipe(epochs=4, learning_rate=0.1, decay=decay)
    unbroken = small_softmax()
    expected = fit_quietly(unbroken, training, validation, how)
    checkpoint = Checkpoint(tmp_path / "a" / "run.npz", {"seed": 42})
    assert not checkpoint.exists()
    for done in (1, 3):
        with pytest.raises(Killed):
            fit_quietly(
                small_softmax(), training, validation, how,
                callbacks=[kill_after(done)], checkpoint=checkpoint, resume=True,
            )  # fmt: skip
        assert os.listdir(tmp_path / "a") == ["run.npz"]
    model = small_softmax()
    resumed = fit(
        model, training, validation, how, NAMES, verbose=0, checkpoint=checkpoint, resume=True
    )
    assert without_seconds(resumed.history) == without_seconds(expected)
    assert len(resumed.history["seconds"]) == 4
    assert resumed.epoch == [0, 1, 2, 3]
    for one, other in zip(model.get_weights(), unbroken.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    checkpoint.remove()
    assert not checkpoint.exists()
    checkpoint.remove()  # twice is once


SETTINGS = {"seed": 42, "model": "softmax"}


@pytest.fixture(scope="module")
def of_one_epoch(tmp_path_factory):
    """What the checkpoint of one epoch of a small softmax holds."""
    path, data = tmp_path_factory.mktemp("checkpoint") / "run.npz", toy_corpus(20)
    fit_quietly(
        small_softmax(), data, data, recipe(epochs=1), checkpoint=Checkpoint(path, SETTINGS)
    )
    return path.read_bytes()


@pytest.fixture
def checkpoint(of_one_epoch, tmp_path):
    (tmp_path / "run.npz").write_bytes(of_one_epoch)
    return Checkpoint(tmp_path / "run.npz", SETTINGS)


def resume(checkpoint, build=small_softmax, **options):
    data = toy_corpus(20)
    options = {"resume": True, "checkpoint": checkpoint, **options}
    return fit_quietly(build(), data, data, recipe(epochs=2), **options)


def test_without_resume_a_run_begins_anew_and_replaces_the_checkpoint(checkpoint):
    old = resume(checkpoint)["loss"][0]
    history = resume(checkpoint, resume=False, seed=7)
    assert len(history["loss"]) == 2
    assert history["loss"][0] != old
    assert resume(checkpoint) == history  # all is done, so nothing is trained


def test_without_a_checkpoint_to_resume_from_a_run_begins_at_its_beginning(tmp_path):
    history = resume(Checkpoint(tmp_path / "run.npz", {}))
    assert len(history["loss"]) == 2


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"seed": 43, "model": "softmax"}, "is of a run with seed 42, not 43"),
        ({"seed": 42, "model": "crf"}, "is of a run with model softmax, not crf"),
        ({"seed": 42, "long": "drop"}, "is of a run with long None, not drop"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_and_left_alone(checkpoint, settings, reason):
    before = checkpoint.path.read_bytes()
    with pytest.raises(CheckpointError) as caught:
        resume(Checkpoint(checkpoint.path, settings))
    message = f"{checkpoint.path}: {reason}"
    assert str(caught.value) == f"{message}; train without resume to begin anew"
    flags = caught.value.line(lambda name: f"--{name}")
    assert flags == f"{message}; train without --resume to begin anew"
    assert checkpoint.path.read_bytes() == before


def test_a_checkpoint_of_another_tensorflow_is_refused(checkpoint, monkeypatch):
    monkeypatch.setattr(tf, "__version__", "9.9.9")
    with pytest.raises(CheckpointError, match=r"of a run with tensorflow .*, not 9\.9\.9;"):
        resume(Checkpoint(checkpoint.path, checkpoint.settings))


@pytest.mark.parametrize(
    "spoil",
    [lambda data: b"", lambda data: data[: len(data) // 2], lambda data: b"no checkpoint"],
    ids=["empty", "cut off", "of something else"],
)
def test_a_checkpoint_that_cannot_be_read_is_refused_in_one_line(checkpoint, spoil):
    checkpoint.path.write_bytes(spoil(checkpoint.path.read_bytes()))
    with pytest.raises(CheckpointError) as caught:
        resume(checkpoint)
    message = str(caught.value)
    assert message.startswith(f"{checkpoint.path}: cannot be read (")
    assert message.endswith("; train without resume to begin anew")
    assert "\n" not in message


def test_a_checkpoint_of_a_model_of_another_shape_is_refused(checkpoint):
    with pytest.raises(CheckpointError, match="cannot be read"):
        resume(checkpoint, build=small_crf)


def test_a_checkpoint_that_cannot_be_written_ends_the_run_and_leaves_the_old_one(
    checkpoint, monkeypatch
):
    def fail(*arguments, **arrays):
        raise OSError(28, "No space left on device")

    before = checkpoint.path.read_bytes()
    monkeypatch.setattr("ner_tutorial.training.np.savez", fail)
    with pytest.raises(OSError, match="No space left"):
        resume(checkpoint)
    assert checkpoint.path.read_bytes() == before
    assert os.listdir(checkpoint.path.parent) == ["run.npz"]


@pytest.mark.parametrize("epoch", [0, 2])
def test_an_interrupt_ends_training_with_the_best_weights_and_the_history_so_far(epoch, capsys):
    def interrupt(number, logs):
        if number == epoch:
            raise KeyboardInterrupt

    stop = tf.keras.callbacks.LambdaCallback(on_epoch_begin=interrupt)
    data = toy_corpus(32)
    model, whole = small_softmax(), small_softmax()
    history = fit(model, data, data, recipe(epochs=5), NAMES, verbose=0, callbacks=[stop])
    assert len(history.epoch) == len(history.history.get("loss", [])) == epoch
    assert capsys.readouterr().out.startswith(f"Interrupted; epochs done: {epoch} of 5")
    if epoch:
        fit_quietly(whole, data, data, recipe(epochs=epoch))
        for one, other in zip(model.get_weights(), whole.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)


def test_dropout_goes_on_from_a_checkpoint_with_the_same_draws(tmp_path):
    def build():
        tf.keras.utils.set_random_seed(1)
        words = tf.keras.Input([None], dtype="int32")
        vectors = tf.keras.layers.Embedding(WORDS, TAGS)(WordDropout(0.3)(words))
        vectors = Dropout(0.5)(vectors)
        return tf.keras.Model(words, tf.keras.layers.Softmax()(vectors))

    def killed(number, logs):
        if number == 2:
            raise SystemExit

    data, settings = toy_corpus(32), recipe(epochs=4)
    whole, resumed = build(), build()
    fit_quietly(whole, data, data, settings)
    checkpoint = Checkpoint(tmp_path / "run.npz", {})
    stop = tf.keras.callbacks.LambdaCallback(on_epoch_begin=killed)
    with pytest.raises(SystemExit):
        fit_quietly(build(), data, data, settings, callbacks=[stop], checkpoint=checkpoint)
    fit_quietly(resumed, data, data, settings, checkpoint=checkpoint, resume=True)
    for one, other in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


# Several devices. Here two, each half of the CPU.


@pytest.fixture(scope="module")
def on_two_devices(tmp_path_factory):
    """What `two_devices.py` prints."""
    tests = Path(__file__).parent
    folder = tmp_path_factory.mktemp("two")
    paths = os.pathsep.join([str(tests), str(tests.parent), os.environ.get("PYTHONPATH", "")])
    # Devices wait for each other, so they get more threads than `make test` allows.
    settings = {"PYTHONPATH": paths, "TF_NUM_INTEROP_THREADS": "8"}
    done = subprocess.run(
        [sys.executable, tests / "two_devices.py", folder / "whole.npz", folder / "half.npz"],
        capture_output=True, text=True, env=os.environ | settings, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_two_devices_take_the_steps_of_one_to_rounding(on_two_devices):
    assert on_two_devices["devices"] == 2
    for one, two in zip(on_two_devices["one"], on_two_devices["two"], strict=True):
        assert one["loss"][-1] < one["loss"][0]
        for name in ("loss", "accuracy", "val_entity_f1"):
            assert two[name] == pytest.approx(one[name], rel=1e-5), name
        # Of 21 sentences, which two cannot share, the shortest counts twice here.
        assert two["val_loss"] == pytest.approx(one["val_loss"], rel=0.1)


def test_two_devices_train_even_where_one_has_no_sentence(on_two_devices):
    losses = on_two_devices["none for one"]
    assert losses[-1] < losses[0]


def test_a_run_on_two_devices_goes_on_to_the_same_result(on_two_devices):
    assert len(on_two_devices["whole"]["loss"]) == 2
    assert on_two_devices["resumed"] == on_two_devices["whole"]
    assert "is of a run with devices 2, not 1" in on_two_devices["resumed on one"]


def test_what_devices_cannot_share_alike_is_refused_in_one_line(on_two_devices):
    told = "2 devices cannot share batches of 15 in equal parts; give a batch_size of 16"
    assert on_two_devices["odd batches"] == told
    assert on_two_devices["other"].startswith("OneDeviceStrategy: training knows")


def test_where_there_is_one_device_nothing_is_mirrored():
    assert (mirrored() is None) == (len(tf.config.list_logical_devices("GPU")) < 2)
