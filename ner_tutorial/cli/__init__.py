"""The course's tools from a terminal: `python -m ner_tutorial`.

TensorFlow takes seconds to import, so each command imports what it needs, and `--help` nothing.
"""

import os
import sys
from typing import Any, NoReturn

import click

from ner_tutorial.cli.evaluate import evaluate
from ner_tutorial.cli.tag import tag
from ner_tutorial.cli.tag_files import tag_files
from ner_tutorial.cli.train import train
from ner_tutorial.errors import UserError


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
            status = _fail(error.line(lambda name: f"--{name.replace('_', '-')}"))
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            status = _fail(f"{where}{error.strerror or error}")
        sys.exit(status or 0)


def _fail(message: str) -> int:
    click.echo(f"Error: {' '.join(message.split())}", err=True)
    return 2


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


@click.command("download")
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


@click.command("lessons")
def _lessons() -> None:
    """Copy the lessons into my-lessons/, to work in; a copy that is there stays as it is.

    \b
    Example:
      python -m ner_tutorial lessons
    """
    from ner_tutorial import lessons

    click.echo("\n".join(lessons.copy() or [f"{lessons.COPIES}: nothing new."]))


@click.command("card")
@click.argument("directory")
@click.option("--force", is_flag=True, help="Replace a card that is there.")
def _card(directory: str, force: bool) -> None:
    """Write README.md into a model's directory: a model card, with blanks to fill in.

    It says what the model learned from and how good it is, by type, in the form that model hubs
    read. What only people know stands there as [fill in].

    \b
    Example:
      python -m ner_tutorial card my-model
    """
    from ner_tutorial import card

    click.echo(card.write(directory, force))


for command in (train, evaluate, tag, tag_files, _card, _download, _lessons):
    main.add_command(command)
