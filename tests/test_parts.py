"""The parts of a corpus: drawn by sentences or documents, or given."""

import pytest

from ner_tutorial import batching, corpus
from ner_tutorial.corpus import Report, Sentence
from ner_tutorial.errors import CorpusError
from ner_tutorial.parts import Drawing
from ner_tutorial.reading import Reading


def numbered(number, length=1):
    return Sentence((f"w{number}",) * length, ("O",) * length)


def report(sentences, documents=None, texts=None):
    return Report(sentences, [], documents, texts, Reading(), 0)


SENTENCES = [numbered(i) for i in range(60)]
DEV, TEST = [numbered(i, 99) for i in (100, 101)], [numbered(200)]


def test_sentences_are_drawn_as_ever():
    for seed in (42, 7):
        drawn = Drawing(seed).draw(report(SENTENCES))
        assert drawn.split == batching.split(SENTENCES, seed)
        assert drawn.sentences == SENTENCES
        assert drawn.texts is None


def test_long_sentences_are_dropped_or_split_before_the_draw_and_given_ones_stay_whole():
    sentences = [*SENTENCES, numbered(60, 5)]
    drop, cut = Drawing(max_length=3), Drawing(max_length=3, long="split")
    assert drop.draw(report(sentences)).split == batching.split(SENTENCES)
    pieces = corpus.split_long(sentences, 3)
    assert cut.draw(report(sentences)).split == batching.split(pieces)
    assert drop.draw(report(sentences), DEV, TEST).split == (SENTENCES, DEV, TEST)


def test_the_texts_are_those_of_the_training_part():
    sentences = [numbered(i, 1 + i % 2) for i in range(60)]
    texts = [" ".join(sentence.words) for sentence in sentences]
    for drawing in (Drawing(max_length=1), Drawing(max_length=1, long="split")):
        drawn = drawing.draw(report(sentences, texts=texts))
        assert len(drawn.texts) == len(drawn.split.train)
        for sentence, text in zip(drawn.split.train, drawn.texts, strict=True):
            assert set(sentence.words) == set(text.split())


@pytest.mark.parametrize("run", [None, 4])
@pytest.mark.parametrize("given", [{}, {"validation": DEV}, {"test": TEST}])
def test_a_document_is_never_divided(run, given):
    marked = [i // 3 for i in range(60)]
    drawn = Drawing(by="documents", run=run).draw(report(SENTENCES, marked), **given)
    for name, part in given.items():
        assert getattr(drawn.split, name) == part
    place = {sentence: row for row, sentence in enumerate(SENTENCES)}
    seen = [
        {place[sentence] // (run or 3) for sentence in part}
        for name, part in drawn.split._asdict().items()
        if name not in given
    ]
    assert sum(map(len, seen)) == len(set().union(*seen)) == 60 // (run or 3)


def test_documents_that_nothing_marks_are_refused():
    with pytest.raises(CorpusError, match="marks no documents; give run"):
        Drawing(by="documents").draw(report(SENTENCES))


def test_a_corpus_of_long_sentences_alone_is_refused_with_their_number():
    with pytest.raises(CorpusError, match="all 2 sentences have over 3 words; cut them with long"):
        Drawing(max_length=3).draw(report([numbered(1, 4)] * 2))
