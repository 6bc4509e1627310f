"""A trained model and its vocabulary as a directory that lasts (lesson 04).

It holds JSON and weights, from which the model is built anew: Keras's own `.keras` files do not
pass between Keras 2 and 3, weights do.
"""

import json
import os
import platform
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from ner_tutorial import __version__, files
from ner_tutorial.encoder import Encoder
from ner_tutorial.errors import EncoderError, TaggerError
from ner_tutorial.models import ARCHITECTURES, build, crf_of
from ner_tutorial.reading import Reading
from ner_tutorial.text import TOKENIZERS
from ner_tutorial.vocabulary import Vocabulary

FORMAT_VERSION = 2

_SETTINGS, _VOCABULARY, _WEIGHTS = "settings.json", "vocabulary.json", "model.weights.h5"
METRICS, CARD = "metrics.json", "README.md"


class Saved(NamedTuple):
    """What a directory holds.

    Attributes:
        architecture: one of `ARCHITECTURES`.
        model: with its weights.
        vocabulary: the index tables it was trained with.
        training: what it was trained on and how, or None.
        tokenizer: one of `text.TOKENIZERS`.
        encoder: that it was trained with, or None.
    """

    architecture: str
    model: tf.keras.Model
    vocabulary: Vocabulary
    training: dict[str, Any] | None
    tokenizer: str
    encoder: Encoder | None = None


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
    tables: dict[str, Any] = {"words": vocabulary.index2word, "tags": vocabulary.index2tag}
    if vocabulary.index2feature:
        tables["features"] = vocabulary.index2feature
    if vocabulary.index2vector:
        tables |= {"vectors": vocabulary.index2vector, "vector_size": vocabulary.vector_size}
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
            "tokenizer": saved.tokenizer,
            "encoder": saved.encoder
            and {"source": saved.encoder.source, "sha256": saved.encoder.fingerprint},
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
            _write_json(new / METRICS, metrics)


def load(directory: str | os.PathLike) -> Saved:
    """What is saved in a directory, on whichever Keras version.

    Raises:
        TaggerError: it is not there, incomplete, changed, or of another format; or the encoder that
            it was trained with is not there, or another one.
    """
    directory = Path(directory)
    settings = read_settings(directory)
    encoder = _encoder(directory / _SETTINGS, settings["encoder"])
    vocabulary = read_vocabulary(directory, settings["model"])
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
    try:
        size = encoder.size if encoder else 0
        model = build(settings["model"], vocabulary, settings["iob2_only"], size)
    except ValueError as error:
        raise TaggerError(f"{directory / _VOCABULARY}: {error}") from None
    if settings["iob2_only"] and crf_of(model) is None:
        raise TaggerError(
            f"{directory / _SETTINGS}: a softmax has no rules to decode by; train again"
        )
    try:
        model.load_weights(directory / _WEIGHTS)
    except Exception as error:  # those of h5py and Keras share no class
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise TaggerError(f"{directory / _WEIGHTS}: cannot be read ({reason})") from None
    tokenizer = settings["tokenizer"]
    return Saved(settings["model"], model, vocabulary, settings["training"], tokenizer, encoder)


def _encoder(path: Path, stated: dict[str, str] | None) -> Encoder | None:
    """The encoder that a model was trained with, which its directory names and does not hold."""
    if stated is None:
        return None
    try:
        encoder = Encoder(stated["source"])
    except EncoderError as error:
        raise TaggerError(f"{path}: {error}") from None
    if encoder.fingerprint != stated["sha256"]:
        raise TaggerError(
            f"{path}: was trained with another encoder than is now at {stated['source']}; "
            "put the old one there, or train again"
        )
    return encoder


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
        _check_replaceable(directory)


def _check_replaceable(directory: Path) -> None:
    try:
        read_settings(directory)
    except TaggerError as error:
        raise TaggerError(f"{error}; it is not replaced: choose another directory") from None
    if (directory / CARD).exists():  # into which people write
        raise TaggerError(
            f"{directory}: holds a model card, {CARD}, which would be lost; move it elsewhere, "
            "or choose another directory"
        )


def _is_training(value: Any) -> bool:
    """Whether this says how a model was trained, in what `evaluate` asks of it. What came to be
    asked later is not in all."""
    return isinstance(value, dict) and (
        isinstance(value.get("sha256"), str)
        and type(value.get("split_seed")) is int
        and 0 <= value["split_seed"] < 2**32
        and type(value.get("max_length")) is int
        and value["max_length"] >= 1
        and value.get("long") in ("drop", "split")
        and all(is_right(value[name]) for name, is_right in _ASKED_LATER.items() if name in value)
    )


def _is_reading(value: Any) -> bool:
    kinds = {"repair": bool, "tag_names": list | None, "word_column": str | int | None}
    kinds["tag_column"] = kinds["word_column"]
    return isinstance(value, dict) and all(
        name in _READING and isinstance(given, kinds.get(name, str | None))
        for name, given in value.items()
    )


