"""Train both models on GMB with the classic sizes and print one table.

    python benchmarks/gmb.py FILE        FILE: Kaggle's ner_dataset.csv, or the zip that holds it

Prints the table and writes every figure to build/gmb.json. The models learn from the training part
alone; each keeps the weights of the epoch with the highest accuracy on the validation part; the
test part is scored at the end. The CRF is built to decode only what IOB2 allows; the table also
shows the softmax decoded so, and the CRF without.
"""

import json
import platform
import sys
from pathlib import Path

# The package goes first: it quietens TensorFlow's import.
from ner_tutorial import batching, corpus, metrics

# isort: split
import numpy as np
import pandas as pd
import tensorflow as tf

from ner_tutorial.models import bilstm_crf, bilstm_softmax, predict_tags
from ner_tutorial.training import EpochTimer, train
from ner_tutorial.vocabulary import Vocabulary

EPOCHS = 20
BATCH_SIZE = 256
SEED = 42
TARGET = Path(__file__).resolve().parent.parent / "build" / "gmb.json"


def main(path: str) -> None:
    tokens = corpus.read_gmb(path)
    all_sentences = corpus.to_sentences(tokens)
    sentences = corpus.keep_short(all_sentences)
    split = batching.split(sentences)
    vocabulary = Vocabulary.from_sentences(sentences)
    training, validation, test = (
        batching.encode(part, vocabulary, corpus.MAX_LENGTH) for part in split
    )
    rest = len(training[0]) + len(validation[0])
    print(
        f"{path}: {len(all_sentences):,} sentences, {len(tokens):,} tokens, "
        f"{(tokens['word'] == 'None').sum()} of them 'None', "
        f"{len(all_sentences) - len(sentences)} sentences over {corpus.MAX_LENGTH} words\n"
        f"vocabulary {len(vocabulary.index2word):,}, tags {len(vocabulary.index2tag)}, "
        f"shapes {(rest, corpus.MAX_LENGTH)} and {test[0].shape}"
    )

    results = {}
    names = vocabulary.index2tag
    sizes = len(vocabulary.index2word), len(names)
    true = [sentence.tags for sentence in split.test]
    for name, build, options in [
        ("BiLSTM-softmax", bilstm_softmax, {}),
        ("BiLSTM-CRF", bilstm_crf, {"tag_names": names}),
    ]:
        tf.keras.utils.set_random_seed(SEED)
        model = build(*sizes, **options)
        timer = EpochTimer()
        history = train(
            model,
            training,
            validation,
            epochs=EPOCHS,
            batch_size=BATCH_SIZE,
            seed=SEED,
            verbose=2,
            callbacks=[timer],
        )
        run = {
            "corpus": Path(path).name,
            "sentences": len(sentences),
            "parameters": model.count_params(),
            "epochs": len(history.epoch),
            "best_epoch": int(np.argmax(history.history["val_accuracy"])) + 1,
            "seconds_per_epoch": float(np.median(timer.seconds)),
        }
        # Both ways to decode: each tag sequence, or only those that IOB2 allows.
        if build is bilstm_softmax:
            free, by_rules = predict_tags(model, test[0]), predict_tags(model, test[0], names)
            predictions = {name: free, f"{name}, by the rules": by_rules}
        else:
            without_rules = build(*sizes)
            without_rules.set_weights(model.get_weights())
            predictions = {
                f"{name}, without the rules": predict_tags(without_rules, test[0]),
                name: predict_tags(model, test[0]),
            }
        for variant, indices in predictions.items():
            predicted = [vocabulary.decode_tags(tags) for tags in indices]
            results[variant] = {**run, **metrics.evaluate(true, predicted)}

    TARGET.parent.mkdir(exist_ok=True)
    partial = TARGET.with_suffix(".partial")
    partial.write_text(json.dumps(results, indent=2), encoding="utf-8")
    partial.replace(TARGET)
    print(f"\nPython {platform.python_version()}, TensorFlow {tf.__version__}, seed {SEED}\n")
    print(as_markdown(results))
    print(f"\nEvery figure: {TARGET}")


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
    try:
        main(sys.argv[1])
    except corpus.CorpusError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
