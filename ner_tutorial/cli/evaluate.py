"""The command `evaluate`."""

import json
from pathlib import Path

import click

from ner_tutorial.cli.common import fit_to_length, reading, split_of, table
from ner_tutorial.errors import CorpusError, UserError


@click.command()
@click.argument("directory")
@click.option("--corpus", "path", required=True, help="The annotated sentences to score on.")
@click.option("--part", type=click.Choice(["all", "test"]), help="By default see above.")
@click.option("--json", "as_json", is_flag=True, help="All figures as JSON, as in metrics.json.")
@reading
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
        sentences = fit_to_length(sentences, length, training["long"])
        scored = split_of(path, sentences, training["split_seed"]).test
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
    click.echo(json.dumps(figures, indent=2) if as_json else table(figures))
