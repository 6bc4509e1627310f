"""A model card: what is known stands in it, what is not is a blank, and a name is never markup."""

import json
import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from taggers import build_random

from ner_tutorial import card
from ner_tutorial.errors import TaggerError
from ner_tutorial.tagger import Tagger

PART = {"file": "people.conll", "sha256": "0" * 64, "drawn": True, "sentences": 4_321}
SCORES = {"precision": 0.5, "recall": 0.25, "f1": 1 / 3}
FIGURES = {
    "corpus": "people.conll",
    "parts": {"train": PART, "test": PART | {"file": "test.conll", "drawn": False}},
    "part": "test",
    "scored": 40,
    **{f"entity_{name}": value for name, value in SCORES.items()},
    "per_type": {"per": {**SCORES, "support": 200}, "geo": {**SCORES, "support": 7}},
}
MEASURED = {
    "f1_intervals": {"all": [0.31, 0.35], "per_type": {"per": [0.3, 0.36], "geo": [0.0, 1.0]}},
    "calibration": {"words": 1_234, "error": 0.0625},
}
SETTINGS = {
    "model": "crf",
    "encoder": None,
    "versions": {"ner_tutorial": "9.8.7"},
    "training": {"corpus": "people.conll", "epochs": 6, "run": None, "parts": {}},
}


def written(title="joe", settings=SETTINGS, figures=FIGURES | MEASURED) -> str:
    return card.card(title, settings, figures, words=5)


def front(text):
    """The metadata, as a hub reads it."""
    _, metadata, body = text.split("---\n", 2)
    return yaml.safe_load(metadata), body


def rows(text):
    return [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]


def test_the_metadata_are_those_that_a_hub_asks_of_a_models_results():
    metadata, _ = front(written())
    assert metadata["pipeline_tag"] == "token-classification"
    assert {"language", "license", "tags"} <= metadata.keys()
    (model,) = metadata["model-index"]
    (result,) = model["results"]
    assert model["name"] == "joe"
    assert result["task"]["type"] == "token-classification"
    assert result["dataset"] == {"type": "people.conll", "name": "people.conll", "split": "test"}
    values = {metric["type"]: metric["value"] for metric in result["metrics"]}
    assert values == {"precision": 0.5, "recall": 0.25, "f1": 0.3333}


def test_the_figures_stand_by_type_with_their_intervals():
    table = rows(written())
    assert ["<code>per</code>", "0.500", "0.250", "0.333", "0.300 to 0.360", "200"] in table
    assert ["all", "0.500", "0.250", "0.333", "0.310 to 0.350", "207"] in table
    assert ["train", "<code>people.conll</code>", "4,321", "drawn"] in table
    assert ["test", "<code>test.conll</code>", "4,321", "given"] in table


def test_what_was_measured_is_told_and_what_is_rare_named():
    text = written()
    assert "0.062 apart" in text and "1,234 words" in text
    assert "few examples mean little: <code>geo</code>." in text
    assert "5 different ones" in text and "9.8.7" in text
    assert text.count(card.BLANK) >= 7
    assert ["<code>epochs</code>", "<code>6</code>"] in rows(text)
    assert "<code>run</code>" not in text  # what was not set


def test_a_model_from_before_says_that_it_was_not_measured():
    text = written(figures=FIGURES)
    assert "confidence can be believed was not measured" in text
    assert ["all", "0.500", "0.250", "0.333", "not measured", "207"] in rows(text)


NAMES = st.text(min_size=1, max_size=20).filter(str.split) | st.sampled_from(
    [
        "<script>x",
        "a|b",
        "`x`",
        "](http://x)",
        "# x",
        "---",
        "a\n---\nb",
        "\U00010000\udc80",
        '"',
        "&lt;",
        "{blank}",
    ]
)


@settings(max_examples=25)  # to read YAML takes long
@given(NAMES, NAMES, NAMES)
def test_a_name_is_data_whatever_it_holds(title, file, kind):
    names = {"corpus": file, "per_type": {kind: {**SCORES, "support": 3}}}
    parts = {"train": PART | {"file": file}}
    text = written(title, figures=FIGURES | names | {"parts": parts})
    metadata, body = front(text)
    assert metadata["model-index"][0]["name"] == title
    assert metadata["model-index"][0]["results"][0]["dataset"]["name"] == file
    plain = front(written())[1]
    assert len(rows(body)) == len(rows(plain)) - 2  # a type and a part fewer
    assert set(re.findall(r"<[^>]*>", body)) == {"<code>", "</code>"}
    headings = [line for line in body.splitlines() if line.startswith("#")]
    assert headings[1:] == [line for line in plain.splitlines() if line.startswith("#")][1:]


@pytest.fixture
def model(tmp_path):
    tagger = build_random("crf")
    tagger.save(tmp_path / "joe", FIGURES | MEASURED)
    return tmp_path / "joe"


def test_a_card_lies_in_the_models_directory_which_still_loads(model):
    assert card.write(model) == model / "README.md"
    text = (model / "README.md").read_text(encoding="utf-8")
    assert front(text)[0]["model-index"][0]["name"] == "joe"
    assert "5 different ones" in text
    Tagger.load(model)


def test_a_card_that_is_there_is_not_overwritten_unless_it_is_asked_for(model):
    (model / "README.md").write_text("mine")
    with pytest.raises(TaggerError, match=r"README\.md: is there already; give force to replace"):
        card.write(model)
    assert (model / "README.md").read_text() == "mine"
    card.write(model, force=True)
    assert "mine" not in (model / "README.md").read_text(encoding="utf-8")


def test_a_model_with_a_card_is_not_replaced_by_another(model):
    card.write(model)
    with pytest.raises(TaggerError, match=r"holds a model card, README\.md, which would be lost"):
        build_random("crf").save(model)
    assert (model / "README.md").exists()


@pytest.mark.parametrize("content", ["[]", "{}", json.dumps(FIGURES | {"per_type": 3})])
def test_what_are_no_figures_is_said_in_one_line(model, content):
    (model / "metrics.json").write_text(content)
    with pytest.raises(TaggerError, match=r"metrics\.json: not the figures of a training"):
        card.write(model)
    assert not (model / "README.md").exists()


def test_a_model_without_figures_gets_no_card(model):
    (model / "metrics.json").unlink()
    with pytest.raises(TaggerError, match=r"metrics\.json: No such file"):
        card.write(model)
