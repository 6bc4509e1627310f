"""The benchmarks that train, each run from its beginning to its end on a few sentences."""

import json
import re
import subprocess
import sys
from pathlib import Path
from statistics import fmean
from types import SimpleNamespace

import ablation
import calibration
import ceiling
import encoder
import encoders
import errors as errors_read
import forms
import kills
import neighbours
import pytest
import results
import runs
import search
import seeds
import time_to_f1
import transfer
from taggers import build_random

from ner_tutorial import batching, corpus, experiment, recipes
from ner_tutorial.batching import Split
from ner_tutorial.corpus import Sentence
from ner_tutorial.encoder import Encoder
from ner_tutorial.errors import UserError
from ner_tutorial.vocabulary import PADDING_TAG, Vocabulary

BENCHMARKS = Path(ablation.__file__).parent


@pytest.fixture(scope="module")
def small_corpus(tmp_path_factory):
    """The sample's first hundred sentences."""
    path = tmp_path_factory.mktemp("corpus") / "small.csv"
    path.write_bytes(corpus.SAMPLE.read_bytes().partition(b"Sentence: 101,")[0])
    return path


@pytest.fixture(autouse=True)
def one_epoch(monkeypatch, tmp_path):
    """Every recipe, cut to one epoch, and a folder of the test's own for what is done."""
    monkeypatch.setattr(runs, "RUNS", tmp_path / "runs")
    for name in recipes.RECIPES:
        quick = recipes.Recipe(epochs=1, batch_size=32, learning_rate=0.01)
        monkeypatch.setitem(recipes.RECIPES, name, (quick, quick))


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_seeds_of_every_system_are_stored_and_none_is_run_again(
    small_corpus, tmp_path, monkeypatch
):
    call = ["seeds.py", "--output", str(tmp_path / "seeds.json")]
    monkeypatch.setattr(seeds, "NETWORKS", {"CRF": "crf"})
    monkeypatch.setattr("sys.argv", [*call, str(small_corpus), "--seeds", "1"])
    seeds.main()
    stored = read(tmp_path / "seeds.json")
    assert stored["corpus"] == "small.csv"
    systems = ["always O", "word lookup", "linear CRF", "CRF", "CRF, moves forbidden"]
    assert [*stored["common"]] == systems and "by_frames" not in stored
    assert {len(found) for found in stored["common"].values()} == {1}
    (run,) = stored["common"]["CRF, moves forbidden"]
    assert run["test"]["invalid_tags"] == run["validation"]["invalid_tags"] == 0
    assert [*run["examples"]] == [*seeds.EXAMPLES]
    (lookup,) = stored["common"]["word lookup"]
    assert lookup["validation"]["token_accuracy"] > 0.8
    monkeypatch.setattr(seeds, "trained", None)  # is not called again
    seeds.main()
    monkeypatch.setattr("sys.argv", call)
    with pytest.raises(UserError, match=r"is of small\.csv"):
        seeds.main()


def test_no_frame_of_the_sample_is_in_two_parts_of_the_split_by_frames():
    _, parts = seeds.split_by_frames()
    assert min(map(len, parts)) > 300


