"""Train char-crf with and without an encoder that others trained, and store what each run found.

    python benchmarks/encoder.py [FILE] [--split SPLIT...] [--seeds N] [--systems NAME...]
        [--share N] [--vectors FILE]

FILE is a corpus, by default the sample; SPLIT is `common`, or `frames` (of the sample) or
`documents` (of GMB, see `results.py`). With `--share 3` a third of the training part is learned
from. With `--vectors` the systems with vectors read a file in GloVe's format in place of the
sample's own, and are stored under its name. Writes data/encoder.json, which lesson 08 reads: for
each run the strict entity F1 on the validation and the test part, the recall of names all of whose
words stand in the training part and of the others, and the seconds of CPU. A run that is stored
already is not repeated: to begin anew, remove the file. Nothing is chosen by the figures of the
test part.

On GMB the rows beside the frozen encoder, and those with GloVe's vectors, go into the table of
results, too, with the interval of their difference from the ensemble, whose runs `make results`
keeps.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache, partial
from itertools import product
from pathlib import Path

import intervals
import numpy as np
import results  # before TensorFlow, whose import it quietens
import runs
import seeds
import tensorflow as tf
from report import GLOVE, report

from ner_tutorial import batching, corpus, errors, experiment, metrics, models, vectors
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
SPLITS = "common", "frames", "documents"
IN_THE_TABLE = "frozen", "frozen-ensemble", GLOVE, f"{GLOVE}-ensemble"  # of results on GMB
THOUSAND = 1000  # sentences whose tagging is timed

Read = Callable[[Sequence[Sequence[str]]], list[np.ndarray]]  # each sentence's words' vectors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", nargs="?", type=Path, default=corpus.SAMPLE)
    parser.add_argument("--split", nargs="+", choices=SPLITS, default=["common"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=IN_THE_LESSON)
    parser.add_argument("--share", type=int, default=1)
    parser.add_argument("--vectors", type=Path, default=VECTORS, help="a file in GloVe's format")
    options = parser.parse_args()
    options.vectors = options.vectors.resolve()
    if options.vectors != VECTORS and not WITH_VECTORS.keys() & set(options.systems):
        parser.error(f"--vectors is for --systems {' '.join(WITH_VECTORS)}; name one of them")
    train_missing(options)


def train_missing(options: argparse.Namespace) -> None:
    """Train what is asked for and not stored yet."""
    material = {name: split(options.file, name, options.share) for name in options.split}
    about = {"corpus": options.file.name, "share": options.share}
    own = options.vectors == VECTORS
    named = "vectors" if own else options.vectors.name.removesuffix(".gz")
    seeds_of = range(1, options.seeds + 1)
    experiments = {
        (name, system, seed): about
        | {"split": name, "system": system.replace("vectors", named), "seed": seed}
        for seed, name, system in product(seeds_of, options.split, options.systems)
    }
    stored = runs.kept(TARGET, [])
    missing = runs.missing(experiments, stored)
    compared = options.share == 1 and options.file.resolve() != corpus.SAMPLE
    in_the_table = IN_THE_TABLE if compared else ()
    for run, figures in runs.each(trained, (material, options.vectors), missing):
        tags = figures.pop("tags")
        if missing[run]["system"] in in_the_table:
            keep_beside_results(missing[run], figures, tags)
        stored.append(missing[run] | figures)
        print(stored[-1], flush=True)
        runs.keep_rows(stored, TARGET)
    for name in options.split if compared else ():
        report(results.RUNS, results.TARGET, results.TABLES, name, material[name][1])


def split(file: Path, name: str, share: int) -> tuple[list[Sentence], batching.Split]:
    if name == "frames":
        sentences, parts = seeds.split_by_frames()
    else:
        sentences = corpus.load(file)
        by = results.by_documents if name == "documents" else batching.split
        parts = by(sentences)
    return sentences, parts._replace(train=parts.train[::share])


def keep_beside_results(about: dict, figures: dict, tags: list[list[str]]) -> None:
    """Where `results.py` keeps its own runs, for the interval of the difference."""
    run = {name: about[name] for name in ("system", "seed", "split")} | {
        "predictions": {about["system"]: tags},
        "cpu_minutes": figures["training_seconds"] / 60,
        "load": figures["load"],
        "versions": f"Python {platform.python_version()}, TensorFlow {tf.__version__}",
        "date": str(date.today()),
    }
    results.RUNS.mkdir(parents=True, exist_ok=True)
    runs.keep(run, results.RUNS / f"{about['split']}-{about['system']}-{about['seed']}.json")


def trained(material: tuple, name: str, system: str, seed: int) -> dict:
    sentences, parts = material[0][name]
    train = SYSTEMS[system]
    if system in WITH_VECTORS:
        train = partial(train, file=material[1])
    vocabulary = experiment.vocabulary_of("char-crf", sentences, parts.train, min_count=2)
    tf.keras.utils.set_random_seed(seed)
    started = time.process_time()
    tag, figures = train(vocabulary, parts, seed)
    figures = {"training_seconds": round(time.process_time() - started)} | figures
    if seed == 1:
        figures["tagging_seconds"] = seconds_of_tagging(tag, parts)
    figures["load"] = round(os.getloadavg()[2], 1)  # of the last quarter of an hour
    known = {word for sentence in parts.train for word in sentence.words}
    for name in ("validation", "test"):
        part = getattr(parts, name)
        figures["tags"] = tag([s.words for s in part])  # at last those of the test part
        figures[name] = scores(part, figures["tags"], known)
    return figures


def seconds_of_tagging(tag: seeds.System, parts: batching.Split) -> float:
    """Of CPU, for a thousand sentences."""
    # Backwards: as many words, in sentences that no encoder has read before.
    rows = [s.words[::-1] for s in (parts.validation + parts.test)[:THOUSAND]]
    tag([s.words for s in parts.validation[:100]])  # makes the graph
    started = time.process_time()
    tag(rows)
    taken = time.process_time() - started
    backwards = set(rows)
    for key in [key for key in known_vectors if key[1] in backwards]:
        del known_vectors[key]
    return round(taken / len(rows) * THOUSAND, 2)


def scores(part: Sequence[Sentence], found: list[list[str]], known: set[str]) -> dict:
    """The strict F1, and the recall of names with known words alone and of the others."""
    f1 = metrics.entity_f1([s.tags for s in part], found)
    return {"f1": round(f1, 4), **intervals.recall_by_words(part, found, known)}


@cache
def encoder() -> Encoder:
    return Encoder()


def of_layer_6(rows: Sequence[Sequence[str]]) -> list[np.ndarray]:
    return encoder().read(rows)


def of_embedding_layer(rows: Sequence[Sequence[str]]) -> list[np.ndarray]:
    return encoder().read(rows, layer=0)


known_vectors: dict[tuple[Read, tuple[str, ...]], np.ndarray] = {}  # what was read once
seconds_of_reading: dict[Read, float] = {}  # of CPU, for what training needs


def read_once(read: Read, rows: Sequence[tuple[str, ...]]) -> list[np.ndarray]:
    started = time.process_time()
    new = list(dict.fromkeys(row for row in rows if (read, row) not in known_vectors))
    known_vectors.update({(read, row): found for row, found in zip(new, read(new), strict=True)})
    seconds_of_reading.setdefault(read, time.process_time() - started)
    return [known_vectors[read, row] for row in rows]


def frozen(
    vocabulary: Vocabulary,
    parts: batching.Split,
    seed: int,
    read: Read | None = of_layer_6,
    beside_words: bool = True,
) -> tuple[seeds.System, dict]:
    """A CRF over vectors that stay as they are."""
    model, figures = fitted(vocabulary, parts, seed, read, beside_words)
    return tagging(model, model, vocabulary, read), figures


def frozen_ensemble(
    vocabulary: Vocabulary, parts: batching.Split, seed: int
) -> tuple[seeds.System, dict]:
    """`frozen` and the ensemble's second member, which reads a window, joined."""
    beside, first = fitted(vocabulary, parts, seed, of_layer_6)
    window, second = fitted(vocabulary, parts, seed, reads_window=True)
    figures = {name: round(first[name] + second[name], 1) for name in first}
    return tagging(models.join([beside, window]), beside, vocabulary, of_layer_6), figures


