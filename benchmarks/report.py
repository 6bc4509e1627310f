"""The tables of `make results`: means over seeds, and intervals of the differences."""

import json
import os
import platform
from pathlib import Path

import numpy as np
from intervals import DRAWS, STRONG, summarize

from ner_tutorial import files
from ner_tutorial.batching import Split

CONSTRAINED = "softmax, by the rules"
GLOVE = "glove.6B.50d.txt"
NAMES = {
    "softmax": "BiLSTM-softmax",
    CONSTRAINED: "BiLSTM-softmax, decoded by the rules",
    "crf": "BiLSTM-CRF",
    "crfsuite": "linear CRF (lesson 5)",
    "spacy": "spaCy's NER, from scratch",
    "char-crf": "char-crf",
    STRONG: "ensemble of two unlike char-crf",
    GLOVE: "char-crf with GloVe's vectors (lesson 8)",
    f"{GLOVE}-ensemble": "the ensemble with GloVe's vectors",
    "frozen": "char-crf beside an encoder (lesson 8)",
    "frozen-ensemble": "the ensemble, its first member beside the encoder",
}
SPLITS = {
    "common": "The common split: sentences drawn at random",
    "documents": "A split that divides no document: runs of 200 sentences, no repeats across parts",
}


def report(runs: Path, target: Path, tables: Path, split: str, parts: Split) -> None:
    """Write the figures of all runs on this split, beside those on the other.

    Args:
        runs: the folder with a file a run.
        target, tables: the `.json` to write the figures to, and the `.md` for the tables.
        split: one of `SPLITS`.
        parts: of the corpus.
    """
    figures = json.loads(target.read_text("utf-8")) if target.exists() else {}
    older = figures.get(split, {})  # those of a system that was not run again stay
    figures[split] = older | summarize(runs, split, parts)
    with files.whole(target) as partial:
        partial.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    with files.whole(tables) as partial:
        partial.write_text(as_markdown(figures), "utf-8")


COLUMNS = [
    "", "seeds", "entity F1 (strict)", "the ensemble is ahead by (95%)", "macro F1 (95%)",
    "token accuracy", "impossible tags", "seconds an epoch", "minutes", "CPU minutes",
    "parameters", "sentences a second",
]  # fmt: skip
TIMES = {
    "seconds_per_epoch": ".1f",
    "minutes": ".1f",
    "cpu_minutes": ".1f",
    "parameters": ",.0f",
    "sentences_per_second": ",.0f",
}


def as_markdown(figures: dict) -> str:
    lines = ["# Results on GMB", "", "Written by `make results`; see `benchmarks/results.py`.", ""]
    for split, systems in figures.items():
        rows = [name for name in NAMES if name in systems]
        types = list(systems[rows[0]]["f1_by_type"][0])
        lines += [f"## {SPLITS[split]}", "", *header(*COLUMNS)]
        lines += [row(NAMES[name], *cells(systems[name])) for name in rows]
        lines += ["", "Entity F1 by type:", "", *header("", *types)]
        for name in rows:
            by_type = systems[name]["f1_by_type"]
            means = [mean_and_deviation([seed[kind] for seed in by_type], 3) for kind in types]
            lines.append(row(NAMES[name], *means))
        lines += ["", conditions([systems[name] for name in rows]), ""]
    return "\n".join(lines)


def cells(system: dict) -> list[str]:
    """A system's row in the first table, without its name."""
    ahead = system.get("ensemble_ahead_by")
    low, high = system["macro_f1_interval"]
    return [
        str(len(system["seed"])),
        mean_and_deviation(system["entity_f1"]),
        f"{ahead[0]:.4f} to {ahead[1]:.4f}" if ahead else "",
        f"{np.mean(system['macro_f1']):.3f} ({low:.3f} to {high:.3f})",
        mean_and_deviation(system["token_accuracy"]),
        f"{np.mean(system['invalid_tags']):.0f}",
        *(of_the_quietest_run(system, name, form) for name, form in TIMES.items()),
    ]


def conditions(systems: list[dict]) -> str:
    """Under which conditions the runs were made."""
    versions = sorted({v for system in systems for v in system["versions"]})
    dates = sorted({d for system in systems for d in system["date"]})
    cores = f"{os.cpu_count()} processor cores, {platform.machine()}"
    load = max((min(system["load"]) for system in systems if "minutes" in system), default=0)
    return (
        f"Means, ± the standard deviation over the seeds; times and rates: of the run during "
        f"which the machine did least else. Intervals: a paired "
        f"bootstrap over the test part's sentences, {DRAWS} draws, of the mean over the seeds. "
        f"{cores}; {'; '.join(versions)}; {dates[0]} to {dates[-1]}. During these runs the "
        f"machine's load was at most {load} (beyond its cores, it was shared, and "
        "the times are too long)."
    )


def header(*names: str) -> list[str]:
    return [row(*names), "|---" * len(names) + "|"]


def row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def mean_and_deviation(values: list[float], digits: int = 4) -> str:
    text = f"{np.mean(values):.{digits}f}"
    return f"{text} ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else text


def of_the_quietest_run(system: dict, name: str, form: str) -> str:
    """A time of the run that shared the machine with the least of other work."""
    return format(system[name][np.argmin(system["load"])], form) if name in system else ""
