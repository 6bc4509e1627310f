"""Tagging with Dask: all of it, once, and as one process would; whatever breaks."""

import csv
import errno
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import bulk
import bulk_kills
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from taggers import build_random

from ner_tutorial import cluster, text
from ner_tutorial.cli import main
from ner_tutorial.cluster import inputs, work, workers
from ner_tutorial.errors import CorpusError, TaggerError, UserError
from ner_tutorial.formats import as_record, render
from ner_tutorial.tagger import Tagger

pytest.importorskip("distributed", reason="pip install 'ner-tutorial[cluster]'")
pd = pytest.importorskip("pandas")

LINES = ["Joe Müller went to Rome.", "Nobody knows Joe.", "", "Rome 😀 went to Joe! Joe went."]
TEXT = "".join(f"{line}\n" for line in LINES * 9)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    directory = tmp_path_factory.mktemp("model") / "joe"
    build_random("crf").save(directory)
    return directory


@pytest.fixture(scope="module")
def tagger(model):
    return work.Model.read(model).tagger()  # the one that the workers of `threads` have


@pytest.fixture(scope="module")
def threads():
    """The address of a cluster whose workers are threads of this process: it starts at once."""
    from distributed import LocalCluster

    with start(LocalCluster) as here:
        yield here.scheduler_address


def start(kind):
    return kind(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None,
        silence_logs="CRITICAL",
    )  # fmt: skip


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(text, "BLOCK", 300)


def expected(tagger, content):
    """What the command `tag` writes of a text."""
    return "".join(render(tagger.tag_text([content]), "json"))


def joined(directory):
    return "".join(path.read_text("utf-8") for path in sorted(directory.glob("part-*.jsonl")))


# Texts.

PIECES = st.sampled_from(
    ["Joe went. ", "Rome", "\n", "\r\n", "\r", "\u2028", "é😀", "x" * 301, " "]
)


@settings(max_examples=40)
@given(st.lists(PIECES).map("".join), st.booleans())
def test_the_blocks_of_a_text_have_its_sentences_at_the_same_places(content, marked):
    from fsspec.implementations.memory import MemoryFileSystem

    data = ("\ufeff" if marked else "").encode() + content.encode()
    MemoryFileSystem().pipe("/a.txt", data)
    blocks = inputs.plan(["memory://a.txt"], "text")
    read = [block.read().decode() for block in blocks]
    assert "".join(read) == content
    found = [
        sentence
        for block, part in zip(blocks, read, strict=True)
        for sentence in text.split_sentences([part], offset=block.characters)
    ]
    assert found == list(text.split_sentences([content]))
    assert [block.end for block in blocks[:-1]] == [block.start for block in blocks[1:]]


def test_parts_are_to_the_byte_what_one_process_writes(model, tagger, threads, tmp_path, write):
    contents = [TEXT, "\ufeff" + TEXT.replace("\n", "\r\n"), "", "Joe went. " * 99]
    for number, content in enumerate(contents):
        write(content, f"{number}.txt")
    output = tmp_path / "out"
    manifest = cluster.tag_files(model, [f"{tmp_path}/?.txt"], output, scheduler=threads)
    whole = "".join(expected(tagger, content.removeprefix("\ufeff")) for content in contents)
    assert joined(output) == whole
    lines = list(map(json.loads, whole.splitlines()))
    assert manifest["texts"] == len(lines)
    assert manifest["entities"] == sum(len(line["entities"]) for line in lines) > 0
    assert len(manifest["parts"]) == len(manifest["blocks"]) > 6
    assert json.loads((output / "manifest.json").read_text("utf-8")) == manifest
    listed = {part["part"] for part in manifest["parts"]}
    assert {path.name for path in output.iterdir()} == {*listed, "manifest.json"}


# Rows.

ROWS = [
    {"id": "007", "text": "Joe Müller\nwent to Rome.", "note": 'a "b", c'},
    {"id": "8", "text": "", "note": ""},
    {"id": "9", "text": "Rome. Joe!", "note": "x" * 200},
] * 4


def as_csv(rows):
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, ["id", "text", "note"])
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()


