"""CoNLL columns as people have them: comments, headers, counts, layers, and tags in any column."""

import pytest
from corpora import refusal, shown

from ner_tutorial import corpus
from ner_tutorial.reading import Reading

READ = {
    "comments with spaces": ("# sent_id = 1\n# text = O\nAnn B-per\nleft O\n", "Ann/B-per left/O"),
    "a comment as wide as a token": ("# newdoc\nAnn B-per\nleft O\n", "Ann/B-per left/O"),
    "a comment with a tab": ("# text = a\tO\nAnn\tB-per\n", "Ann/B-per"),
    "a comment that ends in a tag": ("# so it is\tO\nAnn\tB-per\n", "Ann/B-per"),
    "a comment as wide as a token that ends in a tag": (
        "# so it O\nAnn _ _ B-per\n# _ _ O\n\n# _ _ O\n", "Ann/B-per #/O | #/O",
    ),
    "a comment of the same width": ("#\thttp://a\t[x]\t\n1\tAnn\tB-per\tO\n2\tran\tO\tO\n",
                                    "Ann/B-per ran/O"),
    "a comment without a space": ("#id=7\nAnn B-per\n", "Ann/B-per"),
    "a comment inside a sentence": ("Ann B-per\n# a note of mine\nleft O\n", "Ann/B-per left/O"),
    "hashtags": ("#nlp B-org\n# O\nfun O\n", "#nlp/B-org #/O fun/O"),
    "nothing but hashtags": ("#a O\n#b B-org\n\n# O\n", "#a/O #b/B-org | #/O"),
    "a sharp as its own part of speech": ("# # O\n5 CD O\n", "#/O 5/O"),
    "a header": ("word tag\nAnn B-per\n", "Ann/B-per"),
    "a header after a comment": ("# mine\nToken\tLabel\nAnn\tB-per\n", "Ann/B-per"),
    "a header that puts the tag first": ("NER POS form\nB-per NNP Ann\n", "Ann/B-per"),
    "a header in a comment": (
        "# global.columns = ID FORM NER MISC\n1\tAnn\tB-per\tx\n\n", "Ann/B-per",
    ),
    "a header with quotes of a CSV": ('word\ttag\n""""\tO\n"a ""b"""\tO\n', '"/O a "b"/O'),
    "a header, and quotes that are tokens": ('word\ttag\n"\tO\n""\tO\nAnn\tB-per\n',
                                             '"/O ""/O Ann/B-per'),
    "an index": ("1 Ann B-per\n2 ran O\n\n1 Bob B-per\n", "Ann/B-per ran/O | Bob/B-per"),
    "an index from 0": ("0 Ann B-per\n1 ran O\n\n0 Bob B-per\n", "Ann/B-per ran/O | Bob/B-per"),
    "ranges and what is not said": (
        "1-2 don't _ _\n1 do _ O\n2 n't _ O\n2.1 x _ O\n3 Ann _ B-per\n", "do/O n't/O Ann/B-per",
    ),
    "an index and numbers for words": ("1 1 O\n2 2 O\n", "1/O 2/O"),
    "CoNLL-U with entities among the features": (
        "1\tAnn\t_\t_\t_\t_\t_\t_\t_\tname=B-per\n"
        "2\tran\t_\t_\t_\t_\t_\t_\t_\tGloss=x|NER=O|SpaceAfter=No\n",
        "Ann/B-per ran/O",
    ),
    "an index that goes on": (
        "1 Ann B-per\n2 ran O\n\n3 Bob B-per\n", "Ann/B-per ran/O | Bob/B-per",
    ),
    "a document, its part and an index": (
        "d 0 0 Ann NNP B-per\nd 0 1 ran VBD O\n", "Ann/B-per ran/O",
    ),
    "a count behind the words": ("Ann 1 B-per\nran 2 O\n", "Ann/B-per ran/O"),
    "line ends of three characters": ("Ann B-per\r\r\nran O\r\r\n", "Ann/B-per ran/O"),
    "numbers that count here and there": (
        "1 CD O\nand CC O\n2 CD O\nran VBD O\n", "1/O and/O 2/O ran/O",
    ),
    "the tag before other columns": (
        "Ann B-per - x\nran O - -\nhome O - -\n", "Ann/B-per ran/O home/O",
    ),
    "an outer and an inner layer": ("1 Ann B-per B-org\n2 ran O O\n", "Ann/B-per ran/O"),
    "an inner layer of nothing": ("1 Ann B-per O\n2 ran O O\n", "Ann/B-per ran/O"),
    "an outer layer of nothing": ("1 Ann O B-per\n2 ran O O\n", "Ann/B-per ran/O"),
    "phrases before entities": ("Ann NNP B-NP B-per\nran VBD B-VP O\n", "Ann/B-per ran/O"),
    "phrases after entities": ("Ann B-per B-NP\nran O B-VP\n", "Ann/B-per ran/O"),
    "German phrases before entities": (
        "Ann Ann NE B-NC B-per\nran rennen VVFIN B-VC O\n", "Ann/B-per ran/O",
    ),
    "phrases alone": ("Ann NNP B-NP\nran VBD B-VP\n", "Ann/B-NP ran/B-VP"),
    "a column of O before the tags": ("Ann NNP O B-per\nran VBD O O\n", "Ann/B-per ran/O"),
    "the tag first": ("B-per\tAnn\nO\tran\n", "Ann/B-per ran/O"),
    "the words O and O": ("O O\nO B-per\n", "O/O O/B-per"),
    "a language before each word": ("en:Ann\tB-per\nen::\tO\n", "Ann/B-per :/O"),
    "a language before some words": ("en:Ann\tB-per\nleft\tO\n", "en:Ann/B-per left/O"),
    "one word with a colon": ("en:Ann\tB-per\n", "en:Ann/B-per"),
    "one word twice": ("en:Ann\tB-per\nen:Ann\tB-per\n", "Ann/B-per Ann/B-per"),
    "two languages": ("en:Ann\tB-per\nde:Ann\tB-per\n", "en:Ann/B-per de:Ann/B-per"),
    "marks where files were joined": (
        "Ann B-per\n\ufeff\n\ufeffBob B-per\nran\ufeff O\n\ufeff", "Ann/B-per | Bob/B-per ran/O",
    ),
    "a mark inside a word": ("a\ufeffb O\n", "a\ufeffb/O"),
    "lines of several widths": ("Ann NNP B-per\nran O\n", "Ann/B-per ran/O"),
}  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("text", "expected"), READ.values(), ids=READ)
def test_columns_are_read_as_their_maker_meant_them(write, text, expected, end):
    if "\r" in text:
        end = "\n"
    assert shown(corpus.read(write(text.replace("\n", end), "corpus.conll"))) == expected


