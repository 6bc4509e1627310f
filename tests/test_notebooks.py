"""The rules that every lesson keeps."""

import ast
import re
import statistics
import sys
import types
from pathlib import Path

import badges
import nbformat
import pytest

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
LESSONS = sorted(FOLDER.glob("*.ipynb"))
MAP = FOLDER / "README.md"


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def lesson(request):
    return nbformat.read(request.param, as_version=4)


def code_cells(lesson):
    return [cell for cell in lesson.cells if cell.cell_type == "code"]


def prose(lesson):
    return "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")


def test_there_are_lessons_numbered_without_a_gap():
    assert [int(path.name[:2]) for path in LESSONS] == list(range(1, len(LESSONS) + 1))
    assert len(LESSONS) >= 5


def test_a_lesson_opens_with_its_question_its_aims_its_needs_and_its_minutes(lesson):
    opening = lesson.cells[0].source
    assert re.match(r"# Lesson \d\. ", opening)
    for part in ("**The question.**", "**After this lesson you can**", "**You need**", "minutes"):
        assert part in opening or (part == "minutes" and "an hour" in opening)


def test_a_lesson_closes_with_a_recap_of_at_most_five_lines(lesson):
    recap = lesson.cells[-1].source.split("## Recap")[1].split("**Next:**")[0]
    assert 3 <= sum(line.startswith("- ") for line in recap.splitlines()) <= 5


def test_a_lessons_sections_are_numbered_without_a_gap(lesson):
    number = re.match(r"# Lesson (\d)", lesson.cells[0].source)[1]
    sections = re.findall(rf"^## {number}\.(\d+) ", prose(lesson), re.MULTILINE)
    assert sections == [str(place) for place in range(1, len(sections) + 1)]
    assert len(sections) >= 5


def test_code_cells_are_short(lesson):
    lines = [len(cell.source.splitlines()) for cell in code_cells(lesson)]
    assert statistics.median(lines) <= 5
    assert max(lines) <= 20


def test_there_are_15_to_25_words_of_prose_a_code_line(lesson):
    own = [cell for cell in code_cells(lesson) if cell.id not in (badges.SETUP_ID, badges.GMB_ID)]
    lines = sum(bool(line.strip()) for cell in own for line in cell.source.splitlines())
    assert 15 <= len(prose(lesson).split()) / lines <= 25


def test_every_code_cell_was_executed_in_order(lesson):
    # nbval compares nothing, silently, in a cell without an execution count.
    counts = [cell.execution_count for cell in code_cells(lesson)]
    assert counts == list(range(1, len(counts) + 1))


def test_no_stored_output_is_an_error_or_went_to_standard_error(lesson):
    for cell in code_cells(lesson):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", cell.source


def test_nbval_compares_at_least_five_outputs_of_a_lesson(lesson):
    with_output = [cell for cell in code_cells(lesson) if cell.outputs]
    ignored = [c for c in with_output if "nbval-ignore-output" in c.metadata.get("tags", [])]
    assert len(with_output) - len(ignored) >= 5


def test_nothing_names_a_path_of_the_machine_it_ran_on(lesson):
    assert not re.search(r"/(home|root|tmp|Users|work)/|[A-Z]:\\\\", nbformat.writes(lesson))


def test_the_first_output_that_reads_a_corpus_says_which(lesson):
    cells = [c for c in code_cells(lesson) if "corpus.find_corpus" in c.source]
    assert cells[0].outputs[0].text.startswith("sample.csv: ")


def test_every_figure_is_followed_by_prose_that_says_what_to_see(lesson):
    for cell, after in zip(lesson.cells, lesson.cells[1:], strict=False):
        if cell.cell_type == "code" and any(
            "image/png" in output.get("data", {}) for output in cell.outputs
        ):
            assert after.cell_type in ("markdown", "code")
            nearby = after.source if after.cell_type == "markdown" else prose(lesson)
            assert re.search(r"[Ww]hat to see|figure shows|[Oo]n the left", nearby), cell.source


LENGTHS = "{name: len(part) for name, part in parts._asdict().items()}"


