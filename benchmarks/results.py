"""Train every system on GMB, score it on the test part, and write the table of results.

    python benchmarks/results.py FILE [--split documents] [--python PYTHON] [--seeds N]

FILE is Kaggle's ner_dataset.csv, or the zip that holds it. PYTHON is an interpreter with
sklearn-crfsuite and spaCy (`make results` makes one); without it, these two are left out.

Each run is kept in build/results/ when it is done, its predictions included, and never trained
twice: to go on after a break, start the program again; to repeat a run, remove its file. After each
one the figures of all go to benchmarks/results.json, and the tables to benchmarks/results.md; so
they do if nothing is left to train.

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
import sys
import time
from datetime import date
from itertools import product
from pathlib import Path

from ner_tutorial import batching, corpus, metrics  # first: it quietens TensorFlow's import

# isort: split
import numpy as np
import tensorflow as tf

from ner_tutorial import models
from ner_tutorial.training import CHAR_CRF, EpochTimer, train
from ner_tutorial.vocabulary import Vocabulary

HERE = Path(__file__).resolve().parent
RUNS = HERE.parent / "build" / "results"
CLASSIC = {"epochs": 20, "batch_size": 256, "learning_rate": 0.001}
OURS = ("char-crf", "crf", "softmax")
PROGRAMS = {"crfsuite": "crfsuite.py", "spacy": "spacy_ner.py"}
STRONG, CONSTRAINED = "char-crf", "softmax, by the rules"
NAMES = {
    "softmax": "BiLSTM-softmax",
    CONSTRAINED: "BiLSTM-softmax, decoded by the rules",
    "crf": "BiLSTM-CRF",
    "crfsuite": "sklearn-crfsuite, the usual features",
    "spacy": "spaCy's NER, from scratch",
    STRONG: "char-crf",
}
SPLITS = {
    "common": "The common split: sentences drawn at random",
    "documents": "A split that divides no document: runs of 200 sentences, no repeats across parts",
}
DRAWS = 1000
RUN_LENGTH = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--split", choices=SPLITS, default="common")
    parser.add_argument("--python", help="an interpreter with sklearn-crfsuite and spaCy")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    RUNS.mkdir(parents=True, exist_ok=True)
    sentences = corpus.load(options.file)
    parts = batching.split(sentences) if options.split == "common" else by_documents(sentences)
    todo = list(product(range(1, options.seeds + 1), OURS))
    if options.python:
        todo += [(1, "crfsuite"), *((seed, "spacy") for seed in range(1, options.seeds + 1))]
    targets = {
        RUNS / f"{options.split}-{system}-{seed}.json": (seed, system) for seed, system in todo
    }
    missing = {target: run for target, run in targets.items() if not target.exists()}
    for target, (seed, system) in missing.items():
        print(f"{target.stem}: {date.today()}", flush=True)
        if system in OURS:
            run = train_ours(system, seed, parts, sentences)
        else:
            run = train_other(system, seed, parts, options.python)
        run |= {"system": system, "seed": seed, "split": options.split, "date": str(date.today())}
        run["load"] = round(os.getloadavg()[2], 1)  # of the last quarter of an hour
        write(target, json.dumps(run))
        report(options.split, parts.test)
    if not missing:
        report(options.split, parts.test)


def by_documents(sentences: list[corpus.Sentence]) -> batching.Split:
    """The file keeps a document's sentences together: a run of 200 cuts few documents."""
    runs = np.arange(len(sentences)) // RUN_LENGTH
    parts = batching.split(sentences, groups=runs)
    test = {sentence.words for sentence in parts.test}
    validation = [sentence for sentence in parts.validation if sentence.words not in test]
    seen = test | {sentence.words for sentence in validation}
    kept = [sentence for sentence in parts.train if sentence.words not in seen]
    return batching.Split(kept, validation, parts.test)


