"""The workers: those of a cluster that is there, or some started on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ner_tutorial.errors import UserError

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

_SECONDS = 30  # to wait for a scheduler
# TensorFlow would take every processor for each worker.
_ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}
_STARTED = {
    # Not forked: in a process that was, a model of TensorFlow would wait for ever.
    "distributed.worker.multiprocessing-method": "spawn",
    # A worker has one task. Any other would count as a suspect too, should the one kill it.
    "distributed.scheduler.worker-saturation": 1.0,
    # A block is given up if it was under way each time that so many workers died, and one more: it
    # may be why. By default they are three; but who kills workers from outside often hits the same
    # block again, since it goes on first.
    "distributed.scheduler.allowed-failures": 10,
    # A worker that dies is started again. By default Dask gives it up if it is not back in 15 s.
    "distributed.deploy.lost-worker-timeout": "1h",
    # But not one whose start has failed. Where none is left, nobody should wait for ever.
    "distributed.scheduler.no-workers-timeout": "300s",
    # Dask has workers give memory back at once, and TensorFlow wants it again for the next batch.
    # Where one of the two is set, the other has to be, or each tensor is asked of the system anew.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 2**30,
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 2**25,  # the highest there is
}


def require() -> None:
    """Raise a UserError if what the extra `[cluster]` installs is not there."""
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise UserError(
            f"this needs Dask ({error})", "install it: pip install 'ner-tutorial[cluster]'"
        ) from None


@contextmanager
def connected(scheduler: str | None = None, workers: int | None = None) -> Iterator[Client]:
    """Dask's client of a cluster.

    Args:
        scheduler: its address, such as `tcp://10.0.0.1:8786`. By default a cluster is started on
            this machine, and ends with the block: processes with one thread each.
        workers: how many of these; by default as many as there are processors.

    Raises:
        UserError: Dask is not installed, nobody answers at the address, the workers do not start,
            or both are given.
    """
    require()
    if scheduler and workers:
        raise UserError(f"{scheduler} has workers of its own", "give {scheduler} or {workers}")
    import dask
    from distributed import Client

    if scheduler:
        try:
            client = Client(scheduler, timeout=_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise UserError(
                f"{scheduler}: no scheduler answers ({' '.join(str(error).split())})",
                "start one with `dask scheduler`, and give the address that it prints",
            ) from None
        with client:
            yield client
        return
    with (
        dask.config.set(_STARTED),
        _started(workers) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


def _started(workers: int | None) -> LocalCluster:
    from dask.system import CPU_COUNT
    from distributed import LocalCluster

    try:
        return LocalCluster(
            n_workers=workers or CPU_COUNT,
            threads_per_worker=1,
            processes=True,
            env=_ONE_THREAD,
            dashboard_address="localhost:0",
            silence_logs="CRITICAL",
        )
    except (OSError, RuntimeError, TimeoutError) as error:
        raise UserError(f"the workers did not start ({error}); give the command again") from None
