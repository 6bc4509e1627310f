"""The course's tools from a terminal: `python -m ner_tutorial`.

TensorFlow takes seconds to import, so each command imports what it needs, and `--help` nothing.
"""

import contextlib
import io
import json
import os
import sys
from pathlib import Path

import click

from ner_tutorial import MODELS


class Failure(click.ClickException):
    """Ends the command with status 2 and one line on standard error."""

    exit_code = 2


class _Commands(click.Group):
    """Commands that say what is wrong in one line and exit with 2, or with 130 if interrupted."""

    def main(self, *args, **options):
        try:
            status = super().main(*args, **{**options, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            status = 2
        except click.Abort:
            click.echo("Interrupted.", err=True)
            status = 130
        except click.ClickException as error:
            click.echo(f"Error: {' '.join(error.format_message().split())}", err=True)
            status = 2
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            click.echo(f"Error: {where}{error.strerror or error}", err=True)
            status = 2
        sys.exit(status or 0)


def _check_rate(context, option, rate: float | None) -> float | None:
    if rate is not None and not 0 < rate <= 1:  # written so that nan fails
        raise click.BadParameter(f"{rate} is not above 0 and at most 1", context, option)
    return rate


def _reading(command):
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


@main.command()
@click.option("--corpus", "path", required=True, help="The annotated sentences to learn from.")
@click.option("--model", required=True, type=click.Choice(list(MODELS)), help="Which model.")
@click.option("--output", required=True, help="The directory to write the model to.")
@click.option("--epochs", type=click.IntRange(1), help="By default 20; for char-crf 6, or 10.")
@click.option("--seed", default=42, show_default=True, type=click.IntRange(0, 2**32 - 1))
@click.option("--split-seed", default=42, show_default=True, type=click.IntRange(0, 2**32 - 1))
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    help="Sentences a batch; by default 256 (char-crf: 64) for 20,000 sentences or more, else 32.",
)
@click.option(
    "--learning-rate",
    type=float,
    callback=_check_rate,
    help="Of Adam, up to 1. By default 0.001 (char-crf: 0.002) for 20,000 sentences or more, "
    "else 0.003.",
)
@click.option(
    "--min-count",
    type=click.IntRange(1),
    help="1: every word of the corpus gets a vector, the classic recipe. 2 or more: only words "
    "that the training part has so often; the others train the unknown word. By default 1; for "
    "char-crf 2.",
)
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
def train(
    path, model, output, epochs, seed, split_seed, batch_size, learning_rate, min_count,
    max_length, long, encoding, iob1, repair, resume,
) -> None:  # fmt: skip
    """Train a model and write it to a directory, whole or not at all.

    A tenth of the sentences is held out to test on (the split is drawn with --split-seed), and a
    tenth of the rest chooses the best epoch. Prints the figures on the test part, which are also
    written to metrics.json. Sentences over --max-length words are left out or split, and counted.

    \b
    Example:
      python -m ner_tutorial train --corpus data/sample.csv --model crf --epochs 9 \\
          --output my-model
    """
    from ner_tutorial import batching, corpus
    from ner_tutorial.tagger import Tagger, TaggerError, check_target, sha256
    from ner_tutorial.training import CHAR_CRF, Checkpoint, CheckpointError, EpochTimer
    from ner_tutorial.training import train as fit
    from ner_tutorial.vocabulary import Vocabulary

    import numpy as np  # isort: skip
    import tensorflow as tf  # isort: skip

    try:
        everything = corpus.read(path, encoding=encoding, iob1=iob1, repair=repair)
        sentences = _fit_to_length(everything, max_length, long)
        parts = batching.split(sentences, split_seed)
        if len({tag for sentence in sentences for tag in sentence.tags}) < 2:
            raise Failure(f"{path}: has one tag only, so there is nothing to learn; annotate it")
        check_target(output)
    except corpus.CorpusError as error:
        raise Failure(str(error)) from None
    except TaggerError as error:
        raise Failure(str(error)) from None
    except ValueError as error:
        raise Failure(f"{path}: {error}") from None
    is_large, is_strong = len(sentences) >= 20_000, model == "char-crf"
    recipe = {"epochs": 20, "batch_size": 256, "learning_rate": 0.001}
    if is_strong:
        recipe = {**CHAR_CRF, "epochs": CHAR_CRF["epochs"] if is_large else 10}
    if not is_large:
        recipe.update(batch_size=32, learning_rate=0.003)
    given = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate}
    recipe.update({name: value for name, value in given.items() if value is not None})
    min_count = min_count or (2 if is_strong else 1)
    settings = {
        "model": model,
        "corpus": Path(path).name,
        "sha256": sha256(path),
        "sentences": len(sentences),
        **{name: recipe[name] for name in given},
        "min_count": min_count,
        "seed": seed,
        "split_seed": split_seed,
        "max_length": max_length,
        "long": long,
    }
    words_from = sentences if min_count == 1 else parts.train
    vocabulary = Vocabulary.from_sentences(
        words_from,
        tags_from=sentences,
        min_count=min_count,
        min_feature_count=3 if is_strong else None,
    )
    tf.keras.utils.set_random_seed(seed)
    tagger = Tagger.build(model, vocabulary, iob2_only=model != "softmax")
    tagger.training = settings
    target = Path(output).resolve()
    checkpoint = Checkpoint(target.with_name(f"{target.name}.checkpoint.npz"), settings)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # Keras's progress is no data
            history = fit(
                tagger.model,
                batching.encode(parts.train, vocabulary),
                batching.encode(parts.validation, vocabulary),
                **recipe,
                seed=seed,
                verbose=1 if sys.stderr.isatty() else 0,
                callbacks=[EpochTimer()],
                checkpoint=checkpoint,
                resume=resume,
            )
        figures = {
            "corpus": settings["corpus"],
            "sentences": len(sentences),
            "part": "test",
            "scored": len(parts.test),
            "parameters": tagger.model.count_params(),
            "epochs": len(history.epoch),
            "seconds_per_epoch": float(np.median(history.history["seconds"])),
            **_score(tagger, parts.test, max_length),
        }
        tagger.save(output, figures)
        checkpoint.remove()
    except (CheckpointError, TaggerError) as error:
        raise Failure(str(error)) from None
    except OSError as error:
        raise Failure(f"{output}: cannot be written ({error.strerror or error})") from None
    if number := sum(len(sentence) > max_length for sentence in everything):
        click.echo(
            f"{number:,} of {len(everything):,} sentences had over {max_length} words and were "
            f"{'split' if long == 'split' else 'left out'}.",
            err=True,
        )
    click.echo(_table(figures))


