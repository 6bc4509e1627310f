"""Executing the lessons: all of them or nothing, and the same files each time."""

import re
import runpy
import shutil
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

SCRIPT = Path(__file__).resolve().parent.parent / "notebooks" / "execute.py"


@pytest.fixture
def course(tmp_path):
    """A folder with the script and its own `notebooks`; lessons are added with `lesson`."""
    (tmp_path / "notebooks").mkdir()
    shutil.copy(SCRIPT, tmp_path / "notebooks")
    return tmp_path


def lesson(course, name, *cells, title="# A lesson"):
    """Write a notebook without outputs: a title, and a cell for each text."""
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(title, id="title"),
            *(nbformat.v4.new_code_cell(cell, id=f"cell-{n}") for n, cell in enumerate(cells)),
        ]
    )
    path = course / "notebooks" / f"{name}.ipynb"
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    return path


def run(monkeypatch, course, *arguments):
    """What the script does when it is called with these arguments."""
    script = course / "notebooks" / "execute.py"
    monkeypatch.setattr(sys, "argv", [script.name, *arguments])
    runpy.run_path(str(script), run_name="__main__")


def files(course):
    return {path: path.is_file() and path.read_bytes() for path in course.rglob("*")}


@pytest.mark.parametrize("action", ["store", "html"])
def test_a_lesson_that_fails_is_named_and_leaves_every_file_as_it_was(
    monkeypatch, course, action, capsys
):
    lesson(course, "01_good", "print('new output')")
    lesson(course, "02_bad", "print('so far')", "1 / 0", "print('never')")
    before = files(course)
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        run(monkeypatch, course, action)
    assert "02_bad.ipynb failed" in capsys.readouterr().out
    assert files(course) == before
    assert not (course / "build").exists()


def test_stored_lessons_run_alone_in_their_own_folder_and_come_out_the_same_twice(
    monkeypatch, course
):
    first = lesson(course, "01_first", "x = 'é'", "x")
    second = lesson(course, "02_second", "import os\nprint('x' in globals(), os.listdir())")
    run(monkeypatch, course, "store")

    cells = nbformat.read(first, as_version=4).cells
    assert cells[2].outputs[0].data["text/plain"] == "'é'"
    assert [cell.execution_count for cell in cells[1:]] == [1, 2]
    (output,) = nbformat.read(second, as_version=4).cells[1].outputs
    assert output.text.startswith("False [")
    assert first.name in output.text

    stored = files(course)
    assert first.read_bytes().endswith(b"}\n")
    assert not any(path.suffix == ".partial" for path in stored)
    run(monkeypatch, course, "store")
    assert files(course) == stored


def test_when_a_lesson_fails_no_other_is_begun_and_none_runs_on(monkeypatch, course):
    lesson(course, "01_long", "import time\ntime.sleep(600)")
    lesson(course, "02_bad", "1 / 0")
    lesson(course, "03_later", "open('begun', 'w').close()")
    started = time.monotonic()
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        run(monkeypatch, course, "store")
    assert time.monotonic() < started + 300
    assert not (course / "notebooks" / "begun").exists()


MEETING = """
import time
from pathlib import Path
Path("{mine}").touch()
started = time.monotonic()
while not Path("{other}").exists():
    assert time.monotonic() < started + 60, "it ran alone"
    time.sleep(0.05)
"""


def test_two_lessons_run_at_a_time(monkeypatch, course):
    lesson(course, "01_first", MEETING.format(mine="first", other="second"))
    lesson(course, "02_second", MEETING.format(mine="second", other="first"))
    run(monkeypatch, course, "store")


def test_stored_lessons_hold_no_times_and_no_version_of_python(monkeypatch, course):
    path = lesson(course, "01_first", "1")
    run(monkeypatch, course, "store")
    notebook = nbformat.read(path, as_version=4)
    assert all(cell.metadata == {} for cell in notebook.cells)
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


def test_pages_replace_those_of_the_last_time_and_leave_the_lessons_alone(monkeypatch, course):
    path = lesson(course, "01_first", "print(6 * 7, 'is the output')", title="# Words & <tags>\nx")
    before = path.read_bytes()
    made = course / "build" / "html"
    made.mkdir(parents=True)
    (made / "00_gone.html").write_text("a page of a lesson that is gone")
    run(monkeypatch, course, "html")
    assert {"01_first.html", "index.html", "style.css"} < {page.name for page in made.iterdir()}
    assert not (made / "00_gone.html").exists()
    assert [folder.name for folder in (course / "build").iterdir()] == ["html"]
    assert "42 is the output" in (made / "01_first.html").read_text(encoding="utf-8")
    index = (made / "index.html").read_text(encoding="utf-8")
    assert '<a rel="next" href="01_first.html">Words &amp; &lt;tags&gt; →</a>' in index
    assert path.read_bytes() == before


FIGURE = """
from ner_tutorial import plots
plots.sentence_lengths([3, 8, 80], 70)
"""


def test_a_page_says_what_its_figures_show(monkeypatch, course):
    path = lesson(course, "01_first", FIGURE)
    run(monkeypatch, course, "html")
    page = (course / "build" / "html" / f"{path.stem}.html").read_text(encoding="utf-8")
    (image,) = re.findall("<img [^>]*>", page)
    assert 'alt="Histogram of the lengths of 3 sentences' in image
    assert re.search(r'width="?\d{3}\b', image)  # that of a notebook, not that of the file
    assert "No description" not in page


PLAY = """
from ner_tutorial import plots
plots.play_tagging({"by capitals": lambda words: ["O" for _ in words]}, "Joe ran.")
"""


def test_of_what_there_is_to_play_with_the_first_answer_is_stored_and_no_widget(
    monkeypatch, course
):
    pytest.importorskip("ipywidgets")
    path = lesson(course, "01_first", PLAY)
    run(monkeypatch, course, "store")
    (output,) = nbformat.read(path, as_version=4).cells[1].outputs
    assert "by capitals" in output.data["text/html"]
    assert "widget" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [[], ["pdf"], ["store", "html"]])
def test_any_other_call_is_answered_with_the_usage(monkeypatch, course, arguments):
    path = lesson(course, "01_first", "1 / 0")
    before = path.read_bytes()
    with pytest.raises(SystemExit) as caught:
        run(monkeypatch, course, *arguments)
    assert caught.value.code == "usage: python execute.py {store|html}"
    assert path.read_bytes() == before
