"""What each part of char-crf is worth: take it away, or add one more, and train again.

    python benchmarks/ablation.py FILE [--rows NAME ...] [--seeds N] [--whole]

FILE is Kaggle's ner_dataset.csv, or the zip that holds it. The models learn from the first third of
the training part (with --whole, from all of it) and are scored on the validation part; the test
part is not looked at. Writes each row, with the command that makes it, to data/ablation.json when
it is done; a row that is there already, with as many seeds, is not trained again. Lesson 6 reads
the file.
"""

import argparse
import json
import sys
from pathlib import Path

from ner_tutorial import batching, corpus, metrics  # first: it quietens TensorFlow's import

# isort: split
import numpy as np
import tensorflow as tf

from ner_tutorial.models import bilstm_crf, char_crf, predict_tags
from ner_tutorial.training import CHAR_CRF, train
from ner_tutorial.vocabulary import Vocabulary

TARGET = Path(__file__).resolve().parent.parent / "data" / "ablation.json"
# For each row what differs from char-crf: in the model, in training, and in what it is given.
MODEL, TRAINING, DATA = {"constrain_training": True}, dict(CHAR_CRF), {"features": True}
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
    data = [batching.encode(part, vocabulary) for part in (training, validation)]
    names = vocabulary.index2tag
    if is_classic:
        model = bilstm_crf(len(vocabulary.index2word), len(names), names)
        settings = {"epochs": 20, "batch_size": 256}
    else:
        if not change.get("features", True):
            for words, _ in data:  # to the model, every feature is unknown
                words[:, :, 1:] = 0
        sizes = len(vocabulary.index2word), len(vocabulary.index2feature), len(names)
        in_model = MODEL | {k: v for k, v in change.items() if k not in TRAINING | DATA}
        model = char_crf(*sizes, names, **in_model)
        settings = TRAINING | {k: v for k, v in change.items() if k in TRAINING}
    train(model, *data, seed=seed, verbose=0, **settings)
    found = [vocabulary.decode_tags(tags) for tags in predict_tags(model, data[1][0])]
    scores = metrics.entity_scores([sentence.tags for sentence in validation], found)["f1"]
    return round(float(scores["all"]), 4), round(float(scores.drop("all").mean()), 4)


if __name__ == "__main__":
    try:
        main()
    except corpus.CorpusError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
