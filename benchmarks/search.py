"""A search over the settings of training, judged on the validation part.

    python benchmarks/search.py [FILE] [--model NAME] [--dev FILE] [--third] [--vectors FILE]
                                [--seeds N] [--try SETTING=VALUE,... ...]

FILE is a corpus, by default the sample; with --dev it is the training part, and the other file the
validation part; --third learns from the first third of the training part; --vectors names a file of
vectors learned elsewhere, for char-crf or the ensemble. Each --try is a training with these
settings in place of the recipe's, such as `decay=true,clip_norm=5.0`, for each of N seeds. Its
result is added to benchmarks/search.json; what is there already is not trained again. Without
--try, the BiLSTM-CRF is trained with each pair of batch size and rate around those of its recipe,
into data/search.json, which lesson 05 shows: remove it to begin anew. No test part is looked at.
"""

import argparse
import json
import time
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import Any

import runs

from ner_tutorial import batching, corpus, errors, experiment, vectors
from ner_tutorial.models import ARCHITECTURES
from ner_tutorial.recipes import RECIPES, Recipe

SIZES = (1 / 2, 1, 2)  # times the recipe's
RATES = (1 / 3, 1, 10 / 3)
SEED = 42
OF_GRID = ("best_epoch", "validation_entity_f1")  # what is stored of what its runs find
GRID = corpus.SAMPLE.with_name("search.json")
KEPT = Path(__file__).resolve().with_name("search.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", nargs="?", type=Path, default=corpus.SAMPLE)
    parser.add_argument("--model", choices=RECIPES, default="crf")
    parser.add_argument("--dev", type=Path)
    parser.add_argument("--third", action="store_true")
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--try", nargs="*", type=settings, dest="tries")
    options = parser.parse_args()
    if options.vectors:
        if not (options.tries and ARCHITECTURES[options.model].reads_form):
            parser.error("--vectors is for --try, with --model char-crf or ensemble")
        options.vectors = options.vectors.resolve()  # a worker elsewhere has another folder
    sentences, parts = parts_of(options.file, options.dev)
    if options.third:
        parts = parts._replace(train=parts.train[: len(parts.train) // 3])
    target, tries = (KEPT, given(options, parts)) if options.tries else (GRID, grid(parts))
    kept = runs.kept(target, [])
    missing = runs.missing(tries, kept)
    for run, found in runs.each(train, (sentences, parts, options.vectors), missing):
        shown = found if options.tries else {name: found[name] for name in OF_GRID}
        kept.append(missing[run] | shown)
        print(json.dumps(kept[-1]), flush=True)
        runs.keep(kept, target)


def settings(text: str) -> dict[str, Any]:
    """The settings of a recipe in `name=value,...`, each value as JSON.

    >>> settings("min_count=2,decay=true")
    {'min_count': 2, 'decay': True}
    """
    pairs = (setting.split("=") for setting in text.split(","))
    return {name: json.loads(value) for name, value in pairs}


def parts_of(path: Path, dev: Path | None) -> tuple[list[corpus.Sentence], batching.Split]:
    """All sentences, and a training and a validation part; the latter also stands where the test
    part would."""
    if dev:
        train, validation = corpus.read(path), corpus.read(dev)
        return [*train, *validation], batching.Split(train, validation, validation)
    sentences = corpus.load(path)
    parts = batching.split(sentences)
    return sentences, parts._replace(test=parts.validation)


def given(options: argparse.Namespace, parts: batching.Split) -> dict[tuple, dict[str, Any]]:
    """The runs that were asked for, and what is stored of each besides what it finds."""
    usual = Recipe.choose(options.model, len(parts.train))
    about = {
        "corpus": options.file.name,
        "sentences": len(parts.train),
        "vectors": options.vectors.name if options.vectors else None,
        "model": options.model,
    }
    found = {}
    for tried, seed in product(options.tries, range(1, options.seeds + 1)):
        recipe = replace(usual, **tried)
        found[options.model, recipe, seed] = about | {"recipe": asdict(recipe), "seed": seed}
    return found


def grid(parts: batching.Split) -> dict[tuple, dict[str, Any]]:
    """The same of the runs around the recipe of the BiLSTM-CRF."""
    usual = replace(Recipe.choose("crf", len(parts.train)), min_count=2)
    found = {}
    for size, rate in product(SIZES, RATES):
        tried = {
            "batch_size": round(usual.batch_size * size),
            "learning_rate": round(usual.learning_rate * rate, 6),
            "epochs": usual.epochs,
        }
        found["crf", replace(usual, **tried), SEED, False] = tried
    return found


def train(
    material: tuple, model: str, recipe: Recipe, seed: int, iob2_only: bool = True
) -> dict[str, Any]:
    sentences, parts, file = material
    known = vectors.read(file, {word for s in parts.train for word in s.words}) if file else None
    vocabulary = experiment.vocabulary_of(model, sentences, parts.train, recipe.min_count, known)
    clock = time.perf_counter()
    result = experiment.run(
        model,
        parts,
        recipe,
        seed=seed,
        vocabulary=vocabulary,
        vectors=known,
        iob2_only=iob2_only,
    )
    per_type = result.figures["per_type"].values()
    return {
        "best_epoch": result.best_epoch,
        "validation_entity_f1": round(result.figures["entity_f1"], 4),
        "validation_macro_f1": round(sum(row["f1"] for row in per_type) / len(per_type), 4),
        "minutes": round((time.perf_counter() - clock) / 60, 1),
    }


if __name__ == "__main__":
    with errors.one_line():
        main()
