"""Word pieces, held against the `tokenizers` library, and words' vectors from their pieces'."""

import random
import unicodedata
from itertools import product

import encoders
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ner_tutorial import corpus, pretrained
from ner_tutorial.errors import EncoderError
from ner_tutorial.pieces import WordPieces, pooled

OLD = unicodedata.ucd_3_2_0
# Characters on which all versions of Unicode agree: Python and the library have different ones.
SETTLED = [
    chr(code)
    for code in range(1, 0x30000)
    if OLD.category(chr(code)) == unicodedata.category(chr(code)) not in ("Cn", "Cs")
]


def library(path, is_cased, strips_accents=None):
    """The reference's pieces of a text."""
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.BertWordPieceTokenizer(
        str(path), lowercase=not is_cased, strip_accents=strips_accents
    )
    return lambda text: tokenizer.encode(text, add_special_tokens=False).tokens


@pytest.fixture(scope="module")
def real():
    """The pieces of the lesson's encoder, and the file with them."""
    try:
        folder = pretrained.find()
    except EncoderError:
        pytest.skip("the package with the encoder is not installed")
    path = folder / pretrained.PIECES
    return WordPieces(path.read_text("utf-8").splitlines(), is_cased=False), path


def test_on_every_sentence_of_the_sample_they_are_those_of_the_library(real):
    pieces, path = real
    wanted = library(path, is_cased=False)
    for sentence in corpus.read(corpus.SAMPLE):
        word_by_word = [piece for word in sentence.words for piece in pieces.split(word)]
        assert word_by_word == wanted(" ".join(sentence.words))


def test_on_gmb_they_are_those_of_the_library(real, gmb_tokens):
    pieces, path = real
    wanted = library(path, is_cased=False)
    for word in gmb_tokens["word"].unique():
        assert pieces.split(word) == wanted(word)


@pytest.mark.parametrize("strips_accents", [None, False, True])
@pytest.mark.parametrize("is_cased", [False, True])
def test_on_random_texts_in_any_script_they_are_those_of_the_library(
    real, is_cased, strips_accents
):
    _, path = real
    pieces = WordPieces(path.read_text("utf-8").splitlines(), is_cased, strips_accents)
    wanted = library(path, is_cased, strips_accents)
    draw = random.Random(0)
    common = "aeinorst ENRST éÜß .,-'()中国 \u00a0\u200b\t"
    for _ in range(1000):
        letters = draw.choices(draw.choice([SETTLED, common]), k=draw.randrange(1, 30))
        text = "".join(letters)
        assert pieces.split(text) == wanted(text), ascii(text)


@given(st.text("joestanfrd", max_size=12))
def test_pieces_are_the_longest_from_the_left_and_spell_the_word(word):
    pieces = WordPieces(encoders.PIECES, is_cased=False)
    found = pieces.split(word)
    assert "".join(piece.removeprefix("##") for piece in found) == word
    start = 0
    for piece in found:
        length = len(piece.removeprefix("##"))
        mark = "##" if start else ""
        longer = [mark + word[start:end] for end in range(start + length + 1, len(word) + 1)]
        assert not any(one in pieces.index for one in longer)
        start += length


def test_a_word_that_cannot_be_spelled_is_one_unknown_piece():
    pieces = WordPieces(encoders.PIECES, is_cased=False)
    assert pieces.split("joeж") == ["[UNK]"]
    assert pieces.split("a" * 100) == ["a", *["##a"] * 99]
    assert pieces.split("a" * 101) == ["[UNK]"]


def test_every_word_has_a_piece_even_one_that_cannot_be_seen():
    pieces = WordPieces(encoders.PIECES, is_cased=False)
    assert pieces.split("\u200b") == []
    assert pieces.encode("\u200b") == [pieces.index["[UNK]"]]


def test_capitals_and_accents_count_in_a_cased_vocabulary_alone():
    uncased = WordPieces([*encoders.PIECES, "Joe"], is_cased=False)
    cased = WordPieces([*encoders.PIECES, "Joe"], is_cased=True)
    assert uncased.split("Joé") == ["joe"] == uncased.split("JOE")
    assert cased.split("Joe") == ["Joe"]
    assert cased.split("Joé") == ["[UNK]"]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6), st.integers(0, 3))
def test_a_words_vector_is_the_mean_of_its_pieces(counts, behind):
    states = np.random.default_rng(sum(counts)).normal(size=(sum(counts) + behind, 3))
    found = pooled(states, counts)
    start = 0
    for vector, count in zip(found, counts, strict=True):
        np.testing.assert_allclose(vector, sum(states[start : start + count]) / count)
        start += count
    assert len(found) == len(counts)


def test_a_piece_is_what_stands_between_spaces_and_marks():
    pieces = WordPieces(encoders.PIECES, is_cased=False)
    for left, mark in product(["joe", ""], [".", "-", "'"]):
        assert pieces.split(f"{left}{mark}joe") == [*filter(None, [left]), mark, "joe"]
