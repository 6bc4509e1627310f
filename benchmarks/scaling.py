"""How many sentences a second a cluster would tag, from times that are measured here.

    python benchmarks/scaling.py MODEL [--drawn]

MODEL is a directory from `python -m ner_tutorial train`. Measures on this machine what `tag-files`
does: a block's tagging, a worker's start, the plan and the scheduler's share of each task, all in
seconds of one processor, so that what else runs here does not count; and the sizes of what is sent.
Stores them in benchmarks/scaling.json, plays the run with 1 to 256 workers, prints a table and
draws docs/scaling.png; docs/scaling.md says what the play assumes. With --drawn nothing is
measured, and the stored times are played again.
"""

import argparse
import heapq
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import runs

from ner_tutorial import corpus, errors
from ner_tutorial.cluster.inputs import plan
from ner_tutorial.cluster.work import Model, tag_block

HERE = Path(__file__).resolve().parent
KEPT = HERE / "scaling.json"
FIGURE = HERE.parent / "docs" / "scaling.png"
WORKERS = [1, 2, 4, 8, 16, 32, 64, 128, 256]
SIZES = {"one million sentences": 10**6, "a hundred million": 10**8}
NETWORK = STORAGE = 125e6  # bytes a second: a gigabit, of the scheduler's machine and of the files
BLOCKS, TASKS = 6, 500  # measured
START = "import sys; from ner_tutorial.cluster.work import Model; {}"
LOAD = "Model.read(sys.argv[1]).tagger().tag('Joe left.')"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--drawn", action="store_true")
    options = parser.parse_args()
    if not options.drawn:
        runs.keep(measure(options.model), KEPT)
    times = json.loads(KEPT.read_text("utf-8"))
    rates = {
        size: [number / play(times, number, workers) for workers in WORKERS]
        for size, number in SIZES.items()
    }
    print(f"| workers | {' | '.join(SIZES)} |\n|---:|---:|---:|")
    for row in zip(WORKERS, *rates.values(), strict=True):
        print("| " + " | ".join(f"{value:,.0f}" for value in row) + " |")
    draw(times, rates)


def measure(model: str) -> dict:
    """The times and sizes that `play` asks for, of one block each."""
    with tempfile.TemporaryDirectory() as folder:
        text, part = Path(folder, "text.txt"), Path(folder, "part.jsonl")
        lines = [" ".join(sentence.words) + "\n" for sentence in corpus.load(corpus.SAMPLE)]
        text.write_text("".join(itertools.islice(itertools.cycle(lines), 60_000)), "utf-8")
        began = time.process_time()
        blocks = plan([str(text)], "text")
        planning = (time.process_time() - began) / len(blocks)
        sent = Model.read(model)
        entries, taken = [], []
        for block in [blocks[0], *blocks[:BLOCKS]]:  # the first one makes the graphs
            began = time.process_time()
            entries.append(tag_block(block, sent, "text", part))
            taken.append(time.process_time() - began)
    whole = entries[1:-1] if len(blocks) <= BLOCKS else entries[1:]
    taken = taken[1 : 1 + len(whole)]
    return {
        "sentences": sum(entry["texts"] for entry in whole) / len(whole),
        "text_bytes": sum(b.end - b.start for b in blocks[: len(whole)]) / len(whole),
        "part_bytes": sum(entry["bytes"] for entry in whole) / len(whole),
        "model_bytes": sum(len(content) for _, content in sent.files),
        "block_seconds": [round(seconds, 3) for seconds in taken],
        "plan_seconds": round(planning, 5),
        "task_seconds": round(task_seconds(), 5),
        "start_seconds": round(start_seconds(model), 2),
    }


def start_seconds(model: str) -> float:
    """Of a process that loads the model and tags a first sentence."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", START.format(LOAD), model], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def task_seconds() -> float:
    """Of the scheduler and the client, which share this process, for a task that does nothing."""
    from distributed import Client, LocalCluster, wait

    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster) as client:
        wait(client.map(str, range(100)))
        began = time.process_time()
        wait(client.map(str, range(100, 100 + TASKS)))
        return (time.process_time() - began) / TASKS


def play(times: dict, sentences: int, workers: int) -> float:
    """The seconds that so many workers take, event by event.

    First the client plans all blocks, and the model goes to each worker over one network. Then a
    worker that is free asks the scheduler for a block, reads its text from the storage, tags it and
    writes its part to the storage. The scheduler and the storage serve one at a time.
    """
    blocks = round(sentences / times["sentences"])
    planned = blocks * times["plan_seconds"]
    ready = (planned + n * times["model_bytes"] / NETWORK for n in range(1, workers + 1))
    events = [(max(time, times["start_seconds"]), n, "ask") for n, time in enumerate(ready)]
    work = itertools.islice(itertools.cycle(times["block_seconds"]), blocks)
    scheduler = storage = 0.0
    while events:
        now, worker, event = heapq.heappop(events)
        if event == "ask":
            if (seconds := next(work, None)) is not None:
                scheduler = max(scheduler, now) + times["task_seconds"]
                heapq.heappush(events, (scheduler, worker, seconds))
        elif event == "write":
            storage = max(storage, now) + times["part_bytes"] / STORAGE
            heapq.heappush(events, (storage, worker, "ask"))
        else:
            storage = max(storage, now) + times["text_bytes"] / STORAGE
            heapq.heappush(events, (storage + event, worker, "write"))
    return max(storage, scheduler)


def draw(times: dict, rates: dict[str, list[float]]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    one = times["sentences"] / (sum(times["block_seconds"]) / len(times["block_seconds"]))
    limit = STORAGE / (times["text_bytes"] + times["part_bytes"]) * times["sentences"]
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    axes.plot(WORKERS, [one * n for n in WORKERS], color="0.6", ls="--", label="no loss at all")
    axes.axhline(limit, color="0.6", ls=":", label="what the storage can give")
    for (size, found), marker in zip(rates.items(), "os", strict=True):
        axes.plot(WORKERS, found, marker=marker, label=size)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(WORKERS, WORKERS)
    axes.set_xlabel("workers, one thread each")
    axes.set_ylabel("sentences a second, start-up included")
    axes.grid(color="0.9")
    axes.legend(frameon=False)
    figure.savefig(FIGURE, dpi=144)


if __name__ == "__main__":
    with errors.one_line():
        main()
