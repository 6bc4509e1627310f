"""What each part of char-crf is worth: take it away, or add one more, and train again.

    python benchmarks/ablation.py FILE [--rows NAME ...] [--seeds N] [--whole]

FILE is Kaggle's ner_dataset.csv, or the zip that holds it. The models learn from the first third of
the training part (with --whole, from all of it) and are scored on the validation part; the test
part is not looked at. Writes each row, with the command that makes it, to data/ablation.json when
it is done; a row that is there already, with as many seeds, is not trained again.
"""

import argparse
import json
import sys
from pathlib import Path

from ner_tutorial import batching, corpus, metrics  # first: it quietens TensorFlow's import

# isort: split
import numpy as np
import tensorflow as tf

from ner_tutorial import models
from ner_tutorial.corpus import Sentence
from ner_tutorial.crf import CRF
from ner_tutorial.training import CHAR_CRF, train
from ner_tutorial.vocabulary import NUM_FEATURES, PADDING_TAG_INDEX, Vocabulary

TARGET = Path(__file__).resolve().parent.parent / "data" / "ablation.json"
LETTERS, LETTER_SIZE, FILTERS = 16, 25, 50  # a word's first 16 letters, of 25 numbers each
# For each row what differs from char-crf: in training, in what is added, or else in the model.
TRAINING = dict(CHAR_CRF)
ADDED = ("features", "letters", "second_lstm", "average", "sentence_before")
ROWS: dict[str, dict] = {
    "char-crf": {},
    "without features of the form": {"features": False},
    "without word dropout": {"word_dropout": 0.0},
    "half the word dropout": {"word_dropout": 0.1},
    "less dropout before the LSTM": {"input_dropout": 0.3},
    "without the other dropout": {"input_dropout": 0.0, "hidden_dropout": 0.0},
    "without constrained training": {"constrain_training": False},
    "without decay": {"decay": False},
    "without clipping": {"clip_norm": None},
    "LSTM half as wide": {"units": 64},
    "LSTM wider by half": {"units": 192},
    "batches of 32, half the rate": {"batch_size": 32, "learning_rate": 0.001},
    "with a character CNN": {"letters": True},
    "a character CNN in place of the features": {"letters": True, "features": False},
    "with a second BiLSTM": {"second_lstm": True},
    "with averaged weights": {"average": True},
    "with the sentence before": {"sentence_before": True},
    "the classic recipe": {"classic": True},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--rows", nargs="*", choices=ROWS, default=list(ROWS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--whole", action="store_true")
    options = parser.parse_args()
    sentences = corpus.load(options.file)
    parts = batching.split(sentences)
    training = parts.train if options.whole else parts.train[: len(parts.train) // 3]
    results = json.loads(TARGET.read_text("utf-8")) if TARGET.exists() else {}
    amount = "the training part" if options.whole else "a third of the training part"
    for row in options.rows:
        found = results.setdefault(amount, {}).setdefault(row, {"entity_f1": [], "macro_f1": []})
        for seed in range(len(found["entity_f1"]) + 1, options.seeds + 1):
            micro, macro = run(ROWS[row], seed, training, parts.validation, sentences)
            found["entity_f1"].append(micro)
            found["macro_f1"].append(macro)
            print(f"{row}, seed {seed}: {micro:.4f}, macro {macro:.3f}", flush=True)
            found["deviation"] = (
                round(float(np.std(found["entity_f1"], ddof=1)), 4) if seed > 1 else None
            )
            flags = " --whole" if options.whole else ""
            found["command"] = (
                f"python benchmarks/ablation.py FILE --rows '{row}' --seeds {seed}{flags}"
            )
            results[amount] = {r: results[amount][r] for r in ROWS if r in results[amount]}
            partial = TARGET.with_suffix(".partial")
            partial.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
            partial.replace(TARGET)


def run(change: dict, seed: int, training, validation, sentences) -> tuple[float, float]:
    """Strict entity F1 on the validation part, over all entities and as the mean over the types."""
    tf.keras.utils.set_random_seed(seed)
    is_classic = change.get("classic", False)
    vocabulary = Vocabulary.from_sentences(
        training, tags_from=sentences, min_count=2, min_feature_count=None if is_classic else 3
    )
    names = vocabulary.index2tag
    shown = [training, validation]
    if change.get("sentence_before"):
        before = dict(zip(sentences[1:], sentences, strict=False))
        shown = [
            with_sentence_before(part, before, allowed)
            for part, allowed in ((training, training), (validation, [*training, *validation]))
        ]
    data = [batching.encode(part, vocabulary) for part in shown]
    added, settings, callbacks = {}, TRAINING, []
    if is_classic:
        model = models.bilstm_crf(len(vocabulary.index2word), len(names), names)
        settings = {"epochs": 20, "batch_size": 256}
    else:
        added = {name: change[name] for name in ADDED if name in change}
        settings = TRAINING | {k: v for k, v in change.items() if k in TRAINING}
        in_model = {k: v for k, v in change.items() if k not in {*TRAINING, *ADDED}}
        in_model = {"constrain_training": True} | in_model
        if not added.get("features", True):
            for words, _ in data:  # to the model, every feature is unknown
                words[:, :, 1:] = 0
        sizes = len(vocabulary.index2word), len(vocabulary.index2feature), len(names)
        if added.get("letters") or added.get("second_lstm"):
            if added.get("letters"):
                data = [
                    (np.concatenate([words, letters(part, words.shape[1])], axis=2), tags)
                    for part, (words, tags) in zip(shown, data, strict=True)
                ]
            model = larger(*sizes, names, **{k: added.get(k, False) for k in ADDED[1:3]})
        else:
            model = models.char_crf(*sizes, names, **in_model)
        if added.get("average"):
            callbacks = [AveragedWeights()]
    train(model, *data, seed=seed, verbose=0, callbacks=callbacks, **settings)
    for callback in callbacks:
        callback.put_in()
    found = [vocabulary.decode_tags(tags) for tags in models.predict_tags(model, data[1][0])]
    found = [tags[-len(s) :] for tags, s in zip(found, validation, strict=True)]
    scores = metrics.entity_scores([sentence.tags for sentence in validation], found)["f1"]
    return round(float(scores["all"]), 4), round(float(scores.drop("all").mean()), 4)


def letters(sentences: list[Sentence], length: int) -> np.ndarray:
    """Each word's first letters as numbers, int32 (sentences, length, LETTERS), 0 where none is."""
    table = np.zeros((len(sentences), length, LETTERS), dtype=np.int32)
    for row, sentence in enumerate(sentences):
        for place, word in enumerate(sentence.words):
            codes = [min(ord(letter), 255) for letter in word[:LETTERS]]
            table[row, place, : len(codes)] = codes
    return table


def larger(vocabulary_size, num_features, num_tags, names, letters: bool, second_lstm: bool):
    """`char_crf` with a character CNN (Ma and Hovy, 2016), or with a second BiLSTM."""
    layers = tf.keras.layers
    columns = 1 + NUM_FEATURES + (LETTERS if letters else 0)
    inputs = tf.keras.Input([None, columns], dtype="int32")
    words, features = inputs[:, :, 0], inputs[:, :, 1 : 1 + NUM_FEATURES]
    mask = models.NotPadding()(words)
    form = layers.Embedding(num_features, models.FEATURE_SIZE)(features)
    vectors = [
        layers.Embedding(vocabulary_size, models.WORD_SIZE)(models.WordDropout(0.2)(words)),
        layers.Reshape([-1, NUM_FEATURES * models.FEATURE_SIZE])(form),
    ]
    if letters:
        # shape: (batch, length, LETTERS, LETTER_SIZE)
        spelled = layers.Embedding(256, LETTER_SIZE)(inputs[:, :, 1 + NUM_FEATURES :])
        spelled = layers.Conv2D(FILTERS, (1, 3), padding="same", activation="relu")(spelled)
        spelled = layers.MaxPool2D((1, LETTERS))(spelled)
        vectors.append(layers.Reshape([-1, FILTERS])(spelled))
    hidden = layers.Dropout(0.5)(layers.Concatenate()(vectors))
    for _ in range(2 if second_lstm else 1):
        hidden = layers.Dropout(0.5)(models.BiLSTM(128)(hidden, mask=mask))
    tags, _ = CRF(num_tags, names, PADDING_TAG_INDEX, True, name="crf")(hidden, mask=mask)
    return tf.keras.Model(inputs, tags)


def with_sentence_before(part, before: dict, allowed) -> list[Sentence]:
    """Each sentence of a part behind the one that stands before it in the file, if that is one of
    those allowed: two parts never share a tag."""
    allowed = set(allowed)
    joined = []
    for sentence in part:
        first = before.get(sentence)
        if first in allowed:
            joined.append(Sentence(first.words + sentence.words, first.tags + sentence.tags))
        else:
            joined.append(sentence)
    return joined


class AveragedWeights(tf.keras.callbacks.Callback):
    """A running mean of the weights: a step moves it by a hundredth (Polyak and Juditsky, 1992)."""

    def on_train_begin(self, logs=None):
        self.mean, self.steps = [weight.copy() for weight in self.model.get_weights()], 0

    def on_train_batch_end(self, batch, logs=None):
        steps = int(self.model.optimizer.iterations.numpy())  # Keras may have taken several
        for kept, new in zip(self.mean, self.model.get_weights(), strict=True):
            kept += (1 - 0.99 ** (steps - self.steps)) * (new - kept)
        self.steps = steps

    def put_in(self) -> None:
        self.model.set_weights(self.mean)


if __name__ == "__main__":
    try:
        main()
    except corpus.CorpusError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
