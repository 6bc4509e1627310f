"""Raw text: every character that is no space is in one token, in order, in its place."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ner_tutorial.text import MAX_TOKENS, split_sentences

ODD = st.sampled_from(
    ["e\u0301", "\U0001f469\u200d\U0001f467", "\u05e9\u05dc", "\x00", "\x1c", "\x85", "\u2028",
     "\u00a0", "\r\n", '"', "''", "``", "'s", "n't", "cannot", "U.S.", "Mr. ", ". ", "\ufeff"]
)  # fmt: skip
TEXTS = st.lists(st.text(max_size=5) | ODD, max_size=40).map("".join)


@given(TEXTS, st.integers(1, 9))
@settings(max_examples=1000)
def test_tokens_are_the_text_without_its_spaces_however_it_is_read(text, size):
    sentences = list(split_sentences(text[i : i + size] for i in range(0, len(text), size)))
    tokens = [token for _, _, tokens in sentences for token in tokens]
    assert "".join(token.text for token in tokens) == "".join(text.split())
    assert all(text[token.start : token.end] == token.text for token in tokens)
    assert not any(character.isspace() for token in tokens for character in token.text)
    for piece, start, inside in sentences:
        assert inside
        assert text[start : start + len(piece)] == piece
    assert sentences == list(split_sentences([text]))


def test_a_long_line_is_cut_and_nothing_is_lost():
    text = "x" * 25_000 + " word" * 3_000
    sentences = list(split_sentences([text]))
    assert max(len(tokens) for _, _, tokens in sentences) == MAX_TOKENS
    assert "".join(t.text for _, _, tokens in sentences for t in tokens) == text.replace(" ", "")


def test_tokens_are_those_of_gmb():
    ((_, _, tokens),) = split_sentences(["Mr. Li's two-day U.S. trip didn't cost $1,000."])
    words = ["Mr.", "Li", "'s", "two-day", "U.S.", "trip", "did", "n't", "cost", "$", "1,000", "."]
    assert [token.text for token in tokens] == words