last_fitted: dict[tuple, tuple[tf.keras.Model, dict]] = {}  # an ensemble takes it as a member


def fitted(
    vocabulary: Vocabulary,
    parts: batching.Split,
    seed: int,
    read: Read | None = None,
    beside_words: bool = True,
    reads_window: bool = False,
) -> tuple[tf.keras.Model, dict]:
    """A trained model, and its seconds."""
    what = vocabulary, seed, read, beside_words, reads_window
    if what in last_fitted:
        return last_fitted[what]
    tf.keras.utils.set_random_seed(seed)
    started = time.process_time()
    names = vocabulary.index2tag
    size = encoder().size if read else 0
    sizes = len(vocabulary.index2word), len(vocabulary.index2feature), len(names)
    if beside_words:
        model = models.char_crf(
            *sizes, names, constrain_training=True, encoder_size=size, reads_window=reads_window
        )
    else:
        model = alone(names, size)
    data = [batching.encode(part, vocabulary) for part in (parts.train, parts.validation)]
    reading = 0.0
    if read:
        before = time.process_time()
        once = partial(read_once, read)
        data = filled(model, once, [[s.words for s in part] for part in parts[:2]], data)
        # Who trains a second time reads nothing anew, but to train takes as long as the first time.
        reading = max(seconds_of_reading[read] - (time.process_time() - before), 0)
    recipe = Recipe.choose("char-crf", len(parts.train))
    order = seed + 2**32 * reads_window  # of the batches: as `experiment` has it
    epochs = fit(model, *data, recipe, names, seed=order, verbose=0).history["seconds"]
    figures = {
        "seconds_per_epoch": round(float(np.median(epochs)), 1),
        "training_seconds": round(time.process_time() - started + reading),
    }
    last_fitted.clear()
    last_fitted[what] = model, figures
    return model, figures


