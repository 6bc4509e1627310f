"""Tag a million sentences as a stream, and watch the rate and the memory.

    python benchmarks/stream.py MODEL [--sentences N] [--corpus FILE]

MODEL is a directory from `python -m ner_tutorial train`. The sample's sentences go round and round,
as text, into `python -m ner_tutorial tag MODEL --format json`; each tenth of the way is one line of
the table. With --corpus, a file in GMB's format, its test part, in tokens already, is tagged too,
by `Tagger.tag`, without counting start-up.
"""

import argparse
import itertools
import subprocess
import sys
import threading
import time
from pathlib import Path

from ner_tutorial import batching, corpus, errors
from ner_tutorial.tagger import Tagger

# isort: split
import numpy as np

REPEATS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--sentences", type=int, default=1_000_000)
    parser.add_argument("--corpus")
    options = parser.parse_args()
    if options.corpus:
        test = batching.split(corpus.load(options.corpus)).test
        print(f"{tokens_rate(options.model, test):,.0f} sentences of tokens a second")
    if options.sentences:
        stream(options.model, options.sentences)


def tokens_rate(model: str, sentences: list[corpus.Sentence]) -> float:
    """Sentences a second, the median of several passes, the first left out."""
    tagger, rates = Tagger.load(model), []
    words = [sentence.words for sentence in sentences]
    for _ in range(1 + REPEATS):
        clock = time.perf_counter()
        tagger.tag(words)
        rates.append(len(words) / (time.perf_counter() - clock))
    return float(np.median(rates[1:]))


def stream(model: str, number: int) -> None:
    lines = [" ".join(sentence.words) + "\n" for sentence in corpus.load(corpus.SAMPLE)]
    command = [sys.executable, "-m", "ner_tutorial", "tag", model, "--format", "json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:

        def feed() -> None:
            with process.stdin as pipe:
                for line in itertools.islice(itertools.cycle(lines), number):
                    pipe.write(line.encode())

        threading.Thread(target=feed).start()
        print("        sentences   sentences a second   memory, MiB   at most")
        clock, since = time.perf_counter(), 0
        sentences = 0
        for sentences, _ in enumerate(process.stdout, start=1):
            if sentences % (number // 10) == 0:
                now = time.perf_counter()
                status = Path(f"/proc/{process.pid}/status").read_text("ascii")
                size = dict(line.split(":", 1) for line in status.splitlines())
                memory = [int(size[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]
                rate = (sentences - since) / (now - clock)
                print(f"{sentences:17,} {rate:20,.0f} {memory[0]:13,.0f} {memory[1]:9,.0f}")
                clock, since = now, sentences
    print(f"{number:,} lines gave {sentences:,} sentences; status {process.returncode}")


if __name__ == "__main__":
    with errors.one_line():
        main()
