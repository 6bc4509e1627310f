"""The code stays small: no function with too many branches, and nothing that nothing uses."""

import re
from pathlib import Path

import nbformat
import pytest
from radon.complexity import cc_visit
from vulture import Vulture

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(
    path
    for folder in ("ner_tutorial", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
    if path.parent.name != ".ipynb_checkpoints"  # JupyterLab's copies of what was opened in it
)
MOST_BRANCHES = 10  # a function, as radon counts them: grade B

# What no code of ours names, and why it is there all the same.
CALLED_FROM_OUTSIDE = {
    "call": "Keras calls a layer's and a model's",
    "build": "Keras builds a layer so",
    "built": "Keras reads it of a layer",
    "input_spec": "Keras checks what a layer is called on against it",
    "from_config": "Keras loads a loss and a metric so",
    "compute_mask": "Keras asks a layer for it",
    "supports_jit": "Keras 3 reads it of a layer",
    "supports_masking": "Keras reads it of a layer",
    "train_step": "Keras calls a model's",
    "on_epoch_begin": "Keras calls a callback's",
    "on_train_begin": "Keras calls a callback's",
    "on_train_batch_end": "Keras calls a callback's",
    "apply_gradients": "Keras calls an optimizer's",
    "auto_shard_policy": "an option of tf.data, which reads it",
    "daemon": "an option of multiprocessing, which reads it",
    "enabled": "an option of tf.data, which reads it",
    "abbrev_types": "a parameter of NLTK's sentence splitter, which reads it",
    "crf_multitag_sequence_score": "tensorflow_addons.text has it, for code that moves over",
}
REGISTERED = ["@exercise", "@main.command"]  # these decorators enter a function into a table


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_function_has_more_branches_than_one_can_hold_in_mind(path):
    for block in cc_visit(path.read_text(encoding="utf-8")):
        for part in (block, *getattr(block, "methods", ())):
            if part.letter != "C":  # a class is as complex as its methods are together
                assert part.complexity <= MOST_BRANCHES, f"{part.name}, line {part.lineno}"


def lessons_code() -> str:
    cells = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                cells.append(cell.source)
    return "\n".join(cells)


def test_everything_in_the_package_and_the_benchmarks_is_used_there_or_in_a_lesson():
    seen = Vulture(ignore_decorators=REGISTERED)
    seen.scan(lessons_code(), filename="lessons")
    for path in SOURCES:
        seen.scan(path.read_text(encoding="utf-8"), filename=path)
    unused = {
        item.name: f"{item.filename}:{item.first_lineno}"
        for item in seen.get_unused_code(min_confidence=60)
        if str(item.filename) != "lessons"
    }
    assert {name: place for name, place in unused.items() if name not in CALLED_FROM_OUTSIDE} == {}
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    for name in CALLED_FROM_OUTSIDE:  # a list that names what is gone is no list
        assert re.search(rf"\b{name}\b", text), name
