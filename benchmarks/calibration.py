"""How far a model's confidence can be believed, for each network.

    python benchmarks/calibration.py FILE [--dev FILE] [--test FILE] [--seeds N]

FILE is a corpus. Without --dev and --test, its parts are drawn as everywhere. Each network trains
by its recipe; then the words of the entities that it finds on the validation part are sorted by
their confidence. Prints a table: the expected calibration error over these words (0 where a
confidence of 0.9 means right in nine cases of ten), the share of them with a confidence below one
half, and how many of those are right all the same.
"""

import argparse

from ner_tutorial import batching, corpus, errors, experiment  # quietens TensorFlow's import

# isort: split
import numpy as np

from ner_tutorial.decoding import predict_confidence
from ner_tutorial.metrics import expected_calibration_error
from ner_tutorial.recipes import RECIPES
from ner_tutorial.tagger import Tagger


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--dev")
    parser.add_argument("--test")
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    parts = batching.split(corpus.load(options.file))
    if options.dev:
        parts = batching.Split(corpus.load(options.file), corpus.load(options.dev), parts.test)
    if options.test:
        parts = parts._replace(test=corpus.load(options.test))
    print(
        "| | seed | words | calibration error | below 0.5 | of these right |\n" + "|---" * 6 + "|"
    )
    for name in RECIPES:
        for seed in range(1, options.seeds + 1):
            tagger = experiment.run(name, parts, seed=seed).tagger
            sure, right = words_of_entities(tagger, parts.validation)
            low = sure < 0.5
            cells = [
                f"{len(sure):,}",
                f"{expected_calibration_error(sure, right):.3f}",
                f"{low.mean():.1%}",
                f"{right[low].mean():.0%}" if low.any() else "",
            ]
            print(f"| {name} | {seed} | {' | '.join(cells)} |", flush=True)


def words_of_entities(tagger: Tagger, sentences: list) -> tuple[np.ndarray, np.ndarray]:
    """Of each word that the model takes for part of an entity its confidence, and whether it is
    right."""
    data = batching.encode(sentences, tagger.vocabulary)
    outside = tagger.vocabulary.tag2index["O"]
    sure, right = [], []
    found = predict_confidence(tagger.model, data.words)
    for (tags, confidences), wanted in zip(found, data.tags, strict=True):
        is_entity = tags != outside
        sure.append(confidences[is_entity])
        right.append(tags[is_entity] == wanted[: len(tags)][is_entity])
    return np.concatenate(sure), np.concatenate(right)


if __name__ == "__main__":
    with errors.one_line():
        main()
