"""The benchmarks that ask whom a model misses and what stays readable, on a few sentences."""

import json
from collections import Counter
from types import SimpleNamespace

import counterfactual
import exchange
import leaks
import numpy as np
import pytest
from taggers import VOCABULARY, build_random

from ner_tutorial import corpus
from ner_tutorial.corpus import Sentence
from ner_tutorial.iob2 import entities
from ner_tutorial.vocabulary import Vocabulary

ROWS = [
    {"frame": "a", "kind": "woman", "words": "Judge {name} left .", "tags": "B-per I-per O O",
     "thai": "Mali|na Chai", "zulu": "Joe|Müller"},
    {"frame": "b", "kind": "man", "words": "To Rome went {name}", "tags": "O B-geo O B-per",
     "thai": "Somchai|Dee", "zulu": "Sipho|Zulu"},
]  # fmt: skip


class Capitals:
    """Takes each run of capitalized words that begins a sentence for a person."""

    vocabulary = VOCABULARY

    def tag(self, sentences):
        return [self.tags(words) for words in sentences]

    @staticmethod
    def tags(words):
        tags = []
        for word in words:
            is_next = word[0].isupper() and "O" not in tags
            tags.append(("I-per" if tags else "B-per") if is_next else "O")
        return tags


@pytest.mark.parametrize(
    ("row", "language", "form", "expected"),
    [
        (0, "thai", "full", ("Judge Mali na Chai left .", 0, 4)),
        (0, "thai", "last", ("Judge na Chai left .", 0, 3)),
        (1, "zulu", "full", ("To Rome went Sipho Zulu", 3, 5)),
        (1, "zulu", "first", ("To Rome went Sipho", 3, 4)),
    ],
)
def test_a_sentence_gets_its_name_and_tells_where_the_person_stands(row, language, form, expected):
    named = counterfactual.named(ROWS[row], language, counterfactual.FORMS[form])
    assert (" ".join(named.words), named.start, named.end) == expected


def test_a_person_is_found_if_both_borders_are_right_and_known_by_any_word_of_the_name():
    found = counterfactual.score(Capitals(), ROWS, counterfactual.FORMS["full"])
    # "na" is no capital, and the second sentence opens with something else.
    np.testing.assert_array_equal(found.hits, [[False, True], [False, False]])
    np.testing.assert_array_equal(found.unknown, [[True, False], [True, True]])


def test_figures_are_means_over_models_and_sentences_and_differences_within_sentences():
    runs = [
        counterfactual.Found(np.array(hits), np.array([[True, True], [False, True]]))
        for hits in ([[True, True], [False, True]], [[True, True], [False, False]])
    ]
    found = counterfactual.figures(runs, ROWS)
    assert found["all"][0] == 0.625
    assert (found["women"], found["men"]) == (1.0, 0.25)
    assert found["unknown"] == pytest.approx((1 + 2 / 3) / 2, abs=1e-4)
    assert found["share_unknown"] == 0.75
    assert found["languages"]["thai"]["recall"] == [0.5, 0.0, 1.0]
    assert found["languages"]["zulu"]["recall"] == [0.75, 0.5, 1.0]
    assert found["languages"]["zulu"]["above"][0] == 0.125


def test_an_interval_is_as_wide_as_that_of_a_bootstrap_with_loops():
    draw = np.random.default_rng(1)
    frames = [str(number % 5) for number in range(40)]
    values = (draw.random((40, 1)) < 0.6).astype(float)
    ((mean, low, high),) = counterfactual.interval(values, frames)
    by_frame = [
        np.mean([v for v, frame in zip(values[:, 0], frames, strict=True) if frame == name])
        for name in "01234"
    ]
    means = [np.mean(draw.choice(by_frame, 5)) for _ in range(4000)]
    assert mean == pytest.approx(values.mean(), abs=1e-4)
    np.testing.assert_allclose([low, high], np.quantile(means, [0.025, 0.975]), atol=0.03)


