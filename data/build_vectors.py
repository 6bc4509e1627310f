"""Make data/vectors.txt.gz: a short vector for each word of the sample, learned elsewhere.

    python data/build_vectors.py

A word's vector is the mean of its word pieces' in the embedding table of all-MiniLM-L6-v2 (Apache
License 2.0), 384 numbers, turned so that the first tell words apart best (principal components);
50 of these are kept, to one decimal. So the file says what an encoder's first layer knows of words,
roughly. It is in GloVe's format: a word in lower case and its numbers a line, the words that the
sample has most often first. See `ner_tutorial.vectors`.
"""

import gzip
from collections import Counter
from pathlib import Path

import numpy as np

from ner_tutorial import corpus, files
from ner_tutorial.encoder import Encoder

TARGET = Path(__file__).with_name("vectors.txt.gz")
WIDTH = 50


def main() -> None:
    sentences = corpus.load(corpus.SAMPLE)
    counts = Counter(word.lower() for sentence in sentences for word in sentence.words)
    words = [word for word, _ in counts.most_common()]
    values = Encoder().word_vectors(words)
    values -= values.mean(axis=0)
    _, axes = np.linalg.eigh(values.T @ values)  # from the least to the most telling
    values = values @ axes[:, : -WIDTH - 1 : -1]
    values /= values.std()
    lines = [f"{word} {' '.join(map(short, row))}" for word, row in zip(words, values, strict=True)]
    with files.whole(TARGET) as partial, gzip.GzipFile(partial, "wb", mtime=0) as file:
        file.write(("\n".join(lines) + "\n").encode())
    print(f"{TARGET.name}: {len(words):,} words, {TARGET.stat().st_size:,} bytes")


def short(number: float) -> str:
    return f"{number:.1f}".replace("0.", ".").replace("-.0", ".0")


if __name__ == "__main__":
    main()
