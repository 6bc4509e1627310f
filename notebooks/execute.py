"""Execute all lessons, each in a fresh kernel.

    python notebooks/execute.py store     stores the outputs in the notebooks themselves
    python notebooks/execute.py html      leaves readable pages and an index under build/html

Nothing is written before every lesson has run to its end.
"""

import html
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from ner_tutorial import files

FOLDER = Path(__file__).resolve().parent
TARGET = FOLDER.parent / "build" / "html"

# nbconvert's own template leaves out what a figure's metadata says to those who cannot see it.
PAGE = """
{%- extends "lab/index.html.j2" -%}
{%- block data_png scoped -%}
{%- set text = (output | get_metadata("alt", "image/png") or "") | escape_html -%}
{{ super() | replace("<img", '<img alt="' ~ text ~ '"', 1) }}
{%- endblock data_png -%}
"""


def execute(path: Path) -> nbformat.NotebookNode:
    """The lesson with new outputs, without what differs from one run to the next for no reason."""
    notebook = nbformat.read(path, as_version=4)
    start = time.monotonic()
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        coalesce_streams=True,  # what a cell prints is one output, whatever pieces it comes in
        resources={"metadata": {"path": FOLDER}},
    )
    client.execute()
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


def title(notebook: nbformat.NotebookNode) -> str:
    return notebook.cells[0].source.splitlines()[0].lstrip("# ")


def store(lessons: dict[Path, nbformat.NotebookNode]) -> None:
    for path, notebook in lessons.items():
        with files.whole(path) as partial:
            partial.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def pages(lessons: dict[Path, nbformat.NotebookNode]) -> None:
    with files.whole_directory(TARGET) as folder:
        entries = []
        for path, notebook in lessons.items():
            name = title(notebook)
            resources = {"metadata": {"name": name}}
            exporter = HTMLExporter(raw_template=PAGE)
            body, _ = exporter.from_notebook_node(notebook, resources=resources)
            (folder / f"{path.stem}.html").write_text(body, encoding="utf-8")
            entries.append(f'<li><a href="{path.stem}.html">{html.escape(name)}</a></li>')
        index = (
            "<!doctype html><html lang='en'><meta charset='utf-8'><title>ner_tutorial</title>"
            "<body style='font-family:sans-serif;max-width:40em;margin:3em auto;line-height:1.6'>"
            "<h1>Named entity recognition with a BiLSTM-CRF</h1>"
            f"<ul>{''.join(entries)}</ul></body></html>"
        )
        (folder / "index.html").write_text(index, encoding="utf-8")
    print(f"-> {TARGET / 'index.html'}")


if __name__ == "__main__":
    actions = {"store": store, "html": pages}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        sys.exit(f"usage: python {Path(__file__).name} {{{'|'.join(actions)}}}")
    actions[sys.argv[1]]({path: execute(path) for path in sorted(FOLDER.glob("*.ipynb"))})
