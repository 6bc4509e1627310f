"""What the commands share: how a corpus is read, what becomes of long sentences, the table."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ner_tutorial.errors import CorpusError

if TYPE_CHECKING:
    from ner_tutorial.batching import Split
    from ner_tutorial.corpus import Sentence


def reading(command: Callable) -> Callable:
    """The options on how a corpus is read."""
    for option in (
        click.option("--repair", is_flag=True, help="Let an I- tag without a start begin one."),
        click.option("--iob1", is_flag=True, help="The tags are IOB1: convert them to IOB2."),
        click.option("--encoding", help="Of the corpus; by default UTF-8."),
    ):
        command = option(command)
    return command


def fit_to_length(sentences: "list[Sentence]", max_length: int, long: str) -> "list[Sentence]":
    from ner_tutorial import corpus

    fit = corpus.split_long if long == "split" else corpus.keep_short
    return fit(sentences, max_length)


def split_of(path: str, sentences: "list[Sentence]", seed: int) -> "Split":
    from ner_tutorial.batching import split

    try:
        return split(sentences, seed)
    except CorpusError as error:
        raise CorpusError(f"{path}: {error}") from None


def table(figures: dict[str, Any]) -> str:
    shown = {name: value for name, value in figures.items() if name != "per_type"}
    return "\n".join(
        f"{name.replace('_', ' '):<28} {value:.4f}" if isinstance(value, float)
        else f"{name.replace('_', ' '):<28} {value}"
        for name, value in shown.items()
    )  # fmt: skip
