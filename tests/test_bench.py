"""The benchmark against others, run on a small corpus with the contestants that are here."""

import json
import re
import sys

import bench as program
import numpy as np
import pytest

from ner_tutorial import corpus, crf
from ner_tutorial.recipes import RECIPES


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.setattr(program, "DATA", tmp_path / "bench.npz")
    monkeypatch.setattr(program, "REPORT", tmp_path / "README.md")
    monkeypatch.setattr(program, "ROUNDS", 1)
    monkeypatch.setattr(program.crf_times, "REPEATS", 1)
    return program


@pytest.fixture
def small_corpus(tmp_path):
    path = tmp_path / "small.csv"
    path.write_bytes(corpus.SAMPLE.read_bytes().partition(b"Sentence: 301,")[0])
    return path


def test_a_race_is_reported_and_the_report_keeps_what_stands_above_the_mark(
    bench, small_corpus, monkeypatch
):
    ours = bench.contestants("no-torch-here")[bench.OURS]
    monkeypatch.setattr(bench, "contestants", lambda _: {bench.OURS: ours})
    monkeypatch.setattr(bench.crf_times, "tables", lambda: ["the CRF alone"])
    bench.REPORT.write_text(f"# Head\n{bench.MARK}\nold table\n")
    bench.main(str(small_corpus), "no-torch-here")
    report = bench.REPORT.read_text()
    assert report.startswith("# Head\n") and "old table" not in report
    assert "242 sentences to train on, 30 to tag" in report
    assert re.search(r"\| this course \| \d+\.\d\d \(.*\) \| 1\.00 \|", report)
    assert "the CRF alone" in report
    assert not list(bench.REPORT.parent.glob("*.partial"))


def test_a_contestant_that_ends_early_is_named(bench):
    with pytest.raises(SystemExit, match="nobody ended early"):
        bench.race({"nobody": ([sys.executable, "-c", "pass"], {})})


def test_the_crf_alone_is_timed_for_both_tasks(bench):
    medians = bench.crf_times.medians_of({"ours": crf}, 4, 5, 3)
    assert set(medians) == {
        ("ours", "log-likelihood and gradient"),
        ("ours", "decoding"),
    }
    assert all(0 < milliseconds < 60_000 for milliseconds in medians.values())


def test_the_stored_seeds_hold_five_runs_of_each_network_on_both_splits():
    stored = json.loads(corpus.SAMPLE.with_name("seeds.json").read_text(encoding="utf-8"))
    assert stored["corpus"] == corpus.SAMPLE.name
    assert [*stored["common"]] == [*stored["by_frames"]]
    for systems in (stored["common"], stored["by_frames"]):
        networks = {name: runs for name, runs in systems.items() if len(runs) > 1}
        assert [*networks] == [
            "softmax", "softmax, moves forbidden", "CRF", "CRF, moves forbidden",
            "char-crf", "ensemble",
        ]  # fmt: skip
        assert all(len(runs) == 5 for runs in networks.values())
        for name in ("softmax, moves forbidden", "CRF, moves forbidden", "char-crf", "ensemble"):
            assert not any(run["test"]["invalid_tags"] for run in systems[name])
        # What the sample was made for: hard enough, and not hopeless.
        f1 = [run["test"]["entity_f1"] for runs in networks.values() for run in runs]
        assert min(f1) > 0.5 and max(f1) < 0.97


def test_the_recipe_is_in_the_middle_of_the_stored_search():
    runs = json.loads(corpus.SAMPLE.with_name("search.json").read_text(encoding="utf-8"))
    recipe = RECIPES["crf"][0]
    assert len({(run["batch_size"], run["learning_rate"]) for run in runs}) == 9
    for setting in ("batch_size", "learning_rate"):
        values = sorted({run[setting] for run in runs})
        assert values[1] == getattr(recipe, setting)


def test_the_recipe_is_among_the_best_of_the_stored_search():
    runs = json.loads(corpus.SAMPLE.with_name("search.json").read_text(encoding="utf-8"))
    f1 = {(run["batch_size"], run["learning_rate"]): run["validation_entity_f1"] for run in runs}
    recipe = RECIPES["crf"][0]
    assert f1[recipe.batch_size, recipe.learning_rate] > max(f1.values()) - 0.02


def test_what_lesson_5_says_of_the_stored_runs_holds():
    stored = json.loads(corpus.SAMPLE.with_name("seeds.json").read_text(encoding="utf-8"))
    gains = {}
    for split in ("common", "by_frames"):
        ours, rules, softmax = (
            np.array([run["validation"]["entity_f1"] for run in stored[split][name]])
            for name in ("CRF, moves forbidden", "softmax, moves forbidden", "softmax")
        )
        gains[split] = ours - rules
        assert (rules - softmax).mean() > 0
    assert gains["by_frames"].min() > 0
    standard_error = gains["common"].std(ddof=1) / np.sqrt(5)
    assert gains["common"].min() < 0 and abs(gains["common"].mean()) < standard_error
