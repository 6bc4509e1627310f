"""Small encoders for tests: random weights in the layout of Hugging Face's, and what reads them in
plain NumPy."""

import json
import math
from pathlib import Path

import numpy as np

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,!?-'"
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "joe", "stan", "##ford", *LETTERS]
PIECES += [f"##{letter}" for letter in LETTERS]
CONFIG = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "hidden_size": 12,
    "num_attention_heads": 3,
    "num_hidden_layers": 2,
    "intermediate_size": 20,
    "max_position_embeddings": 40,
    "type_vocab_size": 2,
    "vocab_size": len(PIECES),
    "layer_norm_eps": 1e-12,
}


def shapes(config: dict) -> dict[str, tuple[int, ...]]:
    size, inner = config["hidden_size"], config["intermediate_size"]
    places = config["max_position_embeddings"]
    found = {
        "embeddings.word_embeddings.weight": (len(PIECES), size),
        "embeddings.position_embeddings.weight": (places, size),
        "embeddings.token_type_embeddings.weight": (2, size),
        "embeddings.LayerNorm.weight": (size,),
        "embeddings.LayerNorm.bias": (size,),
        "pooler.dense.weight": (size, size),  # which nobody needs
    }
    for layer in range(config["num_hidden_layers"]):
        for part, shape in (
            ("attention.self.query", (size, size)),
            ("attention.self.key", (size, size)),
            ("attention.self.value", (size, size)),
            ("attention.output.dense", (size, size)),
            ("attention.output.LayerNorm", (size,)),
            ("intermediate.dense", (inner, size)),
            ("output.dense", (size, inner)),
            ("output.LayerNorm", (size,)),
        ):
            found[f"encoder.layer.{layer}.{part}.weight"] = shape
            found[f"encoder.layer.{layer}.{part}.bias"] = shape[:1]
    return found


def draw(config: dict = CONFIG, seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {
        name: random.normal(scale=0.5, size=shape).astype(np.float32)
        for name, shape in shapes(config).items()
    }


def safetensors(arrays: dict[str, np.ndarray], kind: str = "F32") -> bytes:
    """A file's bytes, written here in the other direction than we read."""
    header: dict = {"__metadata__": {"format": "pt"}}
    body = b""
    for name, array in arrays.items():
        data = array.tobytes()
        ends = [len(body), len(body) + len(data)]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": ends}
        body += data
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def write(folder: Path, arrays: dict[str, np.ndarray] | None = None, **settings: object) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG | settings), "utf-8")
    (folder / "vocab.txt").write_text("\n".join(PIECES) + "\n", "utf-8")
    (folder / "model.safetensors").write_bytes(safetensors(arrays or draw()))
    return folder


def reference(weights: dict[str, np.ndarray], heads: int, layers: int, pieces: list[int]):
    """What each layer makes of one sentence, with no padding, in float64, a head at a time."""
    w = {name: np.asarray(value, np.float64) for name, value in weights.items()}
    erf = np.vectorize(math.erf)

    def normed(name, x):
        spread = np.sqrt(x.var(axis=1, keepdims=True) + 1e-12)
        return (x - x.mean(axis=1, keepdims=True)) / spread * w[f"{name}.weight"] + w[
            f"{name}.bias"
        ]

    def dense(name, x):
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    x = w["embeddings.word_embeddings.weight"][pieces]
    x = x + w["embeddings.position_embeddings.weight"][: len(pieces)]
    x = normed("embeddings.LayerNorm", x + w["embeddings.token_type_embeddings.weight"][0])
    found = [x]
    for number in range(layers):
        name = f"encoder.layer.{number}"
        q, k, v = (dense(f"{name}.attention.self.{p}", x) for p in ("query", "key", "value"))
        seen = []
        for columns in np.split(np.arange(x.shape[1]), heads):
            scores = np.exp(q[:, columns] @ k[:, columns].T / len(columns) ** 0.5)
            seen.append(scores / scores.sum(axis=1, keepdims=True) @ v[:, columns])
        x = normed(
            f"{name}.attention.output.LayerNorm",
            x + dense(f"{name}.attention.output.dense", np.concatenate(seen, axis=1)),
        )
        inner = dense(f"{name}.intermediate.dense", x)
        inner = dense(f"{name}.output.dense", inner * (1 + erf(inner / 2**0.5)) / 2)
        x = normed(f"{name}.output.LayerNorm", x + inner)
        found.append(x)
    return found
