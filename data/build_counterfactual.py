"""Build the counterfactual test set: the same sentences with names of every language.

    python data/build_counterfactual.py    writes data/counterfactual.csv

A row is a sentence of a frame of `data/counterfactual.txt`, filled as the sample's frames are, with
`{name}` where it names a person. It goes with a column for each language of the gazetteer of
people, in which stands the name that this language gives it: first and last name, parted by `|`. So
whatever a model finds in one column and misses in another, the name makes the difference.

No frame is one of the sample's, so no model has seen its words. Of each list of names every second
is drawn from, all equally often; the others are left for who would exchange names in training.
"""

import csv
import random
from pathlib import Path

# isort: split
import build_sample

from ner_tutorial import files

DATA = Path(__file__).resolve().parent
SENTENCES = 500
SEED = 25
KINDS = ("woman", "man")


class Unnamed(build_sample.Names):
    """Draws all names but those of people, for which it leaves a place."""

    def person(self, slot: str, country: dict[str, str] | None) -> tuple[str, str]:
        return "{name}", ""

    def mention(self, first: str, last: str) -> str:
        return first


def build(draw: random.Random) -> tuple[list[str], list[list[str]]]:
    """The languages, and the rows."""
    frames = read_frames(DATA / "counterfactual.txt")
    names = Unnamed(DATA / "gazetteers", draw)
    people = {key: sorted(listed)[1::2] for key, listed in names.people.items()}
    languages = sorted({language for language, _ in people})
    rows = []
    for number in range(SENTENCES):
        frame, turn = frames[number % len(frames)], number // len(frames)
        kind = KINDS[turn % 2]
        words, _, tags = zip(*build_sample.fill(frame, names), strict=True)
        cells = [
            f"{draw.choice(people[language, kind])}|{draw.choice(people[language, 'last'])}"
            for language in languages
        ]
        rows.append([frame.name, kind, " ".join(words), " ".join(tags), *cells])
    return languages, rows


def read_frames(path: Path) -> list[build_sample.Frame]:
    """Frames without parts of speech, a line each."""
    frames = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line and not line.startswith("#"):
            written = build_sample.PIECE.sub(
                lambda m: "" if m[1] or m[3] or m[0] == "]" else m[0], line
            )
            pieces = build_sample.parse(line, ["NN"] * len(written.split()))
            frames.append(build_sample.Frame(f"{path.stem}-{number:03}", pieces))
    return frames


def main() -> None:
    languages, rows = build(random.Random(SEED))
    target = DATA / "counterfactual.csv"
    with files.whole(target) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["frame", "kind", "words", "tags", *languages])
        writer.writerows(rows)
    print(f"{len(rows)} sentences, {len(languages)} languages -> {target.name}")


if __name__ == "__main__":
    main()
