"""Whom does a model miss? Its recall of people by the language of their names.

    python benchmarks/counterfactual.py MODEL... [--forms FORM...]

MODEL is a directory that `train` wrote; several that differ in their seed alone are one system,
whose recall is their mean. Each tags the sentences of data/counterfactual.csv once with a name of
each language: in full, by the first name alone, and by the last name alone. A person is found if
the entity's type and both its borders are right.

Prints a table, and writes data/counterfactual.json, which lesson 09 reads. The intervals are those
of a bootstrap over the frames of the sentences: how it would be with other sentences. Beside each
language's recall stands by how much it is above that of all languages in the same sentences. Last
comes the rank correlation of a language's recall with how many people of the sample's training part
bear a name of it: 1 if the model misses just those whom it read least of.
"""

import argparse
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import runs

from ner_tutorial import batching, corpus, errors, saving
from ner_tutorial.iob2 import entities
from ner_tutorial.tagger import Tagger

TEST_SET = corpus.SAMPLE.with_name("counterfactual.csv")
TARGET = TEST_SET.with_suffix(".json")
PEOPLE = TEST_SET.parent / "gazetteers" / "people.csv"
FORMS = {"full": slice(0, 2), "first": slice(0, 1), "last": slice(1, 2)}
ABOUT = ("frame", "kind", "words", "tags")
DRAWS = 1000


class Named(NamedTuple):
    """A sentence that names a person: its words, and where among them the person stands."""

    words: list[str]
    start: int
    end: int


class Found(NamedTuple):
    """Of each sentence (row) and language (column): was the person found, and did the model know
    no word of the name?"""

    hits: np.ndarray
    unknown: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=list(FORMS))
    options = parser.parse_args()
    rows = read(TEST_SET)
    stored = runs.kept(TARGET, {})
    people = in_training()
    systems: dict[str, list[str]] = {}
    for directory in options.models:
        systems.setdefault(system_of(directory), []).append(directory)
    for system, directories in systems.items():
        taggers = [Tagger.load(directory) for directory in directories]
        stored[system] = {"models": len(taggers)} | {
            form: figures([score(tagger, rows, FORMS[form]) for tagger in taggers], rows)
            for form in options.forms
        }
        for form in options.forms:
            stored[system][form]["follows_training"] = correlation(stored[system][form], people)
        runs.keep(stored, TARGET)
    print(table({system: stored[system] for system in systems}))


def system_of(directory: str) -> str:
    """What a model is called beside others: by its settings, but for its seed."""
    settings = saving.read_settings(directory)
    training = settings["training"] or {}
    parts = [settings["model"]]
    parts += ["word vectors"] if training.get("vectors") else []
    parts += ["encoder"] if settings["encoder"] else []
    if (name := training.get("corpus", corpus.SAMPLE.name)) != corpus.SAMPLE.name:
        parts.append(name)
    return ", ".join(parts)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def languages(rows: Sequence[dict[str, str]]) -> list[str]:
    return [column for column in rows[0] if column not in ABOUT]


def named(row: dict[str, str], language: str, form: slice) -> Named:
    """A row's sentence with the name that a language gives it.

    >>> row = {"words": "Judge {name} left .", "tags": "B-per I-per O O", "thai": "Mali|na Chai"}
    >>> named(row, "thai", FORMS["full"])
    Named(words=['Judge', 'Mali', 'na', 'Chai', 'left', '.'], start=0, end=4)
    """
    words, tags = row["words"].split(), row["tags"].split()
    place = words.index("{name}")
    (person,) = (entity for entity in entities(tags) if entity.start <= place < entity.end)
    name = " ".join(row[language].split("|")[form]).split()
    words[place : place + 1] = name
    return Named(words, person.start, person.end + len(name) - 1)


def score(tagger: Tagger, rows: Sequence[dict[str, str]], form: slice) -> Found:
    """What a model makes of each sentence with each language's name."""
    hits, unknown = [], []
    known = tagger.vocabulary.word2index
    for language in languages(rows):
        sentences = [named(row, language, form) for row in rows]
        tags = tagger.tag([sentence.words for sentence in sentences])
        hits.append(
            [
                ("per", sentence.start, sentence.end) in entities(found)
                for sentence, found in zip(sentences, tags, strict=True)
            ]
        )
        names = [" ".join(row[language].split("|")[form]).split() for row in rows]
        unknown.append([not any(word in known for word in name) for name in names])
    return Found(np.array(hits).T, np.array(unknown).T)


