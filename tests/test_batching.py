"""The split, padded arrays, and batches of similar length."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ner_tutorial import batching, corpus
from ner_tutorial.batching import Encoded
from ner_tutorial.corpus import Sentence
from ner_tutorial.errors import CorpusError
from ner_tutorial.vocabulary import (
    NUM_FEATURES,
    PADDING_TAG_INDEX,
    PADDING_WORD_INDEX,
    Vocabulary,
)

JOE = Sentence(("Joe", "saw", "Oslo"), ("B-per", "O", "B-geo"))
ANN = Sentence(("Ann",), ("B-per",))

index_lists = st.lists(st.lists(st.integers(2, 99), min_size=1, max_size=8), min_size=1)

# The split.


@pytest.fixture(scope="module")
def gmb_split():
    """The split of as many sentences as GMB has; numbers stand for the sentences."""
    return batching.split(range(47_955))


def test_the_split_has_the_sizes_that_results_on_gmb_are_compared_on(gmb_split):
    assert [len(part) for part in gmb_split] == [38_843, 4_316, 4_796]


def test_each_sentence_is_in_one_part_of_the_split(gmb_split):
    train, validation, test = gmb_split
    assert sorted([*train, *validation, *test]) == list(range(47_955))


def test_the_test_part_is_the_head_of_numpys_permutation_and_validation_its_tail(gmb_split):
    order = np.random.RandomState(42).permutation(47_955).tolist()
    assert gmb_split.test == order[:4_796]
    assert gmb_split.train == order[4_796:-4_316]
    assert gmb_split.validation == order[-4_316:]


def test_the_split_depends_on_the_seed_alone():
    assert batching.split(range(50)) == batching.split(range(50), seed=42)
    assert batching.split(range(50)).test != batching.split(range(50), seed=43).test


def test_groups_are_drawn_whole_and_in_the_same_proportions():
    groups = np.random.default_rng(0).permutation(np.arange(3000) % 1000)
    parts = batching.split(range(3000), groups=groups)
    assert sorted(chain(*parts)) == list(range(3000))
    seen = [{groups[i] for i in part} for part in parts]
    assert [len(part) for part in seen] == [810, 90, 100]
    assert sum(map(len, seen)) == 1000  # no group in two parts
    assert batching.split(range(3000), groups=groups) == parts


def test_fewer_than_ten_groups_are_refused():
    with pytest.raises(CorpusError, match="3 groups cannot be split in three"):
        batching.split(range(30), groups=[0, 1, 2] * 10)


@pytest.mark.parametrize("groups", [None, [i // 2 for i in range(60)]])
def test_a_part_that_is_given_is_used_whole_and_the_others_are_drawn_from_the_rest(groups):
    given = range(1000, 1007)
    drawn = batching.split(range(60), groups=groups)
    with_dev = batching.split(range(60), groups=groups, validation=given)
    assert with_dev.validation == list(given)
    assert with_dev.test == drawn.test  # the same as if nothing were given
    assert sorted(with_dev.train) == sorted(drawn.train + drawn.validation)
    with_test = batching.split(range(60), groups=groups, test=given)
    assert with_test.test == list(given)
    assert len(with_test.validation) == 6
    assert sorted(with_test.train + with_test.validation) == list(range(60))
    if groups:
        assert not {i // 2 for i in with_test.train} & {i // 2 for i in with_test.validation}


def test_where_two_parts_are_given_the_corpus_is_the_training_part_however_small():
    assert batching.split([JOE], validation=[ANN], test=[ANN, ANN]) == ([JOE], [ANN], [ANN, ANN])
    with pytest.raises(CorpusError, match="1 sentences cannot be split"):
        batching.split([JOE], test=[ANN])


def test_ten_sentences_are_split_and_nine_are_refused():
    assert [len(part) for part in batching.split([JOE] * 10)] == [8, 1, 1]
    with pytest.raises(CorpusError, match="9 sentences cannot be split in three; give 10 or more"):
        batching.split([JOE] * 9)


# Padded arrays.


@given(index_lists, st.integers(0, 3))
def test_padding_keeps_every_item_and_fills_up_on_the_right(sequences, more):
    longest = max(len(sequence) for sequence in sequences)
    padded = batching.pad(sequences, 1, longest + more)
    assert padded.dtype == np.int32
    assert padded.tolist() == [row + [1] * (longest + more - len(row)) for row in sequences]


def test_padding_is_as_wide_as_the_longest_sequence_unless_told():
    assert batching.pad([[5], [6, 7]], 0).tolist() == [[5, 0], [6, 7]]
    assert batching.pad([], 0).shape == (0, 0)
    assert batching.pad([], 0, 4).shape == (0, 4)


def test_padding_refuses_to_cut_a_sequence_off_and_names_it():
    with pytest.raises(ValueError, match="sequence 1 has 3 items, more than 2"):
        batching.pad([[1, 2], [1, 2, 3], [1, 2, 3, 4]], 0, 2)


@pytest.mark.parametrize("shape", [(4,), (2, 3)])
def test_one_hot_has_a_single_one_at_each_index(shape):
    indices = np.arange(np.prod(shape)).reshape(shape) % 5
    vectors = batching.one_hot(indices, 5)
    assert vectors.shape == (*shape, 5)
    assert vectors.dtype == np.float32
    for place in np.ndindex(*shape):
        assert vectors[place].tolist() == [float(tag == indices[place]) for tag in range(5)]


def test_sentences_are_encoded_as_words_and_tags_padded_each_with_its_own_index():
    vocabulary = Vocabulary.from_sentences([JOE])
    words, tags, lengths = batching.encode([JOE, ANN], vocabulary)
    assert words.tolist() == [[2, 3, 4], [0, 1, 1]]
    assert tags.tolist() == [[1, 2, 3], [1, 0, 0]]
    assert lengths.tolist() == [3, 1]
    assert words.dtype == tags.dtype == lengths.dtype == np.int32


def test_sentences_are_encoded_as_wide_as_told():
    encoded = batching.encode([JOE, ANN], Vocabulary.from_sentences([JOE, ANN]), 70)
    assert encoded.words.shape == encoded.tags.shape == (2, 70)
    assert encoded.lengths.tolist() == [3, 1]


def test_encoding_refuses_a_longer_sentence_and_an_unknown_tag():
    with pytest.raises(ValueError, match="sequence 1 has 3 items, more than 2"):
        batching.encode([ANN, JOE], Vocabulary.from_sentences([JOE]), 2)
    with pytest.raises(ValueError, match="unknown tag 'O'"):
        batching.encode([JOE], Vocabulary.from_sentences([ANN]))


def test_encoding_refuses_a_sentence_without_words_and_names_it():
    empty = Sentence((), ())
    with pytest.raises(ValueError, match="row 1 holds no word"):
        batching.encode([ANN, empty, JOE], Vocabulary.from_sentences([JOE]))


@given(index_lists, st.integers(0, 3))
def test_lengths_are_those_of_the_sequences_before_padding(sequences, more):
    width = max(map(len, sequences)) + more
    lengths = batching.lengths(batching.pad(sequences, PADDING_WORD_INDEX, width))
    assert lengths.tolist() == [len(sequence) for sequence in sequences]
    assert lengths.dtype == np.int32


def test_an_unknown_word_counts_as_a_word():
    assert batching.lengths(np.array([[0, 0, 1], [2, 0, 1]])).tolist() == [2, 2]


@given(st.lists(st.lists(st.sampled_from([0, 1, 2]), min_size=3, max_size=3), min_size=1))
def test_the_first_row_with_a_hole_left_padding_or_no_word_is_named(rows):
    def fault(row):
        while row and row[-1] == PADDING_WORD_INDEX:
            row = row[:-1]
        if not row:
            return "holds no word"
        return "has padding before a word" if PADDING_WORD_INDEX in row else None

    faults = [(number, fault(row)) for number, row in enumerate(rows) if fault(row)]
    if not faults:
        batching.lengths(np.array(rows))
        return
    number, what = faults[0]
    with pytest.raises(ValueError, match=f"^row {number} {what}; pad on the right"):
        batching.lengths(np.array(rows))


# Batches.


@given(st.integers(0, 300), st.integers(1, 70))
def test_there_are_as_many_batches_as_steps_of_the_batch_size(sentences, batch_size):
    assert batching.num_batches(sentences, batch_size) == len(range(0, sentences, batch_size))


def arrays(sentences, seed=0, longest=12):
    """Sentences of random length that can be told apart: number n is the word n + 2 throughout, and
    its tag is 1 more than its word."""
    draw = np.random.default_rng(seed)
    words = [[n + 2] * draw.integers(1, longest + 1) for n in range(sentences)]
    tags = [[word + 1 for word in row] for row in words]
    width = longest + 2
    return Encoded(
        batching.pad(words, PADDING_WORD_INDEX, width),
        batching.pad(tags, PADDING_TAG_INDEX, width),
        np.array([len(row) for row in words], np.int32),
    )


def run_epochs(data, batch_size, seed, count, first_epoch=0):
    """The batches, as numpy arrays, of each of `count` epochs."""
    steps = batching.num_batches(len(data.words), batch_size)
    dataset = batching.training_batches(data, batch_size, seed, first_epoch)
    batches = list(dataset.take(count * steps).as_numpy_iterator())
    return [batches[epoch * steps : (epoch + 1) * steps] for epoch in range(count)]


def order(epoch):
    """Which sentences an epoch's batches hold, in order."""
    return [(words[:, 0] - 2).tolist() for words, _ in epoch]


