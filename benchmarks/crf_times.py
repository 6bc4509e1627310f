"""Time the CRF alone, against TensorFlow Addons where that installs; a part of `make bench`."""

import statistics
import time
import warnings
from collections import defaultdict
from types import ModuleType

from ner_tutorial import crf  # first: it quietens TensorFlow's import

# isort: split
import numpy as np
import tensorflow as tf

warnings.filterwarnings("ignore", category=UserWarning)  # TFA announces its end at length
try:
    import tensorflow_addons.text as addons
except ImportError:  # the current stack
    addons = None

REPEATS = 30


def graphs_of(functions: ModuleType, batch: int, length: int, num_tags: int) -> dict:
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


def medians_of(libraries: dict, *size: int) -> dict[tuple[str, str], float]:
    """Milliseconds for each library and task, the libraries in turn."""
    graphs = {
        (library, task): graph
        for library, functions in libraries.items()
        for task, graph in graphs_of(functions, *size).items()
    }
    times = defaultdict(list)
    for number in range(REPEATS + 2):
        for key, graph in graphs.items():
            start = time.perf_counter()
            graph()
            if number > 1:
                times[key].append((time.perf_counter() - start) * 1000)
    return {key: statistics.median(values) for key, values in times.items()}


def tables() -> list[str]:
    """The lines of the tables: against TensorFlow Addons, and how the cost grows."""
    return [*(against_addons() if addons is not None else []), *by_size()]


def against_addons() -> list[str]:
    lines = [
        "\nThe CRF alone, milliseconds, batch 256, 18 tags:\n",
        "| length | task | ours | TensorFlow Addons | ratio |",
        "|---" * 5 + "|",
    ]
    for length in (16, 32, 70):
        medians = medians_of({"ours": crf, "theirs": addons}, 256, length, 18)
        for task in ("log-likelihood and gradient", "decoding"):
            ours, theirs = medians["ours", task], medians["theirs", task]
            lines.append(f"| {length} | {task} | {ours:.2f} | {theirs:.2f} | {theirs / ours:.2f} |")
    return lines


def by_size() -> list[str]:
    lines = [
        "\nHow its cost grows, milliseconds, batch 32:\n",
        "| length | tags | log-likelihood and gradient | decoding |",
        "|---" * 4 + "|",
    ]
    sizes = [(length, 18) for length in (16, 64, 256, 1024)]
    sizes += [(64, tags) for tags in (32, 64, 128)]
    for length, num_tags in sizes:
        medians = medians_of({"ours": crf}, 32, length, num_tags)
        cells = " | ".join(f"{median:.2f}" for median in medians.values())
        lines.append(f"| {length} | {num_tags} | {cells} |")
    return lines
