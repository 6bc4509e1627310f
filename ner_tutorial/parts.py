"""From a corpus as it was read to the parts that a model is trained, chosen and tested on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ner_tutorial import corpus
from ner_tutorial.batching import Split, draw_rows
from ner_tutorial.corpus import MAX_LENGTH, Report, Sentence
from ner_tutorial.errors import CorpusError


class Parts(NamedTuple):
    """The parts of a corpus.

    Attributes:
        split: the parts themselves.
        sentences: those of the corpus whose length is right, in file order.
        texts: what each sentence of the training part was written as, if the corpus says so.
    """

    split: Split
    sentences: list[Sentence]
    texts: list[str] | None


@dataclass(frozen=True)
class Drawing:
    """How parts are drawn. Of one corpus the same drawing makes the same parts.

    Attributes:
        seed: of the draw.
        by: "sentences", or "documents", of which none is divided among the parts.
        run: if given, so many sentences in a row count as a document, whatever the corpus marks.
        max_length: the most words that a sentence of the corpus may have.
        long: what becomes of longer ones: "drop", or "split" into pieces.
    """

    seed: int = 42
    by: str = "sentences"
    run: int | None = None
    max_length: int = MAX_LENGTH
    long: str = "drop"

    def draw(
        self,
        report: Report,
        validation: Sequence[Sentence] | None = None,
        test: Sequence[Sentence] | None = None,
    ) -> Parts:
        """The parts of a corpus. One that is given is used whole, its long sentences as well.

        Args:
            report: from `corpus.read_reported`.
            validation: this part, where it comes as a file of its own.
            test: this part, where it comes as a file of its own.

        Raises:
            CorpusError: all sentences are too long, there are too few to draw from, or documents
                are asked for of a corpus that marks none.
        """
        pieces = self._pieces(report)
        documents = self._documents(report)
        groups = documents and [documents[row] for _, row in pieces]
        rows = draw_rows(len(pieces), self.seed, groups, validation is None, test is None)
        drawn = Split(*([pieces[row][0] for row in part] for part in rows))
        given = {"validation": validation, "test": test}
        whole = {name: list(part) for name, part in given.items() if part is not None}
        texts = report.texts and [report.texts[pieces[row][1]] for row in rows[0]]
        return Parts(drawn._replace(**whole), [piece for piece, _ in pieces], texts)

    def _pieces(self, report: Report) -> list[tuple[Sentence, int]]:
        """The sentences whose length is right, each with the place of the one it comes from."""
        fit = corpus.split_long if self.long == "split" else corpus.keep_short
        pieces = [
            (piece, row)
            for row, sentence in enumerate(report.sentences)
            for piece in fit([sentence], self.max_length)
        ]
        if not pieces:
            raise CorpusError(
                f"all {len(report.sentences):,} sentences have over {self.max_length} words",
                "cut them with {long} split",
            )
        return pieces

    def _documents(self, report: Report) -> list[int] | None:
        """For each sentence of a corpus its document; None if they are of no matter."""
        if self.by == "sentences":
            return None
        if self.run:
            return [row // self.run for row in range(len(report.sentences))]
        if report.documents is None:
            raise CorpusError(
                "marks no documents", "give {run}, the sentences in a row that count as one"
            )
        return report.documents
