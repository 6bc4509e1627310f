"""The metrics against examples worked by hand, brute force, scikit-learn, and each other."""

import numpy as np
import pytest
from brute_force import repaired, spans
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import precision_recall_fscore_support

from ner_tutorial import metrics

TAGS = ["O", "B-per", "I-per", "B-geo", "I-geo"]

# Worked by hand. Three true entities; the system finds the first, cuts the second short, and misses
# the third, where it begins one without a B-.
TRUE = [["B-per", "I-per", "O", "B-geo", "I-geo"], ["O", "B-geo"]]
FOUND = [["B-per", "I-per", "O", "B-geo", "O"], ["O", "I-geo"]]

# (true, predicted) pairs for sentences; the tags need not be valid.
corpora = st.lists(
    st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TAGS)), min_size=1, max_size=6),
    min_size=1,
    max_size=5,
).map(lambda pairs: tuple([[pair[i] for pair in row] for row in pairs] for i in (0, 1)))


def f1_by_brute_force(true, predicted, kinds=("per", "geo")):
    """Precision, recall, F1 and support of the entities of these types, 0 for 0/0."""
    wanted, found = (
        {(row, span) for row, tags in enumerate(side) for span in spans(tags, kinds)}
        for side in (true, predicted)
    )
    hits = len(wanted & found)
    precision = hits / len(found) if found else 0
    recall = hits / len(wanted) if wanted else 0
    f1 = 2 * precision * recall / (precision + recall) if hits else 0
    return [precision, recall, f1, len(wanted)]


# Tags that IOB2 forbids.


@given(st.lists(st.lists(st.sampled_from(TAGS), max_size=8)))
def test_the_invalid_tags_are_those_that_a_repair_changes(tags):
    changed = sum(a != b for row in tags for a, b in zip(row, repaired(row), strict=True))
    assert metrics.invalid_tags(tags) == changed


def test_each_i_tag_that_breaks_off_or_changes_type_is_invalid():
    assert metrics.invalid_tags([["I-per", "I-per"], ["B-geo", "I-per", "I-geo"], ["O"]]) == 3


# Tokens.


def test_token_accuracy_is_the_share_of_right_tags():
    assert metrics.token_accuracy(TRUE, FOUND) == 5 / 7


def test_padding_flatters():
    assert metrics.token_accuracy_with_padding(TRUE, FOUND, length=10) == 18 / 20
    assert metrics.token_accuracy_with_padding(TRUE, FOUND) == 138 / 140


@given(corpora, st.integers(6, 70))
def test_accuracy_with_padding_is_that_of_tags_that_were_padded(corpus, length):
    true, predicted = ([row + ["pad"] * (length - len(row)) for row in side] for side in corpus)
    expected = metrics.token_accuracy(true, predicted)
    assert metrics.token_accuracy_with_padding(*corpus, length) == pytest.approx(expected)


@given(corpora)
def test_the_confusion_matrix_counts_true_tags_in_rows_and_predicted_in_columns(corpus):
    pairs = [pair for rows in zip(*corpus, strict=True) for pair in zip(*rows, strict=True)]
    names = [*TAGS, "<_PAD_TAG_>"]
    table = metrics.confusion(*corpus, names)
    assert table.to_numpy().tolist() == [[pairs.count((t, p)) for p in names] for t in names]
    assert (table.index.name, table.columns.name) == ("true", "predicted")


def test_a_tag_against_the_rest_worked_by_hand():
    row = metrics.one_vs_rest(TRUE, FOUND, TAGS).loc["I-geo"]
    # Of 7 tokens 1 is I-geo and missed, and 1 other is called I-geo.
    assert row.to_dict() == {
        "accuracy": 5 / 7,
        "precision": 0,
        "recall": 0,
        "f1": 0,
        "support": 1,
    }


def test_a_ratio_of_nothing_is_nan_and_not_zero():
    table = metrics.one_vs_rest([["O", "B-per"]], [["O", "B-geo"]], ["O", "B-per", "B-geo", "pad"])
    nan = np.nan
    np.testing.assert_array_equal(table["precision"], [1, nan, 0, nan])  # never predicted
    np.testing.assert_array_equal(table["recall"], [1, 0, nan, nan])  # never there
    np.testing.assert_array_equal(table["f1"], [1, 0, 0, nan])
    np.testing.assert_array_equal(table["accuracy"], [1, 0.5, 0.5, 1])


@given(corpora)
def test_each_tag_against_the_rest_is_scored_as_by_scikit_learn(corpus):
    true, predicted = (np.array([tag for row in side for tag in row]) for side in corpus)
    table = metrics.one_vs_rest(*corpus, TAGS)
    expected = precision_recall_fscore_support(true, predicted, labels=TAGS, zero_division=np.nan)
    for name, values in zip(["precision", "recall", "f1", "support"], expected, strict=True):
        np.testing.assert_allclose(table[name], values, err_msg=name)
    for tag in TAGS:
        right = (true == tag) == (predicted == tag)
        assert table.at[tag, "accuracy"] == pytest.approx(right.mean())
    assert list(table.index) == TAGS


