"""A model card: what a saved model learned from, how good it is, and what nobody knows (lesson 09).

It is Markdown with metadata in front, in the form that model hubs read (Mitchell et al., 2019; the
Hugging Face Hub's `modelcard.md`). What only people know is left as a blank to fill in.
"""

import html
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ner_tutorial import files, saving
from ner_tutorial.errors import TaggerError
from ner_tutorial.vocabulary import PADDING_WORD, UNKNOWN_WORD

BLANK = "**[fill in]**"

_TEXT = """\
# {title}

Finds named entities in text: {types}. A network of the kind `{model}`, {learned}made with the
course ner_tutorial {version}.

## Use

    echo "Some text." | python -m ner_tutorial tag DIRECTORY

- Meant for: {blank}
- Not meant for: decisions about people that nobody checks. {blank}

## Data

{parts}

Where the texts come from, who annotated them, by which guidelines, and how far annotators agree:
{blank}

Who may use them, and for what: {blank}

## Figures

{figures}

## Confidence

{calibration}

## Known gaps

- The figures are those of texts like the ones it learned from. On others they may be lower, and
  nothing here says by how much: {blank}
- Whom does it miss? People with names of some languages, perhaps, more than others: {blank}
- Words of the training data, names of people among them, stand readable in `vocabulary.json`:
  {words}. Whether that may be shared: {blank}
- Text in which it hid the names it found is not anonymous: some it does not find.{rare}

## How it was trained

{training}

## How to cite

{blank}

Questions and corrections go to: {blank}
"""


def write(directory: str | os.PathLike, force: bool = False) -> Path:
    """Write a model's card into its directory, from its settings and its metrics.

    Args:
        directory: as `train` wrote it.
        force: replace a card that is there, and what people wrote into it.

    Raises:
        TaggerError: there is no model, no `metrics.json` of one, or a card already.
    """
    directory = Path(directory)
    target = directory / saving.CARD
    settings, figures = saving.read_settings(directory), saving.read_metrics(directory)
    vocabulary = saving.read_vocabulary(directory, settings["model"])
    words = {*vocabulary.index2word, *vocabulary.index2vector} - {UNKNOWN_WORD, PADDING_WORD}
    if os.path.lexists(target) and not force:
        raise TaggerError(f"{target}: is there already", "give {force} to replace it")
    try:
        text = card(directory.resolve().name, settings, figures, len(words))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise TaggerError(
            f"{directory / saving.METRICS}: not the figures of a training; train again"
        ) from None
    with files.whole(target) as partial:
        partial.write_text(text, encoding="utf-8")
    return target


def card(title: str, settings: dict[str, Any], figures: dict[str, Any], words: int) -> str:
    """The text of a card.

    Args:
        title: what the model is called.
        settings: of `settings.json`.
        figures: of `metrics.json`.
        words: how many stand in `vocabulary.json`.
    """
    training = settings["training"] or {}
    per_type = figures["per_type"]
    rare = [kind for kind, row in sorted(per_type.items()) if row["support"] < 30]
    learned = [
        f"with {what} learned elsewhere, "
        for what, used in [
            ("word vectors", training.get("vectors")),
            ("an encoder", settings["encoder"]),
        ]
        if used
    ]
    body = _TEXT.format(
        title=_plain(title),
        types=", ".join(map(_code, sorted(per_type))),
        model=settings["model"],
        learned="".join(learned),
        version=_plain(settings["versions"].get("ner_tutorial", "")),
        parts=_parts(figures),
        figures=_figures(figures),
        calibration=_calibration(figures.get("calibration")),
        words=f"{words:,} different ones",
        rare=f"\n- Figures of types with few examples mean little: {', '.join(map(_code, rare))}."
        if rare
        else "",
        training=_rows(
            ("setting", "value"),
            [
                (_code(name), _code(str(value)))
                for name, value in training.items()
                if value is not None and not isinstance(value, dict)
            ],
        ),
        blank=BLANK,
    )
    return f"{_front(title, figures)}\n{body}"


def _front(title: str, figures: dict[str, Any]) -> str:
    """The metadata."""
    metrics = [
        ("precision", "Precision of entities", figures["entity_precision"]),
        ("recall", "Recall of entities", figures["entity_recall"]),
        ("f1", "F1 of entities", figures["entity_f1"]),
    ]
    corpus = _quoted(figures["corpus"])
    lines = [
        "---",
        "# Fill in: the languages, such as en, and the license, such as cc0-1.0.",
        "language: []",
        'license: "unknown"',
        "pipeline_tag: token-classification",
        "tags:",
        "- named-entity-recognition",
        "- token-classification",
        "- bilstm-crf",
        "model-index:",
        f"- name: {_quoted(title)}",
        "  results:",
        "  - task:",
        "      type: token-classification",
        "      name: Named entity recognition",
        "    dataset:",
        f"      type: {corpus}",
        f"      name: {corpus}",
        f"      split: {_quoted(figures['part'])}",
        "    metrics:",
    ]
    for kind, name, value in metrics:
        lines += [f"    - type: {kind}", f"      name: {name}", f"      value: {value:.4f}"]
    return "\n".join([*lines, "---", ""])


def _parts(figures: dict[str, Any]) -> str:
    rows = [
        (name, _code(part["file"]), f"{part['sentences']:,}", "drawn" if part["drawn"] else "given")
        for name, part in figures["parts"].items()
    ]
    return _rows(("part", "file", "sentences", ""), rows)


def _figures(figures: dict[str, Any]) -> str:
    """The table by type, with intervals where they were measured."""
    intervals = figures.get("f1_intervals", {"per_type": {}})
    rows = [
        (_code(kind), *_scores(row, intervals["per_type"].get(kind)), str(int(row["support"])))
        for kind, row in figures["per_type"].items()
    ]
    overall = {name: figures[f"entity_{name}"] for name in ("precision", "recall", "f1")}
    total = sum(int(row["support"]) for row in figures["per_type"].values())
    rows.append(("all", *_scores(overall, intervals.get("all")), str(total)))
    return (
        f"Whole entities, on the {figures['scored']:,} sentences of the {figures['part']} part: "
        "right if the type and both borders are. The interval (95%) says how F1 varies among "
        "samples of sentences like these.\n\n"
        + _rows(("type", "precision", "recall", "F1", "interval of F1", "entities"), rows)
    )


def _scores(row: dict[str, float], interval: list[float] | None) -> list[str]:
    between = "{:.3f} to {:.3f}".format(*interval) if interval else "not measured"
    return [*(f"{row[name]:.3f}" for name in ("precision", "recall", "f1")), between]


def _calibration(found: dict[str, Any] | None) -> str:
    if not found or found["error"] is None:
        return "How far its confidence can be believed was not measured."
    return (
        f"On the {found['words']:,} words of the test part that it took for parts of entities, its "
        f"confidence and the share of right tags are {found['error']:.3f} apart (expected "
        "calibration error; 0 is the best)."
    )


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _quoted(text: str) -> str:
    """A name as a string of YAML, whatever it holds."""
    return '"{}"'.format(
        "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)
    )


def _plain(text: str) -> str:
    """A name as text alone: nothing in it is Markdown or HTML."""
    line = html.escape(" ".join(text.split()))
    return re.sub(r"[^\w\s.,&#;]", lambda found: f"&#{ord(found[0])};", line)


def _code(text: str) -> str:
    """The same as code."""
    return f"<code>{_plain(text)}</code>"
