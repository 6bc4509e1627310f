"""A small corpus in each format, and what the tests of reading share."""

import pytest

from ner_tutorial import corpus
from ner_tutorial.corpus import Sentence
from ner_tutorial.errors import CorpusError

HEADER = "Sentence #,Word,POS,Tag\r\n"
FIRST = "Sentence: 1,Joe,NNP,B-per\r\n"
SMALL = f"{HEADER}{FIRST},went,VBD,O\r\nSentence: 2,Home,NN,O\r\n"
CONLL = "-DOCSTART- -X- O O\n\nJoe NNP I-NP B-per\nwent VBD I-VP O\n\nHome NN I-NP O\n"
SMALL_SENTENCES = [Sentence(("Joe", "went"), ("B-per", "O")), Sentence(("Home",), ("O",))]


def refusal(path, read=corpus.read, at_most=300, kind=CorpusError, **options) -> str:
    """The message of the error, which is one line and never long, with FILE for the path."""
    with pytest.raises(kind) as caught:
        read(path, **options)
    message = str(caught.value).replace(str(path), "FILE")
    assert "\n" not in message and "\r" not in message
    assert len(message) < at_most
    return message


def shown(sentences) -> str:
    """Sentences in a line: `Ann/B-per left/O | Bob/B-per`."""
    return " | ".join(
        " ".join(f"{word}/{tag}" for word, tag in zip(s.words, s.tags, strict=True))
        for s in sentences
    )


def gmb_sentences(path) -> list[Sentence]:
    return corpus.to_sentences(corpus.read_gmb(path))


def assert_refused(path, message) -> None:
    """By `read` and, if it is a CSV, by `read_gmb`, in the same words, but that the latter has no
    options to advise."""
    assert refusal(path) == message
    if ".csv" in path.suffixes:
        advice = "pass iob1 if the file is IOB1, or repair to read it as B-"
        without = message.replace(advice, "an I- tag continues a B- or I- tag")
        assert refusal(path, corpus.read_gmb) == without
