"""Train a model: the best epoch, progress, going on after a break (lessons 03 and 04)."""

import contextlib
import itertools
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from ner_tutorial import files, metrics
from ner_tutorial.batching import Encoded, evaluation_batches, num_batches, training_batches
from ner_tutorial.decoding import predict_tags
from ner_tutorial.errors import CheckpointError, UserError
from ner_tutorial.layers import BiLSTM, Dropout
from ner_tutorial.models import crf_of
from ner_tutorial.recipes import Recipe
from ner_tutorial.vocabulary import PADDING_TAG_INDEX


def mirrored() -> tf.distribute.Strategy | None:
    """What lets all GPUs of this machine share each batch, in equal parts; None for one device.

    Built and trained in its `scope()`, a model takes the same steps as on one device, to rounding,
    but for dropout, which each device draws for itself:

        with mirrored().scope():
            result = experiment.run("char-crf", sentences)

    Any model can be trained so, an ensemble and one beside an encoder too.

    Of TensorFlow's strategies it is the only one that we train by: Keras 3 knows none for several
    machines (`fit` fails under `tf.distribute.MultiWorkerMirroredStrategy`).
    """
    if len(tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")) < 2:
        return None
    return tf.distribute.MirroredStrategy()


def number_of_devices() -> int:
    """How many devices share each batch: one, but in the scope of `mirrored`.

    Raises:
        UserError: we are in the scope of another strategy.
    """
    strategy = tf.distribute.get_strategy()
    if tf.distribute.has_strategy() and not isinstance(strategy, tf.distribute.MirroredStrategy):
        raise UserError(
            f"{type(strategy).__name__}: training knows several devices of one machine alone",
            "take tf.distribute.MirroredStrategy",
        )
    return strategy.num_replicas_in_sync


def compile_trainer(
    model: tf.keras.Model,
    optimizer: str | tf.keras.optimizers.Optimizer = "adam",
) -> tf.keras.Model:
    """The model's twin, to `fit`: for a CRF, it gives scores in place of tags.

    The two share their layers, so what the twin learns the model knows.
    """
    loss: str | Callable
    metric: str | Callable
    if crf := crf_of(model):
        output, loss, metric = crf.output[1], crf.loss, crf.accuracy
    else:
        # Keras leaves padding out of both: the softmax carries the mask that the BiLSTM was given.
        output, loss, metric = model.output, "sparse_categorical_crossentropy", "accuracy"
        if number_of_devices() > 1:
            loss = _crossentropy_of_share
    trainer = tf.keras.Model(model.input, output, name=f"{model.name}_trainer")
    trainer.compile(
        optimizer,
        loss=loss,
        metrics=[metric],
        jit_compile=False,  # XLA would compile each batch length anew
    )
    return trainer


def _crossentropy_of_share(tags: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
    """The cross-entropy at each word of a device's share of a batch, for several devices.

    Keras takes the mean over the words of each share, and then that of the means: a word would
    count for more in a share with fewer. So here a share counts by its number of words.
    """
    loss = tf.keras.losses.sparse_categorical_crossentropy(tags, probabilities)
    context = tf.distribute.get_replica_context()
    if context is None:  # Keras 3 tries the loss once, outside of any device
        return loss
    words = tf.math.count_nonzero(tags != PADDING_TAG_INDEX, dtype=loss.dtype)
    return loss * words / context.all_reduce(tf.distribute.ReduceOp.MEAN, words)


def fit(
    model: tf.keras.Model,
    training: Encoded,
    validation: Encoded,
    recipe: Recipe,
    tag_names: Sequence[str],
    *,
    seed: int = 42,
    verbose: int | str = "auto",
    callbacks: Sequence[tf.keras.callbacks.Callback] = (),
    checkpoint: "Checkpoint | None" = None,
    resume: bool = False,
) -> tf.keras.callbacks.History:
    """Train a model in place, on batches of sentences of similar length.

    The model ends up with the weights of the epoch with the highest entity F1 on the validation
    part (of several with the same, that with the lowest loss there): the later ones know the
    training part better, and everything else worse. Interrupted (Ctrl-C, or the stop button of a
    notebook), training ends there, with the best weights and the history so far.

    Args:
        model: of `models`. Its first weights are drawn when it is built: call
            `tf.keras.utils.set_random_seed` before that.
        training, validation: from `encode`.
        recipe: how.
        tag_names: index to tag.
        seed: of the batches' order.
        verbose: Keras's progress display: 0 for none, 1 for a bar, 2 for a line an epoch.
        callbacks: Keras callbacks of your own.
        checkpoint: if given, where the state is kept after each epoch.
        resume: go on from the checkpoint, if there is one, to the same result as without the break.

    Returns:
        Keras's History: in `.history` for each epoch `loss`, `accuracy`, `val_loss`,
        `val_accuracy`, `val_entity_f1`, and `seconds`, validation included.

    Raises:
        CheckpointError: the checkpoint to resume from cannot be read, or is of another run.
        OSError: the checkpoint cannot be written.
        UserError: several devices (`mirrored`) cannot share a batch in equal parts.
    """
    steps = num_batches(len(training.words), recipe.batch_size)
    devices = number_of_devices()
    if recipe.batch_size % devices:
        fitting = num_batches(recipe.batch_size, devices) * devices
        raise UserError(
            f"{devices} devices cannot share batches of {recipe.batch_size} in equal parts",
            f"give a {{batch_size}} of {fitting}",
        )
    trainer = compile_trainer(model, _optimizer(recipe, steps))
    trainer.optimizer.build(trainer.trainable_variables)  # else the first step is traced twice
    best = _BestEpoch(checkpoint)
    if resume and checkpoint and checkpoint.exists():
        checkpoint.restore(trainer, best)
    done = len(best.history.get("loss", []))
    try:
        with _gradients_written_out(model):
            trainer.fit(
                training_batches(training, recipe.batch_size, seed, done, devices),
                steps_per_epoch=steps,
                validation_data=evaluation_batches(validation, recipe.batch_size, devices),
                initial_epoch=done,
                epochs=recipe.epochs,
                shuffle=False,  # the batches come shuffled
                callbacks=[_EntityF1(model, validation, tag_names), *callbacks, best],
                verbose=verbose,
            )
    except KeyboardInterrupt:
        done = len(best.history.get("loss", []))
        kept = best_epoch(best.history) + 1 if done else "none"
        print(f"Interrupted; epochs done: {done} of {recipe.epochs}, the best of them: {kept}.")
    if best.weights:
        trainer.set_weights(best.weights)
    history = trainer.history
    history.history, history.epoch = best.history, list(range(len(best.history.get("loss", []))))
    return history


def best_epoch(history: Mapping[str, Sequence[float]]) -> int:
    """The epoch whose weights are kept, counted from 0: that with the highest entity F1 on the
    validation part. While no name is found, all have 0, and the loss there decides."""
    return max(
        range(len(history["val_entity_f1"])),
        key=lambda epoch: (history["val_entity_f1"][epoch], -history["val_loss"][epoch]),
    )


def _optimizer(recipe: Recipe, steps: int) -> tf.keras.optimizers.Optimizer:
    """Adam, as the recipe wants it for epochs of so many steps."""
    rate = recipe.learning_rate
    if recipe.decay:
        rate = tf.keras.optimizers.schedules.PolynomialDecay(
            recipe.learning_rate, steps * recipe.epochs, recipe.learning_rate / 20
        )
    if recipe.clip_norm and number_of_devices() > 1:
        return _ClipsTogether(rate, recipe.clip_norm)
    return tf.keras.optimizers.Adam(rate, global_clipnorm=recipe.clip_norm)


class _ClipsTogether(tf.keras.optimizers.Adam):
    """Adam for several devices that shortens their gradients together. Keras 2's does that itself,
    but Keras 3's shortens those of each device and then adds them up."""

    def __init__(self, rate: Any, clip_norm: float):
        super().__init__(rate, name="adam")
        self.norm = clip_norm

    def apply_gradients(self, grads_and_vars: Iterable[tuple], **options: Any) -> Any:
        gradients, variables = zip(*grads_and_vars, strict=True)
        context = tf.distribute.get_replica_context()
        sums = context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
        clipped, _ = tf.clip_by_global_norm(sums, self.norm)
        share = 1 / context.num_replicas_in_sync  # Keras adds up what all devices give it
        shares = [tf.math.scalar_mul(share, gradient) for gradient in clipped]
        return super().apply_gradients(zip(shares, variables, strict=True), **options)


@contextlib.contextmanager
def _gradients_written_out(model: tf.keras.Model) -> Iterator[None]:
    """See `BiLSTM`."""
    bilstms = [layer for layer in model.layers if isinstance(layer, BiLSTM)]
    for layer in bilstms:
        layer.writes_out_gradient = True
    try:
        yield
    finally:
        for layer in bilstms:
            layer.writes_out_gradient = False


_BEGIN_ANEW = "train without {resume} to begin anew"


class EpochTimer(tf.keras.callbacks.Callback):
    """A Keras callback that notes how long each epoch took, validation included, in `seconds`."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.seconds.append(time.perf_counter() - self.start)


class _EntityF1(tf.keras.callbacks.Callback):
    """Adds the model's strict entity F1 on the validation part to the figures of each epoch."""

    def __init__(self, tagger: tf.keras.Model, validation: Encoded, tag_names: Sequence[str]):
        super().__init__()
        self.tagger = tagger
        self.words = validation.words
        self.names = np.array(tag_names)
        rows = zip(validation.tags, validation.lengths, strict=True)
        self.true = [self.names[tags[:length]].tolist() for tags, length in rows]

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        found = [self.names[tags].tolist() for tags in predict_tags(self.tagger, self.words)]
        logs["val_entity_f1"] = metrics.entity_f1(self.true, found)


class _BestEpoch(EpochTimer):
    """Keeps the weights of the epoch with the highest validation entity F1, and the history.

    Keras's EarlyStopping does that too, but cannot go on after a break, and Keras 2's gives the
    best weights back only if it stopped before the last epoch.
    """

    def __init__(self, checkpoint: "Checkpoint | None"):
        super().__init__()
        self.checkpoint = checkpoint
        self.history: dict[str, list[float]] = {}
        self.weights: list[np.ndarray] = []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        super().on_epoch_end(epoch)
        for name, value in {**(logs or {}), "seconds": self.seconds[-1]}.items():
            self.history.setdefault(name, []).append(float(value))
        if best_epoch(self.history) == epoch:
            self.weights = self.model.get_weights()
        if self.checkpoint:
            self.checkpoint.save(self.model, self)


class Checkpoint:
    """The state of a training run after its last whole epoch, in one file.

    It holds all that the next epoch depends on: the variables of the model and of the optimizer,
    the best epoch's weights and the history. The batches' order follows from the seed and the
    epoch. The file is an `.npz` of plain arrays, written whole or not at all.

    Args:
        path: the file.
        settings: what the run depends on, JSON; a checkpoint with other settings is refused.
    """

    def __init__(self, path: str | os.PathLike, settings: dict):
        self.path = Path(path)
        # What an older version kept, which chose by the accuracy, is another run's.
        self.settings = {
            **settings,
            "tensorflow": tf.__version__,
            "chosen_by": "val_entity_f1",
            "devices": number_of_devices(),
        }

    def members(self, number: int) -> list["Checkpoint"]:
        """For each of so many models that are trained one after the other its own checkpoint, in a
        file beside; of one alone this one."""
        if number == 1:
            return [self]
        return [
            Checkpoint(
                self.path.with_suffix(f".{i}{self.path.suffix}"), self.settings | {"member": i}
            )
            for i in range(1, number + 1)
        ]

    def exists(self) -> bool:
        return self.path.exists()

    def save(self, trainer: tf.keras.Model, best: _BestEpoch) -> None:
        arrays = {
            "variables": [variable.numpy() for variable in _variables(trainer)],
            "best": best.weights,
        }
        named = {f"{name}_{i}": a for name, group in arrays.items() for i, a in enumerate(group)}
        about = json.dumps({"settings": self.settings, "history": best.history})
        with files.whole(self.path) as partial, partial.open("wb") as file:
            np.savez(file, about=np.array(about), **named)

    def restore(self, trainer: tf.keras.Model, best: _BestEpoch) -> None:
        """Give a run the state that was saved.

        Raises:
            CheckpointError: see `fit`.
        """
        try:
            with np.load(self.path, allow_pickle=False) as file:
                arrays = dict(file)
            about = json.loads(arrays["about"].item())
            for name, wanted in self.settings.items():
                if (found := about["settings"].get(name)) != wanted:
                    raise CheckpointError(
                        f"{self.path}: is of a run with {name} {found}, not {wanted}", _BEGIN_ANEW
                    )
            for i, variable in enumerate(_variables(trainer)):
                variable.assign(arrays[f"variables_{i}"])
            best.weights = [arrays[f"best_{i}"] for i in range(len(trainer.get_weights()))]
            best.history = about["history"]
        except CheckpointError:
            raise
        except Exception as error:  # the errors of numpy, zipfile, json and Keras share no class
            raise CheckpointError(
                f"{self.path}: cannot be read ({type(error).__name__})", _BEGIN_ANEW
            ) from None

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


def progress_lines(about: str, epochs: int | None) -> tf.keras.callbacks.Callback:
    """A Keras callback that prints what a training is about when it begins and, with the number of
    epochs, a line after each, for where a progress bar has no place. Where several models are
    trained one after the other, it counts them from the second on."""
    begun = itertools.count(1)

    def begin(logs: dict | None) -> None:
        number = next(begun)
        print(about if number == 1 else f"member {number}", flush=True)

    def say(epoch: int, logs: dict[str, float]) -> None:
        figures = ", ".join(f"{name.replace('_', ' ')} {logs[name]:.4f}" for name in sorted(logs))
        if epochs:
            print(f"epoch {epoch + 1} of {epochs}: {figures}", flush=True)

    return tf.keras.callbacks.LambdaCallback(on_train_begin=begin, on_epoch_end=say)


def _variables(trainer: tf.keras.Model) -> list:
    """All that training changes: weights, what the optimizer keeps, what dropout draws from."""
    devices = tf.distribute.get_strategy()  # each draws for itself
    draws = [
        state
        for layer in _dropouts(trainer)
        for state in devices.experimental_local_results(layer.generator.state)
    ]
    return [*trainer.variables, *trainer.optimizer.variables, *draws]


def _dropouts(model: tf.keras.Model) -> list[Dropout]:
    layers = [getattr(layer, "dropout", layer) for layer in model.layers]  # `WordDropout` has one
    return [layer for layer in layers if isinstance(layer, Dropout)]
