"""IOB2, the scheme in which every corpus here is annotated (lesson 01).

Each word has a tag: `B-type` begins an entity, `I-type` continues it, `O` is outside. An I- tag
therefore continues a B- or I- tag of its own type; one that does not has no start, and is invalid.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

RULE = "tags are O, B-type or I-type (IOB2)"
_TAG = re.compile(r"O|[BI]-\S+")


class Entity(NamedTuple):
    """A span of words: from `start` up to, not including, `end`."""

    type: str
    start: int
    end: int


def is_tag(text: str) -> bool:
    """Whether a text is a tag of IOB2, whatever the type."""
    return _TAG.fullmatch(text) is not None


def entities(tags: Sequence[str]) -> list[Entity]:
    """The entities that tags mark, read strictly: each begins with its B- tag.

    >>> entities(["B-per", "I-per", "O", "B-geo"])
    [Entity(type='per', start=0, end=2), Entity(type='geo', start=3, end=4)]
    """
    found = []
    for start, tag in enumerate(tags):
        if tag.startswith("B-"):
            end = start + 1
            while end < len(tags) and tags[end] == f"I-{tag[2:]}":
                end += 1
            found.append(Entity(tag[2:], start, end))
    return found


def missing_starts(tags: Sequence[str]) -> list[int]:
    """The places of the I- tags of a sentence that continue no entity of their type (lesson 03).

    >>> missing_starts(["I-per", "I-per", "O", "B-geo", "I-org"])
    [0, 4]
    """
    return [
        place
        for place, (before, tag) in enumerate(pairwise(["O", *tags]))
        if tag.startswith("I-") and before[1:] != tag[1:]
    ]


def repair(tags: Sequence[str]) -> list[str]:
    """The tags of a sentence, with each I- tag that has no start made one.

    That is also how IOB1 becomes IOB2: there B- only parts two neighbours of one type.

    >>> repair(["I-per", "I-per", "O", "B-geo", "I-org"])
    ['B-per', 'I-per', 'O', 'B-geo', 'B-org']
    """
    repaired = list(tags)
    for place in missing_starts(tags):
        repaired[place] = f"B{tags[place][1:]}"
    return repaired


def moves(tag_names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """What IOB2 allows, as scores to add: 0 if a move is allowed, minus infinity if forbidden.

    I-x may only follow B-x or I-x, so it may not start a sentence. A name that is no tag, such as
    the padding tag, may stand nowhere (lesson 04).

    Returns:
        The scores of starting with a tag, float32 (tags,), and of moving from one (row) to another
        (column), float32 (tags, tags).

    >>> moves(["O", "B-per", "I-per"])[0]
    array([  0.,   0., -inf], dtype=float32)
    """
    may_stand = np.array([name == "O" or name[:2] in ("B-", "I-") for name in tag_names])
    may_start = may_stand & [not missing_starts([name]) for name in tag_names]
    may_follow = may_stand & [
        [1 not in missing_starts([before, name]) for name in tag_names] for before in tag_names
    ]
    return _scores(may_start), _scores(may_follow)


def _scores(is_allowed: np.ndarray) -> np.ndarray:
    return np.where(is_allowed, 0.0, -np.inf).astype(np.float32)
