"""The program that makes the table of results: its split, its intervals, its going on."""

import json

import intervals
import numpy as np
import pytest
import results as program

from ner_tutorial import batching, corpus, metrics

TRUE = [["B-per", "I-per", "O", "B-geo"], ["O", "B-geo"], ["B-nat", "O"]] * 20
GOOD = [["B-per", "I-per", "O", "B-geo"], ["O", "B-geo"], ["O", "O"]] * 20
POOR = [["B-per", "O", "O", "B-geo"], ["O", "B-per"], ["O", "B-nat"]] * 20


@pytest.fixture
def results(tmp_path, monkeypatch):
    """The program, with folders of its own to write to."""
    monkeypatch.setattr(program, "RUNS", tmp_path)
    monkeypatch.setattr(program.runs, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(program, "TARGET", tmp_path / "results.json")
    monkeypatch.setattr(program, "TABLES", tmp_path / "results.md")
    return program


def store(directory, system, seed, predictions):
    run = {"system": system, "seed": seed, "split": "common", "date": "2026-11-01", "load": 0.5}
    run |= {"predictions": predictions, "minutes": 2.0, "versions": "a version"}
    (directory / f"common-{system}-{seed}.json").write_text(json.dumps(run), "utf-8")


def test_no_run_of_sentences_is_divided_and_none_is_in_two_parts(results):
    sentences = corpus.load(corpus.SAMPLE)
    parts = results.by_documents([*sentences, *sentences[:500]])
    words = [{sentence.words for sentence in part} for part in parts]
    assert not words[0] & words[1] and not words[0] & words[2] and not words[1] & words[2]
    assert set.union(*words) == {sentence.words for sentence in sentences}
    parts = results.by_documents(sentences)
    runs = {id(sentence): i // results.RUN_LENGTH for i, sentence in enumerate(sentences)}
    rest, test = ({runs[id(s)] for s in part} for part in (parts.train, parts.test))
    assert not rest & test


def test_counts_give_the_f1_that_the_metrics_give():
    types = ["geo", "nat", "per"]
    for predicted in (GOOD, POOR):
        counts = intervals.count_entities(TRUE, predicted, types)
        scores = metrics.entity_scores(TRUE, predicted)["f1"]
        assert intervals.f1_score(counts.sum(axis=(0, 1))) == pytest.approx(scores["all"])
        np.testing.assert_allclose(intervals.f1_score(counts.sum(axis=0)), scores[types])


def test_the_figures_are_means_over_seeds_with_intervals_of_the_difference(tmp_path):
    store(tmp_path, "ensemble", 1, {"ensemble": TRUE})
    store(tmp_path, "ensemble", 2, {"ensemble": GOOD})
    store(tmp_path, "softmax", 1, {"softmax": POOR, "softmax, by the rules": GOOD})
    test = [corpus.Sentence(tuple("abcd"[: len(tags)]), tuple(tags)) for tags in TRUE]
    figures = intervals.summarize(tmp_path, "common", batching.Split([], [], test))
    good = metrics.entity_scores(TRUE, GOOD).at["all", "f1"]
    assert figures["ensemble"]["entity_f1"] == pytest.approx([1, good])
    assert "ensemble_ahead_by" not in figures["ensemble"]
    low, high = figures["softmax"]["ensemble_ahead_by"]
    poor = metrics.entity_scores(TRUE, POOR).at["all", "f1"]
    assert 0 < low < (1 + good) / 2 - poor < high
    low, high = figures["ensemble"]["macro_f1_interval"]
    assert low <= round(np.mean(figures["ensemble"]["macro_f1"]), 4) <= high


def test_a_run_that_is_there_is_not_trained_again_and_the_table_holds_all(
    results, tmp_path, monkeypatch
):
    store(tmp_path, "crf", 1, {"crf": TRUE})
    sentences = [corpus.Sentence(tuple("abcd"[: len(tags)]), tuple(tags)) for tags in TRUE]
    trained = []

    def train(system, seed, parts, everything):
        trained.append((system, seed))
        test = [list(sentence.tags) for sentence in parts.test]
        return {"predictions": {system: test}, "minutes": 1.0, "versions": "a version"}

    test_part = results.batching.split(sentences).test
    store(tmp_path, "crf", 1, {"crf": [["O"] * len(s) for s in test_part]})

    def train_linear_crf(parts):
        return train("crfsuite", 1, parts, None)

    monkeypatch.setattr(results, "train_ours", train)
    monkeypatch.setattr(results, "train_linear_crf", train_linear_crf)
    monkeypatch.setattr(results.corpus, "load", lambda path: sentences)
    monkeypatch.setattr("sys.argv", ["results.py", "gmb.csv", "--seeds", "1"])
    results.main()
    assert trained == [("softmax", 1), ("char-crf", 1), ("ensemble", 1), ("crfsuite", 1)]
    results.main()
    assert len(trained) == 4
    table = (tmp_path / "results.md").read_text("utf-8")
    assert "| linear CRF (lesson 5) | 1 | 1.0000 |" in table
    assert "| char-crf | 1 | 1.0000 |" in table and "| BiLSTM-CRF | 1 | 0.0000 |" in table
    assert set(json.loads((tmp_path / "results.json").read_text("utf-8"))) == {"common"}


def test_spacy_is_run_in_its_own_environment_and_what_it_prints_is_kept(results, tmp_path):
    said = json.dumps({"predictions": [["O"]], "minutes": 1.0, "versions": "spaCy 0"})
    stub = tmp_path / "python"
    stub.write_text(f"#!/bin/sh\necho reading\necho '{said}'\n")
    stub.chmod(0o755)
    one = corpus.Sentence(("a",), ("O",))
    run = results.train_spacy(1, results.batching.Split([one], [one], [one]), [str(stub)])
    assert run["predictions"] == {"spacy": [["O"]]} and run["versions"] == "spaCy 0"
