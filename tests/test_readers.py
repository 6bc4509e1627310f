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
from ner_tutorial.readers import READERS, brat, conll, markup, records, table
from ner_tutorial.reading import Reading

# No controls and nothing invisible, of which a word may not consist.
some_text = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"]), min_size=1)
words = st.one_of(
    st.sampled_from(["None", "NA", "nan", '"', "'", ",", '",', "#", "-1", "1", "Sentence: 1"]),
    some_text.map(lambda word: word.strip(" ")).filter(str.strip),
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


WORD_RULE = "every token needs a word that can be seen; pass repair to drop those without"

# Which reader.


@pytest.mark.parametrize(
    ("name", "text", "reader"),
    [
        ("a.csv", "Sentence #,Word,POS,Tag", table),
        ("a.txt", '"Sentence #";"Word";"POS";"Tag"', table),
        ("a", "Tag\tWord\tSentence", table),
        ("a", "Tag\tWord", conll),
        ("a.csv", "word,tag", table),
        ("a.csv.gz", "word,tag", table),
        ("a.CSV.GZ", "mot,marque", table),
        ("a.csv", "Joe B-per", conll),
        ("a.csv", "Joe\tNNP\tO ", conll),
        ("a.txt", "Joe NNP", conll),
        ("a.csv.txt.gz", "Joe NNP", conll),
        ("a.txt", "Word O", conll),
        ("a.json", ' {"text": "Ann"}', records),
        ("a.txt", '[\n  {"text": "Ann"}]', records),
        ("a.txt", '[["Ann left", {"entities": []}]]', records),
        ("a.txt", '["Ann left", {"entities": []}]', records),
        ("a.json", "[]", records),
        ("a.json", "[ O\n] O\n", conll),
        ("a.json", "[[ O\n{ O\n", conll),
        ("a.json", '{ O\n" O\n', conll),
        ("a.txt", '<?xml version="1.0"?>\n<a/>', markup),
        ("a.txt", "<doc id='1'>\n<s>Ann</s>\n</doc>", markup),
        ("a.txt", "<s> O\nAnn B-per\n</s> O\n", conll),
        ("a.txt", "<3 O\n", conll),
        ("a.ann", "T1\tper 0 3\tAnn", brat),
    ],
)
def test_the_first_reader_that_recognises_a_text_takes_the_file(name, text, reader):
    taken = (r for r in READERS.values() if r.recognises(Path(name), text, Reading()))
    assert next(taken) is reader


def test_the_last_reader_takes_whatever_is_left_and_each_has_what_a_reader_has():
    *_, last = READERS.values()
    for reader in READERS.values():
        assert reader.FALLBACK is None or "é".encode(reader.FALLBACK)
        assert callable(reader.read)
        assert reader is last or not reader.recognises(Path("a"), "Joe O", Reading())
    assert last.recognises(Path("a"), "", Reading())


@pytest.mark.parametrize(("reader", "text"), [(table, SMALL), (conll, CONLL)])
def test_a_reader_gives_each_token_with_the_line_that_an_editor_shows(reader, text):
    lines = text.splitlines()
    read = reader.read(Path("FILE"), text, Reading()).sentences
    assert [Sentence(tuple(s.words), tuple(s.tags)) for s in read] == SMALL_SENTENCES
    for sentence in read:
        for word, tag, line in zip(*sentence[:3], strict=True):
            assert word in lines[line - 1] and lines[line - 1].endswith(tag)


@pytest.mark.parametrize(("reader", "text"), [(table, SMALL), (conll, CONLL)])
def test_a_reader_does_not_judge_tags(reader, text):
    odd = text.replace("B-per", "U:per")
    first, _ = reader.read(Path("FILE"), odd, Reading()).sentences
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
    writer.writerow(["Sentence #", "Word", "POS", "Tag"])
    for number, sentence in enumerate(wanted, 1):
        for place, (word, tag) in enumerate(zip(sentence.words, sentence.tags, strict=True)):
            writer.writerow(["" if place else f"Sentence: {number}", word, "NN", tag])
    path = tmp_path_factory.getbasetemp() / "round_trip.csv"
    path.write_bytes(file.getvalue().encode())
    assert gmb_sentences(path) == corpus.read(path) == wanted


NO_WORDS = "no column of words (word, token, text, form)"
NO_TAGS = "no column of tags (tag, label, ner, entity)"
FIELDS = 'give as many fields in each row as the header has, and write the word " as """"'

BROKEN_CSV = {
    "a column renamed": (
        SMALL.replace("Tag", "x"),
        f"FILE:1: {NO_TAGS}; found 'Sentence #', 'Word', 'POS', 'x'; name it (tag_column)",
    ),
    "three columns renamed": (
        SMALL.replace("Sentence #,Word,POS", "a,b,c"),
        f"FILE:1: {NO_WORDS}; found 'a', 'b', 'c', 'Tag'; name it (word_column)",
    ),
    "no header": (
        f"{FIRST},went,VBD,O\r\n",
        f"FILE:1: {NO_WORDS}; found 'Sentence: 1', 'Joe', 'NNP', 'B-per'; name it (word_column)",
    ),
    "an image": (
        b"\x89PNG\r\n\x1a\n\xff\xd8 IHDR",
        f"FILE:1: {NO_WORDS}; found '‰PNG'; name it (word_column)",
    ),
    "two columns of tags": (
        "Word,Tag,NER\r\nJoe,B-per,B-org\r\n",
        "FILE:1: 'NER' and 'Tag' both hold tags; name the one to read (tag_column)",
    ),
    "a sentence in a row": (
        "Sentence #,Word,Tag\r\nSentence: 1,Joe went,\"['B-per', 'O']\"\r\n",
        "FILE:2: Tag holds lists, a whole sentence in a row; "
        "write a token a row, or JSON lines with tokens and ner_tags",
    ),
    "no label": (
        f"{HEADER},Joe,NNP,O\r\n{FIRST}",
        "FILE:2: a token before the first sentence; "
        "the first row of each sentence needs its label, such as 'Sentence: 1'",
    ),
    "no word": (f"{HEADER}{FIRST},,VBD,O\r\n", f"FILE:3: the word is ''; {WORD_RULE}"),
    "a blank word": (f"{HEADER}{FIRST}, ,VBD,O\r\n", f"FILE:3: the word is ''; {WORD_RULE}"),
    "two lone quotation marks": (
        f'{HEADER}{FIRST},",``,O\r\n,said,VBD,O\r\n,",``,O\r\n',
        "FILE:3: Word is ',``,O\\r\\n,said,VBD,O\\r\\n,'; no word holds a line break; "
        'write the word " as """"',
    ),
    "one lone quotation mark": (
        f'{HEADER}{FIRST},",``,O\r\n,said,VBD,O\r\n',
        f"FILE:3: not a CSV file (EOF inside string); {FIELDS}",
    ),
    "a quotation that does not end": (
        f'{HEADER}Sentence: 1,"Joe,NNP,O\r\n,went,VBD,O\r\n',
        f"FILE:2: not a CSV file (EOF inside string); {FIELDS}",
    ),
    "five fields": (
        f"{HEADER}{FIRST},went,VBD,O,x\r\n",
        f"FILE:3: not a CSV file (Expected 4 fields, saw 5); {FIELDS}",
    ),
    "six fields": (
        f"{HEADER}{FIRST},went,VBD,O,x,y\r\n",
        f"FILE:3: not a CSV file (Expected 4 fields, saw 6); {FIELDS}",
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


@pytest.mark.parametrize("line", [2, 3, 40, 100])
def test_the_line_named_is_the_one_an_editor_shows(write, line):
    rows = ["Sentence: 1,word,NN,O", "", *[",word,NN,O"] * 97, ",word,NN,B-per"]
    for row, message in (
        ("Sentence: 1,bad,NN,here", "the tag is 'here'; tags are O, B-type or I-type (IOB2)"),
        ("Sentence: 1, ,NN,O", f"the word is ''; {WORD_RULE}"),
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


conll_words = words.filter(lambda word: not word.startswith("-DOCSTART-"))


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
        "Joe\tO\n\tO\n", f"FILE:2: the word is ''; {WORD_RULE}",
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
