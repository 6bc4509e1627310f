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
import warnings
from collections import defaultdict
from pathlib import Path

from ner_tutorial import batching, corpus, crf  # first: it quietens TensorFlow's import

# isort: split
import numpy as np
import tensorflow as tf

from ner_tutorial.vocabulary import Vocabulary

warnings.filterwarnings("ignore", category=UserWarning)  # TFA announces its end at length
try:
    import tensorflow_addons.text as addons
except ImportError:  # the current stack
    addons = None

ROUNDS = 5  # after one that is not counted
REPEATS = 30
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
    found = {
        OURS: ([sys.executable, script["ours"], str(DATA)], {}),
        ONE_THREAD: (
            [sys.executable, script["ours"], str(DATA)],
            {"TF_NUM_INTRAOP_THREADS": "1"},
        ),
        CLASSIC: ([sys.executable, script["classic"], str(DATA)], {}),
        PACKED: ([torch_python, script["pytorch"], str(DATA), "packed"], {}),
        PADDED: ([torch_python, script["pytorch"], str(DATA), "padded"], {}),
    }
    if addons is None:
        del found[CLASSIC]
    return found


def write_data(path: str) -> str:
    """Store the common split, encoded, for all contestants; says what it is."""
    sentences = corpus.load(path)
    split = batching.split(sentences)
    vocabulary = Vocabulary.from_sentences(sentences)
    arrays = {"num_words": len(vocabulary.index2word), "tag_names": vocabulary.index2tag}
    for part in ("train", "test"):
        words, tags = batching.encode(getattr(split, part), vocabulary, corpus.MAX_LENGTH)
        arrays |= {f"{part}_words": words, f"{part}_tags": tags}
    DATA.parent.mkdir(exist_ok=True)
    np.savez(DATA, **arrays)
    return (
        f"{Path(path).name}: {len(split.train):,} sentences to train on, {len(split.test):,} to "
        f"tag; {arrays['num_words']:,} words, {len(arrays['tag_names'])} tags; batches of 256."
    )


def race(commands: dict) -> dict[str, dict]:
    """Let the contestants take turns. For each: medians, peak memory, and what it is made of."""
    processes = {
        name: subprocess.Popen(
            command, env={**os.environ, **env}, stdin=-1, stdout=-1, stderr=-3, text=True
        )
        for name, (command, env) in commands.items()
    }
    times = defaultdict(lambda: {"epoch": [], "tag": []})
    last = {}
    try:
        for number in range(ROUNDS + 1):
            for name, process in processes.items():
                for task in ("epoch", "tag"):
                    process.stdin.write(f"{task}\n")
                    process.stdin.flush()
                    line = process.stdout.readline()
                    if not line:
                        sys.exit(f"{name} ended early: {' '.join(commands[name][0])}")
                    last[name] = json.loads(line)
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


def crf_graphs(functions, batch: int, length: int, num_tags: int) -> dict:
    """The log-likelihood with its gradients, and decoding, as graphs without arguments."""
    draw = np.random.default_rng(0)
    scores = tf.constant(draw.normal(size=(batch, length, num_tags)), tf.float32)
    transitions = tf.constant(draw.normal(size=(num_tags, num_tags)), tf.float32)
    tags = tf.constant(draw.integers(0, num_tags, (batch, length)), tf.int32)
    lengths = tf.constant(np.maximum(length - draw.integers(0, 4, batch), 1), tf.int32)

    def likelihood():
        with tf.GradientTape() as tape:
            tape.watch([scores, transitions])
            loss, _ = functions.crf_log_likelihood(scores, tags, lengths, transitions)
        return tape.gradient(loss, [scores, transitions])

    def decode():
        return functions.crf_decode(scores, transitions, lengths)

    return {
        "log-likelihood and gradient": tf.function(likelihood, autograph=False),
        "decoding": tf.function(decode, autograph=False),
    }


def crf_medians(libraries: dict, *size: int) -> dict[tuple[str, str], float]:
    """Milliseconds for each library and task, the libraries in turn."""
    graphs = {
        (library, task): graph
        for library, functions in libraries.items()
        for task, graph in crf_graphs(functions, *size).items()
    }
    times = defaultdict(list)
    for number in range(REPEATS + 2):
        for key, graph in graphs.items():
            start = time.perf_counter()
            graph()
            if number > 1:
                times[key].append((time.perf_counter() - start) * 1000)
    return {key: statistics.median(values) for key, values in times.items()}


def crf_tables() -> list[str]:
    lines = []
    if addons is not None:
        lines += [
            "\nThe CRF alone, milliseconds, batch 256, 18 tags:\n",
            "| length | task | ours | TensorFlow Addons | ratio |",
            "|---" * 5 + "|",
        ]
        for length in (16, 32, 70):
            medians = crf_medians({"ours": crf, "theirs": addons}, 256, length, 18)
            for task in ("log-likelihood and gradient", "decoding"):
                ours, theirs = medians["ours", task], medians["theirs", task]
                lines.append(
                    f"| {length} | {task} | {ours:.2f} | {theirs:.2f} | {theirs / ours:.2f} |"
                )
    lines += [
        "\nHow its cost grows, milliseconds, batch 32:\n",
        "| length | tags | log-likelihood and gradient | decoding |",
        "|---" * 4 + "|",
    ]
    sizes = [(length, 18) for length in (16, 64, 256, 1024)] + [
        (64, tags) for tags in (32, 64, 128)
    ]
    for length, num_tags in sizes:
        medians = crf_medians({"ours": crf}, 32, length, num_tags)
        lines.append(
            f"| {length} | {num_tags} | " + " | ".join(f"{m:.2f}" for m in medians.values()) + " |"
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
        *crf_tables(),
    ]
    report = "\n".join(lines) + "\n"
    print("\n" + report)
    head = REPORT.read_text(encoding="utf-8").partition(MARK)[0]
    partial = REPORT.with_suffix(".partial")
    partial.write_text(head + MARK + "\n" + report, encoding="utf-8")
    partial.replace(REPORT)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(f"usage: python {sys.argv[0]} CORPUS PYTHON")
    try:
        main(*sys.argv[1:])
    except corpus.CorpusError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
