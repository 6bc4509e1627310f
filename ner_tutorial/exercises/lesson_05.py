"""The exercises of lesson 05: what the metrics mean."""

from ner_tutorial import metrics
from ner_tutorial.exercises.engine import (
    EXPLAIN,
    FILL_IN,
    PREDICT,
    Answers,
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
