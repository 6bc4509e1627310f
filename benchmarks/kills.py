"""Kill `train` at random moments, go on with --resume, and compare with a run that was left alone.

    python benchmarks/kills.py [--kills N] [--seed N] [--models NAME ...] [--sentences N] [--late]

Each time the run is started over an older model of the same name, killed (SIGKILL) at a moment that
is drawn anew, and resumed. After the kill the model's directory must be the old one, byte for byte,
or a whole new one. After the resumption the model must be equal to that of the unbroken run, weight
for weight and score for score, those with dropout too, whose draws are kept in the checkpoint. With
--late no kill comes before the first checkpoint, so that each run has one to go on from. The corpus
is the sample's first thousand sentences. Takes about half a minute a kill and model.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tqdm import tqdm

from ner_tutorial.corpus import SAMPLE

MODELS = ("crf", "char-crf", "ensemble")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=20, help="of each model")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--models", nargs="*", choices=MODELS, default=MODELS)
    parser.add_argument("--sentences", type=int, default=1000, help="of the sample")
    parser.add_argument("--late", action="store_true", help="kill after the first checkpoint")
    options = parser.parse_args()
    random.seed(options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        beginning = SAMPLE.read_bytes().partition(b"Sentence: %d," % (options.sentences + 1))[0]
        (folder / "corpus.csv").write_bytes(beginning)
        for model in options.models:
            print(f"{model}: {attack(folder, model, options.kills, options.late)}", flush=True)


def attack(folder: Path, model: str, kills: int, late: bool) -> str:
    """What became of so many runs of a model that were killed and resumed."""
    whole, target = folder / f"{model}-whole", folder / model
    train = [sys.executable, "-m", "ner_tutorial", "train", "--corpus", folder / "corpus.csv"]
    train += ["--model", model]
    clock = time.perf_counter()
    with start([*train, "--output", whole]) as run:
        if late:
            wait_for_checkpoint(whole, run)
            clock = time.perf_counter()
    if run.returncode:
        raise SystemExit(f"{model}: the training failed")
    seconds = time.perf_counter() - clock
    finish([*train, "--output", target, "--seed", "7"])  # the older model
    unbroken, old = contents(whole), contents(target)
    found = {"old": 0, "new": 0}
    middle, equal = 0, 0
    for _ in tqdm(range(kills), desc=model, disable=None):
        with start([*train, "--output", target]) as run:
            if late:
                wait_for_checkpoint(target, run)
            try:
                run.wait(random.uniform(0, (0.9 if late else 1.1) * seconds))
            except subprocess.TimeoutExpired:
                run.kill()
        state = contents(target)
        if state == old:
            found["old"] += 1
        elif same_model(state, unbroken):
            found["new"] += 1
        else:
            raise SystemExit(f"{model}: the directory is neither the old one nor the new one")
        middle += has_checkpoint(target)
        finish([*train, "--output", target, "--resume"])
        equal += same_model(contents(target), unbroken)
        restore(target, old)
    became = (
        f"{kills} kills, {middle} with a checkpoint to go on from; left {found['old']} times the "
        f"old model and {found['new']} times the new one; {kills} resumed, {equal} to the unbroken "
        "run's weights"
    )
    if equal < kills:
        raise SystemExit(f"{model}: {became}; all should be")
    return became


def has_checkpoint(directory: Path) -> bool:
    return any(directory.parent.glob(f"{directory.name}.checkpoint*.npz"))


def wait_for_checkpoint(directory: Path, run: subprocess.Popen) -> None:
    while run.poll() is None and not has_checkpoint(directory):
        time.sleep(0.01)


def start(command: list) -> subprocess.Popen:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def finish(command: list) -> None:
    if start(command).wait():
        raise SystemExit(f"{' '.join(map(str, command))}: failed")


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def restore(directory: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (directory / name).write_bytes(content)


def same_model(one: dict[str, bytes], other: dict[str, bytes]) -> bool:
    """Equal files, but for the times in metrics.json."""

    def timeless(files):
        metrics = {**json.loads(files["metrics.json"]), "seconds_per_epoch": None}
        settings = json.loads(files["settings.json"])
        return {**files, "metrics.json": metrics, "settings.json": settings}

    return timeless(one) == timeless(other)


if __name__ == "__main__":
    main()
