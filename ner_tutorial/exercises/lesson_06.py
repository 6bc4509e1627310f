"""The exercises of lesson 06: beyond the baseline."""

from collections.abc import Callable
from itertools import groupby

import numpy as np

from ner_tutorial.exercises.engine import (
    EXPLAIN,
    MAKE,
    PREDICT,
    Answers,
    Code,
    Items,
    Numbers,
    Reason,
    exercise,
)
from ner_tutorial.vocabulary import PADDING_WORD_INDEX, UNKNOWN_WORD_INDEX, features


@exercise("06.1", PREDICT, Items("a list of features, each in quotes"))
def _features_shared() -> Answers:
    """Write both words one above the other, and compare them from the right, then from the left.
    Do not forget what they look like as a whole.

    A word that was never seen is not quite a stranger.

        from ner_tutorial.vocabulary import features

        answer = [feature for feature in features("Bergslo") if feature in features("Oslo")]
    """
    one, other = features("Bergslo"), features("Oslo")
    shared = [feature for feature in one if feature in other]
    return shared, [
        (shared[:-1], "The endings are there. Is there nothing else that the two have in common?"),
        ([*shared, "suffix 4: gslo"], "The last four letters differ in the first of them."),
        (shared[2:], "An ending that is shared has shorter endings that are shared as well."),
    ]


@exercise("06.2", PREDICT, Numbers("a probability, right to 0.005", within=0.005))
def _chance_that_a_name_is_damaged() -> Answers:
    """Ask first for the chance that all three words stay; each stays with a probability of 0.9.

    So the network meets even its commonest names damaged, epoch after epoch.

        answer = 1 - 0.9**3
    """
    return 1 - 0.9**3, [
        (3 * 0.1, "Chances add up only if no two can happen together."),
        (0.1**3, "That is the chance that all three are hidden."),
        (0.9**3, "That is the chance that none is hidden."),
        (0.1, "That is the chance for one word."),
    ]


@exercise("06.3", EXPLAIN, Reason())
def _why_precision_falls() -> Answers:
    """The bonus knows nothing of the words. What does it change for a word that is no rare name?

    A threshold was moved; nothing was learned.

        answer = "b"
    """
    return "b", [
        ("a", "Nothing was trained: the model knows after the bonus what it knew before."),
        ("c", "Only scores of single tags were changed, and no move."),
        ("d", "The sentences and their true tags are the same in each row."),
    ]


def _draw_word(random: np.random.Generator) -> tuple[str]:
    """A few runs of signs that are no word."""
    runs = [random.choice(list(signs), size=random.integers(1, 4)) for signs in _runs(random)]
    return ("".join(sign for run in runs for sign in run),)


def _runs(random: np.random.Generator) -> list[str]:
    return random.choice(["ABCÉ", "abcé", "0123", "-", "."], size=random.integers(2, 5)).tolist()


@exercise(
    "06.4",
    MAKE,
    Code(
        "a function of a word that gives a text, its long shape",
        "word",
        _draw_word,
        edges=(("",), ("a",), ("U.S.",), ("É",), ("x" * 12,), ("--",)),
    ),
)
def _long_shape() -> Answers:
    """First turn each character into its kind, as `kind` does in 6.2. Then go through the kinds run
    by run; `itertools.groupby` gives each run of equal signs.

    A feature is a question asked of a word; whether it helps, an ablation tells.

        from itertools import groupby


        def long_shape(word):
            runs = [(sign, len(list(run))) for sign, run in groupby(map(kind, word))]
            return "".join(sign if length == 1 else f"{sign}{length}" for sign, length in runs)
    """

    def kind(c: str) -> str:
        return "X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else c

    def shaping(
        of: Callable[[str], str] = kind,
        write: Callable[[str, int], str] = lambda sign, n: sign if n == 1 else f"{sign}{n}",
    ) -> Callable[[str], str]:
        def shape(word: str) -> str:
            return "".join(write(sign, len([*run])) for sign, run in groupby(map(of, word)))

        return shape

    def totals(word: str) -> str:
        signs = [*map(kind, word)]
        return "".join(shaping()(sign * signs.count(sign)) for sign in dict.fromkeys(signs))

    return shaping(), [
        (shaping(write=lambda sign, n: f"{sign}{n}"), "A run of one has no number after it."),
        (
            shaping(write=lambda sign, n: sign * min(n, 2)),
            "That is 6.2's shape. Write each run's length.",
        ),
        (
            shaping(write=lambda sign, n: sign),
            "The lengths are missing: `Xx5` says more than `Xx`.",
        ),
        (shaping(write=lambda sign, n: sign * n), "Write a run as its sign and its length."),
        (shaping(str), "Turn the characters into kinds first: X, x and d."),
        (
            shaping(lambda c: kind(c) if c.isascii() else c),
            "Letters with accents are letters: `isupper` and `islower` know them.",
        ),
        (
            shaping(lambda c: "X" if c.isupper() else "d" if c.isdigit() else "x"),
            "A sign that is no letter and no digit stays as it is.",
        ),
        (totals, "Count the signs of each run, not of the whole word."),
    ]


