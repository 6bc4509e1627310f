"""No lesson gives away what it asks: neither above an exercise nor below it.

What a learner sees is the text and the code of the learner's own copy, which has no outputs; a cell
that is folded is not seen. Functions to write are left out, since a lesson derives what they do.
"""

import ast
import builtins
import copy
import itertools
import math
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from ner_tutorial import corpus, exercises
from ner_tutorial.exercises import engine

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
LESSONS = {p.name[:2]: nbformat.read(p, as_version=4) for p in FOLDER.glob("0*.ipynb")}
NAMES = [n for n, e in exercises.EXERCISES.items() if not isinstance(e.expects, engine.Code)]

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?:\s?%)?(?![\w])")

# A guess that is no exercise, how its answer begins, and the prose below guesses that tells none.
GUESS = re.compile(r"\b[Gg]uess (?:before|first|now)|before you (?:run|look|open)\b")
FOLD = "<details><summary>"
SAY_NOTHING = {"l06-34", "l06-78", "l07-23", "l07-31"}


@pytest.fixture(autouse=True)
def on_the_sample(monkeypatch):
    monkeypatch.setenv("NER_TUTORIAL_CORPUS", str(corpus.SAMPLE))


def check_of(name):
    return f'exercises.check("{name}", '


def seen(name):
    """The cells around an exercise that a learner can read: id, whether it is code, and source."""
    cells = LESSONS[name[:2]].cells
    [place] = [i for i, cell in enumerate(cells) if check_of(name) in cell.source]
    for number, cell in enumerate(cells):
        folded = cell.metadata.get("jupyter", {}).get("source_hidden")
        if number != place and not folded:
            text = cell.source
            if number == place - 1:
                text = text.partition("### Exercise")[0]  # what stands above the question
            yield cell.id, cell.cell_type == "code", text


def numbers_in(text):
    """Each number, its place, and by how much it may be rounded; a percentage is a share."""
    for match in NUMBER.finditer(text):
        digits = match[0].rstrip(" %").replace(",", "")
        unit = 0.01 if match[0].endswith("%") else 1
        rounded = 0.5 * 10.0 ** -len(digits.partition(".")[2]) * unit if "." in digits else 0
        yield float(digits) * unit, match.start(), match.end(), rounded


def has_numbers(text, wanted, within):
    """Whether these numbers stand in a text, near to each other and in this order."""
    found = list(numbers_in(text))
    for start in range(len(found) - len(wanted) + 1):
        run = found[start : start + len(wanted)]
        close = all(b[1] - a[2] <= 12 for a, b in itertools.pairwise(run))
        if close and all(
            is_near(value, rounded, right, within)
            for (value, _, _, rounded), right in zip(run, wanted, strict=True)
        ):
            return True
    return False


def is_near(value, rounded, right, within):
    """Whether a number is right, or is the right one in two figures or more."""
    may_be_rounded = right % 1 and rounded <= 0.02 * abs(right)
    return abs(value - right) <= max(within, rounded if may_be_rounded else 0) + 1e-12


def has_items(text, wanted):
    """Whether most of these words stand in a paragraph, each marked as a word."""
    for paragraph in re.split(r"\n\s*\n", text):
        marked = set(re.findall(r"[`*\"']+([^`*\"'\n]+)[`*\"']+", paragraph))
        if len(marked & set(wanted)) >= max(2, math.ceil(0.6 * len(wanted))):
            return True
    return False


class Plain(ast.NodeTransformer):
    """Code without its names: those that stand for a constant are it, others are numbered."""

    def __init__(self, constants):
        self.constants, self.numbered = constants, {}

    def visit_Name(self, node):
        if node.id in self.constants:
            return ast.Constant(self.constants[node.id])
        if hasattr(builtins, node.id):
            return node
        return ast.Name(self.numbered.setdefault(node.id, f"v{len(self.numbered)}"), node.ctx)


SAYING = ast.BinOp | ast.Call | ast.GeneratorExp | ast.ListComp | ast.IfExp | ast.Compare


