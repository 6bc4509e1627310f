"""Train on GMB and on the sample, and score each model on both: do their annotations agree?

    python benchmarks/transfer.py FILE        FILE: Kaggle's ner_dataset.csv, or the zip with it

Each model is a BiLSTM-CRF that decodes by the rules of IOB2, trained on the training part of its
corpus and scored on the test part of both; the model of GMB also on the whole sample. Prints one
table of strict entity F1, which the data card shows.
"""

import sys
from pathlib import Path

from ner_tutorial import batching, corpus, metrics  # first: it quietens TensorFlow's import

# isort: split
import tensorflow as tf

from ner_tutorial.models import bilstm_crf, predict_tags
from ner_tutorial.training import train
from ner_tutorial.vocabulary import Vocabulary

SEED = 42
SETTINGS = {
    "the sample": {"epochs": 9, "batch_size": 32, "learning_rate": 0.003},
    "GMB": {"epochs": 20, "batch_size": 256, "learning_rate": 0.001, "patience": 3},
}


def main(path: str) -> None:
    everything = {"the sample": corpus.load(corpus.SAMPLE), "GMB": corpus.load(path)}
    splits = {name: batching.split(sentences) for name, sentences in everything.items()}
    targets = {f"test part of {name}": parts.test for name, parts in splits.items()}
    targets["the whole sample"] = everything["the sample"]
    print("| trained on | " + " | ".join(targets) + " |\n" + "|---" * (len(targets) + 1) + "|")
    for name, parts in splits.items():
        vocabulary = Vocabulary.from_sentences(parts.train, tags_from=everything[name], min_count=2)
        names = vocabulary.index2tag
        training, validation = (
            batching.encode(part, vocabulary) for part in (parts.train, parts.validation)
        )
        tf.keras.utils.set_random_seed(SEED)
        model = bilstm_crf(len(vocabulary.index2word), len(names), tag_names=names)
        train(model, training, validation, seed=SEED, verbose=0, **SETTINGS[name])
        cells = []
        for target, sentences in targets.items():
            if name == "the sample" and target == "the whole sample":
                cells.append("")  # most of it is what it was trained on
                continue
            words, _ = batching.encode(sentences, vocabulary)
            found = [vocabulary.decode_tags(tags) for tags in predict_tags(model, words)]
            scores = metrics.entity_scores([sentence.tags for sentence in sentences], found)
            cells.append(f"{scores.at['all', 'f1']:.3f}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: python {Path(sys.argv[0]).name} FILE")
    try:
        main(sys.argv[1])
    except corpus.CorpusError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
