"""Files tagged on workers: a part for each block, and a manifest of all; a run that was broken off
goes on."""

from __future__ import annotations

import contextlib
import json
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ner_tutorial import __version__, files
from ner_tutorial.cluster.inputs import Block, plan
from ner_tutorial.cluster.work import Model, tag_block
from ner_tutorial.cluster.workers import connected, require
from ner_tutorial.errors import CorpusError, UserError

if TYPE_CHECKING:
    from distributed import Client

MANIFEST = "manifest.json"

_PROGRESS = "progress.jsonl"  # of a run that is not over: what it is, then a line for each part
_LOCK = "lock"  # held by a run; the system takes it back from one that is killed
_SUFFIXES = {"text": "jsonl", "jsonl": "jsonl", "csv": "csv", "parquet": "parquet"}
_ANOTHER = "name another directory, or remove this one"
_IDENTITY = {
    "ner_tutorial": "another version of this program",
    "model": "another model",
    "column": "another column",
}

Entry = dict[str, Any]


def tag_files(
    model: str | os.PathLike,
    inputs: Iterable[str],
    output: str | os.PathLike,
    column: str = "text",
    scheduler: str | None = None,
    workers: int | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Tag files on workers, into a directory of parts.

    Of a text, a part is what the command `tag` writes with `--format json`, to the byte: a sentence
    a line, and all places count the characters of the whole file. Of JSON lines, CSV and Parquet a
    part is of the same format, with all columns and one more, `entities`, whose places count the
    characters of the row's text. The parts of a file, one after the other, are its whole.

    Each part is there whole or not at all. If the run breaks off, the same call goes on, and tags
    no part again that is there. The block of a worker that dies goes to another; one that eleven
    had when they died is given up, and named in the end (on a cluster of your own its setting
    `distributed.scheduler.allowed-failures` decides).

    Args:
        model: a model's directory.
        inputs: paths, addresses that fsspec knows, and patterns of either; what ends in `.jsonl`,
            `.ndjson`, `.csv` or `.parquet` has columns, all else is text. Workers on other machines
            have to see them.
        output: the directory, which is made; the workers have to see it too.
        column: which holds the texts.
        scheduler: the address of a Dask cluster; by default one is started on this machine.
        workers: how many are started; by default one for each processor.
        say: is told a line on the way, such as the address of Dask's dashboard.

    Returns:
        The manifest, as it stands in `manifest.json`.

    Raises:
        UserError: something cannot be read, tagged or written; or the directory holds something
            else, or another run writes to it. All that is done stays.
    """
    require()
    directory, sent = Path(output).absolute(), Model.read(model)
    blocks = plan(inputs, column)
    run = {
        "ner_tutorial": __version__,
        "model": sent.sha256,
        "column": column,
        "blocks": [{**block._asdict(), "columns": list(block.columns)} for block in blocks],
    }
    names = [f"part-{n:05}.{_SUFFIXES[block.kind]}" for n, block in enumerate(blocks)]
    parts = dict(zip(names, blocks, strict=True))
    with _locked(directory):
        done = _begun(directory, run)
        waiting = {name: block for name, block in parts.items() if name not in done}
        if done:
            say(f"{len(done)} of {len(parts)} parts are there already")
        if waiting:
            with (
                open(directory / _PROGRESS, "a", encoding="utf-8") as progress,
                connected(scheduler, workers) as client,
            ):
                ready = len(client.nthreads())
                say(f"watch {ready} workers at {client.dashboard_link}")
                for entry in _tag(client, sent, column, directory, waiting):
                    progress.write(f"{json.dumps(entry)}\n")
                    progress.flush()
                    done[entry["part"]] = entry
        return _finish(directory, run, [done[name] for name in names])


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """A directory, made if it is not there, that no other run writes to meanwhile.

    Raises:
        UserError: one does already.
    """
    import locket

    directory.mkdir(parents=True, exist_ok=True)
    lock = locket.lock_file(str(directory / _LOCK), timeout=0)
    try:
        lock.acquire()
    except locket.LockError:
        raise UserError(
            f"{directory}: another run writes to it; wait for it, or name another directory"
        ) from None
    try:
        yield
    finally:
        lock.release()
        (directory / _LOCK).unlink(missing_ok=True)


def _begun(directory: Path, run: Entry) -> dict[str, Entry]:
    """The parts that this run has made already.

    Raises:
        UserError: the directory holds something else.
    """
    lines = _noted(directory, run)
    old = lines[0]
    _check_same(directory, old, run)
    for stale in directory.glob("part-*.partial"):  # of a worker that was killed
        stale.unlink(missing_ok=True)
    entries = old.get("parts", lines[1:])
    done = {entry["part"]: entry for entry in entries if _is_whole(directory, entry)}
    with files.whole(directory / _PROGRESS) as partial:
        kept = map(json.dumps, [run, *done.values()])
        partial.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
    return done


def _noted(directory: Path, run: Entry) -> list[Entry]:
    """What the run that made this directory noted down; of an empty one, what a new run would."""
    for name in (MANIFEST, _PROGRESS):
        if (directory / name).exists():
            return list(_read_lines(directory / name)) or [{}]
    if any(path.name != _LOCK for path in directory.iterdir()):
        raise UserError(f"{directory}: holds something else; {_ANOTHER}")
    return [run]


def _read_lines(path: Path) -> Iterator[Entry]:
    for line in path.read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(ValueError):  # the last line, if the run was killed in it
            yield json.loads(line)


def _is_whole(directory: Path, entry: Entry) -> bool:
    path = directory / entry["part"]
    return path.is_file() and files.sha256(path) == entry["sha256"]


def _check_same(directory: Path, old: Entry, new: Entry) -> None:
    for name, what in _IDENTITY.items():
        if old.get(name) != new[name]:
            raise UserError(f"{directory}: was begun with {what}; {_ANOTHER}")
    for before, now in zip_longest(old["blocks"], new["blocks"]):
        if before != now:
            name = (now or before)["input"]
            raise UserError(f"{name}: is not what it was when {directory} was begun; {_ANOTHER}")


def _tag(
    client: Client, model: Model, column: str, directory: Path, parts: dict[str, Block]
) -> Iterator[Entry]:
    """Have the parts made, and yield the entry of each when it is there.

    What is wrong with one block does not keep the others waiting, and is raised in the end. What
    would be wrong with each, such as a full disk, is raised at once.
    """
    from distributed import as_completed
    from tqdm import tqdm

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
        # A task, and no data that are scattered: those are lost with the workers that hold them.
        sent = client.submit(_itself, model, pure=False)
    futures = {
        client.submit(tag_block, block, sent, column, directory / name, pure=False): name
        for name, block in parts.items()
    }
    failed: dict[str, str] = {}
    finished = as_completed(list(futures), loop=client.loop)
    for future in tqdm(finished, total=len(futures), unit=" parts", disable=None):
        name = futures.pop(future)
        try:
            yield future.result()
        except Exception as error:
            failed[name] = _reason(error, parts[name])
    if failed:
        others = f" ({len(failed) - 1} more failed)" if len(failed) > 1 else ""
        raise CorpusError(f"{failed[min(failed)]}{others}; all else is done")


def _itself(model: Model) -> Model:
    return model


def _reason(error: Exception, block: Block) -> str:
    """What kept a block from being tagged.

    Raises:
        UserError: it would keep any block.
    """
    from distributed import CancelledError, KilledWorker
    from distributed.comm import CommClosedError
    from distributed.scheduler import NoWorkerError

    if isinstance(error, CorpusError):
        return str(error)
    if isinstance(error, UserError):
        raise error
    if isinstance(error, (CancelledError, CommClosedError)):
        raise UserError("the scheduler is gone; start one, and give the command again") from None
    if isinstance(error, NoWorkerError):
        raise UserError("no worker is left; give the command again") from None
    what = f"{error!r}"
    if isinstance(error, KilledWorker):
        what = f"killed {error.allowed_failures + 1} workers"
    where = f"{block.input}: from byte {block.start:,} to {block.end:,}"
    return f"{where}: cannot be tagged ({what})"


def _finish(directory: Path, run: Entry, entries: list[Entry]) -> Entry:
    """Write the manifest, once all parts are there."""
    for entry in entries:
        path = directory / entry["part"]
        if not path.is_file() or path.stat().st_size != entry["bytes"]:
            raise UserError(f"{path}: is not there, though a worker wrote it; share the directory")
    totals = {key: sum(entry[key] for entry in entries) for key in ("texts", "entities")}
    manifest = {**run, **totals, "parts": entries}
    with files.whole(directory / MANIFEST) as partial:
        partial.write_text(json.dumps(manifest), encoding="utf-8")
    (directory / _PROGRESS).unlink()
    return manifest