# Whole entities.


def test_entity_scores_worked_by_hand():
    table = metrics.entity_scores(TRUE, FOUND)
    assert table.loc["per"].tolist() == [1, 1, 1, 1]
    assert table.loc["geo"].tolist() == [0, 0, 0, 2]
    assert table.loc["all"].tolist() == pytest.approx([1 / 2, 1 / 3, 2 / 5, 3])
    assert list(table.columns) == ["precision", "recall", "f1", "support"]
    assert table["support"].dtype.kind == "i"


def test_only_the_lenient_reading_lets_an_i_tag_begin_an_entity():
    assert metrics.entity_scores(TRUE, FOUND, strict=False).loc["geo"].tolist() == pytest.approx(
        [1 / 2, 1 / 2, 1 / 2, 2]
    )
    assert metrics.entity_scores([["B-per"]], [["I-per"]]).at["all", "f1"] == 0
    assert metrics.entity_scores([["B-per"]], [["I-per"]], strict=False).at["all", "f1"] == 1


def assert_scores(table, true, predicted):
    expected = {kind: f1_by_brute_force(true, predicted, [kind]) for kind in ("per", "geo")}
    for kind, row in expected.items():
        in_table = table.loc[kind].tolist() if kind in table.index else [0, 0, 0, 0]
        assert in_table == pytest.approx(row), kind
    assert table.loc["all"].tolist() == pytest.approx(f1_by_brute_force(true, predicted))
    assert set(table.index) <= {"per", "geo", "all"}


@given(corpora)
@example(([["O"]], [["O"]]))
def test_strict_scores_are_those_of_comparing_every_span(corpus):
    assert_scores(metrics.entity_scores(*corpus), *corpus)


@given(corpora)
def test_lenient_scores_are_strict_scores_of_repaired_tags(corpus):
    lenient = metrics.entity_scores(*corpus, strict=False)
    assert_scores(lenient, *([repaired(row) for row in side] for side in corpus))


def test_evaluate_gives_the_figures_of_metrics_json():
    figures = metrics.evaluate(TRUE, FOUND)
    assert figures == {
        "token_accuracy": 5 / 7,
        "token_accuracy_with_padding": 138 / 140,
        "entity_precision": 1 / 2,
        "entity_recall": pytest.approx(1 / 3),
        "entity_f1": pytest.approx(2 / 5),
        "entity_f1_lenient": pytest.approx(2 / 3),
        "per_type": {
            "per": {"precision": 1, "recall": 1, "f1": 1, "support": 1},
            "geo": {"precision": 0, "recall": 0, "f1": 0, "support": 2},
        },
        "invalid_tags": 1,
    }


def test_the_scoreboard_has_a_row_for_each_system():
    table = metrics.scoreboard(TRUE, {"first": FOUND, "perfect": TRUE})
    assert list(table.index) == ["first", "perfect"]
    assert table.loc["first"].to_dict() == {
        "with padding": 138 / 140,
        "token accuracy": 5 / 7,
        "entity F1": pytest.approx(2 / 5),
        "impossible tags": 1,
    }
    assert table.loc["perfect"].tolist() == [1, 1, 1, 0]


# The bootstrap.

MANY = [["B-per", "I-per", "O"], ["O", "B-geo"], ["B-geo"], ["O", "O"]] * 10
WORSE = [["B-per", "I-per", "O"], ["O", "O"], ["B-per"], ["O", "O"]] * 10


def test_two_identical_systems_do_not_differ_in_any_draw():
    differences = metrics.paired_bootstrap(MANY, WORSE, WORSE, samples=50)
    assert differences.tolist() == [0] * 50


def test_the_interval_of_a_clearly_better_system_is_above_zero():
    better = metrics.paired_bootstrap(MANY, MANY, WORSE, samples=200)
    assert np.quantile(better, 0.025) > 0
    np.testing.assert_array_equal(metrics.paired_bootstrap(MANY, WORSE, MANY, samples=200), -better)


def test_the_draws_depend_on_the_seed():
    first, same, other = (
        metrics.paired_bootstrap(MANY, MANY, WORSE, samples=20, seed=seed) for seed in (1, 1, 2)
    )
    assert first.tolist() == same.tolist() != other.tolist()


@given(corpora, st.integers(0, 99))
def test_a_difference_is_that_of_the_scores_on_the_sentences_drawn(corpus, seed):
    true, first = corpus
    second = [["O"] * len(row) if number % 2 else row for number, row in enumerate(true)]
    draw = np.random.default_rng(seed)
    expected = []
    for _ in range(3):
        rows = draw.integers(0, len(true), len(true))
        drawn = [[side[row] for row in rows] for side in (true, first, second)]
        scores = [f1_by_brute_force(drawn[0], system)[2] for system in drawn[1:]]
        expected.append(scores[0] - scores[1])
    differences = metrics.paired_bootstrap(true, first, second, samples=3, seed=seed)
    assert differences == pytest.approx(expected)