def formulas(code, only_answers=False):
    """The expressions of a piece of code that say something, without their names.

    Or only those that a function returns, or that are the answer.
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a command of the notebook
        return set()
    assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    constants = {
        target.id: node.value.value
        for node in assigned
        if isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    nodes = [node for node in ast.walk(tree) if isinstance(node, SAYING)]
    if only_answers:
        returned = [node for node in ast.walk(tree) if isinstance(node, ast.Return)]
        answers = [node for node in assigned if ast.unparse(node.targets[0]) == "answer"]
        nodes = [node.value for node in (*returned, *answers)]
    return {
        ast.unparse(Plain(constants).visit(copy.deepcopy(node)))
        for node in nodes
        if node and sum(1 for _ in ast.walk(node)) >= 12
    }


def words_of(text):
    return set(re.findall(r"[a-z]{4,}", text.lower()))


def reason(name, letter):
    """The text of one of the reasons that an exercise offers."""
    cells = LESSONS[name[:2]].cells
    [asked] = [cell.source for cell in cells if f"### Exercise {name} (" in cell.source]
    return re.search(rf"^- \*\*{letter}\*\* (.*)$", asked, re.MULTILINE)[1]


def gives_away(name, is_code, text):
    """Whether a text holds the answer of an exercise, in one of the forms that it can take."""
    exercise = exercises.EXERCISES[name]
    expects, (right, _) = exercise.expects, exercise.answers()
    [own] = [cell.source for cell in LESSONS[name[:2]].cells if check_of(name) in cell.source]
    if is_code and (formulas(exercise.solution, only_answers=True) - formulas(own)) & formulas(
        text
    ):
        return True
    if isinstance(expects, engine.Reason):
        wanted = words_of(reason(name, right))
        paragraphs = re.split(r"\n\s*\n", text)
        return any(len(wanted & words_of(part)) >= 0.8 * len(wanted) for part in paragraphs)
    if isinstance(expects, engine.Items) and isinstance(right[0], str):
        return has_items(text, right)
    if isinstance(expects, engine.Function) or name == "04.1":  # 04.1: one answer of many
        return False
    within = getattr(expects, "within", 0)
    return has_numbers(text, np.ravel(right).astype(float).tolist(), within)


@pytest.mark.parametrize("name", NAMES)
def test_no_lesson_gives_away_an_answer_above_the_exercise_or_below_it(name):
    assert not [(cell, text) for cell, code, text in seen(name) if gives_away(name, code, text)]


@pytest.mark.parametrize(
    ("name", "is_code", "text"),
    [
        ("01.1", False, "It takes *None*, *NA* and `null` for missing."),
        ("01.3", False, "why 86% accuracy can be worth nothing"),
        ("01.3", False, "It has an accuracy of 0.850."),
        ("01.3", False, "that is 86.1% of the words"),
        ("01.3", False, "86.1 %"),
        ("03.2", False, "It has 24,000 parameters"),
        ("03.2", False, "24000 in all"),
        ("03.2", True, "units = 50\ncount = 2 * 4 * units * (size + units + 1)"),
        ("03.2", True, "x = {'bilstm': 2 * 4 * 50 * (width + 50 + 1)}"),
        ("04.2", False, "by 5 and by 0"),
        ("05.2", False, "strictly 0.40, leniently 0.67"),
        ("05.2", False, "that is 40% and 66.7%"),
        ("06.2", False, "a chance of 27%"),
        ("07.1", False, "at the places 0, 3, 5 and 7"),
        ("07.3", True, "assert (start, end) == (21, 24)"),
    ],
)
def test_an_answer_is_found_in_each_form_in_which_it_can_stand(name, is_code, text):
    assert gives_away(name, is_code, text)


@pytest.mark.parametrize(
    ("name", "is_code", "text"),
    [
        ("01.1", False, "The word *None* is read as missing."),
        ("01.3", False, "a tenth of them, 10%, and 0.5"),
        ("03.2", True, "2 * units * 100 + 100"),
        ("04.2", False, "add 5 to each"),
        ("07.1", False, "places 0, 1 and 2"),
    ],
)
def test_what_is_no_answer_is_let_pass(name, is_code, text):
    assert not gives_away(name, is_code, text)


def guesses(cells):
    """Each guess that the prose of a lesson asks for, and the next prose below its code."""
    for place, cell in enumerate(cells):
        if (
            cell.cell_type == "markdown"
            and not cell.source.startswith("### Exercise")
            and GUESS.search(cell.source)
        ):
            yield cell, next(c for c in cells[place + 1 :] if c.cell_type == "markdown")


@pytest.mark.parametrize("lesson", LESSONS)
def test_what_a_guess_comes_to_stands_folded_below_its_cell(lesson):
    for guess, below in guesses(LESSONS[lesson].cells):
        assert below.source.startswith(FOLD) or below.id in SAY_NOTHING, guess.source


def test_guesses_are_found_and_what_need_not_be_folded_is_below_one():
    below = [prose.id for lesson in LESSONS.values() for _, prose in guesses(lesson.cells)]
    assert len(below) >= 10
    assert set(below) >= SAY_NOTHING


def test_a_folded_cell_is_not_seen_and_the_question_itself_is_not_looked_at():
    cells = {cell.id: cell for cell in LESSONS["01"].cells}
    shown = {cell for cell, _, _ in seen("01.1")}
    assert all(not cells[i].metadata.get("jupyter", {}).get("source_hidden") for i in shown)
    [question] = [cell for cell in cells.values() if "### Exercise 01.1 (" in cell.source]
    assert all("### Exercise 01.1 (" not in text for _, _, text in seen("01.1"))
    assert question.id in cells
