"""The simulation of annotating, on a pool that trains in no time."""

import json
import math

import active
import numpy as np
import pytest
import runs

from ner_tutorial import corpus
from ner_tutorial.batching import Split


@pytest.fixture
def sentences():
    return corpus.load(corpus.SAMPLE)[:90]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(active, "STEP", 10)
    monkeypatch.setattr(active, "STEPS", 2)


def test_all_strategies_begin_alike_and_learn_from_so_many_sentences_a_step(sentences):
    pool, held_out = sentences[:60], sentences[60:]
    found = [active.simulate((pool, held_out), name, 1) for name in active.STRATEGIES]
    for run in found:
        assert run["sentences"] == [10, 20]
        assert [figures[0] for figures in run.values()][:4] == [
            figures[0] for figures in found[0].values()
        ][:4]
        assert run["words"][1] > run["words"][0] >= 10
        assert {len(figures) for figures in run.values()} == {2}
    assert active.simulate((pool, held_out), "random", 2) != found[0]


def test_the_least_confident_are_those_with_the_least_marginal(sentences):
    model = active.baselines.linear_crf(sentences[:20])
    left = sentences[20:30]
    rows = model.predict_marginals([active.baselines.window_features(s.words) for s in left])
    tags = model.predict([active.baselines.window_features(s.words) for s in left])
    least = [
        min(chances[tag] for chances, tag in zip(*pair, strict=True))
        for pair in zip(rows, tags, strict=True)
    ]
    wanted = active.least_confident(model, [], left, np.random.default_rng(0))
    assert wanted == pytest.approx([1 - chance for chance in least])


def test_votes_that_agree_have_no_entropy_and_those_that_part_have_most():
    assert active.vote_entropy([("O", "O", "O")]) == 0
    assert active.vote_entropy([("O", "B-per", "B-geo")]) == pytest.approx(math.log(3))
    third = -(math.log(1 / 3) / 3 + math.log(2 / 3) * 2 / 3)
    assert active.vote_entropy([("O", "O", "O"), ("O", "O", "B-per")]) == pytest.approx(third / 2)


def test_each_run_is_stored_and_none_is_repeated(sentences, tmp_path, monkeypatch):
    monkeypatch.setattr(active, "TARGET", tmp_path / "active.json")
    monkeypatch.setattr(runs, "RUNS", tmp_path / "runs")
    parts = Split(sentences[:60], sentences[60:], [])
    monkeypatch.setattr(active.seeds, "split_by_frames", lambda: (sentences, parts))
    monkeypatch.setattr("sys.argv", ["active.py", "--seeds", "1"])
    active.main()
    stored = json.loads((tmp_path / "active.json").read_text("utf-8"))
    assert [run["strategy"] for run in stored] == list(active.STRATEGIES)
    monkeypatch.setattr(active, "simulate", lambda *_: pytest.fail("it was run again"))
    active.main()


def test_the_stored_runs_are_five_seeds_or_more_of_each_strategy():
    stored = json.loads((corpus.SAMPLE.with_name("active.json")).read_text("utf-8"))
    for name in active.STRATEGIES:
        assert len({run["seed"] for run in stored if run["strategy"] == name}) >= 5
