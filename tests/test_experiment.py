"""An experiment: from the parts of a corpus and a recipe to a trained, scored tagger."""

import json
from collections import Counter
from itertools import chain
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from contract import FIGURES

from ner_tutorial import experiment, metrics
from ner_tutorial.batching import Split, split
from ner_tutorial.corpus import Sentence
from ner_tutorial.errors import CorpusError
from ner_tutorial.experiment import (
    MIN_FEATURE_COUNT,
    Result,
    reliability,
    run,
    score,
    vocabulary_of,
)
from ner_tutorial.models import ARCHITECTURES, bilstm_crf, crf_of
from ner_tutorial.recipes import Recipe
from ner_tutorial.training import Checkpoint
from ner_tutorial.vectors import Vectors
from ner_tutorial.vocabulary import features

PEOPLE = ["Joe", "Ann", "Li", "Rosa", "Omar"]
SENTENCES = [
    Sentence((PEOPLE[i % 5], "went", "to", f"Rome{i}", "."), ("B-per", "O", "O", "B-geo", "O"))
    for i in range(30)
]
PARTS = split(SENTENCES)
VOCABULARY = vocabulary_of("crf", SENTENCES, PARTS.train, min_count=1)
TINY = Recipe(epochs=1, batch_size=8, learning_rate=0.01)


# A training takes seconds, most of them to build its graph: the tests share these two.
@pytest.fixture(scope="module")
def of_sentences():
    return run("crf", SENTENCES, TINY, seed=1, vocabulary=VOCABULARY)


@pytest.fixture(scope="module")
def of_parts():
    return run("crf", PARTS, TINY, seed=1, vocabulary=VOCABULARY, max_length=50, iob2_only=False)


def test_sentences_are_split_as_any_others_and_parts_are_taken_as_they_are(of_sentences, of_parts):
    assert of_sentences.parts == PARTS
    assert of_parts.parts is PARTS


def test_the_same_parts_vocabulary_and_seed_train_the_same_weights(of_sentences, of_parts):
    weights = (result.tagger.model.get_weights() for result in (of_sentences, of_parts))
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)
    histories = ({**result.history, "seconds": None} for result in (of_sentences, of_parts))
    assert next(histories) == next(histories)


def test_the_figures_are_those_of_the_contract_and_can_be_written_as_json(of_sentences, of_parts):
    for result, length in ((of_sentences, 70), (of_parts, 50)):
        figures = result.figures
        assert set(figures) == FIGURES
        assert json.loads(json.dumps(figures)) == figures
        assert (figures["part"], figures["scored"]) == ("test", len(PARTS.test))
        assert figures["parameters"] == result.tagger.model.count_params()
        assert figures["epochs"] == 1
        assert figures["seconds_per_epoch"] == pytest.approx(np.median(result.history["seconds"]))
        true = [sentence.tags for sentence in PARTS.test]
        found = result.tagger.tag([sentence.words for sentence in PARTS.test])
        scores = metrics.evaluate(true, found, length)
        assert {name: figures[name] for name in scores} == scores
        assert scores == score(result.tagger, PARTS.test, length)


class Sure:
    """A tagger that finds what it is given, with these confidences."""

    def __init__(self, *found):
        self.found = found

    def tag_surely(self, sentences):
        assert [list(words) for words in sentences] == [["Joe"] * len(f[0]) for f in self.found]
        return iter(self.found)


def sentences_of(*rows):
    return [Sentence(("Joe",) * len(tags), tuple(tags)) for tags in rows]


def test_how_far_a_model_can_be_relied_on_is_told_by_type_and_by_its_confidence():
    true = sentences_of(["B-per", "O", "B-geo"], ["O", "B-all"])
    tagger = Sure((["B-per", "B-per", "O"], [0.9, 0.6, 0.5]), (["O", "B-all"], [0.4, 0.7]))
    found = reliability(tagger, true)
    assert json.loads(json.dumps(found)) == found
    tags = [list(sentence.tags) for sentence in true]
    table = metrics.type_intervals(tags, [tags for tags, _ in tagger.found])
    assert found["f1_intervals"] == {
        "per_type": dict(zip(["all", "geo", "per"], table.to_numpy().tolist())),  # noqa: B905
        "all": table.to_numpy()[-1].tolist(),
    }
    # Three words of entities: sure by 0.9 and right, by 0.6 and wrong, by 0.7 and right.
    assert found["calibration"] == {"words": 3, "error": pytest.approx((0.1 + 0.6 + 0.3) / 3)}


