"""From the parts of a corpus and a recipe to a trained, scored tagger.

The command line and the benchmarks train nothing in any other way; the lessons do the same step by
step.
"""

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from ner_tutorial import metrics
from ner_tutorial.batching import Encoded, Split, encode, split
from ner_tutorial.corpus import MAX_LENGTH, Sentence
from ner_tutorial.encoder import Encoder, look_up
from ner_tutorial.errors import CorpusError
from ner_tutorial.models import ARCHITECTURES, build_members, join
from ner_tutorial.recipes import Recipe
from ner_tutorial.tagger import Tagger
from ner_tutorial.training import Checkpoint, best_epoch, fit
from ner_tutorial.vectors import Vectors
from ner_tutorial.vocabulary import PADDING_WORD, UNKNOWN_WORD, Vocabulary

MIN_FEATURE_COUNT = 3  # features of words' forms that are rarer are read as unknown


@dataclass(frozen=True)
class Result:
    """A trained tagger and what became of it.

    Attributes:
        tagger: with the weights of the best epoch.
        parts: of the corpus, as they were used.
        history: see `training.fit`; of an ensemble its members' one after the other.
        figures: of the test part, as `metrics.json` has them but for those of `reliability`.
    """

    tagger: Tagger
    parts: Split
    history: dict[str, list[float]]
    figures: dict[str, Any]

    @property
    def best_epoch(self) -> int:
        """The epoch whose weights were kept, counted from 1 (and through an ensemble's members)."""
        return best_epoch(self.history) + 1


def run(
    architecture: str,
    corpus: Split | Sequence[Sentence],
    recipe: Recipe | None = None,
    *,
    seed: int = 42,
    vocabulary: Vocabulary | None = None,
    vectors: Vectors | None = None,
    encoder: Encoder | None = None,
    build: Callable[[Vocabulary], tf.keras.Model] | None = None,
    iob2_only: bool = True,
    max_length: int = MAX_LENGTH,
    verbose: int = 0,
    callbacks: Sequence[tf.keras.callbacks.Callback] = (),
    checkpoint: Checkpoint | None = None,
    resume: bool = False,
) -> Result:
    """Train on the training part, keep the epoch that is best on the validation part, and score on
    the test part.

    Args:
        architecture: one of `ARCHITECTURES`.
        corpus: the three parts; or sentences, of which `batching.split` makes them. It also takes
            parts that a corpus comes with: `run("crf", split(train, validation=dev, test=test))`.
        recipe: by default the one for this architecture and number of sentences.
        seed: of the first weights, of dropout and of the batches' order.
        vocabulary: by default that of `vocabulary_of`.
        vectors: learned elsewhere, of which the vocabulary has the words.
        encoder: reads each sentence once; its vectors stand beside the words and stay as they are.
        build: if given, makes the network in place of the architecture's own.
        iob2_only: of a CRF, decode only what IOB2 allows.
        max_length: to which the figure with padding pads.
        verbose, callbacks, checkpoint, resume: see `training.fit`.

    Raises:
        UserError: the sentences cannot be split, a part is empty, or the checkpoint is of another
            run.
    """
    parts = corpus if isinstance(corpus, Split) else split(corpus)
    for name, part in parts._asdict().items():
        if not part:
            raise CorpusError(f"the {name} part has no sentence; give it one or more")
    recipe = recipe or Recipe.choose(architecture, len(parts.train))
    if vocabulary is None:
        vocabulary = vocabulary_of(architecture, corpus, parts.train, recipe.min_count, vectors)
    tf.keras.utils.set_random_seed(seed)
    size = encoder.size if encoder else 0
    members = (
        [build(vocabulary)] if build else build_members(architecture, vocabulary, iob2_only, size)
    )
    if vectors:
        _put_in(vectors, members)
    data = encode(parts.train, vocabulary), encode(parts.validation, vocabulary)
    if encoder:
        data = _with_encoder(members[0], encoder, parts, data)
    history = _train(
        members,
        data,
        recipe,
        checkpoint,
        tag_names=vocabulary.index2tag,
        seed=seed,
        verbose=verbose,
        callbacks=callbacks,
        resume=resume,
    )
    tagger = Tagger(architecture, join(members), vocabulary, encoder=encoder)
    figures = {
        "part": "test",
        "scored": len(parts.test),
        "parameters": tagger.model.count_params(),
        "epochs": len(history["loss"]),
        "seconds_per_epoch": float(np.median(history["seconds"])),
        **score(tagger, parts.test, max_length),
    }
    return Result(tagger, parts, history, figures)


