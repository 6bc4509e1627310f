"""JSON, a list of records or a record a line, as annotation tools and data sets write it.

A record is a text with spans of characters (doccano, Label Studio, Prodigy, spaCy) or tokens with
a tag each (Hugging Face's `datasets`).
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ner_tutorial.errors import CorpusError, shown
from ner_tutorial.readers import columns, spans
from ner_tutorial.readers.spans import Document, Span
from ner_tutorial.readers.tokens import Contents, Tokens
from ner_tutorial.reading import Reading

FALLBACK = None
# How JSON can begin, and columns cannot: a bracket may be the first token of a sentence there.
_BEGINNING = re.compile(
    r'\s*(?:\[\s*)?(?:\{\s*["}]|\[\s*"|"(?:[^"\\]|\\.)*"\s*,\s*\{)|\s*\[\s*\]\s*$'
)
_TEXT = ("text", "data", "content", "sentence")
_SPANS = ("spans", "entities", "label", "labels")
_SPACE = re.compile(r"[\s,]*")


def recognises(path: Path, text: str, reading: Reading) -> bool:
    """Whether a file is of this format: whether it begins as JSON does."""
    return _BEGINNING.match(text) is not None


def read(path: Path, text: str, reading: Reading) -> Contents:
    """The sentences of JSON records.

    Raises:
        CorpusError: it is no JSON, or a record is none of those above, or in doubt.
    """
    records = list(_records(path, text))
    left_out: Counter[str] = Counter()
    documents: list[Document] = []
    sentences: list[Tokens] = []
    for line, record in records:
        where = f"{path}:{line}"
        if (tokens := _tokens(where, line, record, reading)) is not None:
            sentences.append(tokens)
        elif reason := _why_left_out(record):
            left_out[reason] += 1
        else:
            documents.append(Document(line, *_annotated(where, record, reading)))
    if documents and sentences:
        raise CorpusError(f"{path}: some records hold tokens, others spans; give one kind a file")
    notes = [f"{number:,} records {reason} were left out" for reason, number in left_out.items()]
    if sentences:
        return Contents([tokens for tokens in sentences if tokens.words], notes)
    found = spans.cut(path, documents, reading)
    return found._replace(notes=[*notes, *found.notes])


def _records(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    """Each record, and the line in which it begins."""
    decoder = json.JSONDecoder()
    content = text.rstrip()
    start = _skip(text, 0)
    is_list = re.match(r"\[\s*[\[{\]]", text[start : start + 1000]) is not None
    if is_list and content.endswith("]"):
        start, content = _skip(text, start + 1), content[:-1].rstrip()
    line, counted = 1, 0
    while start < len(content):
        line, counted = line + text.count("\n", counted, start), start
        try:
            record, start = decoder.raw_decode(content, start)
        except json.JSONDecodeError as error:
            place = text.count("\n", 0, min(error.pos, len(content))) + 1
            raise CorpusError(
                f"{path}:{place}: not JSON ({error.msg}); give a list of records, or one a line"
            ) from None
        except (ValueError, RecursionError):
            raise CorpusError(
                f"{path}:{line}: not JSON that can be read; export it again"
            ) from None
        yield line, record
        start = _skip(text, start)


def _skip(text: str, start: int) -> int:
    match = _SPACE.match(text, start)
    return match.end() if match else start


# Tokens with tags.


def _tokens(where: str, line: int, record: Any, reading: Reading) -> Tokens | None:
    """A sentence, if the record is one: a list of words and, under another key, one of tags."""
    if not isinstance(record, dict):
        return None
    words = _of(record, reading.word_column, columns.WORD)
    if not _are(str, words):
        return None
    tags = _of(record, reading.tag_column, columns.TAG)
    if not isinstance(tags, list):
        raise CorpusError(
            f"{where}: tokens without a list of tags; found {_keys(record)}",
            "name the key of the tags ({tag_column})",
        )
    if len(words) != len(tags):
        raise CorpusError(f"{where}: {len(words)} tokens and {len(tags)} tags; each needs one")
    written = ["" if tag is None else str(tag) for tag in tags]
    return Tokens([word.strip(" \ufeff") for word in words], written, [line] * len(words))


def _of(record: dict, chosen: str | int | None, names: Sequence[str]) -> Any:
    """What stands under the key that was chosen, or under the first of these names that is there
    and holds a list."""
    if chosen is not None:
        return record.get(str(chosen))
    keys = list(record)
    found = (record[keys[place]] for place in columns.named(keys, names))
    return next((value for value in found if isinstance(value, list)), None)


def _are(kind: type, values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, kind) for value in values)


def _keys(record: dict) -> str:
    return ", ".join(map(repr, record))[:100] or "no key"


# Texts with spans.


def _why_left_out(record: Any) -> str:
    """Why a record is no annotated text, though its tool wrote it; empty if it is one."""
    if isinstance(record, dict):
        if record.get("answer") in ("reject", "ignore"):
            return f"with the answer {record['answer']!r}"
        if isinstance(record.get("data"), dict) and not _finished(record):
            return "without a finished annotation"
    return ""


def _annotated(where: str, record: Any, reading: Reading) -> tuple[str, list[Span]]:
    """A record's text and spans."""
    if isinstance(record, list) and len(record) > 1:  # spaCy: ("text", {"entities": [...]})
        text, marks = record[0], record[1]
        record = {"text": text, **(marks if isinstance(marks, dict) else {})}
    if not isinstance(record, dict):
        raise CorpusError(f"{where}: {shown(str(record))} is no record with a text or tokens")
    if isinstance(record.get("data"), dict):
        text, found = _text(where, record["data"], reading), _label_studio(where, record)
    else:
        text, found = _text(where, record, reading), _marks(where, record, reading)
    return text, [_span(where, item) for item in found]


