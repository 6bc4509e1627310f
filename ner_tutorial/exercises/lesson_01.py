"""The exercises of lesson 01: what is in the corpus."""

import io
from collections import Counter
from collections.abc import Callable

import numpy as np
import pandas as pd

from ner_tutorial import iob2
from ner_tutorial.exercises.engine import (
    FILL_IN,
    MAKE,
    PREDICT,
    Answers,
    Code,
    Items,
    Numbers,
    exercise,
    parts,
)

CANDIDATES = ["None", "Nothing", "NA", "No", "nan", "null"]


@exercise("01.1", PREDICT, Items("a list of words from `candidates`"))
def _taken_for_missing() -> Answers:
    r"""pandas has a fixed list of spellings that programs write where a value is missing. It knows
    their spelling, not their meaning.

    One is English, one a country's code, one a bread: a word need not mean missing.

        import io

        as_read = pd.read_csv(io.StringIO("\n".join(["word", *candidates])))
        answer = [word for word, lost in zip(candidates, as_read["word"].isna()) if lost]
    """
    words = pd.Series(CANDIDATES)
    lost = pd.read_csv(io.StringIO("\n".join(["word", *words])))["word"].isna()
    return words[lost].tolist(), [
        (CANDIDATES, "A word that says 'no' may still be a word: pandas reads no English."),
        (["None"], "Python's own word is taken, yes. Other programs have other spellings."),
        (["None", "Nothing", "No"], "You went by the meaning; pandas goes by the spelling."),
    ]


@exercise("01.2", FILL_IN, Numbers("a whole number of entities", within=0.1))
def _entities_in_the_corpus() -> Answers:
    """Each entity has exactly one tag that begins it, and `tag_counts` knows how often.

    A reader counts entities: a name of five words is found once, or not at all.

        answer = sum(count for tag, count in tag_counts.items() if tag.startswith("B-"))
    """
    rows = [sentence.tags for part in parts() for sentence in part]
    begun, inside = (sum(tag[0] == letter for row in rows for tag in row) for letter in "BI")
    return begun, [
        (begun + inside, "These are words inside names: a name of three words counts thrice."),
        (inside, "I- tags continue an entity. One of a single word has none."),
        (sum(set(row) != {"O"} for row in rows), "These are the sentences that hold an entity."),
    ]


@exercise("01.3", PREDICT, Numbers("a share between 0 and 1, right to 0.03", within=0.03))
def _always_o() -> Answers:
    """The program is right wherever the true tag is O. You know the share of O in the whole corpus,
    and the validation part was drawn at random.

    An accuracy says nothing until you know what a program without any skill would get.

        tags = [tag for sentence in parts.validation for tag in sentence.tags]
        answer = tags.count("O") / len(tags)
    """
    tags = [tag for sentence in parts().validation for tag in sentence.tags]
    share = tags.count("O") / len(tags)
    return share, [
        (round(100 * share), "That looks like a percentage; divide it by a hundred."),
        (1 - share, "That is the share of words inside names, which it gets wrong."),
        (0, "It finds no name, but most words are none, and there it is right."),
    ]


TAGS = ["O", "B-per", "I-per", "B-geo", "I-geo"]


def draw_tags(random: np.random.Generator, most: int = 8) -> list[str]:
    """Tags of a sentence, in any order; some break the rules of IOB2."""
    return random.choice(TAGS, size=random.integers(1, most + 1)).tolist()


Span = tuple[str, int, int]


def _spans(tags: list[str], goes_on: Callable[[str, str], bool], begin: str = "B") -> list[Span]:
    """Entities that begin at a tag with one of these letters, and go on as told."""
    found: list[Span] = []
    for place, tag in enumerate(tags):
        if found and found[-1][2] == place and goes_on(tag, found[-1][0]):
            found[-1] = (*found[-1][:2], place + 1)
        elif tag[0] in begin:
            found.append((tag[2:], place, place + 1))
    return found


