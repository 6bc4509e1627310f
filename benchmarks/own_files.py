"""Train on a corpus that comes in three files, a training, a development and a test file.

    python benchmarks/own_files.py TRAIN DEV TEST [--models NAME ...] [--seeds N] [--vectors FILE]

The development file chooses the epoch, the test file is scored once a run. Prints a row a model,
the mean over the seeds and their standard deviation, and adds it to benchmarks/own_files.json.
WNUT-17 is such a corpus (Derczynski et al., 2017).
"""

import argparse
import json
from pathlib import Path

from ner_tutorial import batching, corpus, errors, experiment, files

# isort: split
import numpy as np

from ner_tutorial import vectors
from ner_tutorial.recipes import RECIPES

TARGET = Path(__file__).resolve().with_name("own_files.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs=3, metavar="FILE")
    parser.add_argument("--models", nargs="*", choices=RECIPES, default=["char-crf", "ensemble"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--vectors")
    options = parser.parse_args()
    parts = batching.Split(*map(corpus.read, options.files))
    found = None
    if options.vectors:
        found = vectors.read(options.vectors, {word for s in parts.train for word in s.words})
    for model in options.models:
        runs = [
            experiment.run(model, parts, seed=seed, vectors=found).figures
            for seed in range(1, options.seeds + 1)
        ]
        keep(options, model, runs)


def keep(options: argparse.Namespace, model: str, runs: list[dict]) -> None:
    """Print the row of a model and put it in the place of an older one."""
    row = {
        "files": [Path(name).name for name in options.files],
        "model": model,
        "vectors": Path(options.vectors).name if options.vectors else None,
    }
    rows = json.loads(TARGET.read_text("utf-8")) if TARGET.exists() else []
    rows = [old for old in rows if not row.items() <= old.items()]
    for name in ("entity_precision", "entity_recall", "entity_f1"):
        row[name] = [round(run[name], 4) for run in runs]
    f1 = row["entity_f1"]
    deviation = np.std(f1, ddof=1) if len(f1) > 1 else np.nan
    print(f"{model:10} {row['vectors']}: F1 {np.mean(f1):.4f} ± {deviation:.4f}", flush=True)
    with files.whole(TARGET) as partial:
        partial.write_text(json.dumps([*rows, row], indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    with errors.one_line():
        main()
