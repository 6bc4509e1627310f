"""XML, other markup and WebAnno TSV: refused, since each project has layers of its own."""

import re
from pathlib import Path

from ner_tutorial import schemes
from ner_tutorial.errors import CorpusError
from ner_tutorial.readers.tokens import Contents
from ner_tutorial.reading import Reading

FALLBACK = "cp1252"
_WEBANNO = "#FORMAT=WebAnno TSV"
_ELEMENT = re.compile(r"\s*<(?:[?!]|([A-Za-z][\w:.-]*)[^<>]*>)")


def recognises(path: Path, text: str, reading: Reading) -> bool:
    """Whether a file begins with an element that ends in it; in columns, `<s>` may be a word."""
    if text.startswith(_WEBANNO):
        return True
    match = _ELEMENT.match(text)
    if match is None or schemes.looks_like_a_tag(text[match.start() :].split("\n")[0].split()[-1]):
        return False
    return match[1] is None or f"</{match[1]}>" in text


def read(path: Path, text: str, reading: Reading) -> Contents:
    """No sentence.

    Raises:
        CorpusError: always.
    """
    if text.startswith(_WEBANNO):
        raise CorpusError(f"{path}:1: WebAnno TSV, which only INCEpTION reads; export CoNLL 2002")
    raise CorpusError(
        f"{path}:1: XML or other markup, whose elements only its project knows; write a token a "
        "line with its tag, or JSON lines with a text and its spans"
    )