def looks_at_the_test_part(source):
    """Whether code does more with the test part than to count its sentences."""
    source = "\n".join(line for line in source.splitlines() if line[:1] not in "%!")
    tree = ast.parse(source.replace(LENGTHS, "{}"))
    allowed = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "len":
            allowed |= {id(argument) for argument in node.args}  # len(parts.test)
        if isinstance(node, ast.Attribute) and node.attr in ("train", "validation"):
            allowed.add(id(node.value))
        if isinstance(node, ast.Attribute) and id(node) in allowed:
            allowed.add(id(node.value))
    for node in ast.walk(tree):
        name = getattr(node, "attr", None) or getattr(node, "id", None)
        is_read = not isinstance(getattr(node, "ctx", None), ast.Store)
        if name in ("parts", "test", "test_part") and is_read and id(node) not in allowed:
            return True
        if name == "figures" or (name == "run" and ast.unparse(node) == "experiment.run"):
            return True  # which score the test part
    return False


@pytest.mark.parametrize("path", LESSONS[:5], ids=lambda path: path.stem)
def test_lessons_1_to_5_do_no_more_with_the_test_part_than_count_it(path):
    lesson = nbformat.read(path, as_version=4)
    assert not [c.source for c in code_cells(lesson) if looks_at_the_test_part(c.source)]


def test_lesson_6_opens_the_test_part_in_one_cell_and_the_map_names_that_lesson():
    lesson = nbformat.read(next(p for p in LESSONS if p.name.startswith("06")), as_version=4)
    opened = [c.source for c in code_cells(lesson) if looks_at_the_test_part(c.source)]
    assert len(opened) == 1
    row = re.search(r"^\|.*06_beyond_the_baseline.*$", MAP.read_text("utf-8"), re.MULTILINE)
    assert "test part" in row[0]


@pytest.mark.parametrize(
    ("source", "opens"),
    [
        ("print(len(parts.test))", False),
        ("{name: len(part) for name, part in parts._asdict().items()}", False),
        ("true = [s.tags for s in parts.test]", True),
        ("train, test = (encode(part) for part in parts)", True),
        ("predict_tags(model, test.words)", True),
        ("true = [s.tags for s in parts.validation]", False),
        ("_, _, drawer = parts", True),
        ("score(parts[-1])", True),
        ("getattr(parts, 'test')", True),
        ("for part in parts: print(evaluate(part), len(part))", True),
        ("len([s for s in parts.test if s])", True),
        ("[*parts]", True),
        ("experiment.run('crf', corpus).figures", True),
        ("parts = batching.split(sentences)", False),
    ],
)
def test_code_that_looks_at_the_test_part_is_recognised(source, opens):
    assert looks_at_the_test_part(source) == opens


def test_links_between_lessons_lead_somewhere(lesson):
    for target in re.findall(r"\]\(((?!https:)[^)#]+\.ipynb)\)", prose(lesson)):
        assert (FOLDER / target).exists(), target


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_badge_and_set_up_cell_agree_with_the_address_and_the_lessons_path(path):
    lesson = nbformat.read(path, as_version=4)
    assert badges.badge(f"notebooks/{path.name}") in lesson.cells[0].source
    first = code_cells(lesson)[0]
    assert first.source == badges.setup(path.name)
    assert first.outputs == []
    assert "--use-pep517" in first.source  # seqeval's source fails to build with pip's older way


def test_a_set_up_cell_that_cannot_reach_the_course_says_so_in_one_line(
    monkeypatch, capfd, tmp_path
):
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{(tmp_path / 'nowhere').as_uri()}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", badges.ADDRESS)
    monkeypatch.setenv("PIP_DRY_RUN", "1")
    with pytest.raises(SystemExit, match=r"run this again\. fatal: .*nowhere") as raised:
        exec(badges.setup("01_eda.ipynb"), {})
    assert "\n" not in str(raised.value)
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_writing_the_badges_again_changes_nothing(path):
    lesson = nbformat.read(path, as_version=4)
    badges.write(lesson, path.name)
    assert nbformat.writes(lesson) + "\n" == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["README.md", "notebooks/README.md"])
def test_a_page_with_a_table_of_lessons_has_their_badges(page):
    text = (FOLDER.parent / page).read_text(encoding="utf-8")
    assert badges.with_badges(text) == text
    for path in LESSONS:
        assert badges.badge(f"notebooks/{path.name}") in text
