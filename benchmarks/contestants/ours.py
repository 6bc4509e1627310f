"""This course's BiLSTM-CRF: batches by length, our CRF layer."""

import itertools

from serve import data, serve

import ner_tutorial  # first: it quietens TensorFlow's import

# isort: split
import tensorflow as tf

from ner_tutorial.batching import Encoded, lengths, num_batches, training_batches
from ner_tutorial.decoding import predict_tags
from ner_tutorial.models import bilstm_crf
from ner_tutorial.training import EpochTimer, compile_trainer

arrays = data()
batch_size = int(arrays["batch_size"])
words = arrays["train_words"]
train = Encoded(words, arrays["train_tags"], lengths(words))
tf.keras.utils.set_random_seed(1)
model = bilstm_crf(int(arrays["num_words"]), len(arrays["tag_names"]), arrays["tag_names"].tolist())
trainer = compile_trainer(model)
model.get_layer("bilstm").writes_out_gradient = True  # as `training.fit` does
steps = num_batches(len(words), batch_size)
# The other contestants do not count right tags in training; here, that is a decoding each step.
trainer.compile(trainer.optimizer, loss=trainer.loss, jit_compile=False)
epochs_done = itertools.count()


def epoch():
    batches = training_batches(train, batch_size, seed=1, first_epoch=next(epochs_done))
    timer = EpochTimer()
    trainer.fit(batches, steps_per_epoch=steps, verbose=0, shuffle=False, callbacks=[timer])
    return timer.seconds[0]


def tag():
    return predict_tags(model, arrays["test_words"])


serve(f"ner_tutorial {ner_tutorial.__version__}, TensorFlow {tf.__version__}", epoch, tag)
