"""The exercises of lesson 02: indexing and padding."""

import numpy as np

from ner_tutorial.exercises.engine import (
    EXPLAIN,
    FILL_IN,
    PREDICT,
    SPOT_THE_BUG,
    Answers,
    Function,
    Items,
    Numbers,
    Reason,
    exercise,
    parts,
)
from ner_tutorial.vocabulary import PADDING_WORD_INDEX, Vocabulary


@exercise(
    "02.1",
    FILL_IN,
    Function("a function of the width", {f"{width}": (width,) for width in (70, 100, 200)}),
)
def _accuracy_with_padding() -> Answers:
    """There are len(sentences) * width positions. The program is right on each true O, and graded
    as right on each position beyond a sentence's end.

    You can have any accuracy you like: ask for wider padding.

        def answer(width):
            rows = [sentence.tags for sentence in parts.train + parts.validation]
            outside = sum(row.count("O") for row in rows)
            return 1 - (sum(map(len, rows)) - outside) / (len(rows) * width)
    """
    sentences = [*parts().train, *parts().validation]
    tags = [tag for sentence in sentences for tag in sentence.tags]
    outside, words, rows = tags.count("O"), len(tags), len(sentences)
    return lambda width: 1 - (words - outside) / (rows * width), [
        (lambda width: outside / words, "That is the accuracy on words, whatever the width."),
        (lambda width: outside / (rows * width), "Here the padding is graded as wrong."),
        (lambda width: 1 - words / (rows * width), "That is the share of padding; add each O."),
    ]


BATCH = np.array([[5, 0, 7, 1, 1], [4, 9, 0, 8, 1]])


@exercise("02.2", SPOT_THE_BUG, Numbers("a mask of shape (2, 5)", shape=BATCH.shape))
def _mask_of_words() -> Answers:
    """A mask is True on words. Which index stands for padding here? And is a word that we do not
    know still a word?

    The mask of habit hides each unknown word, and shows the network all the padding.

        answer = some != 1
    """
    return BATCH != PADDING_WORD_INDEX, [
        (BATCH != 0, "That is the mask with the bug: it hides the unknown words."),
        (BATCH > 1, "The padding is out, and so are the unknown words, which are words too."),
        (BATCH == 1, "That is True on padding. A mask says where the words are."),
    ]


@exercise("02.3", PREDICT, Items("a list of names out of train and validation"))
def _parts_with_unknown_words() -> Answers:
    """A word is unknown if the table lacks it. From which sentences does the table come?

    What training never shows is never learned: here, the unknown word's vector.

        answer = ["validation"]
    """
    known = Vocabulary.from_sentences(parts().train).word2index
    words = {
        name: {word for sentence in getattr(parts(), name) for word in sentence.words}
        for name in ("train", "validation")
    }
    return [name for name in words if words[name] - known.keys()], [
        ([*words], "Each word of one of these parts is in the table."),
        (["train"], "The table was made from that very part: each of its words has a place."),
        ([], "That holds for a table made from all sentences. This one comes from one part."),
    ]


@exercise("02.4", EXPLAIN, Reason())
def _more_unknown_words_in_the_validation_part() -> Answers:
    """Take a word of the training part that is unknown: how often does it occur there? Now ask the
    same of an unknown word of the validation part.

    Training shows the network fewer unknown words than the world will.

        answer = "b"
    """
    return "b", [
        ("a", "The validation part was drawn at random; its sentences are like the others."),
        ("c", "These shares were counted on words alone; and padding has an index of its own."),
        ("d", "No network has been trained yet: an index comes from the table alone."),
    ]
