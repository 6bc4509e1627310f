"""What more than one test file uses."""

import os

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
