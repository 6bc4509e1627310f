"""sklearn-crfsuite with the features of its own tutorial, but for the part of speech.

    python crfsuite.py DATA SEED EPOCHS      (L-BFGS draws nothing, and stops by itself)

DATA is JSON: for each part of the corpus its sentences, each a list of words and a list of tags.
Prints one line of JSON.
"""

import json
import sys
import time
from importlib.metadata import version

from sklearn_crfsuite import CRF


def features_of(words: list[str], place: int) -> dict:
    word = words[place]
    found = {
        "bias": 1.0,
        "word.lower": word.lower(),
        "word[-3:]": word[-3:],
        "word[-2:]": word[-2:],
        "word.isupper": word.isupper(),
        "word.istitle": word.istitle(),
        "word.isdigit": word.isdigit(),
    }
    for step, name in ((-1, "before"), (1, "after")):
        if not 0 <= place + step < len(words):
            found[f"nothing {name}"] = True
            continue
        neighbour = words[place + step]
        found[f"{name}.lower"] = neighbour.lower()
        found[f"{name}.istitle"] = neighbour.istitle()
        found[f"{name}.isupper"] = neighbour.isupper()
    return found


def features(words: list[str]) -> list[dict]:
    return [features_of(words, place) for place in range(len(words))]


with open(sys.argv[1], encoding="utf-8") as file:
    parts = json.load(file)
clock, cpu = time.perf_counter(), time.process_time()
model = CRF(algorithm="lbfgs", c1=0.1, c2=0.1, max_iterations=100, all_possible_transitions=True)
model.fit([features(words) for words, _ in parts["train"]], [tags for _, tags in parts["train"]])
minutes, cpu_minutes = (time.perf_counter() - clock) / 60, (time.process_time() - cpu) / 60
clock = time.perf_counter()
predictions = model.predict([features(words) for words, _ in parts["test"]])
result = {
    "predictions": [list(tags) for tags in predictions],
    "parameters": len(model.state_features_) + len(model.transition_features_),
    "minutes": minutes,
    "cpu_minutes": cpu_minutes,
    "sentences_per_second": len(predictions) / (time.perf_counter() - clock),
    "versions": f"sklearn-crfsuite {version('sklearn-crfsuite')}",
}
print(json.dumps(result))
