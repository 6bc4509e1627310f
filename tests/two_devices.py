"""Trains on one device and on two, each half of the CPU, and prints what each run found as JSON.

A program, for TensorFlow's devices are set before it starts: see test_training.py.
"""

import json
import shutil
import sys
from contextlib import nullcontext

import numpy as np
import tensorflow as tf

(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

import test_training as one  # noqa: E402, with its models and its corpus

from ner_tutorial import training  # noqa: E402
from ner_tutorial.layers import BiLSTM, Dropout, Embedding  # noqa: E402


class Masked(Dropout):
    """Passes its mask on, as a BiLSTM, which takes long to build."""

    def call(self, vectors, mask=None, training=False):
        return super().call(vectors, training=training)


def network(crf=False, rate=0.0):
    tf.keras.utils.set_random_seed(1)
    words = tf.keras.Input([None], dtype="int32")
    mask = one.NotPadding()(words)
    vectors = Masked(rate)(Embedding(one.WORDS, 8)(words), mask=mask)
    if crf:
        tags, _ = one.CRF(one.TAGS, padding_tag=0, name="crf")(vectors, mask=mask)
    else:
        tags = tf.keras.layers.Dense(one.TAGS, activation="softmax")(vectors)
    return tf.keras.Model(words, tags)


def history(model, data, **options):
    clipped = one.recipe(epochs=2, clip_norm=0.1)  # a norm that every step exceeds
    found = one.fit_quietly(model, data, one.first_of(data, 21), clipped, **options)
    return one.without_seconds(found)


def refused(strategy, **options):
    with strategy.scope():
        try:
            one.fit_quietly(network(), even, even, one.recipe(epochs=1, **options))
        except ValueError as error:
            return str(error)


def losses_where_one_has_no_sentence():
    """Compiled and trained as Keras's own models are: three sentences, in batches of two."""
    words = tf.keras.Input([None], dtype="int32")
    vectors = tf.keras.layers.Embedding(20, 8, mask_zero=True)(words)
    crf = one.CRF(4, padding_tag=0, name="crf")
    _, scores = crf(Dropout(0.1)(BiLSTM(4)(vectors)))
    trainer = tf.keras.Model(words, scores)
    trainer.compile(tf.keras.optimizers.Adam(0.1), loss=crf.loss, metrics=[crf.accuracy])
    x = np.array([[5, 6, 7], [8, 9, 5], [7, 7, 9]])
    return trainer.fit(x, x % 3 + 1, batch_size=2, epochs=8, verbose=0).history["loss"]


mirrored = training.mirrored()
even, odd = one.toy_corpus(44), one.toy_corpus(41)
found = {"devices": mirrored.num_replicas_in_sync}
for devices, scope in (("one", nullcontext), ("two", mirrored.scope)):
    with scope():
        found[devices] = [history(network(crf), even) for crf in (False, True)]
with mirrored.scope():
    found["none for one"] = losses_where_one_has_no_sentence()
    whole, half = training.Checkpoint(sys.argv[1], {}), training.Checkpoint(sys.argv[2], {})

    def copy(epoch, logs):  # what a run that is killed now leaves behind
        if epoch == 1:
            shutil.copy(whole.path, half.path)

    copying = tf.keras.callbacks.LambdaCallback(on_epoch_begin=copy)
    found["whole"] = history(network(rate=0.5), odd, checkpoint=whole, callbacks=[copying])
    found["resumed"] = history(network(rate=0.5), odd, checkpoint=half, resume=True)
try:
    history(network(), odd, checkpoint=training.Checkpoint(sys.argv[1], {}), resume=True)
except ValueError as error:
    found["resumed on one"] = str(error)
found["odd batches"] = refused(mirrored, batch_size=15)
found["other"] = refused(tf.distribute.OneDeviceStrategy("CPU:0"))
print(json.dumps(found))