def test_recall_follows_training_as_far_as_the_ranks_of_the_languages_agree():
    languages = {
        name: {"recall": [value]} for name, value in zip("abc", (0.1, 0.5, 0.9), strict=True)
    }
    found = {"languages": languages}
    assert counterfactual.correlation(found, {"a": 1, "b": 2, "c": 90}) == 1
    assert counterfactual.correlation(found, {"c": 1, "b": 2, "a": 90}) == -1
    assert counterfactual.correlation(found, {"a": 2, "b": 1, "c": 3}) == 0.5


def test_the_people_of_the_training_part_are_counted_by_the_language_of_a_word_of_their_name():
    people = counterfactual.in_training()
    assert len(people) == 65
    assert max(people, key=people.get) == "english"
    assert min(people.values()) >= 1


def test_models_are_scored_together_and_stored_beside_the_others(tmp_path, monkeypatch, capsys):
    path = tmp_path / "joe"
    build_random("softmax").save(path)
    monkeypatch.setattr(counterfactual, "TARGET", tmp_path / "counterfactual.json")
    monkeypatch.setattr(counterfactual, "read", lambda path: ROWS)
    monkeypatch.setattr(counterfactual, "in_training", lambda: {"thai": 3, "zulu": 4})
    (tmp_path / "counterfactual.json").write_text('{"another": 1}')
    monkeypatch.setattr("sys.argv", ["counterfactual.py", str(path), str(path), "--forms", "first"])
    counterfactual.main()
    stored = json.loads((tmp_path / "counterfactual.json").read_text())
    assert stored["another"] == 1
    assert stored["softmax"].keys() == {"models", "first"}
    assert stored["softmax"]["models"] == 2
    assert capsys.readouterr().out.splitlines()[-1].startswith("| softmax | 2 | ")


LISTED = [
    {"group": group, "kind": kind, "name": name}
    for group, kind, name in [
        ("zulu", "man", "Sipho"), ("zulu", "last", "Zulu"), ("zulu", "last", "van Dyk"),
        ("zulu", "man", "Joe"), ("zulu", "last", "Smith"), ("zulu", "woman", "Ann"),
        ("zulu", "woman", "Lindiwe"),
    ]
]  # fmt: skip


def test_names_are_exchanged_for_others_of_their_kind_and_the_same_for_the_same():
    people = {"zulu": {"man": ["Sipho"], "woman": ["Lindiwe"], "last": ["van Dyk"]}}
    swap = exchange.Exchange(LISTED, people)
    sentence = Sentence(
        ("Mr.", "Joe", "Smith", "met", "Smith", "and", "Ann", "in", "Joe"),
        ("B-per", "I-per", "I-per", "O", "B-per", "O", "B-per", "O", "B-geo"),
    )
    new = swap(sentence)
    assert " ".join(new.words) == "Mr. Sipho van Dyk met van Dyk and Lindiwe in Joe"
    assert [new.words[e.start : e.end] for e in entities(new.tags)] == [
        ("Mr.", "Sipho", "van", "Dyk"), ("van", "Dyk"), ("Lindiwe",), ("Joe",)
    ]  # fmt: skip
    nobody = Sentence(("Mr.", "Nobody"), ("B-per", "I-per"))
    assert swap(nobody) == nobody


def test_no_name_of_the_test_set_is_free_for_training():
    rows = [{"frame": "a", "kind": "man", "words": "", "tags": "", "zulu": "Joe|van Dyk"}]
    assert exchange.free(LISTED, rows) == {
        "zulu": {"man": ["Sipho"], "last": ["Zulu", "Smith"], "woman": ["Ann", "Lindiwe"]}
    }
    listed = counterfactual.read(counterfactual.PEOPLE)
    free = exchange.free(listed, counterfactual.read(counterfactual.TEST_SET))
    assert len(free) == 65
    assert all(len(kinds[kind]) >= 3 for kinds in free.values() for kind in kinds)
    assert all(kinds.keys() == {"woman", "man", "last"} for kinds in free.values())