def train_ours(
    system: str, seed: int, parts: batching.Split, sentences: list[corpus.Sentence]
) -> dict:
    """One run of one of the course's models: its predictions, and what it took."""
    clock, cpu = time.perf_counter(), cpu_seconds()
    strong = system == STRONG
    vocabulary = Vocabulary.from_sentences(
        parts.train, tags_from=sentences, min_count=2, min_feature_count=3 if strong else None
    )
    names = vocabulary.index2tag
    arrays = [batching.encode(part, vocabulary) for part in parts]
    tf.keras.utils.set_random_seed(seed)
    sizes = len(vocabulary.index2word), len(names)
    if strong:
        sizes = len(vocabulary.index2word), len(vocabulary.index2feature), len(names)
        model = models.char_crf(*sizes, names, constrain_training=True)
    elif system == "crf":
        model = models.bilstm_crf(*sizes, names)
    else:
        model = models.bilstm_softmax(*sizes)
    timer = EpochTimer()
    settings = CHAR_CRF if strong else CLASSIC
    history = train(model, *arrays[:2], seed=seed, verbose=2, callbacks=[timer], **settings).history
    trained, trained_cpu = time.perf_counter() - clock, cpu_seconds() - cpu
    words = arrays[2][0]
    models.predict_tags(model, words[:256])  # makes the graph
    clock = time.perf_counter()
    found = models.predict_tags(model, words)
    tagging = len(words) / (time.perf_counter() - clock)
    tags = {system: found}
    if system == "softmax":
        tags[CONSTRAINED] = models.predict_tags(model, words, names)
    return {
        "predictions": {
            name: [vocabulary.decode_tags(t) for t in rows] for name, rows in tags.items()
        },
        "parameters": int(model.count_params()),
        "epochs": len(history["loss"]),
        "best_epoch": int(np.argmax(history["val_accuracy"])) + 1,
        "seconds_per_epoch": float(np.median(timer.seconds)),
        "minutes": trained / 60,
        "cpu_minutes": trained_cpu / 60,
        "sentences_per_second": tagging,
        "versions": f"Python {platform.python_version()}, TensorFlow {tf.__version__}",
    }


def train_other(system: str, seed: int, parts: batching.Split, python: str) -> dict:
    """One run of another system, in its own environment."""
    data = RUNS / "data.json"
    content = {name: [[s.words, s.tags] for s in part] for name, part in parts._asdict().items()}
    write(data, json.dumps(content))
    program = HERE / "contestants" / PROGRAMS[system]
    done = subprocess.run(
        [python, program, data, str(seed)], stdout=subprocess.PIPE, text=True, check=True
    )
    data.unlink()
    run = json.loads(done.stdout.splitlines()[-1])
    return {**run, "predictions": {system: run["predictions"]}}


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def report(split: str, test: list[corpus.Sentence]) -> None:
    """Write the figures of all runs on this split, beside those on the other."""
    target = HERE / "results.json"
    figures = json.loads(target.read_text("utf-8")) if target.exists() else {}
    figures[split] = summarize(split, [sentence.tags for sentence in test])
    write(target, json.dumps(figures, indent=1) + "\n")
    write(HERE / "results.md", as_markdown(figures))


def summarize(split: str, true: list[tuple[str, ...]]) -> dict:
    """For each system its figures, one for each seed, and how they compare with char-crf's."""
    systems: dict[str, dict] = {}
    counts: dict[str, list[np.ndarray]] = {}
    types = sorted({tag[2:] for tags in true for tag in tags} - {""})
    for path in sorted(RUNS.glob(f"{split}-*.json")):
        run = json.loads(path.read_text("utf-8"))
        for system, predicted in run.pop("predictions").items():
            figures = {**run, **metrics.evaluate(true, predicted)}
            per_type = figures.pop("per_type")
            figures["f1_by_type"] = {kind: per_type[kind]["f1"] for kind in types}
            figures["macro_f1"] = float(np.mean([per_type[kind]["f1"] for kind in types]))
            entry = systems.setdefault(system, {})
            for name, value in figures.items():
                entry.setdefault(name, []).append(value)
            counts.setdefault(system, []).append(count_entities(true, predicted, types))
    draws = np.random.default_rng(42).integers(0, len(true), (DRAWS, len(true)))
    f1 = {system: bootstrap(np.stack(runs), draws) for system, runs in counts.items()}
    for system, (micro, macro) in f1.items():
        systems[system]["macro_f1_interval"] = interval(macro)
        if STRONG in f1 and system != STRONG:
            systems[system]["char_crf_ahead_by"] = interval(f1[STRONG][0] - micro)
    return systems


