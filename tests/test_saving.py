"""A model in a directory: saved and loaded whole, or not at all."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from taggers import SENTENCES, VOCABULARY, WITH_FEATURES, build_random

from ner_tutorial import __version__, saving
from ner_tutorial.errors import TaggerError
from ner_tutorial.models import ARCHITECTURES, crf_of
from ner_tutorial.tagger import Tagger

TRAINING = {
    "model": "crf",
    "corpus": "people.conll",
    "sha256": "0" * 64,
    "sentences": 40,
    "epochs": 1,
    "batch_size": 32,
    "learning_rate": 0.003,
    "min_count": 1,
    "seed": 42,
    "split_seed": 42,
    "max_length": 70,
    "long": "drop",
}
PART = {"file": "people.conll", "sha256": "0" * 64, "drawn": True, "sentences": 4}
# What came to be said later; TRAINING is as models from before have it.
LATER = {
    "split": "documents",
    "run": 5,
    "parts": dict.fromkeys(("train", "validation", "test"), PART),
    "reading": {"encoding": None, "tag_column": 2, "tag_names": ["O", "B-per"], "repair": False},
}


@pytest.fixture
def directory(taggers, tmp_path):
    trained = Tagger("crf", taggers["crf"].model, VOCABULARY, TRAINING)
    trained.save(tmp_path / "joe")
    return tmp_path / "joe"


def contents(directory: Path) -> dict:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def assert_same_weights(tagger, other):
    weights, others = tagger.model.get_weights(), other.model.get_weights()
    for weight, same in zip(weights, others, strict=True):
        np.testing.assert_array_equal(weight, same)


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
    for architecture, tagger in taggers.items():
        tagger.save(directory / architecture)
        arguments += [directory / architecture, directory / f"{architecture} again"]
    return subprocess.Popen([python, "-c", LOAD, *arguments], stdout=subprocess.PIPE, text=True)


@pytest.fixture(scope="module", autouse=True)
def fresh_process(taggers, tmp_path_factory):
    """Started before the first test, asked by the last: it needs seconds to import TensorFlow."""
    directory = tmp_path_factory.mktemp("taggers")
    with start_elsewhere(sys.executable, {"crf": taggers["crf"]}, directory) as process:
        yield process


# What is saved.


def test_a_directory_holds_settings_vocabulary_and_weights(directory):
    assert sorted(contents(directory)) == [
        "model.weights.h5",
        "settings.json",
        "vocabulary.json",
    ]
    settings = json.loads((directory / "settings.json").read_text())
    assert (settings["format"], settings["model"]) == (2, "crf")
    assert settings["versions"]["ner_tutorial"] == __version__
    assert settings["training"] == TRAINING
    assert "Müller" in (directory / "vocabulary.json").read_text(encoding="utf-8")


def test_figures_are_written_beside_the_model_if_there_are_any(taggers, tmp_path):
    taggers["crf"].save(tmp_path / "joe", {"entity_f1": 0.5})
    assert json.loads((tmp_path / "joe" / "metrics.json").read_text()) == {"entity_f1": 0.5}
    taggers["crf"].save(tmp_path / "joe")
    assert not (tmp_path / "joe" / "metrics.json").exists()


def test_what_is_saved_may_be_read_by_others_as_any_new_directory(directory):
    (directory.parent / "any").mkdir()
    assert directory.stat().st_mode == (directory.parent / "any").stat().st_mode


def test_saving_makes_missing_parents_and_replaces_an_old_tagger(taggers, tmp_path):
    directory = tmp_path / "a" / "b"
    for architecture in ("softmax", "crf"):
        taggers[architecture].save(os.fspath(directory))
        assert json.loads((directory / "settings.json").read_text())["model"] == architecture
        assert os.listdir(directory.parent) == ["b"]
    assert_same_weights(Tagger.load(os.fspath(directory)), taggers["crf"])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_is_loaded_is_what_was_saved(taggers, tmp_path, architecture):
    tagger = taggers[architecture]
    tagger.save(tmp_path / "joe")
    loaded = saving.load(tmp_path / "joe")
    assert (loaded.architecture, loaded.vocabulary) == (architecture, tagger.vocabulary)
    assert loaded.training is None
    assert_same_weights(loaded, tagger)


def test_how_it_was_trained_and_whether_it_is_held_to_iob2_are_kept(directory, tmp_path):
    loaded = Tagger.load(directory)
    assert loaded.training == TRAINING
    assert crf_of(loaded.model).tag_names is None
    build_random("crf", iob2_only=True).save(tmp_path / "held")
    assert crf_of(Tagger.load(tmp_path / "held").model).tag_names == list(VOCABULARY.index2tag)


def test_the_tokenizer_and_how_the_corpus_was_read_are_kept(taggers, tmp_path):
    model = taggers["crf"].model
    Tagger("crf", model, VOCABULARY, {**TRAINING, **LATER}, "words").save(tmp_path / "joe")
    loaded = Tagger.load(tmp_path / "joe")
    assert loaded.tokenizer == "words"
    assert loaded.training == {**TRAINING, **LATER}


def test_a_directory_from_before_there_were_tokenizers_loads_and_cuts_by_english_rules(directory):
    settings = json.loads((directory / "settings.json").read_text())
    assert settings.pop("tokenizer") == "english"
    (directory / "settings.json").write_text(json.dumps(settings))
    loaded = Tagger.load(directory)
    assert (loaded.tokenizer, loaded.training) == ("english", TRAINING)


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


def test_hdf5s_own_word_for_a_full_disk_becomes_an_os_error_of_one_line(
    taggers, directory, monkeypatch
):
    def fail_as_hdf5(*args, **kwargs):
        raise RuntimeError("Can't decrement id ref count (no space left)\nsecond line")

    before = contents(directory)
    monkeypatch.setattr(taggers["softmax"].model, "save_weights", fail_as_hdf5)
    with pytest.raises(OSError, match=r"^Can't decrement id ref count \(no space left\)$"):
        taggers["softmax"].save(directory)
    assert contents(directory) == before


def test_a_save_that_fails_at_its_last_step_puts_the_old_tagger_back(
    taggers, directory, monkeypatch
):
    before, rename = contents(directory), Path.rename
    # Where the system cannot swap two directories, it takes two steps.
    monkeypatch.setattr("ner_tutorial.files._exchange", lambda *paths: False)
    monkeypatch.setattr(
        Path, "rename", lambda path, to: (fail if path.name == "new" else rename)(path, to)
    )
    with pytest.raises(OSError, match="no space left"):
        taggers["softmax"].save(directory)
    assert contents(directory) == before
    assert os.listdir(directory.parent) == ["joe"]


# Where nothing is saved.


@pytest.mark.parametrize("files", [{"thesis.txt": "42"}, {"settings.json": '{"format": 9}'}])
def test_a_directory_that_is_no_tagger_is_not_replaced(taggers, tmp_path, files):
    directory = tmp_path / "work"
    directory.mkdir()
    for name, text in files.items():
        (directory / name).write_text(text)
    with pytest.raises(TaggerError, match=r"settings\.json.*it is not replaced: choose another"):
        taggers["crf"].save(directory)
    assert contents(directory) == {name: text.encode() for name, text in files.items()}
    assert os.listdir(tmp_path) == ["work"]


def test_a_file_is_not_replaced(taggers, tmp_path):
    file = tmp_path / "thesis.txt"
    file.write_text("42")
    with pytest.raises(TaggerError, match=r"thesis\.txt"):
        taggers["crf"].save(file)
    assert file.read_text() == "42"


def test_a_link_that_leads_nowhere_is_not_replaced(taggers, tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(TaggerError, match="it is not replaced"):
        taggers["crf"].save(tmp_path / "link")
    assert os.listdir(tmp_path) == ["link"]


def test_an_empty_directory_and_a_new_one_may_be_written_to_and_one_below_a_file_not(tmp_path):
    saving.check_target(tmp_path)
    saving.check_target(tmp_path / "a" / "b")
    (tmp_path / "file").write_text("42")
    with pytest.raises(TaggerError, match=r"new: cannot be written, since .*file is no directory"):
        saving.check_target(tmp_path / "file" / "new")
    assert os.listdir(tmp_path) == ["file"]


def test_a_directory_that_may_not_be_written_to_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    with pytest.raises(TaggerError, match=r"new: cannot be written, since .* may not be written"):
        saving.check_target(tmp_path / "new")


# What is not loaded.


def rewrite(path, **changes):
    """Settings or a vocabulary with other values."""
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, **changes}), encoding="utf-8")


def put(name, content):
    """A function that replaces a file of a saved tagger."""
    data = content if isinstance(content, bytes) else content.encode()
    return lambda directory: (directory / name).write_bytes(data)


def change(name, **values):
    return lambda directory: rewrite(directory / name, **values)


def retrain(**values):
    return lambda directory: rewrite(directory / "settings.json", training={**TRAINING, **values})


def forget(name):
    def forget(directory):
        training = {key: value for key, value in TRAINING.items() if key != name}
        rewrite(directory / "settings.json", training=training)

    return forget


def keep(name, share):
    def keep(directory):
        data = (directory / name).read_bytes()
        (directory / name).write_bytes(data[: int(share * len(data))])

    return keep


def garble_the_weights(directory):
    path = directory / "model.weights.h5"
    whole = path.read_bytes()
    table = whole.index(b"TREE")  # the first index of the HDF5 file's groups
    path.write_bytes(whole[:table] + b"EERT" + whole[table + 4 :])


def make_a_folder_of(name):
    def make_a_folder(directory):
        (directory / name).unlink()
        (directory / name).mkdir()

    return make_a_folder


SETTINGS, WORDS, WEIGHTS = "settings.json", "vocabulary.json", "model.weights.h5"
NO_SETTINGS = "No such file or directory; is this a saved tagger?"
OTHER_FORMAT = "not a tagger of format 2; train again with this version"
NO_MODEL = "names no model of ours (softmax, crf, char-crf, ensemble)"
NOT_OF_A_TAGGER = "not the settings of a tagger; train again"
NOT_OF_A_TRAINING = "not the settings of a training; train again"
CHANGED = (
    "cannot be read (it is not whole, or was changed since it was saved); "
    "train again, or copy the directory again"
)
NO_VOCABULARY = "not a vocabulary (lists of words, tags)"

BROKEN = {
    "is not there": (shutil.rmtree, SETTINGS, NO_SETTINGS),
    "is a file": (
        lambda here: (shutil.rmtree(here), here.write_text("42")),
        SETTINGS, "Not a directory; is this a saved tagger?",
    ),
    "is an empty folder": (lambda here: (shutil.rmtree(here), here.mkdir()), SETTINGS, NO_SETTINGS),
    "has no settings": (lambda here: (here / SETTINGS).unlink(), SETTINGS, NO_SETTINGS),
    "has no vocabulary": (lambda here: (here / WORDS).unlink(), WORDS, NO_SETTINGS),
    "has no weights": (
        lambda here: (here / WEIGHTS).unlink(),
        WEIGHTS, "cannot be read (No such file or directory); copy it again",
    ),
    "has a folder for settings": (
        make_a_folder_of(SETTINGS), SETTINGS, "Is a directory; is this a saved tagger?",
    ),
    "has a folder for weights": (
        make_a_folder_of(WEIGHTS), WEIGHTS, "cannot be read (Is a directory); copy it again",
    ),
    # Not whole, or changed.
    "has no byte of its weights": (keep(WEIGHTS, 0), WEIGHTS, CHANGED),
    "has half its weights": (keep(WEIGHTS, 0.5), WEIGHTS, CHANGED),
    "has nearly all its weights": (keep(WEIGHTS, 0.999), WEIGHTS, CHANGED),
    "has garbled weights": (garble_the_weights, WEIGHTS, CHANGED),
    "has half its settings": (keep(SETTINGS, 0.5), SETTINGS, "not JSON ("),
    "has half its vocabulary": (keep(WORDS, 0.5), WORDS, "not JSON ("),
    "has fewer words": (change(WORDS, words=VOCABULARY.index2word[:6]), WORDS, CHANGED),
    "has another word": (
        change(WORDS, words=["<_UNK_>", "<_PAD_>", "Jo"]), WORDS, CHANGED,
    ),
    "has other tags": (change(WORDS, tags=["<_PAD_TAG_>", "O"]), WORDS, CHANGED),
    # Settings.
    "has settings that break off": (put(SETTINGS, "{"), SETTINGS, "not JSON ("),
    "has empty settings": (put(SETTINGS, ""), SETTINGS, "not JSON ("),
    "has settings in no UTF-8": (put(SETTINGS, b"\xff"), SETTINGS, "not JSON ("),
    "has settings nested too deep": (put(SETTINGS, "[" * 99_999), SETTINGS, "not JSON ("),
    "has a list for settings": (put(SETTINGS, "[]"), SETTINGS, OTHER_FORMAT),
    "has null for settings": (put(SETTINGS, "null"), SETTINGS, OTHER_FORMAT),
    "has settings without a format": (put(SETTINGS, '{"model": "crf"}'), SETTINGS, OTHER_FORMAT),
    "is of format 1": (change(SETTINGS, format=1), SETTINGS, OTHER_FORMAT),
    "is of format 1 and says nothing else": (
        put(SETTINGS, '{"format": 1, "model": "crf"}'), SETTINGS, OTHER_FORMAT,
    ),
    "is of a later format": (change(SETTINGS, format=99), SETTINGS, OTHER_FORMAT),
    "is of a format in words": (change(SETTINGS, format="2"), SETTINGS, OTHER_FORMAT),
    "says nothing but its format": (put(SETTINGS, '{"format": 2}'), SETTINGS, NO_MODEL),
    "names another model": (put(SETTINGS, '{"format": 2, "model": "hmm"}'), SETTINGS, NO_MODEL),
    "names models in a list": (
        put(SETTINGS, '{"format": 2, "model": ["crf"]}'), SETTINGS, NO_MODEL,
    ),
    "names another's model": (change(SETTINGS, model="os.system"), SETTINGS, NO_MODEL),
    "names a function of ours": (change(SETTINGS, model="predict_tags"), SETTINGS, NO_MODEL),
    "has a setting of another type": (
        change(SETTINGS, iob2_only="yes"), SETTINGS, NOT_OF_A_TAGGER,
    ),
    "has a setting too many": (change(SETTINGS, command="ls"), SETTINGS, NOT_OF_A_TAGGER),
    "has a fingerprint too few": (change(SETTINGS, sha256={}), SETTINGS, NOT_OF_A_TAGGER),
    "has a fingerprint of another file": (
        change(SETTINGS, sha256={WORDS: "", WEIGHTS: "", "../../etc/passwd": ""}),
        SETTINGS, NOT_OF_A_TAGGER,
    ),
    "was trained for as long as a word": (
        retrain(max_length="70"), SETTINGS, NOT_OF_A_TRAINING,
    ),
    "was trained in another way": (retrain(long="lose"), SETTINGS, NOT_OF_A_TRAINING),
    "was trained on sentences of no length": (
        retrain(max_length=-1), SETTINGS, NOT_OF_A_TRAINING,
    ),
    "was split with an odd seed": (retrain(split_seed=-1), SETTINGS, NOT_OF_A_TRAINING),
    "was trained on nobody knows what": (forget("sha256"), SETTINGS, NOT_OF_A_TRAINING),
    "was read by nobody knows what": (
        retrain(reading={"command": "ls"}), SETTINGS, NOT_OF_A_TRAINING,
    ),
    "was read with a number for a scheme": (
        retrain(reading={"scheme": 1}), SETTINGS, NOT_OF_A_TRAINING,
    ),
    "was read in no way": (retrain(reading=None), SETTINGS, NOT_OF_A_TRAINING),
    "was split by the moon": (retrain(split="moon"), SETTINGS, NOT_OF_A_TRAINING),
    "was split in runs of nothing": (retrain(run=0), SETTINGS, NOT_OF_A_TRAINING),
    "has no test part": (
        retrain(parts={"train": PART, "validation": PART}), SETTINGS, NOT_OF_A_TRAINING,
    ),
    "has a part without a file": (
        retrain(parts={name: {"drawn": True} for name in ("train", "validation", "test")}),
        SETTINGS, NOT_OF_A_TRAINING,
    ),
    "cuts texts with a command": (change(SETTINGS, tokenizer="ls"), SETTINGS, NOT_OF_A_TAGGER),
    "was trained by a word": (change(SETTINGS, training="well"), SETTINGS, NOT_OF_A_TRAINING),
    "is wrong in two ways": (
        lambda here: (retrain(max_length=-1)(here), change(SETTINGS, iob2_only=3)(here)),
        SETTINGS, NOT_OF_A_TAGGER,
    ),
    # A vocabulary.
    "has a vocabulary that breaks off": (put(WORDS, '{"words": ['), WORDS, "not JSON ("),
    "has a list for a vocabulary": (put(WORDS, "[]"), WORDS, NO_VOCABULARY),
    "has words and no tags": (
        put(WORDS, '{"words": ["<_UNK_>", "<_PAD_>"]}'), WORDS, NO_VOCABULARY,
    ),
    "has null for words": (put(WORDS, '{"words": null, "tags": null}'), WORDS, NO_VOCABULARY),
    "has no word": (
        change(WORDS, words=[]),
        WORDS, "not a vocabulary (a vocabulary's words begin with <_UNK_>, <_PAD_>)",
    ),
    "has no tag": (
        change(WORDS, tags=[]),
        WORDS, "not a vocabulary (a vocabulary's tags begin with <_PAD_TAG_>)",
    ),
    "has a word for words": (change(WORDS, words="Joe"), WORDS, NO_VOCABULARY),
    "has a number for a word": (
        change(WORDS, words=["<_UNK_>", "<_PAD_>", 3]), WORDS, NO_VOCABULARY,
    ),
    "has features that it cannot use": (
        change(WORDS, features=["<_UNK_>", "<_PAD_>"]), WORDS, NO_VOCABULARY,
    ),
    "has words that begin otherwise": (
        put(WORDS, '{"words": ["Joe"], "tags": ["O"]}'),
        WORDS, "not a vocabulary (a vocabulary's words begin with <_UNK_>, <_PAD_>)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_directory_is_refused_in_one_line_that_names_the_file_if_it(directory, case):
    spoil, file, reason = BROKEN[case]
    spoil(directory)
    with pytest.raises(TaggerError) as refusal:
        Tagger.load(directory)
    message = str(refusal.value)
    wanted = f"{directory / file}: {reason}"
    assert message.startswith(wanted) if reason.endswith("(") else message == wanted
    assert "\n" not in message
    assert len(message) < 500


def renew_checksums(directory):
    """As if whoever changed the files had also changed their fingerprints."""
    settings = json.loads((directory / SETTINGS).read_text(encoding="utf-8"))
    sums = {name: saving.files.sha256(directory / name) for name in settings["sha256"]}
    rewrite(directory / SETTINGS, sha256=sums)


def test_weights_of_another_model_are_refused(taggers, directory, tmp_path):
    taggers["softmax"].save(tmp_path / "softmax")
    (tmp_path / "softmax" / WEIGHTS).replace(directory / WEIGHTS)
    with pytest.raises(TaggerError, match=r"weights\.h5: cannot be read \(it is not whole"):
        Tagger.load(directory)
    renew_checksums(directory)
    with pytest.raises(TaggerError, match=r"weights\.h5: cannot be read \(") as refusal:
        Tagger.load(directory)
    assert "\n" not in str(refusal.value)


def test_garbled_weights_are_refused_whichever_error_the_library_raises(directory):
    garble_the_weights(directory)
    renew_checksums(directory)
    with pytest.raises(TaggerError, match=r"weights\.h5: cannot be read \(") as refusal:
        Tagger.load(directory)
    assert "\n" not in str(refusal.value)


def test_a_softmax_that_claims_to_decode_by_rules_is_refused(taggers, tmp_path):
    taggers["softmax"].save(tmp_path / "joe")
    rewrite(tmp_path / "joe" / SETTINGS, iob2_only=True)
    with pytest.raises(TaggerError, match="a softmax has no rules to decode by; train again"):
        Tagger.load(tmp_path / "joe")


def test_a_tagger_with_features_keeps_them_and_needs_them(taggers, tmp_path):
    taggers["char-crf"].save(tmp_path / "joe")
    loaded = Tagger.load(tmp_path / "joe")
    assert loaded.vocabulary == WITH_FEATURES
    assert loaded.tag(SENTENCES) == taggers["char-crf"].tag(SENTENCES)
    path = tmp_path / "joe" / WORDS
    tables = json.loads(path.read_text("utf-8"))
    del tables["features"]
    path.write_text(json.dumps(tables), "utf-8")
    with pytest.raises(TaggerError, match=r"not a vocabulary \(lists of words, tags, features\)"):
        Tagger.load(tmp_path / "joe")


def test_a_tagger_with_vectors_learned_elsewhere_keeps_them(tmp_path):
    vocabulary = replace(
        WITH_FEATURES, index2vector=("<_UNK_>", "<_PAD_>", "paris", "Rome"), vector_size=5
    )
    tagger = Tagger.build("char-crf", vocabulary)
    draw = np.random.default_rng(0)
    weights = tagger.model.get_weights()
    tagger.model.set_weights([draw.normal(0, 0.5, weight.shape) for weight in weights])
    tagger.save(tmp_path / "joe")
    loaded = Tagger.load(tmp_path / "joe")
    assert loaded.vocabulary == vocabulary
    sentences = [["Joe", "went", "to", "Paris"], ["rome"]]
    assert loaded.tag(sentences) == tagger.tag(sentences)
    path = tmp_path / "joe" / WORDS
    tables = json.loads(path.read_text("utf-8"))
    for size in (0, -5, "5", None):
        path.write_text(json.dumps(tables | {"vector_size": size}), "utf-8")
        with pytest.raises(TaggerError, match="not a vocabulary"):
            Tagger.load(tmp_path / "joe")


# Elsewhere.


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
    for (architecture, tagger), tags_there in zip(taggers.items(), json.loads(tags), strict=True):
        assert tags_there == tagger.tag(SENTENCES)
        back = Tagger.load(tmp_path / f"{architecture} again")
        assert back.vocabulary == tagger.vocabulary
        assert back.tag(SENTENCES) == tags_there
        assert_same_weights(back, tagger)
