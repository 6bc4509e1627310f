"""The rules of the house: which room may look into which, and what is kept in one place alone."""

import ast
import doctest
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from taggers import VOCABULARY, build_random

import ner_tutorial

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "ner_tutorial"
FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.parent.name != ".ipynb_checkpoints")
ORDER = re.search(r"before it: (.*?)\.\sLessons", ner_tutorial.__doc__, re.DOTALL)[1]
ORDER = [*re.split(r",\s+", ORDER), "__main__"]
FOR_LESSONS = {"plots", "exercises"}

# Neither to tag nor to load takes any of these; whoever only does that need not have them.
NOT_TO_TAG = ["pandas", "sklearn", "scipy", "seqeval", "matplotlib"]


def room(path: Path) -> str:
    """The module, or the package, directly below `ner_tutorial`."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def rooms_imported(code: str) -> set[str]:
    """What a file takes from the package, wherever in it an import stands."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # `crf.py` takes `iob2.py` from beside itself, so that the two can be copied.
            assert node.level == 0 or [alias.name for alias in node.names] == ["iob2"]
            module = node.module if node.level == 0 else "ner_tutorial"
            names = [f"{module}.{alias.name}" for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("ner_tutorial.")}
    return found - {"__version__"}


def test_the_docstring_of_the_package_names_every_room_and_each_once():
    rooms = {room(path) for path in FILES} - {"__init__"}
    assert sorted(ORDER) == sorted(rooms - FOR_LESSONS)
    assert rooms >= FOR_LESSONS


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_looks_only_into_those_before_it(path):
    imported, own = rooms_imported(path.read_text(encoding="utf-8")), room(path)
    if own == "__init__":
        assert not imported
    elif own not in FOR_LESSONS:
        assert imported <= {own, *ORDER[: ORDER.index(own)]}


def test_an_import_is_seen_wherever_it_stands():
    code = (
        "import ner_tutorial.cli\ndef f():\n    if x:\n        from ner_tutorial import files, crf"
    )
    assert rooms_imported(code) == {"cli", "files", "crf"}
    assert rooms_imported("from ner_tutorial.readers.gmb import table") == {"readers"}
    assert {"saving", "models", "decoding"} <= rooms_imported(
        (PACKAGE / "tagger.py").read_text(encoding="utf-8")
    )


def test_no_file_of_the_package_is_over_420_lines():
    # All of the CRF stays in one file, so that it can be copied.
    most = {"crf.py": 525}
    lines = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: n for name, n in lines.items() if n > most.get(name, 420)} == {}


# Epochs, batch sizes and learning rates.

SETTING = r"\w*(?:epochs|batch_size|learning_rate)[\"']?"
LITERAL = re.compile(
    rf"{SETTING}(?:\s*:[^,=\n]*)?\s*=\s*[\d.]"  # an argument, a default, a constant
    rf"|{SETTING}\s*:\s*[\d.]"  # an entry of a dictionary
    r"|\bRecipe\(\s*[\d.]",
    re.IGNORECASE,
)


def settings_in(code: str) -> list[str]:
    return [line.strip() for line in code.splitlines() if LITERAL.search(line)]


@pytest.mark.parametrize(
    "code",
    [
        "fit(epochs=9)",
        '{"epochs": 9}',
        "batch_size = 32",
        "learning_rate=0.003",
        "rate(learning_rate=.1)",
        "EPOCHS = 20",
        "BATCH_SIZE = 256",
        "SEARCH_EPOCHS: int = 9",
        "learning_rate: float = 0.001,",
        "learning_rate: float | Schedule = 0.001,",
        "Recipe(9, 32, 0.003)",
    ],
)
def test_a_setting_with_a_number_of_its_own_is_seen(code):
    assert settings_in(code) == [code]


@pytest.mark.parametrize(
    "code",
    [
        "fit(epochs=recipe.epochs, batch_size=size)",
        '"epochs": len(history["loss"]),',
        "if epochs == 9:",
        "batch_size: int = TAGGING_BATCH_SIZE,",
        "learning_rate=recipe.learning_rate / 20",
        "done = epochs[1:2]",
        "batch_size: int,",
        "replace(recipe, **chosen)",
    ],
)
def test_a_setting_that_comes_from_elsewhere_is_let_pass(code):
    assert settings_in(code) == []


def cells(path: Path) -> str:
    lesson = nbformat.read(path, as_version=4)
    return "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "code")


PROGRAMS = [
    *(path for path in FILES if path.name != "recipes.py"),
    *sorted((ROOT / "benchmarks").rglob("*.py")),
    *sorted((ROOT / "notebooks").glob("*.ipynb")),
]


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_epochs_batch_sizes_and_learning_rates_stand_in_the_recipes_alone(path):
    code = cells(path) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")
    assert settings_in(code) == []


