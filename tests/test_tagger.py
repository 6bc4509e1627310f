"""The tagger: words in, tags out; saved and loaded whole, or not at all."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ner_tutorial.tagger import MODELS, Tagger, TaggerError
from ner_tutorial.vocabulary import Vocabulary

VOCABULARY = Vocabulary(
    ("<_UNK_>", "<_PAD_>", "Joe", "Müller", "went", "to", "Rome"),
    ("<_PAD_TAG_>", "O", "B-per", "I-per", "B-geo"),
)
WITH_FEATURES = Vocabulary(
    VOCABULARY.index2word,
    VOCABULARY.index2tag,
    ("<_UNK_>", "<_PAD_>", "suffix 1: e", "prefix 1: n", "prefix 2: Jo", "shape: Xxx", "shape: xx"),
)
SENTENCES = [
    ["Joe", "Müller", "went", "to", "Rome"],
    ["Rome"] * 3 + ["went"] * 4 + ["Joe"] * 5,
    ["nobody", "knows", "Joe"],
    ["to", "to"],
]


def build_random(kind) -> Tagger:
    """With weights far from the first ones, so that tags differ from word to word."""
    tagger = Tagger.build(kind, WITH_FEATURES if kind == "char-crf" else VOCABULARY)
    draw = np.random.default_rng(0)
    weights = tagger.model.get_weights()
    tagger.model.set_weights([draw.normal(0, 0.5, weight.shape) for weight in weights])
    return tagger


@pytest.fixture(scope="module")
def taggers():
    """Building and compiling one takes seconds: the tests share them."""
    return {kind: build_random(kind) for kind in MODELS}


@pytest.fixture
def directory(taggers, tmp_path):
    taggers["crf"].save(tmp_path / "joe")
    return tmp_path / "joe"


def contents(directory: Path) -> dict:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def assert_same_weights(tagger, other):
    weights, others = tagger.model.get_weights(), other.model.get_weights()
    for weight, same in zip(weights, others, strict=True):
        np.testing.assert_array_equal(weight, same)


def test_each_word_gets_a_tag_and_none_that_of_padding(taggers):
    for tagger in taggers.values():
        tags = tagger.tag(SENTENCES)
        assert [len(sentence) for sentence in tags] == [5, 12, 3, 2]
        found = {tag for sentence in tags for tag in sentence}
        assert found <= set(VOCABULARY.index2tag[1:])
        assert len(found) > 1


def test_a_sentence_is_tagged_the_same_alone(taggers):
    for tagger in taggers.values():
        assert [tagger.tag([words])[0] for words in SENTENCES] == tagger.tag(SENTENCES)


def test_a_sentence_of_one_word_is_tagged(taggers):
    for tagger in taggers.values():
        assert tagger.tag([["Rome"]])[0][0] in VOCABULARY.index2tag[1:]


def test_no_sentences_have_no_tags(taggers):
    assert taggers["crf"].tag([]) == []


def test_a_sentence_without_words_is_refused(taggers):
    with pytest.raises(ValueError, match="row 1 holds no word"):
        taggers["crf"].tag([["Joe"], []])


def test_an_unknown_kind_of_model_is_refused(taggers):
    with pytest.raises(ValueError, match="unknown kind of model 'hmm'; there are softmax, crf"):
        Tagger.build("hmm", VOCABULARY)
    with pytest.raises(ValueError, match="unknown kind of model 'hmm'"):
        Tagger("hmm", taggers["crf"].model, VOCABULARY)


# Loads a tagger, writes its tags and saves it again elsewhere.
LOAD = """
import json, sys
from ner_tutorial.tagger import Tagger
sentences, *pairs = sys.argv[1:]
tags = []
for source, target in zip(pairs[::2], pairs[1::2]):
    tagger = Tagger.load(source)
    tags.append(tagger.tag(json.loads(sentences)))
    tagger.save(target)
