"""What is checked of whatever a reader read: words, borders of sentences, and tags."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from ner_tutorial import iob2, schemes
from ner_tutorial.errors import CorpusError, shown
from ner_tutorial.readers.tokens import Tokens
from ner_tutorial.reading import Reading

# Controls are seen, as a box: where Windows-1252 has a dash, Latin-1 has one of them.
_UNSEEN = frozenset({"Cf", "Zs", "Zl", "Zp"})
_EMPTY = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters without ink
_NUMBER = re.compile("[0-9]{1,5}")
_ENDS = frozenset(".!?\u3002\uff01\uff1f\u0964\u061f")  # also of Chinese, Hindi and Arabic


def visible(
    path: Path, sentences: Sequence[Tokens], repair: bool, notes: list[str]
) -> list[Tokens]:
    """The sentences, without the tokens that have no visible word or no tag.

    Raises:
        CorpusError: there is such a token, and it was not to be dropped.
    """
    blank = _blank({word for tokens in sentences for word in tokens.words})
    kept, dropped = [], 0
    for tokens in sentences:
        good = _good(tokens, blank)
        if len(good.words) < len(tokens.words) and not repair:
            raise _unseen(path, tokens, blank)
        dropped += len(tokens.words) - len(good.words)
        kept.append(good)
    if dropped:
        notes.append(f"{dropped:,} tokens without a visible word or without a tag were dropped")
    return [tokens for tokens in kept if tokens.words]


def _blank(words: set[str]) -> set[str]:
    return {word for word in words if not _can_be_seen(word)}


def _good(tokens: Tokens, blank: set[str]) -> Tokens:
    if "" not in tokens.tags and blank.isdisjoint(tokens.words):
        return tokens
    rows = zip(*tokens[:3], strict=True)
    good = [(word, tag, line) for word, tag, line in rows if word not in blank and tag]
    words, tags, lines = map(list, zip(*good, strict=True)) if good else ([], [], [])
    return tokens._replace(words=words, tags=tags, lines=lines)


def _unseen(path: Path, tokens: Tokens, blank: set[str]) -> CorpusError:
    rows = zip(*tokens[:3], strict=True)
    word, tag, line = next(row for row in rows if row[0] in blank or not row[1])
    if word in blank:
        return CorpusError(
            f"{path}:{line}: the word is {shown(word)}; every token needs a word that can be seen",
            "pass {repair} to drop those without",
        )
    return CorpusError(f"{path}:{line}: the tag is {shown(tag)}; {iob2.RULE}")


def _can_be_seen(word: str) -> bool:
    return any(
        unicodedata.category(char) not in _UNSEEN and char not in _EMPTY for char in word.strip()
    )


def parted(path: Path, sentences: Sequence[Tokens], most: int) -> None:
    """Look whether a file whose sentences are parted by blank lines can be one sentence.

    Raises:
        CorpusError: it has over `most` tokens, or more than one sentence ends in it.
    """
    if len(sentences) > 1:
        return
    words = sentences[0].words
    ends = sum(word in _ENDS and _may_begin(after) for word, after in pairwise([*words, "A"]))
    if len(words) > most or ends > 1:
        raise CorpusError(
            f"{path}:{sentences[0].lines[-1]}: no blank line up to here, so all {len(words):,} "
            "tokens are one sentence; put a blank line between two sentences"
        )


def _may_begin(word: str) -> bool:
    """Whether a sentence may begin with a word."""
    return word[0].isalnum() and not word[0].islower()


def named(path: Path, sentences: Sequence[Tokens], names: Sequence[str] | None) -> list[Tokens]:
    """The sentences, with the names of tags where the file has numbers.

    Raises:
        CorpusError: a number has no name.
    """
    distinct = _tags(sentences)
    numbers = set(filter(_NUMBER.fullmatch, distinct))
    if not numbers or (names is None and numbers != distinct):
        return list(sentences)
    known = {str(number): name for number, name in enumerate(names or ())}
    if unknown := numbers.difference(known):
        tag, line = _first(sentences, unknown)
        raise CorpusError(
            f"{path}:{line}: the tag is the number {tag}, without a name",
            "give the names of all tags in order, that of 0 first ({tag_names})",
        )
    return [tokens._replace(tags=[known.get(t, t) for t in tokens.tags]) for tokens in sentences]


def _tags(sentences: Sequence[Tokens]) -> set[str]:
    return {tag for tokens in sentences for tag in tokens.tags}


def _first(sentences: Sequence[Tokens], tags: set[str]) -> tuple[str, int]:
    """The first of some tags that occurs in a file, and its line."""
    return next(
        (tag, line)
        for tokens in sentences
        for tag, line in zip(tokens.tags, tokens.lines, strict=True)
        if tag in tags
    )


def in_iob2(
    path: Path,
    sentences: Sequence[Tokens],
    reading: Reading,
    notes: list[str],
    advice: str = "pass {iob1} if the file is IOB1, or {repair} to read it as B-",
) -> tuple[list[list[str]], str]:
    """The tags of each sentence in IOB2, and the scheme in which the file has them.

    Args:
        path: the file, for messages.
        sentences: of the whole file.
        reading: of which the scheme, if it is known, and `repair` count.
        notes: to which is added what was converted or mended.
        advice: what to do about an I- tag of IOB2 that continues nothing.

    Raises:
        CorpusError: with the line of the first tag that is none, or, without `repair`, that does
            not fit those beside it.
    """
    distinct = _tags(sentences)
    scheme = reading.scheme or schemes.tell(distinct)
    _refuse_what_is_no_tag(path, sentences, distinct, scheme)
    mended = 0
    for tokens in sentences:
        if misfits := schemes.misfits(tokens.tags, scheme):
            mended += len(misfits)
            if not reading.repair:
                raise _misfit(path, tokens, misfits[0], scheme, advice)
    is_right = scheme == "iob2" and not mended
    made = [t.tags if is_right else schemes.to_iob2(t.tags, scheme) for t in sentences]
    if scheme != "iob2":
        notes.append(f"the tags were read as {scheme.upper()} and converted to IOB2")
    if mended:
        notes.append(f"{mended:,} tags that did not fit those beside them were mended")
    return made, scheme


def _refuse_what_is_no_tag(
    path: Path, sentences: Sequence[Tokens], distinct: set[str], scheme: str
) -> None:
    wrong = {t for t in distinct if not schemes.is_tag(t, scheme) or schemes.holds_two_tags(t)}
    if wrong:
        tag, line = _first(sentences, wrong)
        raise _no_tag(f"{path}:{line}: the tag is {shown(tag)}", tag, distinct, scheme)


def _no_tag(problem: str, tag: str, distinct: set[str], scheme: str) -> CorpusError:
    if schemes.holds_two_tags(tag):
        return CorpusError(
            f"{problem}, two in one; nested entities cannot be learned, so keep one of them"
        )
    if scheme not in ("iob1", "iob2"):
        return CorpusError(f"{problem}, which is none of {scheme.upper()}", "name its {scheme}")
    if re.match(r"[BI]_\S", tag):
        return CorpusError(f"{problem}; write a hyphen after B or I; {iob2.RULE}")
    if "O" in distinct and all(
        re.fullmatch(r"(?![A-Za-z][-_])\S{2,}|O", other) for other in distinct
    ):
        return CorpusError(
            f"{problem}; {iob2.RULE}", "where they are types alone (IO), name the {scheme} io"
        )
    return CorpusError(f"{problem}; {iob2.RULE}")


def _misfit(path: Path, tokens: Tokens, place: int, scheme: str, advice: str) -> CorpusError:
    problem = f"{path}:{tokens.lines[place]}: the tag {shown(tokens.tags[place])}"
    if scheme == "iob2":
        return CorpusError(f"{problem} continues no entity of its type", advice)
    return CorpusError(
        f"{problem} does not fit those beside it ({scheme.upper()})",
        "mend it, or pass {repair} to begin and end entities where the types change",
    )
