"""The exercises of lesson 09: data of your own."""

from collections.abc import Callable, Sequence

import numpy as np

from ner_tutorial.exercises.engine import (
    EXPLAIN,
    MAKE,
    PREDICT,
    Answers,
    Code,
    Numbers,
    Reason,
    exercise,
)


@exercise("09.1", PREDICT, Numbers("a number between -1 and 1", within=0.005))
def _kappa_of_a_table() -> Answers:
    """Both chose the tag at 20 words and O at 180. If they had thrown dice with these shares, at
    which share of the words would they agree? What is left above that, and what was there to gain?

    Nine words in ten agree, but two people who guess agree at eight in ten.

        chance = (20 / 200) ** 2 + (180 / 200) ** 2
        answer = (180 / 200 - chance) / (1 - chance)
    """
    agreed = 180 / 200
    chance = 0.1**2 + 0.9**2
    return (agreed - chance) / (1 - chance), [
        (agreed, "That is the share of words on which they agree; take chance off."),
        (chance, "So often two people agree who guess."),
        (agreed - chance, "Divide by what is left above chance."),
        (2 * 10 / (20 + 20), "That is the F1 of the one against the other."),
        ((agreed - 0.5) / 0.5, "O is not chosen at every second word: take the shares they have."),
    ]


@exercise("09.2", EXPLAIN, Reason())
def _why_lower_where_it_chose() -> Answers:
    """By what rule did the forty sentences come into the file? Would a week's texts pass it?

    A model may choose what it learns from, and never what it is measured on.

        answer = "b"
    """
    return "b", [
        ("a", "Forty sentences make the figure uncertain, in both directions."),
        ("c", "An annotator's mistakes would lower the other figure as well."),
        ("d", "Then the figure would be too high: it would know the answers."),
    ]


Kappa = Callable[[Sequence[str], Sequence[str]], float]


def _draw_labels(random: np.random.Generator) -> tuple[list[str], list[str]]:
    """Two rows of labels that agree more often than not, not all of one kind."""
    labels = ["O", "B-per", "I-per"]
    first = random.choice(labels, size=random.integers(2, 9), p=[0.6, 0.2, 0.2])
    other = random.choice(labels, size=len(first))
    second = np.where(random.random(len(first)) < 0.7, first, other)
    first[0], second[-1] = "O", "B-per"
    return first.tolist(), second.tolist()


@exercise(
    "09.3",
    MAKE,
    Code(
        "a function of two lists of labels that gives a number",
        "first second",
        _draw_labels,
        edges=(
            (["O", "B-per"], ["O", "B-per"]),
            (["O", "B-per"], ["B-per", "O"]),
            (["O", "O"], ["B-per", "B-per"]),
            (["O", "O", "O", "B-per"], ["O", "O", "O", "O"]),
            (["O", "B-per", "I-per", "O"], ["O", "B-per", "O", "O"]),
        ),
    ),
)
def _kappa() -> Answers:
    """For each label, multiply the share that the first gave it by the share that the second did.
    The sum over the labels is the agreement by chance.

    Chance is what two people agree on who know how often each label occurs.

        def kappa(first, second):
            words = len(first)
            agreed = sum(a == b for a, b in zip(first, second)) / words
            labels = {*first, *second}
            chance = sum(first.count(x) * second.count(x) for x in labels) / words**2
            return (agreed - chance) / (1 - chance)
    """

    def measuring(
        chance_of: Callable[[Sequence[str], Sequence[str], str], float], scaled: bool = True
    ) -> Kappa:
        def measure(first: Sequence[str], second: Sequence[str]) -> float:
            agreed = float(np.mean([a == b for a, b in zip(first, second, strict=True)]))
            chance = sum(chance_of(first, second, label) for label in {*first, *second})
            if not scaled:
                return agreed - chance
            return float(np.float64(agreed - chance) / np.float64(1 - chance))

        return measure

    def share(row: Sequence[str], label: str) -> float:
        return sum(given == label for given in row) / len(row)

    def of_both(first: Sequence[str], second: Sequence[str], label: str) -> float:
        return share(first, label) * share(second, label)

    def of_first(first: Sequence[str], second: Sequence[str], label: str) -> float:
        return share(first, label) ** 2

    def equal(first: Sequence[str], second: Sequence[str], label: str) -> float:
        return 1 / len({*first, *second}) ** 2

    def pooled(first: Sequence[str], second: Sequence[str], label: str) -> float:
        return ((share(first, label) + share(second, label)) / 2) ** 2

    def nothing(first: Sequence[str], second: Sequence[str], label: str) -> float:
        return 0.0

    return measuring(of_both), [
        (measuring(nothing), "That is the share on which they agree; take chance off."),
        (measuring(of_both, scaled=False), "Divide by what is left above chance."),
        (measuring(equal), "Labels are not equally frequent: take the shares that they have."),
        (measuring(of_first), "Multiply the first's share by the second's, not by itself."),
        (measuring(pooled), "That is Scott's pi: it pools the shares of both. Kappa does not."),
    ]


Choice = Callable[[Sequence[Sequence[float]], int], list[int]]


def _draw_confidences(random: np.random.Generator) -> tuple[list[list[float]], int]:
    rows = [
        (random.integers(1, 20, size=random.integers(1, 5)) / 20).tolist()
        for _ in range(random.integers(1, 7))
    ]
    return rows, int(random.integers(0, len(rows) + 1))