@given(corpora, st.integers(0, 99))
def test_an_interval_of_a_type_is_that_of_its_scores_on_the_sentences_drawn(corpus, seed):
    true, found = corpus
    rows = len(true)
    random = np.random.default_rng(seed)
    drawn = [random.integers(0, rows, rows) for _ in range(5)]
    intervals = metrics.type_intervals(true, found, samples=5, seed=seed)
    assert intervals.index[-1] == "all"
    for kind in intervals.index:
        kinds = ("per", "geo") if kind == "all" else (kind,)
        scores = []
        for places in drawn:
            sides = [[side[place] for place in places] for side in corpus]
            scores.append(f1_by_brute_force(*sides, kinds)[2])
        assert intervals.loc[kind].tolist() == pytest.approx(np.quantile(scores, [0.025, 0.975]))


def test_intervals_have_a_row_for_each_row_of_the_scores_and_hold_them():
    scores = metrics.entity_scores(MANY, WORSE).join(metrics.type_intervals(MANY, WORSE))
    assert scores.notna().all(axis=None)
    assert (scores["low"] <= scores["f1"]).all() and (scores["f1"] <= scores["high"]).all()
    assert scores.at["all", "low"] < scores.at["all", "high"]
    assert metrics.type_intervals(MANY, WORSE).equals(metrics.type_intervals(MANY, WORSE))


def test_the_interval_of_a_type_that_is_always_right_has_no_width():
    assert metrics.type_intervals(MANY, MANY).loc["per"].tolist() == [1, 1]


# Lists that do not fit.

ALL = {
    "token_accuracy": metrics.token_accuracy,
    "token_accuracy_with_padding": metrics.token_accuracy_with_padding,
    "one_vs_rest": lambda true, predicted: metrics.one_vs_rest(true, predicted, TAGS),
    "confusion": lambda true, predicted: metrics.confusion(true, predicted, TAGS),
    "entity_scores": metrics.entity_scores,
    "evaluate": metrics.evaluate,
    "scoreboard": lambda true, predicted: metrics.scoreboard(true, {"system": predicted}),
    "paired_bootstrap": lambda true, predicted: metrics.paired_bootstrap(true, true, predicted),
    "type_intervals": metrics.type_intervals,
}


@given(corpora)
def test_the_entity_f1_is_that_of_all_types_together(corpus):
    assert metrics.entity_f1(*corpus) == pytest.approx(
        metrics.entity_scores(*corpus).at["all", "f1"]
    )


def test_without_a_sentence_the_entity_f1_is_0():
    assert metrics.entity_f1([], []) == 0


@pytest.mark.parametrize("score", ALL.values(), ids=ALL)
def test_every_metric_names_the_sentence_whose_tags_do_not_fit(score):
    with pytest.raises(ValueError, match="sentence 1 has 2 true tags, but 3 predicted"):
        score(TRUE, [FOUND[0], [*FOUND[1], "O"]])
    with pytest.raises(ValueError, match="2 sentences of true tags, but 1 of predicted ones"):
        score(TRUE, FOUND[:1])


@pytest.mark.parametrize("kind", ["all", "avg", "micro avg", "macroavg", "weighted avg"])
def test_a_type_named_like_an_average_is_scored_like_any_other(kind):
    true = [[f"B-{kind}", f"I-{kind}", "O"], ["B-per", "O", f"B-{kind}"]]
    found = [[f"B-{kind}", f"I-{kind}", "O"], ["O", "O", f"B-{kind}"]]
    scores = metrics.evaluate(true, found)
    assert set(scores["per_type"]) == {kind, "per"}
    assert scores["per_type"][kind] == {"precision": 1, "recall": 1, "f1": 1, "support": 2}
    assert scores["entity_f1"] == scores["entity_f1_lenient"] == pytest.approx(2 * 2 / (2 + 3))


def test_a_confidence_that_is_kept_has_no_calibration_error():
    draw = np.random.default_rng(0)
    sure = draw.uniform(size=100_000)
    right = draw.uniform(size=100_000) < sure
    assert metrics.expected_calibration_error(sure, right) < 0.01
    assert metrics.expected_calibration_error(sure, ~right) > 0.3


def test_the_calibration_error_is_the_distance_weighted_with_the_words_by_hand():
    sure, right = [0.95, 0.95, 0.95, 0.25], [True, False, True, True]
    table = metrics.calibration(sure, right)
    assert table["words"].tolist() == [1, 3]
    np.testing.assert_allclose(table["right"], [1, 2 / 3])
    for (low, high), k, n in zip(table[["low", "high"]].to_numpy(), (1, 2), (1, 3), strict=True):
        assert (low, high) == pytest.approx(
            binomtest(k, n).proportion_ci(method="wilson"), abs=1e-4
        )
    by_hand = 1 / 4 * abs(0.25 - 1) + 3 / 4 * abs(0.95 - 2 / 3)
    assert metrics.expected_calibration_error(sure, right) == pytest.approx(by_hand)
    assert metrics.expected_calibration_error([1.0], [True]) == 0
