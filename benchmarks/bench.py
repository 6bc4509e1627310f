"""Time the course's BiLSTM-CRF against what people use instead, side by side, in one run.

    python benchmarks/bench.py CORPUS PYTHON

CORPUS is Kaggle's ner_dataset.csv (or any corpus), PYTHON an interpreter with torch and pytorch-crf
(`make bench` makes one). The contestants take turns, an epoch each and a tagging of the test part
each, on the same sentences, sizes and batches. Then the CRF alone is timed against TensorFlow
Addons. Prints the tables and writes them to benchmarks/README.md, below the mark.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from itertools import product
from pathlib import Path

import crf_times
import numpy as np

from ner_tutorial import batching, corpus, errors, files, recipes
from ner_tutorial.vocabulary import Vocabulary

ROUNDS = 5  # after one that is not counted
HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "build" / "bench.npz"
REPORT = HERE / "README.md"
MARK = "<!-- what follows is written by `make bench` -->\n"

OURS = "this course"
ONE_THREAD = "this course, one thread an operation"
CLASSIC = "classic recipe"
PACKED = "PyTorch, packed"
PADDED = "PyTorch, reading padding"


def contestants(torch_python: str) -> dict[str, tuple[list[str], dict[str, str]]]:
    """For each its command and what it adds to the environment."""
    script = {path.stem: str(path) for path in HERE.glob("contestants/*.py")}
    ours = [sys.executable, script["ours"], str(DATA)]
    theirs = [torch_python, script["pytorch"], str(DATA)]
    found = {
        OURS: (ours, {}),
        ONE_THREAD: (ours, {"TF_NUM_INTRAOP_THREADS": "1"}),
        CLASSIC: ([sys.executable, script["classic"], str(DATA)], {}),
        PACKED: ([*theirs, "packed"], {}),
        PADDED: ([*theirs, "padded"], {}),
    }
    if crf_times.addons is None:
        del found[CLASSIC]
    return found


def write_data(path: str) -> str:
    """Store the common split, encoded, for all contestants; says what it is."""
    sentences = corpus.load(path)
    split = batching.split(sentences)
    vocabulary = Vocabulary.from_sentences(sentences)
    arrays = {"num_words": len(vocabulary.index2word), "tag_names": vocabulary.index2tag}
    arrays |= {"batch_size": recipes.CLASSIC.batch_size, "seed": 1}
    arrays |= {"learning_rate": recipes.CLASSIC.learning_rate, "decay_steps": 0}
    for part in ("train", "test"):
        data = batching.encode(getattr(split, part), vocabulary, corpus.MAX_LENGTH)
        arrays |= {f"{part}_words": data.words, f"{part}_tags": data.tags}
    DATA.parent.mkdir(exist_ok=True)
    np.savez(DATA, **arrays)
    return (
        f"{Path(path).name}: {len(split.train):,} sentences to train on, {len(split.test):,} to "
        f"tag; {arrays['num_words']:,} words, {len(arrays['tag_names'])} tags; "
        f"batches of {arrays['batch_size']}."
    )


def race(commands: dict) -> dict[str, dict]:
    """Let the contestants take turns. For each: medians, peak memory, and what it is made of."""
    processes = {
        name: subprocess.Popen(
            command, env={**os.environ, **env}, stdin=-1, stdout=-1, stderr=-3, text=True
        )
        for name, (command, env) in commands.items()
    }
    times: dict[str, dict] = defaultdict(lambda: {"epoch": [], "tag": []})
    last = {}
    try:
        for number, name, task in product(range(ROUNDS + 1), processes, ("epoch", "tag")):
            last[name] = ask(processes[name], task)
            if last[name] is None:
                sys.exit(f"{name} ended early: {' '.join(commands[name][0])}")
            if number:
                times[name][task].append(last[name]["seconds"])
            print(f"{number} {name}: {task} {last[name]['seconds']:.2f} s", flush=True)
    finally:
        for process in processes.values():
            process.kill()
    return {
        name: {
            "epoch": statistics.median(times[name]["epoch"]),
            "tag": statistics.median(times[name]["tag"]),
            "all": times[name],
            **{key: last[name][key] for key in ("peak_mib", "token_accuracy", "versions")},
        }
        for name in processes
    }


def ask(process: subprocess.Popen, task: str) -> dict | None:
    """A contestant's answer to a task; None if it has ended."""
    process.stdin.write(f"{task}\n")
    process.stdin.flush()
    line = process.stdout.readline()
    return json.loads(line) if line else None


def race_table(results: dict[str, dict], tagged: int) -> list[str]:
    ours = results[OURS]
    lines = [
        "| | seconds an epoch (range) | times ours | tagging: sentences a second | times ours "
        "| peak memory, MiB | token accuracy |",
        "|---" * 7 + "|",
    ]
    for name, row in results.items():
        epochs = row["all"]["epoch"]
        lines.append(
            f"| {name} | {row['epoch']:.2f} ({min(epochs):.2f} to {max(epochs):.2f}) "
            f"| {row['epoch'] / ours['epoch']:.2f} | {tagged / row['tag']:,.0f} "
            f"| {row['tag'] / ours['tag']:.2f} | {row['peak_mib']:,.0f} "
            f"| {row['token_accuracy']:.4f} |"
        )
    return lines


def main(path: str, torch_python: str) -> None:
    about = write_data(path)
    print(about)
    with np.load(DATA) as arrays:
        tagged = len(arrays["test_words"])
    results = race(contestants(torch_python))
    made_of = dict.fromkeys(row["versions"] for row in results.values())
    machine = (
        f"{os.cpu_count()} processor cores, {platform.machine()}, "
        f"Python {platform.python_version()}"
    )
    lines = [
        f"{about}\n\n{machine}; {'; '.join(made_of)}. {time.strftime('%B %Y')}.\n",
        f"Medians of {ROUNDS} rounds, in which the contestants took turns:\n",
        *race_table(results, tagged),
        *crf_times.tables(),
    ]
    report = "\n".join(lines) + "\n"
    print("\n" + report)
    head = REPORT.read_text(encoding="utf-8").partition(MARK)[0]
    with files.whole(REPORT) as partial:
        partial.write_text(head + MARK + "\n" + report, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(f"usage: python {sys.argv[0]} CORPUS PYTHON")
    with errors.one_line():
        main(*sys.argv[1:])
