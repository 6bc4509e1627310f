"""The command `train`."""

import contextlib
import sys
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ner_tutorial.cli.common import fit_to_length, reading, split_of, table
from ner_tutorial.errors import CorpusError, UserError
from ner_tutorial.recipes import RECIPES, Recipe

if TYPE_CHECKING:
    from ner_tutorial.corpus import Sentence
    from ner_tutorial.vectors import Vectors


def _check_rate(
    context: click.Context, option: click.Parameter, rate: float | None
) -> float | None:
    if rate is not None and not 0 < rate <= 1:  # written so that nan fails
        raise click.BadParameter(f"{rate} is not above 0 and at most 1", context, option)
    return rate


def _by_default(setting: str) -> str:
    """What the recipes say of a setting."""
    values = {
        name: " or ".join(dict.fromkeys(f"{getattr(recipe, setting):g}" for recipe in recipes))
        for name, recipes in RECIPES.items()
    }
    of_each = "; ".join(f"{name} {value}" for name, value in values.items())
    return f"by default, for a small or a large corpus: {of_each}."


@click.command()
@click.option("--corpus", "path", required=True, help="The annotated sentences to learn from.")
@click.option("--model", required=True, type=click.Choice(list(RECIPES)), help="Which model.")
@click.option("--output", required=True, help="The directory to write the model to.")
@click.option("--epochs", type=click.IntRange(1), help=_by_default("epochs"))
@click.option("--seed", default=42, show_default=True, type=click.IntRange(0, 2**32 - 1))
@click.option("--split-seed", default=42, show_default=True, type=click.IntRange(0, 2**32 - 1))
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    help=f"Sentences a batch; {_by_default('batch_size')}",
)
@click.option(
    "--learning-rate",
    type=float,
    callback=_check_rate,
    help=f"Of Adam, up to 1; {_by_default('learning_rate')}",
)
@click.option(
    "--min-count",
    type=click.IntRange(1),
    help="1: every word of the corpus gets a vector, the classic recipe. 2 or more: only words "
    f"that the training part has so often; the others train the unknown word. "
    f"{_by_default('min_count')}",
)
@click.option(
    "--vectors", "vectors_path",
    help="A file of word vectors learned elsewhere, in the text format of GloVe, word2vec or "
    "fastText. They become part of the model; char-crf and ensemble can read them.",
)  # fmt: skip
@click.option(
    "--vector-words", default=100_000, show_default=True, type=click.IntRange(0),
    help="How many of its most frequent words are kept besides those of the training part.",
)  # fmt: skip
@click.option("--max-length", default=70, show_default=True, type=click.IntRange(1))
@click.option(
    "--long",
    default="drop",
    show_default=True,
    type=click.Choice(["drop", "split"]),
    help="What becomes of sentences over --max-length words.",
)
@reading
@click.option("--resume", is_flag=True, help="Go on after the last whole epoch of a killed run.")
@click.option("--quiet", is_flag=True, help="Say nothing on standard error of how it goes on.")
def train(
    path: str, model: str, output: str, seed: int, split_seed: int, max_length: int, long: str,
    vectors_path: str | None, vector_words: int, encoding: str | None, iob1: bool, repair: bool,
    resume: bool, quiet: bool, **given: Any,
) -> None:  # fmt: skip
    """Train a model and write it to a directory, whole or not at all.

    A tenth of the sentences is held out to test on (the split is drawn with --split-seed), and a
    tenth of the rest chooses the best epoch. Prints the figures on the test part, which are also
    written to metrics.json. Sentences over --max-length words are left out or split, and counted.
    Standard error says what was read and, for each epoch, how far it is.

    \b
    Example:
      python -m ner_tutorial train --corpus data/sample.csv --model crf --epochs 6 \\
          --output my-model
    """
    from ner_tutorial import corpus, experiment, files, saving
    from ner_tutorial.models import ARCHITECTURES
    from ner_tutorial.training import Checkpoint

    everything = corpus.read(path, encoding=encoding, iob1=iob1, repair=repair)
    sentences = fit_to_length(everything, max_length, long)
    parts = split_of(path, sentences, split_seed)
    if len({tag for sentence in sentences for tag in sentence.tags}) < 2:
        raise CorpusError(f"{path}: has one tag only, so there is nothing to learn; annotate it")
    saving.check_target(output)
    chosen = {name: value for name, value in given.items() if value is not None}
    recipe = replace(Recipe.choose(model, len(parts.train)), **chosen)
    vectors, about_vectors = _read_vectors(vectors_path, vector_words, parts.train, model)
    settings = {
        "model": model,
        "corpus": Path(path).name,
        "sha256": files.sha256(path),
        "sentences": len(sentences),
        **{name: asdict(recipe)[name] for name in given},
        "seed": seed,
        "split_seed": split_seed,
        "max_length": max_length,
        "long": long,
        "vectors": about_vectors,
    }
    target = Path(output).resolve()
    checkpoint = Checkpoint(target.with_name(f"{target.name}.checkpoint.npz"), settings)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # Keras's progress is no data
            result = experiment.run(
                model,
                parts,
                recipe,
                seed=seed,
                vocabulary=experiment.vocabulary_of(
                    model, sentences, parts.train, recipe.min_count, vectors
                ),
                vectors=vectors,
                max_length=max_length,
                **_progress(quiet, _about(sentences), recipe.epochs),
                checkpoint=checkpoint,
                resume=resume,
            )
        figures = {"corpus": Path(path).name, "sentences": len(sentences), **result.figures}
        result.tagger.training = settings
        result.tagger.save(output, figures)
        for member in checkpoint.members(len(ARCHITECTURES[model].members)):
            member.remove()
    except OSError as error:
        raise UserError(f"{output}: cannot be written ({error.strerror or error})") from None
    _say_what_was_too_long(everything, max_length, long)
    click.echo(table(figures))


