"""Build the sample corpus from its sources: sentence frames and gazetteers.

    python data/build_sample.py            writes data/sample.csv and data/sample_frames.csv

The same sources give the same files, byte for byte. A frame is two lines of a file in
`data/frames/`: the sentence, and the part-of-speech tags of its written words. In the sentence

    {city:1}            is filled from a gazetteer and annotated with its type; slots of one number
                        belong together (a country, its capital, its people and their names)
    [org words {slot}]  is an entity, written out or with slots inside
    <said|announced>    is a choice of wording

`data/README.md` has the conventions of the annotation.
"""

import csv
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ner_tutorial import files

DATA = Path(__file__).resolve().parent
SENTENCES = 5300
DUPLICATES = 40  # sentences that occur twice, as some do in any news archive
SEED = 2026

# How people are named, as in GMB: by a surname alone, by a first name alone, with an initial.
SURNAME_ALONE = 0.12
FIRST_NAME_ALONE = 0.02
INITIAL = 0.005

# The slots, with the type of entity that each becomes when it stands by itself.
SLOTS = {
    **dict.fromkeys(["country", "capital", "city", "region", "water", "place"], "geo"),
    **dict.fromkeys(["nationality", "people"], "gpe"),
    **dict.fromkeys(["person", "man", "woman", "first", "surname"], "per"),
    **dict.fromkeys(["company", "news", "organization", "acronym", "institution"], "org"),
    **dict.fromkeys(
        ["university", "club", "party", "armed_group"],
        "org",
    ),
    **dict.fromkeys(["weekday", "month", "date", "year", "decade"], "tim"),
    **dict.fromkeys(["work", "product", "law", "award"], "art"),
    **dict.fromkeys(["tournament", "war", "holiday"], "eve"),
    **dict.fromkeys(["storm", "disease"], "nat"),
    **dict.fromkeys(["number", "count", "percent", "million", "money", "age"], None),
}
TYPES = sorted({kind for kind in SLOTS.values() if kind})

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
INITIALS = "ABCDEFGHJKLMNPRSTW"
NUMBER_WORDS = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]

PIECE = re.compile(r"\[(\w+)\s|\]|<([^<>]+)>|\{([a-z_]+)(?::(\d))?\}|[^\s\[\]<>{}]+")


class SourceError(ValueError):
    """A source that does not follow its format: file, line, and what is wrong."""


@dataclass
class Piece:
    """A part of a frame: written words (one way or several), or a slot."""

    kind: str | None  # the type of the entity around it
    entity: int | None  # which of the frame's entities this is part of
    glued: bool  # written without a space after the piece before
    options: list[list[tuple[str, str]]] = field(default_factory=list)  # (word, POS) of each way
    slot: str | None = None
    number: str | None = None


@dataclass
class Frame:
    name: str
    pieces: list[Piece]

    def weight(self) -> float:
        """How often it is used beside others: so that rare types stay rare, though not as rare as
        in news, and about as many sentences as there are without an entity, or very long."""
        kinds = {piece.kind for piece in self.pieces}
        if kinds & {"art", "eve"} or len(self.pieces) > 50:
            return 0
        if "nat" in kinds:
            return 0.1
        return 0.3 if len(self.pieces) > 30 else 1


# Reading the sources.


def read_frames(folder: Path) -> list[Frame]:
    frames = []
    for path in sorted(folder.glob("*.txt")):
        lines = [
            (number, line.strip())
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
            if line.strip() and not line.startswith("#")
        ]
        if len(lines) % 2:
            raise SourceError(
                f"{path}:{lines[-1][0]}: a frame needs a second line, with its POS tags"
            )
        for index in range(0, len(lines), 2):
            (number, text), (_, pos) = lines[index], lines[index + 1]
            name = f"{path.stem}-{index // 2 + 1:03}"
            try:
                frames.append(Frame(name, parse(text, pos.split())))
            except ValueError as error:
                raise SourceError(f"{path}:{number}: {error}") from None
    return frames


