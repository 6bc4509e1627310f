"""The command `evaluate`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ner_tutorial.cli.common import draw, notes, reading, table
from ner_tutorial.errors import CorpusError, UserError

if TYPE_CHECKING:
    from ner_tutorial.corpus import Report, Sentence


@click.command()
@click.argument("directory")
@click.option("--corpus", "path", required=True, help="The annotated sentences to score on.")
@click.option("--part", type=click.Choice(["all", "test"]), help="By default see above.")
@click.option(
    "--predictions",
    help="A file to write: each word, its true and its predicted tag, as conlleval reads them.",
)
@click.option("--json", "as_json", is_flag=True, help="All figures as JSON, as in metrics.json.")
@reading
def evaluate(
    directory: str, path: str, part: str | None, predictions: str | None, as_json: bool,
    told: dict[str, Any],
) -> None:  # fmt: skip
    """Score a model on a corpus.

    On the corpus that the model was trained on, scored is the test part of its split: it has seen
    the rest, and the figures are those of metrics.json. Any other corpus is scored whole. --part
    says otherwise. A corpus is read as the training corpus was, but for the options that are given
    here.

    \b
    Example:
      python -m ner_tutorial evaluate my-model --corpus data/sample.csv --json
      python -m ner_tutorial evaluate my-model --corpus test.conll --predictions scored.txt
    """
    from ner_tutorial import corpus, metrics, saving
    from ner_tutorial.reading import Reading
    from ner_tutorial.tagger import Tagger

    settings = saving.read_settings(directory)
    training = settings["training"] or {}
    asked = {**training.get("reading", {}), **told, "tokenizer": settings["tokenizer"]}
    report = corpus.read_reported(path, Reading(**asked))
    scored, part, sentences, length = _part(directory, path, part, report, training)
    tagger = Tagger.load(directory)
    known = tagger.vocabulary.index2tag[1:]
    if unknown := sorted({tag for sentence in scored for tag in sentence.tags}.difference(known)):
        raise CorpusError(
            f"{path}: the tag {unknown[0]!r} is none of the model's ({', '.join(known)}); "
            "give a corpus with its tags"
        )
    found = tagger.tag([sentence.words for sentence in scored])
    if predictions:
        _write(predictions, path, scored, found)
    figures = {
        "corpus": Path(path).name,
        "sentences": sentences,
        "part": part,
        "scored": len(scored),
        "parameters": tagger.model.count_params(),
        **metrics.evaluate([sentence.tags for sentence in scored], found, length),
    }
    for line in notes(path, report):
        click.echo(line, err=True)
    click.echo(json.dumps(figures, indent=2) if as_json else table(figures))


def _part(
    directory: str, path: str, part: str | None, report: "Report", training: dict[str, Any]
) -> "tuple[list[Sentence], str, int, int]":
    """The sentences to score; which part they are; of how many; and the length to pad them to."""
    from ner_tutorial import corpus, files
    from ner_tutorial.parts import Drawing

    whole = report.sentences
    longest = max(map(len, whole))
    if part == "test" and not training:
        raise UserError(f"{directory}: does not say how it was trained; give --part all")
    drawn_from = {"sha256": training.get("sha256"), "drawn": True}  # unless files were given
    test = training.get("parts", {}).get("test", drawn_from)
    is_of_test = files.sha256(path) == test["sha256"]
    if part is None:
        part = "test" if is_of_test else "all"
    if part == "all":
        return whole, part, len(whole), max(corpus.MAX_LENGTH, longest)
    if not test["drawn"]:
        if not is_of_test:
            raise UserError(f"{path}: {directory} was tested on {test['file']}; give that --corpus")
        return whole, part, len(whole), max(training["max_length"], longest)
    drawing = Drawing(
        training["split_seed"], training.get("split", "sentences"), training.get("run"),
        training["max_length"], training["long"],
    )  # fmt: skip
    drawn = draw(path, drawing, report)
    return drawn.split.test, part, len(drawn.sentences), training["max_length"]


def _write(predictions: str, path: str, scored: "list[Sentence]", found: list[list[str]]) -> None:
    """Write what was found beside what is true, whole or not at all."""
    from ner_tutorial import files
    from ner_tutorial.formats import scored_columns

    target = Path(predictions)
    if target.resolve() == Path(path).resolve():
        raise UserError(f"{predictions}: is the corpus; give --predictions another name")
    try:
        with (
            files.whole(target) as partial,
            partial.open("w", encoding="utf-8", newline="") as file,
        ):
            for sentence, tags in zip(scored, found, strict=True):
                file.write(scored_columns(sentence.words, sentence.tags, tags))
    except OSError as error:
        raise UserError(f"{predictions}: cannot be written ({error.strerror})") from None
