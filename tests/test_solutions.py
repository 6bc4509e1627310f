"""The lessons with their solutions filled in, which are not executed here."""

import re

import nbformat
import pytest
import solutions

from ner_tutorial import exercises

LESSONS = sorted(solutions.execute.FOLDER.glob("*.ipynb"))
DOTS = re.compile(r"^(answer =|\s*(def|class) .*:) \.\.\.(  #|$)", re.MULTILINE)


def code_cells(path, solve=True):
    lesson = nbformat.read(path, as_version=4)
    if solve:
        solutions.solve(lesson)
    return [cell.source for cell in lesson.cells if cell.cell_type == "code"]


def test_each_exercise_is_asked_in_the_lessons_and_none_is_left_unanswered():
    asked = [source for path in LESSONS for source in code_cells(path, solve=False)]
    solved = [source for path in LESSONS for source in code_cells(path)]
    assert sum(bool(DOTS.search(source)) for source in asked) == len(exercises.EXERCISES)
    assert not [source for source in solved if DOTS.search(source)]
    checked = [match[1] for source in solved for match in solutions.CHECK.finditer(source)]
    assert sorted(checked) == sorted(exercises.EXERCISES)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_only_the_answers_differ_and_the_check_stays(path):
    for before, after in zip(code_cells(path, solve=False), code_cells(path), strict=True):
        match = solutions.CHECK.search(before)
        if not match:
            assert after == before
            continue
        assert exercises.EXERCISES[match[1]].solution in after
        assert after.endswith(match[0])
        stays = [line for line in before.splitlines() if not DOTS.search(line)]
        assert [line for line in stays if line not in after.splitlines()] in ([], ["class Words:"])


def test_a_function_with_more_lines_of_its_own_is_replaced_whole():
    source = 'def pad(rows):\n    """Rows."""\n    ...\n\n\nexercises.check("02.5", pad)'
    solved = solutions.solved(source)
    assert "..." not in solved
    assert solved.endswith('\n\n\nexercises.check("02.5", pad)')
    compile(solved, "cell", "exec")


def test_other_code_stays_as_it_is():
    for source in ("answer = ...", "print('...')", "%matplotlib inline", ""):
        assert solutions.solved(source) == source