def parse(text: str, pos: list[str]) -> list[Piece]:
    """A frame's pieces; `pos` are the tags of its written words, every choice included, in
    order."""
    pieces, kind, entity, entities, end = [], None, None, 0, 0
    tags = iter(pos)
    count = 0

    def tagged(words: str) -> list[tuple[str, str]]:
        nonlocal count
        count += len(words.split())
        return [(word, next(tags, "")) for word in words.split()]

    for match in PIECE.finditer(text):
        opened, choice, slot, number = match.groups()
        glued = match.start() == end and end > 0
        end = -1 if opened else match.end()  # nothing is glued to an opening bracket
        if opened:
            if opened not in TYPES or kind:
                raise ValueError(f"[{opened}: not a type, or inside another entity")
            kind, entity, entities = opened, entities, entities + 1
        elif match.group() == "]":
            kind = entity = None
        elif slot:
            if slot not in SLOTS:
                raise ValueError(f"{{{slot}}}: no such slot")
            own, which = SLOTS[slot], entity
            if kind is None and own:
                which, entities = entities, entities + 1
            pieces.append(Piece(kind or own, which, glued, slot=slot, number=number))
        else:
            ways = choice.split("|") if choice else [match.group()]
            pieces.append(Piece(kind, entity, glued, [tagged(way) for way in ways]))
    if kind:
        raise ValueError("an entity's bracket is not closed")
    if count != len(pos):
        raise ValueError(f"{count} written words, but {len(pos)} POS tags")
    return pieces


def read_lists(folder: Path) -> dict[str, list[str]]:
    lists = {}
    for path in sorted(folder.glob("*.txt")):
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        lists[path.stem] = [line for line in lines if line and not line.startswith("#")]
    return lists


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Filling the frames.


class Names:
    """Draws names: some often, most of them seldom, as in news."""

    def __init__(self, folder: Path, draw: random.Random):
        self.draw = draw
        self.lists = read_lists(folder)
        self.countries = read_table(folder / "countries.csv")
        self.people: dict[tuple[str, str], list[str]] = {}
        for row in read_table(folder / "people.csv"):
            self.people.setdefault((row["group"], row["kind"]), []).append(row["name"])
        self.groups = sorted({group for group, _ in self.people})
        cities = [city for row in self.countries for city in row["cities"].split(";")]
        self.lists["city"] = sorted({*self.lists["city"], *cities})
        for names in [*self.lists.values(), *self.people.values(), self.countries, self.groups]:
            draw.shuffle(names)  # the order is the rank of the long tail
        for slot, kind in SLOTS.items():
            if kind == "org" and slot != "university":
                # What is named often has a short name (Zipf, 1935).
                self.lists[slot].sort(key=lambda name: len(name.removeprefix("the ").split()))

    def ranked(self, names: list):
        """One of `names`, the first ones more often: rank r about as often as 1 / (r + 5)."""
        weights = [1 / (rank + 5) for rank in range(len(names))]
        return self.draw.choices(names, weights)[0]

    def country(self) -> dict[str, str]:
        return self.ranked(self.countries)

    def person(self, slot: str, country: dict[str, str] | None) -> tuple[str, str]:
        """First and last name."""
        groups = country["names"].split(";") if country else []
        groups = [group for group in groups if (group, "last") in self.people]
        group = self.draw.choice(groups) if groups else self.ranked(self.groups)
        kind = slot if slot in ("man", "woman") else self.draw.choice(["man", "woman"])
        first, last = (self.ranked(self.people[group, k]) for k in (kind, "last"))
        if group in ("spanish", "portuguese") and self.draw.random() < 0.5:
            last += f" {self.ranked(self.people[group, 'last'])}"  # the mother's
        return first, last

    def year(self) -> str:
        return str(self.draw.choice([self.draw.randint(1800, 2012), self.draw.randint(1985, 2012)]))

    def mention(self, first: str, last: str) -> str:
        """How a sentence names somebody whom it names once."""
        chance = self.draw.random()
        if chance < SURNAME_ALONE:
            return last
        if chance < SURNAME_ALONE + FIRST_NAME_ALONE:
            return first
        initial = f" {self.draw.choice(INITIALS)}." if self.draw.random() < INITIAL else ""
        return f"{first}{initial} {last}"

    def date(self) -> str:
        month, day = self.draw.choice(MONTHS), self.draw.randint(1, 28)
        ways = [f"{month} {day}", f"{day} {month} {self.year()}", f"{month} {day} , {self.year()}"]
        return self.draw.choice([self.draw.choice(WEEKDAYS), *self.draw.choices(ways, [6, 1, 1])])

    def figure(self, slot: str) -> str:
        draw = self.draw
        if slot == "number":
            return draw.choice([draw.choice(NUMBER_WORDS), str(draw.randint(13, 20))])
        if slot == "count":
            return f"{draw.choice([draw.randint(50, 990), draw.randint(10, 90) * 100]):,}"
        if slot == "age":
            return str(draw.randint(19, 92))
        if slot == "percent" or draw.random() < 0.5:
            return draw.choice([str(draw.randint(2, 68)), f"{draw.uniform(0.2, 12):.1f}"])
        return draw.choice([f"{draw.uniform(1.1, 9.9):.1f}", str(draw.randint(10, 900))])


