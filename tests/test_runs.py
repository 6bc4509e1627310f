"""Lists of experiments: in order, kept when they are done, none done twice; also on a cluster."""

import itertools
import json
import os
import subprocess
import sys
import time

import psutil
import pytest
import runs
from experiments import (
    drawn,
    ends_at_once,
    holding_a_lock,
    killed,
    missing_file,
    nothing_that_can_be_sent,
    refused,
    third,
)

from ner_tutorial import baselines, corpus, errors, metrics

FORTY = [(number, f"run {number}") for number in range(40)]


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "RUNS", tmp_path / "runs")
    monkeypatch.delenv("SCHEDULER", raising=False)


@pytest.fixture
def log(tmp_path):
    """To which each experiment adds a line: its number, its worker, its beginning and its end."""
    path = tmp_path / "log.txt"
    path.touch()
    return path


def linear_crf(sentences, number):
    """A training in earnest, of the one model that learns in less than a second."""
    training, test = sentences[:number], sentences[number : number + 50]
    model = baselines.linear_crf(training)
    found = model.predict([baselines.window_features(s.words) for s in test])
    return metrics.entity_f1([s.tags for s in test], [list(tags) for tags in found])


def material(log):
    sentence = ["Joe", "left"]
    return log, [sentence], ([sentence], [])


def numbers(log):
    return [int(line.split()[0]) for line in log.read_text().splitlines()]


def expected(experiments=FORTY):
    return [((n, name), {"name": name, "third": n / 3}) for n, name in experiments]


def test_experiments_come_back_in_their_order_and_leave_nothing_behind(log):
    assert list(runs.each(third, material(log), FORTY[:9])) == expected(FORTY[:9])
    assert list(runs.RUNS.rglob("*.json")) == []
    assert list(runs.each(third, material(log), [])) == []


def test_what_was_done_but_not_stored_when_the_program_was_killed_is_not_done_again(log, capsys):
    first = runs.each(third, material(log), FORTY[:5])
    assert [next(first) for _ in range(3)] == expected(FORTY[:3])
    first.close()  # before the third was stored
    assert list(runs.each(third, material(log), FORTY[2:5])) == expected(FORTY[2:5])
    assert numbers(log) == [0, 1, 2, 3, 4]
    assert "1 done before" in capsys.readouterr().out


def test_another_material_or_experiment_is_another_run(log, tmp_path):
    def results(path, experiments):
        return [found["name"] for _, found in runs.each(third, material(path), experiments)]

    next(runs.each(third, material(log), FORTY[:1]))
    other = tmp_path / "other.txt"
    assert results(other, FORTY[:1]) == ["run 0"] and numbers(other) == [0]
    assert results(log, [(0, "another")]) == ["another"]
    assert results(log, FORTY[:1]) == ["run 0"] and numbers(log) == [0, 0]


def test_what_is_stored_already_is_missing_no_more():
    experiments = {(1,): {"seed": 1, "how": [1, 2]}, (2,): {"seed": 2, "how": [1, 2]}}
    stored = [{"seed": 2, "how": [1, 2], "f1": 0.5}, {"seed": 1, "how": [1], "f1": 0.5}]
    assert runs.missing(experiments, stored) == {(1,): experiments[1,]}


