"""Spans of characters, in which annotation tools mark entities, made tokens with tags.

A text is cut into sentences and tokens as it is for tagging, but no sentence ends inside a span.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from ner_tutorial import text as texts
from ner_tutorial.errors import CorpusError, shown
from ner_tutorial.readers.tokens import Contents, Tokens
from ner_tutorial.reading import Reading
from ner_tutorial.text import Token


class Span(NamedTuple):
    """An entity: its type, and its place, `text[start:end]`.

    `covered` is what stands there by the tool that marked it, where the file says so.
    """

    start: int
    end: int
    label: str
    covered: str | None = None


class Document(NamedTuple):
    """A text with its spans, the place of its record for messages, such as `FILE:3`, and its line;
    0 if the text is the file itself."""

    where: str
    line: int
    text: str
    spans: list[Span]


class _Cut:
    """The sentences that are cut so far, and what became of the spans."""

    def __init__(self, reading: Reading):
        self.reading = reading
        self.total = 0
        self.misfits: list[tuple[str, str]] = []
        self.left_out = 0
        self.labels: dict[str, str] = {}  # and where each was seen first

    def sentences(self, number: int, document: Document) -> list[Tokens]:
        """A document's sentences."""
        spans = _checked(document, self.reading.repair)
        self.total += len(spans)
        for span in spans:
            self.labels.setdefault(span.label, document.where)
        cut = []
        for tokens in _unbroken(_sentences(document.text, self.reading.tokenizer), spans):
            start, end = tokens[0].start, tokens[-1].end
            inside = [span for span in spans if start < span.end and span.start < end]
            lines = [document.line or 1 + document.text.count("\n", 0, t.start) for t in tokens]
            tags = self._tags(document, tokens, inside)
            words = [token.text for token in tokens]
            cut.append(Tokens(words, tags, lines, number, document.text[start:end]))
        return cut

    def _tags(
        self, document: Document, tokens: Sequence[Token], spans: Sequence[Span]
    ) -> list[str]:
        text, tags = document.text, ["O"] * len(tokens)
        starts, ends = [token.start for token in tokens], [token.end for token in tokens]
        for span in spans:
            first, last = bisect_right(ends, span.start), bisect_left(starts, span.end)
            if (starts[first], ends[last - 1]) != (span.start, span.end):
                covered = shown(text[span.start : span.end])
                whole = shown(text[starts[first] : ends[last - 1]])
                self.misfits.append((document.where, f"{covered} in {whole}"))
            if any(tag != "O" for tag in tags[first:last]):
                self.left_out += 1
                continue
            label = re.sub(r"\s+", "_", span.label)
            tags[first:last] = [f"{'I' if i > first else 'B'}-{label}" for i in range(first, last)]
        return tags

    def notes(self) -> list[str]:
        """What became of the spans, a line each.

        Raises:
            CorpusError: some end inside a token, and were not to be widened; or labels are tags.
        """
        _refuse_tags(self.labels)
        ending = f"{len(self.misfits):,} of {self.total:,} spans begin or end inside a token"
        if self.misfits and not self.reading.repair:
            where, example = self.misfits[0]
            raise CorpusError(
                f"{where}: {ending}, such as {example}",
                "name another {tokenizer}, or {repair} to widen them to whole tokens",
            )
        found = []
        if self.misfits:
            found.append(f"{ending} and were widened to whole tokens")
        if self.left_out:
            found.append(f"{self.left_out:,} of them were left out: their token is in another span")
        if spaced := sorted(label for label in self.labels if re.search(r"\s", label)):
            found.append(f"spaces in labels became _, as in {shown(spaced[0])}")
        return found


def _refuse_tags(labels: Mapping[str, str]) -> None:
    """Raise if labels are tags, of which one begins what another goes on with."""
    for label, where in labels.items():
        other = f"I-{label[2:]}"
        if label.startswith("B-") and other in labels:
            raise CorpusError(
                f"{where}: spans are labelled with tags, {shown(label)} and {shown(other)}; "
                "mark each entity by one span, labelled with its type"
            )


