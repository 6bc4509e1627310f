"""The exercises of lesson 06: beyond the baseline."""

from ner_tutorial.exercises.engine import (
    EXPLAIN,
    PREDICT,
    Answers,
    Items,
    Numbers,
    Reason,
    exercise,
)
from ner_tutorial.vocabulary import features


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
