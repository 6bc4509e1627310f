"""The small inputs of a folder that the environment variable NER_TUTORIAL_CASES names.

Its `expected.tsv` says of each file how it is read and what must come of it.
"""

import csv
import json
import os
from pathlib import Path

import pytest
from corpora import shown

from ner_tutorial import corpus
from ner_tutorial.errors import UserError

FOLDER = os.environ.get("NER_TUTORIAL_CASES")


def cases():
    if FOLDER is None:
        return []
    text = Path(FOLDER, "expected.tsv").read_text(encoding="utf-8")
    return list(csv.reader(text.splitlines()[1:], delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.skipif(FOLDER is None, reason="NER_TUTORIAL_CASES names no folder")
@pytest.mark.parametrize(("name", "options", "expected"), cases(), ids=[c[0] for c in cases()])
def test_each_line_of_expected_tsv_holds(name, options, expected):
    path = Path(FOLDER, name)
    kind, _, what = expected.partition(": ")
    try:
        found = shown(corpus.read(path, **json.loads(options)))
    except UserError as error:
        message = str(error)
        assert kind in ("refuse", "any")
        assert str(path) in message and "\n" not in message
        assert kind == "any" or what.lower() in message.replace(str(path), "").lower()
    else:
        assert found == what if kind == "read" else kind == "any"
