"""Where two people annotated the same sentences and disagree (lesson 09)."""

from collections.abc import Sequence
from typing import NamedTuple

from ner_tutorial.iob2 import Entity, entities

BORDERS, TYPE, BOTH = "borders", "type", "borders and type"
ONLY_FIRST, ONLY_SECOND = "only the first", "only the second"


class Disagreement(NamedTuple):
    """An entity that two annotations do not share, or two that overlap.

    Attributes:
        sentence: its place, counted from 0.
        kind: what differs: "borders", "type" or "borders and type" of two entities that overlap;
            "only the first" or "only the second" where the other annotation has no partner.
        first, second: the entity of each annotation, or None.
    """

    sentence: int
    kind: str
    first: Entity | None
    second: Entity | None


def disagreements(
    first: Sequence[Sequence[str]], second: Sequence[Sequence[str]]
) -> list[Disagreement]:
    """What two annotations of the same sentences do not share, in the order of the text.

    Each entity that one has and the other has not is in one row. It is paired with the other's
    first one that overlaps it and has no partner yet; so if one person marks a name and the other
    its two halves, the second half stands alone.

    Args:
        first, second: the tags of each sentence.

    Raises:
        ValueError: the two are not of the same sentences: their lengths differ.

    >>> disagreements([["B-per", "I-per", "O"]], [["O", "B-per", "O"]])[0].kind
    'borders'
    """
    if [len(tags) for tags in first] != [len(tags) for tags in second]:
        raise ValueError("the two annotations are not of the same sentences: lengths differ")
    found = []
    for sentence, (ours, theirs) in enumerate(zip(first, second, strict=True)):
        rows = [
            Disagreement(sentence, _kind(one, other), one, other)
            for one, other in _pairs(entities(ours), entities(theirs))
        ]
        found += sorted(rows, key=_start)
    return found


def _pairs(
    ones: Sequence[Entity], others: Sequence[Entity]
) -> list[tuple[Entity | None, Entity | None]]:
    """The entities of a sentence that are not shared, each beside the other's that overlaps it."""
    alone = [other for other in others if other not in ones]
    pairs: list[tuple[Entity | None, Entity | None]] = []
    for one in (one for one in ones if one not in others):
        partner = next((other for other in alone if _overlap(one, other)), None)
        if partner:
            alone.remove(partner)
        pairs.append((one, partner))
    return pairs + [(None, other) for other in alone]


def _overlap(one: Entity, other: Entity) -> bool:
    return one.start < other.end and other.start < one.end


def _kind(one: Entity | None, other: Entity | None) -> str:
    if one is None or other is None:
        return ONLY_SECOND if one is None else ONLY_FIRST
    if one.type == other.type:
        return BORDERS
    return TYPE if one[1:] == other[1:] else BOTH


def _start(row: Disagreement) -> int:
    return min(entity.start for entity in (row.first, row.second) if entity)
