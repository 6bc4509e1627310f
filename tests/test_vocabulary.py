"""The index tables: the fixed indices, the order, and the way back."""

import dataclasses
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_tutorial.corpus import Sentence
from ner_tutorial.vocabulary import (
    NUM_FEATURES,
    PADDING_TAG,
    PADDING_TAG_INDEX,
    PADDING_WORD,
    PADDING_WORD_INDEX,
    UNKNOWN_WORD,
    UNKNOWN_WORD_INDEX,
    Vocabulary,
    features,
    normal,
    shape,
)

JOE = Sentence(("Joe", "saw", "Joe"), ("B-per", "O", "B-per"))
OSLO = Sentence(("saw", "Oslo"), ("O", "B-geo"))

tokens = st.tuples(
    st.sampled_from(["a", "b", "c", UNKNOWN_WORD, PADDING_WORD]) | st.text(min_size=1),
    st.sampled_from(["O", "B-per", "I-per", "B-geo"]),
)
sentences = st.lists(
    st.lists(tokens, min_size=1).map(lambda pairs: Sentence(*zip(*pairs, strict=True))), min_size=1
)


def test_the_special_tokens_have_the_fixed_indices():
    assert (UNKNOWN_WORD_INDEX, PADDING_WORD_INDEX, PADDING_TAG_INDEX) == (0, 1, 0)
    vocabulary = Vocabulary.from_sentences([JOE])
    assert vocabulary.index2word[0] == UNKNOWN_WORD == "<_UNK_>"
    assert vocabulary.index2word[1] == PADDING_WORD == "<_PAD_>"
    assert vocabulary.index2tag[0] == PADDING_TAG == "<_PAD_TAG_>"


def test_words_and_tags_are_numbered_in_order_of_first_appearance():
    vocabulary = Vocabulary.from_sentences([JOE, OSLO])
    assert vocabulary.index2word[2:] == ("Joe", "saw", "Oslo")
    assert vocabulary.index2tag[1:] == ("B-per", "O", "B-geo")


def test_words_that_differ_in_case_are_two():
    vocabulary = Vocabulary.from_sentences([Sentence(("May", "may"), ("B-tim", "O"))])
    assert vocabulary.encode_words(["may", "May"]).tolist() == [3, 2]


SPELLINGS = [
    ("S\u00e3o", "Sa\u0303o"),
    ("London", "Lon\u00addon"),
    ("London", "\u200bLondon"),
    ("London", "Lon\u2060don\ufeff"),
    ("n't", "n\u2019t"),
    ('"', "\u201c"),
]


@pytest.mark.parametrize(("plain", "other"), SPELLINGS)
def test_a_word_spelled_otherwise_is_found_as_its_plain_spelling_is(plain, other):
    assert normal(other) == normal(plain) == plain
    for kept, asked in ((plain, other), (other, plain)):
        rare = Sentence((kept, "Joe"), ("O", "O"))
        for min_feature_count in (None, 1):
            known = Vocabulary.from_sentences([rare], min_feature_count=min_feature_count)
            assert known.encode_words([asked]).tolist() == known.encode_words([kept]).tolist()
            assert known.encode_words([asked]).flat[0] == 2
        often = Vocabulary.from_sentences([rare, JOE], min_count=2, min_feature_count=1)
        rows = often.encode_words([asked, kept]).tolist()
        assert rows[0] == rows[1]
        assert rows[0][0] == UNKNOWN_WORD_INDEX
        assert all(rows[0][1:])  # every feature is known


def test_a_vector_is_found_by_the_plain_spelling():
    vectors = {"index2vector": (UNKNOWN_WORD, PADDING_WORD, "London"), "vector_size": 2}
    known = Vocabulary.from_sentences([JOE], min_feature_count=1)
    known = dataclasses.replace(known, **vectors)
    assert known.encode_words(["Lon\u00addon"])[0, -1] == 2


