"""The exercises of lesson 08: what others have read."""

from collections.abc import Callable, Sequence

import numpy as np

from ner_tutorial.exercises.engine import (
    EXPLAIN,
    MAKE,
    PREDICT,
    Answers,
    Code,
    Numbers,
    Reason,
    exercise,
)


@exercise("08.1", PREDICT, Numbers("a number between 0 and 1", within=0.005))
def _share_of_attention() -> Answers:
    """Divide each score by the root of 4. Then take the exponential of both: what share of the sum
    is the first?

    A lead of two in the score is less than all of the attention: a softmax is soft.

        import math

        first, second = math.exp(2 / math.sqrt(4)), math.exp(0 / math.sqrt(4))
        answer = first / (first + second)
    """

    def share(lead: float) -> float:
        return float(1 / (1 + np.exp(-lead)))

    return share(2 / 2), [
        (share(2), "The scores were not divided by the root of the size."),
        (share(2 / 4), "Divide by the root of the size, not by the size."),
        (share(-2 / 2), "That is the share of the second."),
        (1.0, "A softmax gives the lower score something, too."),
        (0.5, "Equal shares come of equal scores."),
    ]


@exercise("08.2", EXPLAIN, Reason())
def _why_forms_beside_it() -> Answers:
    """Put *US* and *us* through `split`, or *May* and *may*. What of a word is lost before the
    encoder sees anything?

    What is thrown away at the door, no layer brings back: the forms carry it past.

        answer = "c"
    """
    return "c", [
        ("a", "It has met far more names than the corpus has."),
        ("b", "The mean of the pieces is one vector for each word, as an embedding gives."),
        ("d", "Padding is masked: nobody looks at it."),
    ]


Split = Callable[[str, list[str]], list[str]]


def _draw_pieces(random: np.random.Generator) -> tuple[str, list[str]]:
    """A word of a few letters, and endings of which some fit."""
    word = "".join(random.choice(list("abc"), size=random.integers(2, 7)))
    cuts = [sorted(random.integers(0, len(word) + 1, size=2)) for _ in range(5)]
    pieces = [word[start:end] for start, end in cuts if start < end]
    letters = random.choice(list("abc"), size=random.integers(1, 4), replace=False).tolist()
    return word, list(dict.fromkeys([*pieces, *letters]))


@exercise(
    "08.3",
    MAKE,
    Code(
        "a function of word and pieces that gives a list of pieces",
        "word pieces",
        _draw_pieces,
        edges=(
            ("", ["a"]),
            ("a", []),
            ("ab", ["ab", "a", "b"]),
            ("abc", ["ab", "bc", "a", "c"]),
            ("abb", ["ab", "bb", "a", "b"]),
            ("cab", ["ab", "a", "b"]),
        ),
    ),
)
def _pieces_from_the_right() -> Answers:
    """Begin with the whole word, and drop letters from its left until what is left is a piece. That
    is the last piece. Go on with what stands before it.

    Where one begins decides what is found: a greedy choice never looks back.

        def from_the_right(word, pieces):
            found, end = [], len(word)
            while end:
                starts = [start for start in range(end) if word[start:end] in pieces]
                if not starts:
                    return ["[UNK]"]
                found.insert(0, word[starts[0] : end])
                end = starts[0]
            return found
    """

    def splitting(
        longest: bool = True, in_order: bool = True, rest: Callable[[list], list] = lambda _: []
    ) -> Split:
        def split(word: str, pieces: list[str]) -> list[str]:
            found: list[str] = []
            while word:
                starts = [place for place in range(len(word)) if word[place:] in pieces]
                if not starts:
                    return ["[UNK]", *rest(found)]
                start = starts[0 if longest else -1]
                found.insert(0 if in_order else len(found), word[start:])
                word = word[:start]
            return found

        return split

    def from_the_left(word: str, pieces: list[str]) -> list[str]:
        mirrored = splitting()(word[::-1], [piece[::-1] for piece in pieces])
        return [piece if piece == "[UNK]" else piece[::-1] for piece in reversed(mirrored)]

    return splitting(), [
        (from_the_left, "That begins at the left."),
        (splitting(longest=False), "That takes the shortest piece; take the longest."),
        (splitting(in_order=False), "The pieces come in the order in which they were found."),
        (splitting(rest=list), "If one piece is missing, the whole word is one unknown."),
    ]


