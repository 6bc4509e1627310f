"""The command `train`."""

import contextlib
import sys
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ner_tutorial.cli.common import reading, table
from ner_tutorial.errors import UserError
from ner_tutorial.recipes import RECIPES, Recipe
from ner_tutorial.text import TOKENIZERS

if TYPE_CHECKING:
    import tensorflow as tf

    from ner_tutorial.cli.material import Material
    from ner_tutorial.corpus import Sentence
    from ner_tutorial.encoder import Encoder
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
@click.option(
    "--dev", help="A file to choose the best epoch on, used whole; by default it is drawn."
)
@click.option("--test", help="A file to test on, used whole; by default it is drawn.")
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
@click.option(
    "--encoder", "source",
    help="A transformer that others have trained (lesson 8): the name of an installed package, or "
    "a directory with config.json, model.safetensors and vocab.txt. It stays as it is, and the "
    "model does not hold it. char-crf can read one.",
)  # fmt: skip
@click.option("--max-length", default=70, show_default=True, type=click.IntRange(1))
@click.option(
    "--long",
    default="drop",
    show_default=True,
    type=click.Choice(["drop", "split"]),
    help="What becomes of sentences over --max-length words.",
)
@click.option(
    "--split", "by", default="sentences", show_default=True,
    type=click.Choice(["sentences", "documents"]),
    help="What is drawn. No document is divided: the corpus marks them with -DOCSTART- or "
    "# newdoc, or --run says how long they are.",
)  # fmt: skip
@click.option(
    "--run", type=click.IntRange(1),
    help="With --split documents: so many sentences in a row count as a document.",
)  # fmt: skip
@click.option(
    "--tokenizer", type=click.Choice(["auto", *TOKENIZERS]),
    help="What cuts a text that the model tags. By default, and with auto, the one that cuts most "
    "entities of the training part as the corpus has them.",
)  # fmt: skip
@reading
@click.option(
    "--strategy", type=click.Choice(["mirrored"]),
    help="mirrored: all GPUs of this machine share each batch, in equal parts. Several machines do "
    "not: Keras 3 cannot train on them.",
)  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on after the last whole epoch of a killed run.")
@click.option("--quiet", is_flag=True, help="Say nothing on standard error of how it goes on.")
def train(
    path: str, model: str, output: str, seed: int, split_seed: int, max_length: int, long: str,
    dev: str | None, test: str | None, by: str, run: int | None, tokenizer: str | None,
    vectors_path: str | None, vector_words: int, source: str | None, told: dict[str, Any],
    strategy: str | None, resume: bool, quiet: bool,
    **given: Any,
) -> None:  # fmt: skip
    """Train a model and write it to a directory, whole or not at all.

    A tenth of the sentences is held out to test on (the split is drawn with --split-seed), and a
    tenth of the rest chooses the best epoch; --dev and --test name files in their place. Prints the
    figures on the test part, which are also written to metrics.json. Sentences over --max-length
    words are left out or split, and counted, but for those of --dev and --test. Standard error says
    what was read and, for each epoch, how far it is.

    The corpus may be CoNLL columns, a table (CSV, TSV), JSON of an annotation tool or BRAT's pairs
    of files, plain or packed; the format and the scheme of its tags are told from its content.

    \b
    Example:
      python -m ner_tutorial train --corpus data/sample.csv --model crf --epochs 6 \\
          --output my-model
      python -m ner_tutorial train --corpus train.conll --dev dev.conll --test test.conll \\
          --model char-crf --output my-model
    """
    from ner_tutorial import saving
    from ner_tutorial.cli import material
    from ner_tutorial.parts import Drawing

    if run and by == "sentences":
        raise click.UsageError("--run is of --split documents; give both")
    drawing = Drawing(split_seed, by, run, max_length, long)
    parts = _without_none(validation=dev, test=test)
    read = material.read(path, parts, told, tokenizer, drawing)
    saving.check_target(output)
    recipe = Recipe.choose(model, len(read.drawn.split.train))
    recipe = replace(recipe, **_without_none(**given))
    vectors, about_vectors = _read_vectors(vectors_path, vector_words, read, model)
    encoder = _read_encoder(source, model)
    devices = _devices(strategy)
    settings = {
        "model": model,
        "corpus": Path(path).name,
        "sentences": len(read.drawn.sentences),
        **{name: asdict(recipe)[name] for name in given},
        "seed": seed,
        "split_seed": split_seed,
        "split": by,
        "run": run,
        "max_length": max_length,
        "long": long,
        "vectors": about_vectors,
        "encoder": encoder and encoder.fingerprint,
        **read.settings(),
    }
    about = _about(read, tokenizer is not None)
    if devices:
        settings["devices"] = devices.num_replicas_in_sync
        about += f"\n{settings['devices']} devices share each batch"
    progress = _progress(quiet, about, recipe.epochs)
    learned = {"vectors": vectors, "encoder": encoder}
    with devices.scope() if devices else contextlib.nullcontext():
        figures = _train(read, recipe, learned, settings, output, resume=resume, **progress)
    if quiet:
        click.echo("".join(f"{note}\n" for note in read.notes), err=True, nl=False)
    _say_what_was_too_long(read.report.sentences, max_length, long)
    click.echo(table(figures))


