"""The classic recipe: everything padded to 70, TensorFlow Addons' CRF."""

import warnings

from serve import PADDING_WORD, data, serve

from ner_tutorial.training import EpochTimer  # before TensorFlow, which the package quietens

# isort: split
import tensorflow as tf

warnings.filterwarnings("ignore")  # TensorFlow Addons announces its own end at length
import tensorflow_addons as tfa  # noqa: E402

arrays = data()
batch_size = int(arrays["batch_size"])
tf.keras.utils.set_random_seed(1)


class Tagger(tf.keras.Model):
    def __init__(self, num_words: int, num_tags: int):
        super().__init__()
        lstm = tf.keras.layers.LSTM(50, return_sequences=True)
        self.embedding = tf.keras.layers.Embedding(num_words, 14)
        self.bilstm = tf.keras.layers.Bidirectional(lstm)
        self.dense = tf.keras.layers.TimeDistributed(tf.keras.layers.Dense(100, activation="relu"))
        self.crf = tfa.layers.CRF(num_tags)

    def call(self, words):
        mask = tf.not_equal(words, PADDING_WORD)
        return self.crf(self.dense(self.bilstm(self.embedding(words), mask=mask)), mask=mask)

    def train_step(self, batch):
        words, tags = batch
        with tf.GradientTape() as tape:
            _, potentials, lengths, transitions = self(words)
            likelihood, _ = tfa.text.crf_log_likelihood(potentials, tags, lengths, transitions)
            loss = -tf.reduce_mean(likelihood)
        self.optimizer.minimize(loss, self.trainable_variables, tape=tape)
        return {"loss": loss}


model = Tagger(int(arrays["num_words"]), len(arrays["tag_names"]))
model.compile("adam")


def epoch():
    timer = EpochTimer()
    model.fit(arrays["train_words"], arrays["train_tags"], batch_size, verbose=0, callbacks=[timer])
    return timer.seconds[0]


def tag():
    return model.predict(arrays["test_words"], batch_size, verbose=0)[0]


serve(f"TensorFlow {tf.__version__}, tensorflow-addons {tfa.__version__}", epoch, tag)
