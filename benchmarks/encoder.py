"""Train char-crf with and without an encoder that others trained, and store what each run found.

    python benchmarks/encoder.py [FILE] [--split SPLIT] [--seeds N] [--systems NAME...] [--share N]
        [--vectors FILE]

FILE is a corpus, by default the sample; SPLIT is `common`, or `frames` (of the sample) or
`documents` (of GMB, see `results.py`). With `--share 3` a third of the training part is learned
from. Writes data/encoder.json, which lesson 08 reads: for each run the strict entity F1 on the
validation and the test part, the recall of names all of whose words stand in the training part and
of the others, and the seconds of CPU. A run that is stored already is not repeated: to begin anew,
remove the file. Nothing is chosen by the figures of the test part.
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np
import results  # before TensorFlow, whose import it quietens
import runs
import seeds
import tensorflow as tf

from ner_tutorial import batching, corpus, errors, experiment, iob2, metrics, models, vectors
from ner_tutorial.batching import Encoded
from ner_tutorial.corpus import Sentence
from ner_tutorial.crf import CRF
from ner_tutorial.decoding import predict_tags
from ner_tutorial.encoder import Encoder, look_up
from ner_tutorial.layers import BiLSTM, Dropout, Embedding, Lookup, NotPadding
from ner_tutorial.recipes import FINE_TUNING, NEW_LAYERS_RATE, Recipe
from ner_tutorial.training import fit
from ner_tutorial.vocabulary import PADDING_TAG_INDEX, Vocabulary

TARGET = corpus.SAMPLE.with_name("encoder.json")
VECTORS = corpus.SAMPLE.with_name("vectors.txt.gz")
THOUSAND = 1000  # sentences whose tagging is timed

Read = Callable[[Sequence[Sequence[str]]], list[np.ndarray]]  # each sentence's words' vectors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", nargs="?", type=Path, default=corpus.SAMPLE)
    parser.add_argument("--split", choices=("common", "frames", "documents"), default="common")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--share", type=int, default=1)
    parser.add_argument("--vectors", type=Path, help="a file in GloVe's format, a system more")
    options = parser.parse_args()
    sentences, parts = split(options.file, options.split)
    parts = parts._replace(train=parts.train[:: options.share])
    about = {"corpus": options.file.name, "split": options.split, "share": options.share}
    systems = [*options.systems, *([options.vectors.name] if options.vectors else [])]
    experiments = {
        (system, seed): about | {"system": system, "seed": seed}
        for seed in range(1, options.seeds + 1)
        for system in systems
    }
    stored = runs.kept(TARGET, [])
    missing = runs.missing(experiments, stored)
    for run, figures in runs.each(trained, (sentences, parts, options.vectors), missing):
        stored.append(missing[run] | figures)
        print(stored[-1], flush=True)
        runs.keep_rows(stored, TARGET)


def split(file: Path, name: str) -> tuple[list[Sentence], batching.Split]:
    if name == "frames":
        return seeds.split_by_frames()
    sentences = corpus.load(file)
    if name == "documents":
        return sentences, results.by_documents(sentences)
    return sentences, batching.split(sentences)


def trained(material: tuple, system: str, seed: int) -> dict:
    sentences, parts, file = material
    systems = SYSTEMS | ({file.name: partial(with_vectors, file=file)} if file else {})
    vocabulary = experiment.vocabulary_of("char-crf", sentences, parts.train, min_count=2)
    tf.keras.utils.set_random_seed(seed)
    started = time.process_time()
    tag, figures = systems[system](vocabulary, parts, seed)
    figures["training_seconds"] = round(time.process_time() - started)
    if seed == 1:
        rows = [s.words for s in (parts.validation + parts.test)[:THOUSAND]]
        tag(rows[:100])  # makes the graph
        started = time.process_time()
        tag(rows)
        taken = time.process_time() - started
        figures["tagging_seconds"] = round(taken / len(rows) * THOUSAND, 2)
    figures["load"] = round(os.getloadavg()[2], 1)  # of the last quarter of an hour
    known = {word for sentence in parts.train for word in sentence.words}
    for name in ("validation", "test"):
        part = getattr(parts, name)
        figures[name] = scores(part, tag([s.words for s in part]), known)
    return figures


def scores(part: Sequence[Sentence], found: list[list[str]], known: set[str]) -> dict:
    """The strict F1, and the recall of names with known words alone and of the others."""
    counts = {"known": [0, 0], "unknown": [0, 0]}
    for sentence, tags in zip(part, found, strict=True):
        hits = set(iob2.entities(tags))
        for name in iob2.entities(sentence.tags):
            words = sentence.words[name[1] : name[2]]
            count = counts["known" if known.issuperset(words) else "unknown"]
            count[0] += name in hits
            count[1] += 1
    return {
        "f1": round(metrics.entity_f1([s.tags for s in part], found), 4),
        **{f"{kind}_names": names for kind, (_, names) in counts.items()},
        **{
            f"{kind}_recall": round(hits / max(names, 1), 4)
            for kind, (hits, names) in counts.items()
        },
    }


@cache
def encoder() -> Encoder:
    return Encoder()


def of_layer_6(rows: Sequence[Sequence[str]]) -> list[np.ndarray]:
    return encoder().read(rows)


def of_embedding_layer(rows: Sequence[Sequence[str]]) -> list[np.ndarray]:
    return encoder().read(rows, layer=0)


known_vectors: dict[tuple[Read, tuple[str, ...]], np.ndarray] = {}  # what was read once


def read_once(read: Read, rows: Sequence[tuple[str, ...]]) -> list[np.ndarray]:
    new = list(dict.fromkeys(row for row in rows if (read, row) not in known_vectors))
    known_vectors.update({(read, row): found for row, found in zip(new, read(new), strict=True)})
    return [known_vectors[read, row] for row in rows]


def frozen(
    vocabulary: Vocabulary,
    parts: batching.Split,
    seed: int,
    read: Read | None = of_layer_6,
    beside_words: bool = True,
) -> tuple[seeds.System, dict]:
    """A CRF over vectors that stay as they are."""
    names = vocabulary.index2tag
    size = encoder().size if read else 0
    sizes = len(vocabulary.index2word), len(vocabulary.index2feature), len(names)
    if beside_words:
        model = models.char_crf(*sizes, names, constrain_training=True, encoder_size=size)
    else:
        model = alone(names, size)
    data = [batching.encode(part, vocabulary) for part in (parts.train, parts.validation)]
    if read:
        once = partial(read_once, read)
        data = filled(model, once, [[s.words for s in part] for part in parts[:2]], data)
    recipe = Recipe.choose("char-crf", len(parts.train))
    epochs = fit(model, *data, recipe, names, seed=seed, verbose=0).history["seconds"]

    def tag(rows: Sequence[Sequence[str]]) -> list[list[str]]:
        sentences = batching.encode(seeds.as_sentences(rows), vocabulary)
        if read:
            (sentences,) = filled(model, read, [rows], [sentences])
        return [vocabulary.decode_tags(tags) for tags in predict_tags(model, sentences.words)]

    return tag, {"seconds_per_epoch": round(float(np.median(epochs)), 1)}


def filled(
    model: tf.keras.Model, read: Read, sentences: list, encoded: list[Encoded]
) -> list[Encoded]:
    """Parts with their words numbered by what the model's table is filled with."""
    rows = read([words for part in sentences for words in part])
    numbered = look_up(model, rows, *(part.words for part in encoded))
    return [part._replace(words=words) for part, words in zip(encoded, numbered, strict=True)]


