"""Training: it learns, it repeats itself, and it keeps the best epoch."""

import numpy as np
import pytest
import tensorflow as tf

from ner_tutorial.crf import CRF
from ner_tutorial.models import NotPadding, bilstm_crf, bilstm_softmax, predict_tags
from ner_tutorial.training import compile_trainer, train

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


@pytest.mark.parametrize("patience", [None, 2])
def test_the_best_epochs_weights_are_kept_and_patience_stops_after_it(patience):
    words, tags = toy_corpus(64)
    tags = np.where(words < 9, np.minimum(tags, 1), tags)
    # A model first learns the most frequent tag, then the others: that is when it errs here.
    validation = words[:20], np.minimum(tags, 1)[:20]
    model, settings = small_crf(), {"epochs": 12, "patience": patience, "learning_rate": 0.006}
    history = train_quietly(model, (words, tags), validation, **settings)
    print(history["val_accuracy"])
    accuracies = history["val_accuracy"]
    best = int(np.argmax(accuracies))
    assert accuracies[-1] < accuracies[best]  # so the last epoch's weights would not do
    assert len(accuracies) == (12 if patience is None else best + 1 + patience)
    assert accuracy_of(model, *validation) == pytest.approx(accuracies[best])


def test_callbacks_of_your_own_are_called():
    epochs = []
    seen = tf.keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append(epoch))
    data = toy_corpus(20)
    train_quietly(small_softmax(), data, data, epochs=2, callbacks=[seen])
    assert epochs == [0, 1]


def test_the_crfs_trainer_shares_the_models_layers():
    model = bilstm_crf(WORDS, TAGS)
    trainer = compile_trainer(model, learning_rate=0.25)
    assert trainer is not model
    assert float(trainer.optimizer.learning_rate) == 0.25
    assert [id(weight) for weight in trainer.weights] == [id(weight) for weight in model.weights]
    assert trainer.output.shape[-1] == TAGS


def test_the_softmax_is_its_own_trainer():
    model = bilstm_softmax(WORDS, TAGS)
    assert compile_trainer(model) is model
