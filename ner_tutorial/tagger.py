"""A trained model and its vocabulary as one thing that tags text (lessons 04 and 05).

A saved tagger is a directory of JSON and weights, from which the model is built anew: Keras's own
`.keras` files do not pass between Keras 2 and 3, weights do.
"""

import ctypes
import hashlib
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import tensorflow as tf

from ner_tutorial import MODELS, __version__, models
from ner_tutorial.batching import pad
from ner_tutorial.metrics import entities
from ner_tutorial.models import predict_confidence, predict_tags
from ner_tutorial.text import Mention, TaggedText, Token, split_sentences
from ner_tutorial.vocabulary import PADDING_WORD_INDEX, Vocabulary

FORMAT_VERSION = 2

_SETTINGS, _VOCABULARY, _WEIGHTS = "settings.json", "vocabulary.json", "model.weights.h5"
_METRICS = "metrics.json"
_CELLS = 1_000_000  # words and padding that are tagged at once: a bound on the memory
_SENTENCES = 1024  # of a text that are tagged at once

_SETTINGS_TYPES = {
    "format": int,
    "model": str,
    "iob2_only": bool,
    "sha256": {_VOCABULARY: str, _WEIGHTS: str},
    "versions": {"ner_tutorial": str, "python": str, "tensorflow": str, "numpy": str},
    "training": object,
}
_TRAINING_TYPES = {
    "model": str, "corpus": str, "sha256": str, "sentences": int, "epochs": int,
    "batch_size": int, "learning_rate": float, "min_count": int, "seed": int,
    "split_seed": int, "max_length": int, "long": str,
}  # fmt: skip


class TaggerError(ValueError):
    """A directory that holds no tagger we can load: one line that says what is wrong and what to
    do."""