# What is needed to tag.

LOADED_BY_THE_TAGGER = f"""
import sys
from ner_tutorial.tagger import Tagger
print([name for name in {[*NOT_TO_TAG, "tensorflow", "nltk"]} if name in sys.modules])
"""

TAG_WITHOUT = f"""
import sys
sys.modules.update(dict.fromkeys({NOT_TO_TAG}))  # so that to import one raises ImportError
from ner_tutorial.tagger import Tagger
import json
found = Tagger.load("joe").tag("Joe Müller went to Rome. Nobody knows Joe.")
print(json.dumps([found.tags, [mention[:4] for mention in found.entities]]))
"""


def start(code: str, folder: Path, *arguments: str) -> subprocess.Popen:
    """A fresh process in a folder, in which the package is found as it is here."""
    return subprocess.Popen(
        [sys.executable, *arguments, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdout=subprocess.PIPE,
        text=True,
    )


def readme_example() -> str:
    """The first lines of Python in the README's section on the CRF layer."""
    sections = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## ")
    (section,) = (text for text in sections if "CRF layer" in text.partition("\n")[0])
    return re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]


ALONE = """
import sys
sys.modules["ner_tutorial"] = None  # so that to import it raises ImportError
import numpy as np
draw = np.random.default_rng(0)
lengths = draw.integers(1, 8, 12)[:, None]
x = np.where(np.arange(7) < lengths, draw.integers(1, 1000, (12, 7)), 0)
y = np.where(x > 0, x % 5, 0)
{example}
import json, os
predicted = tagger.predict(x, verbose=0)
assert predicted.shape == y.shape and not predicted[x == 0].any()
trainer.optimizer.learning_rate = 0.1
history = trainer.fit(x, y, epochs=30, verbose=0).history
right = (tagger.predict(x, verbose=0) == y)[x > 0].mean()
own = {{name for name, module in sys.modules.items() if module and name.startswith("ner_tutorial")}}
print("\\n" + json.dumps([history["loss"][0], history["loss"][-1], right, sorted(own)]))
"""


@pytest.fixture(scope="module")
def tagger():
    return build_random("crf", iob2_only=True)


@pytest.fixture(scope="module", autouse=True)
def processes(tagger, tmp_path_factory):
    """Started before the first test, asked by the last: they need seconds to import TensorFlow."""
    folder = tmp_path_factory.mktemp("elsewhere")
    tagger.save(folder / "joe")
    alone = tmp_path_factory.mktemp("alone")
    for name in ("crf.py", "iob2.py"):
        shutil.copy(PACKAGE / name, alone)
    example = readme_example().replace("from ner_tutorial.crf", "from crf")
    with (
        start(LOADED_BY_THE_TAGGER, folder) as loaded,
        start(TAG_WITHOUT, folder) as without,
        start(ALONE.format(example=example), alone) as crf_alone,
    ):
        yield {"loaded": loaded, "without": without, "alone": crf_alone}


def answer(process: subprocess.Popen) -> str:
    """The last line that a process prints, once it has ended well."""
    output, _ = process.communicate()
    assert process.returncode == 0
    return output.splitlines()[-1]


WITH_EXAMPLES = [path for path in FILES if ">>>" in path.read_text(encoding="utf-8")]


# Those of crf.py take long, and are run in test_crf_layer.py.
@pytest.mark.parametrize(
    "path", [path for path in WITH_EXAMPLES if path.name != "crf.py"], ids=lambda path: path.stem
)
def test_every_example_in_a_docstring_gives_what_it_shows(path):
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    # A tab in a docstring is made spaces by doctest itself.
    module, flags = importlib.import_module(name), doctest.NORMALIZE_WHITESPACE
    result = doctest.testmod(module, optionflags=flags)
    assert result.attempted > 0
    assert result.failed == 0


def test_to_import_the_tagger_imports_nothing_that_takes_long_or_that_it_does_not_need(processes):
    assert answer(processes["loaded"]) == "[]"


def test_a_saved_tagger_tags_where_what_it_does_not_need_cannot_be_imported(processes, tagger):
    tags, mentions = json.loads(answer(processes["without"]))
    found = tagger.tag("Joe Müller went to Rome. Nobody knows Joe.")
    assert tags == found.tags
    assert mentions == [list(mention[:4]) for mention in found.entities]
    assert set(tags) <= set(VOCABULARY.index2tag[1:])


def test_the_readmes_crf_runs_beside_code_of_ones_own_without_the_package(processes):
    first, last, right, own = json.loads(answer(processes["alone"]))
    assert last < first / 2
    assert right > 0.9
    assert own == []
