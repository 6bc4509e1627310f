"""Train a model: seeds, progress, validation, early stopping (lessons 03, 04 and 06)."""

import time
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from ner_tutorial.batching import evaluation_batches, num_batches, training_batches

# How `char_crf` is trained on GMB, chosen on its validation part (lesson 06).
CHAR_CRF = {
    "epochs": 6,
    "batch_size": 64,
    "learning_rate": 0.002,
    "decay": True,
    "clip_norm": 5.0,
}


def compile_trainer(
    model: tf.keras.Model,
    learning_rate: float | tf.keras.optimizers.schedules.LearningRateSchedule = 0.001,
    clip_norm: float | None = None,
) -> tf.keras.Model:
    """The model to `fit`: the model itself, or for a CRF its twin that gives scores in place of
    tags.

    The two share their layers, so what the twin learns the model knows. `clip_norm`: see `train`.
    """
    if any(layer.name == "crf" for layer in model.layers):
        crf = model.get_layer("crf")
        model = tf.keras.Model(model.input, crf.output[1], name=f"{model.name}_trainer")
        loss, metric = crf.loss, crf.accuracy
    else:
        # Keras leaves padding out of both: the softmax carries the mask that the BiLSTM was given.
        loss, metric = "sparse_categorical_crossentropy", "accuracy"
    # XLA would compile each batch length anew.
    optimizer = tf.keras.optimizers.Adam(learning_rate, global_clipnorm=clip_norm)
    model.compile(optimizer, loss=loss, metrics=[metric], jit_compile=False)
    return model


def train(
    model: tf.keras.Model,
    training: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    epochs: int = 20,
    batch_size: int = 256,
    learning_rate: float = 0.001,
    seed: int = 42,
    patience: int | None = None,
    verbose: int | str = "auto",
    callbacks: Sequence[tf.keras.callbacks.Callback] = (),
    decay: bool = False,
    clip_norm: float | None = None,
) -> tf.keras.callbacks.History:
    """Train a model in place with Adam, on batches of sentences of similar length.

    The model ends up with the weights of the epoch with the highest validation accuracy: the later
    ones know the training part better, and everything else worse.

    Args:
        model: `bilstm_softmax`, `bilstm_crf` or `char_crf`. Its first weights are drawn when it is
            built: call `tf.keras.utils.set_random_seed` before that.
        training, validation: words and tags, from `encode`.
        epochs: how often the training part is seen, at most.
        batch_size: sentences a batch; 256 suits GMB, about 32 a corpus of a few thousand sentences.
        learning_rate: of Adam; 0.001 suits GMB, 0.003 the sample.
        seed: of the batches' order.
        patience: if given, stop once `val_accuracy` has not improved for this many epochs.
        verbose: Keras's progress display: 0 for none, 1 for a bar, 2 for a line an epoch.
        callbacks: Keras callbacks of your own.
        decay: let the learning rate fall in a straight line, step by step, to a twentieth at the
            end of the last epoch (lesson 06).
        clip_norm: if given, gradients longer than this, all weights' together, are shortened to it.

    Returns:
        Keras's History: in `.history` for each epoch `loss`, `accuracy`, `val_loss`,
        `val_accuracy`.
    """
    steps = num_batches(len(training[0]), batch_size)
    if decay:
        learning_rate = tf.keras.optimizers.schedules.PolynomialDecay(
            learning_rate, steps * epochs, learning_rate / 20
        )
    trainer = compile_trainer(model, learning_rate, clip_norm)
    stopping = tf.keras.callbacks.EarlyStopping(
        monitor="val_accuracy",
        mode="max",
        patience=epochs if patience is None else patience,
        restore_best_weights=True,
    )
    history = trainer.fit(
        training_batches(*training, batch_size, seed),
        steps_per_epoch=steps,
        validation_data=evaluation_batches(*validation, batch_size),
        epochs=epochs,
        shuffle=False,  # the batches come shuffled
        callbacks=[stopping, *callbacks],
        verbose=verbose,
    )
    # Keras 2 restores the best weights only if it stopped before the last epoch.
    trainer.set_weights(stopping.best_weights)
    return history


class EpochTimer(tf.keras.callbacks.Callback):
    """A Keras callback that notes how long each epoch took, in `seconds`, validation included."""

    def __init__(self):
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.start)
