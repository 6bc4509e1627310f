"""What was found in a text, as text, CoNLL columns, JSON lines, HTML, tasks of annotation tools, or
the text without its people, places and dates.

Each format is written sentence by sentence, so that a text of any size streams through. The lessons
use the same colours: each entity type has one, from the Okabe-Ito palette, which colour-blind
people can tell apart.
"""

import html
import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from ner_tutorial.pseudonyms import Pseudonyms
from ner_tutorial.text import Mention, TaggedText

COLOURS = {
    "geo": "#0072B2",
    "org": "#E69F00",
    "per": "#009E73",
    "tim": "#56B4E9",
    "gpe": "#D55E00",
    "art": "#CC79A7",
    "eve": "#8F7A00",
    "nat": "#4D4D4D",
}
NEUTRAL = "#999999"

_HTML_START = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<title>Named entities</title>
<style>body { font: 1rem/2 sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em }</style>
</head>
<body>
"""
_HTML_END = "</body>\n</html>\n"


def colour(tag: str) -> str:
    """The colour of a tag's entity type; grey for O, padding and types outside GMB."""
    return COLOURS.get(tag.rpartition("-")[2].lower(), NEUTRAL)


def ink(shade: str) -> str:
    """Black or white, whichever stands out more on this colour (`#RRGGBB`): its contrast by WCAG
    2.1 is 4.5 or more on any colour."""
    channels = (int(shade[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#000000" if luminance > 0.179 else "#FFFFFF"  # there the two contrasts are equal


def mark(name: str, kind: str) -> str:
    """HTML of an entity's name in the colour of its type, which stands behind it in a box. The name
    comes escaped, the type does not."""
    shade = colour(kind)
    style = f"background:{shade}33;color:inherit;border-bottom:2px solid {shade};padding:1px 3px"
    box = f"background:{shade};color:{ink(shade)};border-radius:3px;padding:0 4px"
    return f"<mark style='{style}'>{name} <small style='{box}'>{html.escape(kind)}</small></mark>"


def render(sentences: Iterable[TaggedText], format: str) -> Iterator[str]:
    """The parts of a document in one of `FORMATS`, one for each sentence. Pseudonyms are those of
    the document: the same person has the same one in all of it.

    >>> from ner_tutorial.text import Mention, Token
    >>> joe = Mention("per", "Joe", 0, 3, 0.98)
    >>> left = TaggedText("Joe left", 0, [Token("Joe", 0, 3), Token("left", 4, 8)], ["B-per", "O"],
    ...                   [0.98, 0.99], [joe])
    >>> for format in ("text", "conll", "json"):
    ...     print(*render([left], format), end="")
    [Joe](per) left
    Joe	B-per
    left	O
    <BLANKLINE>
    {"text": "Joe left", "start": 0, "end": 8, "tokens": [{"text": "Joe", "start": 0, "end": 3}, \
{"text": "left", "start": 4, "end": 8}], "tags": ["B-per", "O"], "entities": [{"type": "per", \
"text": "Joe", "start": 0, "end": 3, "confidence": 0.98}]}
    """
    start, between, end = _FRAMES.get(format, ("", "", ""))
    write = FORMATS[format]()
    if start:
        yield start
    for number, sentence in enumerate(sentences):
        yield f"{between if number else ''}{write(sentence)}"
    if end:
        yield end


def _as_text(sentence: TaggedText) -> str:
    return f"{_highlighted(sentence, lambda text: text, '[{}]({})'.format)}\n"


def _as_conll(sentence: TaggedText) -> str:
    rows = zip(sentence.tokens, sentence.tags, strict=True)
    return "".join(f"{token.text}\t{tag}\n" for token, tag in rows) + "\n"


def _as_json(sentence: TaggedText) -> str:
    line = {
        "text": sentence.text,
        "start": sentence.start,
        "end": sentence.start + len(sentence.text),
        "tokens": [token._asdict() for token in sentence.tokens],
        "tags": sentence.tags,
        "entities": list(map(as_record, sentence.entities)),
    }
    return f"{json.dumps(line)}\n"


def as_record(mention: Mention) -> dict[str, str | int | float]:
    """An entity as JSON holds it.

    >>> as_record(Mention("per", "Joe", 0, 3, 0.98765))
    {'type': 'per', 'text': 'Joe', 'start': 0, 'end': 3, 'confidence': 0.9877}
    """
    return {**mention._asdict(), "confidence": round(mention.confidence, 4)}


def _as_doccano(sentence: TaggedText) -> str:
    """A line of JSON, as doccano imports it into a project of sequence labelling."""
    labels = [[start, end, kind] for kind, _, start, end, _ in _from_zero(sentence)]
    return f"{json.dumps({'text': sentence.text, 'label': labels})}\n"


def _as_labelstudio(sentence: TaggedText) -> str:
    """A task with a prediction, for a labelling interface whose `Labels` and `Text` have the names
    `label` and `text`, as in Label Studio's template for named entities."""
    regions = [
        {
            "id": str(number),
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": {"start": start, "end": end, "text": text, "labels": [kind]},
            "score": round(confidence, 4),
        }
        for number, (kind, text, start, end, confidence) in enumerate(_from_zero(sentence))
    ]
    prediction = {"model_version": "ner-tutorial", "result": regions}
    return json.dumps({"data": {"text": sentence.text}, "predictions": [prediction]})


def _from_zero(sentence: TaggedText) -> list[Mention]:
    """The entities with their places in the sentence alone."""
    return [
        mention._replace(start=mention.start - sentence.start, end=mention.end - sentence.start)
        for mention in sentence.entities
    ]


def _as_html(sentence: TaggedText) -> str:
    return f"<p>{_highlighted(sentence, html.escape, mark)}</p>\n"


def _highlighted(
    sentence: TaggedText, escape: Callable[[str], str], mark: Callable[[str, str], str]
) -> str:
    """The sentence as it was written, its entities marked."""
    parts, end = [], sentence.start
    for entity in sentence.entities:
        parts.append(escape(sentence.text[end - sentence.start : entity.start - sentence.start]))
        parts.append(mark(escape(entity.text), entity.type))
        end = entity.end
    return "".join([*parts, escape(sentence.text[end - sentence.start :])])


def scored_columns(words: Sequence[str], true: Sequence[str], found: Sequence[str]) -> str:
    """A sentence as the script `conlleval` reads it: a line for each word, with its true and its
    predicted tag, parted by spaces, and a blank line. A space in a word becomes `_`.

    >>> print(scored_columns(["New York", "wakes"], ["B-geo", "O"], ["O", "O"]), end="")
    New_York B-geo O
    wakes O O
    <BLANKLINE>
    """
    rows = zip(words, true, found, strict=True)
    return "".join(f"{'_'.join(word.split())} {tag} {guess}\n" for word, tag, guess in rows) + "\n"


def _as_pseudonymous() -> Callable[[TaggedText], str]:
    """Writes the sentences of one text."""
    pseudonyms = Pseudonyms()
    return lambda sentence: f"{pseudonyms.replace(sentence)}\n"


# For each format what makes a writer of a document's sentences.
FORMATS: dict[str, Callable[[], Callable[[TaggedText], str]]] = {
    "text": lambda: _as_text,
    "conll": lambda: _as_conll,
    "json": lambda: _as_json,
    "html": lambda: _as_html,
    "labelstudio": lambda: _as_labelstudio,
    "doccano": lambda: _as_doccano,
    "pseudonymous": _as_pseudonymous,
}
# What stands before, between and after the sentences.
_FRAMES = {"html": (_HTML_START, "", _HTML_END), "labelstudio": ("[\n", ",\n", "\n]\n")}
