"""Train the lessons' systems with five seeds each, and store what varies.

    python benchmarks/seeds.py [FILE] [--seeds N] [--output FILE]

FILE is a corpus, by default the sample. Writes data/seeds.json, which lessons 05 and 06 read, or
the file of --output: for each system and seed its figures on the validation and on the test part,
and whether it tags each of the lessons' running examples rightly. The sample is also split by
frames: what was made from one frame then lies in one part. A run that is stored already is not
repeated: to begin anew, remove the file. Nothing is chosen by these figures.
"""

import argparse
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

import pandas as pd
import runs

from ner_tutorial import baselines, batching, corpus, errors, experiment, metrics
from ner_tutorial.corpus import Sentence
from ner_tutorial.decoding import predict_tags
from ner_tutorial.tagger import Tagger

TARGET = corpus.SAMPLE.with_name("seeds.json")
EXAMPLES = {
    "Joe went to Stanford University .": "B-per O O B-org I-org O",
    "Joe Smith went to Stanford University .": "B-per I-per O O B-org I-org O",
    "Roger is a tennis player .": "B-per O O O O O",
    "Roger Federer is a tennis player .": "B-per I-per O O O O O",
    "Roger that !": "O O O",
}
NETWORKS = {"softmax": "softmax", "CRF": "crf", "char-crf": "char-crf", "ensemble": "ensemble"}
BY_THE_RULES = ", moves forbidden"
PARTS = ("validation", "test")

# The tags of each of some sentences.
System = Callable[[Sequence[Sequence[str]]], list[list[str]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", nargs="?", type=Path, default=corpus.SAMPLE)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--output", type=Path, default=TARGET)
    options = parser.parse_args()
    target = options.output
    sentences = corpus.load(options.file)
    splits = {"common": (sentences, batching.split(sentences))}
    if options.file.resolve() == corpus.SAMPLE:
        splits["by_frames"] = split_by_frames()
    stored = runs.kept(target, {"corpus": options.file.name})
    if stored["corpus"] != options.file.name:
        raise errors.UserError(f"{target}: is of {stored['corpus']}", "name another with --output")
    missing = [
        (split, system, seed)
        for split, system in product(splits, [*WITHOUT_NETWORKS, *NETWORKS])
        for seed in range(options.seeds if system in NETWORKS else 1)
        if seed >= len(stored.get(split, {}).get(system, []))
    ]
    for (split, _, seed), found in runs.each(run, splits, missing):
        # One training may give two systems: both are kept, or neither.
        for system, figures in found.items():
            stored.setdefault(split, {}).setdefault(system, []).append(figures)
            print(f"{split}, {system}, seed {seed}: {as_line(figures)}", flush=True)
        runs.keep(stored, target)


def as_line(figures: dict) -> str:
    scores = ", ".join(f"{part} {figures[part]['entity_f1']:.4f}" for part in PARTS)
    return f"{scores}, examples {[*figures['examples'].values()]}"


def split_by_frames() -> tuple[list[Sentence], batching.Split]:
    """The sample, with all sentences that were made from one frame in one part."""
    sentences = corpus.read(corpus.SAMPLE)
    frames = pd.read_csv(corpus.SAMPLE.with_name("sample_frames.csv"))["Frame"]
    kept = [i for i, sentence in enumerate(sentences) if len(sentence) <= corpus.MAX_LENGTH]
    short = [sentences[i] for i in kept]
    return short, batching.split(short, groups=frames[kept])


def run(splits: dict, split: str, system: str, seed: int) -> dict[str, dict]:
    """The figures of a system, and of those that one training gives besides."""
    sentences, parts = splits[split]
    if system in NETWORKS:
        found = trained(system, seed, sentences, parts)
    else:
        found = {system: WITHOUT_NETWORKS[system](parts.train)}
    return {name: figures(tag, parts) for name, tag in found.items()}


def always_o(training: Sequence[Sentence]) -> System:
    return lambda rows: [["O"] * len(words) for words in rows]


def word_lookup(training: Sequence[Sentence]) -> System:
    return lambda rows: baselines.word_lookup(training, as_sentences(rows))


def linear_crf(training: Sequence[Sentence]) -> System:
    model = baselines.linear_crf(training)
    return lambda rows: model.predict([*map(baselines.window_features, rows)])


# The systems that draw nothing at random.
WITHOUT_NETWORKS = {"always O": always_o, "word lookup": word_lookup, "linear CRF": linear_crf}


def trained(
    system: str, seed: int, sentences: Sequence[Sentence], parts: batching.Split
) -> dict[str, System]:
    """A trained network; the classic ones also as they decode by the rules of IOB2."""
    name = NETWORKS[system]
    vocabulary = experiment.vocabulary_of(name, sentences, parts.train, min_count=2)
    is_classic = system in ("softmax", "CRF")
    run = experiment.run(name, parts, seed=seed, vocabulary=vocabulary, iob2_only=not is_classic)
    systems: dict[str, System] = {system: run.tagger.tag}
    if is_classic:
        constrained = Tagger.build(name, vocabulary, iob2_only=True).model
        constrained.set_weights(run.tagger.model.get_weights())

        def by_the_rules(rows: Sequence[Sequence[str]]) -> list[list[str]]:
            words = batching.encode(as_sentences(rows), vocabulary).words
            found = predict_tags(constrained, words, vocabulary.index2tag)
            return [vocabulary.decode_tags(tags) for tags in found]

        systems[system + BY_THE_RULES] = by_the_rules
    return systems


def as_sentences(rows: Sequence[Sequence[str]]) -> list[Sentence]:
    return [Sentence(tuple(words), ("O",) * len(words)) for words in rows]


def figures(tag: System, parts: batching.Split) -> dict:
    found = {}
    for name in PARTS:
        part = getattr(parts, name)
        scores = metrics.evaluate([s.tags for s in part], tag([s.words for s in part]))
        found[name] = {
            "token_accuracy": round(scores["token_accuracy"], 4),
            "with_padding": round(scores["token_accuracy_with_padding"], 4),
            "entity_f1": round(scores["entity_f1"], 4),
            "invalid_tags": scores["invalid_tags"],
            "recall": {kind: round(row["recall"], 4) for kind, row in scores["per_type"].items()},
        }
    tags = tag([text.split() for text in EXAMPLES])
    found["examples"] = {
        text: list(row) == wanted.split()
        for (text, wanted), row in zip(EXAMPLES.items(), tags, strict=True)
    }
    return found


if __name__ == "__main__":
    with errors.one_line():
        main()
