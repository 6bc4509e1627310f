"""JSON, a list of records or a record a line, as annotation tools and data sets write it.

A record is a text with spans of characters (doccano, Label Studio, Prodigy, spaCy) or tokens with
a tag each (Hugging Face's `datasets`).
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

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
_SPANS = ("spans", "entities", "ents", "label", "labels", "annotations")
_SPACE = re.compile(r"[\s,\ufeff]*")  # the last where two files were joined


def recognises(path: Path, text: str, reading: Reading) -> bool:
    """Whether a file is of this format: whether it begins as JSON does."""
    return _BEGINNING.match(text) is not None


def read(path: Path, text: str, reading: Reading) -> Contents:
    """The sentences of JSON records.

    Raises:
        CorpusError: it is no JSON, or a record is none of those above, or in doubt.
    """
    records = list(_records(path, text))
    whole = []
    left_out: Counter[str] = Counter()
    for record in records:
        if reason := _why_left_out(record.value):
            left_out[reason] += 1
        else:
            whole.append(record)
    notes = [
        f"{number:,} of {len(records):,} records left out: {reason}"
        for reason, number in left_out.items()
    ]
    found = _sentences(path, whole, reading)
    return found._replace(notes=[*notes, *found.notes])


def _sentences(path: Path, records: Sequence["_Record"], reading: Reading) -> Contents:
    tag_column = reading.tag_column or _key_of_tags(records)
    made = [_tokens(record, replace(reading, tag_column=tag_column)) for record in records]
    sentences = list(filter(None, made))
    if sentences and len(sentences) < len(records):
        raise CorpusError(f"{path}: some records hold tokens, others spans; give one kind a file")
    if sentences:
        return Contents(sentences, [])
    names = _keys_of_spans([record.value for record in records], reading)
    found = spans.cut((_document(record, reading, names) for record in records), reading)
    if bare := sum(_is_bare(record.value, names) for record in records):
        of = f"{bare:,} of {len(records):,} records"
        found.notes.append(f"{of} have no {names[0]!r} and were read as without entities")
    return found


class _Record(NamedTuple):
    """A record, its place as messages name it, and the line in which it begins."""

    where: str
    line: int
    value: Any


def _records(path: Path, text: str) -> Iterator[_Record]:
    content, start = text.rstrip(), _skip(text, 0)
    is_list = re.match(r"\[\s*[\[{\]]", text[start : start + 1000]) is not None
    if is_list and content.endswith("]"):
        start, content = _skip(text, start + 1), content[:-1].rstrip()
    line, counted, number = 1, 0, 0
    while start < len(content):
        line, counted = line + text.count("\n", counted, start), start
        number += 1
        where = f"{path}:{line}, record {number}" if is_list else f"{path}:{line}"
        value, start = _decoded(path, where, content, start)
        yield from _unpacked(_Record(where, line, value))
        start = _skip(text, start)


def _decoded(path: Path, where: str, content: str, start: int) -> tuple[Any, int]:
    """The value that begins at `start`, and where what follows it begins."""
    try:
        value, end = json.JSONDecoder().raw_decode(content, start)
        # Half of a character, as in "\ud83d", could not be written again.
        if "\\u" in content[start:end]:
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        place = content.count("\n", 0, error.pos) + 1
        raise CorpusError(
            f"{path}:{place}: not JSON ({error.msg}); give a list of records, or one a line"
        ) from None
    except (ValueError, RecursionError):
        raise CorpusError(f"{where}: not JSON that can be read; export it again") from None
    return value, end


def _skip(text: str, start: int) -> int:
    match = _SPACE.match(text, start)
    return match.end() if match else start


def _unpacked(record: _Record) -> list[_Record]:
    """The record, or those in it: an annotator for spaCy puts all in one, with null for what was
    skipped."""
    inner = record.value.get("annotations") if isinstance(record.value, dict) else None
    if isinstance(inner, list) and any(isinstance(one, list) for one in inner):
        return [record._replace(value=one) for one in inner if one is not None]
    return [record]


# Tokens with tags.


def _tokens(whole: _Record, reading: Reading) -> Tokens | None:
    """A sentence, if the record is one: a list of words and, under another key, one of tags."""
    where, line, record = whole
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
    if any(re.search(r"[\t\r\n]", word.strip()) for word in words):
        raise CorpusError(f"{where}: a token with a tab or a line's end; no word holds one")
    if len(words) != len(tags):
        raise CorpusError(f"{where}: {len(words)} tokens and {len(tags)} tags; each needs one")
    written = ["" if tag is None else str(tag) for tag in tags]
    return Tokens([word.strip(" \t\r\n\ufeff") for word in words], written, [line] * len(words))


def _key_of_tags(records: Sequence[_Record]) -> str | None:
    """The key of the tags, where several that are called so hold lists."""
    seen: dict[str, Counter[str]] = {}
    for key, values in _lists([record.value for record in records]):
        if columns.named([key], columns.TAG):
            seen.setdefault(key, Counter()).update(map(str, values))
    return columns.of_tags(records[0].where, seen) if len(seen) > 1 else None


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
            return f"their answer is {record['answer']!r}"
        if isinstance(record.get("data"), dict) and not _finished(record):
            return "they have no finished annotation"
    return ""


def _keys_of_spans(records: Sequence[Any], reading: Reading) -> list[str]:
    """The keys under which records of this file may hold a list of spans."""
    lists = _lists(records)
    keys = {key for key, _ in lists}
    names = _SPANS if reading.tag_column is None else (str(reading.tag_column),)
    found = [name for name in names if name in keys]
    if found or reading.tag_column is not None:
        return found
    return sorted({key for key, values in lists if _are_marks(values)})


def _is_bare(record: Any, names: Sequence[str]) -> bool:
    """Whether a record has none of the keys under which others hold their spans."""
    is_plain = isinstance(record, dict) and not isinstance(record.get("data"), dict)
    return is_plain and record.keys().isdisjoint(names)


def _lists(records: Sequence[Any]) -> list[tuple[str, list]]:
    """Each key with a list, of all records."""
    pairs = [pair for record in records if isinstance(record, dict) for pair in record.items()]
    return [(key, value) for key, value in pairs if isinstance(value, list)]


def _are_marks(values: Any) -> bool:
    """Whether values are spans of Label Studio's short form, whose key is the project's own."""
    return _are(dict, values) and any({"start", "end", "labels"} <= set(value) for value in values)


def _document(whole: _Record, reading: Reading, names: Sequence[str]) -> Document:
    """A record's text and spans; these stand under one of the names."""
    where, line, record = whole
    if _is_pair(record):
        record, names = {"text": record[0], **record[1]}, ["entities"]
    if not isinstance(record, dict):
        raise CorpusError(f"{where}: {shown(str(record))} is no record with a text or tokens")
    if isinstance(record.get("data"), dict):
        data = record["data"]
        texts = [value for value in data.values() if isinstance(value, str)]
        is_plain = len(texts) == 1 and reading.word_column is None
        text = texts[0] if is_plain else _text(where, data, reading)
        found = _label_studio(where, record)
    else:
        text, found = _text(where, record, reading), _marks(where, record, names)
    return Document(where, line, text, [_span(where, item) for item in found])


