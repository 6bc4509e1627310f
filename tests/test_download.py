"""Fetching GMB, from a stand-in for Kaggle: whole and right, or not at all."""

import hashlib
from contextlib import contextmanager

import pytest
from corpora import refusal
from kaggle_server import kaggle, leads_to

from ner_tutorial import download
from ner_tutorial.errors import CorpusError

CONTENT = b"Sentence #,Word,POS,Tag\r\nSentence: 1,Joe,NNP,B-per\r\n" + b",went,VBD,O\r\n" * 200_000
BY_HAND = f"download https://www.kaggle.com/datasets/{download.KAGGLE_DATASET} with a browser"


@pytest.fixture
def target(tmp_path, monkeypatch):
    """Where GMB is to lie; the stand-in's file passes for it, and nothing is cached yet."""
    path = tmp_path / "data" / "ner_dataset.csv"
    path.parent.mkdir()
    monkeypatch.setattr(download, "GMB_BYTES", len(CONTENT))
    monkeypatch.setattr(download, "GMB_SHA256", hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    return path


@contextmanager
def served(content: bytes, breaks_after: int | None = None):
    """Kaggle's address leads to a stand-in that serves `content`; yields what it was asked for."""
    with kaggle(content, breaks_after) as (address, asked), leads_to(address):
        yield asked


def failure(target) -> str:
    return refusal(target, download.download, at_most=600)


def test_the_file_comes_whole_and_alone(target):
    with served(CONTENT):
        assert download.download(target) == target
    assert target.read_bytes() == CONTENT
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_a_folder_that_is_not_there_is_made(target):
    target.parent.rmdir()
    with served(CONTENT):
        download.download(target)
    assert target.read_bytes() == CONTENT


def test_a_file_that_is_there_already_is_not_fetched_again(target):
    target.write_bytes(CONTENT)
    with served(CONTENT) as asked:
        assert download.download(target) == target
    assert asked == []


def test_another_file_in_its_place_is_left_alone(target):
    target.write_text("my notes")
    with served(CONTENT) as asked:
        message = "FILE: is another file than Kaggle's; move it away and try again"
        assert failure(target) == message
    assert target.read_text() == "my notes"
    assert asked == []


def test_a_download_that_breaks_off_leaves_nothing_and_goes_on_from_there(target):
    with served(CONTENT, breaks_after=1_500_000) as asked:
        message = failure(target)
        assert "did not come from Kaggle" in message and BY_HAND in message
        assert not list(target.parent.iterdir())
        download.download(target)
    assert asked[0] is None
    assert 0 < int(asked[1].removeprefix("bytes=").rstrip("-")) <= 1_500_000
    assert target.read_bytes() == CONTENT


def test_a_file_that_is_not_gmb_is_fetched_once_more_and_then_refused(target):
    with served(CONTENT[:-5]) as asked:
        message = failure(target)
    assert f"{len(CONTENT) - 5:,} bytes came from Kaggle, but not the {len(CONTENT):,}" in message
    assert BY_HAND in message
    assert len(asked) == 2
    assert not list(target.parent.iterdir())


def test_a_file_of_the_right_size_with_another_byte_is_refused(target):
    with served(CONTENT[:-3] + b"X\r\n"):
        assert "came from Kaggle, but not the" in failure(target)
    assert not target.exists()


def test_an_old_file_in_the_cache_is_fetched_anew(target):
    with served(b"an older edition"):
        failure(target)
    with served(CONTENT):
        download.download(target)
    assert target.read_bytes() == CONTENT


def test_without_a_network_it_says_in_one_line_what_to_do(target):
    with leads_to("http://localhost:9"):  # where nobody listens
        message = failure(target)
    assert message.startswith("ner_dataset.csv did not come from Kaggle (")
    assert message.endswith(f"; {BY_HAND}, and put ner_dataset.csv into {target.parent}")


def test_a_folder_that_cannot_be_written_is_named(target, monkeypatch):
    def fail(*paths):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download.shutil, "copyfile", fail)
    with served(CONTENT):
        message = failure(target)
    assert message.startswith("FILE: cannot be written (No space left on device); download")
    assert not list(target.parent.iterdir())


def test_without_kagglehub_it_says_what_brings_it(target, monkeypatch):
    monkeypatch.setattr(download, "find_spec", lambda name: None)
    with pytest.raises(CorpusError, match=r"install ner-tutorial\[lessons\], or download https:"):
        download.download(target)
