"""Reading an encoder's files: what is right, and one line for whatever is wrong."""

import json
import pickle
import re

import encoders
import numpy as np
import pytest

from ner_tutorial import pretrained
from ner_tutorial.errors import EncoderError


def refused(directory, match):
    with pytest.raises(EncoderError, match=match) as error:
        pretrained.read(directory)
    assert "\n" not in str(error.value)


def test_the_weights_are_read_as_they_were_written(tmp_path):
    directory, arrays = encoders.write(tmp_path), encoders.draw()
    found = pretrained.read(directory)
    del arrays["pooler.dense.weight"]
    assert found.weights.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found.weights[name], array)
    assert found.sizes == (2, 3, 1e-12)
    assert found.pieces.pieces == tuple(encoders.PIECES)


def test_the_fingerprint_is_another_if_any_of_the_files_is(tmp_path):
    directory = encoders.write(tmp_path)
    found = [pretrained.read(directory).fingerprint]
    assert found == [pretrained.read(encoders.write(tmp_path / "again")).fingerprint]
    (directory / "tokenizer_config.json").write_text('{"do_lower_case": true}', "utf-8")
    found.append(pretrained.read(directory).fingerprint)
    path = directory / "vocab.txt"
    path.write_text(path.read_text("utf-8").replace("joe\nstan", "stan\njoe"), "utf-8")
    found.append(pretrained.read(directory).fingerprint)
    encoders.write(directory, encoders.draw(seed=1))
    found.append(pretrained.read(directory).fingerprint)
    encoders.write(directory, encoders.draw(seed=1), num_attention_heads=4)
    found.append(pretrained.read(directory).fingerprint)
    assert len(set(found)) == 5


def test_arrays_equal_those_of_the_library(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    arrays = {
        "a": np.arange(6, dtype=np.float16).reshape(2, 3),
        "b": np.array(4.0),
        "c": np.ones(0),
    }
    library.save_file(arrays, tmp_path / "model.safetensors")
    found = pretrained.read_arrays(tmp_path / "model.safetensors")
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array, strict=True)


def test_bfloat16_is_float32_cut_short(tmp_path):
    values = np.array([1.5, -2.0, 0.0], np.float32)
    short = (values.view(np.uint32) >> 16).astype(np.uint16)
    path = tmp_path / "model.safetensors"
    path.write_bytes(encoders.safetensors({"a": short}, kind="BF16"))
    np.testing.assert_array_equal(pretrained.read_arrays(path)["a"], values, strict=True)


def test_the_names_in_a_file_with_a_head_and_in_an_old_one_are_known(tmp_path):
    old = {
        "bert." + name.replace("LayerNorm.weight", "LayerNorm.gamma"): array
        for name, array in encoders.draw().items()
    }
    old = {name.replace("LayerNorm.bias", "LayerNorm.beta"): a for name, a in old.items()}
    found = pretrained.read(encoders.write(tmp_path, old)).weights
    for name, array in found.items():
        np.testing.assert_array_equal(array, encoders.draw()[name])


@pytest.mark.parametrize(("settings", "is_cased"), [({"do_lower_case": True}, False), ({}, True)])
def test_whether_capitals_count_is_in_the_files(tmp_path, settings, is_cased):
    encoders.write(tmp_path)
    (tmp_path / "vocab.txt").write_text("\n".join([*encoders.PIECES[:-1], "Joe"]), "utf-8")
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    assert pretrained.read(tmp_path).pieces.is_cased is is_cased


def test_without_capitals_in_its_pieces_an_encoder_is_uncased(tmp_path):
    assert not pretrained.read(encoders.write(tmp_path)).pieces.is_cased


def test_a_file_cut_off_anywhere_is_refused(tmp_path):
    encoders.write(tmp_path)
    path = tmp_path / "model.safetensors"
    whole = path.read_bytes()
    header = 8 + int.from_bytes(whole[:8], "little")
    # The last array is one that we need.
    for length in (0, 3, 8, 100, header - 1, header, header + 40, len(whole) - 1):
        path.write_bytes(whole[:length])
        refused(tmp_path, re.escape(str(path)))


class Trap:
    def __reduce__(self):
        return (print, ("unpickled",))