def test_the_search_tries_sizes_and_rates_around_the_recipes(small_corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(search, "GRID", tmp_path / "search.json")
    monkeypatch.setattr(search, "SIZES", (2,))
    monkeypatch.setattr(search, "RATES", (1,))
    monkeypatch.setattr("sys.argv", ["search.py", str(small_corpus)])
    search.main()
    stored = read(tmp_path / "search.json")
    assert [(run["batch_size"], run["learning_rate"]) for run in stored] == [(64, 0.01)]
    assert all(0 <= run["validation_entity_f1"] <= 1 for run in stored)


def test_what_the_search_has_tried_is_kept_and_not_tried_again(small_corpus, tmp_path, monkeypatch):
    tried = []

    def run(model, parts, recipe, *, seed, vocabulary, vectors, iob2_only):
        tried.append((model, recipe.epochs, recipe.learning_rate, seed, len(parts.train)))
        assert len(vocabulary.index2vector) == (len(vectors.words) + 2 if vectors else 0)
        assert parts.test is parts.validation
        figures = {"entity_f1": 0.5, "per_type": {"per": {"f1": 0.2}, "geo": {"f1": 0.4}}}
        return SimpleNamespace(best_epoch=1, figures=figures)

    monkeypatch.setattr(search, "KEPT", tmp_path / "kept.json")
    monkeypatch.setattr(experiment, "run", run)
    call = ["search.py", str(small_corpus), "--model", "char-crf", "--third", "--seeds", "2"]
    monkeypatch.setattr("sys.argv", [*call, "--try", "epochs=3", "learning_rate=0.5,decay=true"])
    for _ in range(2):
        search.main()
    expected = [(3, 0.01, 1), (3, 0.01, 2), (1, 0.5, 1), (1, 0.5, 2)]
    third = len(batching.split(corpus.load(small_corpus)).train) // 3
    assert tried == [("char-crf", *rest, third) for rest in expected]
    kept = read(tmp_path / "kept.json")
    assert [(run["recipe"]["epochs"], run["recipe"]["decay"]) for run in kept[::2]] == [
        (3, False),
        (1, True),
    ]
    assert {run["validation_macro_f1"] for run in kept} == {0.3}
    monkeypatch.setattr("sys.argv", [*call, "--dev", str(small_corpus), "--try", "epochs=4"])
    search.main()
    assert tried[-1][-1] == 100 // 3
    (tmp_path / "glove.txt").write_text("joe 0.5 0.25\noslo 0.5 0.75\n")
    with_vectors = ["--vectors", str(tmp_path / "glove.txt"), "--try", "epochs=3"]
    monkeypatch.setattr("sys.argv", [*call, *with_vectors])
    for _ in range(2):  # what was tried without them is another run
        search.main()
    assert [(run["vectors"], run["seed"]) for run in read(tmp_path / "kept.json")[4:]] == [
        (None, 1), (None, 2), ("glove.txt", 1), ("glove.txt", 2),
    ]  # fmt: skip


def test_the_time_to_a_mark_is_that_of_training_alone(monkeypatch):
    scores = iter([0.2, 0.7, 0.9])
    until = time_to_f1.UntilMark(lambda: next(scores), 0.6)
    clock = iter([0.0, 10.0, 15.0, 30.0, 37.0, 60.0, 61.0])  # 10, 15 and 23 s of training
    monkeypatch.setattr(time_to_f1.time, "perf_counter", lambda: next(clock))
    until.on_train_begin()
    for epoch in range(3):
        until.on_epoch_end(epoch)
    assert until.reached == 25
    assert until.seconds == 48


def test_the_transfer_prints_a_row_for_each_model_and_corpus(small_corpus, monkeypatch, capsys):
    monkeypatch.setattr(transfer.corpus, "SAMPLE", small_corpus)
    transfer.main(str(small_corpus))
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert len(rows) == 5
    assert re.fullmatch(r"\| crf \| GMB \| (\d\.\d{3} \| ){3}", rows[2] + " ")
    assert re.fullmatch(r"\| char-crf \| the sample \| (\d\.\d{3} \| ){2} \| ", rows[3] + " ")


# What the package has not: another network and vocabulary, other sentences.
ROWS = ["a character CNN in place of the features", "with the sentence before"]


def test_the_ablation_stores_each_row_with_its_command_and_trains_none_twice(
    small_corpus, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(ablation, "TARGET", tmp_path / "ablation.json")
    call = ["ablation.py", str(small_corpus), "--whole", "--seeds", "1", "--rows", *ROWS]
    monkeypatch.setattr("sys.argv", call)
    ablation.main()
    stored = read(tmp_path / "ablation.json")["the training part"]
    assert sorted(stored) == sorted(ROWS)
    assert list(stored) == [row for row in ablation.ROWS if row in ROWS]
    for name, row in stored.items():
        assert len(row["entity_f1"]) == len(row["macro_f1"]) == 1 and row["deviation"] is None
        assert row["command"].endswith(f"--rows '{name}' --seeds 1 --whole")
    capsys.readouterr()
    monkeypatch.setattr(experiment, "run", None)
    ablation.main()
    assert capsys.readouterr().out == ""


def neighbours_tags(tags, training):
    """What sentences of the one word Joe, with these tags, read of their neighbours."""
    sentences = [Sentence(("Joe",), (tag,)) for tag in tags]
    vocabulary = Vocabulary.from_sentences(sentences)
    parts = [sentences[place] for place in training]
    found = neighbours.neighbours_tags(sentences, parts, vocabulary)
    return [vocabulary.decode_tags(found[id(sentence)])[0] for sentence in sentences]


NONE = PADDING_TAG


@pytest.mark.parametrize(
    ("tags", "training", "expected"),
    [
        (["B-per", "B-geo"], [], [NONE, NONE]),
        (["B-per", "B-geo"], [0], [NONE, "B-per"]),  # its own tag no sentence reads
        (["B-per", "B-per"], [0], [NONE, "B-per"]),  # not even where it has a copy
        (["B-per", "B-geo"], [0, 1], ["B-geo", "B-per"]),
        (["B-per", *["O"] * 6], [0], [NONE, *["B-per"] * 5, NONE]),
        ([*["O"] * 6, "B-per"], [6], [NONE, *["B-per"] * 5, NONE]),
        (["B-geo", "B-per", "O", "B-per"], [0, 1, 3], ["B-per", "B-geo", "B-per", "B-geo"]),
        (["O", "O", "B-geo", "B-per"], [1, 2], ["O", "B-geo", "O", "O"]),
    ],
)
def test_a_word_reads_the_commonest_tag_that_it_has_in_neighbours_in_training(
    tags, training, expected
):
    assert neighbours_tags(tags, training) == expected


def test_a_word_reads_the_tag_of_the_same_word_alone_behind_its_other_indices():
    sentences = [
        Sentence(("Joe", "left", "Rome"), ("B-per", "O", "B-geo")),
        Sentence(("joe", "Rome"), ("O", "O")),
        Sentence(("left", "now"), ("B-per", "O")),
    ]
    vocabulary = experiment.vocabulary_of("char-crf", sentences, sentences, 1)
    found = neighbours.neighbours_tags(sentences, sentences[:1], vocabulary)
    part = sentences[1:]
    data = neighbours.batching.encode(part, vocabulary)
    words = neighbours.beside(data, part, found).words
    assert (words[:, :, :-1] == data.words).all()
    tags = [vocabulary.decode_tags(row) for row in words[:, :, -1]]
    assert tags == [[NONE, "B-geo"], ["O", NONE]]


def test_the_share_of_neighbours_in_training_is_that_of_the_test_sentences():
    sentences = [Sentence(("Joe",), ("B-per",)) for _ in range(12)]
    parts = Split(train=sentences[1:5], validation=sentences[5:11], test=[sentences[0]])
    assert neighbours.share_in_training(sentences, parts) == 4 / 5
    parts = parts._replace(test=[sentences[0], sentences[11]])
    assert neighbours.share_in_training(sentences, parts) == 4 / 10


def test_char_crf_is_scored_with_and_without_its_neighbours_tags_and_trained_once(
    small_corpus, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(neighbours, "TARGET", tmp_path / "neighbours.json")
    monkeypatch.setattr(neighbours.results, "by_documents", lambda sentences: None)
    monkeypatch.setattr(neighbours, "share_in_training", lambda sentences, parts: 0.5)
    monkeypatch.setattr("sys.argv", ["neighbours.py", str(small_corpus)])
    widths, train = [], neighbours.train

    def fit(model, training, validation, recipe, tag_names, **options):
        widths.append(model.input_shape[-1])
        assert training.words.shape[-1] == validation.words.shape[-1] == widths[-1]

    def train_on_the_common_split(material, split, *options):
        both = split == "common"
        return train(material, split, *options) if both else dict.fromkeys(names, 0.25)

    names = ["validation_f1", "test_f1"]
    monkeypatch.setattr(neighbours, "fit", fit)  # takes long, and has tests of its own
    monkeypatch.setattr(neighbours, "train", train_on_the_common_split)
    neighbours.main()
    assert widths[1] == widths[0] + 1
    assert "common: 50.0% of a test sentence's neighbours" in capsys.readouterr().out
    stored = read(tmp_path / "neighbours.json")
    assert list(stored) == ["common", "documents"]
    for figures in stored.values():
        assert list(figures) == ["neighbours_in_training", *neighbours.SYSTEMS]
        for system in neighbours.SYSTEMS:
            assert list(figures[system]) == names
            assert all(0 <= f1 <= 1 for (f1,) in figures[system].values())
    monkeypatch.setattr(neighbours, "fit", None)
    neighbours.main()
    assert read(tmp_path / "neighbours.json") == stored


def test_the_readme_shows_what_was_stored_of_the_neighbours():
    lines = (BENCHMARKS / "README.md").read_text(encoding="utf-8").splitlines()
    for split, figures in read(neighbours.TARGET).items():
        for system in neighbours.SYSTEMS:
            validation, test = map(fmean, figures[system].values())
            share = f"{figures['neighbours_in_training']:.1%}"
            assert f"| {split} | {share} | {system} | {validation:.4f} | {test:.4f} |" in lines


def test_a_row_without_features_reads_every_feature_as_unknown(small_corpus):
    sentences = corpus.load(small_corpus)
    full = experiment.vocabulary_of("char-crf", sentences, sentences, 1)
    bare = ablation.variants.without_features(full).encode_words(sentences[0].words)
    assert (bare[:, 1:] == 0).all()
    assert (bare[:, 0] == full.encode_words(sentences[0].words)[:, 0]).all()


def test_a_run_for_the_table_of_results_holds_predictions_for_each_way_to_decode(small_corpus):
    sentences = corpus.load(small_corpus)
    parts = results.batching.split(sentences)
    run = results.train_ours("softmax", 1, parts, sentences)
    assert list(run["predictions"]) == ["softmax", "softmax, by the rules"]
    for found in run["predictions"].values():
        assert list(map(len, found)) == list(map(len, parts.test))
    assert (run["epochs"], run["best_epoch"]) == (1, 1)
    assert min(run[name] for name in ("minutes", "cpu_minutes", "sentences_per_second")) > 0


def test_the_ceiling_is_that_of_copies_that_differ(tmp_path, monkeypatch, capsys):
    path = tmp_path / "twice.conll"
    path.write_text("Joe B-per\nleft O\n\nJoe B-geo\nleft O\n\nJoe B-per\nleft O\n")
    monkeypatch.setattr(ceiling, "TARGET", tmp_path / "ceiling.json")
    ceiling.main(str(path))
    figures = read(tmp_path / "ceiling.json")["repeated_sentences"]
    assert (figures["pairs"], figures["pairs_with_differing_tags"]) == (3, 2)
    assert figures["entity_f1"] == pytest.approx(1 / 3, abs=1e-4)
    assert json.loads(capsys.readouterr().out)["sentences"] == 3


def test_the_errors_are_shown_with_their_words(tmp_path, monkeypatch, capsys):
    sheet = tmp_path / "errors.csv"
    sheet.write_text(
        "sentence,annotated,found,verdict,reason\n2,per:1-2,,model,a name of two words\n"
    )
    monkeypatch.setattr(errors_read, "SHEET", sheet)
    path = tmp_path / "two.conll"
    path.write_text("Hello O\n\nJoe B-per\nSmith I-per\nleft O\n")
    errors_read.main(str(path))
    printed = capsys.readouterr().out
    assert "Sentence 2: Joe Smith left" in printed
    assert "per: Joe Smith" in printed and "nothing" in printed
    assert "model         1 of 1" in printed


def run(*arguments):
    return subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture
def trainer(tmp_path, monkeypatch):
    """In place of Python, a program that looks from outside like `train`, and takes no time:
    test_cli.py kills the real one."""
    program = tmp_path / "trainer"
    program.write_text(
        f"""#!{sys.executable}
import sys, time
from pathlib import Path
output = Path(sys.argv[sys.argv.index("--output") + 1])
checkpoint = output.with_name(output.name + ".checkpoint.npz")
checkpoint.touch()
time.sleep(0.5)
output.mkdir(exist_ok=True)
goes_another_way = Path(__file__).with_name("goes another way").exists() and "--resume" in sys.argv
weights = "others" if goes_another_way else str("--seed" in sys.argv)
for name, text in {{"weights": weights, "metrics.json": "{{}}", "settings.json": "{{}}"}}.items():
    (output / name).write_text(text)
checkpoint.unlink()
"""
    )
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program))
    monkeypatch.setattr("sys.argv", ["kills.py", "--kills", "2", "--models", "crf", "--late"])
    return program


def test_a_run_that_is_killed_and_resumed_ends_like_one_that_was_not(trainer, capsys):
    kills.main()
    assert re.match(
        r"crf: 2 kills, [0-2] with a checkpoint .* 2 resumed, 2 to the", capsys.readouterr().out
    )


def test_a_resumed_run_that_ends_otherwise_is_told(trainer):
    (trainer.parent / "goes another way").touch()
    with pytest.raises(SystemExit, match=r"2 resumed, 0 to the .*; all should be"):
        kills.main()


@pytest.mark.skipif(not Path("/proc").exists(), reason="memory is read from /proc")
def test_a_stream_is_tagged_and_its_rate_and_memory_are_printed(small_corpus, tmp_path):
    build_random("softmax").save(tmp_path / "model")
    printed = run(
        BENCHMARKS / "stream.py", tmp_path / "model", "--sentences", 100, "--corpus", small_corpus
    )
    assert re.match(r"[\d,]+ sentences of tokens a second\n", printed)
    assert re.search(
        r"^ +100 +[\d,]+ +[\d,]+ +[\d,]+$|^100 lines gave \d+ sentences; status 0", printed, re.M
    )


def test_the_calibration_prints_a_row_for_each_model(small_corpus, monkeypatch, capsys):
    enough = recipes.Recipe(epochs=8, batch_size=8, learning_rate=0.03)  # to find some names
    monkeypatch.setitem(recipes.RECIPES, "softmax", (enough, enough))
    monkeypatch.setattr(calibration, "RECIPES", {"softmax": enough})
    monkeypatch.setattr("sys.argv", ["calibration.py", str(small_corpus)])
    calibration.main()
    rows = re.findall(r"^\| ([\w-]+) \| 1 \| [\d,]+ \| (0\.\d+) ", capsys.readouterr().out, re.M)
    assert [name for name, _ in rows] == ["softmax"]


def test_the_runs_beside_an_encoder_are_stored_one_by_one_and_none_is_run_again(
    small_corpus, tmp_path, monkeypatch, capsys
):
    places = {"max_position_embeddings": 512}
    weights = encoders.draw(encoders.CONFIG | places)
    small = Encoder(encoders.write(tmp_path / "encoder", weights, **places))
    monkeypatch.setattr(encoder, "encoder", lambda: small)
    monkeypatch.setattr(encoder, "TARGET", tmp_path / "encoder.json")
    for name, path in {"RUNS": "results", "TARGET": "r.json", "TABLES": "r.md"}.items():
        monkeypatch.setattr(encoder.results, name, tmp_path / path)
    monkeypatch.setattr(encoder, "FINE_TUNING", recipes.RECIPES["char-crf"][0])
    table = small.network.table["encoder.layer.0.output.dense.bias"].numpy()
    glove = tmp_path / "glove.6B.50d.txt"
    glove.write_text("joe 0.5 1\nsaid -1 0\n", "utf-8")
    systems = ["frozen", "frozen-ensemble", "fine-tuned", "vectors"]
    call = ["encoder.py", str(small_corpus), "--seeds", "1", "--systems", *systems]
    monkeypatch.setattr("sys.argv", [*call, "--vectors", str(glove)])
    encoder.main()
    stored = read(tmp_path / "encoder.json")
    assert [run["system"] for run in stored] == [*systems[:3], glove.name]
    assert read(tmp_path / "r.json")["common"].keys() == {*systems[:2], glove.name}
    assert all(0 <= run["validation"]["f1"] <= 1 for run in stored)
    assert (small.network.table["encoder.layer.0.output.dense.bias"].numpy() == table).all()
    capsys.readouterr()
    encoder.main()
    assert capsys.readouterr().out == ""
    assert read(tmp_path / "encoder.json") == stored


def test_names_are_known_if_training_has_all_of_their_words():
    part = [Sentence(("Joe", "Smith", "met", "Ann"), ("B-per", "I-per", "O", "B-per"))]
    found = encoder.scores(part, [["B-per", "I-per", "O", "O"]], {"Joe", "met", "Ann"})
    assert (found["known_names"], found["known_recall"]) == (1, 0.0)
    assert (found["unknown_names"], found["unknown_recall"]) == (1, 1.0)


def test_features_are_taken_away_and_recall_is_that_of_names_in_the_vocabulary_and_others(
    small_corpus, tmp_path, monkeypatch, capsys
):
    read_features = []

    def run(architecture, parts, *, seed, vocabulary):
        """In place of a training: a tagger that finds what it has a vector for."""
        read_features.append(len(vocabulary.index2feature) > 2)
        known = [
            [
                tag if word in vocabulary.word2index else "O"
                for word, tag in zip(sentence.words, sentence.tags, strict=True)
            ]
            for sentence in parts.test
        ]
        return SimpleNamespace(tagger=SimpleNamespace(tag=lambda rows: known))

    monkeypatch.setattr(forms.corpus, "SAMPLE", small_corpus)
    monkeypatch.setattr(forms, "TARGET", tmp_path / "forms.json")
    monkeypatch.setattr(forms.experiment, "run", run)
    monkeypatch.setattr("sys.argv", ["forms.py", "--seeds", "1"])
    forms.main()
    stored = read(tmp_path / "forms.json")
    assert [run["system"] for run in stored] == ["without features", "with features"]
    assert read_features == [False, True]
    assert all((r["known_recall"], r["unknown_recall"]) == (1, 0) for r in stored)
    monkeypatch.setattr(forms.experiment, "run", None)  # is not called again
    forms.main()


def test_what_is_stored_of_the_features_is_of_the_same_names_in_every_run():
    stored = read(corpus.SAMPLE.with_name("forms.json"))
    assert {run["system"] for run in stored} == set(forms.SYSTEMS)
    assert {(run["known_names"], run["unknown_names"]) for run in stored} == {(675, 356)}