def _without_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _devices(strategy: str | None) -> "tf.distribute.Strategy | None":
    """What lets all GPUs share each batch, if that was asked for and there are several."""
    if strategy is None:
        return None
    from ner_tutorial.training import mirrored

    if (devices := mirrored()) is None:
        click.echo("There is one device, so --strategy mirrored changes nothing.", err=True)
    return devices


def _train(
    read: "Material",
    recipe: Recipe,
    learned: dict[str, Any],
    settings: dict[str, Any],
    output: str,
    **options: Any,
) -> dict[str, Any]:
    """Train, with what was `learned` elsewhere, and write the model and its figures."""
    from ner_tutorial import experiment
    from ner_tutorial.models import ARCHITECTURES
    from ner_tutorial.training import Checkpoint

    target, model, parts = Path(output).resolve(), settings["model"], read.drawn.split
    checkpoint = Checkpoint(target.with_name(f"{target.name}.checkpoint.npz"), settings)
    vocabulary = experiment.vocabulary_of(
        model, read.sentences, parts.train, recipe.min_count, learned["vectors"]
    )
    try:
        with contextlib.redirect_stdout(sys.stderr):  # Keras's progress is no data
            result = experiment.run(
                model,
                parts,
                recipe,
                seed=settings["seed"],
                vocabulary=vocabulary,
                max_length=max([settings["max_length"], *map(len, parts.test)]),
                checkpoint=checkpoint,
                **learned,
                **options,
            )
        about = {"corpus": settings["corpus"], "sentences": settings["sentences"]}
        relied = experiment.reliability(result.tagger, parts.test)
        figures = {**about, "parts": settings["parts"], **result.figures, **relied}
        result.tagger.training, result.tagger.tokenizer = settings, read.tokenizer
        result.tagger.save(output, figures)
        for member in checkpoint.members(len(ARCHITECTURES[model].members)):
            member.remove()
    except OSError as error:
        raise UserError(f"{output}: cannot be written ({error.strerror or error})") from None
    return figures


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


def _about(read: "Material", tell_tokenizer: bool) -> str:
    """What was read, in a few lines. The tokenizer is one of them if it was asked for or is not the
    one that all models had once."""
    from ner_tutorial.iob2 import entities

    sentences, parts = read.drawn.sentences, read.drawn.split._asdict()
    types = Counter(entity.type for sentence in sentences for entity in entities(sentence.tags))
    named = ", ".join(f"{kind} {number:,}" for kind, number in types.most_common())
    lines = [
        *read.notes,
        f"{len(sentences):,} sentences, {sum(map(len, sentences)):,} tokens, "
        f"{types.total():,} entities ({named or 'none'})",
    ]
    for name, file in read.given.items():
        lines.append(f"{name} part: {Path(file).name}, {len(parts[name]):,} sentences")
    if tell_tokenizer or read.tokenizer != "english":
        whole, borders = read.agreement
        lines.append(
            f"tokenizer {read.tokenizer}: begins and ends tokens at {borders:.1%} of the borders "
            f"of entities, and cuts {whole:.1%} of them into the corpus's words"
        )
    return "\n".join(lines)


def _say_what_was_too_long(sentences: "list[Sentence]", max_length: int, long: str) -> None:
    if number := sum(len(sentence) > max_length for sentence in sentences):
        click.echo(
            f"{number:,} of {len(sentences):,} sentences had over {max_length} words and were "
            f"{'split' if long == 'split' else 'left out'}.",
            err=True,
        )


def _read_vectors(
    path: str | None, frequent: int, read: "Material", model: str
) -> "tuple[Vectors | None, dict[str, Any] | None]":
    """The word vectors of a file, and what the settings say of them."""
    from ner_tutorial import files, models, vectors

    if path is None:
        return None, None
    if not models.ARCHITECTURES[model].reads_form:
        raise UserError(f"{model} reads no word vectors; leave out --vectors, or train char-crf")
    words = {word for sentence in read.drawn.split.train for word in sentence.words}
    found = vectors.read(path, words, frequent)
    number, size = found.values.shape
    about = {"file": Path(path).name, "words": number, "size": size}
    return found, about | {"sha256": files.sha256(path)}


def _read_encoder(source: str | None, model: str) -> "Encoder | None":
    if source is None:
        return None
    if model != "char-crf":
        raise UserError(f"{model} reads no encoder; leave out --encoder, or train char-crf")
    from ner_tutorial.encoder import Encoder

    return Encoder(source)