CHOOSE = "name the column to read (tag_column)"
REFUSED = {
    "a last column of O": (
        "Ann B-per O\nran O O\n",
        f"FILE:1: the last column holds nothing but O, and column 2 tags; {CHOOSE}",
    ),
    "a last column of O beside phrases": (
        "Ann B-NP O\nran B-VP O\n",
        f"FILE:1: the last column holds nothing but O, and column 2 tags; {CHOOSE}",
    ),
    "two layers": (
        "# x\nAnn B-per B-org\nran O O\n",
        "FILE:2: columns 2 and 3 hold tags of entities; nested entities cannot be learned; "
        f"{CHOOSE}",
    ),
    "phrases, and types alone": (
        "Ann B-NP per\nran B-VP per\n",
        "FILE:1: no column holds tags of entities, and column 2 those of phrases; "
        f"{CHOOSE}",
    ),
    "the tag first, and two columns": (
        "B-per Ann NNP\nO ran VBD\n",
        "FILE:1: the tag comes first, and more than one column follows; "
        "name the column of the words (word_column)",
    ),
    "a count for words": (
        "1 O\n2 O\n\n1 O\n",
        "FILE:1: a count 1, 2, 3 and a tag, but no word; give a column of words too, or, if the "
        "numbers are the words, word_column 1",
    ),
    "a word with a space": (
        "Ann B-per\nNew York B-geo\n",
        "FILE:2: 3 columns, where others have 2: 'New York B-geo'; if a word holds a space, part "
        "the columns by tabs",
    ),
    "numbers alone": (
        "7 CD O\n9 CD O\n",
        "FILE:1: the first column holds mostly numbers, which do not count the tokens of each "
        "sentence; name the column of the words (word_column)",
    ),
    "an index with a gap": (
        "1 Ann B-per\nran O\n3 home O\n",
        "FILE:1: the first column holds mostly numbers, which do not count the tokens of each "
        "sentence; name the column of the words (word_column)",
    ),
    "an index and one word": (
        "1\tAnn\tB-per\n2\tO\n",
        "FILE:2: 2 columns, '2\\tO'; give a word and a tag, parted by tabs",
    ),
    "a sentence and a token in one number": (
        "1-1\tAnn\tB-per\n1-2\tran\tO\n\n2-1\tBob\tB-per\n",
        "FILE:1: the first column holds mostly numbers, which do not count the tokens of each "
        "sentence; name the column of the words (word_column)",
    ),
    "the columns of INCEpTION": (
        "#FORMAT=WebAnno TSV 3.3\n\n#Text=Ann\n1-1\t0-3\tAnn\tB-per\n",
        "FILE:1: WebAnno TSV, which only INCEpTION reads; export CoNLL 2002",
    ),
    "labels before words": (
        "s1 Ann B-per\ns1 ran O\n\ns2 Bob B-per\ns2 ran O\n",
        "FILE:1: the first column holds the same in all of each sentence; "
        "name the column of the words (word_column)",
    ),
    "the brackets of OntoNotes": (
        "Ann NNP (PERSON)\nNew NNP (GPE*\nYork NNP *)\nran VBD *\n",
        "FILE:1: column 3 marks entities in the brackets of OntoNotes, as in (PERSON*; "
        "write them as tags, B-PERSON and I-PERSON",
    ),
    "labels of sentences": (
        "sentence word tag\n1 Ann B-per\n",
        "FILE:1: a column with labels of sentences, parted by spaces; part the columns by commas "
        "or tabs",
    ),
    "a header without tags": (
        "# global.columns = ID FORM MISC\n1\tAnn\tx\n2\tran\ty\n",
        "FILE:2: the tag is 'x'; tags are O, B-type or I-type (IOB2)",
    ),
    "a hashtag whose tag is wrong": (
        "Ann B-per\n#nlp org\n", "FILE:2: the tag is 'org'; tags are O, B-type or I-type (IOB2)",
    ),
    "a sharp inside a sentence whose tag is wrong": (
        "Ann B-per\n# org\n", "FILE:2: the tag is 'org'; tags are O, B-type or I-type (IOB2)",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_what_leaves_a_doubt_is_refused_with_the_remedy(write, text, message):
    assert refusal(write(text, "corpus.conll")) == message


CHOSEN = {
    "the tag's column": ("Ann B-per O\nran O O\n", {"tag_column": 2}, "Ann/B-per ran/O"),
    "the inner layer": ("1 Ann O B-org\n2 ran O O\n", {"tag_column": 4}, "Ann/B-org ran/O"),
    "a number as text": ("Ann B-per O\n", {"tag_column": "2"}, "Ann/B-per"),
    "numbers that are words": ("1 O\n2 O\n", {"word_column": 1}, "1/O 2/O"),
    "both": ("B-per x Ann\n", {"tag_column": 1, "word_column": 3}, "Ann/B-per"),
    "a number that is also a word": ("1 Ann B-per\n2 1 O\n", {"word_column": "2"}, "Ann/B-per 1/O"),
    "names": ("mot cas\nAnn B-per\n", {"word_column": "mot", "tag_column": "cas"}, "Ann/B-per"),
    "one name": ("word tag x\nAnn O B-per\n", {"tag_column": "x"}, "Ann/B-per"),
}


@pytest.mark.parametrize(("text", "options", "expected"), CHOSEN.values(), ids=CHOSEN)
def test_columns_can_be_named(write, text, options, expected):
    assert shown(corpus.read(write(text, "corpus.conll"), **options)) == expected


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("Ann B-per\n", {"tag_column": 3}, "'3'; it has 2 columns and it has no header"),
        ("Ann B-per\n", {"tag_column": 0}, "'0'; it has 2 columns and it has no header"),
        ("Ann B-per\n", {"tag_column": "ner"}, "'ner'; it has 2 columns and it has no header"),
        ("word tag\nAnn O\n", {"tag_column": "ner"},
         "'ner'; it has 2 columns and its header has 'word', 'tag'"),
    ],
)  # fmt: skip
def test_a_column_that_is_not_there_is_refused(write, text, options, message):
    found = refusal(write(text, "corpus.conll"), **options)
    assert f": no column {message}; name one of them (tag_column)" in found


