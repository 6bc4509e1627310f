"""Reading a corpus: what is kept, what is refused, and how the refusal reads."""

import csv
import gzip
import io
import zipfile

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ner_tutorial import corpus
from ner_tutorial.corpus import CorpusError, Sentence

HEADER = "Sentence #,Word,POS,Tag\r\n"
FIRST = "Sentence: 1,Joe,NNP,B-per\r\n"
SMALL = f"{HEADER}{FIRST},went,VBD,O\r\nSentence: 2,Home,NN,O\r\n"
SMALL_SENTENCES = [Sentence(("Joe", "went"), ("B-per", "O")), Sentence(("Home",), ("O",))]


@pytest.fixture
def write(tmp_path):
    """A function that writes a file, text as UTF-8, and returns its path."""

    def write(content, name="corpus.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def write_zip(tmp_path):
    """A function that writes a zip archive of text files and returns its path."""

    def write_zip(**texts):
        path = tmp_path / "archive.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in texts.items():
                archive.writestr(name.replace("__", "."), text)
        return path

    return write_zip


def sentences(path):
    return corpus.to_sentences(corpus.read_gmb(path))


def refusal(path):
    """The message of the error, which is one line."""
    with pytest.raises(CorpusError) as caught:
        corpus.read_gmb(path)
    message = str(caught.value)
    assert "\n" not in message and "\r" not in message
    return message


# What is read.


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
    assert sentences(write(SMALL.replace("\r\n", end))) == SMALL_SENTENCES


@pytest.mark.parametrize("blank", ["", "\r\n", "\r\n\r\n", ",,,\r\n"])
def test_a_blank_line_at_the_end_is_no_token(write, blank):
    assert sentences(write(SMALL + blank)) == SMALL_SENTENCES


def test_a_blank_line_between_tokens_leaves_no_gap(write):
    tokens = corpus.read_gmb(write(SMALL.replace(",went", "\r\n,went")))
    assert corpus.to_sentences(tokens) == SMALL_SENTENCES
    assert list(tokens.index) == [0, 1, 2]


def test_a_last_line_without_an_end_is_read(write):
    assert sentences(write(SMALL.rstrip())) == SMALL_SENTENCES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_word_reads_the_same_in_each_encoding(write, encoding):
    (sentence,) = sentences(write(f"{HEADER}Sentence: 1,“café…”,NN,O\r\n".encode(encoding)))
    assert sentence.words == ("“café…”",)


def test_quoted_commas_and_quotation_marks_are_words(write):
    (sentence,) = sentences(write(f'{HEADER}Sentence: 1,",",",",O\r\n,"""",``,O\r\n'))
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


def test_an_archive_is_read_as_the_one_csv_in_it(write_zip):
    assert sentences(write_zip(notes__txt="hello", any__csv=SMALL)) == SMALL_SENTENCES


def test_of_two_csv_files_in_an_archive_it_reads_ner_dataset(write_zip):
    path = write_zip(ner__csv="the other one", ner_dataset__csv=SMALL)
    assert sentences(path) == SMALL_SENTENCES


words = st.one_of(
    st.sampled_from(["None", "NA", "nan", '"', "'", ",", '",', "#", " x ", "-1", "Sentence: 1"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip),
)
tags = st.sampled_from(["O", "B-per", "I-per", "B-geo", "I-geo"])


def as_iob2(raw):
    """The tags, with a B- for each I- that continues nothing."""
    valid = []
    for tag in raw:
        continues = valid and valid[-1] != "O" and valid[-1][2:] == tag[2:]
        valid.append(f"B-{tag[2:]}" if tag.startswith("I-") and not continues else tag)
    return tuple(valid)


@given(st.lists(st.lists(st.tuples(words, tags), min_size=1), min_size=1))
def test_what_pythons_csv_module_writes_is_read_back(tmp_path_factory, drawn):
    wanted = [
        Sentence(tuple(word for word, _ in tokens), as_iob2([tag for _, tag in tokens]))
        for tokens in drawn
    ]
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(corpus.COLUMNS)
    for number, sentence in enumerate(wanted, 1):
        for place, (word, tag) in enumerate(zip(sentence.words, sentence.tags, strict=True)):
            writer.writerow(["" if place else f"Sentence: {number}", word, "NN", tag])
    path = tmp_path_factory.getbasetemp() / "round_trip.csv"
    path.write_bytes(file.getvalue().encode())
    assert sentences(path) == wanted


# What is refused: the line, what is wrong with it, and what to do about it.

REFUSED = {
    "no column": (
        "Sentence #,Word,Tag\r\nSentence: 1,Joe,O\r\n",
        ":1",
        "no column 'POS'; found 'Sentence #', 'Word', 'Tag'",
        "the header must be Sentence #,Word,POS,Tag",
    ),
    "semicolons": (
        SMALL.replace(",", ";"),
        ":1",
        "found 'Sentence #;Word;POS;Tag'",
        "the header must be",
    ),
    "not IOB2": (f"{HEADER}{FIRST},went,VBD,per\r\n", ":3", "Tag is 'per'", "B-type or I-type"),
    "more than O": (f"{HEADER}{FIRST},went,VBD,Other\r\n", ":3", "Tag is 'Other'", "(IOB2)"),
    "a tag without a type": (f"{HEADER}{FIRST},went,VBD,B-\r\n", ":3", "Tag is 'B-'", "(IOB2)"),
    "I- after O": (
        f"{HEADER}{FIRST},went,VBD,O\r\n,on,IN,I-per\r\n",
        ":4",
        "tag is 'I-per'",
        "continues a B- or I- of its type",
    ),
    "I- of another type": (f"{HEADER}{FIRST},x,NN,I-geo\r\n", ":3", "tag is 'I-geo'", "continues"),
    "I- across sentences": (
        f"{HEADER}{FIRST}Sentence: 2,x,NN,I-per\r\n",
        ":3",
        "tag is 'I-per'",
        "continues",
    ),
    "no label": (
        f"{HEADER},Joe,NNP,O\r\n{FIRST}",
        ":2",
        "a token before the first sentence",
        "needs its label, such as 'Sentence: 1'",
    ),
    "an odd label": (f"{HEADER}1,Joe,NNP,O\r\n", ":2", "Sentence # is '1'", "as 'Sentence: 12'"),
    "a huge label": (
        f"{HEADER}Sentence: {10**30},Joe,NNP,O\r\n",
        ":2",
        f"is 'Sentence: {10**30}'",
        "write",
    ),
    "no word": (f"{HEADER}{FIRST},,VBD,O\r\n", ":3", "Word is ''", "every row needs a word"),
    "a blank word": (f"{HEADER}{FIRST}, ,VBD,O\r\n", ":3", "Word is ' '", "needs a word"),
    "two lone quotation marks": (
        f'{HEADER}{FIRST},",``,O\r\n,said,VBD,O\r\n,",``,O\r\n',
        ":3",
        "Word is ',``,O\\r\\n,said",
        'write the word " as """"',
    ),
    "one lone quotation mark": (
        f'{HEADER}{FIRST},",``,O\r\n,said,VBD,O\r\n',
        ":3",
        "not a CSV file (EOF inside string)",
        "give a comma-separated file",
    ),
    "five fields": (
        f"{HEADER}{FIRST},went,VBD,O,x\r\n",
        ":3",
        "not a CSV file (Expected 4 fields, saw 5)",
        "give a comma-separated file",
    ),
    "five fields at once": (
        f"{HEADER}7,{FIRST}8,,went,VBD,O\r\n",
        ":2",
        "more fields than the header's 4",
        "give as many fields in each row",
    ),
    "cut off after the word": (f"{HEADER}{FIRST},wen", ":3", "Tag is ''", "tags are O"),
    "cut off in the tag": (f"{HEADER}{FIRST},Biden,NNP,I", ":3", "Tag is 'I'", "tags are O"),
    "NUL": (f"{HEADER}{FIRST},we\0nt,VBD,O\r\n", ":3", "holds a NUL byte", "give a CSV"),
    "neither encoding": (
        f"{HEADER}{FIRST}".encode() + b",\xe9\x81,NN,O\r\n",
        ":3",
        "neither UTF-8 nor Windows-1252",
        "save the file as UTF-8",
    ),
    "an image": (b"\x89PNG\r\n\x1a\n\xff\xd8 IHDR", ":1", "no column", "the header must be"),
    "empty": ("", "", "is empty", "give a file with the columns Sentence #, Word, POS, Tag"),
    "white space": (" \r\n\r\n\t", "", "is empty", "give a file with the columns"),
    "nothing but a byte order mark": ("\ufeff\r\n", "", "is empty", "give a file with"),
    "nothing but a header": (HEADER + "\r\n", "", "a header and no token", "give a corpus"),
}


@pytest.mark.parametrize(("content", "line", "wrong", "advice"), REFUSED.values(), ids=REFUSED)
def test_a_broken_corpus_is_refused_with_its_line_and_advice(write, content, line, wrong, advice):
    path = write(content)
    message = refusal(path)
    assert message.startswith(f"{path}{line}: ")
    assert wrong in message
    assert advice in message.partition("; ")[2]


@pytest.mark.parametrize("line", [2, 3, 40, 101])
def test_the_line_named_is_the_one_an_editor_shows(write, line):
    rows = ["Sentence: 1,word,NN,O", "", *[",word,NN,O"] * 98]
    rows[line - 2] = "Sentence: 1,bad,NN,here"
    path = write(HEADER + "\r\n".join(rows))
    assert path.read_bytes().splitlines()[line - 1] == b"Sentence: 1,bad,NN,here"
    assert refusal(path).startswith(f"{path}:{line}: ")


def test_the_first_of_several_wrong_lines_is_named(write):
    path = write(f"{HEADER}{FIRST},a,NN,x\r\n,b,NN,y\r\n")
    assert refusal(path).startswith(f"{path}:3: Tag is 'x'")


def test_a_long_wrong_cell_is_shown_in_part(write):
    assert len(refusal(write(f"{HEADER}{FIRST},a,NN,{'x' * 10_000}\r\n"))) < 400


# Random bytes and nearly right files. Some are corpora; none may end in any other error.
parts = st.sampled_from([*'",\n\0 x“', "\r\n", "Sentence: 1,a,b,O", "\r\n,a,b,", "O", "B-a", "I-a"])
nearly = st.lists(parts).map("".join)


@given(st.one_of(st.binary(), nearly.map(lambda text: (HEADER + text).encode("cp1252"))))
@example(b"\xef\xbb\xbf")
@example(HEADER.encode() + b"Sentence: 1,a,NN,O,,\r\n")
def test_no_content_ends_in_anything_but_a_table_or_a_corpus_error(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "random.csv"
    path.write_bytes(content)
    try:
        assert len(corpus.read_gmb(path)) > 0
    except CorpusError:
        refusal(path)


@pytest.mark.parametrize("name", ["missing.csv", "missing.zip"])
def test_a_missing_file_is_refused(tmp_path, name):
    message = refusal(tmp_path / name)
    assert message == f"{tmp_path / name}: no such file; give the path of a corpus"


@pytest.mark.parametrize("name", ["folder", "folder.zip"])
def test_a_directory_is_refused(tmp_path, name):
    (tmp_path / name).mkdir()
    assert refusal(tmp_path / name).endswith("is a directory; give the corpus file inside it")


def test_a_path_below_a_file_is_refused(write):
    path = write(SMALL) / "corpus.csv"
    assert refusal(path).endswith("cannot be read (Not a directory); give the path of a corpus")


def damage_the_data(archive):
    """Give the compressed data, after 30 bytes and the name, a first byte that none begins with."""
    start = 30 + len("any.csv")
    return archive[:start] + b"\xff" + archive[start + 1 :]


def ask_for_a_password(archive):
    """Set the flag of an encrypted file where the archive's directory says how it is stored."""
    flags = archive.rindex(b"PK\x01\x02") + 8
    return archive[:flags] + bytes([archive[flags] | 1]) + archive[flags + 1 :]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda archive: SMALL.encode(),
        lambda archive: b"",
        lambda archive: archive[: len(archive) // 2],
        damage_the_data,
        ask_for_a_password,
    ],
    ids=["a CSV by the name of .zip", "empty", "cut off", "damaged", "encrypted"],
)
def test_a_bad_archive_is_refused(write, write_zip, spoil):
    whole = write_zip(any__csv=SMALL + "".join(f",word{i},NN,O\r\n" for i in range(999)))
    path = write(spoil(whole.read_bytes()), "spoilt.zip")
    assert refusal(path).startswith(f"{path}: is not a zip archive, or a broken or encrypted one;")


@pytest.mark.parametrize(
    "files",
    [
        {"a__csv": SMALL, "b__csv": SMALL},
        {"a/ner_dataset__csv": SMALL, "b/ner_dataset__csv": SMALL},
        {"a__txt": SMALL},
    ],
    ids=["two", "two by the right name", "none"],
)
def test_an_archive_without_one_csv_is_refused(write_zip, files):
    path = write_zip(**files)
    message = refusal(path)
    assert message == f"{path}: does not hold one CSV file; unpack it and name the file"


# CoNLL columns, and any corpus by `read`.

CONLL = "-DOCSTART- -X- O O\n\nJoe NNP I-NP B-per\nwent VBD I-VP O\n\nHome NN I-NP O\n"


def read_refusal(path, **options):
    """The message of the error, which is one line and never long."""
    with pytest.raises(CorpusError) as caught:
        corpus.read(path, **options)
    message = str(caught.value).replace(str(path), "FILE")
    assert "\n" not in message and "\r" not in message
    assert len(message) < 300
    return message


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [" ", "   ", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_conll_is_read_with_any_line_end_and_separator(write, end, separator, mark):
    text = mark + CONLL.replace(" ", separator).replace("\n", end)
    assert corpus.read(write(text, "corpus.conll")) == SMALL_SENTENCES
    assert corpus.read(write(text.rstrip(), "corpus.csv")) == SMALL_SENTENCES


def test_a_csv_is_told_by_its_header_whatever_its_name(write):
    assert corpus.read(write(SMALL, "corpus.txt")) == SMALL_SENTENCES
    broken = write(SMALL.replace("Sentence #,Word,POS", "a,b,c"))
    assert "no column 'Sentence #'" in read_refusal(broken)
    assert "found 'a', 'b', 'c', 'Tag'" in read_refusal(broken)


@pytest.mark.parametrize("content", [SMALL, CONLL])
def test_gz_and_zip_are_read_directly(write, write_zip, content):
    path = write(gzip.compress(content.encode()), "corpus.gz")
    assert corpus.read(path) == SMALL_SENTENCES
    assert corpus.read(write_zip(corpus__conll=content)) == SMALL_SENTENCES


@pytest.mark.parametrize("spoil", [lambda data: data[:-9], lambda data: b"Joe O\n"])
def test_a_broken_gz_is_refused(write, spoil):
    path = write(spoil(gzip.compress(CONLL.encode())), "corpus.gz")
    assert read_refusal(path).startswith("FILE: is not a gzip file, or a broken one")


def test_an_archive_that_unpacks_to_too_much_is_refused(write, write_zip, monkeypatch):
    monkeypatch.setattr(corpus, "MAX_BYTES", len(CONLL) - 1)
    path = write(gzip.compress(CONLL.encode()), "corpus.gz")
    assert "unpacks to over" in read_refusal(path)
    assert "unpacks to over" in read_refusal(write_zip(corpus__conll=CONLL))


def test_words_in_a_file_with_tabs_may_hold_spaces(write):
    (sentence,) = corpus.read(write("New York\tB-geo\n10\u00a0000\tO\n"))
    assert sentence.words == ("New York", "10\u00a0000")


def test_an_encoding_can_be_named(write):
    path = write("café O\n".encode("latin-1"))
    assert corpus.read(path, encoding="latin-1")[0].words == ("café",)
    assert corpus.read(write("café O\n".encode("utf-16")), encoding="utf-16")[0].words == ("café",)
    path = write("café O\n".encode("latin-1"), "corpus.txt")
    assert read_refusal(path).startswith("FILE:1: not UTF-8 text;")
    assert "not text in the encoding 'ascii'" in read_refusal(path, encoding="ascii")
    for name in ["klingon", "hex", "x" * 9999]:
        assert "no text encoding" in read_refusal(path, encoding=name)


@pytest.mark.parametrize("option", ["iob1", "repair"])
def test_an_inside_tag_without_start_is_refused_or_made_a_start(write, option):
    for path in [
        write("a I-per\nb I-per\nc B-per\nd I-geo\n\ne I-geo\n", "corpus.txt"),
        write(
            f"{HEADER}Sentence: 1,a,,I-per\r\n,b,,I-per\r\n,c,,B-per\r\n,d,,I-geo\r\n"
            "Sentence: 2,e,,I-geo\r\n"
        ),
    ]:
        first, second = corpus.read(path, **{option: True})
        assert first.tags == ("B-per", "I-per", "B-per", "B-geo")
        assert second.tags == ("B-geo",)
        message = read_refusal(path)
        assert message.startswith(("FILE:1: ", "FILE:2: "))
        assert "--iob1" in message and "--repair" in message


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("Joe O\nwent U-per\n", "FILE:2: the tag is 'U-per'; that looks like BILOU"),
        ("Joe S-per\n", "FILE:1: the tag is 'S-per'; that looks like BIOES"),
        ("Joe B_per\n", "FILE:1: the tag is 'B_per'; write a hyphen"),
        ("Joe PER\n", "FILE:1: the tag is 'PER'; tags are O"),
        ("Joe\n", "FILE:1: one column"),
        ("a\tO\n\tO\n", "FILE:2: a line without a word"),
        ("a\tO\nb O\n", "FILE:2: one column"),
        ("-DOCSTART- O\n", "FILE: holds no token"),
        ("a O\nb\0 O\n", "FILE:2: holds a NUL byte"),
        ("", "FILE: is empty"),
        ("x" * 1_000_000, "FILE:1: one column"),
        ("a " + "x" * 1_000_000, "FILE:1: the tag is"),
    ],
)
def test_broken_conll_is_refused_with_its_line(write, content, wrong):
    assert read_refusal(write(content, "corpus.txt")).startswith(wrong)


def test_a_word_of_a_million_characters_is_read(write):
    (sentence,) = corpus.read(write(f"{'x' * 1_000_000} O\n"))
    assert len(sentence.words[0]) == 1_000_000


conll_words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
    lambda word: word == word.strip(" ") and word.strip() and not word.startswith("-DOCSTART-")
)


