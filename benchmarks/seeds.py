"""Train the lessons' models with five seeds each and store what varies.

    python benchmarks/seeds.py [FILE]        FILE: a corpus; by default the sample

Writes data/seeds.json, which lesson 05 reads. The sample is also split by frames: what
was made from one frame then lies in one part.
"""

import json
import sys
from pathlib import Path

import pandas as pd

from ner_tutorial import batching, corpus, errors, experiment, files, metrics
from ner_tutorial.decoding import predict_tags
from ner_tutorial.tagger import Tagger

SEEDS = range(5)
TARGET = corpus.SAMPLE.with_name("seeds.json")


def main(path: Path = corpus.SAMPLE) -> None:
    sentences = corpus.load(path)
    results = {"corpus": path.name, **train_all(sentences, batching.split(sentences))}
    if path == corpus.SAMPLE:
        print("split by frames")
        results["by_frames"] = train_all(*split_by_frames())
    with files.whole(TARGET) as partial:
        partial.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    print(f"-> {TARGET}")


def split_by_frames() -> tuple[list[corpus.Sentence], batching.Split]:
    """The sample, with all sentences that were made from one frame in one part."""
    sentences = corpus.read(corpus.SAMPLE)
    frames = pd.read_csv(corpus.SAMPLE.with_name("sample_frames.csv"))["Frame"]
    kept = [i for i, sentence in enumerate(sentences) if len(sentence) <= corpus.MAX_LENGTH]
    short = [sentences[i] for i in kept]
    return short, batching.split(short, groups=frames[kept])


def train_all(sentences: list[corpus.Sentence], parts: batching.Split) -> dict:
    """Both models with each seed, decoded freely and by the rules of IOB2."""
    vocabulary = experiment.vocabulary_of("crf", sentences, parts.train, min_count=2)
    true = [sentence.tags for sentence in parts.test]
    words = batching.encode(parts.test, vocabulary).words
    by_rules = Tagger.build("crf", vocabulary, iob2_only=True)
    systems: dict[str, list[dict]] = {}
    for seed in SEEDS:
        options = {"seed": seed, "vocabulary": vocabulary, "iob2_only": False}
        softmax, crf = (
            experiment.run(name, parts, **options).tagger.model for name in ("softmax", "crf")
        )
        by_rules.model.set_weights(crf.get_weights())
        for system, tags in {
            "softmax": predict_tags(softmax, words),
            "softmax, moves forbidden": predict_tags(softmax, words, vocabulary.index2tag),
            "CRF": predict_tags(crf, words),
            "CRF, moves forbidden": predict_tags(by_rules.model, words),
        }.items():
            found = metrics.evaluate(true, [vocabulary.decode_tags(row) for row in tags])
            systems.setdefault(system, []).append(found)
            f1, invalid = found["entity_f1"], found["invalid_tags"]
            print(f"{system:26} F1 {f1:.4f} invalid {invalid}", flush=True)
    return summarize(systems)


def summarize(systems: dict[str, list[dict]]) -> dict:
    """For each figure and system its value with each seed."""
    results = {
        key: {name: [round(run[key], 4) for run in runs] for name, runs in systems.items()}
        for key in ("token_accuracy", "entity_f1", "invalid_tags")
    }
    results["recall"] = {
        name: {
            kind: [round(run["per_type"][kind]["recall"], 4) for run in runs]
            for kind in runs[0]["per_type"]
        }
        for name, runs in systems.items()
    }
    return results


if __name__ == "__main__":
    with errors.one_line():
        main(*map(Path, sys.argv[1:]))
