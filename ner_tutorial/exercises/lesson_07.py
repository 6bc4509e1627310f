"""The exercises of lesson 07: text of your own."""

import re
from collections.abc import Callable

import numpy as np

from ner_tutorial import iob2
from ner_tutorial.exercises.engine import (
    EXPLAIN,
    FILL_IN,
    MAKE,
    PREDICT,
    Answers,
    Code,
    Items,
    Numbers,
    Reason,
    exercise,
)
from ner_tutorial.exercises.lesson_01 import draw_tags
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


Rows = list[list[tuple[str, str]]]


def _draw_columns(random: np.random.Generator) -> tuple[str]:
    """Two or three sentences; a column between, blank lines and an end as they come."""
    columns = random.choice(["", " NNP"])
    text = ""
    for _ in range(random.integers(2, 4)):
        for tag in draw_tags(random, 3):
            text += f"{random.choice(['Joe', 'Oslo', 'left', '.'])}{columns} {tag}\n"
        text += str(random.choice(["\n", "\n\n", " \n"]))
    return (text.rstrip() + str(random.choice(["", "\n", "\n\n"])),)


@exercise(
    "07.4",
    MAKE,
    Code(
        "a function of a text that gives a list of sentences, each a list of (word, tag)",
        "text",
        _draw_columns,
        edges=(
            ("",),
            ("\n\n",),
            ("Joe B-per",),
            ("\nJoe B-per\n",),
            ("Joe NNP B-per\n\n\nleft VBD O",),
        ),
    ),
)
def _reader_of_columns() -> Answers:
    """Keep a list for the present sentence. A line with something in it adds to the list; a blank
    one ends the sentence, if it has begun. Is there a blank line after the last sentence?

    Most formats are as simple, and most readers lose the last sentence once.

        def read_columns(text):
            sentences, rows = [], []
            for line in [*text.splitlines(), ""]:
                columns = line.split()
                if columns:
                    rows.append((columns[0], columns[-1]))
                elif rows:
                    sentences.append(rows)
                    rows = []
            return sentences
    """

    def reading(
        blank: str = r"\n\s*\n",
        column: int = -1,
        is_kept: Callable[[str], bool] = lambda block: bool(block.strip()),
    ) -> Callable[[str], Rows]:
        def read(text: str) -> Rows:
            blocks = [block for block in re.split(blank, text) if is_kept(block)]
            rows = [[line.split() for line in b.splitlines() if line.strip()] for b in blocks]
            return [[(row[0], row[column]) for row in block] for block in rows]

        return read

    read = reading()

    def ends_with_blank(text: str) -> Rows:
        return read(text) if re.search(r"\n\s*\n$", text) else read(text)[:-1]

    def all_in_one(text: str) -> Rows:
        return [[row for rows in read(text) for row in rows]]

    def tags_only(text: str) -> list[list[str]]:
        return [[tag for _, tag in rows] for rows in read(text)]

    return read, [
        (ends_with_blank, "The last sentence is lost where no blank line follows it."),
        (
            reading(blank=r"\n", is_kept=lambda block: True),
            "A blank line ends a sentence, not each line.",
        ),
        (
            reading(is_kept=lambda block: True, blank=r"\n[^\S\n]*\n"),
            "Two blank lines have no sentence between them: here an empty one comes out.",
        ),
        (
            reading(blank=r"\n\n+"),
            "A line of spaces is blank, too.",
        ),
        (reading(column=1), "The tag is in the last column, wherever that is."),
        (all_in_one, "A blank line ends a sentence; here all are one."),
        (tags_only, "Each token is a pair, its word and its tag."),
    ]


Entities = list[tuple[str, int, int]]


def _draw_confidences(random: np.random.Generator) -> tuple[list[str], list[float], float]:
    """A tagged sentence; one probability may be equal to the threshold."""
    pieces = (["O"], ["B-geo"], ["B-per", "I-per"], ["B-org", "I-org", "I-org"])
    tags = [tag for place in random.integers(4, size=3) for tag in pieces[place]]
    chances = random.choice(np.arange(3, 11) / 10, size=len(tags))
    return tags, chances.tolist(), float(random.choice([0.5, 0.6, 0.7, 0.8]))