@given(st.lists(st.lists(st.tuples(conll_words, tags), min_size=1), min_size=1))
def test_conll_that_is_written_is_read_back(tmp_path_factory, drawn):
    wanted = [
        Sentence(tuple(word for word, _ in tokens), as_iob2([tag for _, tag in tokens]))
        for tokens in drawn
    ]
    lines = (
        "".join(f"{word}\t{tag}\n" for word, tag in zip(sentence.words, sentence.tags, strict=True))
        for sentence in wanted
    )
    path = tmp_path_factory.getbasetemp() / "round_trip.conll"
    path.write_bytes(("\ufeff" + "\n".join(lines)).encode())
    assert corpus.read(path) == wanted


@given(
    st.sampled_from([SMALL, CONLL, CONLL.replace(" ", "\t")]),
    st.integers(0, 80),
    st.integers(0, 5),
    st.binary(max_size=4),
    st.sampled_from(["mutated.csv", "mutated.txt", "mutated.gz", "mutated.zip"]),
)
def test_a_mutated_corpus_gives_sentences_or_one_line(
    tmp_path_factory, content, place, gone, put, name
):
    data = content.encode()
    if name.endswith(".gz"):
        data = gzip.compress(data)
    if name.endswith(".zip"):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("corpus.csv", content)
        data = file.getvalue()
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(data[:place] + put + data[place + gone :])
    try:
        assert all(len(sentence) > 0 for sentence in corpus.read(path))
    except CorpusError:
        read_refusal(path)