def tagging(
    model: tf.keras.Model, reader: tf.keras.Model, vocabulary: Vocabulary, read: Read | None
) -> seeds.System:
    """How a model tags; `reader` is that of its members whose table is filled."""

    def tag(rows: Sequence[Sequence[str]]) -> list[list[str]]:
        sentences = batching.encode(seeds.as_sentences(rows), vocabulary)
        if read:
            once = partial(read_once, read)
            (sentences,) = filled(reader, once, [rows], [sentences])
        return [vocabulary.decode_tags(tags) for tags in predict_tags(model, sentences.words)]

    return tag


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
    vocabulary: Vocabulary,
    parts: batching.Split,
    seed: int,
    file: Path,
    architecture: str = "char-crf",
) -> tuple[seeds.System, dict]:
    """char-crf, or the ensemble, with word vectors from a file, as `train --vectors` has them."""
    wanted = [word for part in parts for sentence in part for word in sentence.words]
    found = vectors.read(file, wanted)
    sentences = [sentence for part in parts for sentence in part]
    vocabulary = experiment.vocabulary_of(architecture, sentences, parts.train, 2, found)
    run = experiment.run(architecture, parts, seed=seed, vocabulary=vocabulary, vectors=found)
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


WITH_VECTORS: dict[str, Callable[..., tuple[seeds.System, dict]]] = {
    "vectors": with_vectors,
    "vectors-ensemble": partial(with_vectors, architecture="ensemble"),
}
SYSTEMS: dict[str, Callable[..., tuple[seeds.System, dict]]] = {
    "char-crf": partial(frozen, read=None),
    "embedding layer": partial(frozen, read=of_embedding_layer),
    **WITH_VECTORS,
    "frozen": frozen,
    "frozen-ensemble": frozen_ensemble,
    "encoder alone": partial(frozen, beside_words=False),
    "fine-tuned": fine_tuned,
}
IN_THE_LESSON = [name for name in SYSTEMS if "ensemble" not in name]


if __name__ == "__main__":
    with errors.one_line():
        main()