def as_lines(rows):
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def found(tagger, rows):
    return [list(map(as_record, tagger.tag(row["text"]).entities)) for row in rows]


def without_digits(entities):
    """A batch decides the last digit of a confidence."""
    return [[{**e, "confidence": round(e["confidence"], 3)} for e in some] for some in entities]


def read_parquet(path):
    from pyarrow.parquet import read_table

    return read_table(path).to_pylist()


def read_csv(path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [{**row, "entities": json.loads(row["entities"])} for row in rows]


def read_lines(path):
    return list(map(json.loads, path.read_text("utf-8").splitlines()))


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_rows_keep_their_columns_and_get_their_entities(kind, model, tagger, threads, tmp_path):
    path, output = tmp_path / f"mails.{kind}", tmp_path / "out"
    if kind == "parquet":
        pd.DataFrame(ROWS).to_parquet(path, row_group_size=5)
    else:
        path.write_text((as_csv if kind == "csv" else as_lines)(ROWS), "utf-8", newline="")
    manifest = cluster.tag_files(model, [str(path)], output, scheduler=threads)
    assert manifest["texts"] == len(ROWS)
    assert len(manifest["parts"]) > 2
    read = {"csv": read_csv, "jsonl": read_lines, "parquet": read_parquet}[kind]
    rows = [row for part in manifest["parts"] for row in read(output / part["part"])]
    entities = [row.pop("entities") for row in rows]
    assert rows == ROWS
    assert without_digits(entities) == without_digits(found(tagger, ROWS))
    assert manifest["entities"] == sum(map(len, entities)) > 0


@pytest.mark.parametrize("kind", ["pandas", "table", "bag"])
def test_a_table_or_a_bag_comes_back_with_its_entities(kind, model, tagger):
    import dask.bag
    import dask.dataframe

    table = pd.DataFrame(ROWS[:6], index=range(10, 16))
    if kind == "pandas":
        tagged = cluster.tag(table, model)
    elif kind == "table":
        lazy = cluster.tag(dask.dataframe.from_pandas(table, npartitions=2), model)
        assert list(lazy.columns) == ["id", "text", "note", "entities"]
        tagged = lazy.compute(scheduler="threads")
    else:
        lazy = cluster.tag(dask.bag.from_sequence(ROWS[:6], npartitions=2), model)
        tagged = pd.DataFrame(lazy.compute(scheduler="threads"), table.index)
    assert tagged.drop(columns="entities").to_dict() == table.to_dict()
    assert without_digits(tagged["entities"]) == without_digits(found(tagger, ROWS[:6]))


def test_no_text_has_no_entities_and_what_is_none_is_refused(model):
    table = pd.DataFrame({"body": ["Joe", None, float("nan")]}, dtype=object)
    assert [some is None for some in cluster.tag(table, model, "body")["entities"]] == [0, 1, 1]
    with pytest.raises(UserError, match=r"row 1 of a partition holds '7', no text"):
        cluster.tag(pd.DataFrame({"body": ["Joe", 7]}), model, "body")
    with pytest.raises(UserError, match="the table: has no column 'text'; it has 'body'"):
        cluster.tag(table, model)
    with pytest.raises(UserError, match="a column 'entities' already"):
        cluster.tag(table.assign(entities=0), model, "body")


# What cannot be read.


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.txt", b"Joe\nM\xfcller\n", "a.txt:2: not UTF-8 text"),
        ("a.txt", b"Joe\n\nR\0ome", "a.txt:3: holds a NUL byte"),
        ("a.csv", b"id,body\n1,Joe\n", "a.csv: has no column 'text'; it has 'id', 'body'"),
        ("a.csv", b"text,entities\nJoe,1\n", "a.csv: has a column 'entities' already"),
        ("a.csv", b'text\n"' + b"x" * 140_000, "a.csv:2: not a row of a CSV"),
        ("a.csv", b'id,text\n1,"a\nb"\n2\n', "a.csv:4: 1 fields, where the header has 2"),
        ("a.jsonl", b'{"text": "Joe"}\n\n{"text": \n', "a.jsonl:3: not JSON"),
        ("a.jsonl", b'{"text": "Joe"}\n{"body": 1}\n', "a.jsonl:2: no object with 'text'"),
        ("a.jsonl", b'{"text": "Joe"}\n{"text": 1}\n', "a.jsonl: line 2 holds '1', no text"),
        ("a.parquet", b"PAR1 or not", "a.parquet: not a Parquet file"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(
    name, content, told, model, threads, tmp_path, write
):
    path = write(content, name)
    with pytest.raises(CorpusError) as error:
        cluster.tag_files(model, [str(path)], tmp_path / "out", scheduler=threads)
    assert f"{tmp_path}/{told}" in str(error.value)
    assert list(tmp_path.glob("out/part-*")) == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["{}/*.csv"], "no such file"),
        (["{}"], "is a directory"),
        (["{}/a.txt", "{}/a.*"], "is named twice"),
        (["nowhere://a.txt"], "nowhere"),
    ],
)
def test_inputs_that_are_not_there_are_refused(given, told, model, tmp_path, write):
    write(TEXT, "a.txt")
    names = [name.format(tmp_path) for name in given]
    with pytest.raises(CorpusError, match=told):
        cluster.tag_files(model, names, tmp_path / "out")
    assert not (tmp_path / "out").exists()


