"""What each part of char-crf is worth: take it away, or add one more, and train again.

    python benchmarks/ablation.py FILE [--rows NAME ...] [--seeds N] [--whole]

FILE is Kaggle's ner_dataset.csv, or the zip that holds it. The models learn from the first third of
the training part (with --whole, from all of it) and are scored on the validation part; the test
part is not looked at. Writes each row, with the command that makes it, to data/ablation.json when
it is done; a row that is there already, with as many seeds, is not trained again.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import runs
import variants

from ner_tutorial import batching, corpus, errors, experiment, metrics, models
from ner_tutorial.corpus import Sentence
from ner_tutorial.recipes import CLASSIC, Recipe
from ner_tutorial.vocabulary import Vocabulary

TARGET = Path(__file__).resolve().parent.parent / "data" / "ablation.json"


@dataclass(frozen=True)
class Row:
    """What differs from char-crf.

    Attributes:
        architecture: another one.
        recipe: settings of the recipe.
        network: arguments of `models.char_crf`.
        build: makes another network in its place.
        vocabulary: from char-crf's vocabulary to this row's.
        averages: whether the weights are averaged.
        sentence_before: whether each sentence is read behind the one before it.
    """

    architecture: str = "char-crf"
    recipe: dict = field(default_factory=dict)
    network: dict = field(default_factory=dict)
    build: Callable | None = None
    vocabulary: Callable[[Vocabulary], Vocabulary] = lambda vocabulary: vocabulary
    averages: bool = False
    sentence_before: bool = False


with_cnn = partial(variants.larger, letters=True)
no_dropout = {"word_dropout": 0.0, "input_dropout": 0.0, "hidden_dropout": 0.0}
ROWS = {
    "char-crf": Row(),
    "with the window": Row(network={"reads_window": True}),
    "without features of the form": Row(vocabulary=variants.without_features),
    "without word dropout": Row(network={"word_dropout": 0.0}),
    "without the other dropout": Row(network={"input_dropout": 0.0, "hidden_dropout": 0.0}),
    "without constrained training": Row(network={"constrain_training": False}),
    "without decay": Row(recipe={"decay": False}),
    "without clipping": Row(recipe={"clip_norm": None}),
    "LSTM half as wide": Row(network={"units": 64}),
    "LSTM wider by half": Row(network={"units": 192}),
    "with a character CNN": Row(build=with_cnn, vocabulary=variants.with_letters),
    "a character CNN in place of the features": Row(
        build=with_cnn,
        vocabulary=lambda full: variants.with_letters(variants.without_features(full)),
    ),
    "with a second BiLSTM": Row(build=partial(variants.larger, lstms=2)),
    "with averaged weights": Row(averages=True),
    "with the sentence before": Row(sentence_before=True),
    # From the classic network to char-crf, a step a row; the last step are the features.
    "the classic recipe": Row(architecture="crf", recipe=asdict(CLASSIC)),
    "the classic network": Row(architecture="crf"),
    "wider": Row(
        network={**no_dropout, "constrain_training": False}, vocabulary=variants.without_features
    ),
    "wider, with dropout": Row(
        network={"constrain_training": False}, vocabulary=variants.without_features
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--rows", nargs="*", choices=ROWS, default=list(ROWS))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--whole", action="store_true")
    options = parser.parse_args()
    sentences = corpus.load(options.file)
    parts = batching.split(sentences)
    amount = "the training part"
    if not options.whole:
        amount = f"a third of {amount}"
        parts = parts._replace(train=parts.train[: len(parts.train) // 3])
    results = runs.kept(TARGET, {})
    rows = results.setdefault(amount, {})
    missing = [
        (name, seed)
        for name in options.rows
        for seed in range(
            len(rows.get(name, {"entity_f1": []})["entity_f1"]) + 1, options.seeds + 1
        )
    ]
    for (name, seed), (micro, macro) in runs.each(run, (sentences, parts), missing):
        print(f"{name}, seed {seed}: {micro:.4f}, macro {macro:.3f}", flush=True)
        found = rows.setdefault(name, {"entity_f1": [], "macro_f1": []})
        found["entity_f1"].append(micro)
        found["macro_f1"].append(macro)
        deviation = round(float(np.std(found["entity_f1"], ddof=1)), 4) if seed > 1 else None
        flags = " --whole" if options.whole else ""
        command = f"python benchmarks/ablation.py FILE --rows '{name}' --seeds {seed}{flags}"
        found |= {"deviation": deviation, "command": command}
        results[amount] = rows = {row: rows[row] for row in ROWS if row in rows}
        runs.keep(results, TARGET)


def run(material: tuple, name: str, seed: int) -> tuple[float, float]:
    """Strict entity F1 on the validation part, over all entities and as the mean over the types."""
    sentences, parts = material
    row = ROWS[name]
    full = experiment.vocabulary_of(row.architecture, sentences, parts.train, min_count=2)
    recipe = Recipe.choose(row.architecture, len(parts.train))
    shown = with_sentences_before(parts, sentences) if row.sentence_before else parts
    mean = [variants.AveragedWeights()] if row.averages else []
    tagger = experiment.run(
        row.architecture,
        shown._replace(test=shown.validation),
        replace(recipe, **row.recipe),
        seed=seed,
        vocabulary=row.vocabulary(full),
        build=partial(changed_char_crf, change=row.network) if row.network else row.build,
        callbacks=mean,
    ).tagger
    for callback in mean:
        callback.put_in()
    found = tagger.tag([sentence.words for sentence in shown.validation])
    found = [tags[-len(s) :] for tags, s in zip(found, parts.validation, strict=True)]
    scores = metrics.entity_scores([s.tags for s in parts.validation], found)["f1"]
    return round(float(scores["all"]), 4), round(float(scores.drop("all").mean()), 4)


def changed_char_crf(vocabulary: Vocabulary, change: dict):
    sizes = map(len, (vocabulary.index2word, vocabulary.index2feature, vocabulary.index2tag))
    return models.char_crf(*sizes, vocabulary.index2tag, **{"constrain_training": True} | change)


def with_sentences_before(parts: batching.Split, sentences: Sequence[Sentence]) -> batching.Split:
    before = dict(zip(sentences[1:], sentences, strict=False))
    allowed = [*parts.train, *parts.validation]
    return parts._replace(
        train=variants.with_sentence_before(parts.train, before, parts.train),
        validation=variants.with_sentence_before(parts.validation, before, allowed),
    )


if __name__ == "__main__":
    with errors.one_line():
        main()