def test_a_model_that_finds_nothing_has_no_calibration():
    found = reliability(Sure((["O", "O"], [0.9, 0.9])), sentences_of(["B-per", "O"]))
    assert found["calibration"] == {"words": 0, "error": None}
    assert found["f1_intervals"]["per_type"] == {"per": [0, 0]}


def test_unless_told_a_crf_is_held_to_iob2(of_sentences, of_parts):
    assert crf_of(of_sentences.tagger.model).tag_names == list(VOCABULARY.index2tag)
    assert crf_of(of_parts.tagger.model).tag_names is None


def test_the_tagger_knows_its_architecture_and_vocabulary(of_parts):
    assert of_parts.tagger.architecture == "crf"
    assert of_parts.tagger.vocabulary is VOCABULARY


@pytest.mark.parametrize(
    ("figures", "best"), [([0.5], 1), ([0.5, 0.9, 0.7], 2), ([0.1, 0.9, 0.9], 2)]
)
def test_the_best_epoch_is_the_first_of_the_highest_f1_counted_from_one(figures, best):
    history = {"val_entity_f1": figures, "val_loss": [1.0] * len(figures)}
    assert Result(None, PARTS, history, {}).best_epoch == best


class Trained(Exception):
    """In place of training, which takes seconds."""


@pytest.fixture
def asked(monkeypatch):
    """What `fit` is asked for, by `run`, which goes no further."""
    calls = []

    def fit(model, training, validation, recipe, **options):
        calls.append((model, training, validation, recipe, options))
        raise Trained

    monkeypatch.setattr(experiment, "fit", fit)
    return calls


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_recipe_is_by_default_the_one_for_the_architecture_and_the_training_part(
    architecture, asked, monkeypatch
):
    chosen = []

    def choose(*arguments):
        chosen.append(arguments)
        return Recipe(epochs=3, batch_size=5, learning_rate=0.5, min_count=2)

    monkeypatch.setattr(Recipe, "choose", choose)
    with pytest.raises(Trained):
        run(architecture, SENTENCES)
    with pytest.raises(Trained):
        run(architecture, PARTS, TINY)
    assert chosen == [(architecture, len(PARTS.train))]
    (model, training, validation, recipe, options), (*_, given, _) = asked
    assert (recipe.epochs, recipe.batch_size, given) == (3, 5, TINY)
    assert (len(training.words), len(validation.words)) == (len(PARTS.train), len(PARTS.validation))
    known = vocabulary_of(architecture, SENTENCES, PARTS.train, min_count=2)
    assert model.get_layer("embedding").input_dim == len(known.index2word)
    assert options["seed"] == 42


def test_the_seed_the_callbacks_and_the_checkpoint_are_handed_on(asked):
    options = {
        "seed": 7,
        "verbose": 2,
        "callbacks": [tf.keras.callbacks.Callback()],
        "checkpoint": Checkpoint("never written", {}),
        "resume": True,
    }
    with pytest.raises(Trained):
        run("softmax", PARTS, TINY, **options)
    assert asked[0][-1] == {**options, "tag_names": VOCABULARY.index2tag}


def test_the_first_weights_follow_from_the_seed(asked):
    for seed in (1, 1, 2):
        with pytest.raises(Trained):
            run("softmax", PARTS, TINY, seed=seed)
    first, again, other = (model.get_layer("embedding").get_weights()[0] for model, *_ in asked)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_network_of_ones_own_is_trained_in_place_of_the_architectures(asked):
    def build(vocabulary):
        return bilstm_crf(len(vocabulary.index2word), 17)

    with pytest.raises(Trained):
        run("crf", PARTS, TINY, build=build)
    assert crf_of(asked[0][0]).num_tags == 17


def test_too_few_sentences_and_an_unknown_architecture_are_refused(asked):
    with pytest.raises(CorpusError, match="9 sentences cannot be split in three"):
        run("crf", SENTENCES[:9], TINY)
    with pytest.raises(ValueError, match="'hmm'"):
        run("hmm", SENTENCES)
    assert asked == []


# The vocabulary.