def _text(where: str, record: dict, reading: Reading) -> str:
    names = _TEXT if reading.word_column is None else (str(reading.word_column),)
    found = [record[name] for name in names if isinstance(record.get(name), str)]
    if not found:
        raise CorpusError(
            f"{where}: no text ({', '.join(names)}) and no tokens; found {_keys(record)}",
            "name its key ({word_column})",
        )
    return found[0]


def _marks(where: str, record: dict, reading: Reading) -> list:
    """The spans of a record, whatever key they stand under."""
    names = _SPANS if reading.tag_column is None else (str(reading.tag_column),)
    found = [name for name in names if isinstance(record.get(name), list)]
    filled = [name for name in found if record[name]]
    if not found or len(filled) > 1:
        wrong = f"{' and '.join(map(repr, filled))} both hold spans" if filled else "no spans"
        raise CorpusError(
            f"{where}: {wrong}; found {_keys(record)}", "name the key of the spans ({tag_column})"
        )
    return record[(filled or found)[0]]


def _finished(record: dict) -> list[dict]:
    """What annotators of Label Studio submitted for a record, and did not skip."""
    given = record.get("annotations", record.get("completions"))
    if not isinstance(given, list):
        return []
    return [one for one in given if isinstance(one, dict) and not one.get("was_cancelled")]


def _label_studio(where: str, record: dict) -> list:
    """The spans of an export of Label Studio.

    Raises:
        CorpusError: two annotators did not mark the same.
    """
    marks = [
        [item for item in one.get("result", []) if _is_region(item)] for one in _finished(record)
    ]
    first, *others = ({_span(where, item) for item in items} for items in marks)
    if any(other != first for other in others):
        raise CorpusError(
            f"{where}: {len(marks)} annotations that are not the same; export one for each text"
        )
    return marks[0]


def _is_region(item: Any) -> bool:
    value = item.get("value") if isinstance(item, dict) else None
    return isinstance(value, dict) and "start" in value and "end" in value


def _span(where: str, item: Any) -> Span:
    """A span, whatever its tool calls its parts."""
    start: Any = None
    end = label = covered = start
    if isinstance(item, list) and len(item) > 2:
        start, end, label = item[:3]
    elif isinstance(item, dict):
        value = item["value"] if _is_region(item) else item
        start, end = (value.get(n, value.get(f"{n}_offset")) for n in ("start", "end"))
        label = value.get("label", value.get("labels", value.get(str(item.get("type")))))
        covered = value.get("text")
    if isinstance(label, list) and len(label) == 1:
        label = label[0]
    if isinstance(label, list) and len(label) > 1:
        raise CorpusError(f"{where}: a span with {len(label)} labels; a word has one tag, keep one")
    # Not isinstance, for which True is a number.
    if not (type(start) is type(end) is int and isinstance(label, str) and label.strip()):
        raise CorpusError(
            f"{where}: {shown(json.dumps(item))} is no span; write [start, end, label]"
        )
    return Span(start, end, label, covered if isinstance(covered, str) else None)