@exercise(
    "09.4",
    MAKE,
    Code(
        "a function of confidences and a number that gives a list of places",
        "confidences number",
        _draw_confidences,
        edges=(
            ([[0.9, 0.4], [0.5, 0.5], [0.45]], 2),
            ([[0.5], [0.5, 0.9], [0.4]], 2),
            ([[0.5], [0.5, 0.9], [0.5]], 3),
            ([[0.9]], 0),
            ([[0.6, 0.6, 0.6], [0.9, 0.9, 0.3]], 1),
        ),
    ),
)
def _least_confident() -> Answers:
    """A sentence is as sure as its least sure word: `min`. Then sort the places by that; Python's
    `sorted` leaves equal ones in their order.

    The least sure word is where an annotator's answer is worth most to the model.

        def least_confident(confidences, number):
            places = sorted(range(len(confidences)), key=lambda place: min(confidences[place]))
            return places[:number]
    """

    def choosing(
        sureness: Callable[[Sequence[float]], float] = min,
        most: bool = False,
        in_order: bool = False,
        later: bool = False,
    ) -> Choice:
        def choose(confidences: Sequence[Sequence[float]], number: int) -> list[int]:
            places = list(range(len(confidences)))[:: -1 if later else 1]
            sign = -1 if most else 1
            places = sorted(places, key=lambda place: sign * sureness(confidences[place]))
            return sorted(places[:number]) if in_order else places[:number]

        return choose

    return choosing(), [
        (choosing(most=True), "These are the surest sentences."),
        (choosing(sureness=lambda row: float(np.mean(row))), "The mean hides a single doubt."),
        (choosing(sureness=max), "That is the surest word of each sentence; take the least sure."),
        (choosing(sureness=lambda row: float(np.prod(row))), "A product prefers long sentences."),
        (choosing(in_order=True), "Give the least sure sentence first."),
        (choosing(later=True), "Of equally sure sentences the earlier one comes first."),
    ]


@exercise("09.5", PREDICT, Numbers("a number between 0 and 1", within=0.005))
def _chance_that_none_leaks() -> Answers:
    """The first is hidden with probability 0.95, two of them with 0.95 times 0.95. All twenty?

    Recall counts names, but it is documents that are given away.

        answer = 0.95**20
    """
    hidden = 0.95**20
    return hidden, [
        (0.95, "That is the chance for one of them."),
        (1 - hidden, "That is the chance that at least one is left standing."),
        (1 - 0.05**20, "That is the chance that not all of them are left standing."),
        (0.0, "The chances of single names cannot be added up."),
        (0.95 * 20, "Multiply the chances, not by how many there are."),
    ]


StandIns = Callable[[list[str]], list[str]]


def _draw_people(random: np.random.Generator) -> tuple[list[str]]:
    """Names of few words, so that some come again, in part or in other capitals."""
    firsts, lasts = ["Joe", "Ann", "Li"], ["Smith", "Ito"]
    forms = [*firsts, *lasts, *(f"{first} {last}" for first in firsts for last in lasts)]
    names = random.choice(forms, size=random.integers(1, 7)).tolist()
    return ([name.upper() if random.random() < 0.2 else name for name in names],)


@exercise(
    "09.6",
    MAKE,
    Code(
        "a function of a list of names that gives a list of stand-ins",
        "names",
        _draw_people,
        edges=(
            ([],),
            (["Ann", "Ann"],),
            (["Ann Ito", "ANN ITO"],),
            (["Joe Smith", "Ann Smith", "Smith", "Smith"],),
            (["Joanna Smith", "Ann"],),
            (["Smith", "Joe Smith", "Smith"],),
        ),
    ),
)
def _stand_ins_for_people() -> Answers:
    """Keep a list of the people so far. Look a name up in it as a whole; only then ask in whose
    name it is a word. Not one found, or two? Then it is somebody new.

    A doubt makes two people of one, never one of two.

        def stand_ins(names):
            known, found = [], []
            for name in map(str.lower, names):
                same = [at for at, other in enumerate(known) if name == other]
                if not same:
                    same = [at for at, other in enumerate(known) if name in other.split()]
                if len(same) != 1:
                    same = [len(known)]
                    known.append(name)
                found.append(f"person {same[0] + 1}")
            return found
    """

    def giving(
        fold: Callable[[str], str] = str.lower,
        part_of: Callable[[str, str], bool] = lambda name, other: name in other.split(),
        chosen: Callable[[list[int]], list[int]] = lambda same: same,
        known_again: bool = True,
    ) -> StandIns:
        def stand_ins(names: list[str]) -> list[str]:
            known: list[str] = []
            found = []
            for name in map(fold, names):
                same = [at for at, other in enumerate(known) if known_again and name == other]
                same = same or chosen([at for at, o in enumerate(known) if part_of(name, o)])
                if len(same) != 1:
                    same = [len(known)]
                    known.append(name)
                found.append(f"person {same[0] + 1}")
            return found

        return stand_ins

    return giving(), [
        (giving(fold=str), "Capitals make no other person: compare in lower case."),
        (
            giving(part_of=lambda name, other: False),
            "A single word of a known person's name is that person.",
        ),
        (
            giving(part_of=lambda name, other: name in other),
            "Ann is no part of Joanna: compare whole words.",
        ),
        (
            giving(chosen=lambda same: same[:1]),
            "If two people share the word, nobody can say who it is: somebody new.",
        ),
        (
            giving(chosen=lambda same: same[-1:]),
            "Not the last of two who share the word: nobody can say who it is.",
        ),
        (
            giving(part_of=lambda name, other: False, known_again=False),
            "Who was named before keeps the stand-in.",
        ),
    ]