# A run that broke off.


class Run:
    """A text in a file and its tagging, time and again."""

    def __init__(self, model, tagger, threads, folder):
        self.path, self.output = folder / "a.txt", folder / "out"
        self.path.write_text(TEXT, "utf-8")
        self.whole = expected(tagger, TEXT)
        self.options = {"model": model, "inputs": [str(self.path)], "output": self.output}
        self.options |= {"scheduler": threads}

    def __call__(self, **changed):
        return cluster.tag_files(**{**self.options, **changed})

    def fails(self, kind, told, **changed):
        """It fails with one line, and whatever part is there is whole; then it goes on."""
        with pytest.raises(kind, match=told) as error:
            self(**changed)
        assert "\n" not in str(error.value)
        parts = sorted(self.output.glob("part-*.jsonl"))
        assert all(path.read_text("utf-8") in self.whole for path in parts)
        assert not (self.output / "manifest.json").exists()
        return parts

    def goes_on(self):
        self()
        assert joined(self.output) == self.whole
        assert not list(self.output.glob("*.partial"))


@pytest.fixture
def run(model, tagger, threads, tmp_path):
    return Run(model, tagger, threads, tmp_path)


def test_finished_parts_are_not_tagged_again(run, monkeypatch):
    manifest, tagged = run(), []
    names = [part["part"] for part in manifest["parts"]]
    (run.output / names[1]).unlink()
    (run.output / names[2]).write_text("half of it", "utf-8")
    real = work._tag_text
    monkeypatch.setitem(
        work._TAGGED, "text", lambda *given: tagged.append(given[0]) or real(*given)
    )
    run.goes_on()
    assert sorted(block._asdict()["start"] for block in tagged) == [
        block["start"] for block in manifest["blocks"][1:3]
    ]
    run.goes_on()
    assert len(tagged) == 2


def test_another_input_model_column_or_directory_is_refused(run, tmp_path):
    run()
    with pytest.raises(UserError, match="begun with another column"):
        run(column="body")
    build_random("softmax").save(tmp_path / "other")
    with pytest.raises(UserError, match="begun with another model"):
        run(model=tmp_path / "other")
    run.path.write_text(TEXT.replace("Joe", "Jim"), "utf-8")
    with pytest.raises(UserError, match=r"a.txt: is not what it was when"):
        run()
    with pytest.raises(UserError, match="holds something else"):
        run(output=tmp_path)
    assert joined(run.output) == run.whole


