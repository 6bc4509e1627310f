"""Systems without a network."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ner_tutorial.baselines import linear_crf, window_features, word_lookup
from ner_tutorial.corpus import Sentence

sentences = st.lists(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["O", "B-per", "B-geo"])), min_size=1
    ).map(lambda pairs: Sentence(*zip(*pairs, strict=True))),
    max_size=6,
)


def test_word_lookup_gives_each_word_its_most_frequent_tag_and_others_o():
    training = [
        Sentence(("Rome", "in", "Rome"), ("B-geo", "O", "B-per")),
        Sentence(("Rome", "won"), ("B-geo", "O")),
    ]
    sentences = [Sentence(("Rome", "sees", "in"), ("O",) * 3)]
    assert word_lookup(training, sentences) == [["B-geo", "O", "O"]]


@given(sentences, sentences)
def test_no_tag_is_more_frequent_for_a_word_than_the_one_it_is_given(training, other):
    counts = Counter(
        pair for sentence in training for pair in zip(sentence.words, sentence.tags, strict=True)
    )
    given_tags = word_lookup(training, other)
    assert [len(tags) for tags in given_tags] == [len(sentence) for sentence in other]
    for sentence, tags in zip(other, given_tags, strict=True):
        for word, tag in zip(sentence.words, tags, strict=True):
            of_word = {name: count for (seen, name), count in counts.items() if seen == word}
            assert of_word.get(tag, 0) == max(of_word.values(), default=0)
            assert of_word or tag == "O"


def test_a_linear_crf_tags_a_name_that_it_has_never_seen_by_its_form_and_its_neighbours():
    names, verbs = ["Rome", "Joe", "Lima", "Ann"], ["saw", "heard", "met", "left"]
    training = [
        Sentence((name, verb, "Mr.", other, "."), ("O", "O", "B-per", "I-per", "O"))
        for name in names
        for verb in verbs
        for other in names
    ]
    # Behind "Mr." stands a name or a verb: which, only the capital tells.
    training += [
        Sentence((name, "and", "Mr.", verb, "."), ("O", "O", "B-per", "O", "O"))
        for name in names
        for verb in verbs
    ]
    model = linear_crf(training)
    sentences = [["Paul", "phoned", "Mr.", "Zork", "."], ["Paul", "phoned", "Mr.", "zork", "."]]
    found = model.predict([window_features(words) for words in sentences])
    assert [tags[3] for tags in found] == ["I-per", "O"]


def test_a_words_features_are_its_own_and_its_neighbours_and_name_the_sentences_ends():
    first, last = window_features(["Joe", "LEFT"])
    assert first["word.lower"] == "joe" and first["word.istitle"] and not first["word.isupper"]
    assert first["word[-2:]"] == "oe" and first["after.lower"] == "left" and first["after.isupper"]
    assert first["nothing before"] and "nothing after" not in first
    assert last["nothing after"] and last["before.lower"] == "joe" and last["before.istitle"]


def test_a_word_alone_has_nothing_beside_it():
    (only,) = window_features(["1990"])
    assert only["nothing before"] and only["nothing after"] and only["word.isdigit"]