def test_a_name_is_readable_if_the_vocabulary_has_all_its_words():
    part = [
        Sentence(("Joe", "Smith", "met", "Ann"), ("B-per", "I-per", "O", "B-per")),
        Sentence(("Ann", "Rome", "Lee"), ("B-per", "B-geo", "B-per")),
    ]
    words = (*VOCABULARY.index2word[:2], "Joe", "Ann")
    vectors = (*VOCABULARY.index2word[:2], "lee")
    vocabulary = Vocabulary(words, VOCABULARY.index2tag, (), vectors, 3)
    assert leaks.readable(vocabulary, part) == {"names": 3, "readable": 2, "words": 3}


def test_leaks_are_counted_by_type_and_a_long_document_leaks_more_often():
    sentences = [Sentence(("Joe", "saw", "Rome"), ("B-per", "O", "B-geo"))] * 30
    sentences += [Sentence(("the", "Joe"), ("O", "B-per"))] * 10
    found = leaks.leaks(Capitals(), sentences)
    assert found["by_type"]["per"]["leaked"] == 10 and found["by_type"]["per"]["names"] == 40
    assert found["by_type"]["geo"]["leaked"] == 30 and found["by_type"]["geo"]["names"] == 30
    assert found["documents"][1] == pytest.approx(0.25, abs=0.06)
    assert found["documents"][2] == pytest.approx(1 - (30 * 29) / (40 * 39), abs=0.06)
    assert found["documents"][50] == 1


def test_every_model_gets_a_row_of_leaks(tmp_path, monkeypatch, capsys):
    tagger = build_random("softmax")
    tagger.training = {
        "sha256": "", "split_seed": 42, "max_length": 70, "long": "drop", "seed": 1, "min_count": 2
    }  # fmt: skip
    tagger.save(tmp_path / "joe")
    parts = SimpleNamespace(
        train=[], validation=[Sentence(("Joe", "saw", "Rome"), ("B-per", "O", "B-geo"))] * 3
    )
    monkeypatch.setattr(leaks.batching, "split", lambda sentences: parts)
    monkeypatch.setattr(leaks.corpus, "load", lambda path: [])
    monkeypatch.setattr(leaks, "TARGET", tmp_path / "leaks.json")
    monkeypatch.setattr("sys.argv", ["leaks.py", str(tmp_path / "joe")])
    leaks.main()
    (row,) = json.loads((tmp_path / "leaks.json").read_text())
    assert (row["system"], row["seed"], row["min_count"]) == ("softmax", 1, 2)
    assert row["by_type"]["per"]["names"] == 3


def test_the_exchanged_sample_differs_in_the_training_part_alone(tmp_path, monkeypatch, capsys):
    """On the sample's first two hundred sentences."""
    path = tmp_path / "small.csv"
    path.write_bytes(corpus.SAMPLE.read_bytes().partition(b"Sentence: 201,")[0])
    monkeypatch.setattr(exchange.corpus, "SAMPLE", path)
    monkeypatch.setattr("sys.argv", ["exchange.py", str(tmp_path)])
    exchange.main()
    old, new = corpus.load(path), corpus.load(tmp_path / "exchanged.conll")
    before, after = (exchange.batching.split(sentences) for sentences in (old, new))
    assert before[1:] == after[1:]
    assert before.train != after.train
    both, *others = (corpus.load(tmp_path / f"{n}.conll") for n in ("both", "validation", "test"))
    assert tuple(others) == before[1:]
    assert both[: len(before.train)] == before.train
    changed = [new for old, new in zip(before.train, after.train, strict=True) if old != new]
    assert Counter(both[len(before.train) :]) == Counter(changed)
    assert "training sentences have new names" in capsys.readouterr().out
