"""A corpus that is written in one format and then in another is read as the same sentences.

Here are a writer for each format, and for each scheme, that share no code with the readers.
"""

import csv
import io
import json

import pytest
from brute_force import repaired, spans
from corpora import refusal
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ner_tutorial import corpus
from ner_tutorial.corpus import Sentence
from ner_tutorial.errors import CorpusError

TYPES = ("per", "geo")
NAMES = ["O", "B-per", "I-per", "B-geo", "I-geo"]


def columns(sentences, row, separator="\t", comment=""):
    """A line for each token, as `row` makes it of its place, word and tag; a blank one between."""
    blocks = []
    for sentence in sentences:
        tokens = enumerate(zip(sentence.words, sentence.tags, strict=True), 1)
        lines = [separator.join(row(str(place), word, tag)) for place, (word, tag) in tokens]
        blocks.append(comment + "\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def table(sentences, header, separator, label, each_row):
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator)
    writer.writerow(header)
    for number, sentence in enumerate(sentences, 1):
        for place, (word, tag) in enumerate(zip(sentence.words, sentence.tags, strict=True)):
            shown = label.format(number) if each_row or place == 0 else ""
            cells = {"sentence": shown, "word": word, "pos": "NN", "tag": tag}
            writer.writerow([cells[kind] for kind in header.values()])
    return file.getvalue()


def marked(sentence, start_from=0):
    """A sentence as a text, and its entities as spans of characters."""
    places, at = [], start_from
    for word in sentence.words:
        places.append((at, at + len(word)))
        at += len(word) + 1
    found = [
        (places[first][0], places[end - 1][1], kind)
        for kind, first, end in spans(sentence.tags, TYPES)
    ]
    return " ".join(sentence.words), found


def lines(records):
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records)


def label_studio(sentences):
    return json.dumps(
        [
            {
                "data": {"text": text},
                "annotations": [
                    {
                        "result": [
                            {
                                "type": "labels",
                                "value": {
                                    "start": start,
                                    "end": end,
                                    "text": text[start:end],
                                    "labels": [kind],
                                },
                            }
                            for start, end, kind in found
                        ]
                    }
                ],
            }
            for text, found in map(marked, sentences)
        ],
        indent=1,
    )


def brat(sentences):
    texts, marks = [], []
    for sentence in sentences:
        text, found = marked(sentence, sum(len(text) + 1 for text in texts))
        texts.append(text)
        marks += found
    whole = "\n".join(texts)
    return whole, "".join(
        f"T{number}\t{kind} {start} {end}\t{whole[start:end]}\n"
        for number, (start, end, kind) in enumerate(marks, 1)
    )


def keyed(start, end, label):
    return {"start": start, "end": end, "label": label}


SPACES = {"tokenizer": "spaces"}
KAGGLE = {"Sentence #": "sentence", "Word": "word", "POS": "pos", "Tag": "tag"}
OTHER = {"NER": "tag", "token": "word", "sent_id": "sentence"}
FORMATS = {
    "spaces": ("a.conll", lambda s: columns(s, lambda i, w, t: (w, "NN", t), " "), {}),
    "tabs": ("a.tsv", lambda s: columns(s, lambda i, w, t: (w, t)), {}),
    "tag first": ("a.bio", lambda s: columns(s, lambda i, w, t: (t, w)), {"tag_column": 1}),
    "CoNLL-U": (
        "a.conllu", lambda s: columns(s, lambda i, w, t: (i, w, "_", t, "-"), comment="# id = 1\n"),
        {"word_column": 2, "tag_column": 4},
    ),
    "WikiANN": ("a.txt", lambda s: columns(s, lambda i, w, t: (f"en:{w}", t)), {}),
    "a header": ("a.tsv", lambda s: "word\ttag\n" + columns(s, lambda i, w, t: (w, t)), {}),
    "Kaggle's CSV": ("a.csv", lambda s: table(s, KAGGLE, ",", "Sentence: {}", False), {}),
    "semicolons": ("a.csv", lambda s: table(s, OTHER, ";", "s{}", True), {}),
    "a table with tabs": ("a.tsv", lambda s: table(s, OTHER, "\t", "{}", True), {}),
    "tokens": (
        "a.jsonl", lambda s: lines({"tokens": x.words, "ner_tags": x.tags} for x in s), {},
    ),
    "numbers": (
        "a.json",
        lambda s: json.dumps(
            [{"tokens": x.words, "ner_tags": [NAMES.index(t) for t in x.tags]} for x in s]
        ),
        {"tag_names": NAMES},
    ),
    "doccano": (
        "a.jsonl", lambda s: lines({"text": t, "label": m} for t, m in map(marked, s)), SPACES,
    ),
    "Prodigy": (
        "a.jsonl",
        lambda s: lines(
            {"text": t, "spans": [keyed(*one) for one in m]} for t, m in map(marked, s)
        ),
        SPACES,
    ),
    "spaCy": (
        "a.json", lambda s: json.dumps([[t, {"entities": m}] for t, m in map(marked, s)]), SPACES,
    ),
    "Label Studio": ("a.json", label_studio, SPACES),
    "BRAT": ("a.txt", brat, SPACES),
}  # fmt: skip