print(json.dumps(tags))
"""


def start_elsewhere(python, taggers, directory):
    """A fresh process that loads taggers saved in `directory`, and saves each again."""
    arguments = [json.dumps(SENTENCES)]
    for kind, tagger in taggers.items():
        tagger.save(directory / kind)
        arguments += [directory / kind, directory / f"{kind} again"]
    return subprocess.Popen([python, "-c", LOAD, *arguments], stdout=subprocess.PIPE, text=True)


@pytest.fixture(scope="module", autouse=True)
def fresh_process(taggers, tmp_path_factory):
    """Started before the first test, asked by the last: it needs seconds to import TensorFlow."""
    directory = tmp_path_factory.mktemp("taggers")
    with start_elsewhere(sys.executable, {"crf": taggers["crf"]}, directory) as process:
        yield process


def test_a_directory_holds_settings_vocabulary_and_weights(directory):
    assert sorted(contents(directory)) == [
        "model.weights.h5",
        "settings.json",
        "vocabulary.json",
    ]
    settings = json.loads((directory / "settings.json").read_text())
    assert (settings["format"], settings["model"]) == (2, "crf")
    assert "Müller" in (directory / "vocabulary.json").read_text(encoding="utf-8")


def test_what_is_saved_may_be_read_by_others_as_any_new_directory(directory):
    (directory.parent / "any").mkdir()
    assert directory.stat().st_mode == (directory.parent / "any").stat().st_mode


def test_saving_makes_missing_parents_and_replaces_an_old_tagger(taggers, tmp_path):
    directory = tmp_path / "a" / "b"
    for kind in ("softmax", "crf"):
        taggers[kind].save(os.fspath(directory))
        assert json.loads((directory / "settings.json").read_text())["model"] == kind
        assert os.listdir(directory.parent) == ["b"]
    assert_same_weights(Tagger.load(os.fspath(directory)), taggers["crf"])


def fail(*args, **kwargs):
    raise OSError("no space left on device")


def test_a_failed_save_leaves_the_old_tagger_whole_and_nothing_else(
    taggers, directory, monkeypatch
):
    before = contents(directory)
    monkeypatch.setattr(taggers["softmax"].model, "save_weights", fail)
    with pytest.raises(OSError, match="no space left"):
        taggers["softmax"].save(directory)
    assert contents(directory) == before
    assert os.listdir(directory.parent) == ["joe"]


def test_a_save_that_fails_at_its_last_step_puts_the_old_tagger_back(
    taggers, directory, monkeypatch
):
    before, rename = contents(directory), Path.rename
    # Where the system cannot swap two directories, it takes two steps.
    monkeypatch.setattr("ner_tutorial.tagger._exchange", lambda *paths: False)
    monkeypatch.setattr(
        Path, "rename", lambda path, to: (fail if path.name == "new" else rename)(path, to)
    )
    with pytest.raises(OSError, match="no space left"):
        taggers["softmax"].save(directory)
    assert contents(directory) == before
    assert os.listdir(directory.parent) == ["joe"]


@pytest.mark.parametrize("files", [{"thesis.txt": "42"}, {"settings.json": '{"format": 9}'}])
def test_a_directory_that_is_no_tagger_is_not_replaced(taggers, tmp_path, files):
    directory = tmp_path / "work"
    directory.mkdir()
    for name, text in files.items():
        (directory / name).write_text(text)
    with pytest.raises(TaggerError, match=r"settings\.json"):
        taggers["crf"].save(directory)
    assert contents(directory) == {name: text.encode() for name, text in files.items()}
    assert os.listdir(tmp_path) == ["work"]


def test_a_file_is_not_replaced(taggers, tmp_path):
    file = tmp_path / "thesis.txt"
    file.write_text("42")
    with pytest.raises(TaggerError, match=r"thesis\.txt"):
        taggers["crf"].save(file)
    assert file.read_text() == "42"


def assert_refused(directory, file, reason):
    with pytest.raises(TaggerError, match=reason) as refusal:
        Tagger.load(directory)
    message = str(refusal.value)
    assert message.startswith(f"{directory / file}: ")
    assert "\n" not in message


def test_a_directory_that_is_not_there_is_refused(tmp_path):
    assert_refused(tmp_path / "joe", "settings.json", "No such file.*is this a saved tagger")


@pytest.mark.parametrize("kept", [0, 0.5, 0.999])
def test_truncated_weights_are_refused(directory, kept):
    path = directory / "model.weights.h5"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])
    assert_refused(directory, path.name, "cannot be read")


def test_garbled_weights_are_refused_whichever_error_the_library_raises(directory):
    path = directory / "model.weights.h5"
    whole = path.read_bytes()
    table = whole.index(b"TREE")  # the first index of the HDF5 file's groups
    path.write_bytes(whole[:table] + b"EERT" + whole[table + 4 :])
    assert_refused(directory, path.name, "cannot be read")


def test_weights_of_another_model_are_refused(taggers, directory, tmp_path):
    taggers["softmax"].save(tmp_path / "softmax")
    (tmp_path / "softmax" / "model.weights.h5").replace(directory / "model.weights.h5")
    assert_refused(directory, "model.weights.h5", "cannot be read")


def test_weights_for_another_vocabulary_are_refused(directory):
    tables = json.loads((directory / "vocabulary.json").read_text(encoding="utf-8"))
    (directory / "vocabulary.json").write_text(json.dumps({**tables, "words": tables["words"][:6]}))
    assert_refused(directory, "vocabulary.json", "was changed")


@pytest.mark.parametrize(
    "file, reason",
    [
        ("model.weights.h5", "cannot be read"),
        ("settings.json", "No such file"),
        ("vocabulary.json", "No such file"),
    ],
)
def test_a_missing_file_is_refused(directory, file, reason):
    (directory / file).unlink()
    assert_refused(directory, file, reason)


@pytest.mark.parametrize(
    "file, text, reason",
    [
        ("settings.json", "{", "not JSON"),
        ("settings.json", "", "not JSON"),
        ("settings.json", b"\xff", "not JSON"),
        ("settings.json", "[]", "not a tagger of format 2"),
        ("settings.json", '{"model": "crf"}', "not a tagger of format 2"),
        ("settings.json", '{"format": 1, "model": "crf"}', "not a tagger of format 2"),
        ("settings.json", '{"format": 2}', r"names no model of ours \(softmax, crf, char-crf\)"),
        ("settings.json", '{"format": 2, "model": "hmm"}', "names no model of ours"),
        ("settings.json", '{"format": 2, "model": ["crf"]}', "names no model of ours"),
        ("vocabulary.json", '{"words": [', "not JSON"),
        ("vocabulary.json", "[]", "not a vocabulary"),
        ("vocabulary.json", '{"words": ["<_UNK_>", "<_PAD_>"]}', "not a vocabulary"),
        ("vocabulary.json", '{"words": null, "tags": null}', "not a vocabulary"),
        ("vocabulary.json", '{"words": ["Joe"], "tags": ["O"]}', "not a vocabulary"),
    ],
)
def test_broken_settings_or_vocabulary_are_refused(directory, file, text, reason):
    (directory / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    assert_refused(directory, file, reason)


def test_a_saved_tagger_gives_the_same_tags_in_a_fresh_process(taggers, fresh_process):
    tags, _ = fresh_process.communicate()
    assert fresh_process.returncode == 0
    assert json.loads(tags) == [taggers["crf"].tag(SENTENCES)]


@pytest.mark.skipif(
    "NER_TUTORIAL_OTHER_PYTHON" not in os.environ,
    reason="NER_TUTORIAL_OTHER_PYTHON names no Python with the package and the other Keras",
)
def test_weights_pass_to_the_other_keras_and_back(taggers, tmp_path):
    with start_elsewhere(os.environ["NER_TUTORIAL_OTHER_PYTHON"], taggers, tmp_path) as process:
        tags, _ = process.communicate()
    assert process.returncode == 0
    for (kind, tagger), tags_there in zip(taggers.items(), json.loads(tags), strict=True):
        assert tags_there == tagger.tag(SENTENCES)
        back = Tagger.load(tmp_path / f"{kind} again")
        assert back.vocabulary == tagger.vocabulary
        assert back.tag(SENTENCES) == tags_there
        assert_same_weights(back, tagger)


def test_a_tagger_with_features_keeps_them_and_needs_them(taggers, tmp_path):
    taggers["char-crf"].save(tmp_path / "joe")
    loaded = Tagger.load(tmp_path / "joe")
    assert loaded.vocabulary == WITH_FEATURES
    assert loaded.tag(SENTENCES) == taggers["char-crf"].tag(SENTENCES)
    with pytest.raises(ValueError, match="needs a vocabulary with features"):
        Tagger.build("char-crf", VOCABULARY)
    path = tmp_path / "joe" / "vocabulary.json"
    tables = json.loads(path.read_text("utf-8"))
    del tables["features"]
    path.write_text(json.dumps(tables), "utf-8")
    with pytest.raises(TaggerError, match=r"not a vocabulary \(lists of words, tags, features\)"):
        Tagger.load(tmp_path / "joe")