@exercise(
    "01.4",
    MAKE,
    Code(
        "a function of tags that gives a list of entities, each (type, start, end)",
        "tags",
        lambda random: (draw_tags(random),),
        edges=tuple(
            (tags,)
            for tags in ([], ["O"], ["I-per"], ["B-per"], ["B-geo", "B-geo"], ["B-geo", "I-per"])
        ),
    ),
)
def _reader_of_entities() -> Answers:
    """Go through the places, and stop at each B-. From there let `end` walk to the right, as long
    as it is within the sentence and the tag there is the I- of the same type.

    You have a reader for IOB2; every score of entities is built on one.

        def read_entities(tags):
            found = []
            for start, tag in enumerate(tags):
                if tag.startswith("B-"):
                    end = start + 1
                    while end < len(tags) and tags[end] == "I-" + tag[2:]:
                        end += 1
                    found.append((tag[2:], start, end))
            return found
    """

    def is_inside(tag: str, kind: str) -> bool:
        return tag == f"I-{kind}"

    def read(tags: list[str]) -> list[Span]:
        return [(kind, start, end) for kind, start, end in iob2.entities(tags)]

    def starts_only(tags: list[str]) -> list[Span]:
        return [(tag[2:], i, i + 1) for i, tag in enumerate(tags) if tag[0] == "B"]

    return read, [
        (
            lambda tags: [(kind, start, end - 1) for kind, start, end in read(tags)],
            "The end is that of a slice: the place after the entity's last word.",
        ),
        (
            lambda tags: _spans(tags, lambda tag, kind: tag[0] == "I"),
            "An I- of another type does not continue the entity.",
        ),
        (
            lambda tags: _spans(tags, is_inside, "BI"),
            "An I- that continues nothing begins no entity, in IOB2.",
        ),
        (
            lambda tags: _spans(tags, lambda tag, kind: tag[2:] == kind),
            "A B- begins a new entity, even right after one of its own type.",
        ),
        (
            lambda tags: [entity for entity in read(tags) if entity[2] < len(tags)],
            "An entity that reaches to the end of the sentence is lost.",
        ),
        (starts_only, "An entity may have more than one word: follow its I- tags."),
    ]


Pairs = list[tuple[str, str]]


def _draw_pairs(random: np.random.Generator) -> tuple[Pairs, list[str]]:
    """Few words with two tags each, so that many are ambiguous, and some tie."""
    words = ["Paris", "may", "May"]
    pairs = [
        (str(random.choice(words)), str(random.choice(["O", "B-per", "B-geo"])))
        for _ in range(random.integers(6, 11))
    ]
    return pairs, [*random.permutation(words).tolist()[:2], "Oslo"]


@exercise(
    "01.5",
    MAKE,
    Code(
        "a function of pairs and words that gives a list of tags",
        "pairs words",
        _draw_pairs,
        edges=(
            ([], ["Joe"]),
            ([("Joe", "B-per")], []),
            ([("May", "O"), ("May", "B-tim")], ["May"]),
            ([("May", "B-tim"), ("May", "O")], ["May"]),
        ),
    ),
)
def _lookup() -> Answers:
    """A `Counter` for each word counts its tags. `most_common(1)` gives the first of the most
    frequent, in the order in which they were met.

    This is the opponent that a network has to beat; a tie is a choice you now know of.

        def look_up(pairs, words):
            counts = defaultdict(Counter)
            for word, tag in pairs:
                counts[word][tag] += 1
            best = {word: seen.most_common(1)[0][0] for word, seen in counts.items()}
            return [best.get(word, "O") for word in words]
    """

    def by(choose: Callable[[list[str]], str], of: Callable = str) -> Callable:
        def look_up(pairs: Pairs, words: list[str]) -> list[str]:
            seen = {word: [tag for w, tag in pairs if of(w) == of(word)] for word in words}
            return [choose(seen[word]) if seen[word] else "O" for word in words]

        return look_up

    def most(tags: list[str]) -> str:
        return max(dict.fromkeys(tags), key=tags.count)

    def unknown_left_out(pairs: Pairs, words: list[str]) -> list[str]:
        known = {word for word, _ in pairs}
        return by(most)(pairs, [word for word in words if word in known])

    def knows_all(pairs: Pairs, words: list[str]) -> list[str]:
        best = {word: by(most)(pairs, [word])[0] for word, _ in pairs}
        return [best[word] for word in words]

    return by(most), [
        (by(lambda tags: tags[-1]), "That is the last tag of the word. Count them all."),
        (by(lambda tags: tags[0]), "That is the first tag of the word. Count them all."),
        (
            by(lambda tags: max(dict.fromkeys(reversed(tags)), key=tags.count)),
            "Of two tags that are as frequent take the one that was met first.",
        ),
        (
            by(lambda tags: max(sorted(set(tags)), key=tags.count)),
            "A tie goes to the tag met first.",
        ),
        (by(most, str.lower), "*May* and *may* are two words: leave the capitals as they are."),
        (unknown_left_out, "A word that no pair holds gets O; each word needs a tag."),
        (knows_all, "A word that no pair holds gets O."),
        (
            lambda pairs, words: [Counter(t for _, t in pairs).most_common(1)[0][0] for _ in words],
            "That is the most frequent tag of all. Count for each word.",
        ),
    ]
