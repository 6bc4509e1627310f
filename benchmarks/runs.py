"""Run a list of experiments, here one after the other or on a cluster.

    SCHEDULER=tcp://host:8786 python benchmarks/seeds.py
    make results CORPUS=FILE SCHEDULER=tcp://host:8786

`SCHEDULER` is the address of a Dask scheduler (`dask scheduler`), to which workers with the course
and its extra `[cluster]` have come (`dask worker ADDRESS --nthreads 1`; with the same number of
TensorFlow's threads, `TF_NUM_INTRAOP_THREADS`, they compute what this machine does, to the last
digit). The programs beside this file are sent to them, and the corpus once to each. A worker trains
each experiment in a process of its own.

An experiment that is done waits in build/runs/ until those before it are done and its program has
stored it. A program that was killed finds it there, so nothing that was finished is trained again.
"""

import contextlib
import hashlib
import importlib
import inspect
import json
import logging
import multiprocessing
import os
import threading
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ner_tutorial import errors, files

HERE = Path(__file__).resolve().parent
RUNS = HERE.parent / "build" / "runs"
_alone = threading.Lock()  # of a worker's threads one trains: an experiment may use all its cores


@dataclass(frozen=True)
class _Whole:
    """Dask takes a tuple apart to send it, and what stands in it twice would become two things."""

    material: Any


def each(train: Callable, material: Any, experiments: Iterable[tuple]) -> Iterator[tuple]:
    """Give each experiment with what `train(material, *experiment)` found, in their order.

    Args:
        train: a function of a program's file, not inside of another; it returns what JSON can hold.
        material: what all experiments share: plain data, which can be sent and whose `repr` says
            all. It is part of an experiment's name, as are the experiment and the function's.
        experiments: tuples of plain data.

    Raises:
        UserError: there is no scheduler at the address, or it has gone; or workers died, or the
            process of an experiment did.
        RuntimeError: an experiment failed on a cluster; the message has its traceback.

    An experiment is forgotten when the next is asked for, so store it before that:

        for (system, seed), found in runs.each(train, (sentences, parts), missing):
            stored[system][seed] = found
            keep(stored)
    """
    program = Path(inspect.getfile(train))
    named = hashlib.sha256(repr((program.stem, train.__name__, material)).encode())
    paths = {e: RUNS / program.stem / f"{_name(named, e)}.json" for e in experiments}
    new = [experiment for experiment, path in paths.items() if not path.exists()]
    if known := len(paths) - len(new):
        print(f"{known} done before, in {RUNS / program.stem}", flush=True)
    address = os.environ.get("SCHEDULER")
    done = _there(address, train, material, new) if address else _here(train, material, new)
    waiting = deque(paths)
    with contextlib.closing(done):  # from a cluster, at once, whatever went wrong
        while waiting:
            first = paths[waiting[0]]
            if first.exists():
                yield waiting.popleft(), json.loads(first.read_text("utf-8"))
                first.unlink()
            else:
                _keep_each(next(done), paths)


def rows(
    train: Callable, material: Any, experiments: dict[tuple, dict], path: Path
) -> Iterator[dict]:
    """Train what a file of rows lacks, and yield each row when it is stored there.

    Args:
        train, material: see `each`.
        experiments: with what a row says of each besides what it finds.
        path: the file.
    """
    stored = kept(path, [])
    new = missing(experiments, stored)
    for experiment, found in each(train, material, new):
        stored.append(new[experiment] | found)
        keep_rows(stored, path)
        yield stored[-1]


def kept(path: Path, empty: Any) -> Any:
    """What a program stored in a file; before the first time what stands for nothing."""
    return json.loads(path.read_text("utf-8")) if path.exists() else empty


def keep(found: Any, path: Path) -> None:
    """Store what was found, whole or not at all."""
    with files.whole(path) as partial:
        partial.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def keep_rows(rows: list[dict], path: Path) -> None:
    """Store rows, a line each, whole or not at all."""
    with files.whole(path) as partial:
        lines = ",\n".join(map(json.dumps, rows))
        partial.write_text(f"[\n{lines}\n]\n", "utf-8")