@pytest.fixture(scope="module")
def scheduler():
    """The address of a cluster of two workers, two threads each."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def test_two_workers_find_what_one_process_finds(scheduler, log, monkeypatch):
    sentences = corpus.read(corpus.SAMPLE)[:150]
    sizes = [(60,), (100,)]
    here = list(runs.each(linear_crf, sentences, sizes))
    assert all(f1 > 0.1 for _, f1 in here)
    monkeypatch.setenv("SCHEDULER", scheduler)
    assert list(runs.each(linear_crf, sentences, sizes)) == here
    assert list(runs.each(third, material(log), FORTY)) == expected()
    assert sorted(numbers(log)) == list(range(40))
    rows = [line.split() for line in log.read_text().splitlines()]
    assert len({worker for _, worker, *_ in rows}) == 2
    for worker in {worker for _, worker, *_ in rows}:  # of its threads one works
        times = sorted((float(begun), float(end)) for _, w, begun, end in rows if w == worker)
        assert all(end <= begun for (_, end), (begun, _) in itertools.pairwise(times))


def test_what_a_worker_draws_at_random_does_not_change_what_is_found(scheduler, monkeypatch):
    here = list(runs.each(drawn, None, [(1,), (2,)]))
    monkeypatch.setenv("SCHEDULER", scheduler)
    assert list(runs.each(drawn, None, [(1,), (2,)])) == here


def test_an_experiment_whose_process_is_killed_is_named_in_one_line(scheduler, monkeypatch):
    monkeypatch.setenv("SCHEDULER", scheduler)
    with pytest.raises(errors.UserError, match=r"ended with -9: \(7,\); what is done is kept"):
        list(runs.each(killed, None, [(7,)]))


def test_half_of_the_experiments_killed_and_gone_on_with_are_not_done_again(
    scheduler, log, monkeypatch
):
    monkeypatch.setenv("SCHEDULER", scheduler)
    first = runs.each(third, material(log), FORTY)
    half = [next(first) for _ in range(20)]
    first.close()
    kept = [json.loads(path.read_text())["name"] for path in runs.RUNS.rglob("*.json")]
    assert half + list(runs.each(third, material(log), FORTY[19:]))[1:] == expected()
    done = numbers(log)
    assert sorted(set(done)) == list(range(40)) and "run 19" in kept
    stored = {found["name"] for _, found in half} | set(kept)
    assert all(done.count(number) == 1 for number, name in FORTY if name in stored)


def test_what_goes_wrong_in_an_experiment_is_raised_here(scheduler, log, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("SCHEDULER", scheduler)
    with pytest.raises(
        RuntimeError, match=r"(?s)^\(1,\): Traceback.*TypeError.*positional argument"
    ):
        list(runs.each(third, material(log), [(1,)]))
    for wrong in (missing_file, holding_a_lock, nothing_that_can_be_sent):
        with pytest.raises(RuntimeError, match=r"(?s)^\(1,\): Traceback.*" + wrong.__name__):
            list(runs.each(wrong, None, [(1,)]))
    with pytest.raises(errors.UserError, match=r"^here: wrong; do this$") as held:
        list(runs.each(refused, None, [(1,)]))
    with pytest.raises(ValueError, match="No clients"):
        distributed.Client.current()
    del held  # which kept alive what `each` was doing when it raised


def test_what_came_together_with_an_experiment_that_failed_is_kept(monkeypatch):
    monkeypatch.setenv("SCHEDULER", "an address")
    answers = [((1,), None, OSError("one")), ((2,), "two", None), ((3,), "three", None)]
    monkeypatch.setattr(runs, "_there", lambda *_: (batch for batch in [answers]))
    experiments = [(1,), (2,), (3,)]
    with pytest.raises(OSError, match="one"):
        list(runs.each(third, None, experiments))
    assert dict(runs.each(third, None, experiments[1:])) == {(2,): "two", (3,): "three"}


def test_a_process_that_is_killed_before_it_has_read_what_to_do_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(runs, "_in_own_process", ends_at_once)
    large = runs._Whole("x" * 20_000_000)  # more than a line between two processes holds
    found, error = runs._on_worker("experiments", "third", large, (1,))
    assert found is None and str(error).startswith("the process of an experiment ended with -9")


def test_a_worker_that_is_killed_takes_what_its_experiment_has_started_with_it(tmp_path):
    program = "import experiments, runs; runs._on_worker('experiments', 'starts_a_program', "
    program += f"runs._Whole({str(tmp_path / 'pids')!r}), ())"
    there = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    worker = subprocess.Popen([sys.executable, "-c", program], env=there)
    pids = wait_for(lambda: (tmp_path / "pids").exists() and (tmp_path / "pids").read_text())
    worker.kill()
    assert wait_for(lambda: not any(map(is_running, map(int, pids.split()))))


def is_running(pid):
    # A process that ended stays on the list until somebody asks for how.
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def wait_for(condition):
    end = time.time() + 30
    while not (found := condition()) and time.time() < end:
        time.sleep(0.05)
    return found


def test_without_a_scheduler_at_the_address_one_line_says_so(log, monkeypatch):
    dask = pytest.importorskip("dask")
    monkeypatch.setenv("SCHEDULER", "tcp://127.0.0.1:1")
    dask.config.set({"distributed.comm.timeouts.connect": "500ms"})
    with pytest.raises(errors.UserError, match=r"^tcp://127\.0\.0\.1:1: no Dask scheduler"):
        next(runs.each(third, material(log), FORTY))
