"""Exchange the names of people in training for names of other languages: does a model miss fewer?

    python benchmarks/exchange.py FOLDER

Writes to FOLDER, in CoNLL columns, `exchanged.conll`: the sample, in which each sentence of the
training part names its people by names of one language, drawn from all alike. What the
counterfactual test set names people by is never drawn. And `both.conll`, the training part as it
was and, behind it, the sentences that got new names; `validation.conll` and `test.conll` are the
other parts. Train on either, and score with `counterfactual.py`:

    python -m ner_tutorial train --corpus exchanged.conll --model char-crf --output MODEL
    python -m ner_tutorial train --corpus both.conll --dev validation.conll --test test.conll \\
        --model char-crf --output MODEL
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

import counterfactual

from ner_tutorial import batching, corpus, errors, files
from ner_tutorial.corpus import Sentence
from ner_tutorial.iob2 import entities
from ner_tutorial.parts import Drawing

SEED = 25
LONGEST = 60  # words; names that are longer than the old ones push no sentence over the limit

People = dict[str, dict[str, list[str]]]  # by language, and "woman", "man" or "last"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    sentences = corpus.load(corpus.SAMPLE)
    places = batching.draw_rows(len(sentences), Drawing().seed, None)
    training = set(places[0])
    listed = counterfactual.read(counterfactual.PEOPLE)
    exchange = Exchange(listed, free(listed, counterfactual.read(counterfactual.TEST_SET)))
    # The parts are drawn by place, so those of the new file will be the same.
    changed = [
        exchange(sentence) if row in training and len(sentence) <= LONGEST else sentence
        for row, sentence in enumerate(sentences)
    ]
    new = [row for row, sentence in enumerate(sentences) if sentence != changed[row]]
    parts = [[sentences[row] for row in part] for part in places]
    write(folder / "exchanged.conll", changed)
    write(folder / "both.conll", [*parts[0], *(changed[row] for row in new)])
    write(folder / "validation.conll", parts[1])
    write(folder / "test.conll", parts[2])
    print(f"{folder}: {len(new):,} of {len(training):,} training sentences have new names")


def write(path: Path, sentences: Sequence[Sentence]) -> None:
    with files.whole(path) as partial, partial.open("w", encoding="utf-8") as file:
        for sentence in sentences:
            rows = zip(sentence.words, sentence.tags, strict=True)
            file.write("".join(f"{word}\t{tag}\n" for word, tag in rows) + "\n")


def free(listed: Sequence[dict[str, str]], test_set: Sequence[dict[str, str]]) -> People:
    """The gazetteer's names without those of the test set."""
    columns = counterfactual.languages(test_set)
    taken = {name for row in test_set for column in columns for name in row[column].split("|")}
    people: People = {}
    for row in listed:
        if row["name"] not in taken:
            people.setdefault(row["group"], {}).setdefault(row["kind"], []).append(row["name"])
    return people


class Exchange:
    """Gives the people of a sentence new names, each person one; who is no name of the gazetteer
    (a title, an initial) stays."""

    def __init__(self, listed: Sequence[dict[str, str]], people: People):
        self.draw = random.Random(SEED)
        self.kinds = {tuple(row["name"].split()): row["kind"] for row in listed}
        self.people = people

    def __call__(self, sentence: Sentence) -> Sentence:
        language = self.draw.choice(sorted(self.people))
        words, tags, end = [], [], 0
        new: dict[tuple[str, ...], str] = {}
        for entity in entities(sentence.tags):
            if entity.type != "per":
                continue
            words += sentence.words[end : entity.start]
            tags += sentence.tags[end : entity.start]
            name = self._named(sentence.words[entity.start : entity.end], new, language)
            words += name
            tags += ["B-per", *["I-per"] * (len(name) - 1)]
            end = entity.end
        return Sentence((*words, *sentence.words[end:]), (*tags, *sentence.tags[end:]))

    def _named(
        self, words: tuple[str, ...], new: dict[tuple[str, ...], str], language: str
    ) -> list[str]:
        found: list[str] = []
        start = 0
        while start < len(words):
            ends = range(len(words), start, -1)
            end = next((end for end in ends if words[start:end] in self.kinds), None)
            if end is None:
                found.append(words[start])
                start += 1
                continue
            name = words[start:end]
            names = self.people[language][self.kinds[name]]
            found += new.setdefault(name, self.draw.choice(names)).split()
            start = end
        return found


if __name__ == "__main__":
    with errors.one_line():
        main()
