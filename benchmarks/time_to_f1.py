"""How many seconds of training until a network is as good as one wants.

    python benchmarks/time_to_f1.py FILE [PYTHON] [--models NAME ...] [--seeds N]

FILE is Kaggle's ner_dataset.csv, or the zip that holds it. For the classic network the mark is the
strict F1 of the classic recipe on the test part, for char-crf a higher one. Ours are trained as
their recipe says; PyTorch, the classic network in the interpreter PYTHON, with the same batches and
epochs, and the best of three learning rates on the validation part. After each epoch the test part
is scored; that takes no time here, and nothing is chosen by it. Prints a row a contestant, and
writes build/time_to_f1.json.
"""

import argparse
import json
import statistics
import subprocess
import time
from pathlib import Path

from bench import ask

from ner_tutorial import batching, corpus, errors, experiment, files, metrics, recipes

# isort: split
import numpy as np
import tensorflow as tf

from ner_tutorial.tagger import Tagger
from ner_tutorial.vocabulary import Vocabulary

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build"
MARKS = {"crf": 0.806, "char-crf": 0.84}
RATES = (1 / 2, 1, 2)  # times ours, for PyTorch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file")
    parser.add_argument("python", nargs="?", help="an interpreter with torch and pytorch-crf")
    parser.add_argument("--models", nargs="*", choices=MARKS, default=list(MARKS))
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    BUILD.mkdir(exist_ok=True)
    sentences = corpus.load(options.file)
    parts = batching.split(sentences)
    seeds = range(1, options.seeds + 1)
    rows = {}
    for name in options.models:
        mark = MARKS[name]
        rows[f"{name}, to {mark}"] = [ours(name, parts, sentences, s, mark) for s in seeds]
    if options.python:
        for kind in ("packed", "padded"):
            rate = best_rate(kind, parts, sentences, options.python)
            rows[f"PyTorch, {kind}, rate {rate:g}, to {MARKS['crf']}"] = [
                theirs(kind, parts, sentences, options.python, rate, s)[0] for s in seeds
            ]
    print_table(rows)
    with files.whole(BUILD / "time_to_f1.json") as partial:
        partial.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


def print_table(rows: dict[str, list[float | None]]) -> None:
    print("\n| | seconds until the mark | median |\n|---|---|---|")
    for name, seconds in rows.items():
        shown = ", ".join("never" if s is None else f"{s:.0f}" for s in seconds)
        median = statistics.median(s if s is not None else np.inf for s in seconds)
        print(f"| {name} | {shown} | {median:.0f} |")


class UntilMark(tf.keras.callbacks.Callback):
    """Scores a part after each epoch; notes the seconds of training until its F1 is at the mark."""

    def __init__(self, score, mark: float):
        super().__init__()
        self.score, self.mark = score, mark
        self.seconds, self.reached = 0.0, None

    def on_train_begin(self, logs=None):
        self.clock = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds += time.perf_counter() - self.clock
        f1 = self.score()
        print(f"  {self.seconds:.1f} s: {f1:.4f}", flush=True)
        if self.reached is None and f1 >= self.mark:
            self.reached = self.seconds
        self.clock = time.perf_counter()


def ours(name: str, parts, sentences, seed: int, mark: float) -> float | None:
    """The seconds of one training, from its start; None if it never comes to the mark."""
    recipe = recipes.Recipe.choose(name, len(parts.train))
    vocabulary = experiment.vocabulary_of(name, sentences, parts.train, recipe.min_count)
    tf.keras.utils.set_random_seed(seed)
    tagger = Tagger.build(name, vocabulary, iob2_only=True)
    until = UntilMark(
        lambda: experiment.score(tagger, parts.test, corpus.MAX_LENGTH)["entity_f1"], mark
    )
    print(f"{name}, seed {seed}", flush=True)
    experiment.run(
        name,
        parts._replace(test=parts.validation),
        recipe,
        seed=seed,
        vocabulary=vocabulary,
        build=lambda _: tagger.model,
        callbacks=[until],
    )
    return until.reached


def best_rate(kind: str, parts, sentences, python: str) -> float:
    """PyTorch's learning rate, chosen on the validation part."""
    ours = recipes.Recipe.choose("crf", len(parts.train)).learning_rate
    tried = parts._replace(test=parts.validation)
    f1 = {r * ours: theirs(kind, tried, sentences, python, r * ours, 0)[1] for r in RATES}
    return max(f1, key=lambda rate: f1[rate])


def theirs(kind, parts, sentences, python, rate, seed) -> tuple[float | None, float]:
    """The seconds of PyTorch until the mark, and its F1 after the last epoch."""
    recipe = recipes.Recipe.choose("crf", len(parts.train))
    vocabulary = Vocabulary.from_sentences(sentences)
    steps = batching.num_batches(len(parts.train), recipe.batch_size) * recipe.epochs
    arrays = {
        "num_words": len(vocabulary.index2word),
        "tag_names": vocabulary.index2tag,
        "batch_size": recipe.batch_size,
        "learning_rate": rate,
        "decay_steps": steps,
        "seed": seed,
    }
    for part in ("train", "test"):
        data = batching.encode(getattr(parts, part), vocabulary, corpus.MAX_LENGTH)
        arrays |= {f"{part}_words": data.words, f"{part}_tags": data.tags}
    path = BUILD / "time_to_f1.npz"
    np.savez(path, **arrays)
    true = [sentence.tags for sentence in parts.test]
    command = [python, HERE / "contestants" / "pytorch.py", path, kind]
    seconds, reached = 0.0, None
    print(f"PyTorch, {kind}, rate {rate:g}, seed {seed}", flush=True)
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as process:
        for _ in range(recipe.epochs):
            seconds += ask(process, "epoch")["seconds"]
            tags = ask(process, "tag")["tags"]
            f1 = metrics.evaluate(true, [vocabulary.decode_tags(row) for row in tags])["entity_f1"]
            print(f"  {seconds:.1f} s: {f1:.4f}", flush=True)
            if reached is None and f1 >= MARKS["crf"]:
                reached = seconds
        process.stdin.close()
    return reached, f1


if __name__ == "__main__":
    with errors.one_line():
        main()