def test_two_spellings_that_a_corpus_has_stay_two_words():
    both = Sentence(("n't", "n\u2019t"), ("O", "O"))
    assert Vocabulary.from_sentences([both]).encode_words(both.words).tolist() == [2, 3]


@given(st.text(min_size=1))
def test_a_plain_spelling_is_its_own_and_never_empty(word):
    assert normal(normal(word)) == normal(word) != ""


def test_a_word_spelled_like_padding_but_for_what_is_invisible_is_unknown():
    known = Vocabulary.from_sentences([JOE])
    assert known.encode_words(["<_PAD\u200b_>"]).tolist() == [UNKNOWN_WORD_INDEX]


def test_a_word_that_is_not_in_the_table_is_unknown():
    vocabulary = Vocabulary.from_sentences([JOE])
    assert vocabulary.encode_words(("Ann", "saw", "Joe")).tolist() == [0, 3, 2]


@given(sentences)
def test_words_and_tags_come_back_from_their_indices(corpus):
    vocabulary = Vocabulary.from_sentences(corpus)
    for sentence in corpus:
        indices = vocabulary.encode_words(sentence.words)
        assert tuple(vocabulary.index2word[index] for index in indices) == sentence.words
        assert tuple(vocabulary.decode_tags(vocabulary.encode_tags(sentence.tags))) == sentence.tags


@given(sentences)
def test_no_word_of_the_corpus_is_unknown_or_padding_however_it_is_spelled(corpus):
    vocabulary = Vocabulary.from_sentences(corpus)
    for sentence in corpus:
        assert (vocabulary.encode_words(sentence.words) > PADDING_WORD_INDEX).all()
        assert (vocabulary.encode_tags(sentence.tags) > PADDING_TAG_INDEX).all()


@given(sentences, st.integers(1, 4))
def test_min_count_drops_the_words_that_occur_less_often_and_no_others(corpus, min_count):
    counts = Counter()
    for sentence in corpus:
        counts.update(sentence.words)
    vocabulary = Vocabulary.from_sentences(corpus, min_count=min_count)
    assert sorted(vocabulary.index2word[2:]) == sorted(
        word for word in counts if counts[word] >= min_count
    )
    assert vocabulary.index2tag == Vocabulary.from_sentences(corpus).index2tag


def test_tags_may_come_from_other_sentences_than_words():
    vocabulary = Vocabulary.from_sentences([JOE], tags_from=[OSLO, JOE])
    assert vocabulary.index2word[2:] == ("Joe", "saw")
    assert vocabulary.index2tag[1:] == ("O", "B-geo", "B-per")


def test_sentences_may_come_from_a_generator():
    vocabulary = Vocabulary.from_sentences(sentence for sentence in [JOE, OSLO])
    assert vocabulary == Vocabulary.from_sentences([JOE, OSLO])


def test_an_unknown_tag_is_refused_with_the_known_ones():
    vocabulary = Vocabulary.from_sentences([JOE])
    with pytest.raises(ValueError, match=r"unknown tag 'B-geo'; the vocabulary has B-per, O$"):
        vocabulary.encode_tags(["O", "B-geo"])


