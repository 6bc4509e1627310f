"""Train every system on GMB, score it on the test part, and write the table of results.

    python benchmarks/results.py FILE [--split documents] [--python PYTHON] [--seeds N]

FILE is Kaggle's ner_dataset.csv, or the zip that holds it. PYTHON is an interpreter with spaCy
(`make results` makes one), on a cluster one that each worker has; without it, spaCy is left out.

Each run is kept in build/results/ when it is done, its predictions included, and never trained
twice: to go on after a break, start the program again; to repeat a run, remove its file. After each
one the figures of all go to data/results.json, which lessons 05 and 06 read, and the tables to
benchmarks/results.md; so they do if nothing is left to train.

The split is the common one, or, with `--split documents`, one that divides no document: whole runs
of 200 sentences are drawn, and what occurs in two parts stays in the one that comes later (the test
part first of all), so that nothing that is tested was trained on.

Every system learns from the training part alone, words included. The test part is scored once a
run.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import tempfile
import time
from datetime import date
from importlib.metadata import version
from itertools import product
from pathlib import Path

# First, for it quietens TensorFlow's import.
from ner_tutorial import baselines, batching, corpus, errors, experiment, files

# isort: split
import numpy as np
import runs
import tensorflow as tf
from report import CONSTRAINED, SPLITS, report

from ner_tutorial.decoding import predict_tags
from ner_tutorial.recipes import TAGGING_BATCH_SIZE, Recipe

HERE = Path(__file__).resolve().parent
RUNS = HERE.parent / "build" / "results"
TARGET = corpus.SAMPLE.with_name("results.json")
TABLES = HERE / "results.md"
OURS = ("softmax", "crf", "char-crf", "ensemble")
SPACY = HERE / "contestants" / "spacy_ner.py"
RUN_LENGTH = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--split", choices=SPLITS, default="common")
    parser.add_argument("--python", help="an interpreter with spaCy")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    RUNS.mkdir(parents=True, exist_ok=True)
    sentences = corpus.load(options.file)
    parts = batching.split(sentences) if options.split == "common" else by_documents(sentences)
    seeds = range(1, options.seeds + 1)
    todo = [*product(seeds, OURS), (1, "crfsuite")]  # which draws nothing at random
    spacy = None
    if options.python:
        todo += product(seeds, ["spacy"])
        spacy = [options.python, "-c", SPACY.read_text("utf-8")]
    targets = {(seed, system): f"{options.split}-{system}-{seed}" for seed, system in todo}
    missing = [run for run, name in targets.items() if not (RUNS / f"{name}.json").exists()]
    for (seed, system), run in runs.each(train, (sentences, parts, spacy), missing):
        name = targets[seed, system]
        run |= {"system": system, "seed": seed, "split": options.split}
        with files.whole(RUNS / f"{name}.json") as partial:
            partial.write_text(json.dumps(run), "utf-8")
        print(f"{name}: {run['date']}", flush=True)
        report(RUNS, TARGET, TABLES, options.split, parts)
    if not missing:
        report(RUNS, TARGET, TABLES, options.split, parts)


def by_documents(sentences: list[corpus.Sentence]) -> batching.Split:
    """The file keeps a document's sentences together: a run of 200 cuts few documents."""
    runs = np.arange(len(sentences)) // RUN_LENGTH
    parts = batching.split(sentences, groups=runs)
    test = {sentence.words for sentence in parts.test}
    validation = [sentence for sentence in parts.validation if sentence.words not in test]
    seen = test | {sentence.words for sentence in validation}
    kept = [sentence for sentence in parts.train if sentence.words not in seen]
    return batching.Split(kept, validation, parts.test)


def train(material: tuple, seed: int, system: str) -> dict:
    """One run of any system: its predictions, and what it took."""
    sentences, parts, spacy = material
    if system == "crfsuite":
        run = train_linear_crf(parts)
    elif system == "spacy":
        run = train_spacy(seed, parts, spacy)
    else:
        run = train_ours(system, seed, parts, sentences)
    load = round(os.getloadavg()[2], 1)  # of the last quarter of an hour
    return run | {"date": str(date.today()), "load": load}


def train_ours(
    system: str, seed: int, parts: batching.Split, sentences: list[corpus.Sentence]
) -> dict:
    """One run of one of the course's models."""
    clock, cpu = time.perf_counter(), cpu_seconds()
    vocabulary = experiment.vocabulary_of(system, sentences, parts.train, min_count=2)
    result = experiment.run(system, parts, seed=seed, vocabulary=vocabulary, verbose=2)
    trained, trained_cpu = time.perf_counter() - clock, cpu_seconds() - cpu
    model, words = result.tagger.model, batching.encode(parts.test, vocabulary).words
    predict_tags(model, words[:TAGGING_BATCH_SIZE])  # makes the graph
    clock = time.perf_counter()
    tags = {system: predict_tags(model, words)}
    rate = len(words) / (time.perf_counter() - clock)
    if system == "softmax":
        tags[CONSTRAINED] = predict_tags(model, words, vocabulary.index2tag)
    return {
        "predictions": {
            name: [vocabulary.decode_tags(t) for t in rows] for name, rows in tags.items()
        },
        **{name: result.figures[name] for name in ("parameters", "epochs", "seconds_per_epoch")},
        "best_epoch": result.best_epoch,
        "minutes": trained / 60,
        "cpu_minutes": trained_cpu / 60,
        "sentences_per_second": rate,
        "versions": f"Python {platform.python_version()}, TensorFlow {tf.__version__}",
    }


def train_linear_crf(parts: batching.Split) -> dict:
    """The one run of the linear CRF."""
    clock, cpu = time.perf_counter(), cpu_seconds()
    model = baselines.linear_crf(parts.train)
    trained, trained_cpu = time.perf_counter() - clock, cpu_seconds() - cpu
    clock = time.perf_counter()
    predicted = model.predict([baselines.window_features(s.words) for s in parts.test])
    return {
        "predictions": {"crfsuite": [list(tags) for tags in predicted]},
        "parameters": len(model.state_features_) + len(model.transition_features_),
        "minutes": trained / 60,
        "cpu_minutes": trained_cpu / 60,
        "sentences_per_second": len(predicted) / (time.perf_counter() - clock),
        "versions": f"sklearn-crfsuite {version('sklearn-crfsuite')}",
    }


def train_spacy(seed: int, parts: batching.Split, program: list[str]) -> dict:
    """One run of spaCy, in its own environment."""
    content = {name: [[s.words, s.tags] for s in part] for name, part in parts._asdict().items()}
    epochs = Recipe.choose("char-crf", len(parts.train)).epochs
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.json"
        data.write_text(json.dumps(content), "utf-8")
        done = subprocess.run(
            [*program, data, str(seed), str(epochs)], stdout=subprocess.PIPE, text=True, check=True
        )
    run = json.loads(done.stdout.splitlines()[-1])
    return {**run, "predictions": {"spacy": run["predictions"]}}


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    with errors.one_line():
        main()