def missing(experiments: dict[tuple, dict], stored: list[dict]) -> dict[tuple, dict]:
    """The experiments, with what is stored of each besides what it finds, of which nothing is."""
    return {
        experiment: about
        for experiment, about in experiments.items()
        if not any(about.items() <= run.items() for run in stored)
    }


def _name(named: Any, experiment: tuple) -> str:
    whole = named.copy()
    whole.update(repr(experiment).encode())
    return whole.hexdigest()[:32]


def _keep_each(answers: list[tuple], paths: dict[tuple, Path]) -> None:
    """Store what was found; then raise what went wrong beside it, if anything did."""
    for experiment, result, error in answers:
        if error is None:
            paths[experiment].parent.mkdir(parents=True, exist_ok=True)
            keep(result, paths[experiment])
    if failed := [error for *_, error in answers if error is not None]:
        raise failed[0]


def _here(train: Callable, material: Any, experiments: list[tuple]) -> Iterator[list]:
    for experiment in experiments:
        yield [(experiment, train(material, *experiment), None)]


def _there(
    address: str, train: Callable, material: Any, experiments: list[tuple]
) -> Iterator[list]:
    """As they are done, whichever are first: what each found, or what went wrong in it."""
    try:
        from distributed import Client, KilledWorker, as_completed
    except ImportError:
        raise errors.UserError(
            "SCHEDULER is set, but Dask is not there", "pip install 'ner-tutorial[cluster]'"
        ) from None
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what it says, we say
    try:
        with Client(address) as client:
            program = Path(inspect.getfile(train))
            for path in {program, *HERE.glob("*.py")}:
                client.upload_file(str(path), load=False)
            with warnings.catch_warnings():  # that it is large
                warnings.simplefilter("ignore", UserWarning)
                sent = client.submit(_same, _Whole(material), pure=False)
            tasks = {
                client.submit(_on_worker, program.stem, train.__name__, sent, e, pure=False): e
                for e in experiments
            }
            for batch in as_completed(tasks).batches():
                yield [(tasks[task], *task.result()) for task in batch]
    except KilledWorker as error:
        raise errors.UserError(f"{address}: {error}", "what is done is kept: start again") from None
    except (OSError, CancelledError):
        raise errors.UserError(
            f"{address}: no Dask scheduler answers", "what is done is kept: start again"
        ) from None


def _same(sent: _Whole) -> _Whole:
    return sent  # a task's result, which is sent anew where the worker that holds it died


def _on_worker(
    program: str, function: str, sent: _Whole, experiment: tuple
) -> tuple[Any, Exception | None]:
    """What an experiment finds, or what went wrong in it, from a process of its own.

    The threads of a worker draw from Python's random numbers, too. Keras 3 takes from them the
    seeds of the first weights, so that in the worker's process a figure would depend on the moment.
    """
    multiprocessing.current_process().daemon = False  # as a daemon it could start no process
    spawn = multiprocessing.get_context("spawn")  # TensorFlow's threads do not survive a fork
    with _alone:
        here, there = spawn.Pipe()
        process = spawn.Process(target=_in_own_process, args=(there,), daemon=True)
        process.start()
        there.close()  # on this side, so that a process that ends closes the line
        try:
            here.send((program, function, sent, experiment))
            return here.recv()
        except (EOFError, OSError):
            process.join()
            return None, errors.UserError(
                f"the process of an experiment ended with {process.exitcode}: {experiment}",
                "what is done is kept: start again",
            )
        finally:
            process.kill()  # it has nothing left to do
            process.join()
            here.close()


def _in_own_process(line: Connection) -> None:
    threading.Thread(target=_end_with_the_worker, daemon=True).start()
    program, function, sent, experiment = line.recv()
    try:
        # By its name: in the program's own process it is `__main__`, which here is another.
        train = getattr(importlib.import_module(program), function)
        line.send((train(sent.material, *experiment), None))
    except errors.UserError as error:
        line.send((None, error))
    except Exception:  # as text: what stands in an exception may not be sent
        line.send((None, RuntimeError(f"{experiment}: {traceback.format_exc()}")))


def _end_with_the_worker() -> None:
    """Else a worker that was killed would leave a training behind, beside the one begun anew."""
    import psutil  # which Dask brings

    if worker := multiprocessing.parent_process():
        worker.join()
        for program in psutil.Process().children(recursive=True):
            program.kill()
        os._exit(1)
