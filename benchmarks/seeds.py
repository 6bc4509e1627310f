"""Train the lessons' models with five seeds each and store what varies.

    python benchmarks/seeds.py [FILE]        FILE: a corpus; by default the sample

Writes data/seeds.json, which lesson 05 reads. The sample is also split by frames: what
was made from one frame then lies in one part.
"""

import json
import sys
from pathlib import Path

import pandas as pd
import tensorflow as tf

from ner_tutorial import batching, corpus, metrics
from ner_tutorial.models import bilstm_crf, bilstm_softmax, predict_tags
from ner_tutorial.training import train
from ner_tutorial.vocabulary import Vocabulary

SEEDS = range(5)
SMALL = {"epochs": 9, "batch_size": 32, "learning_rate": 0.003}
LARGE = {"epochs": 20, "batch_size": 256, "learning_rate": 0.001, "patience": 3}
TARGET = corpus.SAMPLE.with_name("seeds.json")


def main(path: Path) -> None:
    sentences = corpus.load(path)
    results = {"corpus": path.name, **train_all(sentences, batching.split(sentences))}
    if path == corpus.SAMPLE:
        print("split by frames")
        results["by_frames"] = train_all(*split_by_frames())
    partial = TARGET.with_suffix(".partial")
    partial.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    partial.replace(TARGET)
    print(f"-> {TARGET}")


def split_by_frames() -> tuple[list[corpus.Sentence], batching.Split]:
    """The sample, with all sentences that were made from one frame in one part."""
    sentences = corpus.to_sentences(corpus.read_gmb(corpus.SAMPLE))
    frames = pd.read_csv(corpus.SAMPLE.with_name("sample_frames.csv"))["Frame"]
    kept = [i for i, sentence in enumerate(sentences) if len(sentence) <= corpus.MAX_LENGTH]
    short = [sentences[i] for i in kept]
    return short, batching.split(short, groups=frames[kept])


def train_all(sentences: list[corpus.Sentence], parts: batching.Split) -> dict:
    """Both models with each seed, decoded freely and by the rules of IOB2."""
    vocabulary = Vocabulary.from_sentences(parts.train, tags_from=sentences, min_count=2)
    training, validation, test = (batching.encode(part, vocabulary) for part in parts)
    true = [sentence.tags for sentence in parts.test]
    names = vocabulary.index2tag
    sizes = len(vocabulary.index2word), len(names)
    systems: dict[str, list[dict]] = {}

    def score(system: str, indices) -> None:
        found = metrics.evaluate(true, [vocabulary.decode_tags(tags) for tags in indices])
        systems.setdefault(system, []).append(found)
        print(
            f"{system:26} F1 {found['entity_f1']:.4f} invalid {found['invalid_tags']}", flush=True
        )

    for seed in SEEDS:
        for build in (bilstm_softmax, bilstm_crf):
            tf.keras.utils.set_random_seed(seed)
            model = build(*sizes)
            settings = SMALL if len(parts.train) < 10_000 else LARGE
            train(model, training, validation, seed=seed, verbose=0, **settings)
            if build is bilstm_softmax:
                score("softmax", predict_tags(model, test[0]))
                score("softmax, moves forbidden", predict_tags(model, test[0], names))
            else:
                constrained = bilstm_crf(*sizes, tag_names=names)
                constrained.set_weights(model.get_weights())
                score("CRF", predict_tags(model, test[0]))
                score("CRF, moves forbidden", predict_tags(constrained, test[0]))

    kept = ("token_accuracy", "entity_f1", "invalid_tags")
    results = {
        key: {name: [round(run[key], 4) for run in runs] for name, runs in systems.items()}
        for key in kept
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
    try:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else corpus.SAMPLE)
    except corpus.CorpusError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
