"""From raw text to sentences of tokens that know where they stand in it.

`TOKENIZERS` has a tokenizer for each way in which corpora are cut. That for English and the
sentence splitter are NLTK's: that of the Penn Treebank, and Punkt (Kiss and Strunk, 2006). Both
come with the library; nothing is downloaded. Their tokens are those of GMB: punctuation stands
alone, `U.S.` and `two-day` stay whole, `'s` and `n't` are split off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import regex

from ner_tutorial.errors import UserError

if TYPE_CHECKING:  # NLTK takes a second to import: whoever tags no text need not wait for it
    from nltk.tokenize import NLTKWordTokenizer
    from nltk.tokenize.punkt import PunktSentenceTokenizer

# What is longer is cut, so that no text can fill the memory, or take the splitter for ever.
MAX_TOKENS = 500  # in a sentence
MAX_CHARACTERS = 10_000  # in a line

BLOCK = 2**20  # characters: some nine thousand sentences

# Curly quotes and apostrophes, each with the straight one that it stands for.
STRAIGHT = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f", '"'),
    }
)

# What ends a sentence in Chinese and Japanese, Hindi, Arabic, Urdu, and Punkt does not know; no
# space need follow. Closing quotes and brackets belong to the sentence.
_STOPS = "\u3002\uff01\uff1f\uff61\u0964\u0965\u061f\u06d4"
_ENDS = re.compile(f"[{_STOPS}][{_STOPS}!?]*[\u201d\u2019\u300d\u300f\uff09]*")

_RUN = re.compile(r"\S+")
_WORD = regex.compile(r"(?sw).+?\b", regex.V1)
_CHARACTER = regex.compile(r"\X")
_GIVEN = re.compile("[^ \r\n]+")
_LINE_END = re.compile(r"\r\n|\r(?!\n)|\n")
_BLANK_LINE = re.compile(rf"(?:{_LINE_END.pattern}) *(?:{_LINE_END.pattern})")

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


def lines(pieces: Iterable[str]) -> Iterator[str]:
    """The lines of a text with their ends, those of more than `MAX_CHARACTERS` cut.

    Args:
        pieces: strings that together are the text, such as what was read from a file so far.
    """
    rest = ""  # of the line that may go on in the next piece
    for piece in pieces:
        found = (rest + piece).splitlines(keepends=True)
        for line in found[:-1]:
            yield from _pieces(line)
        *done, rest = _pieces(found[-1] if found else "")
        yield from done
    if rest:
        yield rest


def blocks(lines: Iterable[str]) -> Iterator[tuple[int, Iterator[str]]]:
    """A text in blocks of whole lines, each ending with the line that brings it to `BLOCK`
    characters; where it begins, and its lines.

    The last digits of what a network gives depend on what stands in a batch with a sentence. Where
    no batch reaches over the end of a block, blocks may be tagged by anyone, in any order.

    Args:
        lines: strings that together are the text, such as `lines` yields; none is parted.
    """

    def placed() -> Iterator[tuple[int, str]]:
        start = end = 0
        for line in lines:
            if end - start >= BLOCK:
                start = end
            yield start, line
            end += len(line)

    for start, group in groupby(placed(), key=itemgetter(0)):
        yield start, map(itemgetter(1), group)


def split_sentences(
    pieces: Iterable[str], tokenizer: str = "english", offset: int = 0
) -> Iterator[tuple[str, int, list[Token]]]:
    """The sentences of a text in order, each with its place and tokens.

    A sentence ends where Punkt says so, after the full stops of other scripts, and at the end of
    its line: give text that was wrapped to a width with each paragraph in one line. Every character
    that is no space is in one token; a sentence without any is left out.

    Args:
        pieces: strings that together are the text, such as what was read from a file so far.
        tokenizer: one of `TOKENIZERS`.
        offset: the number of characters that stand before these pieces in the whole text.

    Yields:
        The sentence's text, where it begins, and its tokens; all places count the characters of the
        whole text.

    >>> for sentence, start, tokens in split_sentences(["Mr. Li's ", "here. Hello!"]):
    ...     print(start, [token.text for token in tokens])
    0 ['Mr.', 'Li', "'s", 'here', '.']
    15 ['Hello', '!']
    """
    cut = TOKENIZERS[tokenizer]
    for line in lines(pieces):
        starts = _starts(line)
        for start, end in zip(starts, [*starts[1:], len(line)], strict=False):
            tokens = _moved(cut(line[start:end]), offset + start)
            for first in range(0, len(tokens), MAX_TOKENS):
                part = tokens[first : first + MAX_TOKENS]
                begin = part[0].start
                yield line[begin - offset : part[-1].end - offset], begin, part
        offset += len(line)


def given_sentences(text: str, name: str = "the text") -> Iterator[tuple[str, int, list[Token]]]:
    """The sentences of a text whose tokens were made already, kept as they are.

    If a line holds a space, each line is a sentence, and spaces part its tokens. Otherwise each
    line is a token, and blank lines part the sentences.

    Args:
        text: the whole text, since its last line may decide.
        name: what messages call it.

    Yields:
        As `split_sentences` does. In a sentence of several lines, a space stands in the place of
        each line end, so that every offset still fits the text.

    Raises:
        UserError: a tab, which may part tokens or columns.

    >>> for sentence, start, tokens in given_sentences("New York sleeps\\nNot Ann\\n"):
    ...     print(start, [token.text for token in tokens])
    0 ['New', 'York', 'sleeps']
    16 ['Not', 'Ann']
    >>> [sentence for sentence, *_ in given_sentences("New\\nYork\\n\\nsleeps\\n")]
    ['New York', 'sleeps']
    """
    given = _LINE_END.split(text)
    if tabs := [number for number, line in enumerate(given, 1) if "\t" in line]:
        raise UserError(
            f"{name}:{tabs[0]}: holds a tab; give a token a line, or part the tokens with spaces"
        )
    has_spaces = any(" " in line.strip(" ") for line in given)
    border = _LINE_END if has_spaces else _BLANK_LINE
    start = 0
    for end, next_start in [*(m.span() for m in border.finditer(text)), (len(text), len(text))]:
        if tokens := _moved(_cut(text[start:end], _GIVEN), start):
            first, last = tokens[0].start, tokens[-1].end
            yield re.sub("[\r\n]", " ", text[first:last]), first, tokens
        start = next_start


def english(text: str) -> list[Token]:
    """The tokens of the Penn Treebank; curly quotes and apostrophes are split as straight ones.

    >>> [token.text for token in english("Japan\u2019s trade (U.S.) don\u2019t")]
    ['Japan', '\u2019s', 'trade', '(', 'U.S.', ')', 'do', 'n\u2019t']
    """
    spans = _treebank().span_tokenize(text.translate(STRAIGHT))
    return [Token(text[start:end], start, end) for start, end in spans]


def words(text: str) -> list[Token]:
    """What stands between two borders of words by Unicode's rules (UAX #29), in any language. They
    know no dictionary, so each character of Chinese or Japanese stands alone.

    >>> [token.text for token in words("¿Qué? नमस्ते दुनिया। 北京")]
    ['¿', 'Qué', '?', 'नमस्ते', 'दुनिया', '।', '北', '京']
    """
    return _cut(text, _RUN, _WORD)


def spaces(text: str) -> list[Token]:
    """What stands between spaces.

    >>> [token.text for token in spaces("@joe: hello, world!")]
    ['@joe:', 'hello,', 'world!']
    """
    return _cut(text, _RUN)


def characters(text: str) -> list[Token]:
    """Each character that a reader sees, with the marks on it.

    >>> [token.text for token in characters("北京 ok")]
    ['北', '京', 'o', 'k']
    """
    return _cut(text, _RUN, _CHARACTER)


TOKENIZERS: dict[str, Callable[[str], list[Token]]] = {
    "english": english,
    "words": words,
    "spaces": spaces,
    "characters": characters,
}


def _cut(text: str, run: re.Pattern, part: regex.Pattern | None = None) -> list[Token]:
    """All that matches `run`; or `part` in each of them, which together are the run."""
    tokens = [Token(match[0], *match.span()) for match in run.finditer(text)]
    if part is None:
        return tokens
    cut = ((token.start, found) for token in tokens for found in part.finditer(token.text))
    return [Token(found[0], start + found.start(), start + found.end()) for start, found in cut]


def _moved(tokens: list[Token], offset: int) -> list[Token]:
    return [Token(text, offset + start, offset + end) for text, start, end in tokens]


def _starts(line: str) -> list[int]:
    """Where the sentences of a line begin."""
    by_punkt = {start for start, _ in _splitter().span_tokenize(line)}
    return sorted(
        by_punkt | {end for end in map(re.Match.end, _ENDS.finditer(line)) if end < len(line)}
    )


@cache
def _splitter() -> PunktSentenceTokenizer:
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

    parameters = PunktParameters()
    parameters.abbrev_types = set(_ABBREVIATIONS)
    return PunktSentenceTokenizer(parameters)


@cache
def _treebank() -> NLTKWordTokenizer:
    from nltk.tokenize import NLTKWordTokenizer

    return NLTKWordTokenizer()


def _pieces(line: str) -> Iterator[str]:
    """A line in parts of at most `MAX_CHARACTERS`, cut after a period or a space if there is
    one."""
    start = 0
    while (longest := start + MAX_CHARACTERS) < len(line):
        period, space = (line.rfind(end, start, longest) for end in (". ", " "))
        end = period + 2 if period >= 0 else space + 1 if space >= 0 else longest
        yield line[start:end]
        start = end
    yield line[start:]
