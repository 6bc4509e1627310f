"""Systems without a network, which every network has to beat (lesson 01)."""

from collections import Counter, defaultdict
from collections.abc import Sequence

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