@main.command()
@click.argument("directory")
@click.option("--corpus", "path", required=True, help="The annotated sentences to score on.")
@click.option("--part", type=click.Choice(["all", "test"]), help="By default see above.")
@click.option("--json", "as_json", is_flag=True, help="All figures as JSON, as in metrics.json.")
@_reading
def evaluate(directory, path, part, as_json, encoding, iob1, repair) -> None:
    """Score a model on a corpus.

    On the corpus that the model was trained on, scored is the test part of its split: it has seen
    the rest, and the figures are those of metrics.json. Any other corpus is scored whole. --part
    says otherwise.

    \b
    Example:
      python -m ner_tutorial evaluate my-model --corpus data/sample.csv --json
    """
    from ner_tutorial import batching, corpus
    from ner_tutorial.tagger import Tagger, TaggerError, sha256

    try:
        sentences = corpus.read(path, encoding=encoding, iob1=iob1, repair=repair)
        tagger = Tagger.load(directory)
    except (corpus.CorpusError, TaggerError) as error:
        raise Failure(str(error)) from None
    training = tagger.training
    is_same = training is not None and sha256(path) == training["sha256"]
    part = part or ("test" if is_same else "all")
    length = max(corpus.MAX_LENGTH, max(map(len, sentences)))
    if part == "test":
        if training is None:
            raise Failure(f"{directory}: does not say how it was trained; give --part all")
        length = training["max_length"]
        sentences = _fit_to_length(sentences, length, training["long"])
        try:
            scored = batching.split(sentences, training["split_seed"]).test
        except ValueError as error:
            raise Failure(f"{path}: {error}") from None
    else:
        scored = sentences
    known = set(tagger.vocabulary.index2tag)
    if unknown := sorted({tag for sentence in scored for tag in sentence.tags} - known):
        raise Failure(
            f"{path}: the tag {unknown[0]!r} is none of the model's "
            f"({', '.join(tagger.vocabulary.index2tag[1:])}); give a corpus with its tags"
        )
    figures = {
        "corpus": Path(path).name,
        "sentences": len(sentences),
        "part": part,
        "scored": len(scored),
        "parameters": tagger.model.count_params(),
        **_score(tagger, scored, length),
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
def tag(directory, file, format, encoding) -> None:
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
    from ner_tutorial.tagger import Tagger, TaggerError

    try:
        tagger = Tagger.load(directory)
        with click.open_file(file, "rb") as binary:
            stream = io.TextIOWrapper(binary, encoding=encoding, newline="")
            pieces = iter(lambda: stream.read(65_536), "")
            quiet = not sys.stderr.isatty() or sys.stdout.isatty()
            found = tqdm(tagger.tag_text(pieces), unit=" sentences", disable=quiet)
            if hasattr(sys.stdout, "reconfigure"):
                sys.stdout.reconfigure(encoding="utf-8")
            for part in render(found, format):
                sys.stdout.write(part)
            sys.stdout.flush()
    except TaggerError as error:
        raise Failure(str(error)) from None
    except LookupError:
        raise Failure(f"there is no encoding {encoding!r}; give another --encoding") from None
    except UnicodeDecodeError as error:
        raise Failure(f"{file}: not {error.encoding} text; give its --encoding") from None


@main.command()
def download() -> None:
    """Fetch GMB from Kaggle into data/ner_dataset.csv.

    The lessons then read it in place of the sample. Fifteen megabytes; a download that broke off
    goes on where it stopped.

    \b
    Example:
      python -m ner_tutorial download
    """
    from ner_tutorial import corpus

    if not sys.stderr.isatty():
        os.environ.setdefault("TQDM_DISABLE", "1")  # no progress bar in a log file
    try:
        click.echo(corpus.download())
    except corpus.CorpusError as error:
        raise Failure(str(error)) from None


def _fit_to_length(sentences, max_length: int, long: str) -> list:
    from ner_tutorial import corpus

    fit = corpus.split_long if long == "split" else corpus.keep_short
    return fit(sentences, max_length)


def _score(tagger, sentences, length: int) -> dict:
    from ner_tutorial import metrics

    predicted = tagger.tag([sentence.words for sentence in sentences])
    return metrics.evaluate([sentence.tags for sentence in sentences], predicted, length)


def _table(figures: dict) -> str:
    shown = {name: value for name, value in figures.items() if name != "per_type"}
    return "\n".join(
        f"{name.replace('_', ' '):<28} {value:.4f}" if isinstance(value, float)
        else f"{name.replace('_', ' '):<28} {value}"
        for name, value in shown.items()
    )  # fmt: skip
