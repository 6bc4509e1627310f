"""What more than one test file uses."""

import os
import zipfile

import pytest
from hypothesis import settings

from ner_tutorial import corpus

# No deadline: the first call of a TensorFlow function takes seconds. The same examples each time,
# so that a whole class sees the same result.
settings.register_profile("course", deadline=None, derandomize=True)
settings.load_profile("course")


@pytest.fixture(scope="session")
def gmb_tokens():
    """Kaggle's file, which the repository does not hold, as a table."""
    path = os.environ.get("NER_TUTORIAL_GMB")
    if not path:
        pytest.skip("NER_TUTORIAL_GMB does not name Kaggle's ner_dataset.csv, or the zip with it")
    return corpus.read_gmb(path)


@pytest.fixture
def write(tmp_path):
    """A function that writes a file, text as UTF-8, and returns its path."""

    def write(content, name="corpus.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def write_zip(tmp_path):
    """A function that writes a zip archive of text files and returns its path."""

    def write_zip(**texts):
        path = tmp_path / "archive.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in texts.items():
                archive.writestr(name.replace("__", "."), text)
        return path

    return write_zip


# Compiling an LSTM takes seconds: the tests share their models, and leave them as they were.


@pytest.fixture(scope="session")
def softmax():
    import networks

    return networks.softmax()


@pytest.fixture(scope="session")
def crf():
    import networks

    return networks.crf()


@pytest.fixture(scope="session")
def with_form():
    import networks

    return networks.with_form()


@pytest.fixture(params=["softmax", "crf"])
def model(request):
    """Each test that takes this one is run on both classic models."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def taggers():
    """One of each architecture, by its name."""
    from taggers import build_random

    from ner_tutorial.models import ARCHITECTURES

    return {architecture: build_random(architecture) for architecture in ARCHITECTURES}
