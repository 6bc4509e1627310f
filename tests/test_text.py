"""Raw text: every character that is no space is in one token, in order, in its place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ner_tutorial.errors import UserError
from ner_tutorial.text import MAX_TOKENS, TOKENIZERS, given_sentences, split_sentences

ODD = st.sampled_from(
    ["e\u0301", "\U0001f469\u200d\U0001f467", "\u05e9\u05dc", "\x00", "\x1c", "\x85", "\u2028",
     "\u00a0", "\r\n", '"', "''", "``", "'s", "n't", "cannot", "U.S.", "Mr. ", ". ", "\ufeff",
     "\u2019s", "n\u2019t", "\u201c", " \u00ad", "\u200b", "\u4eac\u3002", "\u061f\u0964!"]
)  # fmt: skip
TEXTS = st.lists(st.text(max_size=5) | ODD, max_size=40).map("".join)


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@given(text=TEXTS, size=st.integers(1, 9))
@settings(max_examples=200)
def test_tokens_are_the_text_without_its_spaces_however_it_is_read(tokenizer, text, size):
    pieces = (text[i : i + size] for i in range(0, len(text), size))
    sentences = list(split_sentences(pieces, tokenizer))
    tokens = [token for _, _, tokens in sentences for token in tokens]
    assert "".join(token.text for token in tokens) == "".join(text.split())
    assert all(text[token.start : token.end] == token.text for token in tokens)
    assert not any(character.isspace() for token in tokens for character in token.text)
    for piece, start, inside in sentences:
        assert inside
        assert text[start : start + len(piece)] == piece
    assert sentences == list(split_sentences([text], tokenizer))


def test_a_long_line_is_cut_and_nothing_is_lost():
    text = "x" * 25_000 + " word" * 3_000
    sentences = list(split_sentences([text]))
    assert max(len(tokens) for _, _, tokens in sentences) == MAX_TOKENS
    assert "".join(t.text for _, _, tokens in sentences for t in tokens) == text.replace(" ", "")


def tokens_of(text, tokenizer="english"):
    return [token.text for token in TOKENIZERS[tokenizer](text)]


def test_tokens_are_those_of_gmb():
    ((_, _, tokens),) = split_sentences(["Mr. Li's two-day U.S. trip didn't cost $1,000."])
    words = ["Mr.", "Li", "'s", "two-day", "U.S.", "trip", "did", "n't", "cost", "$", "1,000", "."]
    assert [token.text for token in tokens] == words


@pytest.mark.parametrize(
    "straight", ["Japan's 'old' trade", "They don't, can't and won't.", "Ann said \"no\" ('yes')."]
)
def test_curly_quotes_are_split_as_straight_ones_and_stay_curly(straight):
    curly = straight.replace("'", "\u2019").replace('"', "\u201d")
    assert curly != straight
    places = [[token[1:] for token in TOKENIZERS["english"](text)] for text in (straight, curly)]
    assert places[0] == places[1]
    assert "".join(tokens_of(curly)) == curly.replace(" ", "")


@pytest.mark.parametrize(
    ("tokenizer", "expected"),
    [
        ("words", "@ joe \u00bf Qu\u00e9 ? \u0928\u092e\u0938\u094d\u0924\u0947 \u0964 3.5 can't"),
        ("spaces", "@joe \u00bfQu\u00e9? \u0928\u092e\u0938\u094d\u0924\u0947\u0964 3.5 can't"),
        ("characters", "@ j o e \u00bf Q u \u00e9 ? ... \u0964 3 . 5 c a n ' t"),
    ],
)
def test_each_tokenizer_cuts_by_its_own_rule(tokenizer, expected):
    beginning, _, end = expected.partition(" ... ")
    found = tokens_of(
        "@joe \u00bfQu\u00e9? \u0928\u092e\u0938\u094d\u0924\u0947\u0964 3.5 can't", tokenizer
    )
    assert found[: len(beginning.split())] == beginning.split()
    assert not end or found[-len(end.split()) :] == end.split()


@pytest.mark.parametrize("tokenizer", ["words", "characters"])
def test_a_character_of_chinese_stands_alone_and_a_mark_with_its_letter(tokenizer):
    assert tokens_of("\u5317\u4eac\uff0c e\u0301", tokenizer) == [
        "\u5317",
        "\u4eac",
        "\uff0c",
        "e\u0301",
    ]


def test_a_sentence_ends_at_the_full_stops_of_other_scripts():
    text = "\u4f60\u597d\u3002\u300c\u597d\uff01\u300d \u0928\u0964 \u0645\u061f! Yes, 3.5. No."
    found = [sentence for sentence, *_ in split_sentences([text], "words")]
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    assert [sentence[-1] for sentence in found] == ["\u3002", "\u300d", "\u0964", "!", ".", "."]


# Tokens as given.

WORDS = st.lists(
    st.text("ab\u00a0\u2028\x85'.\u4eac", min_size=1, max_size=3), min_size=1, max_size=5
)


@given(st.lists(WORDS, max_size=5), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_given_tokens_and_sentences_are_kept(sentences, line_end, in_lines):
    in_lines = in_lines and any(len(words) > 1 for words in sentences)
    within, between = (" ", line_end) if in_lines else (line_end, line_end * 2)
    text = between.join(within.join(words) for words in sentences)
    found = list(given_sentences(text))
    assert [[token.text for token in tokens] for *_, tokens in found] == sentences
    for piece, start, tokens in found:
        assert all(text[token.start : token.end] == token.text for token in tokens)
        assert all(piece[t.start - start : t.end - start] == t.text for t in tokens)
        assert len(piece.split(" ")) >= len(tokens)


def test_a_tab_among_given_tokens_is_refused_with_its_line():
    with pytest.raises(UserError, match=r"list\.txt:2: holds a tab; give a token a line"):
        list(given_sentences("Joe\nwent\tO\n", "list.txt"))