@exercise(
    "07.5",
    MAKE,
    Code(
        "a function of tags, chances and threshold that gives a list of (type, start, end)",
        "tags chances threshold",
        _draw_confidences,
        edges=(
            ([], [], 0.5),
            (["O"], [0.9], 0.5),
            (["B-per"], [0.5], 0.5),
            (["B-per", "O"], [0.9, 0.3], 0.5),
            (["B-per", "I-per"], [0.9, 0.4], 0.5),
            (["B-per", "I-per"], [0.4, 0.9], 0.5),
            (["B-per", "I-per"], [0.6, 0.7], 0.5),
        ),
    ),
)
def _threshold() -> Answers:
    """`iob2.entities` gives the entities, each with its start and end. The smallest probability of
    its words is `min(chances[start:end])`.

    The threshold is one line of code; where to set it, your costs decide.

        from ner_tutorial import iob2


        def keep_sure(tags, chances, threshold):
            return [
                (kind, start, end)
                for kind, start, end in iob2.entities(tags)
                if min(chances[start:end]) >= threshold
            ]
    """

    def keeping(
        sure: Callable[[list[float]], float] = min,
        is_enough: Callable[[float, float], bool] = lambda chance, line: chance >= line,
    ) -> Callable[[list[str], list[float], float], Entities]:
        def keep(tags: list[str], chances: list[float], threshold: float) -> Entities:
            found = iob2.entities(tags)
            return [(*e,) for e in found if is_enough(sure(chances[e.start : e.end]), threshold)]

        return keep

    def word_by_word(tags: list[str], chances: list[float], threshold: float) -> Entities:
        pairs = zip(tags, chances, strict=True)
        return [(*e,) for e in iob2.entities([t if c >= threshold else "O" for t, c in pairs])]

    def whole_sentence(tags: list[str], chances: list[float], threshold: float) -> Entities:
        found = iob2.entities(tags)
        return [(*e,) for e in found] if min(chances, default=0) >= threshold else []

    return keeping(), [
        (
            keeping(lambda row: sum(row) / len(row)),
            "That is the mean. One doubtful word is enough.",
        ),
        (keeping(max), "That is the highest. A name is as sure as its least sure word."),
        (keeping(lambda row: row[0]), "That looks at the first word alone."),
        (keeping(lambda row: row[-1]), "That looks at the last word alone."),
        (
            keeping(lambda row: float(np.prod(row))),
            "That is the product; the smallest is asked for.",
        ),
        (
            keeping(is_enough=lambda chance, line: chance > line),
            "One that just reaches the threshold is kept.",
        ),
        (word_by_word, "Keep or drop whole names. Here half a name is left."),
        (whole_sentence, "A doubtful word outside drops no name: look at the name's words alone."),
        (keeping(is_enough=lambda chance, line: True), "No name is dropped."),
    ]


Places = list[tuple[int, int]]


def _draw_text(random: np.random.Generator) -> tuple[str, list[str]]:
    """Tokens that occur again, also within others, with spaces as they come."""
    tokens = random.choice(
        ["Joe", "Jo", "e", "met", "me", ",", "."], size=random.integers(2, 6)
    ).tolist()
    spaces = random.choice(["", " ", "  "], size=len(tokens))
    spaces[0] = random.choice(["", " "])
    return "".join(space + token for space, token in zip(spaces, tokens, strict=True)), tokens


@exercise(
    "07.6",
    MAKE,
    Code(
        "a function of text and tokens that gives a list of (start, end)",
        "text tokens",
        _draw_text,
        edges=(
            ("", []),
            ("Joe", ["Joe"]),
            ("Joe met Joe", ["Joe", "met", "Joe"]),
            ("...", ["."] * 3),
            ("Joe e", ["Joe", "e"]),
        ),
    ),
)
def _offsets() -> Answers:
    """`text.index(token, begin)` looks for a token from a place on. From where should the search
    for the next token go on?

    Tokens come and go; the text stays, and a place in it can be checked.

        def places(text, tokens):
            found, end = [], 0
            for token in tokens:
                start = text.index(token, end)
                end = start + len(token)
                found.append((start, end))
            return found
    """

    def finding(
        go_on: Callable[[int, int], int] = lambda start, end: end, more: int = 0
    ) -> Callable[[str, list[str]], Places]:
        def places(text: str, tokens: list[str]) -> Places:
            found, begin = [], 0
            for token in tokens:
                start = text.index(token, begin)
                end = start + len(token)
                begin = go_on(start, end)
                found.append((start, end + more))
            return found

        return places

    def one_space(text: str, tokens: list[str]) -> Places:
        starts = [len(" ".join([*tokens[:place], ""])) for place in range(len(tokens))]
        return [(start, start + len(token)) for start, token in zip(starts, tokens, strict=True)]

    def lengths(text: str, tokens: list[str]) -> Places:
        return [(start, end - start) for start, end in finding()(text, tokens)]

    return finding(), [
        (
            finding(lambda start, end: 0),
            "That finds the first one each time: search on from the last.",
        ),
        (
            finding(lambda start, end: start),
            "Search on from the end of the last token, not its start.",
        ),
        (
            finding(lambda start, end: start + 1),
            "A token may also stand within the one before: search on from where that one ends.",
        ),
        (
            finding(lambda start, end: end + 1),
            "Between two tokens there may be no space: search on from the end itself.",
        ),
        (finding(more=-1), "The end is that of a slice: the place after the last character."),
        (one_space, "Between two tokens there may be two spaces, or none: look into the text."),
        (lengths, "The second number is the end, not the length."),
    ]
