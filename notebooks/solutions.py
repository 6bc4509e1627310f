"""Leave the lessons solved, for the teacher, under build/solutions.

    python notebooks/solutions.py

Each answer is replaced by the exercise's solution, and each lesson is executed: as a notebook in
`notebooks`, and as a page in `pages`.
"""

import ast
import re

import execute
import nbformat
import pages

from ner_tutorial import exercises, files

TARGET = execute.FOLDER.parent / "build" / "solutions"

CHECK = re.compile(r'^exercises\.check\("([\d.]+)", (\w+)\)$', re.MULTILINE)


def solved(source: str) -> str:
    """The code of a cell, the solution in place of `answer = ...` or of what is to be written."""
    if not (check := CHECK.search(source)):
        return source
    name, variable = check.groups()
    for node in ast.parse(source).body:
        targets = node.targets if isinstance(node, ast.Assign) else [node]
        if any(variable in (getattr(t, "id", None), getattr(t, "name", None)) for t in targets):
            first, last = node.lineno - 1, node.end_lineno
    lines = source.splitlines()
    lines[first:last] = exercises.EXERCISES[name].solution.splitlines()
    return "\n".join(lines)


def solve(notebook: nbformat.NotebookNode) -> None:
    """Fill the solutions into a lesson."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = solved(cell.source)


if __name__ == "__main__":
    folder = TARGET / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for path in sorted(execute.FOLDER.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        solve(notebook)
        with files.whole(folder / path.name) as partial:
            partial.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
        paths.append(folder / path.name)
    lessons = execute.execute(paths)
    execute.store(lessons)
    pages.write(lessons, TARGET / "pages")
    print(f"-> {TARGET / 'pages' / 'index.html'}")
