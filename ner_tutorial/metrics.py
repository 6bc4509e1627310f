"""What a model's tags are worth: token accuracy, a table per tag, entities, errors (lesson 05).

Tags come here as lists of strings, one list a sentence, without padding: `[["O", "B-per"], ...]`.
"""

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2
from sklearn.metrics import confusion_matrix

from ner_tutorial.corpus import MAX_LENGTH
from ner_tutorial.iob2 import entities, missing_starts

Tags = Sequence[Sequence[str]]


def invalid_tags(tags: Tags) -> int:
    """How many I- tags do not continue an entity of their type: sequences that IOB2 forbids."""
    return sum(len(missing_starts(sentence)) for sentence in tags)


def token_accuracy(true: Tags, predicted: Tags) -> float:
    """The share of words with the right tag."""
    right, words = _count_right(true, predicted)
    return right / words


def token_accuracy_with_padding(true: Tags, predicted: Tags, length: int = MAX_LENGTH) -> float:
    """The share of right tags if sentences are padded to `length` and padding counts as right.

    It is what a program that forgets the mask reports, and it flatters (lesson 02).
    """
    right, words = _count_right(true, predicted)
    total = len(true) * length
    return (right + total - words) / total


def one_vs_rest(true: Tags, predicted: Tags, tag_names: Sequence[str]) -> pd.DataFrame:
    """Each tag against all others: one row a tag (lesson 05).

    Args:
        true, predicted: the tags of each sentence.
        tag_names: the rows, in this order.

    Returns:
        A table with the columns `accuracy`, `precision`, `recall`, `f1` and `support` (how many
        tokens have the tag). Precision is NaN, 0/0, for a tag never predicted; recall for one that
        never occurs.
    """
    counts = confusion(true, predicted, tag_names).to_numpy()
    hits = np.diag(counts)
    support, chosen, total = counts.sum(axis=1), counts.sum(axis=0), counts.sum()
    with np.errstate(invalid="ignore"):
        columns = {
            "accuracy": (total - support - chosen + 2 * hits) / total,
            "precision": hits / chosen,
            "recall": hits / support,
            "f1": 2 * hits / (support + chosen),
            "support": support,
        }
    return pd.DataFrame(columns, index=pd.Index(tag_names, name="tag"))


def confusion(true: Tags, predicted: Tags, tag_names: Sequence[str]) -> pd.DataFrame:
    """How often each true tag (row) was given each tag (column)."""
    _count_right(true, predicted)
    flat_true = [tag for sentence in true for tag in sentence]
    flat_predicted = [tag for sentence in predicted for tag in sentence]
    counts = confusion_matrix(flat_true, flat_predicted, labels=list(tag_names))
    return pd.DataFrame(
        counts,
        index=pd.Index(tag_names, name="true"),
        columns=pd.Index(tag_names, name="predicted"),
    )


def entity_scores(true: Tags, predicted: Tags, strict: bool = True) -> pd.DataFrame:
    """Precision, recall and F1 of whole entities, by type, with seqeval.

    An entity counts if its type and both its borders are right. Strictly, an I- tag without a start
    is no entity; leniently (seqeval's default) it begins one.

    Args:
        true, predicted: the tags of each sentence.
        strict: strict IOB2, or lenient.

    Returns:
        A table with a row a type and the row `all` (micro average), and the columns `precision`,
        `recall`, `f1` and `support` (how many entities there are).
    """
    by_type, overall = _entity_scores(true, predicted, strict)
    return pd.concat([by_type, overall.to_frame("all").T]).astype({"support": int})


def _entity_scores(true: Tags, predicted: Tags, strict: bool) -> tuple[pd.DataFrame, pd.Series]:
    """By type, and over all: apart, since a type of a corpus may be called `all` or `micro avg`."""
    _count_right(true, predicted)
    # Without the scheme, strict mode silently scores leniently.
    mode = {"mode": "strict", "scheme": IOB2} if strict else {}
    with warnings.catch_warnings():
        # A type that is never predicted has precision 0, by seqeval's convention.
        warnings.simplefilter("ignore")
        report = classification_report(
            *([[_as_type(tag) for tag in tags] for tags in rows] for rows in (true, predicted)),
            output_dict=True,
            zero_division=0,
            **mode,
        )
    columns = ["precision", "recall", "f1", "support"]
    table = pd.DataFrame(report).T.rename(columns={"f1-score": "f1"})[columns]
    by_type = table[table.index.str.startswith(_TYPE)]
    by_type.index = by_type.index.str.removeprefix(_TYPE)
    return by_type.astype({"support": int}), table.loc["micro avg"]