def alone(names: Sequence[str], size: int) -> tf.keras.Model:
    """char-crf that reads neither words nor forms."""
    inputs = tf.keras.Input([None, 1 + models.NUM_FEATURES + 1], dtype="int32")
    mask = NotPadding()(inputs[:, :, 0])
    hidden = Dropout(0.5)(Lookup(size, name="encoder")(inputs[:, :, -1]))
    hidden = Dropout(0.5)(BiLSTM(128)(hidden, mask=mask))
    tags, _ = CRF(len(names), names, PADDING_TAG_INDEX, True, name="crf")(hidden, mask=mask)
    return tf.keras.Model(inputs, tags)


def with_vectors(
    vocabulary: Vocabulary, parts: batching.Split, seed: int, file: Path = VECTORS
) -> tuple[seeds.System, dict]:
    """char-crf with word vectors from a file, as `train --vectors` has them."""
    wanted = [word for part in parts for sentence in part for word in sentence.words]
    found = vectors.read(file, wanted)
    sentences = [sentence for part in parts for sentence in part]
    vocabulary = experiment.vocabulary_of("char-crf", sentences, parts.train, 2, found)
    run = experiment.run("char-crf", parts, seed=seed, vocabulary=vocabulary, vectors=found)
    return run.tagger.tag, {"seconds_per_epoch": round(run.figures["seconds_per_epoch"], 1)}


