"""The files around the package agree with each other."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent


def lines(name):
    text = (ROOT / name).read_text(encoding="utf-8").replace("'", '"')
    return [line.strip() for line in text.splitlines()]


def test_what_the_package_needs_stands_in_the_requirements_with_the_same_range():
    # By hand, since Python 3.10 has no TOML reader.
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.search(r"^dependencies = \[\n(.*?)^\]", project, re.MULTILINE | re.DOTALL)[1]
    dependencies = re.findall(r'^    "(.*)",$', listed, re.MULTILINE)
    assert len(dependencies) > 5
    for dependency in dependencies:
        assert dependency.replace("'", '"') in lines("requirements.txt")


@pytest.mark.parametrize("stack", ["classic", "current"])
def test_a_stack_pins_every_direct_requirement_exactly(stack):
    pinned = {line.partition("==")[0].lower() for line in lines(f"constraints/{stack}.txt")}
    for requirement in lines("requirements.txt"):
        if name := re.match(r"[a-z][\w-]*", requirement):
            marker = requirement.partition(";")[2]
            if stack == "current" and 'python_version < "3.12"' in marker:
                continue
            assert name[0].lower() in pinned, requirement


def test_the_wheel_carries_files_that_exist():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.search(r"package-data\]\n(.*?)\n\n", project, re.DOTALL)[1]
    folders = {"ner_tutorial": "ner_tutorial", "ner_tutorial.data": "data"}
    packages = re.findall(r'^"?([\w.]+)"? = \[(.*)\]$', listed, re.MULTILINE)
    files = {package: re.findall(r'"(.*?)"', names) for package, names in packages}
    carried = [ROOT / folders[package] / name for package in files for name in files[package]]
    assert set(files) == set(folders)
    assert all(path.is_file() for path in carried)
    assert ROOT / "ner_tutorial" / "py.typed" in carried
    data = {path for path in (ROOT / "data").iterdir() if path.suffix in (".csv", ".json")}
    assert data - set(carried) == {ROOT / "data" / "sample_frames.csv"}  # for the tests alone


# In place of a Python: notes what pip is asked to do, and does the rest with the real one.
STAND_IN = """\
#!/bin/sh
case "$1 $2 $3" in
"-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"-m pip wheel") echo "$@" >> asked && mkdir -p wheelhouse/partial/wheels &&
    touch wheelhouse/partial/wheels/numpy-1.whl wheelhouse/partial/wheels/ner_tutorial-1.whl ;;
"-m pip"*) echo "$@" >> asked ;;
*) exec "{python}" "$@" ;;
esac
"""


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_a_wheelhouse_holds_the_stacks_pins_and_serves_its_own_python_alone(tmp_path):
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "constraints", tmp_path / "constraints")
    python = tmp_path / "stand-in"
    python.write_text(STAND_IN.format(python=sys.executable))
    python.chmod(0o755)
    outer = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}

    def asked(target):
        (tmp_path / "asked").unlink(missing_ok=True)
        subprocess.run(["make", target, f"PYTHON={python}"], cwd=tmp_path, env=outer, check=True)
        line, *others = (tmp_path / "asked").read_text().splitlines()
        assert "--use-pep517" in line  # seqeval's source fails to build with pip's older way
        assert all("--no-deps" in other for other in others)  # lesson 8's weights name PyTorch
        return [line, *others]

    version = "{}.{}".format(*sys.version_info)
    stack = "classic" if version in ("3.10", "3.11") else "current"
    pins = f"-r requirements.txt -c constraints/{stack}.txt"
    other = tmp_path / "wheelhouse" / "3.9" / "numpy-1.whl"
    other.parent.mkdir(parents=True)
    other.touch()
    weights = "-r constraints/encoder.txt"
    assert "--no-index" not in " ".join(asked("encoder"))
    gathered, gathered_weights = asked("wheelhouse")
    assert gathered.endswith(pins)
    assert gathered_weights.endswith(weights)
    assert "setuptools" in gathered  # builds the course's own package, offline
    assert [path.name for path in (tmp_path / "wheelhouse" / version).iterdir()] == ["numpy-1.whl"]
    assert {path.name for path in (tmp_path / "wheelhouse").iterdir()} == {version, "3.9"}
    assert other.exists()
    shutil.rmtree(tmp_path / ".venv")
    local = f"--no-index --find-links wheelhouse/{version}"
    installed, installed_weights = asked("encoder")
    assert installed.endswith(f"{local} {pins}")
    assert installed_weights.endswith(f"{local} {weights}")


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_make_takes_the_python_of_a_wheelhouse_unless_an_environment_is_there(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    for place in ("bin/python3.11", "bin/python3.12", ".venv/bin/python"):
        python = tmp_path / place
        python.parent.mkdir(parents=True, exist_ok=True)
        python.write_text("#!/bin/sh\n")  # whatever it is asked, it is content
        python.chmod(0o755)

    def taken():
        path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
        command = ["make", "--dry-run", "wheelhouse"]
        outer = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "PYTHON"))}
        told = subprocess.check_output(command, cwd=tmp_path, env=outer | {"PATH": path}, text=True)
        return re.search(r"(\S+) -m venv", told)[1]

    assert taken() == ".venv/bin/python"
    (tmp_path / "wheelhouse" / "3.12").mkdir(parents=True)
    assert taken() == "python3.12"
    (tmp_path / ".venv" / ".installed").touch()
    assert taken() == ".venv/bin/python"


def test_the_readme_names_the_two_commands_and_every_lesson():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make lab" in readme
    assert "make test" in readme
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"(notebooks/{path.name})" in readme


def test_gmb_is_not_part_of_the_repository():
    assert "data/ner_dataset.csv" in lines(".gitignore")


def test_the_readmes_example_of_the_crf_layer_runs():
    (example,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    names = {"x": np.array([[7, 8, 9], [3, 4, 0]]), "y": np.array([[1, 2, 0], [3, 4, 0]])}
    exec(example, names)
    assert names["tagger"].predict(names["x"], verbose=0).shape == (2, 3)


def test_every_place_that_names_the_version_names_the_same():
    version = re.search(r'^version = "(.*)"$', "\n".join(lines("pyproject.toml")), re.MULTILINE)[1]
    for name, shown in {
        "ner_tutorial/__init__.py": f'__version__ = "{version}"',
        "CITATION.cff": f"version: {version}",
        "INSTALL.md": f"@v{version}",
        "CHANGELOG.md": f"## [{version}] - 20",
    }.items():
        assert shown in (ROOT / name).read_text(encoding="utf-8"), name
    assert f"...v{version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
