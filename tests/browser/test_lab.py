"""JupyterLab as `make lab` opens it, over a copy of the course, in a real browser."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from ner_tutorial import exercises, lessons

ROOT = Path(__file__).resolve().parent.parent.parent
LESSON = "01_eda.ipynb"
LINK = re.compile(r"(?<!!)\[[^]]*\]\((?!https?:)([^)\s]+)\)")
NOT_THE_COURSE = shutil.ignore_patterns(
    ".*", "build", "wheelhouse", "my-lessons", "__pycache__", "*.egg-info", "ner_dataset.csv"
)

# As a version manager would, a shell's start-up file puts other programs first.
BASHRC = "export PATH=/usr/bin:/bin\n"

# The contrast of each text with what is behind it, as WCAG counts it.
CONTRAST = """all => {
    const read = colour => colour.match(/[\\d.]+/g).map(Number);
    const ground = node => {
        const [red, green, blue, covers = 1] = read(getComputedStyle(node).backgroundColor);
        if (covers === 1) return [red, green, blue];
        const below = ground(node.parentElement);
        return [red, green, blue].map((part, at) => covers * part + (1 - covers) * below[at]);
    };
    const light = colour => {
        const [red, green, blue] = colour.map(part => part / 255).map(
            part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
        );
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    return all.map(node => {
        const both = [light(read(getComputedStyle(node).color)), light(ground(node))];
        return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    });
}"""

# What stands before each cell of code: a number, if it has run.
PROMPTS = """[...document.querySelectorAll(".jp-CodeCell .jp-InputArea-prompt")].map(
    prompt => prompt.textContent
)"""

# The colour and opacity of each image's corner.
CORNERS = """all => all.map(image => {
    const paint = document.createElement("canvas").getContext("2d");
    paint.drawImage(image, 0, 0);
    return [...paint.getImageData(2, 2, 1, 1).data];
})"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the course, in which nothing has been done yet."""
    folder = tmp_path_factory.mktemp("desk") / "course"
    shutil.copytree(ROOT, folder, ignore=NOT_THE_COURSE)
    return folder


def is_open(port):
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def wait_until(is_true, seconds=60):
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end
        time.sleep(0.2)


@pytest.fixture(scope="module")
def address(course, browser):
    """Where JupyterLab answers, once `make lab` has started it in the environment of the tests."""
    home = course.parent / "home"
    home.mkdir()
    (home / ".bashrc").write_text(BASHRC)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    outer = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "JUPYTER"))}
    settings = {
        "HOME": str(home),
        "SHELL": shutil.which("bash"),
        "BROWSER": "true",  # the program of that name, which opens nothing
        "JUPYTER_PORT": str(port),
        "JUPYTER_TOKEN": "desk",
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(course),  # else kernels would find the package that is installed
    }
    # -o: the environment is there. BIN: it is the one of the tests.
    command = [shutil.which("make"), "-o", "env", "lab", f"BIN={Path(sys.executable).parent}"]
    with open(home / "log", "w") as log:
        lab = subprocess.Popen(
            command, cwd=course, env=outer | settings, stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    try:
        wait_until(lambda: lab.poll() is not None or is_open(port))
        assert lab.poll() is None, (home / "log").read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(lab.pid, signal.SIGTERM)
        lab.wait()


@pytest.fixture
def lab(page, course, address):
    """JupyterLab with lesson 01 as the course has it, a new kernel, and none of the tabs of a test
    before."""
    sessions, allowed = f"{address}/api/sessions", {"Authorization": "token desk"}
    for session in page.request.get(sessions, headers=allowed).json():
        page.request.delete(f"{sessions}/{session['id']}", headers=allowed)
    (course / "my-lessons" / LESSON).unlink()
    lessons.copy(course)
    page.set_viewport_size({"width": 1400, "height": 900})
    page.goto(f"{address}/?token=desk")
    page.goto(f"{page.url}?reset")
    panel = page.locator(".jp-NotebookPanel")
    panel.locator(".jp-CodeCell .cm-content").nth(30).wait_for(timeout=60_000)
    panel.locator("[data-status=idle]").first.wait_for(timeout=60_000)
    return page


def choose(page, *names):
    """Click through the menus."""
    page.get_by_role("menuitem", name=names[0], exact=True).first.click()
    for name in names[1:]:
        page.locator(".lm-Menu-itemLabel").get_by_text(name, exact=True).click()


def run_all(page, command="Run All Cells"):
    """Run every cell, and wait for the last."""
    choose(page, "Run", command)
    if "Restart" in command:
        page.locator(".jp-Dialog").get_by_role("button", name="Confirm").click()
    wait_for_the_last(page)


def run_each_twice(page):
    """Run every cell, and at once again before the next, and wait for the last."""
    page.locator(".jp-NotebookPanel h1").click()
    for _ in range(page.locator(".jp-NotebookPanel .jp-Cell").count() - 1):
        page.keyboard.press("Control+Enter")
        page.keyboard.press("Shift+Enter")
    page.keyboard.press("Control+Enter")  # at the end the other would add a cell
    wait_for_the_last(page)


def wait_for_the_last(page):
    page.wait_for_function(f"{PROMPTS}.includes('[*]:')")
    page.wait_for_function(f"{PROMPTS}.every(text => /\\d/.test(text))", timeout=120_000)


def cell_with(page, text):
    return page.locator(".jp-NotebookPanel .jp-CodeCell", has_text=text)


def write(page, cell, code):
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(code)


def read(cell):
    return "\n".join(cell.locator(".jp-OutputArea-output").all_text_contents())


def test_the_first_opening_shows_lesson_1_without_outputs_and_its_set_up_cells_folded(lab):
    assert lab.title().startswith(LESSON)
    assert lab.locator(".jp-NotebookPanel h1").inner_text().startswith("Lesson 1")
    assert lab.locator(".jp-OutputArea-output").count() == 0
    folded = lab.locator(".jp-CodeCell:has(.jp-InputPlaceholder)")
    assert folded.count() == 2
    assert all("make badges" in text for text in folded.all_inner_texts())
    assert not lab.get_by_text("import subprocess").is_visible()


def test_what_a_prediction_comes_to_is_seen_when_it_is_opened_and_what_stands_below_it_at_once(lab):
    text = lab.locator(".jp-NotebookPanel .jp-RenderedMarkdown")
    answer = text.get_by_text("for a missing value. It has done so since")
    assert not answer.is_visible()
    assert text.get_by_text("Now comes accident three").is_visible()
    text.locator("summary", has_text="When you have run the cell").first.click()
    assert answer.is_visible()


def test_nothing_asks_or_warns_and_nothing_counts_as_changed_that_was_only_opened(lab):
    lab.wait_for_timeout(1000)
    assert lab.locator(".jp-Dialog, .Toastify__toast").count() == 0
    assert lab.locator(".lm-TabBar-tab.jp-mod-dirty").count() == 0


def test_the_map_is_one_click_away_and_shown_as_it_is_to_be_read(lab):
    lab.locator(".jp-DirListing-item", has_text="README.md").click()
    title = lab.locator(".jp-MarkdownViewer h1")
    title.wait_for()
    assert title.inner_text().startswith("The lessons: a map")


def answered(name, answer):
    """The source of an exercise's cell with code in place of the dots."""
    lesson = nbformat.read(ROOT / "notebooks" / LESSON, as_version=4)
    (cell,) = (cell for cell in lesson.cells if f'exercises.check("{name}"' in cell.source)
    return re.sub(r"^answer = \.\.\..*$", lambda _: answer, cell.source, flags=re.MULTILINE)


# Each exercise with a value for an answer; a list with one number is wrong in all of them.
ASKED = [
    name
    for name, asked in exercises.EXERCISES.items()
    if name.startswith("01") and "answer =" in asked.solution
]
WRONG = "answer = [-1]"


def test_lesson_1_answers_back_runs_to_its_end_each_cell_twice_and_again_after_a_restart(lab):
    assert len(ASKED) >= 3
    cells = {name: cell_with(lab, f'exercises.check("{name}"') for name in ASKED}
    for name, cell in cells.items():
        write(lab, cell, answered(name, WRONG))
    run_each_twice(lab)
    for name, cell in cells.items():
        assert read(cell).startswith(f"{name}: not yet. "), name
    for name, cell in cells.items():
        write(lab, cell, answered(name, exercises.EXERCISES[name].solution))
    run_all(lab, "Restart Kernel and Run All Cells…")
    for name, cell in cells.items():
        assert read(cell).startswith(f"{name}: right. "), name
    assert lab.locator("[data-mime-type*=error], [data-mime-type*=stderr]").count() == 0


def test_a_cell_that_takes_long_is_interrupted_and_the_kernel_goes_on(lab):
    cell = lab.locator(".jp-CodeCell").nth(2)
    write(lab, cell, "kept = 6\nimport time; print('begun')\ntime.sleep(3600)")
    lab.keyboard.press("Control+Enter")
    cell.get_by_text("begun", exact=True).wait_for(timeout=60_000)
    lab.keyboard.press("Escape")
    lab.get_by_role("button", name="Interrupt the kernel").first.click()
    cell.get_by_text("KeyboardInterrupt").first.wait_for()
    write(lab, cell, "print(kept * 7)")
    lab.keyboard.press("Control+Enter")
    cell.get_by_text("42", exact=True).wait_for()


def text_of(path):
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    lesson = nbformat.read(path, as_version=4)
    return "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")


