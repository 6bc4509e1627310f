"""Write the repository's address, from pyproject.toml, into badges, links and set-up cells.

    python notebooks/badges.py

A lesson's badge stands in its first cell, in place of `<!-- badge -->` or of an older badge; its
set-up cell is its first code cell. A second run changes nothing.
"""

import re

import nbformat
from address import ADDRESS, FOLDER, PROJECT, RELEASE, ROOT

from ner_tutorial.lessons import BADGE, GMB_ID, SETUP_ID

GAINS_FROM_A_GPU = ("03", "04", "06")
# All that Colab lacks; without its needs, of which python-crfsuite is one.
MISSING = [*re.findall(r'"((?:seqeval|sklearn-crfsuite)>[^"]*)"', PROJECT), "python-crfsuite"]
REPOSITORY = ADDRESS.removeprefix("https://github.com/")

COLAB_IMAGE = "https://colab.research.google.com/assets/colab-badge.svg"
FOLDED = {"jupyter": {"source_hidden": True}}
PLACE = re.compile(rf"<!-- badge -->|{BADGE}")


def badge(path: str) -> str:
    """The two links for the lesson at this path in the repository."""
    colab = f"https://colab.research.google.com/github/{REPOSITORY}/blob/{RELEASE}/{path}"
    binder = f"https://mybinder.org/v2/gh/{REPOSITORY}/{RELEASE}?urlpath=lab/tree/{path}"
    return (
        f"[![Open In Colab]({COLAB_IMAGE})]({colab}) "
        f"[![Binder](https://mybinder.org/badge_logo.svg)]({binder})"
    )


def setup(name: str) -> str:
    """The source of the set-up cell of the lesson in this file."""
    source = f"""\
# Brings the course to Colab; does nothing elsewhere. Written by `make badges`.
import subprocess
import sys

if "google.colab" in sys.modules:
    course = "git+{ADDRESS}@{RELEASE}"
    command = [sys.executable, "-m", "pip", "install", "--no-color", "--no-deps", "--use-pep517"]
    command += [{", ".join(f'"{name}"' for name in MISSING)}, course]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        lines = [line.strip() for line in done.stdout.splitlines()]
        why = [line for line in lines if "fatal:" in line or "error:" in line.lower()][:1]
        raise SystemExit(
            " ".join(["The course did not arrive: check the network, then run this again.", *why])
        )
    print(done.stdout[-2000:] + "Now Edit > Clear all outputs: the stored ones give answers away.")
"""
    if name.startswith(GAINS_FROM_A_GPU):
        source += """\
    import tensorflow as tf

    if not tf.config.list_physical_devices("GPU"):
        print("Faster with a GPU: Runtime > Change runtime type > T4 GPU, then run this again.")
"""
    return source.rstrip()


GMB = """\
# On Colab, your copy of GMB in place of the sample: set this to True. Written by `make badges`.
gmb_from_kaggle = False
if gmb_from_kaggle:
    import os

    from ner_tutorial.download import download

    os.environ["NER_TUTORIAL_CORPUS"] = str(download())"""


def write(notebook: nbformat.NotebookNode, name: str) -> None:
    """Put badge, set-up cell and GMB cell into a lesson, in place of those it has."""
    first, *rest = notebook.cells
    if not PLACE.search(first.source):
        raise SystemExit(f"{name}: put <!-- badge --> into the first cell, where its badge belongs")
    first.source = PLACE.sub(lambda _: badge(f"notebooks/{name}"), first.source, count=1)
    rest = [cell for cell in rest if cell.id not in (SETUP_ID, GMB_ID)]
    ours = [nbformat.v4.new_code_cell(setup(name), id=SETUP_ID, metadata=FOLDED)]
    ours += [nbformat.v4.new_code_cell(GMB, id=GMB_ID, metadata=FOLDED)]
    notebook.cells = [first, *ours, *rest]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, 1):
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count


def with_badges(page: str) -> str:
    """The page with a badge behind the link to each lesson in its table of lessons."""
    row = re.compile(
        r"^(\| \d \| \[[^]]*\]\(\S*?(0\w*\.ipynb)\))(?: \[!\[Open.*?)?( \|)", re.MULTILINE
    )
    return row.sub(lambda m: f"{m[1]} {badge(f'notebooks/{m[2]}')}{m[3]}", page)


def main() -> None:
    for path in sorted(FOLDER.glob("0*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        write(notebook, path.name)
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    for page in (ROOT / "README.md", FOLDER / "README.md"):
        page.write_text(with_badges(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