def test_that_an_inner_layer_was_left_out_is_said(write):
    path = write("1\tAnn\tB-per\tB-org\n2\tran\tO\tO\n")
    notes = corpus.read_reported(path).notes
    assert notes == ["two layers of tags: column 3 is read, the inner one in 4 not"]


@pytest.mark.parametrize(
    "border", ["-DOCSTART- -X- O\n", "# newdoc id = 7\n", "#end document\n#begin document (7)\n"]
)
def test_documents_are_numbered_where_the_file_parts_them(write, border):
    text = f"{border}\nAnn NNP B-per\n\nran VBD O\n{border}home NN O\n"
    report = corpus.read_reported(write(text, "corpus.conll"))
    first, second, third = report.documents
    assert first == second != third
    assert shown(report.sentences) == "Ann/B-per | ran/O | home/O"
    assert corpus.read_reported(write("Ann B-per\n\nran O\n", "a.txt")).documents is None


def test_the_text_of_a_sentence_is_taken_from_its_comment_if_all_have_one(write):
    text = "# text = Ann ran.\nAnn B-per\nran O\n. O\n\n# text = So?\nSo O\n? O\n"
    assert corpus.read_reported(write(text, "a.conll")).texts == ["Ann ran.", "So?"]
    without = corpus.read_reported(write(text.replace("# text = So?\n", ""), "a.conll"))
    assert without.texts is None


def test_a_line_of_one_column_is_dropped_if_wished(write):
    path = write("Ann B-per\nran\n\nhome\n\nBob B-per\n", "corpus.conll")
    report = corpus.read_reported(path, Reading(repair=True))
    assert shown(report.sentences) == "Ann/B-per | Bob/B-per"
    assert report.notes == ["2 tokens without a visible word or without a tag were dropped"]
