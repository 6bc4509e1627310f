"""BRAT: a text, and beside it the marks of its entities."""

import pytest
from corpora import refusal, shown

from ner_tutorial import corpus

TEXT = "Ann left.\nBob Smith ran 😀 home.\n"
MARKS = "T1\tper 0 3\tAnn\nT2\tper 10 19\tBob Smith\nR1\tkin Arg1:T1 Arg2:T2\n#1\tNote T1\tx\n"
WANTED = "Ann/B-per left/O ./O | Bob/B-per Smith/I-per ran/O 😀/O home/O ./O"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_text_is_read_with_the_entities_beside_it(write, end):
    path = write(TEXT, "letter.txt")
    write(MARKS.replace("\n", end), "letter.ann")
    report = corpus.read_reported(path)
    assert shown(report.sentences) == WANTED
    assert report.documents == [0, 0]


@pytest.mark.parametrize("places", [(10, 19), (11, 20)])
def test_a_line_end_of_two_characters_may_have_been_counted_as_one(write, places):
    path = write(TEXT.replace("\n", "\r\n"), "letter.txt")
    write(MARKS.replace("10 19", "{} {}".format(*places)), "letter.ann")
    assert shown(corpus.read(path)) == WANTED


@pytest.mark.parametrize(("end", "parts"), [("\n", "0 3;4 8"), ("\r\n", "0 3;5 9")])
def test_an_entity_that_a_lines_end_parts_is_one(write, end, parts):
    path = write(f"New{end}York wakes\n", "letter.txt")
    write(f"T1\tgeo {parts}\tNew York\n", "letter.ann")
    assert shown(corpus.read(path)) == "New/B-geo York/I-geo wakes/O"
    write("a-b\n", "letter.txt")
    write("T1\tgeo 0 1;2 3\ta b\n", "letter.ann")
    assert "the span 0 to 3 is 'a-b', but should be 'a b'" in refusal(path)


def test_a_text_without_entities_is_read(write):
    path = write(TEXT, "letter.txt")
    write("", "letter.ann")
    assert shown(corpus.read(path)) == WANTED.replace("B-per", "O").replace("I-per", "O")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "T2\tper 0 3;9 17\tAnn New York",
            "an entity in several parts (discontinuous), 'T2\\tper 0 3;9 17\\tAnn New York'; IOB2 "
            "cannot say that, so mark one span from its first word to its last",
        ),
        (
            "T2 per 0 3 Ann",
            "'T2 per 0 3 Ann' is no entity; BRAT writes T1, a tab, type, start and end, a tab, and "
            "the text",
        ),
    ],
)
def test_a_mark_that_cannot_be_read_is_refused_with_its_line(write, line, message):
    path = write(TEXT, "letter.txt")
    marks = write(f"T1\tper 0 3\tAnn\n{line}\n", "letter.ann")
    assert refusal(path).replace(str(marks), "MARKS") == f"MARKS:2: {message}"


def test_marks_of_another_text_are_refused(write):
    path = write(TEXT, "letter.txt")
    write("T1\tper 0 3\tBob\n", "letter.ann")
    assert refusal(path) == (
        "FILE: the span 0 to 3 is 'Ann', but should be 'Bob'; "
        "export the text and its spans again, together"
    )


@pytest.mark.parametrize("names", [("letter.txt", "letter.ann"), ("LETTER.TXT", "LETTER.ANN")])
def test_either_of_the_two_files_may_be_named(write, names):
    text, marks = write(TEXT, names[0]), write(MARKS, names[1])
    assert shown(corpus.read(text)) == shown(corpus.read(marks)) == WANTED


def test_marks_alone_are_refused(write):
    message = "FILE: only marks what stands in a text; put the .txt beside it"
    assert refusal(write(MARKS, "letter.ann")) == message
