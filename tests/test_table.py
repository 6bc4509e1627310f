"""CSV and TSV with a header: whatever people call the columns, however sentences are marked."""

from itertools import product

import pytest
from corpora import refusal, shown

from ner_tutorial import corpus

WANTED = "Ann/B-per left/O | Bob/B-per Smith/I-per ran/O"
ROWS = [("Ann", "B-per"), ("left", "O"), ("Bob", "B-per"), ("Smith", "I-per"), ("ran", "O")]
FIRST, SECOND = range(2), range(2, 5)


def written(header, labels, separator=",", end="\n"):
    """The two sentences, with these labels at their rows; the word comes before the tag."""
    rows = [(label, *row) for label, row in zip(labels, ROWS, strict=True)]
    return end.join(separator.join(cells) for cells in [header, *rows]) + end


NAMES = [
    *product(["Sentence #", "sentence_id", "Sent ID", "SENTENCE"], ["word"], ["tag"]),
    *product(["sentence"], ["Word", "token", "TEXT", "form", "words"], ["tag"]),
    *product(["sentence"], ["word"], ["Tag", "label", "ner", "NER_tag", "entity", "labels"]),
]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(("sentence", "word", "tag"), NAMES)
def test_columns_are_known_by_the_names_that_people_use(write, separator, sentence, word, tag):
    text = written((sentence, word, tag), ["1", "", "2", "", ""], separator)
    assert shown(corpus.read(write(text))) == WANTED
    assert shown(corpus.read(write(text, "corpus.tsv"))) == WANTED


LABELS = {
    "on the first row": ["Sentence: 1", "", "Sentence: 2", "", ""],
    "on each row": ["Sentence: 1", "Sentence: 1", "Sentence: 2", "Sentence: 2", "Sentence: 2"],
    "numbers": ["0", "0", "1", "1", "1"],
    "numbers that pandas made decimal": ["1.0", "", "2.0", "", ""],
    "text": ["a/7", "a/7", "b", "b", "b"],
    "text on the first row": ["doc1-s1", "", "doc1-s2", "", ""],
    "huge numbers": [str(10**30), "", str(10**31), "", ""],
    "a label that comes again": ["2", "", "1", "", ""],
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_a_sentence_is_labelled_on_each_row_or_on_the_first(write, labels):
    path = write(written(("sentence", "word", "tag"), labels))
    assert shown(corpus.read(path)) == WANTED
    assert shown(corpus.to_sentences(corpus.read_gmb(path))) == WANTED


READ = {
    "an index that pandas wrote": (
        ",Sentence #,Word,Tag\n0,Sentence: 1,Ann,B-per\n1,,left,O\n", "Ann/B-per left/O",
    ),
    "an index with a name": (
        "Unnamed: 0,sentence_id,word,tag\n0,0,Ann,B-per\n1,0,left,O\n", "Ann/B-per left/O",
    ),
    "blank lines": ("Word,Tag\nAnn,B-per\n\n\nleft,O\n\n", "Ann/B-per | left/O"),
    "blank lines of separators": ("Word;Tag\nAnn;B-per\n;\nleft;O\n", "Ann/B-per | left/O"),
    "blank lines beside labels": (
        "Sentence #,Word,Tag\n1,Ann,B-per\n\n,left,O\n", "Ann/B-per left/O",
    ),
    "spaces around": ("sentence , word, tag\n1, Ann ,B-per \n1,\tleft, O\n", "Ann/B-per left/O"),
    "numbers for words": ("sentence,word,tag\n1,1,O\n1,2.0,O\n1,1e5,B-x\n", "1/O 2.0/O 1e5/B-x"),
    "words that look like nothing": ("sentence,word,tag\n1,nan,O\n1,NULL,O\n", "nan/O NULL/O"),
    "quotes in tabs, as a CSV has them": ('sentence\tword\ttag\n1\t""""\tO\n', '"/O'),
    "quotes around all cells": (
        '"sentence"\t"word"\t"tag"\n"1"\t""""\t"O"\n""\t"a"\t"O"\n', '"/O a/O',
    ),
    "quotes in tabs, as they are": (
        'sentence\tword\ttag\n1\t"\tO\n1\tAnn\tB-per\n', '"/O Ann/B-per',
    ),
    "of two columns called so, the one of tags": (
        "sentence,word,tag,ner\n1,Ann,NNP,B-per\n", "Ann/B-per",
    ),
    "the words' column before the text's": (
        "sentence,text,token,tag\n1,Ann left,Ann,B-per\n1,Ann left,left,O\n", "Ann/B-per left/O",
    ),
    "labels that pandas wrote as nan": (
        "Sentence #,word,tag\nSentence: 1,Ann,B-per\nnan,left,O\nNaN,nan,O\n",
        "Ann/B-per left/O nan/O",
    ),
    "documents that each count their sentences": (
        "doc_id,sent_id,word,tag\na,0,Ann,B-per\na,0,left,O\nb,0,Bob,B-per\n,,ran,O\n",
        "Ann/B-per left/O | Bob/B-per ran/O",
    ),
    "a mark where files were joined": (
        "sentence,word,tag\n1,Ann,B-per\n\ufeff2,Bob,B-per\n", "Ann/B-per | Bob/B-per",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), READ.values(), ids=READ)
def test_tables_are_read_as_their_maker_meant_them(write, text, expected):
    assert shown(corpus.read(write(text))) == expected


def test_columns_can_be_named_or_numbered(write):
    text = "mot;cas;phrase\nAnn;B-per;1\n"
    for word, tag in (("mot", "cas"), (1, 2), ("1", "2")):
        assert shown(corpus.read(write(text), word_column=word, tag_column=tag)) == "Ann/B-per"
    message = refusal(write(text), word_column="mots", tag_column="cas")
    assert message == (
        "FILE:1: no column 'mots'; it has 3 columns and its header has 'mot', 'cas', 'phrase'; "
        "name one of them (word_column)"
    )


def test_a_table_without_parts_of_speech_has_them_empty(write):
    tokens = corpus.read_gmb(write("sentence,word,tag\n3,Ann,B-per\n"))
    assert tokens.to_dict("list") == {
        "sentence": [3],
        "word": ["Ann"],
        "pos": [""],
        "tag": ["B-per"],
    }


def test_two_columns_of_one_name_are_refused(write):
    message = refusal(write("word, word,tag\na,b,O\n"))
    assert message == "FILE:1: two columns are called 'word'; rename one"


def test_a_row_without_a_word_or_a_tag_is_dropped_if_wished(write):
    path = write("sentence,word,tag\n1,Ann,B-per\n1,,I-per\n1,Smith,I-per\n1,x,\n")
    assert shown(corpus.read(path, repair=True)) == "Ann/B-per Smith/I-per"
