"""Train on GMB and on the sample, and score each model on both: do their annotations agree?

    python benchmarks/transfer.py FILE        FILE: Kaggle's ner_dataset.csv, or the zip with it

The BiLSTM-CRF knows a word or does not, char-crf also sees its form. Each is trained on the
training part of one corpus and scored on the test part of both; the models of GMB also on the whole
sample. Prints one table of strict entity F1, which the data card shows.
"""

import itertools
import sys

from ner_tutorial import corpus, errors, experiment
from ner_tutorial.batching import split

MODELS = ("crf", "char-crf")
MIN_COUNT = 2  # so that words of the other corpus find a trained vector for unknown ones
SEED = 42


def main(path: str) -> None:
    everything = {"the sample": corpus.load(corpus.SAMPLE), "GMB": corpus.load(path)}
    splits = {name: split(sentences) for name, sentences in everything.items()}
    targets = {f"test part of {name}": parts.test for name, parts in splits.items()}
    targets["the whole sample"] = everything["the sample"]
    print("| model | trained on | " + " | ".join(targets) + " |")
    print("|---" * (len(targets) + 2) + "|")
    for model, (name, sentences) in itertools.product(MODELS, everything.items()):
        train = splits[name].train
        vocabulary = experiment.vocabulary_of(model, sentences, train, MIN_COUNT)
        tagger = experiment.run(model, splits[name], seed=SEED, vocabulary=vocabulary).tagger
        cells = []
        for target, scored in targets.items():
            if name == "the sample" and target == "the whole sample":
                cells.append("")  # most of it is what it was trained on
                continue
            f1 = experiment.score(tagger, scored, corpus.MAX_LENGTH)["entity_f1"]
            cells.append(f"{f1:.3f}")
        print(f"| {model} | {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: python {sys.argv[0]} FILE")
    with errors.one_line():
        main(sys.argv[1])
