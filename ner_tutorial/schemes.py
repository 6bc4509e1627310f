"""The schemes in which corpora write tags, and what each becomes in IOB2 (lesson 07).

All but IO mark where an entity begins. BIOES, BILOU and BMES also mark where it ends and that it
is one word long; the three differ in their letters alone.
"""

import re
from collections.abc import Iterable, Sequence

from ner_tutorial import iob2

# What a letter says: an entity begins (B), goes on (I), ends (E), or is this one word (S).
_LETTERS = {
    "iob1": {"B": "B", "I": "I"},
    "iob2": {"B": "B", "I": "I"},
    "bioes": {"B": "B", "I": "I", "E": "E", "S": "S"},
    "bilou": {"B": "B", "I": "I", "L": "E", "U": "S"},
    "bmes": {"B": "B", "M": "I", "E": "E", "S": "S"},
}
SCHEMES = (*_LETTERS, "io")
_LOOKS_LIKE_A_TAG = re.compile(r"O|[BIESLUM]-\S+")
_TWO_TAGS = re.compile(r"(?:O|[BIESLUM]-.+)[,|;/+&# ]\s*(?:O|[BIESLUM]-.+)")


def looks_like_a_tag(text: str) -> bool:
    """Whether a text is a tag of any scheme that marks where entities begin."""
    return _LOOKS_LIKE_A_TAG.fullmatch(text) is not None


def holds_two_tags(text: str) -> bool:
    """Whether a cell holds a second tag, as where entities lie in one another: `B-per,B-org`."""
    return _TWO_TAGS.fullmatch(text) is not None


def tell(tags: Iterable[str]) -> str:
    """The scheme of a whole file's tags, told from their letters.

    IOB1 is never told: where an I- tag continues nothing it may be that, or a mistake.

    >>> tell(["O", "B-per", "E-per"]), tell(["O", "U-per"]), tell(["O", "B-per", "I-per"])
    ('bioes', 'bilou', 'iob2')
    """
    letters = {tag[0] for tag in tags if tag[1:2] == "-"}
    fitting = (
        name for name in ("iob2", "bioes", "bilou", "bmes") if letters <= set(_LETTERS[name])
    )
    return next(fitting, "iob2")


def is_tag(tag: str, scheme: str) -> bool:
    """Whether a text is a tag of a scheme, whatever the type."""
    if scheme == "io":
        return re.fullmatch(r"(?![BESLUM]-)\S+", tag) is not None
    return tag == "O" or re.fullmatch(f"[{''.join(_LETTERS[scheme])}]-\\S+", tag) is not None


def misfits(tags: Sequence[str], scheme: str) -> list[int]:
    """The places of a sentence's tags that do not fit what is beside them.

    >>> misfits(["I-per", "O"], "iob2"), misfits(["B-per", "O", "S-geo"], "bioes")
    ([0], [0])
    """
    if scheme in ("iob1", "io"):
        return []
    if scheme == "iob2":
        return iob2.missing_starts(tags)
    found, open_type = [], None
    for place, (role, kind) in enumerate([*_roles(tags, scheme), ("O", "")]):
        if role in "IE":
            if kind != open_type:
                found.append(place)
        elif open_type is not None:
            found.append(place - 1)  # nothing ends it
        open_type = kind if role in "BI" else None
    return sorted(set(found))


def to_iob2(tags: Sequence[str], scheme: str) -> list[str]:
    """A sentence's tags in IOB2; a tag that goes on with nothing begins an entity.

    >>> to_iob2(["B-per", "E-per", "S-geo"], "bioes"), to_iob2(["per", "per", "O"], "io")
    (['B-per', 'I-per', 'B-geo'], ['B-per', 'I-per', 'O'])
    """
    if scheme == "io":
        types = [tag.removeprefix("I-") for tag in tags]
        return iob2.repair([kind if kind == "O" else f"I-{kind}" for kind in types])
    if scheme in ("iob1", "iob2"):
        return iob2.repair(tags)
    return _without_ends(_roles(tags, scheme))


def _without_ends(roles: Iterable[tuple[str, str]]) -> list[str]:
    made, open_type = [], None
    for role, kind in roles:
        goes_on = role in "IE" and kind == open_type
        made.append(kind and f"{'I' if goes_on else 'B'}-{kind}")
        open_type = kind if role in "BI" else None
    return [tag or "O" for tag in made]


def _roles(tags: Sequence[str], scheme: str) -> list[tuple[str, str]]:
    letters = _LETTERS[scheme]
    return [("O", "") if tag == "O" else (letters[tag[0]], tag[2:]) for tag in tags]
