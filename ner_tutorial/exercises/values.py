"""Values that come from a learner: compared and shown, whatever they are, without an error."""

import math
import pprint
import reprlib
import textwrap
from typing import Any

import numpy as np


def is_same(right: Any, came: Any) -> bool:
    """Whether two values are equal, numbers nearly; a list, a tuple and an array may be.

    But in place of an array of whole numbers, which may be indices, none of decimal numbers may.
    """
    try:
        if isinstance(right, np.ndarray):
            return _is_same_array(right, came)
        came = came.tolist() if hasattr(came, "tolist") else came
        if isinstance(right, list | tuple):
            is_row = isinstance(came, list | tuple) and len(right) == len(came)
            return is_row and all(map(is_same, right, came))
        return _is_same_item(right, came)
    except Exception:  # whatever will not be compared
        return False


def _is_same_array(right: np.ndarray, came: Any) -> bool:
    if isinstance(came, np.ndarray) and right.dtype.kind + came.dtype.kind == "if":
        return False
    is_row = isinstance(came, list | tuple) or hasattr(came, "shape")
    return is_row and right.shape == np.shape(came) and is_same(right.tolist(), came)


def _is_same_item(right: Any, came: Any) -> bool:
    if isinstance(right, dict):
        is_like = isinstance(came, dict) and right.keys() == came.keys()
        return is_like and all(is_same(right[key], came[key]) for key in right)
    if isinstance(right, int | float) and not isinstance(came, str | bytes):
        is_near = math.isclose(came, right, rel_tol=1e-6, abs_tol=1e-6)
        return is_near or (math.isnan(came) and math.isnan(right))
    return isinstance(came, type(right)) and bool(right == came)


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of an array; of all else, an empty one."""
    try:
        return tuple(getattr(value, "shape", ()))
    except Exception:
        return ()


def what_it_says(error: BaseException) -> str:
    """What an error says, with a colon in front, if it says anything."""
    try:
        text = " ".join(str(error).split()).encode("ascii", "replace").decode()
    except Exception:
        text = ""
    return f": {textwrap.shorten(text, 120)}" if text and " at 0x" not in text else ""


def as_code(value: Any) -> str:
    """A value as it could stand in a cell; what is long or has no such form, in a few words."""
    try:
        is_array = isinstance(value, np.ndarray)
        text = pprint.pformat(_plain(value), width=70, compact=True, sort_dicts=False)
        text = "np.array(" + text.replace("\n", "\n" + 9 * " ") + ")" if is_array else text
        if len(text) < 700 and " at 0x" not in text:
            return text
    except Exception:
        pass  # it has no such form
    return shown(value)


def _plain(value: Any) -> Any:
    """With lists in place of arrays, and numbers of no more than six decimals."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple) and len(value) < 100:
        items = [_plain(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return round(value, 6) if isinstance(value, float) else value


def shown(answer: Any) -> str:
    """An answer in a few words, the same in every run."""
    kind = type(answer).__name__
    try:
        if callable(answer):
            return "a class" if isinstance(answer, type) else "a function"
        if shape := shape_of(answer):
            return f"an array of shape {shape}"
        answer = answer.item() if isinstance(answer, np.generic) else answer
        plain = bool | int | float | str | bytes | range | list | tuple | set | dict | None
        if isinstance(answer, plain):
            text = f"{' '.join(reprlib.repr(answer).split())} ({kind})"
            return text if " at 0x" not in text else f"something of the type {kind}"
    except Exception:
        pass  # it has no readable form
    return f"something of the type {kind}"