def fine_tuned(
    vocabulary: Vocabulary, parts: batching.Split, seed: int
) -> tuple[seeds.System, dict]:
    """A CRF over the encoder and the words' forms, trained together."""
    names = vocabulary.index2tag
    source = Encoder(encoder().source)  # its own, for it will change
    form = 1 + models.NUM_FEATURES
    inputs = tf.keras.Input([None, form], dtype="int32")
    states = tf.keras.Input([None, source.size])
    mask = NotPadding()(inputs[:, :, 0])
    features = Embedding(len(vocabulary.index2feature), models.FEATURE_SIZE)(inputs[:, :, 1:])
    features = tf.keras.layers.Reshape([-1, models.NUM_FEATURES * models.FEATURE_SIZE])(features)
    joined = Dropout(0.5)(tf.keras.layers.Concatenate()([states, features]))
    crf = CRF(len(names), names, PADDING_TAG_INDEX, True, name="crf")
    head = tf.keras.Model([inputs, states], crf(joined, mask=mask))

    def run(words: tf.Tensor, pieces: tf.Tensor, mask: tf.Tensor, places: tf.Tensor, training):
        found = source.network(pieces, mask)[-1]  # shape: (batch, pieces, size)
        chosen = tf.gather(found, tf.maximum(places, 0), batch_dims=1)
        weight = tf.cast(places >= 0, tf.float32)[..., tf.newaxis]
        means = tf.reduce_sum(chosen * weight, 2) / tf.maximum(tf.reduce_sum(weight, 2), 1)
        return head([words, means], training=training)

    recipe = FINE_TUNING
    steps = recipe.epochs * batching.num_batches(len(parts.train), recipe.batch_size)

    def adam(rate: float) -> tf.keras.optimizers.Optimizer:
        decay = tf.keras.optimizers.schedules.PolynomialDecay(rate, steps, rate / 20)
        return tf.keras.optimizers.Adam(decay, global_clipnorm=recipe.clip_norm)

    # The network has learned already, and what is new has not.
    groups = [
        (adam(recipe.learning_rate), list(source.network.table.values())),
        (adam(NEW_LAYERS_RATE), head.trainable_weights),
    ]
    for optimizer, weights in groups:
        optimizer.build(weights)

    shapes = ([None, None, form], [None] * 2, [None] * 2, [None] * 3, [None] * 2)
    kinds = (tf.int32, tf.int32, tf.bool, tf.int32, tf.int32)
    signature = [tf.TensorSpec(*pair) for pair in zip(shapes, kinds, strict=True)]

    @tf.function(input_signature=signature[:4])
    def tags_of(words, pieces, mask, places):
        return run(words, pieces, mask, places, training=False)[0]

    @tf.function(input_signature=signature)
    def learn(words, pieces, mask, places, tags):
        with tf.GradientTape() as tape:
            _, scores = run(words, pieces, mask, places, training=True)
            loss = tf.reduce_mean(crf.loss(tags, scores))
        gradients = tape.gradient(loss, [weights for _, weights in groups])
        for (optimizer, weights), found in zip(groups, gradients, strict=True):
            pairs = zip(found, weights, strict=True)
            optimizer.apply_gradients([(g, w) for g, w in pairs if g is not None])
        return loss

    def arrays(part: Sequence[Sentence]) -> list[np.ndarray]:
        encoded = batching.encode(part, vocabulary)
        split = [[source.pieces.encode(word)[:8] for word in s.words] for s in part]
        longest = max(len(pieces) for words in split for pieces in words)
        places = np.full((*encoded.tags.shape, longest), -1, np.int32)
        for row, words in enumerate(split):
            start = 1
            for column, pieces in enumerate(words):
                places[row, column, : len(pieces)] = range(start, start + len(pieces))
                start += len(pieces)
        return [encoded.words, *source.padded(split), places, encoded.tags]

    draw = np.random.default_rng(seed)
    seconds = []
    for _ in range(recipe.epochs):
        started = time.time()
        noise = [len(s) + draw.random() for s in parts.train]
        batches = np.array_split(np.argsort(noise), steps // recipe.epochs)
        for number in draw.permutation(len(batches)):
            learn(*arrays([parts.train[i] for i in batches[number]]))
        seconds.append(time.time() - started)

    def tag(rows: Sequence[Sequence[str]]) -> list[list[str]]:
        found: list[list[str]] = [[] for _ in rows]
        order = np.argsort([len(row) for row in rows], kind="stable")
        for batch in np.array_split(order, -(-len(rows) // 64)):
            part = seeds.as_sentences([rows[i] for i in batch])
            tags = tags_of(*arrays(part)[:4]).numpy()
            for i, one in zip(batch, tags, strict=True):
                found[i] = vocabulary.decode_tags(one[: len(rows[i])])
        return found

    return tag, {"seconds_per_epoch": round(float(np.median(seconds)), 1)}


SYSTEMS: dict[str, Callable[..., tuple[seeds.System, dict]]] = {
    "char-crf": partial(frozen, read=None),
    "embedding layer": partial(frozen, read=of_embedding_layer),
    "vectors": with_vectors,
    "frozen": frozen,
    "encoder alone": partial(frozen, beside_words=False),
    "fine-tuned": fine_tuned,
}


if __name__ == "__main__":
    with errors.one_line():
        main()
