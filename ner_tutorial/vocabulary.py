"""Words and tags to indices and back (lesson 02), with the special tokens, defined here once.

Word 0 stands for every unknown word and word 1 for padding; tag 0 is the tag of padding. A
vocabulary may also number the features of a word's form, such as its ending: then even
an unknown word tells the model something.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, islice
from typing import TYPE_CHECKING

import numpy as np

from ner_tutorial.text import STRAIGHT

if TYPE_CHECKING:  # to tag needs no corpus, and no pandas to read one
    from ner_tutorial.corpus import Sentence

UNKNOWN_WORD = "<_UNK_>"
PADDING_WORD = "<_PAD_>"
PADDING_TAG = "<_PAD_TAG_>"

UNKNOWN_WORD_INDEX = 0
PADDING_WORD_INDEX = 1
PADDING_TAG_INDEX = 0

AFFIX_LENGTHS = (1, 2, 3, 4)

# Soft hyphens; spaces and joiners without width; marks of the direction of writing.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


def normal(word: str) -> str:
    """A word as it is spelled most plainly: its accents composed (Unicode's NFC), nothing invisible
    in it, curly quotes as straight ones. A word of nothing else stays as it is.

    >>> normal("Lon\u00addon"), normal("Sa\u0303o") == "S\u00e3o", normal("n\u2019t")
    ('London', True, "n't")
    """
    if word.isascii():
        return word
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", word).translate(STRAIGHT)) or word


def shape(word: str) -> str:
    """What kinds of characters a word is made of, runs cut to two, at most eight.

    >>> shape("McDonald"), shape("U.S."), shape("1990s"), shape("unbelievable")
    ('XxXxx', 'X.X.', 'ddx', 'xx')
    """
    kinds = (
        "X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else c for c in word
    )
    return "".join(islice((c for _, run in groupby(kinds) for c in islice(run, 2)), 8))


def features(word: str) -> list[str]:
    """The features of a word's form, always as many, each with its name.

    They are the word's last and first letters, up to four of each, and its shape.

    >>> features("Oslo")[2], features("Oslo")[4], features("Oslo")[-1]
    ('suffix 3: slo', 'prefix 1: O', 'shape: Xxx')
    """
    return [
        *(f"suffix {n}: {word[-n:]}" for n in AFFIX_LENGTHS),
        *(f"prefix {n}: {word[:n]}" for n in AFFIX_LENGTHS),
        f"shape: {shape(word)}",
    ]


NUM_FEATURES = len(features("any word"))


@dataclass(frozen=True)
class Vocabulary:
    """The two index tables: a word's or tag's index is its place in the tuple.

    Attributes:
        index2word: `(UNKNOWN_WORD, PADDING_WORD, ...)`, then words in order of first appearance.
        index2tag: `(PADDING_TAG, ...)`, then tags in order of first appearance.
        index2feature: the features of words' forms, after the same two special entries as the
            words'. Empty for a vocabulary without features.
        index2vector: the words that have a vector learned elsewhere, after the same two entries.
            Empty for a vocabulary without such vectors.
        vector_size: how long these are.

    >>> from ner_tutorial.corpus import Sentence
    >>> joe = Sentence(("Joe", "went", "home"), ("B-per", "O", "O"))
    >>> vocabulary = Vocabulary.from_sentences([joe])
    >>> vocabulary.encode_words(("Joe", "went", "abroad"))
    array([2, 3, 0], dtype=int32)
    """

    index2word: tuple[str, ...]
    index2tag: tuple[str, ...]
    index2feature: tuple[str, ...] = ()
    index2vector: tuple[str, ...] = ()
    vector_size: int = 0

    def __post_init__(self) -> None:
        if self.index2word[:2] != (UNKNOWN_WORD, PADDING_WORD):
            raise ValueError(f"a vocabulary's words begin with {UNKNOWN_WORD}, {PADDING_WORD}")
        if self.index2tag[:1] != (PADDING_TAG,):
            raise ValueError(f"a vocabulary's tags begin with {PADDING_TAG}")
        for name in ("feature", "vector"):
            table = getattr(self, f"index2{name}")
            if table and table[:2] != (UNKNOWN_WORD, PADDING_WORD):
                raise ValueError(
                    f"a vocabulary's {name}s begin with {UNKNOWN_WORD}, {PADDING_WORD}"
                )

    @cached_property
    def word2index(self) -> dict[str, int]:
        """Each word's index."""
        return {word: index for index, word in enumerate(self.index2word)}

    @cached_property
    def tag2index(self) -> dict[str, int]:
        """Each tag's index."""
        return {tag: index for index, tag in enumerate(self.index2tag)}

    @cached_property
    def feature2index(self) -> dict[str, int]:
        """Each feature's index."""
        return {feature: index for index, feature in enumerate(self.index2feature)}

    @cached_property
    def vector2index(self) -> dict[str, int]:
        """For each word that has a vector learned elsewhere its index."""
        return {word: index for index, word in enumerate(self.index2vector)}

    @cached_property
    def _spellings(self) -> dict[str, str]:
        """For each word whose plain spelling is not in the table the one that is."""
        plain = ((normal(word), word) for word in reversed(self.index2word))
        return {known: word for known, word in plain if known not in self.word2index}

    def _spelling(self, word: str) -> str:
        """The spelling by which a word is looked up, it and its features: its own if it is in the
        table, else one that is and differs in what `normal` removes, else the plain one."""
        if word in self.word2index:
            return word
        plain = normal(word)
        return self._spellings.get(plain, plain)

    @cached_property
    def _rows(self) -> dict[str, list[int]]:
        """What words that were encoded became: many occur again."""
        return {}

    @classmethod
    def from_sentences(
        cls,
        sentences: Iterable[Sentence],
        tags_from: Iterable[Sentence] | None = None,
        min_count: int = 1,
        min_feature_count: int | None = None,
    ) -> Vocabulary:
        """Number the words and tags of `sentences` in order of first appearance.

        Args:
            sentences: the sentences whose words get an index. All of a corpus, as most tutorials
                do, or its training part alone: then unknown words are met, as in real use.
            tags_from: the sentences whose tags get an index; by default the same. A tag set is
                given by the annotation scheme, so it may be read off the whole corpus.
            min_count: words that occur less often get none and are read as unknown.
            min_feature_count: if given, number the features of the words' forms as well, but for
                those that occur less often.
        """
        sentences = list(sentences)
        counts = Counter(word for sentence in sentences for word in sentence.words)
        seen = dict.fromkeys(tag for sentence in (tags_from or sentences) for tag in sentence.tags)
        kept = (word for word, count in counts.items() if count >= min_count)
        words, tags = (UNKNOWN_WORD, PADDING_WORD, *kept), (PADDING_TAG, *seen)
        vocabulary = cls(words, tags)
        if min_feature_count is None:
            return vocabulary
        looked_up: Counter[str] = Counter()
        for word, count in counts.items():
            looked_up[vocabulary._spelling(word)] += count
        frequent = _frequent_features(looked_up, min_feature_count)
        return replace(vocabulary, index2feature=(UNKNOWN_WORD, PADDING_WORD, *frequent))

    def encode_words(self, words: Sequence[str]) -> np.ndarray:
        """Word indices, int32 of shape (length,); `UNKNOWN_WORD_INDEX` for words not in the table.

        With features, of shape (length, 1 + `NUM_FEATURES`): each row a word's index, and then
        those of its features. With vectors learned elsewhere, a last column is the index of the
        word's: if it has none as it is spelled, of its lower case.

        A word that is not in the table as it is spelled is read as its `normal` form: an accent
        made of two characters, a soft hyphen or a curly apostrophe makes no unknown word.
        """
        words = [self._spelling(word) for word in words]
        if not self.index2feature:
            return np.array([_index(word, self.word2index) for word in words], dtype=np.int32)
        rows = np.array([self._row(word) for word in words], dtype=np.int32)
        columns = 1 + NUM_FEATURES + bool(self.index2vector)
        return rows.reshape(len(words), columns)  # even of no words at all

    def _row(self, word: str) -> list[int]:
        if word not in self._rows:
            found = [self.feature2index.get(f, UNKNOWN_WORD_INDEX) for f in features(word)]
            row = [_index(word, self.word2index), *found]
            if table := self.vector2index:
                row.append(_index(word, table) or _index(word.lower(), table))
            if word not in self.word2index:
                return row  # not kept: of unknown words there is no end
            self._rows[word] = row
        return self._rows[word]

    def encode_tags(self, tags: Sequence[str]) -> np.ndarray:
        """Tag indices, int32 of shape (length,).

        Raises:
            ValueError: a tag that is not in the table; unlike words, tags have no unknown.
        """
        try:
            return np.array([self.tag2index[tag] for tag in tags], dtype=np.int32)
        except KeyError as error:
            known = ", ".join(self.index2tag[1:])
            raise ValueError(f"unknown tag {error.args[0]!r}; the vocabulary has {known}") from None

    def decode_tags(self, indices: Sequence[int] | np.ndarray) -> list[str]:
        """The tags at these indices."""
        return [self.index2tag[index] for index in np.asarray(indices).tolist()]


def _index(word: str, table: dict[str, int]) -> int:
    index = table.get(word, UNKNOWN_WORD_INDEX)
    # A word of a text is never the padding, even if it is spelled like it.
    return UNKNOWN_WORD_INDEX if index == PADDING_WORD_INDEX else index


def _frequent_features(words: Counter[str], min_count: int) -> list[str]:
    counts: Counter[str] = Counter()
    for word, count in words.items():
        for feature in features(word):
            counts[feature] += count
    return [feature for feature, count in counts.items() if count >= min_count]
