"""The files around the package agree with each other."""

import re
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