def _progress(quiet: bool, about: str, epochs: int) -> dict[str, Any]:
    """How training shows where it is, once it has begun: a bar on a terminal, elsewhere lines."""
    from ner_tutorial.training import progress_lines

    if quiet:
        return {"verbose": 0}
    is_terminal = sys.stderr.isatty()
    return {
        "verbose": int(is_terminal),
        "callbacks": [progress_lines(about, None if is_terminal else epochs)],
    }


def _about(sentences: "list[Sentence]") -> str:
    """What was read, in a line."""
    from ner_tutorial.iob2 import entities

    types = Counter(entity.type for sentence in sentences for entity in entities(sentence.tags))
    named = ", ".join(f"{kind} {number:,}" for kind, number in types.most_common())
    tokens = sum(map(len, sentences))
    return (
        f"{len(sentences):,} sentences, {tokens:,} tokens, {types.total():,} entities "
        f"({named or 'none'})"
    )


def _say_what_was_too_long(sentences: "list[Sentence]", max_length: int, long: str) -> None:
    if number := sum(len(sentence) > max_length for sentence in sentences):
        click.echo(
            f"{number:,} of {len(sentences):,} sentences had over {max_length} words and were "
            f"{'split' if long == 'split' else 'left out'}.",
            err=True,
        )


def _read_vectors(
    path: str | None, frequent: int, training: "list[Sentence]", model: str
) -> "tuple[Vectors | None, dict[str, Any] | None]":
    """The word vectors of a file, and what the settings say of them."""
    from ner_tutorial import files, models, vectors

    if path is None:
        return None, None
    if not models.ARCHITECTURES[model].reads_form:
        raise UserError(f"{model} reads no word vectors; leave out --vectors, or train char-crf")
    words = {word for sentence in training for word in sentence.words}
    found = vectors.read(path, words, frequent)
    number, size = found.values.shape
    about = {"file": Path(path).name, "words": number, "size": size}
    return found, about | {"sha256": files.sha256(path)}