class Tagger:
    """Tags text, or sentences of words, with a trained model.

    Args:
        kind: which model it is, one of `ner_tutorial.MODELS`.
        model: what that builds.
        vocabulary: the index tables it was trained with.
        training: what it was trained on and how, to be saved with it; see `_TRAINING_TYPES`.
    """

    def __init__(
        self,
        kind: str,
        model: tf.keras.Model,
        vocabulary: Vocabulary,
        training: dict | None = None,
    ):
        if kind not in MODELS:
            raise ValueError(f"unknown kind of model {kind!r}; there are {', '.join(MODELS)}")
        self.kind = kind
        self.model = model
        self.vocabulary = vocabulary
        self.training = training

    @classmethod
    def build(cls, kind: str, vocabulary: Vocabulary, iob2_only: bool = False) -> "Tagger":
        """A tagger with a new, untrained model of the vocabulary's size.

        `iob2_only`: of a CRF, decode only what IOB2 allows.
        """
        if kind not in MODELS:
            raise ValueError(f"unknown kind of model {kind!r}; there are {', '.join(MODELS)}")
        options = {"tag_names": vocabulary.index2tag} if iob2_only else {}
        sizes = [len(vocabulary.index2word), len(vocabulary.index2tag)]
        if kind == "char-crf":
            if not vocabulary.index2feature:
                raise ValueError("char-crf needs a vocabulary with features (min_feature_count)")
            sizes.insert(1, len(vocabulary.index2feature))
            options["constrain_training"] = iob2_only
        model = getattr(models, MODELS[kind])(*sizes, **options)
        return cls(kind, model, vocabulary)

    def tag(self, text: str | Sequence[Sequence[str]]) -> TaggedText | list[list[str]]:
        """Tag a text, or sentences that are split into words already.

        Args:
            text: a string; or sentences, a list of words each.

        Returns:
            Of a string a `TaggedText`; of sentences their tags, a list for each.

        Raises:
            ValueError: a sentence without words.
        """
        if not isinstance(text, str):
            return list(self.tag_stream(text))
        found = TaggedText(text, 0, [], [], [], [])
        for sentence in self.tag_text([text]):
            for whole, part in zip(found[2:], sentence[2:], strict=True):
                whole += part
        return found

    def tag_stream(self, sentences: Iterable[Sequence[str]]) -> Iterator[list[str]]:
        """The tags of each sentence of words, in order, however many there are."""
        for row, chunk in _chunks(sentences):
            try:
                indices = predict_tags(self.model, self._encode(chunk))
            except ValueError:
                empty = next((i for i, words in enumerate(chunk) if not words), None)
                if empty is None:
                    raise
                raise ValueError(f"row {row + empty} holds no word") from None
            for tags in indices:
                yield self.vocabulary.decode_tags(tags)

    def tag_text(self, pieces: Iterable[str]) -> Iterator[TaggedText]:
        """The sentences of a text with what was found in them, in order, however many there are.

        Args:
            pieces: strings that together are the text, such as an open file's lines.
        """
        sentences = split_sentences(pieces)
        while batch := list(islice(sentences, _SENTENCES)):
            words = self._encode([[token.text for token in tokens] for _, _, tokens in batch])
            found = predict_confidence(self.model, words)
            for (text, start, tokens), (indices, sure) in zip(batch, found, strict=True):
                tags, sure = self.vocabulary.decode_tags(indices), sure.tolist()
                yield TaggedText(
                    text, start, tokens, tags, sure, _mentions(text, start, tokens, tags, sure)
                )

    def _encode(self, sentences: Sequence[Sequence[str]]) -> np.ndarray:
        return pad([self.vocabulary.encode_words(words) for words in sentences], PADDING_WORD_INDEX)

    def save(self, directory: str | os.PathLike, metrics: dict | None = None) -> None:
        """Write the tagger to a new directory, whole or not at all; an old tagger there is
        replaced.

        Args:
            directory: where to; missing parents are made.
            metrics: if given, written beside it as `metrics.json`.

        Raises:
            TaggerError: there is something else, which is left alone.
            OSError: it cannot be written.
        """
        check_target(directory)
        directory = Path(directory).resolve()  # a link stays a link
        directory.parent.mkdir(parents=True, exist_ok=True)
        workplace = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
        new, old = workplace / "new", workplace / "old"
        try:
            new.mkdir()  # inside, since what `mkdtemp` makes is closed to everybody else
            tables = {"words": self.vocabulary.index2word, "tags": self.vocabulary.index2tag}
            if self.vocabulary.index2feature:
                tables["features"] = self.vocabulary.index2feature
            _write_json(new / _VOCABULARY, tables)
            try:
                self.model.save_weights(new / _WEIGHTS)
            except RuntimeError as error:  # HDF5's, if the disk is full
                raise OSError(str(error).splitlines()[0]) from None
            is_crf = any(layer.name == "crf" for layer in self.model.layers)
            settings = {
                "format": FORMAT_VERSION,
                "model": self.kind,
                "iob2_only": is_crf and self.model.get_layer("crf").tag_names is not None,
                "sha256": {name: sha256(new / name) for name in (_VOCABULARY, _WEIGHTS)},
                "versions": {
                    "ner_tutorial": __version__,
                    "python": platform.python_version(),
                    "tensorflow": tf.__version__,
                    "numpy": np.__version__,
                },
                "training": self.training,
            }
            _write_json(new / _SETTINGS, settings)
            if metrics is not None:
                _write_json(new / _METRICS, metrics)
            if not directory.exists() or not any(directory.iterdir()):
                new.replace(directory)
            elif not _exchange(new, directory):
                directory.rename(old)
                new.rename(directory)
        finally:
            if old.exists() and not directory.exists():
                old.rename(directory)
            shutil.rmtree(workplace, ignore_errors=True)

    @classmethod
    def load(cls, directory: str | os.PathLike) -> "Tagger":
        """The tagger saved in a directory, on whichever Keras version.

        Raises:
            TaggerError: it is not there, incomplete, changed, or of another format.
        """
        directory = Path(directory)
        settings = _settings(directory)
        tables = _read_json(directory / _VOCABULARY)
        expected = {"words": list, "tags": list}
        if settings["model"] == "char-crf":
            expected["features"] = list
        if not _has_types(tables, expected) or not all(
            isinstance(entry, str) for table in tables.values() for entry in table
        ):
            names = ", ".join(expected)
            raise TaggerError(f"{directory / _VOCABULARY}: not a vocabulary (lists of {names})")
        try:
            vocabulary = Vocabulary(*(tuple(tables[name]) for name in expected))
        except ValueError as error:
            raise TaggerError(f"{directory / _VOCABULARY}: not a vocabulary ({error})") from None
        for name, checksum in settings["sha256"].items():
            try:
                if sha256(directory / name) != checksum:
                    raise TaggerError(
                        f"{directory / name}: cannot be read (it is not whole, or was changed "
                        "since it was saved); train again, or copy the directory again"
                    )
            except OSError as error:
                raise TaggerError(
                    f"{directory / name}: cannot be read ({error.strerror}); copy it again"
                ) from None
        try:
            tagger = cls.build(settings["model"], vocabulary, settings["iob2_only"])
        except ValueError as error:
            raise TaggerError(f"{directory / _VOCABULARY}: {error}") from None
        tagger.training = settings["training"]
        try:
            tagger.model.load_weights(directory / _WEIGHTS)
        except Exception as error:  # those of h5py and Keras share no class
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise TaggerError(f"{directory / _WEIGHTS}: cannot be read ({reason})") from None
        return tagger


