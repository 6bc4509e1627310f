"""Systems without a network, which every network has to beat (lessons 01 and 05)."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from ner_tutorial.corpus import Sentence


def word_lookup(training: Sequence[Sentence], sentences: Sequence[Sentence]) -> list[list[str]]:
    """Give each word the tag it has most often in `training`, and O if it is not there (lesson 01).

    Returns:
        The tags of each of `sentences`.
    """
    counts: dict[str, Counter] = defaultdict(Counter)
    for sentence in training:
        for word, tag in zip(sentence.words, sentence.tags, strict=True):
            counts[word][tag] += 1
    best = {word: tags.most_common(1)[0][0] for word, tags in counts.items()}
    return [[best.get(word, "O") for word in sentence.words] for sentence in sentences]


def linear_crf(training: Sequence[Sentence]) -> Any:
    """A linear CRF over hand-made features of each word and its neighbours, trained (lesson 05).

    It has a weight for each feature with each tag and for each move from tag to tag, and no other
    parameters (Lafferty, McCallum and Pereira, 2001). Training draws nothing at random, and pulls
    small weights to 0.

    Returns:
        A model of sklearn-crfsuite; `predict` takes a list with the `window_features` of each
        sentence, `state_features_` and `transition_features_` hold the weights.

    Raises:
        ImportError: sklearn-crfsuite is not installed; the extra `lessons` has it.
    """
    from sklearn_crfsuite import CRF

    model = CRF(
        algorithm="lbfgs", c1=0.1, c2=0.1, max_iterations=100, all_possible_transitions=True
    )
    return model.fit(
        [window_features(sentence.words) for sentence in training],
        [sentence.tags for sentence in training],
    )


def window_features(words: Sequence[str]) -> list[dict[str, str | bool | float]]:
    """What a linear CRF is told of each word of a sentence: the features of sklearn-crfsuite's
    tutorial, but for the part of speech (lesson 05).

    >>> window_features(["Joe", "left"])[1]["before.lower"]
    'joe'
    """
    return [_features_at(words, place) for place in range(len(words))]


def _features_at(words: Sequence[str], place: int) -> dict[str, str | bool | float]:
    word = words[place]
    found: dict[str, str | bool | float] = {
        "bias": 1.0,
        "word.lower": word.lower(),
        "word[-3:]": word[-3:],
        "word[-2:]": word[-2:],
        "word.isupper": word.isupper(),
        "word.istitle": word.istitle(),
        "word.isdigit": word.isdigit(),
    }
    for step, name in ((-1, "before"), (1, "after")):
        if not 0 <= place + step < len(words):
            found[f"nothing {name}"] = True
            continue
        neighbour = words[place + step]
        found[f"{name}.lower"] = neighbour.lower()
        found[f"{name}.istitle"] = neighbour.istitle()
        found[f"{name}.isupper"] = neighbour.isupper()
    return found