@given(st.lists(tags, min_size=1).map(as_iob2), st.integers(1, 6))
def test_split_sentences_keep_every_word_and_every_entity_that_fits(tags, max_length):
    sentence = Sentence(tuple(map(str, range(len(tags)))), tags)
    pieces = corpus.split_long([sentence], max_length)
    assert tuple(word for piece in pieces for word in piece.words) == sentence.words
    assert all(1 <= len(piece) <= max_length for piece in pieces)
    assert all(as_iob2(piece.tags) == piece.tags for piece in pieces)
    together = tuple(tag for piece in pieces for tag in piece.tags)
    for place, (was, now) in enumerate(zip(tags, together, strict=True)):
        if was != now:  # only an entity longer than a piece is cut
            start = max(at for at in range(place) if tags[at].startswith("B-"))
            end = next((at for at in range(place, len(tags)) if tags[at][0] != "I"), len(tags))
            assert end - start > max_length


# Sentences.


def test_a_table_of_some_sentences_is_grouped_like_the_whole(write):
    tokens = corpus.read_gmb(write(SMALL))
    assert corpus.to_sentences(tokens[tokens["sentence"] == 2]) == SMALL_SENTENCES[1:]


def test_a_table_without_tokens_has_no_sentences():
    empty = pd.DataFrame({"sentence": [], "word": [], "tag": []})
    assert corpus.to_sentences(empty) == []


