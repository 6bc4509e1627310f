"""The exercises of lesson 05: what the metrics mean."""

from collections.abc import Callable

import numpy as np

from ner_tutorial import metrics
from ner_tutorial.exercises.engine import (
    EXPLAIN,
    FILL_IN,
    MAKE,
    PREDICT,
    Answers,
    Code,
    Items,
    Numbers,
    Reason,
    exercise,
)

WANTED_TAGS = ["B-per", "I-per", "B-geo", "B-nat", "O", "O"]
FOUND_TAGS = ["B-per", "I-per", "B-org", "O", "B-geo", "O"]


@exercise("05.1", PREDICT, Items("a list of tags"))
def _tags_without_precision() -> Answers:
    """Precision divides by how often the tag was predicted. So look at the predicted tags.

    Never tried is not always wrong, though many programs print 0 for both.

        answer = sorted(set(wanted_tags) - set(found_tags))
    """
    names = sorted({*WANTED_TAGS, *FOUND_TAGS})
    table = metrics.one_vs_rest([WANTED_TAGS], [FOUND_TAGS], names)
    precision, recall = table["precision"], table["recall"]
    return [*table.index[precision.isna()]], [
        ([*table.index[recall == 0]], "These have recall 0. But one of them was predicted."),
        ([*table.index[recall.isna()]], "It never occurs, so its recall is 0/0."),
        ([*table.index[precision == 0]], "These were predicted, each time wrongly: that is 0."),
    ]


TRUE_NAMES = ["B-per", "I-per", "O", "B-org", "I-org", "I-org", "O", "B-geo"]
FOUND_NAMES = ["B-per", "I-per", "O", "B-org", "I-org", "O", "O", "I-geo"]


@exercise(
    "05.2",
    FILL_IN,
    Numbers("two numbers, strict and lenient F1, right to 0.01", shape=(2,), within=0.01),
)
def _strict_and_lenient() -> Answers:
    """Count three things for each convention: entities wanted, found, and right. F1 is twice the
    right ones, divided by wanted plus found.

    A name cut short costs twice, once as a miss and once as a false alarm.

        answer = (2 * 1 / (2 + 3), 2 * 2 / (3 + 3))  # twice right / (found + wanted)
    """
    strict, lenient = (
        metrics.entity_scores([TRUE_NAMES], [FOUND_NAMES], mode).at["all", "f1"]
        for mode in (True, False)
    )
    return (strict, lenient), [
        ((lenient, strict), "These are in the wrong order."),
        ((2 * 1.5 / 5, 2 * 2.5 / 6), "Half an organisation earned a half there; it earns nothing."),
        ((2 * 4 / 11, 2 * 4 / 11), "You counted tags. Count whole entities."),
        ((2 * 1 / 6, lenient), "Strictly, an I- without a start is not found at all."),
    ]


@exercise("05.3", EXPLAIN, Reason())
def _interval_that_holds_zero() -> Answers:
    """The interval says which differences fit the data. Does no difference at all fit? Does one in
    favour of the old model?

    'No finding' is a result: it asks for more sentences, or more seeds.

        answer = "c"
    """
    return "c", [
        ("a", "On other test sentences the difference could as well have had the other sign."),
        ("b", "To find no difference is not to show that there is none."),
        ("d", "The interval is about draws of test sentences, not about a model's chances."),
    ]


Spans = list[list[tuple[str, int, int]]]
SPANS = [("per", 0, 1), ("per", 0, 2), ("geo", 0, 2), ("org", 3, 5), ("geo", 3, 5), ("tim", 6, 7)]


def _draw_spans(random: np.random.Generator) -> tuple[Spans, Spans]:
    """Two or three sentences; what is found in one may be what is wanted in another."""

    def some() -> list[tuple[str, int, int]]:
        first, second, number = (int(place) for place in random.integers(3, size=3))
        return [SPANS[first], SPANS[3 + second]][:number]

    pairs = [(some(), some()) for _ in range(random.integers(2, 4))]
    return [wanted for wanted, _ in pairs], [found for _, found in pairs]


ANN = [("per", 0, 1)]


