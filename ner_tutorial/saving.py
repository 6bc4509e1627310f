"""A trained model and its vocabulary as a directory that lasts (lesson 04).

It holds JSON and weights, from which the model is built anew: Keras's own `.keras` files do not
pass between Keras 2 and 3, weights do.
"""

import json
import os
import platform
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from jsonschema import Draft202012Validator

from ner_tutorial import __version__, files
from ner_tutorial.errors import TaggerError
from ner_tutorial.models import ARCHITECTURES, build, crf_of
from ner_tutorial.vocabulary import Vocabulary

FORMAT_VERSION = 2

_SETTINGS, _VOCABULARY, _WEIGHTS = "settings.json", "vocabulary.json", "model.weights.h5"
_METRICS = "metrics.json"


def _object(**properties: dict) -> dict:
    """The JSON schema of an object with exactly these keys."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_TEXT = {"type": "string"}
_SETTINGS_SCHEMA = Draft202012Validator(
    _object(
        format={"const": FORMAT_VERSION},
        model={"enum": list(ARCHITECTURES)},
        iob2_only={"type": "boolean"},
        sha256=_object(**{_VOCABULARY: _TEXT, _WEIGHTS: _TEXT}),
        versions={"type": "object"},
        training={
            "type": ["object", "null"],
            "required": ["sha256", "split_seed", "max_length", "long"],
            "properties": {
                "sha256": _TEXT,
                "split_seed": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
                "max_length": {"type": "integer", "minimum": 1},
                "long": {"enum": ["drop", "split"]},
            },
        },
    )
)


class Saved(NamedTuple):
    """What a directory holds.

    Attributes:
        architecture: one of `ARCHITECTURES`.
        model: with its weights.
        vocabulary: the index tables it was trained with.
        training: what it was trained on and how, or None.
    """

    architecture: str
    model: tf.keras.Model
    vocabulary: Vocabulary
    training: dict[str, Any] | None


def save(saved: Saved, directory: str | os.PathLike, metrics: dict | None = None) -> None:
    """Write a model to a new directory, whole or not at all; an old one there is replaced.

    Args:
        saved: what to write.
        directory: where to; missing parents are made.
        metrics: if given, written beside it as `metrics.json`.

    Raises:
        TaggerError: there is something else, which is left alone.
        OSError: it cannot be written.
    """
    check_target(directory)
    vocabulary, crf = saved.vocabulary, crf_of(saved.model)
    tables = {"words": vocabulary.index2word, "tags": vocabulary.index2tag}
    if vocabulary.index2feature:
        tables["features"] = vocabulary.index2feature
    with files.whole_directory(Path(directory)) as new:
        _write_json(new / _VOCABULARY, tables)
        try:
            saved.model.save_weights(new / _WEIGHTS)
        except RuntimeError as error:  # HDF5's, if the disk is full
            raise OSError(str(error).splitlines()[0]) from None
        settings = {
            "format": FORMAT_VERSION,
            "model": saved.architecture,
            "iob2_only": crf is not None and crf.tag_names is not None,
            "sha256": {name: files.sha256(new / name) for name in (_VOCABULARY, _WEIGHTS)},
            "versions": {
                "ner_tutorial": __version__,
                "python": platform.python_version(),
                "tensorflow": tf.__version__,
                "numpy": np.__version__,
            },
            "training": saved.training,
        }
        _write_json(new / _SETTINGS, settings)
        if metrics is not None:
            _write_json(new / _METRICS, metrics)


def load(directory: str | os.PathLike) -> Saved:
    """What is saved in a directory, on whichever Keras version.

    Raises:
        TaggerError: it is not there, incomplete, changed, or of another format.
    """
    directory = Path(directory)
    settings = _read_settings(directory)
    vocabulary = _read_vocabulary(directory, ARCHITECTURES[settings["model"]].reads_form)
    for name, checksum in settings["sha256"].items():
        try:
            found = files.sha256(directory / name)
        except OSError as error:
            raise TaggerError(
                f"{directory / name}: cannot be read ({error.strerror}); copy it again"
            ) from None
        if found != checksum:
            raise TaggerError(
                f"{directory / name}: cannot be read (it is not whole, or was changed "
                "since it was saved); train again, or copy the directory again"
            )
    model = build(settings["model"], vocabulary, settings["iob2_only"])
    if settings["iob2_only"] and crf_of(model) is None:
        raise TaggerError(
            f"{directory / _SETTINGS}: a softmax has no rules to decode by; train again"
        )
    try:
        model.load_weights(directory / _WEIGHTS)
    except Exception as error:  # those of h5py and Keras share no class
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise TaggerError(f"{directory / _WEIGHTS}: cannot be read ({reason})") from None
    return Saved(settings["model"], model, vocabulary, settings["training"])


def check_target(directory: str | os.PathLike) -> None:
    """Raise TaggerError if a model may not be saved there: only a saved one is ever replaced."""
    directory = Path(directory)
    parent = next(path for path in directory.absolute().parents if path.exists())
    if not parent.is_dir():
        raise TaggerError(f"{directory}: cannot be written, since {parent} is no directory")
    if not os.access(parent, os.W_OK):
        raise TaggerError(f"{directory}: cannot be written, since {parent} may not be written to")
    if directory.is_dir() and not any(directory.iterdir()):
        return
    if directory.exists() or directory.is_symlink():
        try:
            _read_settings(directory)
        except TaggerError as error:
            raise TaggerError(f"{error}; it is not replaced: choose another directory") from None


def _read_settings(directory: Path) -> dict[str, Any]:
    path = directory / _SETTINGS
    settings = _read_json(path)
    wrong = {
        error.path[0] if error.path else "" for error in _SETTINGS_SCHEMA.iter_errors(settings)
    }
    if not isinstance(settings, dict) or settings.get("format") != FORMAT_VERSION:
        raise TaggerError(
            f"{path}: not a tagger of format {FORMAT_VERSION}; train again with this version"
        )
    if "model" not in settings or "model" in wrong:
        raise TaggerError(f"{path}: names no model of ours ({', '.join(ARCHITECTURES)})")
    if wrong:
        of_what = "training" if wrong == {"training"} else "tagger"
        raise TaggerError(f"{path}: not the settings of a {of_what}; train again")
    return settings


def _read_vocabulary(directory: Path, with_features: bool) -> Vocabulary:
    path = directory / _VOCABULARY
    names = ["words", "tags", "features"] if with_features else ["words", "tags"]
    texts = {"type": "array", "items": _TEXT, "minItems": 1}
    tables = _read_json(path)
    if not Draft202012Validator(_object(**dict.fromkeys(names, texts))).is_valid(tables):
        raise TaggerError(f"{path}: not a vocabulary (lists of {', '.join(names)})")
    try:
        return Vocabulary(*(tuple(tables[name]) for name in names))
    except ValueError as error:
        raise TaggerError(f"{path}: not a vocabulary ({error})") from None


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TaggerError(f"{path}: {error.strerror}; is this a saved tagger?") from None
    except (ValueError, RecursionError) as error:
        raise TaggerError(f"{path}: not JSON ({error})") from None