def long_corpus(*counts):
    """A corpus with sentences of these many words."""
    rows = (
        f"{'' if place else f'Sentence: {number}'},word,NN,O\r\n"
        for number, count in enumerate(counts, 1)
        for place in range(count)
    )
    return HEADER + "".join(rows)


def test_sentences_of_seventy_words_are_kept_and_longer_ones_are_not(write):
    path = write(long_corpus(71, 70, 1, 104, 69))
    assert [len(sentence) for sentence in corpus.load(path)] == [70, 1, 69]
    assert [len(sentence) for sentence in corpus.load(path, max_length=1)] == [1]
    assert [len(sentence) for sentence in corpus.load(path, max_length=104)] == [71, 70, 1, 104, 69]


# Which corpus.


@pytest.fixture
def places(monkeypatch, tmp_path):
    """The places where a corpus may lie: none is set, and there is no file."""
    monkeypatch.delenv("NER_TUTORIAL_CORPUS", raising=False)
    monkeypatch.setattr(corpus, "GMB", tmp_path / "ner_dataset.csv")
    monkeypatch.setattr(corpus, "SAMPLE", tmp_path / "sample.csv")
    return monkeypatch


def test_the_variable_names_the_corpus_even_if_gmb_is_there(places, write):
    write(SMALL, corpus.GMB.name)
    places.setenv("NER_TUTORIAL_CORPUS", "my/own.csv")
    assert str(corpus.find_corpus()) == "my/own.csv"