def _are_parts(value: Any) -> bool:
    kinds = {"file": str, "sha256": str, "drawn": bool}
    return isinstance(value, dict) and all(
        isinstance(part, dict) and all(isinstance(part.get(k), kinds[k]) for k in kinds)
        for part in map(value.get, ("train", "validation", "test"))
    )


_READING = {field.name for field in fields(Reading)}
_ASKED_LATER: dict[str, Callable[[Any], bool]] = {
    "reading": _is_reading,
    "split": lambda value: value in ("sentences", "documents"),
    "run": lambda value: value is None or (type(value) is int and value >= 1),
    "parts": _are_parts,
}


def _is_encoder(value: Any) -> bool:
    is_named = isinstance(value, dict) and value.keys() == {"source", "sha256"}
    return is_named and all(isinstance(text, str) for text in value.values())


# For each setting whether a value will do. Lists, since what is no string may have no hash.
_SETTINGS_ARE_RIGHT: dict[str, Callable[[Any], bool]] = {
    "format": lambda value: type(value) is int and value == FORMAT_VERSION,
    "model": lambda value: value in list(ARCHITECTURES),
    "iob2_only": lambda value: isinstance(value, bool),
    "tokenizer": lambda value: value in list(TOKENIZERS),
    "encoder": lambda value: value is None or _is_encoder(value),
    "sha256": lambda value: isinstance(value, dict) and value.keys() == {_VOCABULARY, _WEIGHTS},
    "versions": lambda value: isinstance(value, dict),
    "training": lambda value: value is None or _is_training(value),
}


def read_settings(directory: str | os.PathLike) -> dict[str, Any]:
    """What a model's `settings.json` says, without the model.

    Raises:
        TaggerError: it is not there, or not the settings of a model.
    """
    path = Path(directory) / _SETTINGS
    settings = _read_json(path)
    if not isinstance(settings, dict):
        settings = {}
    settings.setdefault("tokenizer", "english")  # the only one, before there were others
    settings.setdefault("encoder", None)  # directories from before there were any
    wrong = {
        name
        for name, is_right in _SETTINGS_ARE_RIGHT.items()
        if not (name in settings and is_right(settings[name]))
    }
    if "format" in wrong:
        what = f"not a tagger of format {FORMAT_VERSION}; train again with this version"
    elif "model" in wrong:
        what = f"names no model of ours ({', '.join(ARCHITECTURES)})"
    elif wrong == {"training"}:
        what = "not the settings of a training; train again"
    elif wrong or settings.keys() != _SETTINGS_ARE_RIGHT.keys():
        what = "not the settings of a tagger; train again"
    else:
        return settings
    raise TaggerError(f"{path}: {what}")


def read_metrics(directory: str | os.PathLike) -> dict[str, Any]:
    """A model's `metrics.json`, as it is there.

    Raises:
        TaggerError: it is not there, or no JSON object.
    """
    path = Path(directory) / METRICS
    figures = _read_json(path)
    if not isinstance(figures, dict):
        raise TaggerError(f"{path}: not the figures of a training; train again")
    return figures


def read_vocabulary(directory: str | os.PathLike, architecture: str) -> Vocabulary:
    """The index tables of a model, without the model.

    Args:
        directory: of the model.
        architecture: which network it is, one of `ARCHITECTURES`.

    Raises:
        TaggerError: they are not there, or not those of such a network.
    """
    path = Path(directory) / _VOCABULARY
    with_features = ARCHITECTURES[architecture].reads_form
    names = ["words", "tags", "features"] if with_features else ["words", "tags"]
    tables = _read_json(path)
    size = 0
    if with_features and isinstance(tables, dict) and "vectors" in tables:
        names.append("vectors")
        size = tables.pop("vector_size", None)
    if not (_are_tables(tables, names) and _is_size(size, "vectors" in names)):
        raise TaggerError(f"{path}: not a vocabulary (lists of {', '.join(names)})")
    indexed = {f"index2{name.removesuffix('s')}": tuple(tables[name]) for name in names}
    try:
        return Vocabulary(**indexed, vector_size=size)
    except ValueError as error:
        raise TaggerError(f"{path}: not a vocabulary ({error})") from None


def _are_tables(value: Any, names: list[str]) -> bool:
    has_all = isinstance(value, dict) and value.keys() == set(names)
    return has_all and all(map(_is_table, value.values()))


def _is_size(value: Any, of_vectors: bool) -> bool:
    return type(value) is int and (value > 0) == of_vectors


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TaggerError(f"{path}: {error.strerror}; is this a saved tagger?") from None
    except (ValueError, RecursionError) as error:
        raise TaggerError(f"{path}: not JSON ({error})") from None
