"""The rehearsal of Colab finds its Pythons, or says in one line what it needs."""

import sys

import pytest
import rehearse

OWN = "{}.{}".format(*sys.version_info)


def test_a_python_that_is_not_there_or_starts_nothing_is_passed_over(tmp_path, monkeypatch):
    shim = tmp_path / f"python{OWN}"
    shim.write_text("#!/bin/sh\necho 'no such version' >&2\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert rehearse.find_python(OWN) == sys.executable


def test_without_a_python_of_the_version_one_line_says_which_is_needed():
    with pytest.raises(SystemExit) as stopped:
        rehearse.find_python("2.5")
    assert str(stopped.value) == (
        "Colab's rehearsal needs python2.5 with its venv module, and finds none."
    )


def test_without_git_one_line_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="needs git"):
        rehearse.main()
