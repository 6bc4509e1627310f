"""What `train` and `evaluate` share: how a corpus is read and drawn from, and the table."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ner_tutorial.errors import CorpusError
from ner_tutorial.schemes import SCHEMES

if TYPE_CHECKING:
    from ner_tutorial.corpus import Report
    from ner_tutorial.parts import Drawing, Parts


def _column(context: click.Context, option: click.Parameter, name: str | None) -> str | int | None:
    return int(name) if name is not None and name.isdecimal() else name


def _names(context: click.Context, option: click.Parameter, text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",")]


_OPTIONS = [
    click.option("--encoding", help="Of the corpus; by default UTF-8."),
    click.option(
        "--word-column", callback=_column,
        help="Of the words, by its name or its number, from 1; by default told from the file.",
    ),
    click.option("--tag-column", callback=_column, help="The same for the tags."),
    click.option(
        "--scheme", type=click.Choice(SCHEMES, case_sensitive=False),
        help="Of the tags, where they leave a doubt; all are converted to IOB2.",
    ),
    click.option("--iob1", is_flag=True, help="The same as --scheme iob1."),
    click.option(
        "--tag-names", callback=_names, help="Of tags that are numbers: O,B-per,I-per and so on."
    ),
    click.option(
        "--repair/--no-repair", default=None,
        help="Let an I- tag without a start begin an entity, leave out tokens without a word or a "
        "tag, widen marks that end inside a token; what was done is counted.",
    ),
]  # fmt: skip


def reading(command: Callable) -> Callable:
    """The options on how a corpus is read; the command gets those that were given as `told`."""

    @functools.wraps(command)
    def with_reading(
        *, encoding: str | None, word_column: str | int | None, tag_column: str | int | None,
        scheme: str | None, iob1: bool, tag_names: list[str] | None, repair: bool | None,
        **others: Any,
    ) -> None:  # fmt: skip
        if iob1 and scheme not in (None, "iob1"):
            raise click.UsageError(f"--iob1 and --scheme {scheme} exclude each other; give one")
        told = {
            "encoding": encoding,
            "word_column": word_column,
            "tag_column": tag_column,
            "scheme": "iob1" if iob1 else scheme,
            "tag_names": tag_names,
            "repair": repair,
        }
        command(told={name: value for name, value in told.items() if value is not None}, **others)

    for option in reversed(_OPTIONS):
        with_reading = option(with_reading)
    return with_reading


def draw(path: str, drawing: "Drawing", report: "Report", **given: Any) -> "Parts":
    """The parts of the corpus of this name; see `Drawing.draw`."""
    try:
        return drawing.draw(report, **given)
    except CorpusError as error:
        raise CorpusError(f"{path}: {error.problem}", error.advice) from None


def notes(path: str, report: "Report") -> list[str]:
    """What is to be said of how a corpus was read, a line each."""
    return [f"{Path(path).name}: {note}" for note in report.notes]


def table(figures: dict[str, Any]) -> str:
    """Figures in a line each, but for those that are tables themselves."""
    shown = {name: value for name, value in figures.items() if not isinstance(value, dict)}
    return "\n".join(
        f"{name.replace('_', ' '):<28} {value:.4f}" if isinstance(value, float)
        else f"{name.replace('_', ' '):<28} {value}"
        for name, value in shown.items()
    )  # fmt: skip