HOLD = """
import locket, sys
with locket.lock_file(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_runs_do_not_write_to_one_directory_and_a_killed_one_locks_nobody_out(run):
    run.output.mkdir()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    other = subprocess.Popen([sys.executable, "-c", HOLD, run.output / "lock"], **pipes)
    assert other.stdout.readline() == b"held\n"
    run.fails(UserError, "out: another run writes to it; wait for it, or name another directory")
    other.kill()
    other.communicate()
    assert (run.output / "lock").exists()
    run.goes_on()
    assert not (run.output / "lock").exists()


def test_a_torn_line_of_the_progress_is_no_loss(run):
    manifest = run()
    lines = [{k: manifest[k] for k in ("ner_tutorial", "model", "column", "blocks")}]
    lines = list(map(json.dumps, lines + manifest["parts"][:2]))
    (run.output / "progress.jsonl").write_text("\n".join(lines)[:-9], "utf-8")
    (run.output / "manifest.json").unlink()
    (run.output / "part-00004.jsonl.0a1b.partial").write_text("half", "utf-8")
    run.goes_on()


def test_a_full_disk_is_told_and_the_run_goes_on(run, monkeypatch):
    real, written = Path.write_bytes, []

    def write_bytes(path, content):
        if path.name.startswith("part-"):
            written.append(path)
            if len(written) > 2:
                real(path, content[:9])
                raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", write_bytes)
        run.fails(UserError, "part-0.* cannot be written .No space left on device")
    run.goes_on()


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_text("Other", "utf-8")])
def test_an_input_that_vanishes_or_changes_is_told_and_the_run_goes_on(run, change):
    def watching(line):
        if line.startswith("watch"):
            change(run.path)

    run.fails(CorpusError, r"a.txt: (no such file|was changed)", say=watching)
    run.path.write_text(TEXT, "utf-8")
    run.goes_on()


def test_a_poison_line_fails_its_part_alone(run, monkeypatch):
    real = Tagger.tag_split

    def tag_split(tagger, sentences):
        sentences = list(sentences)
        if sentences[0][1] == 0:
            raise ZeroDivisionError("poison")
        return real(tagger, sentences)

    with monkeypatch.context() as patch:
        patch.setattr(Tagger, "tag_split", tag_split)
        told = r"a.txt: from byte 0 to \d+: cannot be tagged .ZeroDivisionError.*all else is done"
        parts = run.fails(CorpusError, told)
    assert [path.name for path in parts][:2] == ["part-00001.jsonl", "part-00002.jsonl"]
    run.goes_on()


def test_a_model_that_is_damaged_on_one_worker_is_told(run, tmp_path, monkeypatch):
    def load(model):
        for name, content in model.files:
            (tmp_path / name).write_bytes(content[:-1] if name.endswith(".h5") else content)
        return Tagger.load(tmp_path)

    with monkeypatch.context() as patch:
        patch.setattr(work, "_load", load)
        run.fails(TaggerError, "model.weights.h5: cannot be read")
    run.goes_on()


def test_a_model_that_is_damaged_everywhere_is_told_by_its_name(run, model, tmp_path):
    other = shutil.copytree(model, tmp_path / "other")
    (other / "settings.json").write_text("{}", "utf-8")
    run.fails(TaggerError, f"^{re.escape(str(other))}/settings.json: not a tagger", model=other)
    (other / "vocabulary.json").unlink()
    with pytest.raises(TaggerError, match=r"vocabulary.json: No such file or directory; is this"):
        work.Model.read(other)


def test_a_scheduler_that_goes_away_is_told_and_the_run_goes_on(run, monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr(workers, "_SECONDS", 0.5)
    other = start(LocalCluster)

    def watching(line):
        if line.startswith("watch"):
            other.close()

    run.fails(UserError, "scheduler is gone", scheduler=other.scheduler_address, say=watching)
    run.goes_on()


def test_workers_that_are_all_gone_are_told_and_the_run_goes_on(run):
    import dask
    from distributed import LocalCluster

    with (
        dask.config.set({"distributed.scheduler.no-workers-timeout": "100ms"}),
        LocalCluster(n_workers=0, processes=False, dashboard_address=None) as other,
    ):
        run.fails(UserError, "no worker is left", scheduler=other.scheduler_address)
    run.goes_on()


# In place of TensorFlow, which takes seconds to start in each worker.
STAND_IN = """
import os, signal, time
from ner_tutorial.cluster import work
from ner_tutorial.text import TaggedText

class Tagger:
    tokenizer = "english"

    def tag_split(self, sentences):
        time.sleep(0.1)
        for text, start, tokens in sentences:
            if "poison" in text and os.path.exists({poison!r}):
                os.kill(os.getpid(), signal.SIGKILL)
            count = len(tokens)
            yield TaggedText(text, start, tokens, ["O"] * count, [1.0] * count, [])

