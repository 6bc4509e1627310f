"""Train both models on GMB with the classic sizes and recipe, and print one table.

    python benchmarks/gmb.py FILE        FILE: Kaggle's ner_dataset.csv, or the zip that holds it

Prints the table and writes every figure to build/gmb.json. The models learn from the training part
alone; each keeps the weights of the epoch with the highest entity F1 on the validation part; the
test part is scored at the end. The CRF is built to decode only what IOB2 allows; the table also
shows the softmax decoded so, and the CRF without.
"""

import json
import platform
import sys
from pathlib import Path

# The package goes first: it quietens TensorFlow's import.
from ner_tutorial import corpus, errors, experiment, files, metrics

# isort: split
import pandas as pd
import tensorflow as tf

from ner_tutorial.batching import encode
from ner_tutorial.decoding import predict_tags
from ner_tutorial.recipes import CLASSIC
from ner_tutorial.tagger import Tagger

SEED = 42
MODELS = ("softmax", "crf")
TARGET = Path(__file__).resolve().parent.parent / "build" / "gmb.json"


def main(path: str) -> None:
    tokens = corpus.read_gmb(path)
    all_sentences = corpus.to_sentences(tokens)
    sentences = corpus.keep_short(all_sentences)
    softmax, crf = (
        experiment.run(name, sentences, CLASSIC, seed=SEED, verbose=2) for name in MODELS
    )
    parts, vocabulary = crf.parts, crf.tagger.vocabulary
    print(
        f"{path}: {len(all_sentences):,} sentences, {len(tokens):,} tokens, "
        f"{(tokens['word'] == 'None').sum()} of them 'None', "
        f"{len(all_sentences) - len(sentences)} sentences over {corpus.MAX_LENGTH} words\n"
        f"vocabulary {len(vocabulary.index2word):,}, tags {len(vocabulary.index2tag)}, "
        f"shapes {(len(parts.train) + len(parts.validation), corpus.MAX_LENGTH)} and "
        f"{(len(parts.test), corpus.MAX_LENGTH)}"
    )
    results = {
        "BiLSTM-softmax": figures(softmax, softmax.figures),
        "BiLSTM-softmax, by the rules": figures(softmax, by_the_rules(softmax)),
        "BiLSTM-CRF, without the rules": figures(crf, without_the_rules(crf)),
        "BiLSTM-CRF": figures(crf, crf.figures),
    }
    about = {"corpus": Path(path).name, "sentences": len(sentences)}
    results = {name: about | row for name, row in results.items()}
    with files.whole(TARGET) as partial:
        partial.write_text(json.dumps(results, indent=2), encoding="utf-8")
    print(f"\nPython {platform.python_version()}, TensorFlow {tf.__version__}, seed {SEED}\n")
    print(as_markdown(results))
    print(f"\nEvery figure: {TARGET}")


def figures(result: experiment.Result, scores: dict) -> dict:
    return {**result.figures, "best_epoch": result.best_epoch, **scores}


def by_the_rules(result: experiment.Result) -> dict:
    """The figures of a softmax that is decoded over the sequences that IOB2 allows."""
    vocabulary, test = result.tagger.vocabulary, result.parts.test
    words = encode(test, vocabulary).words
    found = predict_tags(result.tagger.model, words, vocabulary.index2tag)
    true = [sentence.tags for sentence in test]
    return metrics.evaluate(true, [vocabulary.decode_tags(tags) for tags in found])


def without_the_rules(result: experiment.Result) -> dict:
    """The figures of a CRF that may give any sequence of tags."""
    free = Tagger.build("crf", result.tagger.vocabulary, iob2_only=False)
    free.model.set_weights(result.tagger.model.get_weights())
    return experiment.score(free, result.parts.test, corpus.MAX_LENGTH)


def as_markdown(results: dict) -> str:
    formats = {
        "parameters": "{:,}",
        "seconds_per_epoch": "{:.1f}",
        "token_accuracy": "{:.4f}",
        "token_accuracy_with_padding": "{:.4f}",
        "entity_precision": "{:.4f}",
        "entity_recall": "{:.4f}",
        "entity_f1": "{:.4f}",
        "entity_f1_lenient": "{:.4f}",
        "invalid_tags": "{}",
    }
    table = pd.DataFrame(results)
    lines = ["| | " + " | ".join(table.columns) + " |", "|---" * (len(table.columns) + 1) + "|"]
    for row, form in formats.items():
        cells = " | ".join(form.format(value) for value in table.loc[row])
        lines.append(f"| {row.replace('_', ' ')} | {cells} |")
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: python {sys.argv[0]} FILE")
    with errors.one_line():
        main(sys.argv[1])
