"""With how many of a corpus's entities each tokenizer agrees: a model finds names in a text only if
the text is cut as the sentences were that it learned from (lesson 07)."""

from collections.abc import Sequence
from typing import NamedTuple

import regex

from ner_tutorial.corpus import Sentence
from ner_tutorial.iob2 import entities
from ner_tutorial.text import STRAIGHT, TOKENIZERS

MOST = 5_000  # sentences that are measured: enough for the third digit

_QUOTES = {'"', "``", "''"}
_BEFORE_NO_SPACE = regex.compile(r"[([{<$£€«¿¡]")
_AFTER_NO_SPACE = regex.compile(
    r"[.!?…]+|[,;:%)\]}>»\u0964\u0965\u061f\u060c\u061b\u06d4]|'(s|m|d|t|re|ve|ll)?|n't"
)
# Scripts that part no words, and their punctuation.
_UNPARTED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\u3000-\u303f\uff00-\uffef]"
)
_CHARACTER = regex.compile(r"\w")


class Agreement(NamedTuple):
    """Shares of a corpus's entities, and of their borders.

    Attributes:
        entities: those that a tokenizer cuts into the very words that the corpus has.
        borders: beginnings and ends of entities where a token of its begins or ends. An entity
            that lacks one can be found in no text.
    """

    entities: float
    borders: float


def joined(words: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """A sentence's words as a text, as people would write it, and where in it each stands.

    A space parts two words, but not where punctuation, a bracket or a quotation mark clings to its
    neighbour, where `'s` or `n't` was split off, between scripts without spaces, nor between single
    letters, as a corpus has them that was cut into characters.

    >>> joined(["He", "said", '"', "no", '"', "(", "Ann", "'s", "word", ")", "."])[0]
    'He said "no" (Ann\\'s word).'
    """
    text, before, clings, is_open = "", "", True, False
    spans = []
    for word in words:
        plain = word.translate(STRAIGHT).lower()
        is_quote = plain in _QUOTES
        if not (clings or (is_quote and is_open) or _cling(before, word, plain)):
            text += " "
        is_open ^= is_quote
        clings = (is_quote and is_open) or _BEFORE_NO_SPACE.fullmatch(plain) is not None
        spans.append((len(text), len(text) + len(word)))
        text, before = text + word, word
    return text, spans


def _cling(before: str, word: str, plain: str) -> bool:
    """Whether no space is written before a word, whose quotes are straight in `plain`."""
    if _AFTER_NO_SPACE.fullmatch(plain):
        return True
    if _UNPARTED.match(before[-1:]) and _UNPARTED.match(word):
        return True
    return bool(_CHARACTER.fullmatch(before) and _CHARACTER.fullmatch(word))


def placed(words: Sequence[str], text: str) -> list[tuple[int, int]] | None:
    """Where in a text each of the words stands that it is made of; None if it is not."""
    spans, end = [], 0
    for word in words:
        start = text.find(word, end)
        if start < 0 or text[end:start].strip():
            return None
        end = start + len(word)
        spans.append((start, end))
    return spans


def measure(
    sentences: Sequence[Sentence], texts: Sequence[str] | None = None
) -> dict[str, Agreement]:
    """The agreement of each of `TOKENIZERS`.

    Args:
        sentences: annotated, such as a training part. Of many, some are taken, evenly spread.
        texts: what each was written as; where a text is not made of the words, or none is given,
            the words are `joined`.
    """
    total, hits = 0, {name: [0, 0] for name in TOKENIZERS}
    for row in range(0, len(sentences), max(1, len(sentences) // MOST)):
        words, found = sentences[row].words, entities(sentences[row].tags)
        total += len(found)
        text, spans = joined(words)
        if texts and (places := placed(words, texts[row])):
            text, spans = texts[row], places
        for name, tokenize in TOKENIZERS.items() if found else ():
            tokens = [token[1:] for token in tokenize(text)]
            for _, first, last in found:
                whole, borders = _agreed(tokens, spans[first:last])
                hits[name][0] += whole
                hits[name][1] += borders
    return {
        name: Agreement(whole / max(total, 1), borders / max(2 * total, 1))
        for name, (whole, borders) in hits.items()
    }


def _agreed(tokens: list[tuple[int, int]], words: list[tuple[int, int]]) -> tuple[bool, int]:
    """Whether the tokens cut an entity into its words, and at how many of its two borders."""
    (left, _), (_, right) = words[0], words[-1]
    inside = [token for token in tokens if token[0] < right and token[1] > left]
    starts, ends = zip(*inside, strict=True)
    return inside == words, (left in starts) + (right in ends)


def best(found: dict[str, Agreement]) -> str:
    """The name of the tokenizer that cuts most entities as the corpus does; of equals the first."""
    return max(found, key=lambda name: found[name].entities)


def best_by_borders(found: dict[str, Agreement]) -> str:
    """The same for a corpus that marks names in a text and has no words of its own: only borders
    can be compared. Since characters fit any, they are taken only where no other tokenizer has nine
    in ten.
    """
    others = {name: agreement.borders for name, agreement in found.items() if name != "characters"}
    name = max(others, key=others.__getitem__)
    return name if others[name] >= 0.9 else "characters"
