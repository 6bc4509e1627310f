"""The exercises of lesson 07: text of your own."""

from ner_tutorial import iob2
from ner_tutorial.exercises.engine import (
    EXPLAIN,
    FILL_IN,
    PREDICT,
    Answers,
    Items,
    Numbers,
    Reason,
    exercise,
)
from ner_tutorial.text import split_sentences

IOB1_TAGS = ["I-per", "I-per", "O", "I-geo", "B-geo", "I-org", "O", "I-tim"]


@exercise("07.1", FILL_IN, Items("a list of places, counted from zero"))
def _changed_places() -> Answers:
    """A tag changes if it begins an entity without saying so. Look at each I- tag, and at the tag
    just before it.

    The change is the same for a mistake: so only you can say which of the two it is.

        before = ["O", *iob1_tags]
        pairs = list(zip(before, iob1_tags))
        answer = [i for i, (a, b) in enumerate(pairs) if b[0] == "I" and a[2:] != b[2:]]
    """
    right = iob2.missing_starts(IOB1_TAGS)
    after_o = [place for place in right if place == 0 or IOB1_TAGS[place - 1] == "O"]
    return right, [
        ([*right, IOB1_TAGS.index("B-geo")], "IOB1 wrote that B- itself, to part two places."),
        (after_o, "A name can also follow a name. What begins right after the second place?"),
        ([place + 1 for place in right], "These are counted from one."),
        (
            [place for place, tag in enumerate(IOB1_TAGS) if tag[0] == "I"],
            "These are all the I- tags. The one that continues a name stays as it is.",
        ),
    ]


@exercise("07.2", EXPLAIN, Reason())
def _lower_on_other_text() -> Answers:
    """The model is the same, and so are the rules. What is different about the sentences?

    A test part says how a model does on more of the same, and promises no more.

        answer = "c"
    """
    return "c", [
        ("a", "It is one and the same saved model that reached both figures."),
        ("b", "Few sentences make a figure uncertain, in either direction; and these are not few."),
        ("d", "Entities are made of words: padding has no part in their F1."),
    ]


NOTE = "Ann met Joe in Oslo. Joe left."


@exercise("07.3", PREDICT, Numbers("two whole numbers, start and end", shape=(2,), within=0.1))
def _place_of_a_token() -> Answers:
    """Count characters from the beginning of the note, spaces too, and begin with zero. The end is
    that of a slice.

    A place in the whole text is all that another program needs to find the name again.

        start = note.rindex("Joe")
        answer = (start, start + len("Joe"))
    """
    sentences = [(begin, tokens) for _, begin, tokens in split_sentences([NOTE])]
    first, second = (token for _, tokens in sentences for token in tokens if token.text == "Joe")
    begin, _ = sentences[-1]
    return (second.start, second.end), [
        ((second.start - begin, second.end - begin), "Count from the beginning of the whole note."),
        ((first.start, first.end), "That is the first Joe, the one whom Ann met."),
        ((second.start, second.end - 1), "The end is the place after the last letter."),
        ((second.start + 1, second.end), "The start is counted from one; begin with zero."),
        ((5, 6), "These count tokens. Offsets count characters."),
    ]
