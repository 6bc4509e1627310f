"""The exercises of lesson 02: indexing and padding."""

from collections import Counter
from collections.abc import Callable

import numpy as np

from ner_tutorial.exercises.engine import (
    EXPLAIN,
    FILL_IN,
    MAKE,
    PREDICT,
    SPOT_THE_BUG,
    Answers,
    Code,
    Function,
    Items,
    Numbers,
    Reason,
    exercise,
    parts,
)
from ner_tutorial.vocabulary import PADDING_WORD_INDEX, UNKNOWN_WORD_INDEX, Vocabulary


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


Rows = list[list[int]]


def _draw_rows(random: np.random.Generator) -> tuple[Rows]:
    """Sentences as indices, some of them unknown words."""
    lengths = random.integers(1, 5, size=random.integers(2, 4))
    draw = [0, 0, *range(2, 10)]
    return ([random.choice(draw, size=length).tolist() for length in lengths],)


@exercise(
    "02.5",
    MAKE,
    Code(
        "a function of rows that gives two arrays, the padded matrix and its mask",
        "rows",
        _draw_rows,
        edges=(([[5]],), ([[]],), ([[0], []],)),
    ),
)
def _padding_and_mask() -> Answers:
    """`np.full((rows, width), value)` makes a matrix to write the rows into. Which index stands for
    padding, and how wide is the longest row?

    The mask goes with the matrix from here to the loss; all that counts needs it.

        def pad(rows):
            matrix = np.full((len(rows), max(map(len, rows))), 1)
            for place, row in enumerate(rows):
                matrix[place, : len(row)] = row
            return matrix, matrix != 1
    """

    def padding(
        value: int = PADDING_WORD_INDEX,
        width: int | None = None,
        mask: Callable[[np.ndarray], np.ndarray] = lambda matrix: matrix != PADDING_WORD_INDEX,
        to_the_right: bool = False,
    ) -> Callable:
        def pad(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
            longest = width or max(map(len, rows))
            filled = [[value] * (longest - len(row)) for row in rows]
            pairs = (
                zip(filled, rows, strict=True) if to_the_right else zip(rows, filled, strict=True)
            )
            matrix = np.array([[*one, *other] for one, other in pairs], dtype=int)
            return matrix, mask(matrix)

        return pad

    return padding(), [
        (padding(0), "Index 0 is the unknown word. Padding is 1."),
        (padding(0, mask=lambda matrix: matrix != 0), "Padding is 1; 0 is a word, an unknown one."),
        (
            padding(mask=lambda matrix: matrix != 0),
            "This mask hides the unknown words. Padding is 1.",
        ),
        (padding(mask=lambda matrix: matrix > 1), "An unknown word, 0, is a word too."),
        (padding(mask=lambda matrix: matrix == 1), "A mask is True on words, not on padding."),
        (padding(to_the_right=True), "The words belong on the left, the padding on the right."),
        (padding(width=70), "As wide as the longest of these rows, no wider."),
        (
            lambda rows: (padding()(rows)[0].astype(float), padding()(rows)[1]),
            "`np.ones` makes decimal numbers. An index is a whole one; no other looks anything up.",
        ),
        (lambda rows: padding()(rows)[0], "The mask is missing: return the matrix and the mask."),
    ]


def _draw_lengths(random: np.random.Generator) -> tuple[list[int], int]:
    lengths = random.integers(1, 9, size=random.integers(4, 9)).tolist()
    return lengths, int(random.integers(2, 4))


@exercise(
    "02.6",
    MAKE,
    Code(
        "a function of lengths and size that gives a list of batches, each a list of places",
        "lengths size",
        _draw_lengths,
        edges=(([], 2), ([7], 2), ([3, 3, 3], 2), ([2, 1], 5)),
    ),
)
def _batches_of_similar_length() -> Answers:
    """Sort the places, not the lengths: `sorted(range(len(lengths)), key=...)`. Then cut the row
    into pieces, and do not forget what is left over.

    What is sorted are places, so each sentence can still be found: NumPy's argsort.

        def batches(lengths, size):
            places = sorted(range(len(lengths)), key=lambda place: lengths[place])
            return [places[start : start + size] for start in range(0, len(places), size)]
    """

    def cut(places: list[int], size: int) -> Rows:
        return [places[start : start + size] for start in range(0, len(places), size)]

    def by_length(lengths: list[int], sign: int = 1) -> list[int]:
        return sorted(range(len(lengths)), key=lambda place: sign * lengths[place])

    return lambda lengths, size: cut(by_length(lengths), size), [
        (
            lambda lengths, size: cut([*range(len(lengths))], size),
            "These stand in the order in which they came. Sort by length first.",
        ),
        (
            lambda lengths, size: cut(sorted(lengths), size),
            "These are lengths. A batch needs to know which sentences: their places.",
        ),
        (
            lambda lengths, size: [b for b in cut(by_length(lengths), size) if len(b) == size],
            "The last batch may be smaller. Here its sentences are lost.",
        ),
        (
            lambda lengths, size: cut(by_length(lengths, -1), size),
            "The shortest come first.",
        ),
        (
            lambda lengths, size: np.array_split(by_length(lengths), max(size, 1)),
            "`size` says how many sentences a batch has, not how many batches there are.",
        ),
        (
            lambda lengths, size: cut([lengths.index(x) for x in sorted(lengths)], size),
            "Of two sentences of one length, `index` finds the first twice.",
        ),
    ]


Sentences = list[list[str]]


def _draw_sentences(random: np.random.Generator) -> tuple[Sentences, int, list[str]]:
    words = ["Joe", "went", "to", "Oslo", "oslo"]
    lengths = random.integers(1, 5, size=3)
    sentences = [random.choice(words, size=length).tolist() for length in lengths]
    return sentences, int(random.integers(1, 4)), random.permutation(words).tolist()[:4]


def _table(sentences: Sentences, least: int, special: int, by_count: bool = False) -> dict:
    counts = Counter(word for sentence in sentences for word in sentence)
    known = [word for word in counts if counts[word] >= least]
    if by_count:
        known.sort(key=lambda word: -counts[word])
    return {word: place for place, word in enumerate(known, special)}


@exercise(
    "02.7",
    MAKE,
    Code(
        "a class made from sentences and min_count, whose `encode` gives a list of indices",
        "sentences min_count words",
        _draw_sentences,
        edges=(
            ([], 1, ["Joe"]),
            ([["Joe"]], 1, []),
            ([["Joe"]], 2, ["Joe"]),
            ([["Joe"]], 1, ["Joe"]),
        ),
        use=lambda made, sentences, min_count, words: made(sentences, min_count).encode(words),
    ),
)
def _table_of_words() -> Answers:
    """A `Counter` keeps its words in the order in which it met them. Leave out the rare ones, and
    number the others from 2 on. `get` what is not in the table as 0.

    With such a table a word from tomorrow has an index; with a bare dict, a KeyError.

        from collections import Counter


        class Words:
            def __init__(self, sentences, min_count):
                counts = Counter(word for sentence in sentences for word in sentence)
                known = [word for word in counts if counts[word] >= min_count]
                self.table = {word: index for index, word in enumerate(known, 2)}

            def encode(self, words):
                return [self.table.get(word, 0) for word in words]
    """

    def made(
        special: int = 2, more: int = 0, unknown: int = UNKNOWN_WORD_INDEX, by_count: bool = False
    ) -> type:
        class Words:
            def __init__(self, sentences: Sentences, min_count: int) -> None:
                self.table = _table(sentences, min_count + more, special, by_count)

            def encode(self, words: list[str]) -> list[int]:
                return [self.table.get(word, unknown) for word in words]

        return Words

    class Strict(made()):  # type: ignore[misc]
        def encode(self, words: list[str]) -> list[int]:
            return [self.table[word] for word in words]

    class Short(made()):  # type: ignore[misc]
        def encode(self, words: list[str]) -> list[int]:
            return [self.table[word] for word in words if word in self.table]

    return made(), [
        (made(special=0), "0 and 1 are taken, by the unknown word and by padding: begin with 2."),
        (made(special=1), "1 is taken, by padding: begin with 2."),
        (made(more=1), "A word that occurs `min_count` times is in the table."),
        (made(more=-(10**6)), "Words rarer than `min_count` are to be left out."),
        (made(unknown=1), "1 is padding. An unknown word is 0."),
        (made(by_count=True), "The words stand in the order in which they were met."),
        (Strict, "What should an unknown word be?"),
        (Short, "Each word gets an index; an unknown one gets 0, and is not left out."),
    ]
