"""The learner's own copies: without outputs, never overwritten, brought up to date beside."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from ner_tutorial import lessons
from ner_tutorial.cli import main
from ner_tutorial.errors import UserError

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("0*.ipynb"))
NAMES = [*(path.name for path in NOTEBOOKS), "README.md"]


@pytest.fixture
def course(tmp_path):
    """A folder with the lessons and the map, as they ship."""
    (tmp_path / "course" / "notebooks").mkdir(parents=True)
    for name in (*NAMES, "TEACHING.md"):
        shutil.copy(ROOT / "notebooks" / name, tmp_path / "course" / "notebooks")
    return tmp_path / "course"


def read(path):
    return nbformat.read(path, as_version=4)


def change(course, name, text="A sentence more."):
    """What an update of the course does to a lesson."""
    path = course / "notebooks" / name
    lesson = read(path)
    lesson.cells[-1].source += text
    nbformat.write(lesson, path)


def answer(copy, text):
    """What a learner does to a copy: type, run, save."""
    lesson = read(copy)
    cell = next(cell for cell in lesson.cells if "answer = ..." in cell.source)
    cell.source = cell.source.replace("...", text, 1)
    cell.outputs = [nbformat.v4.new_output("stream", text="right")]
    nbformat.write(lesson, copy)
    return copy.read_bytes()


def listing(course):
    return sorted(path.name for path in (course / "my-lessons").iterdir())


@pytest.mark.parametrize("name", NAMES[:-1])
def test_a_copy_is_the_lesson_without_outputs_its_set_up_cells_and_answers_folded(course, name):
    lessons.copy(course)
    copy, shipped = read(course / "my-lessons" / name), read(course / "notebooks" / name)
    nbformat.validate(copy)
    assert [cell.id for cell in copy.cells] == [cell.id for cell in shipped.cells]
    for own, cell in zip(copy.cells, shipped.cells, strict=True):
        if cell.cell_type == "code":
            assert own.source == cell.source
            assert own.outputs == []
            assert own.execution_count is None
        is_folded = own.metadata.get("jupyter", {}).get("source_hidden", False)
        shows_an_answer = cell.metadata.get("jupyter", {}).get("source_hidden", False)
        assert is_folded == (shows_an_answer or cell.id in (lessons.SETUP_ID, lessons.GMB_ID))
    assert "colab-badge" not in copy.cells[0].source
    assert copy.cells[0].source.startswith(shipped.cells[0].source.partition("\n")[0])


def test_every_link_of_the_copies_leads_to_a_file_of_the_course(course):
    lessons.copy(course)
    links = set()
    for name in NAMES:
        text = (course / "my-lessons" / name).read_text(encoding="utf-8")
        links |= set(re.findall(r"\]\(([\w./]+\.(?:ipynb|md|json|py))", text))
        assert "](../ner_tutorial)" not in text  # JupyterLab opens no folder
    assert {"02_indexing_and_padding.ipynb", "../data/README.md", "README.md"} <= links
    assert "../notebooks/TEACHING.md" in links
    for link in links:
        beside = course / "my-lessons" / link
        assert beside.is_file() or (ROOT / "my-lessons" / link).resolve().is_file(), link


def test_a_second_start_changes_nothing_and_says_nothing(course):
    (line,) = lessons.copy(course)
    assert all(name in line for name in NAMES)
    before = {name: (course / "my-lessons" / name).read_bytes() for name in listing(course)}
    assert lessons.copy(course) == []
    assert {n: (course / "my-lessons" / n).read_bytes() for n in listing(course)} == before


def test_a_changed_lesson_arrives_beside_the_copy_and_a_line_says_so_once(course):
    lessons.copy(course)
    answered = answer(course / "my-lessons" / NAMES[0], "['None']")
    change(course, NAMES[0])
    (line,) = lessons.copy(course)
    assert NAMES[0] in line
    assert "my-lessons/01_eda_2.ipynb" in line
    assert (course / "my-lessons" / NAMES[0]).read_bytes() == answered
    assert (
        read(course / "my-lessons" / "01_eda_2.ipynb").cells[-1].source.endswith("sentence more.")
    )
    assert lessons.copy(course) == []
    change(course, NAMES[0])
    (line,) = lessons.copy(course)
    assert "my-lessons/01_eda_3.ipynb" in line
    assert listing(course) == sorted([*NAMES, ".course.json", "01_eda_2.ipynb", "01_eda_3.ipynb"])


def test_new_outputs_and_a_new_release_in_the_set_up_cell_are_no_change(course):
    lessons.copy(course)
    path = course / "notebooks" / NAMES[0]
    lesson = read(path)
    next(cell for cell in lesson.cells if cell.id == lessons.SETUP_ID).source += "\n# v9"
    lesson.cells[0].source = lesson.cells[0].source.replace("/v0.", "/v9.")
    next(cell for cell in lesson.cells if cell.get("outputs")).outputs = []
    nbformat.write(lesson, path)
    assert lessons.copy(course) == []


def test_a_copy_that_was_deleted_comes_back_as_the_course_has_it_now(course):
    lessons.copy(course)
    change(course, NAMES[1])
    (course / "my-lessons" / NAMES[1]).unlink()
    (line,) = lessons.copy(course)
    assert line == f"Copied into my-lessons, for you to work in: {NAMES[1]}"
    assert read(course / "my-lessons" / NAMES[1]).cells[-1].source.endswith("A sentence more.")


def test_a_changed_map_takes_the_place_of_the_old_unless_somebody_wrote_in_it(course):
    lessons.copy(course)
    shipped, copy = course / "notebooks" / "README.md", course / "my-lessons" / "README.md"
    shipped.write_text(shipped.read_text(encoding="utf-8") + "\nOne.\n", encoding="utf-8")
    assert lessons.copy(course) == []
    assert copy.read_text(encoding="utf-8").endswith("One.\n")
    copy.write_text("my notes", encoding="utf-8")
    shipped.write_text(shipped.read_text(encoding="utf-8") + "\nTwo.\n", encoding="utf-8")
    assert "README_2.md" in lessons.copy(course)[0]
    assert copy.read_text(encoding="utf-8") == "my notes"


@pytest.mark.parametrize("record", ["", "{", "[]", '{"01_eda.ipynb": 3}', "\0"])
def test_without_a_readable_record_nothing_is_lost(course, record):
    lessons.copy(course)
    answered = answer(course / "my-lessons" / NAMES[0], "['None']")
    (course / "my-lessons" / ".course.json").write_text(record)
    assert any("01_eda_2.ipynb" in line for line in lessons.copy(course))
    assert (course / "my-lessons" / NAMES[0]).read_bytes() == answered
    assert lessons.copy(course) == []


def test_a_disk_that_fills_leaves_no_half_of_a_copy_and_the_rest_comes_later(course, monkeypatch):
    whole, written = Path.write_bytes, []

    def fill(path, content):
        if len(written) == 3:
            whole(path, content[:100])
            raise OSError(28, "No space left on device")
        written.append(path)
        return whole(path, content)

    monkeypatch.setattr(Path, "write_bytes", fill)
    with pytest.raises(OSError, match="No space"):
        lessons.copy(course)
    assert listing(course) == sorted([".course.json", *NAMES[:3]])
    monkeypatch.undo()
    (line,) = lessons.copy(course)
    assert line.endswith(", ".join(NAMES[3:]))


def test_where_the_lessons_are_not_one_line_says_what_to_do(tmp_path):
    with pytest.raises(UserError, match="not the lessons; clone the course"):
        lessons.copy(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_lesson_that_is_no_notebook_any_more_is_named(course):
    (course / "notebooks" / NAMES[2]).write_text("<<<<<<< HEAD")
    with pytest.raises(UserError, match=rf"{NAMES[2]}: is no notebook any more; restore"):
        lessons.copy(course)


def test_the_command_says_what_is_new_and_then_that_nothing_is(course, monkeypatch):
    monkeypatch.setattr(lessons.copy, "__defaults__", (course,))
    for expected in ("Copied into my-lessons", "my-lessons: nothing new."):
        result = CliRunner().invoke(main, ["lessons"])
        assert result.exit_code == 0
        assert result.stdout.startswith(expected)


def test_a_class_of_thirty_loses_no_answer_in_an_update(course):
    desks = [course.with_name(f"desk-{number}") for number in range(30)]
    for desk in desks:
        shutil.copytree(course, desk)
        lessons.copy(desk)
    answers = {
        desk: (name, answer(desk / "my-lessons" / name, f"'{desk.name}'"))
        for desk, name in zip(desks, NAMES[:-1] * 5, strict=False)
    }
    assert len(answers) == 30
    change(course, NAMES[0])
    change(course, NAMES[3])
    for desk in desks:
        shutil.copytree(course / "notebooks", desk / "notebooks", dirs_exist_ok=True)
        said = lessons.copy(desk)
        assert [name for name in NAMES if any(name in line for line in said)] == [
            NAMES[0],
            NAMES[3],
        ]
    for desk, (name, content) in answers.items():
        assert (desk / "my-lessons" / name).read_bytes() == content
        for changed in (NAMES[0], NAMES[3]):
            beside = desk / "my-lessons" / changed.replace(".ipynb", "_2.ipynb")
            assert read(beside).cells[-1].source.endswith("A sentence more.")
        assert len(listing(desk)) == len(NAMES) + 3


def test_what_a_learner_writes_is_neither_linted_nor_collected(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "my-lessons").mkdir()
    cell = nbformat.v4.new_code_cell("import os; answer=undefined")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.write(notebook, tmp_path / "my-lessons" / "01_eda.ipynb")
    (tmp_path / "other.py").write_text("x = 1\n")
    checked = [sys.executable, "-m", "ruff", "check", "--no-cache", "."]
    subprocess.run(checked, cwd=tmp_path, check=True, capture_output=True)
    collected = [sys.executable, "-m", "pytest", "--nbval", "--collect-only", "-q", "."]
    done = subprocess.run(collected, cwd=tmp_path, capture_output=True, text=True)
    assert "01_eda" not in done.stdout
    assert done.returncode == 5, done.stdout  # nothing is collected


def test_the_settings_of_jupyterlab_name_what_the_copies_hold():
    config = (ROOT / "notebooks" / "lab" / "config.py").read_text(encoding="utf-8")
    assert f"/lab/tree/{lessons.COPIES}/{NAMES[0]}" in config
    overrides = json.loads((ROOT / "notebooks" / "lab" / "overrides.json").read_text())
    assert "Markdown Preview" in str(overrides)
