"""The pieces of words that an encoder reads, and words' vectors from their pieces' (lesson 08)."""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

PADDING, UNKNOWN, START, END = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
LONGEST_RUN = 100  # letters; what is longer is one unknown piece


class WordPieces:
    """The pieces that words are made of: the longest ones from the left (lesson 08).

    As BERT's tokenizer does it (Wu et al., 2016; Devlin et al., 2019). A piece that does not begin
    a word begins with `##`.

    Args:
        pieces: all of them, in the order of their indices.
        is_cased: whether capitals count. If not, words are read in lower case.
        strips_accents: whether words are read without accents; by default, if capitals do not
            count.

    >>> pieces = WordPieces(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "fed", "##erer"], is_cased=False)
    >>> pieces.split("Federer"), pieces.split("Nadal")
    (['fed', '##erer'], ['[UNK]'])
    """

    def __init__(self, pieces: Sequence[str], is_cased: bool, strips_accents: bool | None = None):
        self.pieces = tuple(pieces)
        self.is_cased = is_cased
        self.strips_accents = not is_cased if strips_accents is None else strips_accents
        self.index = {piece: index for index, piece in enumerate(self.pieces)}

    def split(self, text: str) -> list[str]:
        """The pieces of a word, or of a text; none if nothing in it can be seen."""
        return [piece for run in self._runs(text) for piece in self._greedy(run)]

    def encode(self, word: str) -> list[int]:
        """The indices of a word's pieces, one at least."""
        return [self.index[piece] for piece in self.split(word) or [UNKNOWN]]

    def _runs(self, text: str) -> Iterator[str]:
        """What stands between spaces; punctuation and Chinese characters each for themselves."""
        text = "".join(_cleaned(letter) for letter in text)
        if self.strips_accents:
            text = unicodedata.normalize("NFD", text)
            text = "".join(c for c in text if unicodedata.category(c) != "Mn")
        if not self.is_cased:
            text = "".join(c.lower() for c in text)
        for run in text.split(" "):
            start = 0
            for place, letter in enumerate(run):
                if _is_punctuation(letter):
                    yield from (run[start:place], letter)
                    start = place + 1
            yield run[start:]

    def _greedy(self, run: str) -> list[str]:
        found: list[str] = []
        start = 0
        while start < len(run):
            for end in range(len(run), start, -1):
                piece = ("##" if start else "") + run[start:end]
                if piece in self.index:
                    break
            else:
                return [UNKNOWN]  # the whole of it
            found.append(piece)
            start = end
        return found if len(run) <= LONGEST_RUN else [UNKNOWN]


@cache
def _cleaned(letter: str) -> str:
    """A letter as it is read: spaces of any kind as one, and what cannot be seen as nothing."""
    if letter in "\t\n\r" or unicodedata.category(letter).startswith("Z"):
        return " "
    if letter == "\ufffd" or unicodedata.category(letter) in ("Cc", "Cf", "Co"):
        return ""
    return f" {letter} " if _is_chinese(ord(letter)) else letter


def _is_chinese(code: int) -> bool:
    return any(first <= code <= last for first, last in _CHINESE)


_CHINESE = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0x2F800, 0x2FA1F),
)  # fmt: skip


@cache
def _is_punctuation(letter: str) -> bool:
    """Whether a letter is a piece of its own; in ASCII whatever is neither letter, digit nor
    space."""
    if letter.isascii():
        return letter.isprintable() and not (letter.isalnum() or letter == " ")
    return unicodedata.category(letter).startswith("P")


def pooled(states: np.ndarray, counts: Sequence[int]) -> np.ndarray:
    """The mean of each word's pieces: of float (length, size), and how many pieces each word has,
    one at least, float (words, size). What comes behind the last word's pieces is left out.

    >>> pooled(np.array([[1.0], [2.0], [4.0], [9.0]]), [1, 2]).tolist()
    [[1.0], [3.0]]
    """
    starts = np.cumsum([0, *counts[:-1]])
    return np.add.reduceat(states[: sum(counts)], starts) / np.array(counts, states.dtype)[:, None]
