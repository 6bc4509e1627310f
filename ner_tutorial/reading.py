"""How a corpus is read: what a person says of a file where it does not speak for itself."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """How a corpus is read; part of a model's settings. By default all is told from the file.

    Attributes:
        encoding: of the text. By default UTF-8; for a table that is not, Windows-1252.
        word_column: the column of words: its name in the header, or its number, counted from 1. In
            JSON, the key of the words or the text.
        tag_column: the same for the column of tags; in JSON, the key of the tags or the spans.
        scheme: of the tags, one of `schemes.SCHEMES`.
        tag_names: the names of tags that are given as numbers, that of 0 first.
        repair: drop tokens without a visible word or a tag, begin an entity where an I- tag
            continues none, and widen a span that ends inside a token to the whole token.
        tokenizer: cuts the text of formats that mark spans of characters, one of
            `text.TOKENIZERS`; by default English. With "spaces" each line is a sentence.
    """

    encoding: str | None = None
    word_column: str | int | None = None
    tag_column: str | int | None = None
    scheme: str | None = None
    tag_names: Sequence[str] | None = None
    repair: bool = False
    tokenizer: str | None = None
