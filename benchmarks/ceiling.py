"""How well does GMB's annotation agree with itself? An estimate of what any model can reach.

    python benchmarks/ceiling.py FILE    FILE: Kaggle's ner_dataset.csv, or the zip that holds it

Two measures, both on the whole corpus. *Repeated sentences*: wherever the same words occur as a
sentence twice or more, each copy is scored against each other copy: strict entity F1 of the
annotation against itself. *The same phrase in the same context*: entities with the two words before
and after them, in different sentences: how often two of them have different types. Writes the
figures, and no sentence, to data/ceiling.json.
"""

import json
import sys
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

from ner_tutorial import corpus, errors, files
from ner_tutorial.iob2 import entities

CONTEXT = 2
TARGET = Path(__file__).resolve().parent.parent / "data" / "ceiling.json"


def main(path: str) -> None:
    sentences = corpus.load(path)
    figures = {
        "corpus": Path(path).name,
        "sentences": len(sentences),
        "repeated_sentences": repeated_sentences(sentences),
        "same_phrase_in_same_context": same_context(sentences),
    }
    text = json.dumps(figures, indent=1) + "\n"
    with files.whole(TARGET) as partial:
        partial.write_text(text, encoding="utf-8")
    print(text, end="")


def repeated_sentences(sentences: list[corpus.Sentence]) -> dict:
    """Copies of a sentence against each other: how many differ, and the F1 of one to the other."""
    copies = defaultdict(list)
    for sentence in sentences:
        copies[sentence.words].append(sentence.tags)
    repeated = [tags for tags in copies.values() if len(tags) > 1]
    right = marked = pairs = different = 0
    for group in repeated:
        for one, other in combinations(group, 2):
            first, second = set(entities(one)), set(entities(other))
            right += len(first & second)
            marked += len(first) + len(second)
            pairs += 1
            different += one != other
    return {
        "sentences_with_copies": len(repeated),
        "with_differing_tags": sum(len(set(group)) > 1 for group in repeated),
        "pairs": pairs,
        "pairs_with_differing_tags": different,
        "entity_f1": round(2 * right / max(1, marked), 4),
    }


def same_context(sentences: list[corpus.Sentence]) -> dict:
    """Marked phrases with equal words around them: how often two have different types."""
    found = defaultdict(Counter)
    for sentence in {(s.words, s.tags): s for s in sentences}.values():
        for kind, start, end in entities(sentence.tags):
            around = sentence.words[max(0, start - CONTEXT) : end + CONTEXT]
            found[around, start - max(0, start - CONTEXT), end - start][kind] += 1
    pairs = different = 0
    for kinds in found.values():
        number = kinds.total()
        all_pairs = number * (number - 1) // 2
        pairs += all_pairs
        different += all_pairs - sum(count * (count - 1) // 2 for count in kinds.values())
    return {
        "words_of_context_on_each_side": CONTEXT,
        "phrases_met_twice_or_more": sum(kinds.total() > 1 for kinds in found.values()),
        "with_more_than_one_type": sum(len(kinds) > 1 for kinds in found.values()),
        "share_of_pairs_with_different_types": round(different / max(1, pairs), 4),
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: python {sys.argv[0]} FILE")
    with errors.one_line():
        main(sys.argv[1])
