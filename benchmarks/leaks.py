"""What stays readable of people: in texts with stand-ins, and in the vocabulary of a model.

    python benchmarks/leaks.py MODEL...

MODEL is a directory that `train` wrote, trained on the sample. On the sample's validation part each
finds people, places and dates, which get stand-ins; a name leaks if a word of it is in none that
was found. Several sentences drawn together are a document, which leaks if one of its people does.
Then: how many of the names of people in the training part stand, all their words, in the model's
`vocabulary.json`.

Prints a row for each model, and writes all to data/leaks.json, which lesson 09 reads.
"""

import argparse
import json
from collections.abc import Sequence

import counterfactual
import numpy as np
import runs

from ner_tutorial import batching, corpus, errors, metrics, saving
from ner_tutorial.corpus import Sentence
from ner_tutorial.iob2 import Entity, entities
from ner_tutorial.pseudonyms import STAND_INS, leaked
from ner_tutorial.tagger import Tagger
from ner_tutorial.vocabulary import PADDING_WORD, UNKNOWN_WORD, Vocabulary

TARGET = corpus.SAMPLE.with_name("leaks.json")
LENGTHS = (1, 2, 5, 10, 20, 50)  # sentences of a document
DRAWS = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("models", nargs="+", metavar="MODEL")
    options = parser.parse_args()
    parts = batching.split(corpus.load(corpus.SAMPLE))
    stored = []
    for directory in options.models:
        tagger = Tagger.load(directory)
        training = saving.read_settings(directory)["training"]
        row = {
            "system": counterfactual.system_of(directory),
            **{name: training[name] for name in ("seed", "min_count")},
            **readable(tagger.vocabulary, parts.train),
            **leaks(tagger, parts.validation),
        }
        stored.append(row)
        print(json.dumps(row), flush=True)
    runs.keep_rows(stored, TARGET)


def readable(vocabulary: Vocabulary, training: Sequence[Sentence]) -> dict:
    """How many different names of people there are in a training part, and how many of these can be
    read, whole, in the vocabulary."""
    names = {
        sentence.words[entity.start : entity.end]
        for sentence in training
        for entity in entities(sentence.tags)
        if entity.type == "per"
    }
    words, vectors = set(vocabulary.index2word), set(vocabulary.index2vector)
    found = [  # vectors learned elsewhere may be of words in lower case
        name for name in names if all(w in words or {w, w.lower()} & vectors for w in name)
    ]
    special = {UNKNOWN_WORD, PADDING_WORD}
    return {
        "names": len(names),
        "readable": len(found),
        "words": len((words | vectors) - special),
    }


def leaks(tagger: Tagger, sentences: Sequence[Sentence]) -> dict:
    """What leaks, by type and by the length of a document; and F1, to compare with."""
    found = tagger.tag([sentence.words for sentence in sentences])
    true = [sentence.tags for sentence in sentences]
    stays = [leaked(*pair) for pair in zip(true, found, strict=True)]
    kinds = sorted({e.type for tags in true for e in entities(tags)} & STAND_INS.keys())
    counts = np.array([count(*pair, kinds) for pair in zip(stays, true, strict=True)])
    by_type = {
        kind: {
            "leaked": int(left),
            "names": int(names),
            "interval": [round(float(end), 4) for end in metrics.wilson(left / names, names)],
        }
        for kind, (left, names) in zip(kinds, counts.sum(axis=0), strict=True)
    }
    draw = np.random.default_rng(42)
    of_people = counts[:, kinds.index("per")]
    return {
        "validation_f1": round(metrics.entity_f1(true, found), 4),
        "by_type": by_type,
        "documents": {length: of_documents(of_people, length, draw) for length in LENGTHS},
    }


def count(stays: Sequence[Entity], true: Sequence[str], kinds: Sequence[str]) -> list[list[int]]:
    """Of a sentence for each type: how many names leak, and how many there are."""
    return [
        [sum(entity.type == kind for entity in some) for some in (stays, entities(true))]
        for kind in kinds
    ]


def of_documents(of_people: np.ndarray, length: int, draw: np.random.Generator) -> float:
    """Of documents of so many sentences, drawn at random, that name a person: the share in which a
    person leaks. `of_people` is int (sentences, 2): how many leak, and how many there are."""
    rows = np.array([draw.permutation(len(of_people))[:length] for _ in range(DRAWS)])
    left, names = of_people[rows].sum(axis=1).T
    return round(float((left[names > 0] > 0).mean()), 4)


if __name__ == "__main__":
    with errors.one_line():
        main()
