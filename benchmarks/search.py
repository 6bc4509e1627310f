"""A small search over the settings of training, judged on the validation part.

    python benchmarks/search.py

Trains the BiLSTM-CRF on the sample with each pair of batch size and learning rate, and writes
data/search.json, which lesson 05 shows. The test part is not looked at.
"""

import json
from itertools import product

from ner_tutorial import batching, corpus, metrics  # first: it quietens TensorFlow's import

# isort: split
import tensorflow as tf

from ner_tutorial.models import bilstm_crf, predict_tags
from ner_tutorial.training import train
from ner_tutorial.vocabulary import Vocabulary

BATCH_SIZES = (16, 32, 64)
LEARNING_RATES = (0.001, 0.003, 0.01)
SEED = 42
TARGET = corpus.SAMPLE.with_name("search.json")


def main() -> None:
    sentences = corpus.load(corpus.SAMPLE)
    parts = batching.split(sentences)
    vocabulary = Vocabulary.from_sentences(parts.train, tags_from=sentences, min_count=2)
    training, validation = (
        batching.encode(part, vocabulary) for part in (parts.train, parts.validation)
    )
    true = [sentence.tags for sentence in parts.validation]
    runs = []
    for batch_size, learning_rate in product(BATCH_SIZES, LEARNING_RATES):
        tf.keras.utils.set_random_seed(SEED)
        model = bilstm_crf(len(vocabulary.index2word), len(vocabulary.index2tag))
        settings = {"batch_size": batch_size, "learning_rate": learning_rate, "epochs": 9}
        history = train(model, training, validation, seed=SEED, verbose=0, **settings)
        found = [vocabulary.decode_tags(row) for row in predict_tags(model, validation[0])]
        scores = metrics.evaluate(true, found)
        accuracies = history.history["val_accuracy"]
        best = accuracies.index(max(accuracies)) + 1
        runs.append(
            settings
            | {"best_epoch": best, "validation_entity_f1": round(float(scores["entity_f1"]), 4)}
        )
        print(runs[-1], flush=True)
    partial = TARGET.with_suffix(".partial")
    partial.write_text(json.dumps(runs, indent=1) + "\n", "utf-8")
    partial.replace(TARGET)
    print(f"-> {TARGET}")


if __name__ == "__main__":
    main()
