"""The exercises of lesson 01: what is in the corpus."""

import io

import pandas as pd

from ner_tutorial.exercises.engine import FILL_IN, PREDICT, Answers, Items, Numbers, exercise, parts

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
