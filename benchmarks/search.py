"""A small search over the settings of training, judged on the validation part.

    python benchmarks/search.py [FILE]        FILE: a corpus; by default the sample

Trains the BiLSTM-CRF with each pair of batch size and learning rate around those of its recipe, and
writes data/search.json, which lesson 05 shows. The test part is not looked at.
"""

import json
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path

from ner_tutorial import batching, corpus, errors, experiment, files
from ner_tutorial.recipes import Recipe

SIZES = (1 / 2, 1, 2)  # times the recipe's
RATES = (1 / 3, 1, 10 / 3)
SEED = 42
TARGET = corpus.SAMPLE.with_name("search.json")


def main(path: Path = corpus.SAMPLE) -> None:
    sentences = corpus.load(path)
    parts = batching.split(sentences)
    parts = parts._replace(test=parts.validation)
    vocabulary = experiment.vocabulary_of("crf", sentences, parts.train, min_count=2)
    recipe = Recipe.choose("crf", len(parts.train))
    runs = []
    for size, rate in product(SIZES, RATES):
        tried = replace(
            recipe,
            batch_size=round(recipe.batch_size * size),
            learning_rate=round(recipe.learning_rate * rate, 6),
        )
        result = experiment.run(
            "crf", parts, tried, seed=SEED, vocabulary=vocabulary, iob2_only=False
        )
        settings = {
            name: getattr(tried, name) for name in ("batch_size", "learning_rate", "epochs")
        }
        f1 = round(result.figures["entity_f1"], 4)
        runs.append({**settings, "best_epoch": result.best_epoch, "validation_entity_f1": f1})
        print(runs[-1], flush=True)
    with files.whole(TARGET) as partial:
        partial.write_text(json.dumps(runs, indent=1) + "\n", "utf-8")
    print(f"-> {TARGET}")


if __name__ == "__main__":
    with errors.one_line():
        main(*map(Path, sys.argv[1:]))