def check_target(directory: str | os.PathLike) -> None:
    """Raise TaggerError if a tagger may not be saved there: only a tagger is ever replaced."""
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
            _settings(directory)
        except TaggerError as error:
            raise TaggerError(f"{error}; it is not replaced: choose another directory") from None


def sha256(path: str | os.PathLike) -> str:
    """The fingerprint of a file's content."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _chunks(sentences: Iterable[Sequence[str]]) -> Iterator[tuple[int, list[Sequence[str]]]]:
    """Sentences in lists that fill at most `_CELLS` once padded, and the first one's number."""
    chunk, longest, row = [], 0, 0
    for words in sentences:
        if isinstance(words, str):
            raise ValueError("a sentence is a list of words; give a text as one string")
        longest = max(longest, len(words))
        if chunk and (len(chunk) + 1) * longest > _CELLS:
            yield row, chunk
            row, chunk, longest = row + len(chunk), [], len(words)
        chunk.append(words)
    if chunk:
        yield row, chunk


def _mentions(
    text: str, start: int, tokens: list[Token], tags: list[str], confidences: list[float]
) -> list[Mention]:
    found = []
    for kind, first, end in entities(tags):
        left, right = tokens[first].start, tokens[end - 1].end
        name = text[left - start : right - start]
        found.append(Mention(kind, name, left, right, min(confidences[first:end])))
    return found


def _exchange(first: Path, second: Path) -> bool:
    """Swap two directories in one step, so that no kill finds neither; False where the system
    cannot."""
    try:
        libc = ctypes.CDLL(None)
        names = os.fsencode(first), os.fsencode(second)
        if sys.platform == "darwin":
            return libc.renamex_np(*names, 2) == 0  # RENAME_SWAP
        here = -100  # AT_FDCWD
        return libc.renameat2(here, names[0], here, names[1], 2) == 0  # RENAME_EXCHANGE
    except (TypeError, AttributeError, OSError):
        return False


def _has_types(value, types) -> bool:
    """Whether JSON has the keys and types that it should."""
    if not isinstance(types, dict):
        return types is object or type(value) is types
    return (
        isinstance(value, dict)
        and value.keys() == types.keys()
        and all(_has_types(value[key], types[key]) for key in types)
    )


def _settings(directory: Path) -> dict:
    path = directory / _SETTINGS
    settings = _read_json(path)
    if not isinstance(settings, dict) or settings.get("format") != FORMAT_VERSION:
        raise TaggerError(
            f"{path}: not a tagger of format {FORMAT_VERSION}; train again with this version"
        )
    if settings.get("model") not in list(MODELS):  # a list: what is no string has no hash
        raise TaggerError(f"{path}: names no model of ours ({', '.join(MODELS)})")
    if not _has_types(settings, _SETTINGS_TYPES) or not (
        settings["training"] is None or _has_types(settings["training"], _TRAINING_TYPES)
    ):
        raise TaggerError(f"{path}: not the settings of a tagger; train again")
    if (training := settings["training"]) and not (
        training["long"] in ("drop", "split")
        and training["max_length"] >= 1
        and 0 <= training["split_seed"] < 2**32
    ):
        raise TaggerError(f"{path}: not the settings of a training; train again")
    if settings["iob2_only"] and settings["model"] == "softmax":
        raise TaggerError(f"{path}: a softmax has no rules to decode by; train again")
    return settings


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def _read_json(path: Path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TaggerError(f"{path}: {error.strerror}; is this a saved tagger?") from None
    except (ValueError, RecursionError) as error:
        raise TaggerError(f"{path}: not JSON ({error})") from None
