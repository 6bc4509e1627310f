"""Train char-crf on the sample with and without the features of a word's form.

    python benchmarks/forms.py [--seeds N]

Writes data/forms.json, which lesson 06 shows: for each run the strict entity F1 on the validation
part, and the recall of names all of whose words the vocabulary has and of the others. A run that is
stored already is not repeated: to begin anew, remove the file. The test part is not looked at.
"""

import argparse

import encoder
import runs
import variants

from ner_tutorial import batching, corpus, errors, experiment

TARGET = corpus.SAMPLE.with_name("forms.json")
SYSTEMS = {"without features": variants.without_features, "with features": lambda full: full}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    sentences = corpus.load(corpus.SAMPLE)
    parts = batching.split(sentences)
    experiments = {
        (system, seed): {"system": system, "seed": seed}
        for seed in range(1, options.seeds + 1)
        for system in SYSTEMS
    }
    for row in runs.rows(train, (sentences, parts), experiments, TARGET):
        print(row, flush=True)


def train(material: tuple, system: str, seed: int) -> dict:
    sentences, parts = material
    full = experiment.vocabulary_of("char-crf", sentences, parts.train, min_count=2)
    seen = parts._replace(test=parts.validation)
    run = experiment.run("char-crf", seen, seed=seed, vocabulary=SYSTEMS[system](full))
    found = run.tagger.tag([sentence.words for sentence in parts.validation])
    return encoder.scores(parts.validation, found, set(full.word2index))


if __name__ == "__main__":
    with errors.one_line():
        main()
