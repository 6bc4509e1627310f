"""The commands, run as a user runs them, with a stand-in for Kaggle."""

import hashlib
from contextlib import contextmanager

import pytest
from click.testing import CliRunner
from kaggle_server import kaggle
from kagglesdk import kaggle_env

from ner_tutorial import corpus
from ner_tutorial.cli import main

CONTENT = b"Sentence #,Word,POS,Tag\r\nSentence: 1,Joe,NNP,B-per\r\n" + b",went,VBD,O\r\n" * 200_000
BY_HAND = f"download https://www.kaggle.com/datasets/{corpus.KAGGLE_DATASET} with a browser"


@pytest.fixture
def target(tmp_path, monkeypatch):
    """Where GMB is to lie; the stand-in's file passes for it, and nothing is cached yet."""
    path = tmp_path / "data" / "ner_dataset.csv"
    path.parent.mkdir()
    monkeypatch.setattr(corpus.download, "__defaults__", (path,))
    monkeypatch.setattr(corpus, "GMB_BYTES", len(CONTENT))
    monkeypatch.setattr(corpus, "GMB_SHA256", hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    return path


@contextmanager
def served(content: bytes, breaks_after: int | None = None):
    """Kaggle's address leads to a stand-in that serves `content`; yields what it was asked for."""
    with pytest.MonkeyPatch.context() as patch, kaggle(content, breaks_after) as (address, asked):
        patch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, address)
        yield asked


@contextmanager
def nobody_listens():
    with pytest.MonkeyPatch.context() as patch:
        closed = "http://localhost:9"
        patch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, closed)
        yield


def download():
    return CliRunner().invoke(main, ["download"])


def failure(result) -> str:
    """The one line on standard error of a command that failed as it should."""
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    message = result.stderr.strip().splitlines()[-1]
    assert message.startswith("Error: ")
    return message


def test_the_file_comes_whole_and_its_path_is_printed(target):
    with served(CONTENT):
        result = download()
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == str(target)  # after what kagglehub says
    assert target.read_bytes() == CONTENT
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_a_file_that_is_there_already_is_not_fetched_again(target):
    target.write_bytes(CONTENT)
    with served(CONTENT) as asked:
        assert download().exit_code == 0
    assert asked == []


def test_another_file_in_its_place_is_left_alone(target):
    target.write_text("my notes")
    with served(CONTENT) as asked:
        assert "is another file than Kaggle's; move it away" in failure(download())
    assert target.read_text() == "my notes"
    assert asked == []


def test_a_download_that_breaks_off_leaves_nothing_and_goes_on_from_there(target):
    with served(CONTENT, breaks_after=1_500_000) as asked:
        message = failure(download())
        assert "did not come from Kaggle" in message and BY_HAND in message
        assert not list(target.parent.iterdir())
        assert download().exit_code == 0
    assert asked[0] is None
    assert 0 < int(asked[1].removeprefix("bytes=").rstrip("-")) <= 1_500_000
    assert target.read_bytes() == CONTENT


def test_a_file_that_is_not_gmb_is_fetched_once_more_and_then_refused(target):
    with served(CONTENT[:-5]) as asked:
        message = failure(download())
    assert f"{len(CONTENT) - 5:,} bytes came from Kaggle, but not the" in message
    assert len(asked) == 2
    assert not list(target.parent.iterdir())


def test_a_file_of_the_right_size_with_another_byte_is_refused(target):
    with served(CONTENT[:-3] + b"X\r\n"):
        assert "came from Kaggle, but not the" in failure(download())
    assert not target.exists()


def test_an_old_file_in_the_cache_is_fetched_anew(target):
    with served(b"an older edition"):
        assert download().exit_code == 2
    with served(CONTENT):
        assert download().exit_code == 0
    assert target.read_bytes() == CONTENT


def test_without_a_network_it_says_in_one_line_what_to_do(target):
    with nobody_listens():
        result = download()
    assert BY_HAND in failure(result)
    assert f"put ner_dataset.csv into {target.parent}" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_named(target, monkeypatch):
    def fail(*paths):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(corpus.shutil, "copyfile", fail)
    with served(CONTENT):
        assert f"{target}: cannot be written (No space left on device)" in failure(download())


def test_help_shows_an_example():
    result = CliRunner().invoke(main, ["download", "--help"])
    assert "python -m ner_tutorial download" in result.output
