"""The course's tools from a terminal: `python -m ner_tutorial`."""

import os
import sys

import click

from ner_tutorial import corpus


class Failure(click.ClickException):
    """Ends the command with status 2 and one line on standard error."""

    exit_code = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ner-tutorial")
def main() -> None:
    """Named entity recognition with a BiLSTM-CRF."""


@main.command()
def download() -> None:
    """Fetch GMB from Kaggle into data/ner_dataset.csv.

    The lessons then read it in place of the sample. Fifteen megabytes; a download that broke off
    goes on where it stopped.

    \b
    Example:
      python -m ner_tutorial download
    """
    if not sys.stderr.isatty():
        os.environ.setdefault("TQDM_DISABLE", "1")  # no progress bar in a log file
    try:
        click.echo(corpus.download())
    except corpus.CorpusError as error:
        raise Failure(str(error)) from None