def fill(frame: Frame, names: Names) -> list[tuple[str, str, str]]:
    """One sentence of a frame: (word, POS, tag) of each token."""
    draw = names.draw
    countries: dict[str, dict] = {}
    persons: dict[str, tuple[str, str]] = {}
    used: set[str] = set()

    def value(piece: Piece) -> str:
        slot, number = piece.slot, piece.number
        if slot in ("country", "nationality", "people", "capital"):
            row = countries.setdefault(number or f"{slot}{len(countries)}", names.country())
            return row[slot]
        if slot == "city" and number in countries:
            return draw.choice(countries[number]["cities"].split(";"))
        if SLOTS[slot] == "per":
            return name_of(piece)
        if slot == "weekday":
            return draw.choice(WEEKDAYS)
        if slot == "month":
            return draw.choice(MONTHS)
        if slot == "date":
            return names.date()
        if slot == "year":
            return names.year()
        if slot == "decade":
            return f"{draw.randint(180, 200)}0s"
        if SLOTS[slot] is None:
            return names.figure(slot)
        return names.ranked(names.lists[slot])

    def name_of(piece: Piece) -> str:
        """In full behind a title, and for whom the sentence names again; from then on the surname.
        Whom it names once it may name by one name alone."""
        slot, number = piece.slot, piece.number
        is_new = number is None or number not in persons
        if is_new:
            persons[number] = names.person(slot, countries.get(number))
        first, last = persons[number]
        if slot == "first":
            return first
        if slot == "surname" or not is_new:
            return last
        in_full = piece.entity == open_entity or mentions[number] > 1
        return f"{first} {last}" if in_full else names.mention(first, last)

    mentions = Counter(p.number for p in frame.pieces if p.number and SLOTS.get(p.slot) == "per")

    # Countries that a number ties to other slots are drawn first, so that a person who is named
    # before the country still gets one of its names.
    for piece in frame.pieces:
        if piece.slot in ("country", "nationality", "people", "capital") and piece.number:
            countries.setdefault(piece.number, names.country())

    remembered: dict[tuple[str, str], str] = {}
    tokens: list[tuple[str, str, str]] = []
    open_entity = None
    for piece in frame.pieces:
        if piece.slot is None:
            new = draw.choice(piece.options)
        else:
            key = (piece.slot, piece.number)
            is_person = SLOTS[piece.slot] == "per"
            if piece.number is None or is_person or key not in remembered:
                for _ in range(20):  # not the same name twice in one sentence
                    name = value(piece)
                    if name not in used or SLOTS[piece.slot] in (None, "tim"):
                        break
                used.add(name)
                remembered[key] = name
            new = [(word, pos_of(word, piece.slot)) for word in remembered[key].split()]
            # "the" belongs to no name that begins with it, only to one that holds it.
            begins = piece.entity is None or piece.entity != open_entity
            if new[0][0] == "the" and begins:
                article, new = new[0], new[1:]
                if not (tokens and tokens[-1][0].lower() == "the"):
                    tokens.append((*article, "O"))
        for index, (word, pos) in enumerate(new):
            if piece.glued and index == 0 and tokens:
                tokens[-1] = (tokens[-1][0] + word, "JJ", tokens[-1][2])
                continue
            if piece.kind is None:
                tag = "O"
            else:
                tag = f"I-{piece.kind}" if piece.entity == open_entity else f"B-{piece.kind}"
            open_entity = piece.entity
            tokens.append((word, pos, tag))
        if piece.kind is None:
            open_entity = None
    return [*mend(tokens)]


