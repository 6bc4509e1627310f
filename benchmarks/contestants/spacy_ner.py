"""spaCy's named entity recognizer, from scratch: no vectors, the settings of a blank pipeline.

    python spacy_ner.py DATA SEED EPOCHS

DATA is JSON: for each part of the corpus its sentences, each a list of words and a list of tags.
Keeps the epoch with the highest F1 on the validation part. Prints one line of JSON.
"""

import json
import random
import sys
import time

import spacy
from spacy.tokens import Doc
from spacy.training import Example
from spacy.training.batchers import minibatch_by_words
from spacy.util import compounding, fix_random_seed


def annotated(words: list[str], tags: list[str]) -> Doc:
    """A sentence with its tags, in spaCy's own form; spaCy reads IOB2 as it is."""
    return Doc(nlp.vocab, words=words, ents=tags)


def tag(sentences: list) -> list[list[str]]:
    docs = [Doc(nlp.vocab, words=words) for words, _ in sentences]
    return [
        [f"{t.ent_iob_}-{t.ent_type_}" if t.ent_type_ else "O" for t in doc]
        for doc in nlp.pipe(docs)
    ]


with open(sys.argv[1], encoding="utf-8") as file:
    parts = json.load(file)
seed, epochs = map(int, sys.argv[2:])
fix_random_seed(seed)
random.seed(seed)
clock, cpu = time.perf_counter(), time.process_time()
nlp = spacy.blank("en")
ner = nlp.add_pipe("ner")
examples, held_out = (
    [Example(Doc(nlp.vocab, words=words), annotated(words, tags)) for words, tags in parts[part]]
    for part in ("train", "validation")
)
for kind in sorted({name[2:] for _, tags in parts["train"] for name in tags} - {""}):
    ner.add_label(kind)
optimizer = nlp.initialize(lambda: examples[:1000])
best, seconds = -1.0, []
sizes = compounding(100.0, 1000.0, 1.001)  # words a batch, as in spaCy's own configurations
for epoch in range(epochs):
    start = time.perf_counter()
    random.shuffle(examples)
    losses: dict = {}
    for batch in minibatch_by_words(examples, size=sizes, tolerance=0.2):
        nlp.update(batch, drop=0.1, sgd=optimizer, losses=losses)
    with nlp.use_params(optimizer.averages):
        score = nlp.evaluate(held_out)["ents_f"]
        seconds.append(time.perf_counter() - start)
        print(f"epoch {epoch + 1}: loss {losses['ner']:.0f}, F1 {score:.4f}", file=sys.stderr)
        if score > best:
            best, kept = score, nlp.to_bytes()
minutes, cpu_minutes = (time.perf_counter() - clock) / 60, (time.process_time() - cpu) / 60
nlp.from_bytes(kept)
clock = time.perf_counter()
predictions = tag(parts["test"])
result = {
    "predictions": predictions,
    "epochs": epochs,
    "seconds_per_epoch": sorted(seconds)[epochs // 2],
    "minutes": minutes,
    "cpu_minutes": cpu_minutes,
    "sentences_per_second": len(predictions) / (time.perf_counter() - clock),
    "versions": f"spaCy {spacy.__version__}",
}
print(json.dumps(result))
