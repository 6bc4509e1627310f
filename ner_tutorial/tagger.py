"""A trained model and its vocabulary as one thing that tags sentences (lessons 04 and 05).

A saved tagger is a directory of JSON and weights, from which the model is built anew: Keras's own
`.keras` files do not pass between Keras 2 and 3, weights do.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

from ner_tutorial.batching import pad
from ner_tutorial.models import bilstm_crf, bilstm_softmax, char_crf, predict_tags
from ner_tutorial.vocabulary import PADDING_WORD_INDEX, Vocabulary

MODELS = {"softmax": bilstm_softmax, "crf": bilstm_crf, "char-crf": char_crf}
FORMAT_VERSION = 1

_SETTINGS, _VOCABULARY, _WEIGHTS = "settings.json", "vocabulary.json", "model.weights.h5"


class TaggerError(ValueError):
    """A directory that holds no tagger we can load: one line that says what is wrong and what to
    do."""


class Tagger:
    """Tags sentences with a trained model.

    Args:
        kind: which model it is, "softmax", "crf" or "char-crf".
        model: from `bilstm_softmax`, `bilstm_crf` or `char_crf`.
        vocabulary: the index tables it was trained with; for "char-crf" with features.
    """

    def __init__(self, kind: str, model: tf.keras.Model, vocabulary: Vocabulary):
        if kind not in MODELS:
            raise ValueError(f"unknown kind of model {kind!r}; there are {', '.join(MODELS)}")
        self.kind = kind
        self.model = model
        self.vocabulary = vocabulary

    @classmethod
    def build(cls, kind: str, vocabulary: Vocabulary) -> "Tagger":
        """A tagger with a new, untrained model of the vocabulary's size."""
        if kind not in MODELS:
            raise ValueError(f"unknown kind of model {kind!r}; there are {', '.join(MODELS)}")
        sizes = len(vocabulary.index2word), len(vocabulary.index2tag)
        if kind == "char-crf":
            if not vocabulary.index2feature:
                raise ValueError(
                    "char-crf needs a vocabulary with features; give min_feature_count"
                )
            sizes = sizes[0], len(vocabulary.index2feature), sizes[1]
            model = char_crf(*sizes, vocabulary.index2tag, constrain_training=True)
        else:
            model = MODELS[kind](*sizes)
        return cls(kind, model, vocabulary)

    def tag(self, sentences: Sequence[Sequence[str]]) -> list[list[str]]:
        """The tags of each sentence, a list of words each.

        Raises:
            ValueError: a sentence without words.
        """
        if not sentences:
            return []
        encoded = [self.vocabulary.encode_words(words) for words in sentences]
        indices = predict_tags(self.model, pad(encoded, PADDING_WORD_INDEX))
        return [self.vocabulary.decode_tags(tags) for tags in indices]

    def save(self, directory: str | os.PathLike) -> None:
        """Write the tagger to a new directory, whole or not at all; an old tagger there is
        replaced."""
        directory = Path(directory)
        if directory.exists():
            _settings(directory)  # never replace a directory that is not a tagger
        directory.parent.mkdir(parents=True, exist_ok=True)
        workplace = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
        new, old = workplace / "new", workplace / "old"
        try:
            new.mkdir()  # inside, since what `mkdtemp` makes is closed to everybody else
            settings = {
                "format": FORMAT_VERSION,
                "model": self.kind,
                "tensorflow": tf.__version__,
            }
            _write_json(new / _SETTINGS, settings)
            _write_json(
                new / _VOCABULARY,
                {
                    "words": self.vocabulary.index2word,
                    "tags": self.vocabulary.index2tag,
                    "features": self.vocabulary.index2feature,
                },
            )
            self.model.save_weights(new / _WEIGHTS)
            if directory.exists():
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
            TaggerError: it is not there, incomplete, or of another format.
        """
        directory = Path(directory)
        settings = _settings(directory)
        tables = _read_json(directory / _VOCABULARY)
        try:
            features = tuple(tables.get("features", ()))
            vocabulary = Vocabulary(tuple(tables["words"]), tuple(tables["tags"]), features)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise TaggerError(f"{directory / _VOCABULARY}: not a vocabulary ({error})") from None
        try:
            tagger = cls.build(settings["model"], vocabulary)
        except ValueError as error:
            raise TaggerError(f"{directory / _VOCABULARY}: {error}") from None
        try:
            tagger.model.load_weights(directory / _WEIGHTS)
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            reason = str(error).strip().splitlines()[0]
            raise TaggerError(f"{directory / _WEIGHTS}: cannot be read ({reason})") from None
        return tagger


def _settings(directory: Path) -> dict:
    settings = _read_json(directory / _SETTINGS)
    if not isinstance(settings, dict) or settings.get("format") != FORMAT_VERSION:
        raise TaggerError(f"{directory / _SETTINGS}: not a tagger of format {FORMAT_VERSION}")
    if settings.get("model") not in list(MODELS):  # a list: what is no string has no hash
        raise TaggerError(f"{directory / _SETTINGS}: names no model of ours ({', '.join(MODELS)})")
    return settings


def _write_json(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def _read_json(path: Path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TaggerError(f"{path}: {error.strerror}; is this a saved tagger?") from None
    except ValueError as error:
        raise TaggerError(f"{path}: not JSON ({error})") from None