def pos_of(word: str, slot: str) -> str:
    """The part of speech of a word in a name."""
    if word in ("of", "for", "in", "on", "against", "from", "to", "with", "at", "de", "sans"):
        return "NNP" if word in ("de", "sans") else "IN"
    special = {"and": "CC", "&": "CC", "the": "DT", "'s": "POS", "'": "POS", ",": ","}
    if word in special:
        return special[word]
    if re.fullmatch(r"[\d.,]+s?", word) or word in NUMBER_WORDS:
        return "CD"
    return {"nationality": "JJ", "people": "NNPS"}.get(slot, "NNP")


def mend(tokens: list[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """A capital at the start; a or an as the next word asks."""
    for index, (word, pos, tag) in enumerate(tokens):
        if word.lower() in ("a", "an") and pos == "DT" and index + 1 < len(tokens):
            article = "an" if begins_with_vowel(tokens[index + 1][0]) else "a"
            word = article.capitalize() if word[0].isupper() else article
        if index == 0:
            word = word[0].upper() + word[1:]
        yield word, pos, tag


def begins_with_vowel(word: str) -> bool:
    """How the word sounds: an hour, a European, an 18-year-old, a U.S. plan, an MP."""
    lower = word.lower()
    if lower.startswith(("hour", "honest", "honor", "honour", "heir")):
        return True
    if re.match(r"(8|11\b|11[,-]|18\b|18[,-])", word):
        return True
    if len(word) > 1 and word.isupper() and word.isalpha() and not re.search("[AEIOU]", word[1:]):
        return word[0] in "AEFHILMNORSX"
    if lower.startswith(("eu", "uni", "use", "usu", "u.", "ur", "ug", "uk", "ut", "one", "once")):
        return lower.startswith(("unim", "unin", "unid", "urg", "ug", "utt", "urb", "urd", "unis"))
    return lower[0] in "aeiouéö"


# Writing the corpus.


def build(draw: random.Random) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """(frame's name, tokens) of each sentence."""
    frames = read_frames(DATA / "frames")
    names = Names(DATA / "gazetteers", draw)
    # Every frame is used once; the rest of the sentences are drawn, some frames often, most seldom.
    # A frame that says the same again is passed over.
    weights = [min(draw.paretovariate(1.1), 4) * frame.weight() for frame in frames]
    once = iter(draw.sample(frames, len(frames)))
    sentences, said = [], set()
    while len(sentences) < SENTENCES - DUPLICATES:
        frame = next(once, None) or draw.choices(frames, weights)[0]
        tokens = fill(frame, names)
        words = tuple(word for word, _, _ in tokens)
        if words not in said:
            said.add(words)
            sentences.append((frame.name, tokens))
    draw.shuffle(sentences)
    for sentence in draw.sample(sentences, DUPLICATES):
        sentences.insert(draw.randrange(len(sentences)), sentence)
    return sentences


def write_csv(path: Path, header: list[str], rows: Iterator[list[str]]) -> None:
    """In GMB's own form: Windows-1252, CRLF; complete or not at all."""
    with files.whole(path) as partial, partial.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(rows)


def main() -> None:
    sentences = build(random.Random(SEED))
    write_csv(
        DATA / "sample.csv",
        ["Sentence #", "Word", "POS", "Tag"],
        (
            [f"Sentence: {number}" if index == 0 else "", *token]
            for number, (_, tokens) in enumerate(sentences, 1)
            for index, token in enumerate(tokens)
        ),
    )
    write_csv(
        DATA / "sample_frames.csv",
        ["Sentence #", "Frame"],
        ([f"Sentence: {number}", name] for number, (name, _) in enumerate(sentences, 1)),
    )
    tags = Counter(token[2] for _, tokens in sentences for token in tokens)
    print(f"{len(sentences)} sentences, {sum(tags.values())} tokens -> data/sample.csv")


if __name__ == "__main__":
    main()
