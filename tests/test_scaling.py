"""The play of a cluster: right for one worker, and within what can be for many."""

import pytest

pytest.importorskip("distributed")

import scaling  # which needs Dask

TIMES = {
    "sentences": 100,
    "text_bytes": 0.5 * scaling.STORAGE,  # half a second to read, a quarter to write
    "part_bytes": 0.25 * scaling.STORAGE,
    "model_bytes": 2 * scaling.NETWORK,
    "block_seconds": [10.0, 14.0],
    "plan_seconds": 0.125,
    "task_seconds": 0.0625,
    "start_seconds": 1.0,
}


def test_one_worker_does_one_thing_after_the_other():
    planned, sent, each = 4 * 0.125, 2.0, 0.0625 + 0.5 + 0.25
    expected = planned + sent + 4 * each + 10 + 14 + 10 + 14
    assert scaling.play(TIMES, 400, workers=1) == pytest.approx(expected)
    late = TIMES | {"start_seconds": 60.0}
    assert scaling.play(late, 400, workers=1) == pytest.approx(60 + 4 * each + 48)


def test_two_workers_share_the_blocks_and_wait_for_each_other():
    # The second gets the model two seconds later; by then the storage is free.
    found = scaling.play(TIMES | {"block_seconds": [10.0]}, 200, workers=2)
    assert found == pytest.approx(2 * 0.125 + 2 * 2 + 0.0625 + 0.5 + 10 + 0.25)


def test_no_number_of_workers_is_faster_than_what_they_share():
    number = 100 * 2000
    rates = [number / scaling.play(TIMES, number, workers) for workers in scaling.WORKERS]
    one = 100 / (12 + 0.75 + 0.0625)
    for workers, rate in zip(scaling.WORKERS, rates, strict=True):
        assert rate < one * workers
        assert rate < 100 / 0.75  # the storage
    assert rates[3] > 4 * rates[0] and rates[-1] == pytest.approx(rates[-2], rel=0.25)