def count_entities(true, predicted, types: list[str]) -> np.ndarray:
    """For each sentence and type, how many entities are right, found and wanted."""
    counts = np.zeros((len(true), len(types), 3))
    for row, pair in enumerate(zip(true, predicted, strict=True)):
        wanted, found = (set(metrics.entities(tags)) for tags in pair)
        for column, entities in enumerate((wanted & found, found, wanted)):
            for entity in entities:
                counts[row, types.index(entity.type), column] += 1
    return counts


def bootstrap(counts: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Micro and macro F1 on test parts drawn anew, each the mean over the seeds: (draws,) both."""
    results = []
    for draw in draws:
        drawn = counts[:, draw].sum(axis=1)  # shape: (seeds, types, 3)
        by_type, overall = f1_score(drawn), f1_score(drawn.sum(axis=1))
        results.append((overall.mean(), by_type.mean()))
    micro, macro = np.array(results).T
    return micro, macro


def f1_score(counts: np.ndarray) -> np.ndarray:
    right, found, wanted = np.moveaxis(counts, -1, 0)
    return 2 * right / np.maximum(found + wanted, 1)


def interval(values: np.ndarray) -> list[float]:
    return [round(float(value), 4) for value in np.quantile(values, [0.025, 0.975])]


def as_markdown(figures: dict) -> str:
    lines = ["# Results on GMB", "", "Written by `make results`; see `benchmarks/results.py`.", ""]
    for split, systems in figures.items():
        rows = [name for name in NAMES if name in systems]
        types = list(systems[rows[0]]["f1_by_type"][0])
        lines += [f"## {SPLITS[split]}", ""]
        lines += header(
            "", "seeds", "entity F1 (strict)", "char-crf is ahead by (95%)", "macro F1 (95%)",
            "token accuracy", "impossible tags", "seconds an epoch", "minutes", "CPU minutes",
            "parameters", "sentences a second",
        )  # fmt: skip
        for name in rows:
            system = systems[name]
            ahead = system.get("char_crf_ahead_by")
            low, high = system["macro_f1_interval"]
            cells = [
                NAMES[name],
                str(len(system["seed"])),
                mean_and_deviation(system["entity_f1"]),
                f"{ahead[0]:.4f} to {ahead[1]:.4f}" if ahead else "",
                f"{np.mean(system['macro_f1']):.3f} ({low:.3f} to {high:.3f})",
                mean_and_deviation(system["token_accuracy"]),
                f"{np.mean(system['invalid_tags']):.0f}",
                of_the_quietest_run(system, "seconds_per_epoch", ".1f"),
                of_the_quietest_run(system, "minutes", ".1f"),
                of_the_quietest_run(system, "cpu_minutes", ".1f"),
                of_the_quietest_run(system, "parameters", ",.0f"),
                of_the_quietest_run(system, "sentences_per_second", ",.0f"),
            ]
            lines.append("| " + " | ".join(cells) + " |")
        lines += ["", "Entity F1 by type:", "", *header("", *types)]
        for name in rows:
            by_type = systems[name]["f1_by_type"]
            cells = [mean_and_deviation([seed[kind] for seed in by_type], 3) for kind in types]
            lines.append(f"| {NAMES[name]} | " + " | ".join(cells) + " |")
        versions = sorted({v for name in rows for v in systems[name]["versions"]})
        dates = sorted({d for name in rows for d in systems[name]["date"]})
        cores = f"{os.cpu_count()} processor cores, {platform.machine()}"
        quietest = [min(systems[name]["load"]) for name in rows]
        lines += [
            "",
            f"Means, ± the standard deviation over the seeds; times and rates: of the run during "
            f"which the machine did least else. Intervals: a paired "
            f"bootstrap over the test part's sentences, {DRAWS} draws, of the mean over the seeds. "
            f"{cores}; {'; '.join(versions)}; {dates[0]} to {dates[-1]}. During these runs the "
            f"machine's load was at most {max(quietest)} (beyond its cores, it was shared, and "
            "the times are too long).",
            "",
        ]
    return "\n".join(lines)


def header(*names: str) -> list[str]:
    return ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]


def mean_and_deviation(values: list[float], digits: int = 4) -> str:
    text = f"{np.mean(values):.{digits}f}"
    return f"{text} ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else text


def of_the_quietest_run(system: dict, name: str, form: str) -> str:
    """A time of the run that shared the machine with the least of other work."""
    return format(system[name][np.argmin(system["load"])], form) if name in system else ""


def write(path: Path, text: str) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


if __name__ == "__main__":
    try:
        main()
    except corpus.CorpusError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
