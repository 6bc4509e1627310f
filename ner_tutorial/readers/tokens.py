"""What every reader gives: a sentence's tokens as they stand in the file."""

from typing import NamedTuple


class Tokens(NamedTuple):
    """A sentence's words, their tags as the file spells them, and the line of each token."""

    words: list[str]
    tags: list[str]
    lines: list[int]
