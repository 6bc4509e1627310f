"""The formats: how each is told, what is read from it, and where it is said to be broken."""

import csv
import io
from pathlib import Path

import pytest
from brute_force import repaired
from corpora import (
    CONLL,
    FIRST,
    HEADER,
    SMALL,
    SMALL_SENTENCES,
    assert_refused,
    gmb_sentences,
    refusal,
)
from hypothesis import given
from hypothesis import strategies as st

from ner_tutorial import corpus
from ner_tutorial.corpus import Sentence
from ner_tutorial.readers import READERS, conll, gmb

words = st.one_of(
    st.sampled_from(["None", "NA", "nan", '"', "'", ",", '",', "#", " x ", "-1", "Sentence: 1"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip),
)
tags = st.sampled_from(["O", "B-per", "I-per", "B-geo", "I-geo"])


def sentences_of(words):
    """Sentences of such words, whose tags are IOB2."""
    return st.lists(
        st.lists(st.tuples(words, tags), min_size=1).map(
            lambda tokens: Sentence(
                tuple(word for word, _ in tokens), tuple(repaired([tag for _, tag in tokens]))
            )
        ),
        min_size=1,
    )


# Which reader.


@pytest.mark.parametrize(
    ("name", "first", "reader"),
    [
        ("a.csv", "Sentence #,Word,POS,Tag", gmb),
        ("a.txt", '"Sentence #";"Word";"POS";"Tag"', gmb),
        ("a", "Tag\tWord", gmb),
        ("a.csv", "word,tag", gmb),
        ("a.csv.gz", "word,tag", gmb),
        ("a.csv", "Joe B-per", conll),
        ("a.csv", "Joe\tNNP\tO ", conll),
        ("a.txt", "Joe NNP", conll),
        ("a.csv.txt.gz", "Joe NNP", conll),
        ("a.txt", "Word O", conll),
    ],
)
def test_the_first_reader_that_recognises_the_first_line_takes_the_file(name, first, reader):
    assert next(r for r in READERS.values() if r.recognises(Path(name), first)) is reader


def test_the_last_reader_takes_whatever_is_left_and_each_has_what_a_reader_has():
    *_, last = READERS.values()
    for reader in READERS.values():
        assert reader.FALLBACK is None or "é".encode(reader.FALLBACK)
        assert callable(reader.read)
        assert reader is last or not reader.recognises(Path("a"), "")
    assert last.recognises(Path("a"), "")


@pytest.mark.parametrize(("reader", "text"), [(gmb, SMALL), (conll, CONLL)])
def test_a_reader_gives_each_token_with_the_line_that_an_editor_shows(reader, text):
    lines = text.splitlines()
    read = list(reader.read(Path("FILE"), text))
    assert [Sentence(tuple(s.words), tuple(s.tags)) for s in read] == SMALL_SENTENCES
    for sentence in read:
        for word, tag, line in zip(*sentence, strict=True):
            assert word in lines[line - 1] and lines[line - 1].endswith(tag)


@pytest.mark.parametrize("reader", READERS.values())
def test_a_reader_knows_nothing_of_tag_schemes(reader):
    text = SMALL if reader is gmb else CONLL
    odd = text.replace("B-per", "U:per")
    (first, _) = reader.read(Path("FILE"), odd)
    assert first.tags == ["U:per", "O"]


# GMB.


def test_a_corpus_becomes_a_table_with_a_row_for_each_token(write):
    tokens = corpus.read_gmb(write(SMALL))
    assert tokens.to_dict("list") == {
        "sentence": [1, 1, 2],
        "word": ["Joe", "went", "Home"],
        "pos": ["NNP", "VBD", "NN"],
        "tag": ["B-per", "O", "O"],
    }
    assert list(tokens.index) == [0, 1, 2]


@pytest.mark.parametrize("word", ["None", "NA", "N/A", "nan", "NaN", "null", "NULL", "#N/A", "1e5"])
def test_a_word_that_spells_none_is_kept_as_a_word(write, word):
    tokens = corpus.read_gmb(write(f"{HEADER}{FIRST},{word},NN,O\r\n,after,NN,O\r\n"))
    assert tokens["word"].tolist() == ["Joe", word, "after"]


def test_only_the_sentence_column_is_filled_downwards(write):
    tokens = corpus.read_gmb(write(f"{HEADER}{FIRST},went,,O\r\n"))
    assert tokens["sentence"].tolist() == [1, 1]
    assert tokens["pos"].tolist() == ["NNP", ""]


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_line_ends_make_no_difference(write, end):
    assert gmb_sentences(write(SMALL.replace("\r\n", end))) == SMALL_SENTENCES


@pytest.mark.parametrize("blank", ["", "\r\n", "\r\n\r\n", ",,,\r\n"])
def test_a_blank_line_at_the_end_is_no_token(write, blank):
    assert gmb_sentences(write(SMALL + blank)) == SMALL_SENTENCES


def test_a_blank_line_between_tokens_leaves_no_gap(write):
    tokens = corpus.read_gmb(write(SMALL.replace(",went", "\r\n,went")))
    assert corpus.to_sentences(tokens) == SMALL_SENTENCES
    assert list(tokens.index) == [0, 1, 2]


def test_a_last_line_without_an_end_is_read(write):
    assert gmb_sentences(write(SMALL.rstrip())) == SMALL_SENTENCES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_word_reads_the_same_in_each_encoding(write, encoding):
    path = write(f"{HEADER}Sentence: 1,“café…”,NN,O\r\n".encode(encoding))
    for (sentence,) in (gmb_sentences(path), corpus.read(path)):
        assert sentence.words == ("“café…”",)


def test_quoted_commas_and_quotation_marks_are_words(write):
    (sentence,) = gmb_sentences(write(f'{HEADER}Sentence: 1,",",",",O\r\n,"""",``,O\r\n'))
    assert sentence.words == (",", '"')


def test_columns_are_found_by_name_in_any_order_and_others_are_left_out(write):
    text = "Tag,lemma,Word,Sentence #,POS\r\nB-per,joe,Joe,Sentence: 1,NNP\r\n"
    tokens = corpus.read_gmb(write(text))
    assert tokens.to_dict("list") == {
        "sentence": [1],
        "word": ["Joe"],
        "pos": ["NNP"],
        "tag": ["B-per"],
    }


@given(sentences_of(words))
def test_what_pythons_csv_module_writes_is_read_back(tmp_path_factory, wanted):
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(gmb.COLUMNS)
    for number, sentence in enumerate(wanted, 1):
        for place, (word, tag) in enumerate(zip(sentence.words, sentence.tags, strict=True)):
            writer.writerow(["" if place else f"Sentence: {number}", word, "NN", tag])
    path = tmp_path_factory.getbasetemp() / "round_trip.csv"
    path.write_bytes(file.getvalue().encode())
    assert gmb_sentences(path) == corpus.read(path) == wanted


HEADER_RULE = "the header must be Sentence #,Word,POS,Tag"
NO_COLUMN = "no column 'Sentence #' and 'Word' and 'POS' and 'Tag'"
LABEL_RULE = "write sentence labels as 'Sentence: 12'"
WORD_RULE = "every row needs a word"

BROKEN_CSV = {
    "a column missing": (
        "Sentence #,Word,Tag\r\nSentence: 1,Joe,O\r\n",
        f"FILE:1: no column 'POS'; found 'Sentence #', 'Word', 'Tag'; {HEADER_RULE}",
    ),
    "a column renamed": (
        SMALL.replace("Tag", "Label"),
        f"FILE:1: no column 'Tag'; found 'Sentence #', 'Word', 'POS', 'Label'; {HEADER_RULE}",
    ),
    "three columns renamed": (
        SMALL.replace("Sentence #,Word,POS", "a,b,c"),
        "FILE:1: no column 'Sentence #' and 'Word' and 'POS'; found 'a', 'b', 'c', 'Tag'; "
        f"{HEADER_RULE}",
    ),
    "semicolons": (
        SMALL.replace(",", ";"),
        f"FILE:1: {NO_COLUMN}; found 'Sentence #;Word;POS;Tag'; {HEADER_RULE}",
    ),
    "no header": (
        f"{FIRST},went,VBD,O\r\n",
        f"FILE:1: {NO_COLUMN}; found 'Sentence: 1', 'Joe', 'NNP', 'B-per'; {HEADER_RULE}",
    ),
    "an image": (
        b"\x89PNG\r\n\x1a\n\xff\xd8 IHDR",
        f"FILE:1: {NO_COLUMN}; found '‰PNG'; {HEADER_RULE}",
    ),
    "no label": (
        f"{HEADER},Joe,NNP,O\r\n{FIRST}",
        "FILE:2: a token before the first sentence; "
        "the first row of each sentence needs its label, such as 'Sentence: 1'",
    ),
    "a bare number for a label": (
        f"{HEADER}1,Joe,NNP,O\r\n", f"FILE:2: Sentence # is '1'; {LABEL_RULE}",
    ),
    "a word for a label": (
        f"{HEADER}First,Joe,NNP,B-per\r\n", f"FILE:2: Sentence # is 'First'; {LABEL_RULE}",
    ),
    "a huge label": (
        f"{HEADER}Sentence: {10**30},Joe,NNP,O\r\n",
        f"FILE:2: Sentence # is 'Sentence: {10**30}'; {LABEL_RULE}",
    ),
    "no word": (f"{HEADER}{FIRST},,VBD,O\r\n", f"FILE:3: Word is ''; {WORD_RULE}"),
    "a blank word": (f"{HEADER}{FIRST}, ,VBD,O\r\n", f"FILE:3: Word is ' '; {WORD_RULE}"),
    "two lone quotation marks": (
        f'{HEADER}{FIRST},",``,O\r\n,said,VBD,O\r\n,",``,O\r\n',
        "FILE:3: Word is ',``,O\\r\\n,said,VBD,O\\r\\n,'; no word holds a line break; "
        'write the word " as """"',
    ),
    "one lone quotation mark": (
        f'{HEADER}{FIRST},",``,O\r\n,said,VBD,O\r\n',
        "FILE:3: not a CSV file (EOF inside string); give a comma-separated file",
    ),
    "a quotation that does not end": (
        f'{HEADER}Sentence: 1,"Joe,NNP,O\r\n,went,VBD,O\r\n',
        "FILE:2: not a CSV file (EOF inside string); give a comma-separated file",
    ),
    "five fields": (
        f"{HEADER}{FIRST},went,VBD,O,x\r\n",
        "FILE:3: not a CSV file (Expected 4 fields, saw 5); give a comma-separated file",
    ),
    "six fields": (
        f"{HEADER}{FIRST},went,VBD,O,x,y\r\n",
        "FILE:3: not a CSV file (Expected 4 fields, saw 6); give a comma-separated file",
    ),
    "five fields at once": (
        f"{HEADER}7,{FIRST}8,,went,VBD,O\r\n",
        "FILE:2: more fields than the header's 4; "
        "give as many fields in each row as the header has",
    ),
    "five fields in every row": (
        f"{HEADER}Sentence: 1,Joe,N,O,x\r\n,a,b,O,c\r\n",
        "FILE:2: more fields than the header's 4; "
        "give as many fields in each row as the header has",
    ),
    "nothing but a header": (
        HEADER + "\r\n",
        "FILE: holds a header and no token; give a corpus with sentences in it",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "message"), BROKEN_CSV.values(), ids=BROKEN_CSV)
def test_a_broken_csv_is_refused_with_its_line_and_advice(write, content, message):
    assert_refused(write(content), message)


@pytest.mark.parametrize("line", [2, 3, 40, 101])
def test_the_line_named_is_the_one_an_editor_shows(write, line):
    rows = ["Sentence: 1,word,NN,O", "", *[",word,NN,O"] * 98]
    for row, message in (
        ("Sentence: 1,bad,NN,here", "the tag is 'here'; tags are O, B-type or I-type (IOB2)"),
        ("Sentence: 1, ,NN,O", "Word is ' '; every row needs a word"),
        ("1,bad,NN,O", "Sentence # is '1'; write sentence labels as 'Sentence: 12'"),
    ):
        rows[line - 2] = row
        path = write(HEADER + "\r\n".join(rows))
        assert path.read_bytes().splitlines()[line - 1] == row.encode()
        assert_refused(path, f"FILE:{line}: {message}")


# CoNLL columns.


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [" ", "   ", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_conll_is_read_with_any_line_end_and_separator(write, end, separator, mark):
    text = mark + CONLL.replace(" ", separator).replace("\n", end)
    assert corpus.read(write(text, "corpus.conll")) == SMALL_SENTENCES
    assert corpus.read(write(text.rstrip(), "corpus.csv")) == SMALL_SENTENCES


def test_words_in_a_file_with_tabs_may_hold_spaces(write):
    (sentence,) = corpus.read(write("New York\tB-geo\n10\u00a0000\tO\n"))
    assert sentence.words == ("New York", "10\u00a0000")


def test_a_word_of_a_million_characters_is_read(write):
    (sentence,) = corpus.read(write(f"{'x' * 1_000_000} O\n"))
    assert len(sentence.words[0]) == 1_000_000


conll_words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
    lambda word: word == word.strip(" ") and word.strip() and not word.startswith("-DOCSTART-")
)


@given(sentences_of(conll_words))
def test_conll_that_is_written_is_read_back(tmp_path_factory, wanted):
    lines = (
        "".join(f"{word}\t{tag}\n" for word, tag in zip(sentence.words, sentence.tags, strict=True))
        for sentence in wanted
    )
    path = tmp_path_factory.getbasetemp() / "round_trip.conll"
    path.write_bytes(("\ufeff" + "\n".join(lines)).encode())
    assert corpus.read(path) == wanted


BROKEN_CONLL = {
    "one column": (
        "Joe\nwent\n", "FILE:1: one column, 'Joe'; give a word and a tag, parted by spaces",
    ),
    "one column, further down": (
        "Joe O\n\n went\n",
        "FILE:3: one column, ' went'; give a word and a tag, parted by spaces",
    ),
    "spaces among tabs": (
        "a\tO\nb O\n", "FILE:2: one column, 'b O'; give a word and a tag, parted by tabs",
    ),
    "a tag and no word": (
        "Joe\tO\n\tO\n", "FILE:2: a line without a word; every line needs a word and a tag",
    ),
    "one column of a million characters": (
        "x" * 1_000_000,
        f"FILE:1: one column, '{'x' * 40}...'; give a word and a tag, parted by spaces",
    ),
    "docstart alone": (
        "-DOCSTART- O\n\n", "FILE: holds no token; give a corpus with sentences in it",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "message"), BROKEN_CONLL.values(), ids=BROKEN_CONLL)
def test_broken_conll_is_refused_with_its_line_and_advice(write, content, message):
    assert_refused(write(content, "corpus.conll"), message)


def test_the_first_of_several_broken_lines_is_named(write):
    path = write("Joe O\nwent\nhome\n", "corpus.conll")
    assert refusal(path).startswith("FILE:2: ")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_csv_that_begins_with_a_blank_line_is_refused(write, mark):
    path = write(f"{mark}\n\n{SMALL}", "corpus.csv")
    for read in (corpus.read, corpus.read_gmb):
        assert refusal(path, read) == "FILE:1: a blank line; begin with the header"