def assert_whole(data, batches):
    """Each sentence is there once, with its own tags, in a batch as wide as its longest."""
    assert sorted(chain(*order(batches))) == list(range(len(data.words)))
    for (words, tags), rows in zip(batches, order(batches), strict=True):
        width = max(data.lengths[rows])
        np.testing.assert_array_equal(words, data.words[rows, :width])
        np.testing.assert_array_equal(tags, data.tags[rows, :width])


@settings(max_examples=10)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 2**31))
def test_an_epoch_holds_each_sentence_once_with_its_tags_cut_to_the_longest(count, size, seed):
    data = arrays(count, seed)
    for epoch in run_epochs(data, size, seed, count=2):
        assert_whole(data, epoch)
        sizes = sorted(len(words) for words, _ in epoch)
        assert sizes[1:] == [size] * (len(sizes) - 1)  # all but one are full


def test_a_batch_holds_sentences_of_similar_length():
    data = arrays(100)
    (epoch,) = run_epochs(data, 8, seed=1, count=1)
    lengths = sorted(sorted(data.lengths[rows]) for rows in order(epoch))
    assert list(chain(*lengths)) == sorted(data.lengths)


def test_an_epochs_order_depends_on_the_seed_and_the_epoch_alone():
    data = arrays(60)
    epochs = [order(epoch) for epoch in run_epochs(data, 8, seed=1, count=4)]
    assert epochs == [order(epoch) for epoch in run_epochs(data, 8, seed=1, count=4)]
    for first in (1, 3):
        resumed = run_epochs(data, 8, seed=1, count=4 - first, first_epoch=first)
        assert [order(epoch) for epoch in resumed] == epochs[first:]
    assert order(run_epochs(data, 8, seed=2, count=1)[0]) not in epochs


