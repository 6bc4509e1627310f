"""The commands, run as a user runs them, with a stand-in for Kaggle."""

import csv
import doctest
import gzip
import hashlib
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import encoders
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from kaggle_server import kaggle, leads_to
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2
from taggers import build_random

from ner_tutorial import corpus, download
from ner_tutorial.cli import main, material
from ner_tutorial.cli.evaluate import _part
from ner_tutorial.errors import CorpusError
from ner_tutorial.models import ARCHITECTURES
from ner_tutorial.parts import Drawing
from ner_tutorial.reading import Reading
from ner_tutorial.recipes import RECIPES
from ner_tutorial.tagger import Tagger
from ner_tutorial.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parent.parent


def run(arguments, input=None):
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=input)


def done(arguments, input=None) -> str:
    """What a command that succeeds prints."""
    result = run(arguments, input)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


HEADER = "Sentence #,Word,POS,Tag\n"


def csv_of(*rows):
    return (HEADER + "\n".join(rows) + "\n").encode()


# The download itself is tested in test_download.py.

CONTENT = csv_of("Sentence: 1,Joe,NNP,B-per")


@pytest.fixture
def target(tmp_path, monkeypatch):
    """Where GMB is to lie; the stand-in's file passes for it, and nothing is cached yet."""
    path = tmp_path / "data" / "ner_dataset.csv"
    monkeypatch.setattr(download.download, "__defaults__", (path,))
    monkeypatch.setattr(download, "GMB_BYTES", len(CONTENT))
    monkeypatch.setattr(download, "GMB_SHA256", hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    return path


def test_download_prints_the_path_of_the_file_last(target):
    with kaggle(CONTENT) as (address, asked), leads_to(address):
        printed = done(["download"])
    assert printed.splitlines()[-1] == str(target)  # after what kagglehub says
    assert target.read_bytes() == CONTENT
    assert asked == [None]


def test_download_says_in_one_line_why_it_failed(target):
    with leads_to("http://localhost:9"):  # where nobody listens
        result = run(["download"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert isinstance(result.exception, SystemExit)
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith("Error: ner_dataset.csv did not come from Kaggle (")
    assert line.endswith(f"and put ner_dataset.csv into {target.parent}")


@pytest.mark.parametrize("command", ["train", "evaluate", "tag", "tag-files", "card", "download"])
def test_help_shows_an_example(command):
    assert f"python -m ner_tutorial {command}" in done([command, "--help"])


def test_help_tells_each_setting_of_each_models_recipes():
    told = " ".join(done(["train", "--help"]).split())
    for setting in ("epochs", "batch_size", "learning_rate", "min_count"):
        for name, (small, large) in RECIPES.items():
            values = dict.fromkeys(f"{getattr(recipe, setting):g}" for recipe in (small, large))
            assert f"{name} {' or '.join(values)}" in told


def test_the_readmes_commands_run_one_after_the_other(tmp_path, monkeypatch):
    """All is as printed there but the number of epochs, and that the sample is cut short."""
    sections = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## ")
    (section,) = (text for text in sections if "python -m ner_tutorial train" in text)
    (tmp_path / "data").mkdir()
    beginning = corpus.SAMPLE.read_bytes().partition(b"Sentence: 601,")[0]
    (tmp_path / "data" / "sample.csv").write_bytes(beginning)
    monkeypatch.chdir(tmp_path)
    printed = []
    commands = re.search(r"```sh\n(.*?)```", section, re.DOTALL)[1].splitlines()
    for command in commands:
        text, _, command = command.rpartition(" | ")
        command, _, target = command.partition(" > ")
        python, dash_m, module, *arguments = shlex.split(command)
        assert (python, dash_m, module) == ("python", "-m", "ner_tutorial")
        if "--epochs" in arguments:
            arguments[arguments.index("--epochs") + 1] = "1"
        output = done(arguments, text and f"{shlex.split(text)[1]}\n")
        if target:
            Path(target).write_text(output, encoding="utf-8")
        printed.append(output)
    trained, evaluated, *_ = printed
    assert "entity f1" in trained
    figures = [line for line in trained.splitlines() if not re.match("epochs|seconds", line)]
    assert figures == evaluated.splitlines()
    assert json.loads(printed[3])["text"] == "Joe went to Stanford University."
    assert Path("build/joe.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    session = re.search(r"```pycon\n(.*?)```", section, re.DOTALL)[1]
    names = {}
    for example in doctest.DocTestParser().get_examples(session):
        exec(example.source, names)
    assert [token.text for token in names["tagger"].tag("Joe left.").tokens] == ["Joe", "left", "."]


# Broken input. Each case runs in a folder of its own, which it must leave as it was.
PEOPLE = ["Joe", "Ann", "Li", "Rosa", "Omar"]
CONLL = "".join(f"{PEOPLE[i % 5]} B-per\nwent O\nto O\nRome{i} B-geo\n. O\n\n" for i in range(40))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A small model, trained by the command."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "people.conll").write_text(CONLL)
    corpus_and_output = ["--corpus", folder / "people.conll", "--output", folder / "model"]
    done(["train", *corpus_and_output, "--model", "crf", "--epochs", "1"])
    return folder / "model"


def snapshot(folder) -> dict:
    return {
        path.relative_to(folder): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.exists()
    }


def assert_fails(folder, arguments, reason, input=None):
    """Status 2, one line that says why, no data, and not a byte changed."""
    before = snapshot(folder)
    result = run(arguments, input)
    assert isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    (message,) = result.stderr.splitlines()
    assert message.startswith("Error: ")
    assert len(message) < 500
    assert re.search(reason, message), message
    assert snapshot(folder) == before


@pytest.fixture
def folder(trained, tmp_path, monkeypatch):
    """Holds a good corpus and a good model."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.conll").write_text(CONLL)
    shutil.copytree(trained, tmp_path / "model")
    return tmp_path


# Each broken input stands in test_readers.py, test_corpus.py or test_files.py: here is shown that
# the commands say so in one line, with the names of their own options.
BROKEN_CORPORA = {
    "an empty file": ("a.csv", b"", "a.csv: is empty; give a file with the columns"),
    "an image": (
        "a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)),
        "a.csv:3: holds a NUL byte, so it is not a text file; give a CSV or CoNLL columns",
    ),
    "a row that is too long": (
        "a.csv", csv_of("Sentence: 1,Joe,N,O", ",a,b,O,c,d"),
        "a.csv:3: not a CSV file (Expected 4 fields, saw 6); give as many fields in each row",
    ),
    "another encoding": (
        "a.conll", "M\xfcller B-per\nist O\n".encode("latin-1"),
        "a.conll:1: not UTF-8 text; save it as UTF-8 or name its encoding (--encoding)",
    ),
    "a tag without its start": (
        "a.conll", b"Joe B-per\nRome I-geo\n",
        "a.conll:2: the tag 'I-geo' continues no entity of its type; pass --iob1 if the file is "
        "IOB1, or --repair to read it as B-",
    ),
    "a tag that spells an option": (
        "a.conll", b"Joe {repair}\n",
        "a.conll:1: the tag is '{repair}'; tags are O, B-type or I-type (IOB2)",
    ),
    "half a gzip": (
        "a.conll.gz", gzip.compress(CONLL.encode())[:60],
        "a.conll.gz: is not a gzip file, or a broken one; fetch it again",
    ),
}  # fmt: skip


@pytest.mark.parametrize("command", ["train", "evaluate"])
@pytest.mark.parametrize("case", BROKEN_CORPORA)
def test_a_broken_corpus_is_refused_in_one_line(folder, command, case):
    name, content, reason = BROKEN_CORPORA[case]
    (folder / name).write_bytes(content)
    options = ["--model", "crf", "--output", "model"] if command == "train" else ["model"]
    assert_fails(folder, [command, "--corpus", name, *options], re.escape(reason))


def rewrite(path, **changes):
    """Settings or vocabulary with other values."""
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, **changes}), encoding="utf-8")


# Each broken model stands in test_saving.py.
BROKEN_MODELS = {
    "is not there": (lambda model: shutil.rmtree(model), "settings.json: No such file"),
    "has half its settings": (
        lambda model: (model / "settings.json").write_text('{"format": 2'),
        "settings.json: not JSON",
    ),
    "has settings nested too deep": (
        lambda model: (model / "settings.json").write_text("[" * 99_999),
        "settings.json: not JSON",
    ),
    "is of a later format": (
        lambda model: rewrite(model / "settings.json", format=99),
        "settings.json: not a tagger of format 2; train again",
    ),
    "has another word": (
        lambda model: rewrite(model / "vocabulary.json", words=["<_UNK_>", "<_PAD_>", "Jo"]),
        r"vocabulary.json: cannot be read .it is not whole, or was changed",
    ),
    "has no weights": (
        lambda model: (model / "model.weights.h5").unlink(), "weights.h5: cannot be read",
    ),
}  # fmt: skip


@pytest.mark.parametrize("command", ["evaluate", "tag"])
@pytest.mark.parametrize("case", BROKEN_MODELS)
def test_a_broken_model_is_refused_in_one_line(folder, command, case):
    break_it, reason = BROKEN_MODELS[case]
    break_it(folder / "model")
    options = ["--corpus", "good.conll"] if command == "evaluate" else []
    assert_fails(folder, [command, "model", *options], reason, input="Joe left.")


TRAIN = ["train", "--corpus", "good.conll", "--model", "crf", "--output", "new"]
BROKEN_CALLS = {
    "train without a corpus": (["train", "--model", "crf", "--output", "new"], "--corpus"),
    "train without a model": (["train", "--corpus", "good.conll", "--output", "new"], "--model"),
    "train without an output": (["train", "--corpus", "good.conll", "--model", "crf"], "--output"),
    "train another's model": ([*TRAIN, "--model", "bert"], "'bert' is not one of"),
    "train for no epoch": ([*TRAIN, "--epochs", "0"], "--epochs"),
    "train for half an epoch": ([*TRAIN, "--epochs", "0.5"], "--epochs"),
    "train with a negative seed": ([*TRAIN, "--seed", "-1"], "--seed"),
    "train with a seed too large": ([*TRAIN, "--seed", "4294967296"], "--seed"),
    "train with a split seed in words": ([*TRAIN, "--split-seed", "two"], "--split-seed"),
    "train in batches of nothing": ([*TRAIN, "--batch-size", "0"], "--batch-size"),
    "train without learning": ([*TRAIN, "--learning-rate", "0"], "--learning-rate"),
    "train at a rate that is no number": ([*TRAIN, "--learning-rate", "nan"], "--learning-rate"),
    "train at an infinite rate": ([*TRAIN, "--learning-rate", "inf"], "--learning-rate"),
    "train on words without a count": ([*TRAIN, "--min-count", "0"], "--min-count"),
    "train on no length": ([*TRAIN, "--max-length", "0"], "--max-length"),
    "train on sentences all too long": (
        [*TRAIN, "--max-length", "3"],
        "good.conll: all 40 sentences have over 3 words; cut them with --long split",
    ),
    "train on documents that nothing marks": (
        [*TRAIN, "--split", "documents"], "good.conll: marks no documents; give --run",
    ),
    "train on runs of sentences": ([*TRAIN, "--run", "2"], "--run is of --split documents"),
    "train on three long runs": (
        [*TRAIN, "--split", "documents", "--run", "20"], "good.conll: 2 groups cannot be split",
    ),
    "train with a part that is not there": ([*TRAIN, "--dev", "no.conll"], "no.conll: no such"),
    "train in two schemes": ([*TRAIN, "--iob1", "--scheme", "bioes"], "--iob1 and --scheme bioes"),
    "train in no scheme": ([*TRAIN, "--scheme", "iob3"], "'iob3' is not one of"),
    "train on a column that is not there": (
        [*TRAIN, "--tag-column", "9"], "good.conll:.*column",
    ),
    "train with another's tokenizer": ([*TRAIN, "--tokenizer", "bert"], "'bert' is not one of"),
    "train on several machines": ([*TRAIN, "--strategy", "multi-worker"], "'multi-worker' is not"),
    "train and lose the long ones": ([*TRAIN, "--long", "lose"], "--long"),
    "train with an option of no command": ([*TRAIN, "--pickle"], "--pickle"),
    "train on a corpus that is not there": ([*TRAIN, "--corpus", "no.conll"], "no such file"),
    "train on what never ends": ([*TRAIN, "--corpus", "/dev/zero"], "a device|no such file"),
    "train on a folder": ([*TRAIN, "--corpus", "."], "is a directory"),
    "train on a name with a NUL": ([*TRAIN, "--corpus", "a\0b"], "no file name"),
    "train on a name too long": ([*TRAIN, "--corpus", "a" * 300], "name too long"),
    "train on no encoding": ([*TRAIN, "--encoding", "utf-9"], "no text encoding 'utf-9'"),
    "train on a codec that is no text": ([*TRAIN, "--encoding", "zlib"], "encoding"),
    "train in another encoding": ([*TRAIN, "--encoding", "utf-16"], ":1: one column"),
    "train over a file": ([*TRAIN, "--output", "good.conll"], "not replaced: choose another"),
    "train over a folder of something else": ([*TRAIN, "--output", "."], "not replaced"),
    "train into a file": ([*TRAIN, "--output", "good.conll/new"], "good.conll"),
    "train to no name": ([*TRAIN, "--output", ""], "not replaced|name"),
    "train the classic network with vectors": (
        [*TRAIN, "--vectors", "good.conll"], "crf reads no word vectors; leave out --vectors",
    ),
    "train with vectors that are none": (
        [*TRAIN, "--model", "char-crf", "--vectors", "good.conll"], r"good\.conll:1: ",
    ),
    "train with vectors that are not there": (
        [*TRAIN, "--model", "char-crf", "--vectors", "no.txt"], "no.txt: ",
    ),
    "train with a negative number of vectors": ([*TRAIN, "--vector-words", "-1"], "--vector-words"),
    "evaluate nothing": (["evaluate"], "Missing argument"),
    "evaluate without a corpus": (["evaluate", "model"], "--corpus"),
    "evaluate on what is not there": (["evaluate", "model", "--corpus", "no.csv"], "no such file"),
    "evaluate a part of no name": (
        ["evaluate", "model", "--corpus", "good.conll", "--part", "dev"], "--part",
    ),
    "evaluate in another scheme": (
        ["evaluate", "model", "--corpus", "good.conll", "--scheme", "bilou"], "good.conll:1: ",
    ),
    "evaluate and write over the corpus": (
        ["evaluate", "model", "--corpus", "good.conll", "--predictions", "./good.conll"],
        "is the corpus; give --predictions another name",
    ),
    "evaluate and write over a folder": (
        ["evaluate", "model", "--corpus", "good.conll", "--predictions", "model"],
        "model: cannot be written",
    ),
    "tag with nothing": (["tag"], "Missing argument"),
    "tag what is not there": (["tag", "model", "no.txt"], "no.txt: No such file"),
    "tag a folder": (["tag", "model", "."], "Is a directory"),
    "tag in no encoding": (["tag", "model", "good.conll", "--encoding", "utf-9"], "utf-9"),
    "tag in a codec that is no text": (
        ["tag", "model", "good.conll", "--encoding", "zlib"], "encoding",
    ),
    "tag in no format": (["tag", "model", "good.conll", "--format", "xml"], "--format"),
    "tag two files": (["tag", "model", "good.conll", "good.conll"], "unexpected extra argument"),
    "no such command": (["predict", "model"], "No such command"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN_CALLS)
def test_a_call_that_cannot_work_is_refused_in_one_line(folder, case):
    arguments, reason = BROKEN_CALLS[case]
    assert_fails(folder, arguments, reason)


def mutations(content: bytes):
    """The bytes after a few pieces were cut out, repeated elsewhere, or replaced by any bytes."""
    piece = st.tuples(st.integers(0, len(content)), st.integers(0, 40)).map(
        lambda place: content[place[0] : place[0] + place[1]]
    )
    odd = st.sampled_from(["\0", "\r", "\n\n", "\t", " ", '"', ",", "\ufeff", "\u2028", " I-per"])
    new = piece | st.binary(max_size=4) | odd.map(str.encode)
    change = st.tuples(st.integers(0, len(content)), st.integers(0, 20), new)

    def apply(changes):
        changed = content
        for start, length, piece in changes:
            changed = changed[:start] + piece + changed[start + length :]
        return changed

    return st.lists(change, min_size=1, max_size=3).map(apply)


def tokens_in(path: Path) -> int:
    """Counted without the package: lines with a token in columns, records with a cell in a CSV."""
    text = path.read_bytes().decode("utf-8-sig", "replace")
    if path.suffix == ".csv":
        records = csv.reader(io.StringIO(text, newline=""))
        return sum(any(map(str.strip, record)) for record in records) - 1
    lines = [line.strip(" \t\ufeff") for line in re.split("\r\n|\r|\n", text)]
    return sum(1 for line in lines if line and not line.startswith("-DOC"))


def refused_or_done(folder, arguments, input=None):
    """The command's result, if it did its work; None if it refused in one line. Never more."""
    before = snapshot(folder)
    result = run(arguments, input)
    assert snapshot(folder) == before
    if result.exit_code == 0:
        return result
    assert isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    (message,) = result.stderr.splitlines()
    assert message.startswith("Error: ")
    return None


TABLE = csv_of(
    *(
        f"{f'Sentence: {i + 1}' if place == 0 else ''},{word},NN,{tag}"
        for i in range(12)
        for place, (word, tag) in enumerate(
            [(PEOPLE[i % 5], "B-per"), ("left", "O"), (f"Rome{i}", "B-geo")]
        )
    )
)


@pytest.mark.parametrize("name, content", [("a.conll", CONLL.encode()), ("a.csv", TABLE)])
@given(data=st.data())
@settings(max_examples=12)
def test_a_damaged_corpus_is_scored_whole_or_refused_in_one_line(
    trained, tmp_path_factory, name, content, data
):
    folder = tmp_path_factory.mktemp("damaged")
    (folder / name).write_bytes(data.draw(mutations(content)))
    evaluate = ["evaluate", trained, "--corpus", folder / name, "--part", "all", "--json"]
    if refused_or_done(folder, evaluate):
        read = corpus.read(folder / name)
        assert sum(map(len, read)) == tokens_in(folder / name)


@pytest.mark.parametrize("name", ["settings.json", "vocabulary.json", "model.weights.h5"])
@given(data=st.data())
@settings(max_examples=5)
def test_a_damaged_model_works_as_before_or_is_refused_in_one_line(
    trained, tmp_path_factory, name, data
):
    folder = tmp_path_factory.mktemp("damaged")
    shutil.copytree(trained, folder / "model")
    path = folder / "model" / name
    path.write_bytes(data.draw(mutations(path.read_bytes())))
    tag = ["tag", folder / "model", "--format", "conll"]
    if result := refused_or_done(folder, tag, "Joe went to Rome1."):
        assert result.stdout == done(["tag", trained, "--format", "conll"], "Joe went to Rome1.")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(folder):
    os.mkfifo(folder / "pipe")
    result = run([*TRAIN, "--corpus", "pipe"])
    assert (result.exit_code, result.stderr) == (
        2, "Error: pipe: is a pipe or a device; save it as a file first\n",
    )  # fmt: skip


def test_a_text_in_another_encoding_is_refused_before_anything_is_written(folder):
    (folder / "letter.txt").write_bytes("Müller went to Köln.".encode("latin-1"))
    assert_fails(folder, ["tag", "model", "letter.txt"], "letter.txt: not utf-8 text; give its")
    assert "Müller" in done(["tag", "model", "letter.txt", "--encoding", "latin-1"])
    assert_fails(folder, ["tag", "model", "letter.txt", "--encoding", "utf-16"], "not utf-16 text")


@pytest.mark.parametrize(
    "content, reason",
    [
        ("Joe B-per\nwent O\n", "1 sentence|one sentence|at least"),
        ("Joe O\nwent O\n\n" * 30, "one tag only"),
    ],
)
def test_a_corpus_that_nothing_can_be_learnt_from_is_refused(folder, content, reason):
    (folder / "few.conll").write_text(content)
    assert_fails(folder, [*TRAIN, "--corpus", "few.conll"], f"few.conll: .*({reason})")


def test_sentences_that_are_left_out_or_split_are_counted(folder):
    (folder / "long.conll").write_text(CONLL + "Joe O\n" * 71)
    for long, done_with_them in (("drop", "left out"), ("split", "split")):
        train = [*TRAIN, "--model", "softmax", "--corpus", "long.conll", "--epochs", "1"]
        result = run([*train, "--long", long])
        assert result.exit_code == 0
        said = result.stderr.splitlines()
        assert said[-1] == f"1 of 41 sentences had over 70 words and were {done_with_them}."


def test_where_there_is_no_terminal_training_says_what_it_read_and_a_line_an_epoch(folder):
    train = [*TRAIN, "--model", "softmax", "--epochs", "2"]
    read, *epochs = run(train).stderr.splitlines()
    assert read == "40 sentences, 200 tokens, 80 entities (per 40, geo 40)"
    assert len(epochs) == 2
    assert re.match(r"epoch 2 of 2: accuracy \d\.\d{4}, loss .* val loss \d", epochs[1])
    assert run([*train, "--quiet"]).stderr == ""


def test_an_ensemble_knows_names_that_are_in_the_vectors_alone_and_needs_their_file_no_more(
    folder, monkeypatch
):
    small = tuple({**member, "units": 4} for member in ARCHITECTURES["ensemble"].members)
    ensemble = ARCHITECTURES["ensemble"]._replace(members=small)
    monkeypatch.setitem(ARCHITECTURES, "ensemble", ensemble)
    # Names lie on one side, all other words on the other; Nemo occurs in no sentence.
    sides = {"joe": 3, "ann": 3, "nemo": 3, "rome": -3, "went": -1, "to": -1, ".": -1}
    rows = [f"{word} {side} {side / 2} 0.5" for word, side in sides.items()]
    (folder / "vectors.txt").write_text("\n".join(rows) + "\n")
    train = [*TRAIN, "--model", "ensemble", "--epochs", "1", "--vectors", "vectors.txt"]
    said = run(train).stderr.splitlines()
    assert [line for line in said if line.startswith("member")] == ["member 2"]
    assert sum(line.startswith("epoch 1 of 1") for line in said) == 2
    kept = json.loads((folder / "new" / "settings.json").read_text())["training"]["vectors"]
    assert (kept["file"], kept["words"], kept["size"]) == ("vectors.txt", 7, 3)
    (folder / "vectors.txt").unlink()
    assert sorted(os.listdir(folder)) == ["good.conll", "model", "new"]  # and no checkpoint
    tagger = Tagger.load("new")
    known, other = (tagger.tag(f"{name} went to Rome .") for name in ("Nemo", "Nimo"))
    assert known.confidences != other.confidences
    figures = json.loads((folder / "new" / "metrics.json").read_text())
    scored = json.loads(done(["evaluate", "new", "--corpus", "good.conll", "--json"]))
    assert scored["entity_f1"] == figures["entity_f1"]


def test_a_model_with_an_encoder_names_it_does_not_hold_it_and_refuses_another(folder):
    encoder = encoders.write(folder / "encoder")
    train = [*TRAIN, "--model", "char-crf", "--epochs", "1", "--encoder", encoder]
    done(train)
    assert not any("safetensors" in name for name in os.listdir(folder / "new"))
    scored = json.loads(done(["evaluate", "new", "--corpus", "good.conll", "--json"]))
    figures = json.loads((folder / "new" / "metrics.json").read_text())
    assert scored["entity_f1"] == figures["entity_f1"]
    encoders.write(encoder, encoders.draw(seed=1))
    refused = run(["tag", "new"], "Joe went to Rome.")
    assert refused.exit_code == 2 and "another encoder" in refused.stderr
    shutil.rmtree(encoder)
    refused = run(train)
    assert refused.exit_code == 2 and len(refused.stderr.splitlines()) == 1
    refused = run([*TRAIN, "--model", "crf", "--encoder", "anything"])
    assert "crf reads no encoder" in refused.stderr


def test_entities_that_the_model_is_less_sure_of_are_left_out_on_demand(folder):
    build_random("crf", iob2_only=True).save(folder / "random")
    text = "Joe Müller went to Rome. Rome went to Joe. To Müller, nobody went."
    tag = ["tag", "random", "--format", "json"]

    def found(*options):
        lines = done([*tag, *options], text).splitlines()
        return [entity for line in lines for entity in json.loads(line)["entities"]]

    sure = sorted(entity["confidence"] for entity in found())
    assert len(sure) > 1
    middle = (sure[0] + sure[-1]) / 2
    kept = found("--min-confidence", str(middle))
    assert sorted(entity["confidence"] for entity in kept) == [c for c in sure if c >= middle]
    assert 0 < len(kept) < len(sure)
    assert found("--min-confidence", "0") == found()
    columns = done(["tag", "random", "--format", "conll", "--min-confidence", "1"], text)
    assert {line.split("\t")[1] for line in columns.split("\n") if line} == {"O"}


def test_a_text_gets_stand_ins_for_what_was_found_and_only_from_a_model_that_finds_people(folder):
    build_random("crf", iob2_only=True).save(folder / "random")
    text = "Joe Müller went to Rome. Rome went to Joe.\n"
    tag = ["tag", "random", "--format"]
    entities = [
        e for line in done([*tag, "json"], text).splitlines() for e in json.loads(line)["entities"]
    ]
    written = done([*tag, "pseudonymous"], text)
    assert len(entities) > 0
    assert len(re.findall(r"\[(?:person|place) \d\]", written)) == len(entities)
    assert len(written.splitlines()) == 2
    only_places = Vocabulary(("<_UNK_>", "<_PAD_>"), ("<_PAD_TAG_>", "O", "B-geo"))
    Tagger.build("softmax", only_places).save(folder / "places")
    refused = run(["tag", "places", "--format", "pseudonymous"], text)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "places: finds no people (O, B-geo), so all would stay readable" in refused.stderr


def test_a_card_tells_what_train_measured_and_a_second_one_is_asked_for(folder):
    figures = json.loads((folder / "model" / "metrics.json").read_text())
    assert {"all", "per_type"} == figures["f1_intervals"].keys()
    assert {"words", "error"} == figures["calibration"].keys()
    assert done(["card", "model"]) == f"{Path('model', 'README.md')}\n"
    text = (folder / "model" / "README.md").read_text(encoding="utf-8")
    low, high = figures["f1_intervals"]["all"]
    assert f"{low:.3f} to {high:.3f}" in text
    assert_fails(folder, ["card", "model"], "README.md: is there already; give --force to replace")
    done(["card", "model", "--force"])
    assert_fails(folder, ["card", "nowhere"], "settings.json: No such file or directory")


def test_a_corpus_with_other_tags_is_not_scored(folder):
    (folder / "other.conll").write_text(CONLL.replace("B-per", "B-person"))
    evaluate = ["evaluate", "model", "--corpus", "other.conll"]
    assert_fails(folder, evaluate, "other.conll: the tag 'B-person' is none of the model's")


def test_the_files_permissions_are_kept_to(folder, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    assert_fails(folder, TRAIN, "new: cannot be written, since .* may not be written to")
    if os.geteuid() == 0:
        return
    (folder / "good.conll").chmod(0)
    assert_fails(folder, TRAIN, "good.conll: may not be read")
    assert_fails(folder, ["tag", "model", "good.conll"], "good.conll: Permission denied")


def test_a_full_disk_is_said_in_one_line_and_leaves_the_old_model(folder, monkeypatch):
    def fail(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ner_tutorial.training.np.savez", fail)
    train = [*TRAIN, "--model", "softmax", "--output", "model", "--epochs", "1", "--quiet"]
    assert_fails(folder, train, "model: cannot be written .No space left on device")


def test_a_checkpoint_that_is_none_is_refused_and_left_alone(folder):
    (folder / "new.checkpoint.npz").write_bytes(b"no checkpoint")
    reason = r"new\.checkpoint\.npz: cannot be read .*; train without --resume to begin anew"
    assert_fails(folder, [*TRAIN, "--resume"], reason)


def start(arguments):
    """The command in a process of its own, which heeds SIGINT even if the tests run under nohup."""
    return subprocess.Popen(
        [sys.executable, "-m", "ner_tutorial", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def wait_for_another(checkpoint, process):
    """Until the process has written the checkpoint."""
    old = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
    while process.poll() is None:
        if checkpoint.exists() and checkpoint.stat().st_mtime_ns != old:
            return
        time.sleep(0.005)
    raise AssertionError(process.stderr.read())


def test_a_run_that_was_interrupted_and_killed_goes_on_to_the_same_result(folder):
    quick = [*TRAIN, "--model", "softmax", "--epochs", "60"]
    train = [*quick, "--output", "model"]
    before = snapshot(folder / "model")
    checkpoint = folder / "model.checkpoint.npz"
    for resume, kill, status in (
        ([], signal.SIGINT, 130),
        (["--resume"], signal.SIGKILL, -signal.SIGKILL),
    ):
        with start([*train, *resume]) as process:
            wait_for_another(checkpoint, process)
            process.send_signal(kill)
            _, errors = process.communicate()
        assert process.returncode == status
        # Its own last line: from 2.21 on TensorFlow logs some at import, whatever is set.
        assert errors.endswith("Interrupted.\n") == (status == 130)
        assert "Traceback" not in errors
        assert snapshot(folder / "model") == before
    done([*train, "--resume"])
    done(quick)
    resumed, unbroken = (
        {**json.loads((folder / name / "metrics.json").read_text()), "seconds_per_epoch": 0}
        for name in ("model", "new")
    )
    assert resumed == unbroken
    for mine, other in zip(
        *(Tagger.load(folder / name).model.get_weights() for name in ("model", "new")), strict=True
    ):
        assert (mine == other).all()
    assert sorted(os.listdir(folder)) == ["good.conll", "model", "new"]


# Parts as given, and how a corpus was read.

BIOES = CONLL.replace("B-", "S-")
SHARED = ("part", "scored", "parameters", "entity_f1", "token_accuracy_with_padding", "per_type")


@pytest.fixture(scope="module")
def with_parts(tmp_path_factory):
    """A folder with three files and a model trained on them, and what training said."""
    folder = tmp_path_factory.mktemp("parts")
    long = "Joe S-per\n" + "went O\n" * 80
    for name, content in {
        "train.conll": "-DOCSTART- O\n\n" + BIOES + "-DOCSTART- O\n\n" + BIOES,
        "dev.conll": BIOES,
        "test.conll": BIOES[:200].rpartition("\n\n")[0] + "\n\n" + long,
    }.items():
        (folder / name).write_text(content)
    parts = ["--corpus", "train.conll", "--dev", "dev.conll", "--test", "test.conll"]
    options = ["--model", "softmax", "--epochs", "1", "--tokenizer", "spaces", "--output", "model"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = run(["train", *parts, *options])
    assert result.exit_code == 0, result.output
    return folder, result.stderr.splitlines()


def test_parts_that_are_given_are_used_whole_and_training_says_where_each_came_from(with_parts):
    folder, said = with_parts
    parts = json.loads((folder / "model" / "metrics.json").read_text())["parts"]
    assert {name: (p["file"], p["drawn"], p["sentences"]) for name, p in parts.items()} == {
        "train": ("train.conll", False, 80),
        "validation": ("dev.conll", False, 40),
        "test": ("test.conll", False, len(corpus.read(folder / "test.conll"))),
    }
    assert "validation part: dev.conll, 40 sentences" in said
    assert sum(line.endswith("read as BIOES and converted to IOB2") for line in said) == 3
    assert not any("drawn across" in line for line in said)
    assert any(re.match(r"tokenizer spaces: .* 75\.0% .* 50\.0% ", line) for line in said)


def test_a_model_is_scored_on_its_own_test_file_as_it_was_after_training(with_parts, monkeypatch):
    folder, _ = with_parts
    monkeypatch.chdir(folder)
    figures = json.loads(Path("model/metrics.json").read_text())
    evaluate = ["evaluate", "model", "--json", "--corpus"]
    scored = json.loads(done([*evaluate, "test.conll"]))
    assert {name: scored[name] for name in SHARED} == {name: figures[name] for name in SHARED}
    refused = [*evaluate, "train.conll", "--part", "test"]
    assert_fails(folder, refused, "train.conll: model was tested on test.conll; give that")


def test_a_corpus_is_read_as_the_training_was_unless_the_command_says_otherwise(
    with_parts, tmp_path, monkeypatch
):
    folder, _ = with_parts
    settings = json.loads((folder / "model" / "settings.json").read_text())
    assert settings["tokenizer"] == settings["training"]["tokenizer"]["name"] == "spaces"
    assert settings["training"]["reading"]["scheme"] == "bioes"
    monkeypatch.chdir(tmp_path)
    Path("iob2.conll").write_text("Joe B-per\nwent O\n")
    evaluate = ["evaluate", folder / "model", "--corpus", "iob2.conll"]
    assert_fails(tmp_path, evaluate, r"iob2\.conll:\d+: ")
    asked = []

    def read(path, reading):
        asked.append(reading)
        raise CorpusError("read")

    monkeypatch.setattr(corpus, "read_reported", read)
    assert_fails(tmp_path, [*evaluate, "--scheme", "iob2", "--tag-column", "2"], "read")
    assert asked == [Reading(scheme="iob2", tag_column=2, tokenizer="spaces")]


def test_predictions_are_scored_by_others_to_the_same_figure(
    loaded, taggers, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    taggers["crf"].save("random")
    words = ["Joe", "M\u00fcller went", "Rome", "to"]
    rows = [f"{words[i % 4]}\t{tag}" for i, tag in enumerate(["B-per", "I-per", "B-geo", "O"] * 9)]
    Path("mine.conll").write_text("\n\n".join("\n".join(rows[i : i + 4]) for i in range(32)))
    scored = ["evaluate", "random", "--corpus", "mine.conll", "--repair"]
    figures = json.loads(done([*scored, "--predictions", "out/found.txt", "--json"]))
    blocks = Path("out/found.txt").read_text(encoding="utf-8").strip().split("\n\n")
    found = [[line.split(" ") for line in block.split("\n")] for block in blocks]
    assert {len(row) for block in found for row in block} == {3}
    assert found[0][1][0] == "M\u00fcller_went"
    true, guessed = ([[row[i] for row in block] for block in found] for i in (1, 2))
    f1 = f1_score(true, guessed, mode="strict", scheme=IOB2)
    assert figures["entity_f1"] == pytest.approx(f1)
    assert figures["scored"] == len(found)


@pytest.mark.parametrize(
    ("settings", "drawing"),
    [
        ({}, Drawing()),  # what is said of a model that was trained before there was more to say
        ({"split": "sentences", "run": None}, Drawing()),
        ({"split": "documents", "run": 3}, Drawing(by="documents", run=3)),
    ],
)
def test_the_test_part_is_drawn_again_as_the_settings_say(folder, settings, drawing):
    report = corpus.read_reported("good.conll")
    sha256 = hashlib.sha256(CONLL.encode()).hexdigest()
    about = {"sha256": sha256, "split_seed": 42, "max_length": 70, "long": "drop", **settings}
    for part in ("test", None):
        found = _part("model", "good.conll", part, report, about)
        assert found == (drawing.draw(report).split.test, "test", 40, 70)
    assert _part("model", "good.conll", "all", report, about)[0] == report.sentences


@pytest.fixture
def loaded(taggers, monkeypatch):
    """In place of each saved model one that was loaded already."""
    monkeypatch.setattr(Tagger, "load", lambda directory: taggers["crf"])


def test_tokens_and_sentences_as_given_are_kept(loaded, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tag = ["tag", "model", "--tokens", "--format"]
    by_line, by_token = "Joe, went .\nto Rome1 !\n", "Joe,\nwent\n.\n\nto\nRome1\n!\n"
    for text in (by_line, by_token):
        blocks = done([*tag, "conll"], text).strip().split("\n\n")
        tokens = [[line.split("\t")[0] for line in block.split("\n")] for block in blocks]
        assert tokens == [["Joe,", "went", "."], ["to", "Rome1", "!"]]
        for line in done([*tag, "json"], text).splitlines():
            for token in json.loads(line)["tokens"]:
                assert text[token["start"] : token["end"]] == token["text"]
    Path("columns.txt").write_text("Joe\tO\n")
    assert_fails(tmp_path, ["tag", "model", "columns.txt", "--tokens"], "columns.txt:1: holds a t")


def test_what_is_tagged_can_be_written_for_annotation_tools(loaded):
    text = "Joe went to Rome1. Nobody knows."
    tasks = json.loads(done(["tag", "model", "--format", "labelstudio"], text))
    lines = done(["tag", "model", "--format", "doccano"], text).splitlines()
    sentences = ["Joe went to Rome1.", "Nobody knows."]
    assert [task["data"]["text"] for task in tasks] == sentences
    assert [json.loads(line)["text"] for line in lines] == sentences
    assert json.loads(done(["tag", "model", "--format", "labelstudio"], "")) == []


def test_names_marked_in_texts_choose_the_tokenizer_that_can_cut_them(folder):
    lines = [{"text": f"\u5b89\u59ae{i}\u53bb", "label": [[0, 2, "per"]]} for i in range(12)]
    (folder / "texts.jsonl").write_text("\n".join(map(json.dumps, lines)))
    read = material.read("texts.jsonl", {}, {}, None, Drawing())
    assert (read.tokenizer, read.agreement.borders) == ("words", 1)
    assert read.report.sentences == corpus.read("texts.jsonl", tokenizer="words")


def test_sentences_drawn_across_documents_are_said_to_be(folder):
    blocks = CONLL.strip().split("\n\n")
    content = "\n\n".join(f"-DOCSTART- O\n\n{block}" for block in blocks)
    (folder / "documents.conll").write_text(content)
    (said,) = material.read("documents.conll", {}, {}, None, Drawing()).notes
    assert said.startswith("documents.conll: marks 40 documents, and sentences were drawn across")
    assert material.read("documents.conll", {}, {}, None, Drawing(by="documents")).notes == []
    both = {"validation": "good.conll", "test": "good.conll"}
    assert material.read("documents.conll", both, {}, None, Drawing()).notes == []


@pytest.mark.skipif("NER_TUTORIAL_CORPORA" not in os.environ, reason="names no public corpora")
def test_a_published_corpus_is_used_by_its_own_three_files():
    wnut = Path(os.environ["NER_TUTORIAL_CORPORA"]) / "wnut17"
    given = {"validation": wnut / "emerging.dev.conll", "test": wnut / "emerging.test.annotated"}
    read = material.read(wnut / "wnut17train.conll", given, {}, None, Drawing())
    assert [len(part) for part in read.drawn.split] == [3394, 1009, 1287]
    assert read.agreement.borders >= 0.93
