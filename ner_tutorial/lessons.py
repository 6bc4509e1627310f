"""The learner's own copies of the lessons, in `my-lessons/` beside `notebooks/`.

A copy has no outputs, so nothing is answered before it is asked. Once it is there it belongs to the
learner: what the course changes later arrives beside it.
"""

import hashlib
import itertools
import json
import platform
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ner_tutorial import files
from ner_tutorial.errors import UserError

COURSE = Path(__file__).resolve().parent.parent
COPIES = "my-lessons"
MAP = "README.md"

# The cells that bring the course to Colab, and the links that open a lesson there. Copies leave the
# links out: their pictures are broken where there is no network.
SETUP_ID = "colab-setup"
GMB_ID = "colab-gmb"
BADGE = r"\[!\[Open In Colab\]\([^)]*\)\]\([^)]*\)(?: \[!\[Binder\]\([^)]*\)\]\([^)]*\))?"

# As JupyterLab would write it on opening a copy, which would then count as changed.
_METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": platform.python_version(),
    },
}

_RECORD = ".course.json"  # in the folder of copies: the fingerprint of what arrived last, by name


class _Edition(NamedTuple):
    """A lesson, or the map, as the course has it now."""

    content: bytes
    fingerprint: str


def copy(course: Path = COURSE) -> list[str]:
    """Bring the copies up to date, and say in a line each what is new.

    What is missing is copied. A copy that is there is never overwritten: if the course has changed
    its lesson since, that arrives beside it under another name, once. (The map is overwritten as
    long as nobody has written in it.)

    Raises:
        UserError: there are no lessons, since the package was installed without the course.
    """
    lessons = sorted((course / "notebooks").glob("0*.ipynb"))
    if not lessons:
        raise UserError(
            f"{course}: the package is installed here, but not the lessons; clone the course, and "
            "start this in its folder"
        )
    folder = course / COPIES
    record = _read_record(folder / _RECORD)
    news, copied = [], []
    for name, edition in _editions(lessons):
        target = folder / name
        if target.exists():
            if record.get(name) == edition.fingerprint:
                continue
            if name != MAP or files.sha256(target) != record.get(name):
                target = _free(target)
                news.append(
                    f"The course has changed {name}. Your copy is as you left it; the new one is "
                    f"{COPIES}/{target.name}"
                )
        else:
            copied.append(name)
        with files.whole(target) as partial:
            partial.write_bytes(edition.content)
        record[name] = edition.fingerprint
        with files.whole(folder / _RECORD) as partial:
            partial.write_text(json.dumps(record, indent=1), encoding="utf-8")
    if copied:
        news.insert(0, f"Copied into {COPIES}, for you to work in: {', '.join(copied)}")
    return news


def _read_record(path: Path) -> dict[str, str]:
    """The fingerprints; none where they cannot be read, and then lessons arrive once more."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _editions(lessons: list[Path]) -> Iterator[tuple[str, _Edition]]:
    notebooks = lessons[0].parent
    elsewhere = {path.name for path in notebooks.iterdir()} - {MAP, *(p.name for p in lessons)}
    for path in lessons:
        yield path.name, _lesson(path, elsewhere)
    content = _moved((notebooks / MAP).read_text(encoding="utf-8"), elsewhere).encode()
    yield MAP, _Edition(content, hashlib.sha256(content).hexdigest())


def _lesson(path: Path, elsewhere: set[str]) -> _Edition:
    """A lesson without outputs. Set-up cells do not count as a change: each release has its own."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise UserError(f"{path}: is no notebook any more; restore the course's file") from None
    text = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
        else:
            cell["source"] = _moved("".join(cell["source"]), elsewhere)
        if cell["id"] not in (SETUP_ID, GMB_ID):
            text.append([cell["cell_type"], "".join(cell["source"])])
    notebook["metadata"] = _METADATA
    content = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    return _Edition(content.encode(), hashlib.sha256(json.dumps(text).encode()).hexdigest())


def _moved(text: str, elsewhere: set[str]) -> str:
    """A text of `notebooks/` as it stands in the folder of copies: without badges, and with links
    to neighbours that are not copied leading to where they are."""

    def link(found: re.Match) -> str:
        return f"](../notebooks/{found[1]}" if found[1] in elsewhere else found[0]

    return re.sub(r"\]\(([^)#\s]+)", link, re.sub(rf"\s*{BADGE}", "", text))


def _free(path: Path) -> Path:
    """The first of name_2, name_3 and so on that no file has."""
    others = (path.with_stem(f"{path.stem}_{number}") for number in itertools.count(2))
    return next(other for other in others if not other.exists())
