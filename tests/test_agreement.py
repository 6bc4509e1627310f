"""How well each tokenizer agrees with a corpus, counted on sentences small enough to see."""

import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_tutorial import batching, corpus
from ner_tutorial.agreement import best, best_by_borders, joined, measure, placed
from ner_tutorial.corpus import Sentence
from ner_tutorial.text import TOKENIZERS


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ('Ann said : " It costs $ 5 ( or more ) " .', 'Ann said: "It costs $5 (or more)".'),
        ("They do n't want Ann 's , or the Joneses ' .", "They don't want Ann's, or the Joneses'."),
        ("`` Yes '' , he said ...", "``Yes'', he said..."),
        ("\u5b89 \u59ae \u53bb \u5317\u4eac \u3002", "\u5b89\u59ae\u53bb\u5317\u4eac\u3002"),
        ("\u0e01 \u0e02 1 9 9 8", "\u0e01\u0e021998"),
        ("great :) see you", "great :) see you"),
        ("\u00bf Qu\u00e9 ?", "\u00bfQu\u00e9?"),
    ],
)
def test_words_are_joined_as_people_write(words, text):
    assert joined(words.split())[0] == text


WORDS = st.lists(
    st.text(min_size=1, max_size=4).filter(str.strip)
    | st.sampled_from(['"', "(", ")", ".", "'s", "n't", "\u4eac", "``"]),
    min_size=1,
    max_size=9,
)


@given(WORDS)
def test_every_word_stands_where_joined_says(words):
    text, spans = joined(words)
    assert [text[start:end] for start, end in spans] == words
    assert all(text[a:b] in ("", " ") for (_, a), (b, _) in pairwise(spans))


@given(WORDS, st.sampled_from([" ", "", "  "]))
def test_in_a_text_made_of_them_words_are_found_where_they_stand(words, space):
    words = ["".join(word.split()) or "x" for word in words]
    text = space.join(words)
    assert [text[start:end] for start, end in placed(words, text)] == words


@pytest.mark.parametrize("text", ["another text", "Ann went and left", "Ann"])
def test_a_text_that_is_not_made_of_the_words_is_not_used(text):
    assert placed(["Ann", "left"], text) is None
    sentence = Sentence(("Ann", "left"), ("B-per", "O"))
    assert measure([sentence], [text]) == measure([sentence])


def test_an_entity_agrees_if_it_is_cut_where_the_corpus_cuts_it_and_nowhere_else():
    at_night = Sentence(("Li's", "New", "York-Rome", "!"), ("B-per", "B-geo", "I-geo", "O"))
    found = measure([at_night, Sentence(("nobody",), ("O",))])
    # Of the two entities and four borders in "Li's New York-Rome!".
    assert found["english"] == (0.5, 1.0)  # Li 's | New York-Rome
    assert found["words"] == (0.5, 1.0)  # Li's | New York - Rome
    assert found["spaces"] == (0.5, 0.75)  # Li's | New York-Rome!
    assert found["characters"] == (0.0, 1.0)
    assert best(found) == "english"  # the first of equals


def test_a_corpus_is_measured_on_its_own_text_where_it_has_one():
    sentence = Sentence(("New", "York", "."), ("B-geo", "I-geo", "O"))
    assert measure([sentence])["spaces"] == (0, 0.5)
    assert measure([sentence], ["New York ."])["spaces"] == (1, 1)


def test_without_an_entity_there_is_no_agreement_and_english_is_taken():
    assert best(measure([Sentence(("so",), ("O",))])) == "english"


@pytest.mark.parametrize(
    ("text", "tag", "tokenizer"),
    [
        ("\u5b89\u59ae\u53bb\u5317\u4eac", "BIOBI", "words"),
        ("Li, \u0928\u092e\u0964", "BIOBIO", "words"),
        ("Ann left.", "BIIOOOOO", "english"),
        ("Annleft.", "BIIOOOOO", "characters"),
    ],
)
def test_names_marked_in_a_text_choose_the_tokenizer_by_their_borders(text, tag, tokenizer):
    marks = [token.text for token in TOKENIZERS["characters"](text)]
    tags = [letter if letter == "O" else f"{letter}-per" for letter in tag][: len(marks)]
    found = measure([Sentence(tuple(marks), tuple(tags))], [text])
    assert best_by_borders(found) == tokenizer


def test_english_cuts_the_sample_and_leaves_nearly_every_border_standing():
    found = measure(batching.split(corpus.load(corpus.SAMPLE)).train[:1500])
    assert best(found) == "english"
    assert found["english"].borders >= 0.97


@pytest.mark.skipif("NER_TUTORIAL_CORPORA" not in os.environ, reason="names no public corpora")
def test_the_tokenizer_chosen_for_tweets_leaves_their_borders_standing():
    folder = Path(os.environ["NER_TUTORIAL_CORPORA"]) / "wnut17"
    found = measure(corpus.read(folder / "wnut17train.conll"))
    assert found[best(found)].borders >= 0.93