@pytest.mark.parametrize("corpus", [SENTENCES, PARTS])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_classic_recipe_numbers_each_word_of_the_whole_corpus(architecture, corpus):
    vocabulary = vocabulary_of(architecture, corpus, PARTS.train, min_count=1)
    words = {word for sentence in SENTENCES for word in sentence.words}
    assert set(vocabulary.index2word[2:]) == words
    assert words - {word for sentence in PARTS.train for word in sentence.words}


@pytest.mark.parametrize("min_count", [2, 3])
def test_any_other_numbers_the_words_that_the_training_part_has_often_enough(min_count):
    often = Sentence(("Rita",) * 3, ("O",) * 3)
    parts = Split(PARTS.train, [*PARTS.validation, often], PARTS.test)
    counts = Counter(word for sentence in parts.train for word in sentence.words)
    expected = {word for word, count in counts.items() if count >= min_count}
    for corpus in (parts, list(chain(*parts))):
        vocabulary = vocabulary_of("crf", corpus, parts.train, min_count)
        assert set(vocabulary.index2word[2:]) == expected
    assert "Rita" not in expected


def test_the_tags_are_those_of_the_whole_corpus_whatever_the_training_part_has():
    rare = Sentence(("Rita",), ("B-nat",))
    parts = Split(PARTS.train, PARTS.validation, [*PARTS.test, rare])
    for corpus in (parts, list(chain(*parts))):
        for min_count in (1, 2):
            vocabulary = vocabulary_of("crf", corpus, parts.train, min_count)
            assert set(vocabulary.index2tag[1:]) == {"O", "B-per", "B-geo", "B-nat"}


@pytest.mark.parametrize("min_count", [1, 2])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_features_are_numbered_where_the_architecture_reads_them_if_seen_often_enough(
    architecture, min_count
):
    vocabulary = vocabulary_of(architecture, SENTENCES, PARTS.train, min_count)
    if not ARCHITECTURES[architecture].reads_form:
        assert vocabulary.index2feature == ()
        return
    words = chain(*(s.words for s in (SENTENCES if min_count == 1 else PARTS.train)))
    counts = Counter(feature for word in words for feature in features(word))
    expected = {feature for feature, count in counts.items() if count >= MIN_FEATURE_COUNT}
    assert set(vocabulary.index2feature[2:]) == expected
    assert len(expected) < len(counts)


@pytest.mark.parametrize("empty", ["train", "validation", "test"])
def test_a_part_without_a_sentence_is_refused_before_anything_is_trained(empty):
    one = [Sentence(("Joe",), ("B-per",))]
    parts = Split(one, one, one)._replace(**{empty: []})
    with pytest.raises(CorpusError, match=f"the {empty} part has no sentence"):
        run("crf", parts)


# Ensembles.


def test_the_members_of_an_ensemble_are_trained_one_after_the_other_each_in_its_own_way(
    tmp_path, monkeypatch
):
    calls = []

    def fit(model, *_, **options):
        calls.append((model, options))
        history = {
            "loss": [float(len(calls))],
            "val_entity_f1": [0.5],
            "val_loss": [1.0],
            "seconds": [1.0],
        }
        return SimpleNamespace(history=history)

    monkeypatch.setattr(experiment, "fit", fit)
    checkpoint = Checkpoint(tmp_path / "run.npz", {"about": 1})
    vectors = Vectors(("joe", "rome"), np.ones((2, 3), np.float32))
    result = run("ensemble", PARTS, TINY, checkpoint=checkpoint, vectors=vectors)
    models, options = zip(*calls, strict=True)
    members = len(ARCHITECTURES["ensemble"].members)
    assert result.history["loss"] == [1.0, 2.0]
    assert len({option["seed"] for option in options}) == members
    assert options[0]["seed"] == 42  # alone it would be trained as any char-crf
    assert len({option["checkpoint"].path for option in options}) == members
    assert len({json.dumps(option["checkpoint"].settings) for option in options}) == members
    for model in models:
        table = model.get_layer("vectors").get_weights()[0]
        np.testing.assert_array_equal(table, [[0] * 3, [0] * 3, [1] * 3, [1] * 3])
    kernels = [crf_of(model).get_weights()[0] for model in models]
    joint = crf_of(result.tagger.model).get_weights()[0]
    np.testing.assert_allclose(joint, np.concatenate(kernels) / members)
    assert result.tagger.vocabulary.index2vector[2:] == ("joe", "rome")