def cut(documents: Iterable[Document], reading: Reading) -> Contents:
    """The sentences of annotated texts.

    Raises:
        CorpusError: spans lie in one another or outside of the text, or end inside a token.
    """
    state = _Cut(reading)
    groups = [state.sentences(number, document) for number, document in enumerate(documents)]
    has_documents = any(len(group) > 1 for group in groups)
    sentences = [
        sentence if has_documents else sentence._replace(document=None)
        for group in groups
        for sentence in group
    ]
    return Contents(sentences, state.notes(), widened=len(state.misfits))


def _sentences(text: str, tokenizer: str | None) -> list[list[Token]]:
    if tokenizer != "spaces":
        return [found for _, _, found in texts.split_sentences([text], tokenizer or "english")]
    # Words that were parted already: so are the sentences.
    return [
        [Token(word, start + line.start(), end + line.start()) for word, start, end in found]
        for line in re.finditer(r"[^\r\n]+", text)
        if (found := texts.spaces(line[0]))
    ]


def _unbroken(sentences: Iterable[list[Token]], spans: Sequence[Span]) -> list[list[Token]]:
    """The sentences, those joined between which a span goes on."""
    joined: list[list[Token]] = []
    for tokens in sentences:
        border = tokens[0].start
        if joined and any(span.start < border < span.end for span in spans):
            joined[-1] = joined[-1] + tokens
        else:
            joined.append(tokens)
    return joined


def _checked(document: Document, repair: bool) -> list[Span]:
    """The spans in order, without the spaces at their ends, each once.

    Raises:
        CorpusError: one is empty or outside of the text, or two overlap.
    """
    where, text = document.where, document.text
    spans = []
    for span in _placed(document):
        found = text[span.start : span.end]
        start = span.start + len(found) - len(found.lstrip())
        end = span.end - len(found) + len(found.rstrip())
        if start < end:
            spans.append(Span(start, end, span.label.strip()))
        elif not repair:
            raise CorpusError(
                f"{where}: the span {span.start} to {span.end} holds no character",
                "mark some, or pass {repair} to leave it out",
            )
    spans = sorted(set(spans))
    for one, other in pairwise(spans):
        if other.start < one.end:
            names = [
                f"{shown(text[s.start : s.end])} ({shown(s.label)[1:-1]})" for s in (one, other)
            ]
            raise CorpusError(
                f"{where}: {' and '.join(names)} overlap; nested entities cannot be learned, so "
                "keep one of the two"
            )
    return spans


def _placed(document: Document) -> list[Span]:
    """The spans, with places that count characters (code points).

    Some tools count UTF-16 units, or a line's end as one character where the file has two. Where
    the file also says what each span covers, that tells which it was.
    """
    ways = _ways_to_count(document.text)
    if all(span.covered is None for span in document.spans):
        ways = ways[:1]
    faults = []
    for places in ways:
        found = (_fault(document.text, span, places) for span in document.spans)
        faults.append(next(filter(None, found), ""))
        if not faults[-1]:
            return [s._replace(start=places[s.start], end=places[s.end]) for s in document.spans]
    raise CorpusError(
        f"{document.where}: {faults[0]}; export the text and its spans again, together"
    )


def _ways_to_count(text: str) -> list[Sequence[int]]:
    """For each way, the place of its first unit, its second, and so on, up to the text's end."""
    return [
        range(len(text) + 1),
        [i for i, char in enumerate(text) for _ in range(1 + (ord(char) > 0xFFFF))] + [len(text)],
        [i for i in range(len(text)) if text[i - 1 : i + 1] != "\r\n"] + [len(text)],
    ]


def _fault(text: str, span: Span, places: Sequence[int]) -> str:
    """What is wrong with a span, if its places are counted so."""
    start, end, _, covered = span
    if not 0 <= start <= end < len(places):
        return f"the span {start} to {end} lies outside of the text's {len(text)} characters"
    found = text[places[start] : places[end]]
    if covered is not None and "".join(found.split()) != "".join(covered.split()):
        return f"the span {start} to {end} is {shown(found)}, but should be {shown(covered)}"
    return ""
