"""The course's tools from a terminal: `python -m ner_tutorial`.

TensorFlow takes seconds to import, so each command imports what it needs, and `--help` nothing.
"""

import contextlib
import io
import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ner_tutorial.errors import CorpusError, UserError
from ner_tutorial.recipes import RECIPES, Recipe

if TYPE_CHECKING:
    from ner_tutorial.batching import Split
    from ner_tutorial.corpus import Sentence
    from ner_tutorial.vectors import Vectors


class _Commands(click.Group):
    """Commands that say what is wrong in one line and exit with 2, or with 130 if interrupted."""

    def main(self, *args: Any, **options: Any) -> NoReturn:
        try:
            status = super().main(*args, **{**options, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            status = 2
        except click.Abort:
            click.echo("Interrupted.", err=True)
            status = 130
        except click.ClickException as error:
            status = _fail(error.format_message())
        except UserError as error:
            status = _fail(error.line(lambda name: f"--{name}"))
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            status = _fail(f"{where}{error.strerror or error}")
        sys.exit(status or 0)


def _fail(message: str) -> int:
    click.echo(f"Error: {' '.join(message.split())}", err=True)
    return 2


def _check_rate(
    context: click.Context, option: click.Parameter, rate: float | None
) -> float | None:
    if rate is not None and not 0 < rate <= 1:  # written so that nan fails
        raise click.BadParameter(f"{rate} is not above 0 and at most 1", context, option)
    return rate


def _reading(command: Callable) -> Callable:
    """The options on how a corpus is read."""
    for option in (
        click.option("--repair", is_flag=True, help="Let an I- tag without a start begin one."),
        click.option("--iob1", is_flag=True, help="The tags are IOB1: convert them to IOB2."),
        click.option("--encoding", help="Of the corpus; by default UTF-8."),
    ):
        command = option(command)
    return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ner-tutorial")
def main() -> None:
    """Named entity recognition with a BiLSTM-CRF.

    \b
    Example:
      python -m ner_tutorial train --corpus data/sample.csv --model crf --output my-model
      python -m ner_tutorial evaluate my-model --corpus data/sample.csv
      echo "Joe went to Stanford University." | python -m ner_tutorial tag my-model
    """


def _by_default(setting: str) -> str:
    """What the recipes say of a setting."""
    values = {
        name: " or ".join(dict.fromkeys(f"{getattr(recipe, setting):g}" for recipe in recipes))
        for name, recipes in RECIPES.items()
    }
    of_each = "; ".join(f"{name} {value}" for name, value in values.items())
    return f"by default, for a small or a large corpus: {of_each}."


@main.command()
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
@_reading
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
    sentences = _fit_to_length(everything, max_length, long)
    parts = _split(path, sentences, split_seed)
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
    click.echo(_table(figures))


@main.command()
@click.argument("directory")
@click.option("--corpus", "path", required=True, help="The annotated sentences to score on.")
@click.option("--part", type=click.Choice(["all", "test"]), help="By default see above.")
@click.option("--json", "as_json", is_flag=True, help="All figures as JSON, as in metrics.json.")
@_reading
def evaluate(
    directory: str, path: str, part: str | None, as_json: bool,
    encoding: str | None, iob1: bool, repair: bool,
) -> None:  # fmt: skip
    """Score a model on a corpus.

    On the corpus that the model was trained on, scored is the test part of its split: it has seen
    the rest, and the figures are those of metrics.json. Any other corpus is scored whole. --part
    says otherwise.

    \b
    Example:
      python -m ner_tutorial evaluate my-model --corpus data/sample.csv --json
    """
    from ner_tutorial import corpus, experiment, files
    from ner_tutorial.tagger import Tagger

    sentences = corpus.read(path, encoding=encoding, iob1=iob1, repair=repair)
    tagger = Tagger.load(directory)
    training = tagger.training
    is_same = training is not None and files.sha256(path) == training["sha256"]
    part = part or ("test" if is_same else "all")
    scored = sentences
    length = max(corpus.MAX_LENGTH, max(map(len, sentences)))
    if part == "test":
        if training is None:
            raise UserError(f"{directory}: does not say how it was trained; give --part all")
        length = training["max_length"]
        sentences = _fit_to_length(sentences, length, training["long"])
        scored = _split(path, sentences, training["split_seed"]).test
    known = tagger.vocabulary.index2tag[1:]
    if unknown := sorted({tag for sentence in scored for tag in sentence.tags}.difference(known)):
        raise CorpusError(
            f"{path}: the tag {unknown[0]!r} is none of the model's ({', '.join(known)}); "
            "give a corpus with its tags"
        )
    figures = {
        "corpus": Path(path).name,
        "sentences": len(sentences),
        "part": part,
        "scored": len(scored),
        "parameters": tagger.model.count_params(),
        **experiment.score(tagger, scored, length),
    }
    click.echo(json.dumps(figures, indent=2) if as_json else _table(figures))


@main.command()
@click.argument("directory")
@click.argument("file", default="-")
@click.option(
    "--format", default="text", show_default=True,
    type=click.Choice(["text", "conll", "json", "html"]),
)  # fmt: skip
@click.option("--encoding", default="utf-8-sig", help="Of the text; UTF-8 by default.")
@click.option(
    "--min-confidence", type=click.FloatRange(0, 1), default=0,
    help="Leave out entities that the model is less sure of.",
)  # fmt: skip
def tag(directory: str, file: str, format: str, encoding: str, min_confidence: float) -> None:
    """Find the entities in a text, from FILE or standard input.

    A sentence ends at the end of its line, so give each paragraph in one line. The formats: text,
    the sentence with [name](type); conll, a token and its tag a line; json, an object a sentence
    and line, all offsets in characters of the whole text; html, a page with colours.

    \b
    Example:
      echo "Joe went to Stanford University." | python -m ner_tutorial tag my-model
      python -m ner_tutorial tag my-model letter.txt --format html > letter.html
    """
    from tqdm import tqdm

    from ner_tutorial.formats import render
    from ner_tutorial.tagger import Tagger

    tagger = Tagger.load(directory)
    try:
        with click.open_file(file, "rb") as binary:
            stream = io.TextIOWrapper(binary, encoding=encoding, newline="")
            pieces = iter(lambda: stream.read(65_536), "")
            quiet = not sys.stderr.isatty() or sys.stdout.isatty()
            found = tqdm(tagger.tag_text(pieces), unit=" sentences", disable=quiet)
            sure = (s.at_least(min_confidence) for s in found) if min_confidence else found
            if hasattr(sys.stdout, "reconfigure"):
                sys.stdout.reconfigure(encoding="utf-8")
            for part in render(sure, format):
                sys.stdout.write(part)
            sys.stdout.flush()
    except LookupError:
        raise UserError(f"there is no encoding {encoding!r}; give another --encoding") from None
    except UnicodeError as error:
        name = getattr(error, "encoding", encoding)
        raise UserError(f"{file}: not {name} text; give its --encoding") from None


@main.command("download")
def _download() -> None:
    """Fetch GMB from Kaggle into data/ner_dataset.csv.

    The lessons then read it in place of the sample. Fifteen megabytes; a download that broke off
    goes on where it stopped.

    \b
    Example:
      python -m ner_tutorial download
    """
    from ner_tutorial.download import download

    if not sys.stderr.isatty():
        os.environ.setdefault("TQDM_DISABLE", "1")  # no progress bar in a log file
    click.echo(download())


@main.command("lessons")
def _lessons() -> None:
    """Copy the lessons into my-lessons/, to work in; a copy that is there stays as it is.

    \b
    Example:
      python -m ner_tutorial lessons
    """
    from ner_tutorial import lessons

    click.echo("\n".join(lessons.copy() or [f"{lessons.COPIES}: nothing new."]))


def _fit_to_length(sentences: "list[Sentence]", max_length: int, long: str) -> "list[Sentence]":
    from ner_tutorial import corpus

    fit = corpus.split_long if long == "split" else corpus.keep_short
    return fit(sentences, max_length)


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


def _split(path: str, sentences: "list[Sentence]", seed: int) -> "Split":
    from ner_tutorial.batching import split

    try:
        return split(sentences, seed)
    except CorpusError as error:
        raise CorpusError(f"{path}: {error}") from None


def _table(figures: dict[str, Any]) -> str:
    shown = {name: value for name, value in figures.items() if name != "per_type"}
    return "\n".join(
        f"{name.replace('_', ' '):<28} {value:.4f}" if isinstance(value, float)
        else f"{name.replace('_', ' '):<28} {value}"
        for name, value in shown.items()
    )  # fmt: skip
