"""What `train` reads before it trains: the corpus, the parts that come as files, the tokenizer."""

from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from ner_tutorial import files
from ner_tutorial.agreement import Agreement, best, best_by_borders, measure
from ner_tutorial.cli.common import draw, notes
from ner_tutorial.corpus import Report, Sentence, read_reported
from ner_tutorial.errors import CorpusError
from ner_tutorial.parts import Drawing, Parts
from ner_tutorial.reading import Reading


@dataclass(frozen=True)
class Material:
    """What a model is to learn from.

    Attributes:
        path: of the corpus.
        report: how it was read.
        drawn: its parts.
        given: by part the name of the file that it came as.
        notes: what is to be said of all files, a line each.
        tokenizer: that of the model.
        agreement: the tokenizer's with the training part.
    """

    path: str
    report: Report
    drawn: Parts
    given: dict[str, str]
    notes: list[str]
    tokenizer: str
    agreement: Agreement

    @property
    def sentences(self) -> list[Sentence]:
        """Those of all files."""
        given = (getattr(self.drawn.split, name) for name in self.given)
        return list(chain(self.drawn.sentences, *given))

    def settings(self) -> dict[str, Any]:
        """What the model's settings say of this: all that a corpus is read and scored by later."""
        found = {}
        for name, sentences in self.drawn.split._asdict().items():
            file = self.given.get(name, self.path)
            found[name] = {
                "file": Path(file).name,
                "sha256": files.sha256(file),
                "drawn": name not in self.given and len(self.given) < 2,
                "sentences": len(sentences),
            }
        return {
            "sha256": files.sha256(self.path),
            "parts": found,
            "tokenizer": {"name": self.tokenizer, **self.agreement._asdict()},
            "reading": asdict(self.report.reading),
        }


def read(
    path: str, given: dict[str, str], told: dict[str, Any], tokenizer: str | None, drawing: Drawing
) -> Material:
    """Read all files, and draw the parts that none of them is.

    Args:
        path: of the corpus.
        given: by part the file that it came as.
        told: the fields of `Reading` that were given.
        tokenizer: its name; None or "auto" to choose one.
        drawing: how parts are drawn.

    Raises:
        CorpusError: a file cannot be read, drawn from or learned from.
    """
    if tokenizer == "auto":
        tokenizer = None
    reading = Reading(**told)
    report, agreements = _read(path, reading, tokenizer)
    drawn = draw(path, drawing, report, **dict.fromkeys(given, ()))
    _check_tags(path, drawn.sentences)
    if agreements:
        tokenizer = best_by_borders(agreements)
    else:
        agreements = measure(drawn.split.train, drawn.texts)
        tokenizer = tokenizer or best(agreements)
    report = report._replace(reading=replace(report.reading, tokenizer=tokenizer))
    reading = replace(reading, tokenizer=tokenizer)
    reports = {name: read_reported(file, reading) for name, file in given.items()}
    whole = {name: other.sentences for name, other in reports.items()}
    drawn = drawn._replace(split=drawn.split._replace(**whole))
    said = [*notes(path, report), *_across_documents(path, report, drawing, given)]
    said += [note for name, file in given.items() for note in notes(file, reports[name])]
    return Material(path, report, drawn, given, said, tokenizer, agreements[tokenizer])


def _check_tags(path: str, sentences: list[Sentence]) -> None:
    if len({tag for sentence in sentences for tag in sentence.tags}) < 2:
        raise CorpusError(f"{path}: has one tag only, so there is nothing to learn; annotate it")


def _across_documents(
    path: str, report: Report, drawing: Drawing, given: dict[str, str]
) -> list[str]:
    """That sentences of one document came into two parts, where the corpus marks documents."""
    number = len(set(report.documents or ()))
    if number < 2 or drawing.by == "documents" or len(given) == 2:
        return []
    return [
        f"{Path(path).name}: marks {number:,} documents, and sentences were drawn across their "
        "borders; --split documents divides none"
    ]


def _read(
    path: str, reading: Reading, tokenizer: str | None
) -> tuple[Report, dict[str, Agreement] | None]:
    """A corpus; and, where it marks names in texts and the tokenizer is to be chosen, what chose:
    until it is cut there are no sentences to draw a training part from, so it is all of them."""
    if tokenizer:
        return read_reported(path, replace(reading, tokenizer=tokenizer)), None
    report = read_reported(path, replace(reading, tokenizer="characters"))
    if report.texts is None:
        return report, None
    other = read_reported(path, replace(reading, tokenizer="english", repair=True))
    if other.sentences == report.sentences:
        return report, None  # the corpus has tokens besides its texts
    agreements = measure(report.sentences, report.texts)
    chosen = best_by_borders(agreements)
    return read_reported(path, replace(reading, tokenizer=chosen)), agreements
