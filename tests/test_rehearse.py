"""The rehearsal of Colab finds its Pythons, or says in one line what it needs."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import rehearse

OWN = "{}.{}".format(*sys.version_info)


def test_a_python_that_is_not_there_or_starts_nothing_is_passed_over(tmp_path, monkeypatch):
    shim = tmp_path / f"python{OWN}"
    shim.write_text("#!/bin/sh\necho 'no such version' >&2\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert rehearse.find_python(OWN) == sys.executable


def test_without_a_python_of_the_version_one_line_says_which_is_needed():
    with pytest.raises(SystemExit) as stopped:
        rehearse.find_python("2.5")
    assert str(stopped.value) == (
        "Colab's rehearsal needs python2.5 with its venv module, and finds none."
    )


def test_without_git_one_line_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="needs git"):
        rehearse.main()


def test_what_is_misspelt_is_refused_before_an_environment_is_made(monkeypatch):
    monkeypatch.setattr(rehearse, "make_image", lambda *_: pytest.fail("made one"))
    with pytest.raises(SystemExit, match=r"^There is no stack colabb; name one of colab, oldest$"):
        rehearse.main("colabb")
    with pytest.raises(SystemExit, match=r"^There is no lesson 99; give a number such as 04$"):
        rehearse.main("colab", "99")


@pytest.fixture
def rehearsed(monkeypatch):
    """Of a rehearsal in which nothing is installed or executed, what would be."""
    seen = []

    def note(lesson, image, served, has_weights=False):
        seen.append((image.name, lesson.name[:2], has_weights))
        if lesson.name.startswith("06"):
            sys.exit("06 failed")

    monkeypatch.setattr(rehearse, "find_python", lambda version: sys.executable)
    monkeypatch.setattr(rehearse, "make_image", lambda stack, folder: folder)
    monkeypatch.setattr(rehearse, "rehearse", note)
    return seen


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_a_lesson_is_rehearsed_alone_and_lesson_8_with_its_weights_too(rehearsed):
    rehearse.main("oldest", "04")
    rehearse.main("colab", "08")
    assert sorted(rehearsed) == [
        ("colab", "08", False), ("colab", "08", True), ("oldest", "04", False),
    ]  # fmt: skip


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_a_lesson_that_fails_ends_the_rehearsal(rehearsed):
    with pytest.raises(SystemExit, match="06 failed"):
        rehearse.main()
    assert ("colab", "08", True) in rehearsed


def test_a_runtime_has_the_packages_of_the_image_and_keeps_its_own_to_itself(tmp_path):
    image = Path(sys.executable)
    one, other = (rehearse.make_runtime(image, tmp_path / name) for name in ("one", "other"))
    (rehearse.site_packages(one) / "of_a_lesson.py").touch()
    look = "import importlib.util as u; print(*(u.find_spec(n) is not None for n in {}))"
    look = look.format(["numpy", "pip", "of_a_lesson"])
    found = [
        subprocess.check_output([python, "-c", look], text=True).split()
        for python in (one, other, image)
    ]
    assert found == [["True"] * 3, ["True", "True", "False"], ["True", "True", "False"]]
    assert rehearse.site_packages(one).is_relative_to(tmp_path)


def test_where_pip_builds_a_package_the_image_is_hidden(tmp_path):
    python = rehearse.make_runtime(Path(sys.executable), tmp_path / "runtime")
    (tmp_path / "setup.py").write_text("import setuptools\nsetuptools.setup(name='built')\n")
    (tmp_path / "pyproject.toml").write_text("[build-system]\nrequires = []\n")  # not setuptools
    command = [python, "-m", "pip", "wheel", "--use-pep517", "--no-deps", "--no-index", tmp_path]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0
    assert "'setuptools" in done.stdout + done.stderr