def _draw_counts(random: np.random.Generator) -> tuple[list[int]]:
    return (random.integers(1, 4, size=random.integers(1, 6)).tolist(),)


@exercise(
    "08.4",
    MAKE,
    Code(
        "a function of counts that gives a list of places",
        "counts",
        _draw_counts,
        edges=(([],), ([1],), ([3],), ([1, 1, 1],), ([2, 1, 3],)),
    ),
)
def _places_of_first_pieces() -> Answers:
    """The first word's first piece stands behind the mark of the start, so at place 1. The next
    one's stands as many places on as the first word has pieces.

    Who takes the first piece for the word, as BERT's authors did, needs only this.

        def first_places(counts):
            places, place = [], 1
            for count in counts:
                places.append(place)
                place += count
            return places
    """

    def placing(
        begin: int = 1, step: Callable[[int], int] = lambda count: count, last: bool = False
    ) -> Callable[[list[int]], list[int]]:
        def places(counts: list[int]) -> list[int]:
            found, place = [], begin
            for count in counts:
                found.append(place + (count - 1 if last else 0))
                place += step(count)
            return found

        return places

    return placing(), [
        (placing(begin=0), "At place 0 stands the mark of the start."),
        (placing(last=True), "These are the places of the last pieces."),
        (placing(step=lambda _: 1), "These are the places of words, as if each had one piece."),
        (placing(step=lambda count: count + 1), "No mark stands between two words."),
    ]


Attention = Callable[[Sequence, Sequence, Sequence, Sequence], list[list[float]]]


def _draw_attention(random: np.random.Generator) -> tuple[list, list, list, list[bool]]:
    length, size = int(random.integers(1, 4)), int(random.choice([1, 4]))
    queries, keys, values = random.integers(-2, 3, size=(3, length, size)).tolist()
    mask = random.random(length) < 0.6
    mask[random.integers(length)] = True
    return queries, keys, values, mask.tolist()


@exercise(
    "08.5",
    MAKE,
    Code(
        "a function of queries, keys, values and mask that gives a list of vectors",
        "queries keys values mask",
        _draw_attention,
        edges=(
            ([[1]], [[1]], [[2]], [True]),
            ([[1], [0]], [[1], [2]], [[1], [5]], [True, False]),
            ([[0, 0, 0, 0]] * 2, [[1, 2, 0, 1]] * 2, [[1, 0, 0, 0], [3, 0, 0, 0]], [True, True]),
            ([[2, 0, 0, 0]] * 2, [[2, 0, 0, 0], [0] * 4], [[1] * 4, [0] * 4], [True, True]),
        ),
    ),
)
def _masked_attention() -> Answers:
    """Compute the scores as in 8.3. Then give each column that the mask forbids a score so low that
    its exponential is 0, such as -1e9; the softmax comes after that.

    A mask that hides what comes later makes of the same lines a model that writes.

        import numpy as np


        def masked_attention(queries, keys, values, mask):
            scores = np.array(queries) @ np.array(keys).T / len(keys[0]) ** 0.5
            scores = np.exp(np.where(mask, scores, -1e9))
            return (scores / scores.sum(axis=1, keepdims=True)) @ np.array(values)
    """

    def attending(
        power: float = 0.5, masks: bool = True, axis: int = 1, zeros: bool = False
    ) -> Attention:
        def attend(queries: Sequence, keys: Sequence, values: Sequence, mask: Sequence) -> list:
            scores = np.array(queries) @ np.array(keys).T / len(keys[0]) ** power
            low = 0.0 if zeros else -1e9
            scores = np.exp(np.where(np.array(mask) | (not masks), scores, low))
            shares = scores / scores.sum(axis=axis, keepdims=True)
            return (shares @ np.array(values)).tolist()

        return attend

    def masked_late(queries: Sequence, keys: Sequence, values: Sequence, mask: Sequence) -> list:
        scores = np.exp(np.array(queries) @ np.array(keys).T / len(keys[0]) ** 0.5)
        shares = scores / scores.sum(axis=1, keepdims=True) * np.array(mask)
        return (shares @ np.array(values)).tolist()

    return attending(), [
        (attending(masks=False), "The mask is not used."),
        (attending(power=0), "The scores are not divided by the root of the size."),
        (attending(power=1), "Divide by the root of the size, not by the size."),
        (attending(zeros=True), "A score of 0 is not low: its exponential is 1."),
        (masked_late, "Masked after the softmax, the shares no longer add up to 1."),
    ]
