"""What every reader gives: a sentence's tokens as they stand in the file."""

from typing import NamedTuple


class Tokens(NamedTuple):
    """A sentence's words, their tags as the file spells them, and the line of each token.

    `document` is the number of its document, None where the file has no borders of documents, and
    `text` the sentence as it is written, None where the file has its tokens alone.
    """

    words: list[str]
    tags: list[str]
    lines: list[int]
    document: int | None = None
    text: str | None = None


class Contents(NamedTuple):
    """What a reader read from a file, and what whoever uses it should know, a line each.

    `parted_by_blank_lines` where nothing but blank lines parts the sentences, and `widened` the
    number of spans of characters that became longer, so that they end where tokens do.
    """

    sentences: list[Tokens]
    notes: list[str]
    parted_by_blank_lines: bool = False
    widened: int = 0