work.Model.tagger = lambda model: Tagger()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_workers_lose_and_double_nothing_and_a_block_that_kills_is_named(
    run, tmp_path, monkeypatch
):
    import dask
    import psutil

    poison, stand_in = tmp_path / "poison", tmp_path / "stand_in.py"
    stand_in.write_text(STAND_IN.format(poison=str(poison)), "utf-8")
    run.path.write_text(f"{TEXT * 4}poison\n", "utf-8")
    monkeypatch.setattr(work.Model, "tagger", work.Model.tagger)  # to be put back
    exec(stand_in.read_text("utf-8"), {})
    blocks = inputs.plan(run.options["inputs"], "text")
    sent = work.Model.read(run.options["model"])
    whole = [work._tag_text(block, sent, "")[0].decode() for block in blocks]
    run.whole = "".join(whole[:-1])
    poison.touch()
    killed = []

    def kill():
        while not list(run.output.glob("part-*.jsonl")):
            time.sleep(0.01)
        started = psutil.Process().children()
        killed.extend(process for process in started if "spawn_main" in str(process.cmdline()))
        killed[0].kill()

    monkeypatch.setitem(workers._STARTED, "distributed.scheduler.allowed-failures", 1)
    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    with dask.config.set({"distributed.worker.preload": [str(stand_in)]}):
        told = r"a.txt: from byte [\d,]+ to [\d,]+: cannot be tagged .killed 2 workers"
        parts = run.fails(CorpusError, told, scheduler=None, workers=2)
    killer.join()
    assert len(killed) == 2
    assert joined(run.output) == run.whole
    assert len(parts) == len(blocks) - 1 > 6
    poison.unlink()
    run.whole = "".join(whole)
    run.goes_on()


def test_nobody_at_the_address_is_told(run, monkeypatch):
    monkeypatch.setattr(workers, "_SECONDS", 0.5)
    run.fails(UserError, "tcp://127.0.0.1:9: no scheduler answers", scheduler="tcp://127.0.0.1:9")


def test_a_cluster_and_a_number_of_workers_are_not_both_taken(run):
    run.fails(UserError, "has workers of its own; give scheduler or workers", workers=2)


def test_workers_that_do_not_start_are_told(run, monkeypatch):
    import distributed

    def cluster(**options):
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr(distributed, "LocalCluster", cluster)
    run.fails(UserError, r"the workers did not start .Nanny failed", scheduler=None)


def test_without_dask_a_line_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = CliRunner().invoke(
        main, ["tag-files", str(run.options["model"]), str(run.path), "--output", str(run.output)]
    )
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "pip install 'ner-tutorial[cluster]'" in result.stderr
    assert not run.output.exists()


def test_the_benchmark_compares_workers_with_one_process(
    model, tagger, threads, tmp_path, monkeypatch, capsys
):
    inside = SimpleNamespace(Process=threading.Thread)
    monkeypatch.setattr(bulk.multiprocessing, "get_context", lambda method: inside)
    monkeypatch.setattr(bulk.Tagger, "load", lambda directory: tagger)
    bulk.compare(model, 30, 3, 2, tmp_path, scheduler=threads)
    assert "the same to the byte" in capsys.readouterr().out
    part = tmp_path / "one" / "001.txt"
    part.write_text(part.read_text("utf-8") + " ", "utf-8")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    paths = sorted((tmp_path / "in").iterdir())
    with pytest.raises(UserError, match=r"001.txt: the workers wrote something else"):
        bulk.check(manifest, paths, tmp_path)


def test_the_program_that_kills_runs_sees_a_part_that_was_tagged_again(run):
    run()
    noted = bulk_kills.done(run.output)
    assert noted.keys() == {path.name for path in run.output.glob("part-*")}
    bulk_kills.check_kept(noted, bulk_kills.done(run.output))
    os.utime(run.output / "part-00001.jsonl", (1, 1))
    with pytest.raises(UserError, match="a part was tagged again"):
        bulk_kills.check_kept(noted, bulk_kills.done(run.output))