_TYPE = "type "


def _as_type(tag: str) -> str:
    """A tag whose type cannot be taken for one of seqeval's averages."""
    return tag if tag == "O" else f"{tag[:2]}{_TYPE}{tag[2:]}"


def entity_f1(true: Tags, predicted: Tags) -> float:
    """The strict F1 of whole entities of all types (lesson 05): what `entity_scores` has in the row
    `all`, sooner.

    >>> entity_f1([["B-per", "I-per", "O", "B-geo"]], [["B-per", "I-per", "O", "O"]])
    0.6666666666666666
    """
    hits, found, wanted = _entity_counts(true, predicted).sum(axis=0)
    return float(2 * hits / max(found + wanted, 1))


def evaluate(true: Tags, predicted: Tags, length: int = MAX_LENGTH) -> dict:
    """All figures for one model, in the form of `metrics.json`; `length` is the padding's.

    Returns:
        `token_accuracy`, `token_accuracy_with_padding`, `entity_precision`, `entity_recall`,
        `entity_f1` (strict), `entity_f1_lenient`, `per_type` and `invalid_tags`.
    """
    by_type, overall = _entity_scores(true, predicted, strict=True)
    _, lenient = _entity_scores(true, predicted, strict=False)
    return {
        "token_accuracy": token_accuracy(true, predicted),
        "token_accuracy_with_padding": token_accuracy_with_padding(true, predicted, length),
        "entity_precision": float(overall["precision"]),
        "entity_recall": float(overall["recall"]),
        "entity_f1": float(overall["f1"]),
        "entity_f1_lenient": float(lenient["f1"]),
        "per_type": by_type.to_dict(orient="index"),
        "invalid_tags": invalid_tags(predicted),
    }


def calibration(
    confidences: Sequence[float], right: Sequence[bool], bins: int = 10
) -> pd.DataFrame:
    """How often a model is right where it says that it is so sure (lesson 07).

    Args:
        confidences: between 0 and 1, one a word.
        right: whether that word's tag is right.
        bins: into how many parts of equal width the confidences are sorted.

    Returns:
        A row for each part that holds a word, with the columns `confidence` (the mean), `right`
        (the share), `low` and `high` (the share's 95% interval, as if the words were independent:
        Wilson, 1927) and `words`.
    """
    sure = np.asarray(confidences, float)
    part = np.minimum((sure * bins).astype(int), bins - 1)
    table = pd.DataFrame({"confidence": sure, "right": np.asarray(right, float), "part": part})
    groups = table.groupby("part")
    found, words = groups[["confidence", "right"]].mean(), groups.size()
    low, high = wilson(found["right"], words)
    return found.assign(low=low, high=high, words=words)


def wilson(share: Any, number: Any) -> tuple[Any, Any]:
    """The ends of the 95% interval of a share among so many independent cases (Wilson, 1927). It
    has a width even where the share is 0 or 1.

    Args:
        share, number: numbers, arrays or columns, all of one kind.

    >>> [round(float(end), 3) for end in wilson(0.0, 60)]
    [0.0, 0.06]
    """
    z = 1.96
    centre = share + z**2 / (2 * number)
    reach = z * np.sqrt(share * (1 - share) / number + (z / (2 * number)) ** 2)
    scale = 1 + z**2 / number
    return (centre - reach) / scale, (centre + reach) / scale


def expected_calibration_error(
    confidences: Sequence[float], right: Sequence[bool], bins: int = 10
) -> float:
    """The mean distance between confidence and share of right tags, over the parts of `calibration`
    weighted with their words (Guo et al., 2017): 0 where 0.9 means right in nine cases of ten."""
    table = calibration(confidences, right, bins)
    distance = (table["confidence"] - table["right"]).abs()
    return float(np.average(distance, weights=table["words"]))


