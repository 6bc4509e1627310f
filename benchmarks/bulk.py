"""Tag many files on workers, beside one process that tags them one after the other.

    python benchmarks/bulk.py MODEL [--sentences N] [--files N] [--workers N]

MODEL is a directory from `python -m ner_tutorial train`. The sample's sentences go round and round,
as text, into the files. What both write must be the same, to the byte. Start-up is counted for
both; the memory is that of the worker that has most, at each tenth of the parts.
"""

import argparse
import itertools
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ner_tutorial import corpus, errors
from ner_tutorial.cluster import tag_files
from ner_tutorial.formats import render
from ner_tutorial.tagger import Tagger

SECONDS = 0.5  # between two looks at the memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--sentences", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compare(options.model, options.sentences, options.files, options.workers, Path(folder))


def compare(
    model: str, sentences: int, files: int, workers: int, folder: Path, scheduler: str | None = None
) -> None:
    """Tag both ways, and print what each took. A scheduler is that of a cluster to use."""
    inputs = write(sentences, files, folder / "in")
    print(f"{sentences:,} sentences in {files} files; load {os.getloadavg()[0]:.1f}")
    clock = time.perf_counter()
    with watched() as sizes:
        manifest = tag_files(
            model,
            map(str, inputs),
            folder / "out",
            scheduler=scheduler,
            workers=None if scheduler else workers,
        )
    many = time.perf_counter() - clock
    tenths = [max(some, default=0) for some in parted(sizes, 10)]
    print(f"{workers} workers: {many:,.1f} s, {manifest['texts'] / many:,.0f} sentences a second")
    print("MiB of a worker at most, by tenths of the time:", *(f"{m:,.0f}" for m in tenths))
    clock = time.perf_counter()
    (folder / "one").mkdir()
    # A process of its own, as the command `tag` is; what this one has loaded is no head start.
    one = multiprocessing.get_context("spawn").Process(
        target=tag_alone, args=(model, inputs, folder / "one")
    )
    one.start()
    one.join()
    single = time.perf_counter() - clock
    print(f"one process: {single:,.1f} s; the workers are {single / many:.2f} times as fast")
    check(manifest, inputs, folder)


def write(sentences: int, files: int, folder: Path) -> list[Path]:
    """The sample's sentences as lines in files of equal length."""
    folder.mkdir()
    lines = itertools.cycle(" ".join(s.words) + "\n" for s in corpus.load(corpus.SAMPLE))
    paths = [folder / f"{number:03}.txt" for number in range(files)]
    for path in paths:
        path.write_text("".join(itertools.islice(lines, sentences // files)), encoding="utf-8")
    return paths


def tag_alone(model: str, inputs: list[Path], folder: Path) -> None:
    tagger = Tagger.load(model)
    for path in inputs:
        with (
            open(path, encoding="utf-8", newline="") as text,
            open(folder / path.name, "w", encoding="utf-8") as out,
        ):
            out.writelines(render(tagger.tag_text(text), "json"))


def check(manifest: dict, inputs: list[Path], folder: Path) -> None:
    """Raise unless the parts of each file are what one process wrote of it."""
    for path in inputs:
        parts = [
            folder / "out" / part["part"]
            for part, block in zip(manifest["parts"], manifest["blocks"], strict=True)
            if block["input"] == str(path)
        ]
        joined = b"".join(part.read_bytes() for part in parts)
        if joined != (folder / "one" / path.name).read_bytes():
            raise errors.UserError(f"{path.name}: the workers wrote something else")
    print(f"the same to the byte: {manifest['entities']:,} entities in {len(inputs)} files")


@contextmanager
def watched() -> Iterator[list[float]]:
    """The size of the largest process that this one started, in MiB, time and again."""
    import psutil

    sizes: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(SECONDS):
            found = []
            for process in psutil.Process().children(recursive=True):
                try:
                    found.append(process.memory_info().rss / 2**20)
                except psutil.Error:  # it has just ended
                    continue
            sizes.append(max(found, default=0))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield sizes
    finally:
        over.set()
        looking.join()


def parted(values: list[float], number: int) -> list[list[float]]:
    """Values in order, in so many lists."""
    return [
        values[len(values) * i // number : len(values) * (i + 1) // number] for i in range(number)
    ]


if __name__ == "__main__":
    with errors.one_line():
        main()