@exercise(
    "05.4",
    MAKE,
    Code(
        "a function of wanted and found that gives three numbers: precision, recall and F1",
        "wanted found",
        _draw_spans,
        edges=(([[]], [ANN]), ([ANN], [[]]), ([[]], [[]]), ([], []), ([ANN], [ANN])),
    ),
)
def _strict_scores() -> Answers:
    """Add up three counts over the sentences: right, found and wanted. The right ones of a sentence
    are what `set(one) & set(other)` holds. Divide once, in the end.

    Three sums and three divisions: whoever prints more digits has measured no more.

        def share(part, whole):
            return part / whole if whole else 0


        def scores(wanted, found):
            right = sum(len(set(w) & set(f)) for w, f in zip(wanted, found))
            num_wanted, num_found = sum(map(len, wanted)), sum(map(len, found))
            return (
                share(right, num_found),
                share(right, num_wanted),
                share(2 * right, num_found + num_wanted),
            )
    """

    def share(part: float, whole: float) -> float:
        return part / whole if whole else 0.0

    def three(right: float, wanted: int, found: int) -> tuple[float, float, float]:
        return share(right, found), share(right, wanted), share(2 * right, found + wanted)

    def counting(is_right: Callable[[tuple, tuple], bool]) -> Callable:
        def scores(wanted: Spans, found: Spans) -> tuple[float, float, float]:
            rows = zip(wanted, found, strict=True)
            right = sum(any(is_right(x, y) for y in w) for w, f in rows for x in f)
            return three(right, sum(map(len, wanted)), sum(map(len, found)))

        return scores

    right = counting(lambda x, y: x == y)

    def in_one_heap(wanted: Spans, found: Spans) -> tuple[float, float, float]:
        one, other = ({span for row in rows for span in row} for rows in (wanted, found))
        return three(len(one & other), len(one), len(other))

    def mean_of_sentences(wanted: Spans, found: Spans) -> list[float]:
        rows = [right([w], [f]) for w, f in zip(wanted, found, strict=True)]
        return np.mean(rows or [(0, 0, 0)], axis=0).tolist()

    def carelessly(wanted: Spans, found: Spans) -> tuple[float, float, float]:
        precision, recall, _ = right(wanted, found)
        _ = 1 / sum(map(len, wanted)) + 1 / sum(map(len, found)) + 1 / (precision + recall)
        return right(wanted, found)

    def arithmetic(wanted: Spans, found: Spans) -> tuple[float, float, float]:
        precision, recall, _ = right(wanted, found)
        return precision, recall, (precision + recall) / 2

    def turned(wanted: Spans, found: Spans) -> tuple[float, float, float]:
        return right(found, wanted)

    return right, [
        (turned, "Precision divides by what was found, recall by what was wanted."),
        (in_one_heap, "A name found in one sentence does not count in another: go row by row."),
        (mean_of_sentences, "That is a mean over sentences. Add up the counts, then divide once."),
        (carelessly, "What if nothing is found, or nothing is wanted? Give 0 there."),
        (arithmetic, "F1 is the harmonic mean, or twice the right ones over found plus wanted."),
        (counting(lambda x, y: x[1:] == y[1:]), "The type has to be right as well."),
        (counting(lambda x, y: x[:2] == y[:2]), "Both ends have to be right, not the start alone."),
    ]


Counts = np.ndarray


def _draw_counts(random: np.random.Generator) -> tuple[Counts, Counts, int, int]:
    """For each of a few sentences: entities that are right, found, wanted; of two systems."""
    wanted = random.integers(1, 4, size=random.integers(4, 7))
    tables = []
    for _ in range(2):
        right = random.integers(0, wanted + 1)
        tables.append(np.stack([right, right + random.integers(0, 3, len(wanted)), wanted], axis=1))
    return tables[0], tables[1], int(random.integers(1000)), int(random.integers(20, 30))


SAME = np.array([[1, 1, 1], [0, 1, 2], [2, 2, 3]])


@exercise(
    "05.5",
    MAKE,
    Code(
        "a function of ours, theirs, seed and times that gives the two ends of an interval",
        "ours theirs seed times",
        _draw_counts,
        edges=((SAME, SAME, 1, 20), (SAME[:1], SAME[1:2], 1, 20), (SAME, SAME[::-1].copy(), 7, 1)),
    ),
)
def _paired_bootstrap() -> Answers:
    """One draw is `rows = random.integers(n, size=n)`. `ours[rows].sum(axis=0)` adds up its counts.
    Do the same for the other with the same `rows`, and note the difference. `np.quantile` ends it.

    An interval that holds 0 says that these sentences cannot tell the two apart.

        def f1(counts):
            right, found, wanted = counts.sum(axis=0)
            return 2 * right / (found + wanted)


        def interval(ours, theirs, seed, times):
            random = np.random.default_rng(seed)
            differences = []
            for _ in range(times):
                rows = random.integers(len(ours), size=len(ours))
                differences.append(f1(ours[rows]) - f1(theirs[rows]))
            return np.quantile(differences, [0.025, 0.975])
    """

    def f1(counts: Counts) -> float:
        right, found, wanted = counts.sum(axis=0)
        return 2 * right / (found + wanted)

    def mean_f1(counts: Counts) -> float:
        return float(np.mean(2 * counts[:, 0] / (counts[:, 1] + counts[:, 2])))

    def bootstrap(
        score: Callable[[Counts], float] = f1,
        ends: tuple[float, float] = (0.025, 0.975),
        is_paired: bool = True,
        replace: bool = True,
        sign: int = 1,
    ) -> Callable:
        def interval(ours: Counts, theirs: Counts, seed: int, times: int) -> np.ndarray:
            random, n = np.random.default_rng(seed), len(ours)

            def draw() -> np.ndarray:
                return random.integers(n, size=n) if replace else random.permutation(n)

            differences = []
            for _ in range(times):
                rows = draw()
                other = rows if is_paired else draw()
                differences.append(sign * (score(ours[rows]) - score(theirs[other])))
            return np.quantile(differences, ends)

        return interval

    def one_draw(ours: Counts, theirs: Counts, seed: int, times: int) -> np.ndarray:
        return bootstrap()(ours, theirs, seed, 1)

    def of_one(ours: Counts, theirs: Counts, seed: int, times: int) -> np.ndarray:
        return bootstrap()(ours, 0 * theirs + [0, 1, 1], seed, times)

    return bootstrap(), [
        (bootstrap(is_paired=False), "Score both systems on the same draw: that makes it paired."),
        (
            bootstrap(replace=False),
            "That is each sentence once, in another order. Draw with replacement.",
        ),
        (one_draw, "Each draw is the same: make `random` once, above the loop."),
        (bootstrap(sign=-1), "The difference is ours minus theirs."),
        (
            bootstrap(mean_f1),
            "That is the mean of the sentences' F1. Add up the counts of a draw first.",
        ),
        (
            bootstrap(ends=(0.05, 0.95)),
            "That holds 90% of the differences. Cut 2.5% off at each end.",
        ),
        (bootstrap(ends=(0, 1)), "These are the extremes. Cut 2.5% off at each end."),
        (of_one, "That is the interval of one score. Take the differences of the two."),
    ]