def _is_pair(record: Any) -> bool:
    """Whether a record is as spaCy takes it: `["text", {"entities": [...]}]`."""
    if not isinstance(record, list) or len(record) != 2 or not isinstance(record[1], dict):
        return False
    return isinstance(record[1].get("entities"), list)


def _text(where: str, record: dict, reading: Reading) -> str:
    names = _TEXT if reading.word_column is None else (str(reading.word_column),)
    found = [record[name] for name in names if isinstance(record.get(name), str)]
    if not found:
        raise CorpusError(
            f"{where}: no text ({', '.join(names)}) and no tokens; found {_keys(record)}",
            "name its key ({word_column})",
        )
    return found[0]


def _marks(where: str, record: dict, names: Sequence[str]) -> list:
    """The spans of a record. Some tools write no key for them where there is none."""
    filled = [name for name in names if isinstance(record.get(name), list) and record[name]]
    if len(filled) > 1:
        wrong = f"{' and '.join(map(repr, filled))} both hold spans"
    elif not names:
        wrong = f"no spans ({', '.join(_SPANS)}) and no tokens; found {_keys(record)}"
    else:
        return record[filled[0]] if filled else []
    raise CorpusError(f"{where}: {wrong}", "name the key of the spans ({tag_column})")


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
    if not isinstance(item, dict) or not str(item.get("type", "labels")).endswith("labels"):
        return False
    value = item.get("value")
    return isinstance(value, dict) and {"start", "end"} <= set(value)


def _span(where: str, item: Any) -> Span:
    """A span, whatever its tool calls its parts."""
    start, end, label, covered = _parts(item)
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


def _parts(item: Any) -> tuple[Any, Any, Any, Any]:
    """Start, end, label or labels, and the text covered, as far as they are there."""
    if isinstance(item, list) and len(item) > 2:
        return item[0], item[1], item[2], None
    if not isinstance(item, dict):
        return None, None, None, None
    value = item["value"] if _is_region(item) else item
    start, end = (value.get(name, value.get(f"{name}_offset")) for name in ("start", "end"))
    label = value.get("label", value.get("labels", value.get(str(item.get("type")))))
    return start, end, label, value.get("text")