def test_sentences_of_one_length_meet_others_in_each_epoch():
    data = arrays(60, longest=1)
    epochs = [order(epoch) for epoch in run_epochs(data, 8, seed=1, count=3)]
    batches = [frozenset(batch) for epoch in epochs for batch in epoch]
    assert len(set(batches)) == len(batches)


def test_short_and_long_batches_come_in_another_order_each_epoch():
    words = np.tril(np.full((20, 20), 2)) + np.triu(np.full((20, 20), PADDING_WORD_INDEX), 1)
    data = Encoded(words, words, np.arange(1, 21, dtype=np.int32))
    epochs = run_epochs(data, 1, seed=1, count=3)
    widths = [[batch.shape[1] for batch, _ in epoch] for epoch in epochs]
    assert all(sorted(epoch) == list(range(1, 21)) for epoch in widths)
    assert len({tuple(epoch) for epoch in [*widths, range(1, 21)]}) == 4


def test_evaluation_batches_hold_each_sentence_once_from_short_to_long():
    data = arrays(50)
    dataset = batching.evaluation_batches(data, 8)
    batches = list(dataset.as_numpy_iterator())
    assert_whole(data, batches)
    shortest_first = np.argsort(data.lengths, kind="stable").tolist()
    assert list(chain(*order(batches))) == shortest_first
    assert [len(words) for words, _ in batches] == [8] * 6 + [2]
    assert [order([batch]) for batch in dataset.as_numpy_iterator()] == [
        order([batch]) for batch in batches
    ]


@pytest.mark.parametrize(("sentences", "batches"), [(1, 1), (16, 2), (17, 3)])
def test_evaluation_batches_know_how_many_they_are(sentences, batches):
    dataset = batching.evaluation_batches(arrays(sentences), 8)
    assert dataset.cardinality().numpy() == batches == len(list(dataset))


def test_words_with_features_are_padded_measured_and_batched_like_words():
    vocabulary = Vocabulary.from_sentences([JOE, ANN], min_feature_count=1)
    data = batching.encode([JOE, ANN], vocabulary, length=5)
    assert data.words.shape == (2, 5, 1 + NUM_FEATURES) and data.tags.shape == (2, 5)
    assert data.words.dtype == np.int32
    np.testing.assert_array_equal(data.words[0, :3], vocabulary.encode_words(JOE.words))
    assert np.all(data.words[0, 3:] == 1) and np.all(data.words[1, 1:] == 1)
    assert data.lengths.tolist() == batching.lengths(data.words).tolist() == [3, 1]
    for batches in (
        batching.evaluation_batches(data, 2),
        batching.training_batches(data, 2, seed=0).take(1),
    ):
        ((batch, batch_tags),) = list(batches)
        assert batch.shape == (2, 3, 1 + NUM_FEATURES) and batch_tags.shape == (2, 3)


# GMB itself, if it is there.


def test_gmb_has_the_vocabulary_and_shapes_that_were_measured(gmb_tokens):
    sentences = corpus.keep_short(corpus.to_sentences(gmb_tokens))
    vocabulary = Vocabulary.from_sentences(sentences)
    assert (len(vocabulary.index2word), len(vocabulary.index2tag)) == (35_164, 18)
    train, validation, test = batching.split(sentences)
    words, tags, _ = batching.encode(train + validation, vocabulary, corpus.MAX_LENGTH)
    assert words.shape == tags.shape == (43_159, 70)
    assert batching.encode(test, vocabulary, corpus.MAX_LENGTH).words.shape == (4_796, 70)
