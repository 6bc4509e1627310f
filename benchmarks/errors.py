"""The errors of char-crf that were read and sorted: show their sentences, from your copy of GMB.

    python benchmarks/errors.py FILE    FILE: Kaggle's ner_dataset.csv, or the zip that holds it

data/errors.csv holds 120 errors, drawn at random from all 1,540 that char-crf, trained with seed 1
as `make results` trains it, made on the common validation part (annotated and found entities that
overlap count as one error). Entities are given as type:first-last, in words counted from 1. Each
was read in its sentence and given a verdict: an error of the *model*; an error of the *annotation*;
*both*; or a *convention*, where either choice can be defended and the corpus makes now the one, now
the other.
"""

import csv
import sys
from collections import Counter
from pathlib import Path

from ner_tutorial import corpus, errors

SHEET = Path(__file__).resolve().parent.parent / "data" / "errors.csv"


def main(path: str) -> None:
    sentences = corpus.read(path)
    with SHEET.open(encoding="utf-8", newline="") as file:
        sheet = list(csv.DictReader(file))
    for error in sheet:
        words = sentences[int(error["sentence"]) - 1].words
        print(f"Sentence {error['sentence']}: {' '.join(words)}")
        for column in ("annotated", "found"):
            print(f"  {column:10} {' | '.join(named(words, error[column])) or 'nothing'}")
        print(f"  {error['verdict']}: {error['reason']}\n")
    for verdict, number in Counter(error["verdict"] for error in sheet).most_common():
        print(f"{verdict:11} {number:3} of {len(sheet)}")


def named(words: tuple[str, ...], entities: str) -> list[str]:
    """Each entity with its words: `per:3-4` as `per: Joe Smith`."""
    shown = []
    for entity in entities.split():
        kind, _, place = entity.partition(":")
        first, last = map(int, place.split("-"))
        shown.append(f"{kind}: {' '.join(words[first - 1 : last])}")
    return shown


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: python {sys.argv[0]} FILE")
    with errors.one_line():
        main(sys.argv[1])