def figures(models: Sequence[Found], rows: Sequence[dict[str, str]]) -> dict:
    """Recall over all languages, for women, men and names of which no word is known, and by
    language; of several models the mean."""
    hits = np.mean([run.hits for run in models], axis=0)  # shape: (sentences, languages)
    frames = [row["frame"] for row in rows]
    overall = hits.mean(axis=1, keepdims=True)
    recall, above = interval(hits, frames), interval(hits - overall, frames)
    kinds = np.array([row["kind"] for row in rows])
    unknown = [run.hits[run.unknown].mean() for run in models]
    return {
        "all": interval(overall, frames)[0],
        "women": rounded(hits[kinds == "woman"].mean()),
        "men": rounded(hits[kinds == "man"].mean()),
        "unknown": rounded(np.mean(unknown)),
        "share_unknown": rounded(np.mean([run.unknown.mean() for run in models])),
        "languages": {
            language: {"recall": recall[column], "above": above[column]}
            for column, language in enumerate(languages(rows))
        },
    }


def in_training() -> dict[str, int]:
    """By language, how many people of the training part have a word of their name in its lists."""
    lists: dict[str, set[str]] = {}
    for row in read(PEOPLE):
        lists.setdefault(row["group"], set()).add(row["name"])
    training = batching.split(corpus.load(corpus.SAMPLE)).train
    names = [
        set(sentence.words[entity.start : entity.end])
        for sentence in training
        for entity in entities(sentence.tags)
        if entity.type == "per"
    ]
    return {
        language: sum(not listed.isdisjoint(n) for n in names) for language, listed in lists.items()
    }


def correlation(found: dict, people: Mapping[str, int]) -> float:
    """Spearman's, of the recall by language and how many people of it there are in training."""
    recall = pd.Series({name: row["recall"][0] for name, row in found["languages"].items()})
    return rounded(recall.rank().corr(pd.Series(people).rank()))


def interval(values: np.ndarray, frames: Sequence[str]) -> list[list[float]]:
    """For each column its mean and the ends of its 95% interval; drawn anew are the frames, for the
    sentences of one are alike."""
    names = np.array(frames)
    by_frame = np.stack([values[names == frame].mean(axis=0) for frame in dict.fromkeys(frames)])
    draws = np.random.default_rng(42).integers(0, len(by_frame), (DRAWS, len(by_frame)))
    low, high = np.quantile(by_frame[draws].mean(axis=1), [0.025, 0.975], axis=0)
    columns = zip(by_frame.mean(axis=0), low, high, strict=True)
    return [[rounded(value) for value in column] for column in columns]


def rounded(value: float) -> float:
    return round(float(value), 4)


def table(systems: dict[str, dict]) -> str:
    """A row for each system; of a form that was not asked for nothing."""
    lines = [
        "| | models | in full | women | men | no word known | first alone | last alone "
        "| lowest | highest | surely below all | follows training |",
        "|---" * 12 + "|",
    ]
    for system, found in systems.items():
        full = found.get("full") or next(found[form] for form in FORMS if form in found)
        by_recall = sorted(full["languages"].items(), key=lambda item: item[1]["recall"][0])
        below = sum(row["above"][2] < 0 for _, row in by_recall)
        cells = [
            str(found["models"]),
            "{:.3f} [{:.3f}, {:.3f}]".format(*full["all"]),
            *(f"{full[name]:.3f}" for name in ("women", "men", "unknown")),
            *(
                f"{found[form]['all'][0]:.3f}" if form in found else ""
                for form in ("first", "last")
            ),
            *(f"{by_recall[at][0]} {by_recall[at][1]['recall'][0]:.3f}" for at in (0, -1)),
            f"{below} of {len(by_recall)}",
            f"{full['follows_training']:.2f}",
        ]
        lines.append(f"| {system} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    with errors.one_line():
        main()