@pytest.mark.parametrize(
    "content",
    [pickle.dumps(Trap()), b"version https://git-lfs.github.com/spec/v1\n", b"PK\3\4", b"{}" * 9],
)
def test_a_foreign_file_is_refused_and_nothing_in_it_is_run(tmp_path, capsys, content):
    encoders.write(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(content)
    refused(tmp_path, "no file of safetensors, or not whole")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1], "data_offsets": [1, "4"]},
        {"dtype": "U7", "shape": [1], "data_offsets": [0, 4]},
        {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": "12", "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1], "data_offsets": [-4, 4]},
        {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 8]},
        {"dtype": "F32", "shape": [1 << 70], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1]},
        [1],
        None,
    ],
)
def test_an_entry_of_the_header_that_makes_no_sense_is_refused(tmp_path, entry):
    header = json.dumps({"a": entry}).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))
    with pytest.raises(EncoderError, match="'a'"):
        pretrained.read_arrays(path)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"model_type": "roberta"}, "model_type is 'roberta'"),
        ({"hidden_act": "relu"}, "hidden_act is 'relu'"),
        ({"hidden_size": 13}, "do not fit together"),
        ({"hidden_size": 24}, r"has the shape .*, by config.json"),
        ({"num_hidden_layers": 3}, r"has no encoder\.layer\.2"),
        ({"num_attention_heads": "3"}, "num_attention_heads"),
        ({"layer_norm_eps": None}, "layer_norm_eps"),
        ({"max_position_embeddings": 2}, "do not fit together"),
        ({"vocab_size": None}, "vocab_size is 'None'"),
    ],
)
def test_settings_that_are_not_those_of_the_weights_are_refused(tmp_path, settings, match):
    refused(encoders.write(tmp_path, **settings), match)


def test_a_list_of_pieces_that_is_cut_off_is_named(tmp_path):
    encoders.write(tmp_path)
    (tmp_path / "vocab.txt").write_text("\n".join(encoders.PIECES[:-1]), "utf-8")
    number = len(encoders.PIECES)
    refused(tmp_path, f"vocab.txt: has {number - 1} word pieces, by config.json {number}; fetch")


def test_an_encoder_may_keep_its_accents(tmp_path):
    encoders.write(tmp_path)
    settings = {"do_lower_case": True, "strip_accents": False}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    pieces = pretrained.read(tmp_path).pieces
    assert pieces.split("JOE") == ["joe"]
    assert pieces.split("Joé") == ["[UNK]"]


@pytest.mark.parametrize("settings", [{"do_lower_case": "no"}, {"tokenize_chinese_chars": False}])
def test_a_way_to_cut_that_we_do_not_know_is_refused(tmp_path, settings):
    encoders.write(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    refused(tmp_path, f"tokenizer_config.json: {next(iter(settings))} is")


def test_a_weight_that_is_no_number_is_refused(tmp_path):
    arrays = encoders.draw()
    arrays["encoder.layer.1.output.dense.bias"][3] = np.nan
    refused(encoders.write(tmp_path, arrays), "output.dense.bias holds what is no number")


@pytest.mark.parametrize("name", ["config.json", "vocab.txt", "model.safetensors"])
def test_a_file_that_is_missing_is_named(tmp_path, name):
    encoders.write(tmp_path)
    (tmp_path / name).unlink()
    refused(tmp_path, f"{name}: cannot be read")


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("config.json", b"{", "not JSON"),
        ("config.json", b"[]", "model_type"),
        ("vocab.txt", b"\xff\xfe", "not UTF-8"),
        ("vocab.txt", b"[PAD]\n[UNK]\n[CLS]\njoe", r"has no \[SEP\]"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path, name, content, match):
    encoders.write(tmp_path)
    (tmp_path / name).write_bytes(content)
    refused(tmp_path, f"{name}: {match}")


@pytest.mark.parametrize("source", ["no_such_package", "nowhere/at/all", "json", "os.path", "\0"])
def test_what_is_neither_directory_nor_package_with_an_encoder_says_what_to_install(source):
    refused(source, "pip install")


def test_a_package_is_looked_into_and_not_imported(tmp_path, monkeypatch):
    package = tmp_path / "some_encoder"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    encoders.write(package / "model")
    monkeypatch.syspath_prepend(tmp_path)
    assert pretrained.find("some_encoder") == package / "model"