def scoreboard(true: Tags, systems: dict[str, Tags]) -> pd.DataFrame:
    """The table that grows through the lessons: a row for each system.

    Args:
        true: the true tags of each sentence.
        systems: for each system's name its predicted tags.
    """
    rows = {}
    for name, predicted in systems.items():
        scores = evaluate(true, predicted)
        rows[name] = {
            "with padding": scores["token_accuracy_with_padding"],
            "token accuracy": scores["token_accuracy"],
            "entity F1": scores["entity_f1"],
            "impossible tags": scores["invalid_tags"],
        }
    return pd.DataFrame.from_dict(rows, orient="index").astype({"impossible tags": int})


def paired_bootstrap(
    true: Tags, first: Tags, second: Tags, samples: int = 1000, seed: int = 42
) -> np.ndarray:
    """How much higher the first system's strict entity F1 is, on test parts drawn anew (lesson 05).

    Sentences are drawn with replacement, the same ones for both systems (Berg-Kirkpatrick, Burkett
    and Klein, 2012).

    Returns:
        The differences in F1, float (samples,); their 2.5% and 97.5% quantiles are the 95%
        interval.
    """
    counts = np.stack([_entity_counts(true, first), _entity_counts(true, second)], axis=1)
    f1 = _f1_of_draws(counts, samples, seed)
    return f1[:, 0] - f1[:, 1]


def type_intervals(
    true: Tags, predicted: Tags, samples: int = 1000, seed: int = 42
) -> pd.DataFrame:
    """How far the strict F1 of each type varies on test parts drawn anew (lesson 05).

    Sentences are drawn with replacement: the bootstrap's percentiles (Efron, 1979).

    Returns:
        A table with a row a type and the row `all`, and the columns `low` and `high`, the ends of
        the 95% interval: it goes with `entity_scores`.
    """
    kinds = sorted({tag[2:] for tags in (*true, *predicted) for tag in tags if tag != "O"})
    counted = [_entity_counts(true, predicted, kind) for kind in [*kinds, None]]
    f1 = _f1_of_draws(np.stack(counted, axis=1), samples, seed)
    low, high = np.quantile(f1, [0.025, 0.975], axis=0)
    return pd.DataFrame({"low": low, "high": high}, index=[*kinds, "all"])


def _f1_of_draws(counts: np.ndarray, samples: int, seed: int) -> np.ndarray:
    """F1 on sentences that are drawn with replacement, as many as there are.

    Args:
        counts: int (sentences, columns, 3), from `_entity_counts`; all columns share the draws.

    Returns:
        float (samples, columns).
    """
    draw, sentences = np.random.default_rng(seed), len(counts)
    f1 = np.empty((samples, counts.shape[1]))
    for sample in range(samples):
        rows = draw.integers(0, sentences, sentences)
        hits, found, wanted = counts[rows].sum(axis=0).T  # each of shape (columns,)
        f1[sample] = 2 * hits / np.maximum(found + wanted, 1)
    return f1


def _entity_counts(true: Tags, predicted: Tags, kind: str | None = None) -> np.ndarray:
    """For each sentence: entities right, found, and wanted, of one type or of all."""
    _count_right(true, predicted)
    counts = []
    for wanted_tags, found_tags in zip(true, predicted, strict=True):
        wanted, found = (
            {entity for entity in entities(tags) if kind in (None, entity.type)}
            for tags in (wanted_tags, found_tags)
        )
        counts.append((len(wanted & found), len(found), len(wanted)))
    return np.array(counts, int).reshape(-1, 3)


def _count_right(true: Iterable, predicted: Iterable) -> tuple[int, int]:
    right = words = 0
    true, predicted = list(true), list(predicted)
    if len(true) != len(predicted):
        raise ValueError(
            f"{len(true)} sentences of true tags, but {len(predicted)} of predicted ones"
        )
    for row, (wanted, found) in enumerate(zip(true, predicted, strict=True)):
        if len(wanted) != len(found):
            raise ValueError(
                f"sentence {row} has {len(wanted)} true tags, but {len(found)} predicted"
            )
        words += len(wanted)
        right += sum(a == b for a, b in zip(wanted, found, strict=True))
    return right, words
