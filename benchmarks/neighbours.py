"""What a model gains from having seen other sentences of the document that it is tested on.

    python benchmarks/neighbours.py FILE [--seeds N]

FILE is Kaggle's ner_dataset.csv, or the zip that holds it: there the sentences of a document stand
together. On the common split, and on the one that divides no document (see `results.py`), trains
char-crf as it is, and with one more input for each word: the tag that the same word has in the
sentences around its own, as far as these are in the training part.

Prints how many of a test sentence's neighbours are in the training part, and the strict entity F1
on the validation and the test part; writes both to data/neighbours.json. A training whose figures
are there already is not repeated. Nothing is chosen by the figures of the test part.
"""

import argparse
from collections import Counter
from itertools import product

import numpy as np
import results  # before TensorFlow, whose import it quietens
import runs
import tensorflow as tf
import variants

from ner_tutorial import batching, corpus, decoding, errors, experiment, metrics, models
from ner_tutorial.corpus import Sentence
from ner_tutorial.recipes import Recipe
from ner_tutorial.training import fit
from ner_tutorial.vocabulary import PADDING_TAG_INDEX, Vocabulary

TARGET = corpus.SAMPLE.with_name("neighbours.json")
DISTANCE = 5
SYSTEMS = {"char-crf": False, "with its neighbours' tags": True}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    sentences = corpus.load(options.file)
    splits = {"common": batching.split(sentences), "documents": results.by_documents(sentences)}
    stored = runs.kept(TARGET, {})
    for split, parts in splits.items():
        share = round(share_in_training(sentences, parts), 4)
        print(f"{split}: {share:.1%} of a test sentence's neighbours are in training", flush=True)
        figures = stored.setdefault(split, {"neighbours_in_training": share})
        for system in SYSTEMS:
            figures.setdefault(system, {"validation_f1": [], "test_f1": []})
    missing = [
        (split, system, seed)
        for split, system in product(splits, SYSTEMS)
        for seed in range(len(stored[split][system]["test_f1"]) + 1, options.seeds + 1)
    ]
    for (split, system, seed), scores in runs.each(train, (sentences, splits), missing):
        print(f"{split}, {system}, seed {seed}: {scores}", flush=True)
        for name, score in scores.items():
            stored[split][system][name].append(score)
        runs.keep(stored, TARGET)


def train(material: tuple, split: str, system: str, seed: int) -> dict:
    """Train as `experiment.run` does, which does not know where in the file a sentence stands."""
    sentences, splits = material
    parts = splits[split]
    recipe = Recipe.choose("char-crf", len(parts.train))
    vocabulary = experiment.vocabulary_of("char-crf", sentences, parts.train, recipe.min_count)
    data = batching.Split(*(batching.encode(part, vocabulary) for part in parts))
    tf.keras.utils.set_random_seed(seed)
    if SYSTEMS[system]:
        tags = neighbours_tags(sentences, parts.train, vocabulary)
        data = batching.Split(*(beside(d, p, tags) for d, p in zip(data, parts, strict=True)))
        model = variants.larger(vocabulary, reads_tags=True)
    else:
        model = models.build("char-crf", vocabulary, iob2_only=True)
    fit(model, data.train, data.validation, recipe, vocabulary.index2tag, seed=seed, verbose=2)
    scores = {}
    for name in ("validation", "test"):
        found = decoding.predict_tags(model, getattr(data, name).words)
        true = [sentence.tags for sentence in getattr(parts, name)]
        table = metrics.entity_scores(true, [vocabulary.decode_tags(tags) for tags in found])
        scores[f"{name}_f1"] = round(float(table["f1"]["all"]), 4)
    return scores


def neighbours(sentences: list[Sentence], place: int) -> list[Sentence]:
    """The sentences at most `DISTANCE` before or after the one at this place, without itself."""
    before = sentences[max(0, place - DISTANCE) : place]
    return [*before, *sentences[place + 1 : place + 1 + DISTANCE]]


def share_in_training(sentences: list[Sentence], parts: batching.Split) -> float:
    train, test = (set(map(id, part)) for part in (parts.train, parts.test))
    places = [place for place, sentence in enumerate(sentences) if id(sentence) in test]
    return float(np.mean([id(s) in train for p in places for s in neighbours(sentences, p)]))


def neighbours_tags(
    sentences: list[Sentence], training: list[Sentence], vocabulary: Vocabulary
) -> dict[int, list[int]]:
    """Find for each sentence, by its `id` because some occur twice in the file, a tag's index for
    each word: of the tag that the word has most often in those neighbours that are in training, the
    first in the file of several; the padding tag's if the word is in none of them."""
    trained, found = set(map(id, training)), {}
    for place, sentence in enumerate(sentences):
        counts: dict[str, Counter] = {word: Counter() for word in sentence.words}
        for neighbour in neighbours(sentences, place):
            if id(neighbour) in trained:
                for word, tag in zip(neighbour.words, neighbour.tags, strict=True):
                    if word in counts:
                        counts[word][vocabulary.tag2index[tag]] += 1
        most = {w: max(c, key=c.get, default=PADDING_TAG_INDEX) for w, c in counts.items()}
        found[id(sentence)] = [most[word] for word in sentence.words]
    return found


def beside(data: batching.Encoded, part: list[Sentence], tags: dict) -> batching.Encoded:
    """A part's arrays, with the tags from `neighbours_tags` behind each word's other indices."""
    column = batching.pad([tags[id(s)] for s in part], PADDING_TAG_INDEX, data.words.shape[1])
    return data._replace(words=np.concatenate([data.words, column[:, :, None]], axis=2))


if __name__ == "__main__":
    with errors.one_line():
        main()