def _put_in(vectors: Vectors, members: Sequence[tf.keras.Model]) -> None:
    special = np.zeros_like(vectors.values[:2])  # the unknown word, and padding
    for member in members:
        member.get_layer("vectors").set_weights([np.concatenate([special, vectors.values])])


def _with_encoder(
    model: tf.keras.Model, encoder: Encoder, parts: Split, data: tuple[Encoded, Encoded]
) -> tuple[Encoded, Encoded]:
    vectors = encoder.read([s.words for s in (*parts.train, *parts.validation)])
    training, validation = look_up(model, vectors, *(part.words for part in data))
    return data[0]._replace(words=training), data[1]._replace(words=validation)


def _train(
    members: Sequence[tf.keras.Model],
    data: tuple[Encoded, Encoded],
    recipe: Recipe,
    checkpoint: Checkpoint | None,
    *,
    seed: int,
    **options: Any,
) -> dict[str, list[float]]:
    """Train models one after the other; their histories, one behind the other."""
    checkpoints = checkpoint.members(len(members)) if checkpoint else [None] * len(members)
    history: dict[str, list[float]] = {}
    for number, (member, kept) in enumerate(zip(members, checkpoints, strict=True)):
        # Each sees the batches in another order, that of no seed which a person may give.
        options |= {"seed": seed + number * 2**32, "checkpoint": kept}
        found = fit(member, *data, recipe, **options).history
        if len(found.get("loss", [])) < recipe.epochs:
            raise KeyboardInterrupt  # which `fit` took: half a run has no figures
        for name, values in found.items():
            history.setdefault(name, []).extend(values)
        gc.collect()  # a trained model's twin and optimizer refer to themselves, and would stay
    return history


def vocabulary_of(
    architecture: str,
    corpus: Split | Sequence[Sentence],
    training: Sequence[Sentence],
    min_count: int,
    vectors: Vectors | None = None,
) -> Vocabulary:
    """The index tables that an architecture needs.

    Args:
        architecture: one of `ARCHITECTURES`; it says whether features of words' forms are numbered.
        corpus: whose tags get an index; with a `min_count` of 1 the words as well.
        training: the part whose words get an index, if they occur `min_count` times.
        min_count: see `Recipe`.
        vectors: learned elsewhere, whose words get an index too.
    """
    sentences = [s for part in corpus for s in part] if isinstance(corpus, Split) else corpus
    vocabulary = Vocabulary.from_sentences(
        sentences if min_count == 1 else training,
        tags_from=sentences,
        min_count=min_count,
        min_feature_count=MIN_FEATURE_COUNT if ARCHITECTURES[architecture].reads_form else None,
    )
    if vectors is None:
        return vocabulary
    words = (UNKNOWN_WORD, PADDING_WORD, *vectors.words)
    return replace(vocabulary, index2vector=words, vector_size=vectors.values.shape[1])


def score(tagger: Tagger, sentences: Sequence[Sentence], max_length: int) -> dict[str, Any]:
    """The figures of a tagger on annotated sentences; see `metrics.evaluate`."""
    found = tagger.tag([sentence.words for sentence in sentences])
    return metrics.evaluate([sentence.tags for sentence in sentences], found, max_length)


def reliability(tagger: Tagger, sentences: Sequence[Sentence]) -> dict[str, Any]:
    """How far the figures of a tagger and its confidence can be relied on.

    Returns:
        `f1_intervals`, the 95% interval of strict entity F1 over `all` types and `per_type`; and
        `calibration`, the expected `error` of the confidence in the `words` of the entities found
        (None if there are none).
    """
    true = [sentence.tags for sentence in sentences]
    tags, confidences = zip(*tagger.tag_surely([s.words for s in sentences]), strict=True)
    table = metrics.type_intervals(true, tags)
    *per_type, overall = table[["low", "high"]].to_numpy().tolist()
    words = [
        (confidence, guess == wanted)
        for row in zip(true, tags, confidences, strict=True)
        for wanted, guess, confidence in zip(*row, strict=True)
        if guess != "O"
    ]
    sure, right = zip(*words, strict=True) if words else ((), ())
    error = metrics.expected_calibration_error(sure, right) if words else None
    return {
        "f1_intervals": {
            "all": overall,
            "per_type": dict(zip(table.index, per_type, strict=False)),
        },
        "calibration": {"words": len(words), "error": error},
    }
