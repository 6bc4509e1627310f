"""Execute all lessons, each in a fresh kernel, two at a time.

    python notebooks/execute.py store     stores the outputs in the notebooks themselves
    python notebooks/execute.py html      leaves them as pages under build/html

Nothing is written before every lesson has run to its end.
"""

import asyncio
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import nbformat
import pages
from nbclient import NotebookClient

from ner_tutorial import files

FOLDER = Path(__file__).resolve().parent
TARGET = FOLDER.parent / "build" / "html"
AT_A_TIME = 2  # as `make test` does


def execute(paths: Iterable[Path]) -> dict[Path, nbformat.NotebookNode]:
    """The lessons with new outputs, in the order in which they are named.

    Raises:
        CellExecutionError: a cell of one failed; the others are given up.
    """
    return asyncio.run(execute_all(list(paths)))


async def execute_all(paths: list[Path]) -> dict[Path, nbformat.NotebookNode]:
    waiting = iter(paths)
    lessons = {}

    async def work() -> None:
        for path in waiting:  # all workers take from the same ones
            lessons[path] = await execute_one(path)

    workers = [asyncio.create_task(work()) for _ in range(AT_A_TIME)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)  # until their kernels have ended
    return {path: lessons[path] for path in paths}


async def execute_one(path: Path) -> nbformat.NotebookNode:
    """A lesson without what differs from one run to the next for no reason."""
    notebook = nbformat.read(path, as_version=4)
    start = time.monotonic()
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        coalesce_streams=True,  # what a cell prints is one output, whatever pieces it comes in
        resources={"metadata": {"path": FOLDER}},
    )
    try:
        await client.async_execute()
    except Exception:
        print(f"{path.name} failed", flush=True)
        raise
    print(f"{path.name}: {time.monotonic() - start:.0f} seconds", flush=True)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not is_widget(output)]
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


def is_widget(output: nbformat.NotebookNode) -> bool:
    """Whether an output is a slider or the like, of which a page would show the name alone."""
    return "application/vnd.jupyter.widget-view+json" in output.get("data", {})


def store(lessons: dict[Path, nbformat.NotebookNode]) -> None:
    for path, notebook in lessons.items():
        with files.whole(path) as partial:
            partial.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def html(lessons: dict[Path, nbformat.NotebookNode]) -> None:
    pages.write(lessons, TARGET)
    print(f"-> {TARGET / 'index.html'}")


if __name__ == "__main__":
    actions = {"store": store, "html": html}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        sys.exit(f"usage: python {Path(__file__).name} {{{'|'.join(actions)}}}")
    actions[sys.argv[1]](execute(sorted(FOLDER.glob("*.ipynb"))))