def converted(folder, sentences, name):
    """The sentences, written in a format and read again."""
    file, write, options = FORMATS[name]
    content = write(sentences)
    path, marks = folder / file, folder / "a.ann"
    marks.unlink(missing_ok=True)
    if name == "BRAT":
        content, beside = content
        marks.write_bytes(beside.encode())
    path.write_bytes(content.encode())
    return corpus.read(path, **options)


# What every format can hold: no space in a word, and nothing that cannot be seen.
some_text = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=6)
words = st.one_of(
    st.sampled_from(["Ann", "#", "#a", '"', '""', ",", ";", "😀", "nan", "O", "B-per", "[", "{"]),
    some_text,
)
tags = st.lists(st.sampled_from(NAMES), min_size=1, max_size=5).map(repaired)
sentences = st.lists(
    tags.flatmap(
        lambda own: st.lists(words, min_size=len(own), max_size=len(own)).map(
            lambda said: Sentence(tuple(said), tuple(own))
        )
    ),
    min_size=2,
    max_size=3,
)


@settings(max_examples=30)
@given(sentences, st.permutations(list(FORMATS)))
def test_from_one_format_to_the_next_the_sentences_stay_the_same(tmp_path_factory, wanted, formats):
    # In a column of nothing but tags there are no words: 'O' may be either.
    assume(any(word not in NAMES for sentence in wanted for word in sentence.words))
    read = wanted
    for name in formats:
        read = converted(tmp_path_factory.getbasetemp(), read, name)
        assert read == wanted, name


FEW = [
    Sentence(("Ann", "left", "New", "York"), ("B-per", "O", "B-geo", "I-geo")),
    Sentence(("#", '"', "2", "."), ("O", "O", "B-per", "O")),
]
# What means something in one format or another, and bytes that mean nothing.
PIECES = [
    *(
        "",
        "\n",
        "\n\n",
        "\t",
        " ",
        ",",
        ";",
        '"',
        "#",
        "# ",
        "{",
        "}",
        "[",
        "]",
        ":",
        "0",
        "-1",
        "9",
    ),
    *("\\u", "\ufeff", "\u200b", "O", "B-per", "I-geo", "null", "true", "word\ttag\n", "<a>"),
]


@settings(max_examples=60)
@given(
    st.sampled_from(list(FORMATS)),
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 3), st.sampled_from(PIECES)), max_size=3
    ),
    st.booleans(),
)
def test_a_damaged_file_gives_sentences_or_one_line(tmp_path_factory, name, damages, repair):
    file, write, options = FORMATS[name]
    folder = tmp_path_factory.getbasetemp()
    content = write(FEW)
    path, marks = folder / file, folder / "a.ann"
    marks.unlink(missing_ok=True)
    if name == "BRAT":
        content, beside = content
        marks.write_bytes(beside.encode())
    for place, length, piece in damages:
        content = content[:place] + piece + content[place + length :]
    path.write_bytes(content.encode())
    try:
        read = corpus.read(path, repair=repair, **options)
    except CorpusError:
        refusal(path, repair=repair, **options)
    else:
        assert all(
            len(s.words) == len(s.tags) > 0 and repaired(s.tags) == list(s.tags) for s in read
        )


@pytest.fixture(scope="module")
def sentences_of_two_types():
    """Some of the sample's sentences."""
    return [s for s in corpus.read(corpus.SAMPLE) if set(s.tags) <= set(NAMES)][:200]


@pytest.mark.parametrize("name", FORMATS)
def test_the_sample_is_the_same_in_every_format(tmp_path, sentences_of_two_types, name):
    assert len(sentences_of_two_types) == 200
    assert converted(tmp_path, sentences_of_two_types, name) == sentences_of_two_types
