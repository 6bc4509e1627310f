"""What a worker does: it loads the model once, and tags what it is given."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from ner_tutorial import files
from ner_tutorial.cluster.inputs import ENTITIES, Block, opened
from ner_tutorial.errors import CorpusError, TaggerError, UserError, shown
from ner_tutorial.formats import as_record, render
from ner_tutorial.tagger import Tagger
from ner_tutorial.text import TaggedText, split_sentences

Found = list[dict[str, Any]] | None  # the entities of a text, if there is one

# What `saving.load` reads; to import that would bring TensorFlow to whoever only sends a model.
_FILES = ("settings.json", "model.weights.h5", "vocabulary.json")

_loading = threading.Lock()


class Model(NamedTuple):
    """The files of a model's directory, as they are sent to a worker, and their fingerprint."""

    directory: str
    sha256: str
    files: tuple[tuple[str, bytes], ...]

    @classmethod
    def read(cls, directory: str | os.PathLike) -> Model:
        """The model in a directory; whether it is whole shows when a worker loads it.

        Raises:
            TaggerError: it is not there.
        """
        digest, content = hashlib.sha256(), []
        for name in _FILES:
            path = Path(directory) / name
            try:
                content.append((name, path.read_bytes()))
            except OSError as error:
                raise TaggerError(f"{path}: {error.strerror}; is this a saved tagger?") from None
            digest.update(content[-1][1])
        return cls(os.fspath(directory), digest.hexdigest(), tuple(content))

    def tagger(self) -> Tagger:
        """The tagger, of which a process holds one."""
        with _loading:
            return _load(self)


@lru_cache(maxsize=1)
def _load(model: Model) -> Tagger:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in model.files:
            Path(folder, name).write_bytes(content)
        try:
            return Tagger.load(folder)
        except TaggerError as error:
            raise TaggerError(str(error).replace(folder, model.directory)) from None


def entities(texts: Sequence[str | None], model: Model) -> list[Found]:
    """The entities of each text, as `formats.as_record` makes them; None where there is no text."""
    there = [text for text in texts if text is not None]
    found = iter(model.tagger().tag(there) if there else [])
    return [None if t is None else list(map(as_record, next(found).entities)) for t in texts]


def tag_block(block: Block, model: Model, column: str, part: Path) -> dict[str, Any]:
    """Tag a block, and write its part, whole or not at all.

    Args:
        block: what to read.
        model: what to tag it with.
        column: which holds the texts, where there are columns.
        part: the file to write, in a directory that is there.

    Returns:
        The part's entry in the manifest.

    Raises:
        CorpusError: the block cannot be read or understood.
        UserError: the part cannot be written.
    """
    content, texts, found = _TAGGED[block.kind](block, model, column)
    try:
        if not part.parent.is_dir():
            raise UserError(f"{part.parent}: a worker does not see this directory; share it")
        with files.whole(part, uuid4().hex) as partial:
            partial.write_bytes(content)
    except OSError as error:
        raise UserError(
            f"{part}: cannot be written ({error.strerror}); mend that, then give the command again"
        ) from None
    return {
        "part": part.name,
        "texts": texts,
        "entities": found,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


_Tagged = tuple[bytes, int, int]  # a part's content, its texts, and the entities found in them


def _tag_text(block: Block, model: Model, _: str) -> _Tagged:
    tagger = model.tagger()
    split = split_sentences([block.read().decode()], tagger.tokenizer, block.characters)
    counts = [0, 0]

    def counted() -> Iterator[TaggedText]:  # a block's sentences at once are a burden to Python
        for sentence in tagger.tag_split(split):
            counts[0] += 1
            counts[1] += len(sentence.entities)
            yield sentence

    content = "".join(render(counted(), "json")).encode()
    return content, counts[0], counts[1]


def _tag_jsonl(block: Block, model: Model, column: str) -> _Tagged:
    rows = []
    for number, line in enumerate(block.read().decode().split("\n"), block.line):
        if line.strip():
            row = _record(f"{block.input}:{number}", line, column)
            rows.append((number, row, row[column]))
    found = _entities(block, model, [(number, value) for number, _, value in rows])
    out = [
        json.dumps({**row, ENTITIES: some}) for (_, row, _), some in zip(rows, found, strict=True)
    ]
    return "".join(f"{line}\n" for line in out).encode(), len(rows), _count(found)


def _record(place: str, line: str, column: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise CorpusError(f"{place}: not JSON; give an object a line") from None
    if not isinstance(row, dict) or column not in row:
        raise CorpusError(f"{place}: no object with {shown(column)}", "name its {column}")
    if ENTITIES in row:
        raise CorpusError(f"{place}: has a column {ENTITIES!r} already; rename that")
    return row


def _tag_csv(block: Block, model: Model, column: str) -> _Tagged:
    reader = csv.reader(io.StringIO(block.read().decode(), newline=""))
    at, rows = block.columns.index(column), []
    for row in reader:
        if not row:
            continue
        line = block.line + reader.line_num - 1
        if len(row) != len(block.columns):
            raise CorpusError(
                f"{block.input}:{line}: {len(row)} fields, where the header has "
                f"{len(block.columns)}; mend the row"
            )
        rows.append((line, row))
    found = _entities(block, model, [(line, row[at]) for line, row in rows])
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([*block.columns, ENTITIES])
    writer.writerows([*row, json.dumps(some)] for (_, row), some in zip(rows, found, strict=True))
    return target.getvalue().encode(), len(rows), _count(found)


def _tag_parquet(block: Block, model: Model, column: str) -> _Tagged:
    import pyarrow as pa
    from pyarrow import parquet

    block.read()  # to be sure that it is what it was
    with opened(block.input) as file:
        table = parquet.ParquetFile(file).read_row_group(block.line)
    found = _entities(block, model, enumerate(table.column(column).to_pylist(), 1))
    entity = pa.struct(
        {"type": pa.string(), "text": pa.string(), "start": pa.int64(), "end": pa.int64(),
         "confidence": pa.float64()}
    )  # fmt: skip
    target = io.BytesIO()
    added = pa.array(found, pa.list_(entity))
    parquet.write_table(table.append_column(ENTITIES, added), target)
    return target.getvalue(), table.num_rows, _count(found)


def _entities(block: Block, model: Model, values: Iterable[tuple[int, Any]]) -> list[Found]:
    """The entities of each value, which comes with its line, or its row in a row group."""
    texts = []
    for number, value in values:
        if value is not None and not isinstance(value, str):
            what = f"row group {block.line}, row" if block.kind == "parquet" else "line"
            raise CorpusError(
                f"{block.input}: {what} {number} holds {shown(repr(value))}, no text; mend it"
            )
        texts.append(value)
    return entities(texts, model)


def _count(found: list[Found]) -> int:
    return sum(len(some) for some in found if some)


_TAGGED: dict[str, Callable[[Block, Model, str], _Tagged]] = {
    "text": _tag_text,
    "jsonl": _tag_jsonl,
    "csv": _tag_csv,
    "parquet": _tag_parquet,
}