def _draw_sentence(random: np.random.Generator) -> tuple[np.ndarray, float, int]:
    """Two padded rows of indices, a rate and a seed."""
    words = random.integers(2, 90, size=(2, random.integers(4, 7)))
    words[0, -2:] = words[1, -1] = PADDING_WORD_INDEX
    return words, round(random.uniform(0.3, 0.7), 1), int(random.integers(1000))


@exercise(
    "06.5",
    MAKE,
    Code(
        "a function of words, rate and seed that gives an array of the same shape",
        "words rate seed",
        _draw_sentence,
        edges=(
            (np.array([[5, 1]]), 1.0, 1),
            (np.array([[5, 6]]), 0.0, 1),
            (np.array([[0, 1, 1]]), 0.5, 1),
        ),
    ),
)
def _word_dropout() -> Answers:
    """Draw once, for all places: `random.random(words.shape)`. A place is hidden where the draw is
    below the rate, and where there is a word. `np.where` writes the result.

    The mask of lesson 2 again: what is done to words must leave the padding alone.

        def drop_words(words, rate, seed):
            random = np.random.default_rng(seed)
            hidden = (random.random(words.shape) < rate) & (words != 1)
            return np.where(hidden, 0, words)
    """

    def dropping(
        is_hit: Callable[[np.ndarray, float], np.ndarray] = lambda draw, rate: draw < rate,
        is_word: Callable[[np.ndarray], np.ndarray] = lambda words: words != PADDING_WORD_INDEX,
        hidden: int = UNKNOWN_WORD_INDEX,
    ) -> Callable[[np.ndarray, float, int], np.ndarray]:
        def drop(words: np.ndarray, rate: float, seed: int) -> np.ndarray:
            draw = np.random.default_rng(seed).random(words.shape)
            return np.where(is_hit(draw, rate) & is_word(words), hidden, words)

        return drop

    def in_place(words: np.ndarray, rate: float, seed: int) -> np.ndarray:
        words[:] = dropping()(words, rate, seed)
        return words

    def whole_rows(words: np.ndarray, rate: float, seed: int) -> np.ndarray:
        draw = np.random.default_rng(seed).random((len(words), 1))
        return np.where((draw < rate) & (words != PADDING_WORD_INDEX), 0, words)

    return dropping(), [
        (dropping(is_word=lambda words: words >= 0), "Padding is no word, and stays padding."),
        (
            dropping(lambda draw, rate: draw > rate),
            "That hides the others: with a rate of 0.1 it would hide nine words in ten.",
        ),
        (
            dropping(hidden=PADDING_WORD_INDEX),
            "A hidden word is an unknown one, 0, and no padding.",
        ),
        (dropping(lambda draw, rate: draw < 0), "No word is hidden."),
        (
            dropping(lambda draw, rate: draw < 2),
            "All words are hidden. Compare the draw with the rate.",
        ),
        (in_place, "The next epoch would begin with words that are gone for good."),
        (whole_rows, "Each word has a draw of its own; here a whole sentence shares one."),
    ]