@pytest.mark.parametrize("document", [LESSON, "README.md"])
def test_every_link_to_another_document_opens_it(lab, course, document):
    copy = course / "my-lessons" / document
    links = {target.partition("#")[0] for target in LINK.findall(text_of(copy))} - {""}
    targets = sorted(os.path.relpath(copy.parent / link, course) for link in links)
    assert targets
    lab.locator(".jp-DirListing-item", has_text=document).click()
    own = lab.locator(f'.lm-TabBar-tab[title*="my-lessons/{document}"]')
    for target in targets:
        own.click()
        lab.locator(f'.jp-RenderedMarkdown a[href*="/files/{target}"]:visible').first.click()
        lab.wait_for_url(f"**/lab/tree/{target}*")
        lab.locator("#jp-main-dock-panel :is(h1, .cm-editor):visible").first.wait_for()
        assert lab.locator(".jp-Dialog").count() == 0, target


def test_the_terminal_and_the_cells_know_the_course_whatever_a_shell_puts_first(lab, tmp_path):
    cell = lab.locator(".jp-CodeCell").nth(2)
    write(lab, cell, "!python -m ner_tutorial --help")
    lab.keyboard.press("Control+Enter")
    cell.get_by_text("Usage: ").wait_for()
    choose(lab, "File", "New", "Terminal")
    lab.locator(".jp-Terminal .xterm-helper-textarea").focus()
    lab.keyboard.type(f"cd {tmp_path}; python -m ner_tutorial --help &> partial; mv partial help\n")
    wait_until((tmp_path / "help").exists)
    assert "Usage: " in (tmp_path / "help").read_text()


def test_in_the_dark_theme_entities_can_be_read_and_figures_stand_on_white(lab):
    choose(lab, "Settings", "Theme", "JupyterLab Dark")
    lab.locator("body[data-jp-theme-light=false]").wait_for(state="attached")
    try:
        run_all(lab)
        texts = cell_with(lab, "plots.highlight").locator(
            ".jp-OutputArea-output :is(p, mark, small)"
        )
        assert "Stanford University org" in texts.all_text_contents()
        assert min(texts.evaluate_all(CONTRAST)) >= 4.5
        figures = lab.locator(".jp-RenderedImage img")
        assert figures.count() >= 2
        assert figures.evaluate_all(CORNERS) == [[255, 255, 255, 255]] * figures.count()
    finally:
        choose(lab, "Settings", "Theme", "JupyterLab Light")