def test_a_tilde_in_the_variable_is_the_home_folder(places, tmp_path):
    places.setenv("HOME", str(tmp_path))
    places.setenv("NER_TUTORIAL_CORPUS", "~/own.csv")
    assert corpus.find_corpus() == tmp_path / "own.csv"


@pytest.mark.parametrize("value", [None, ""])
def test_without_the_variable_it_is_gmb_if_there_and_else_the_sample(places, write, value):
    if value is not None:
        places.setenv("NER_TUTORIAL_CORPUS", value)
    assert corpus.find_corpus() == corpus.SAMPLE
    write(SMALL, corpus.GMB.name)
    assert corpus.find_corpus() == corpus.GMB


def test_load_reads_the_corpus_that_is_found(places, write):
    places.setenv("NER_TUTORIAL_CORPUS", str(write(SMALL)))
    assert corpus.load() == SMALL_SENTENCES


def test_only_the_sample_is_described_as_the_sample(monkeypatch, tmp_path):
    monkeypatch.chdir(corpus.SAMPLE.parent)
    assert corpus.describe("sample.csv") == "sample.csv: the sample that ships with the course"
    monkeypatch.chdir(tmp_path)
    assert "a corpus of your own" in corpus.describe("sample.csv")


# GMB itself, if it is there.


def test_gmb_has_the_tokens_sentences_and_words_that_were_measured(gmb_tokens):
    all_sentences = corpus.to_sentences(gmb_tokens)
    assert len(gmb_tokens) == 1_048_575
    assert len(all_sentences) == 47_959
    assert (gmb_tokens["word"] == "None").sum() == 10
    assert len(corpus.keep_short(all_sentences)) == 47_959 - 4
    assert gmb_tokens["tag"].nunique() == 17
