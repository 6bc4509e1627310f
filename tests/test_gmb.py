"""The benchmark on GMB, run on a small corpus."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import gmb
import pytest
from contract import FIGURES

from ner_tutorial import corpus, recipes

SENTENCES = 300
ONE_EPOCH = recipes.Recipe(epochs=1, batch_size=32, learning_rate=0.003)

# How a line looks that TensorFlow logs before its logging is set up.
LOGGED = r"WARNING: All log messages before absl::InitializeLog\(\)|[IWE]\d{4} "


@pytest.fixture(scope="module")
def small_corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "small.csv"
    sample = corpus.SAMPLE.read_bytes()
    path.write_bytes(sample.partition(b"Sentence: %d," % (SENTENCES + 1))[0])
    return path


@pytest.fixture(scope="module", autouse=True)
def broken_run(tmp_path_factory):
    """A run of its own on a broken corpus, that starts up while the other test trains."""
    directory = tmp_path_factory.mktemp("project")
    program = directory / "benchmarks" / "gmb.py"  # a copy, so that it would write near here
    program.parent.mkdir()
    program.write_bytes(Path(gmb.__file__).read_bytes())
    broken = directory / "broken.csv"
    broken.write_text("Sentence #,Word,POS,Tag\nSentence: 1,Joe,NNP,per\n", encoding="utf-8")
    command = [sys.executable, program, broken]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=directory) as process:
        yield directory, process


def test_it_trains_scores_prints_and_writes_both_models(
    small_corpus, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(gmb, "CLASSIC", ONE_EPOCH)
    monkeypatch.setattr(gmb, "TARGET", tmp_path / "build" / "gmb.json")
    gmb.main(os.fspath(small_corpus))

    assert os.listdir(tmp_path / "build") == ["gmb.json"]
    results = json.loads((tmp_path / "build" / "gmb.json").read_text(encoding="utf-8"))
    assert list(results) == [
        "BiLSTM-softmax",
        "BiLSTM-softmax, by the rules",
        "BiLSTM-CRF, without the rules",
        "BiLSTM-CRF",
    ]
    loaded = len(corpus.load(small_corpus))  # without those of over 70 words
    for scores in results.values():
        assert set(scores) == {"corpus", "sentences", "best_epoch", *FIGURES}
        assert (scores["corpus"], scores["sentences"]) == ("small.csv", loaded)
        assert (scores["epochs"], scores["best_epoch"]) == (1, 1)
        assert scores["seconds_per_epoch"] > 0
        assert 0 < scores["token_accuracy"] < scores["token_accuracy_with_padding"] < 1
    for by_rules in ("BiLSTM-softmax, by the rules", "BiLSTM-CRF"):
        assert results[by_rules]["invalid_tags"] == 0
    softmax, crf = (results[name]["parameters"] for name in ("BiLSTM-softmax", "BiLSTM-CRF"))
    tags = len({tag for sentence in corpus.load(small_corpus) for tag in sentence.tags}) + 1
    assert crf - softmax == tags * tags + 2 * tags  # transitions, start and end

    printed = capsys.readouterr().out
    assert f"small.csv: {SENTENCES} sentences" in printed
    learned = loaded * 9 // 10
    assert f"shapes ({learned}, 70) and ({loaded - learned}, 70)" in printed
    assert "| | BiLSTM-softmax | BiLSTM-softmax, by the rules | " in printed
    assert f"| entity f1 | {results['BiLSTM-softmax']['entity_f1']:.4f} | " in printed


def test_a_broken_corpus_ends_it_with_status_2_one_line_and_nothing_written(broken_run):
    directory, process = broken_run
    _, errors = process.communicate()
    assert process.returncode == 2
    # From 2.21 on TensorFlow logs while it is imported, whatever is set (tensorflow issue 100442).
    (line,) = (line for line in errors.splitlines() if not re.match(LOGGED, line))
    assert line.startswith(f"{directory / 'broken.csv'}:2: the tag is 'per'")
    assert sorted(os.listdir(directory)) == ["benchmarks", "broken.csv"]
    assert os.listdir(directory / "benchmarks") == ["gmb.py"]
