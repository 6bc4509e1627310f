"""The benchmark against others, run on a small corpus with the contestants that are here."""

import json
import re
import sys

import bench as program
import pytest

from ner_tutorial import corpus, crf


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
    assert "243 sentences to train on, 30 to tag" in report
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


def test_the_stored_seeds_hold_five_runs_of_each_system_on_both_splits():
    stored = json.loads(corpus.SAMPLE.with_name("seeds.json").read_text(encoding="utf-8"))
    assert stored["corpus"] == corpus.SAMPLE.name
    for results in (stored, stored["by_frames"]):
        assert all(len(runs) == 5 for runs in results["entity_f1"].values())
        assert len(results["entity_f1"]) == 4
        # What the sample was made for: hard enough, and not hopeless.
        assert all(0.5 < run < 0.95 for runs in results["entity_f1"].values() for run in runs)


def test_what_lesson_5_says_of_the_stored_runs_holds():
    stored = json.loads(corpus.SAMPLE.with_name("seeds.json").read_text(encoding="utf-8"))
    for results, least in ((stored, -0.001), (stored["by_frames"], 0.0)):
        f1 = results["entity_f1"]
        pairs = zip(f1["CRF"], f1["softmax, moves forbidden"], strict=True)
        assert all(ours - rules > least for ours, rules in pairs)
        assert all(a > b for a, b in zip(f1["CRF"], f1["softmax"], strict=True))
        assert set(results["invalid_tags"]["CRF, moves forbidden"]) == {0}


def test_what_lesson_5_says_of_the_search_holds():
    runs = json.loads(corpus.SAMPLE.with_name("search.json").read_text(encoding="utf-8"))
    f1 = {(run["batch_size"], run["learning_rate"]): run["validation_entity_f1"] for run in runs}
    assert len(f1) == 9
    for batch_size in (16, 32, 64):
        assert f1[batch_size, 0.001] < f1[batch_size, 0.003] < f1[batch_size, 0.01] - 0.02