@pytest.mark.parametrize("encode", ["encode_words", "encode_tags"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_indices_are_int32_one_for_each_token(encode, count):
    indices = getattr(Vocabulary.from_sentences([Sentence(("O",), ("O",))]), encode)(["O"] * count)
    assert indices.dtype == np.int32
    assert indices.shape == (count,)


def test_vocabularies_with_the_same_tables_are_equal():
    built = Vocabulary.from_sentences([JOE])
    given_back = Vocabulary(built.index2word, built.index2tag)
    assert given_back == built
    assert given_back != Vocabulary.from_sentences([OSLO])


@pytest.mark.parametrize(
    ("words", "tags", "message"),
    [
        ((PADDING_WORD, UNKNOWN_WORD), (PADDING_TAG,), "words begin with <_UNK_>, <_PAD_>"),
        ((UNKNOWN_WORD,), (PADDING_TAG,), "words begin with"),
        ((UNKNOWN_WORD, PADDING_WORD), ("O", PADDING_TAG), "tags begin with <_PAD_TAG_>"),
        ((UNKNOWN_WORD, PADDING_WORD), (), "tags begin with"),
    ],
)
def test_tables_that_begin_otherwise_are_refused(words, tags, message):
    with pytest.raises(ValueError, match=message):
        Vocabulary(words, tags)


@given(st.text(min_size=1))
def test_a_word_has_always_as_many_features_each_once_and_its_shape_is_short(word):
    found = features(word)
    assert len(found) == len(set(found)) == NUM_FEATURES
    assert found[2] == f"suffix 3: {word[-3:]}" and found[5] == f"prefix 2: {word[:2]}"
    assert 1 <= len(shape(word)) <= 8


@pytest.mark.parametrize(
    "word, expected",
    [("Oslo", "Xxx"), ("NATO", "XX"), ("1990s", "ddx"), ("U.S.", "X.X."), ("--", "--"), ("a", "x")],
)
def test_a_shape_tells_capitals_digits_and_marks_apart(word, expected):
    assert shape(word) == expected


@given(sentences, st.integers(1, 4))
def test_features_seen_often_enough_have_an_index_and_no_others(corpus, min_count):
    vocabulary = Vocabulary.from_sentences(corpus, min_feature_count=min_count)
    counts = Counter(f for sentence in corpus for word in sentence.words for f in features(word))
    kept = {feature for feature, count in counts.items() if count >= min_count}
    assert set(vocabulary.index2feature[2:]) == kept
    without = Vocabulary.from_sentences(corpus)
    for sentence in corpus:
        for _ in range(2):  # the second time from what was kept of the first
            rows = vocabulary.encode_words(sentence.words)
            np.testing.assert_array_equal(rows[:, 0], without.encode_words(sentence.words))
            for word, row in zip(sentence.words, rows, strict=True):
                expected = [f if f in kept else UNKNOWN_WORD for f in features(word)]
                assert [vocabulary.index2feature[index] for index in row[1:]] == expected


def test_an_unknown_word_still_has_the_features_that_are_known():
    vocabulary = Vocabulary.from_sentences([OSLO], min_feature_count=1)
    (row,) = vocabulary.encode_words(["Bergslo"])
    names = [vocabulary.index2feature[index] for index in row[1:]]
    assert row[0] == UNKNOWN_WORD_INDEX
    assert names[:4] == ["suffix 1: o", "suffix 2: lo", "suffix 3: slo", UNKNOWN_WORD]
    assert names[-1] == "shape: Xxx"
    assert vocabulary.encode_words([]).shape == (0, 1 + NUM_FEATURES)


def test_vocabularies_with_other_features_are_not_equal_and_features_begin_as_words_do():
    with_features = Vocabulary.from_sentences([JOE], min_feature_count=1)
    assert with_features != Vocabulary.from_sentences([JOE])
    tables = with_features.index2word, with_features.index2tag
    assert with_features == Vocabulary(*tables, with_features.index2feature)
    with pytest.raises(ValueError, match="features begin with <_UNK_>, <_PAD_>"):
        Vocabulary(*tables, ("suffix 1: e",))


def test_a_word_has_the_vector_of_its_spelling_or_else_of_its_lower_case():
    vocabulary = dataclasses.replace(
        Vocabulary.from_sentences([OSLO], min_feature_count=1),
        index2vector=(UNKNOWN_WORD, PADDING_WORD, "oslo", "US", "us"),
        vector_size=4,
    )
    words = ["Oslo", "US", "us", "Us", "nowhere", PADDING_WORD]
    for _ in range(2):  # the second time from what was kept of the first
        assert vocabulary.encode_words(words)[:, -1].tolist() == [2, 3, 4, 4, 0, 0]
    assert vocabulary.encode_words([]).shape == (0, 2 + NUM_FEATURES)
    with pytest.raises(ValueError, match="vectors begin with <_UNK_>, <_PAD_>"):
        dataclasses.replace(vocabulary, index2vector=("oslo",))
