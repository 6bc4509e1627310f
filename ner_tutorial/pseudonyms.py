"""Stand-ins for the people, places and dates of a text (lesson 09).

What a model misses stays readable, so a text with stand-ins is not anonymous: `leaked` counts.
"""

from collections.abc import Iterable, Sequence

from ner_tutorial.iob2 import Entity, entities
from ner_tutorial.text import TaggedText

# What stands for an entity of a type, as the common corpora call the types.
STAND_INS = {
    **dict.fromkeys(["per", "pers", "person"], "person"),
    **dict.fromkeys(["geo", "gpe", "loc", "location", "place"], "place"),
    **dict.fromkeys(["tim", "time", "date"], "date"),
}


class Pseudonyms:
    """The stand-ins of one text: who is named again gets the same one.

    A person whom a text names in full may be called by a part of the name before or after: `Smith`
    is `Joe Smith`, as long as it could be nobody else. Places and dates are the same if they are
    spelled the same, in whatever case.

    >>> from ner_tutorial.text import Mention, TaggedText
    >>> joe = Mention("per", "Joe Smith", 0, 9, 0.98)
    >>> smith = Mention("per", "Smith", 14, 19, 0.97)
    >>> Pseudonyms().replace(TaggedText("Joe Smith saw Smith.", 0, [], [], [], [joe, smith]))
    '[person 1] saw [person 1].'
    """

    def __init__(self) -> None:
        self._known: dict[str, list[set[str]]] = {}  # by kind, the words of each one's name

    def replace(self, text: TaggedText) -> str:
        """A text, or the next sentence of one, with stand-ins; the rest of it as it was."""
        parts, end = [], 0
        for mention in text.entities:
            if kind := STAND_INS.get(mention.type.lower()):
                parts += [
                    text.text[end : mention.start - text.start],
                    f"[{kind} {self._number(kind, mention.text)}]",
                ]
                end = mention.end - text.start
        return "".join([*parts, text.text[end:]])

    def _number(self, kind: str, name: str) -> int:
        words = set(name.lower().split())
        known = self._known.setdefault(kind, [])
        same = [at for at, other in enumerate(known) if words == other]
        if kind == "person" and not same:
            same = [at for at, other in enumerate(known) if words < other or words > other]
        if len(same) != 1:
            known.append(words)
            return len(known)
        known[same[0]] |= words
        return same[0] + 1


def hides_people(tags: Iterable[str]) -> bool:
    """Whether among the tags of a model are those of people."""
    return any(STAND_INS.get(tag[2:].lower()) == "person" for tag in tags)


def leaked(true: Sequence[str], found: Sequence[str]) -> list[Entity]:
    """The people, places and dates of a sentence that stay readable, in part or whole, if what was
    found gets stand-ins. It does not matter for what else of these they were taken.

    Args:
        true, found: the tags of a sentence, as many.

    >>> leaked(["B-per", "I-per", "O", "B-geo"], ["B-per", "O", "O", "B-per"])
    [Entity(type='per', start=0, end=2)]
    """
    hidden = {
        place
        for entity in entities(found)
        if entity.type.lower() in STAND_INS
        for place in range(entity.start, entity.end)
    }
    return [
        entity
        for entity in entities(true)
        if entity.type.lower() in STAND_INS and not hidden.issuperset(range(*entity[1:]))
    ]
