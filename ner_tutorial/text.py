"""From raw text to sentences of tokens that know where they stand in it.

The tokenizer and the sentence splitter are NLTK's: that of the Penn Treebank, and Punkt (Kiss and
Strunk, 2006). Both come with the library; nothing is downloaded. Their tokens are those of GMB:
punctuation stands alone, `U.S.` and `two-day` stay whole, `'s` and `n't` are split off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # NLTK takes a second to import: whoever tags no text need not wait for it
    from nltk.tokenize import NLTKWordTokenizer
    from nltk.tokenize.punkt import PunktSentenceTokenizer

# What is longer is cut, so that no text can fill the memory, or take the splitter for ever.
MAX_TOKENS = 500  # in a sentence
MAX_CHARACTERS = 10_000  # in a line

# What ends in a period without ending a sentence, in news in English.
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof gen gov sen rep lt col capt sgt maj adm cmdr rev hon pres st jr sr jan
    feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun co corp inc ltd
    vs etc no vol fig ca e.g i.e a.m p.m a.d b.c ph.d u.s u.n u.k d.c
    """.split()  # noqa: SIM905
)


class Token(NamedTuple):
    """A word or punctuation mark, and where it stands: `input[start:end] == text`."""

    text: str
    start: int
    end: int


class Mention(NamedTuple):
    """An entity found in a text: its type, and where it stands, `input[start:end] == text`.

    `confidence` is the smallest of its words' marginals: how probable the model thinks the tag of
    the word it is least sure of.
    """

    type: str
    text: str
    start: int
    end: int
    confidence: float


class TaggedText(NamedTuple):
    """A piece of the input, its tokens, their tags and confidences, and the entities found.

    All offsets count the characters (code points) of the whole input, in which this piece begins at
    `start`.
    """

    text: str
    start: int
    tokens: list[Token]
    tags: list[str]
    confidences: list[float]
    entities: list[Mention]

    def at_least(self, confidence: float) -> TaggedText:
        """The same without the entities that the model is less sure of; their tags become O."""
        kept = [mention for mention in self.entities if mention.confidence >= confidence]
        inside = [range(mention.start, mention.end) for mention in kept]
        tags = [
            tag if any(token.start in span for span in inside) else "O"
            for token, tag in zip(self.tokens, self.tags, strict=True)
        ]
        return self._replace(tags=tags, entities=kept)


def split_sentences(pieces: Iterable[str]) -> Iterator[tuple[str, int, list[Token]]]:
    """The sentences of a text in order, each with its place and tokens.

    A sentence ends where Punkt says so, and at the end of its line: give text that was wrapped to a
    width with each paragraph in one line. Every character that is no space is in one token; a
    sentence without any is left out.

    Args:
        pieces: strings that together are the text, such as what was read from a file so far.

    Yields:
        The sentence's text, where it begins, and its tokens; all places count the characters of the
        whole text.

    >>> for sentence, start, tokens in split_sentences(["Mr. Li's ", "here. Hello!"]):
    ...     print(start, [token.text for token in tokens])
    0 ['Mr.', 'Li', "'s", 'here', '.']
    15 ['Hello', '!']
    """
    offset, splitter = 0, _splitter()
    for line in _lines(pieces):
        starts = [start for start, _ in splitter.span_tokenize(line)]
        for start, end in zip(starts, [*starts[1:], len(line)], strict=False):
            tokens = _tokenize(line[start:end], offset + start)
            for first in range(0, len(tokens), MAX_TOKENS):
                part = tokens[first : first + MAX_TOKENS]
                begin = part[0].start
                yield line[begin - offset : part[-1].end - offset], begin, part
        offset += len(line)


@cache
def _splitter() -> PunktSentenceTokenizer:
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

    parameters = PunktParameters()
    parameters.abbrev_types = set(_ABBREVIATIONS)
    return PunktSentenceTokenizer(parameters)


@cache
def _tokenizer() -> NLTKWordTokenizer:
    from nltk.tokenize import NLTKWordTokenizer

    return NLTKWordTokenizer()


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    """The lines of a text with their ends, those of more than `MAX_CHARACTERS` cut."""
    rest = ""  # of the line that may go on in the next piece
    for piece in pieces:
        lines = (rest + piece).splitlines(keepends=True)
        for line in lines[:-1]:
            yield from _cut(line)
        *done, rest = _cut(lines[-1] if lines else "")
        yield from done
    yield rest


def _cut(line: str) -> Iterator[str]:
    """A line in parts of at most `MAX_CHARACTERS`, cut after a period or a space if there is
    one."""
    start = 0
    while (longest := start + MAX_CHARACTERS) < len(line):
        period, space = (line.rfind(end, start, longest) for end in (". ", " "))
        end = period + 2 if period >= 0 else space + 1 if space >= 0 else longest
        yield line[start:end]
        start = end
    yield line[start:]


def _tokenize(sentence: str, offset: int) -> list[Token]:
    """The tokens of one sentence that begins at `offset`."""
    spans = _tokenizer().span_tokenize(sentence)
    return [Token(sentence[start:end], offset + start, offset + end) for start, end in spans]
