"""What the contestants share: they are asked for one epoch, or one tagging, at a time.

Each contestant is a process of its own, in the Python that has what it needs. On standard input it
reads lines that say `epoch` or `tag`, and answers each with a line of JSON; nobody else computes
meanwhile. NumPy alone is needed here, since PyTorch lives in an environment without TensorFlow.
"""

import json
import resource
import sys
import time

import numpy as np

PADDING_WORD = 1


def data() -> dict[str, np.ndarray]:
    """Words and tags of the training and test part, int32 (sentences, 70), the batch size, the
    learning rate, and over how many steps it falls to a twentieth, 0 for never."""
    with np.load(sys.argv[1]) as arrays:
        return dict(arrays)


def serve(versions: str, epoch, tag) -> None:
    """Answer until standard input ends.

    Args:
        versions: what the contestant is made of.
        epoch: trains one epoch and returns its seconds, without what happens once a training.
        tag: tags the test part and returns the tags of each sentence.
    """
    arrays = data()
    lengths = (arrays["test_words"] != PADDING_WORD).sum(axis=1)
    wanted = words_alone(arrays["test_tags"], lengths)
    for line in sys.stdin:
        answer = {"versions": versions}
        if line.strip() == "epoch":
            answer["seconds"] = epoch()
        else:
            start = time.perf_counter()
            found = tag()
            answer["seconds"] = time.perf_counter() - start
            alone = words_alone(found, lengths)
            answer["token_accuracy"] = float((alone == wanted).mean())
            answer["tags"] = np.split(alone, np.cumsum(lengths)[:-1])
        answer["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(answer, default=np.ndarray.tolist), flush=True)


def words_alone(tags, lengths: np.ndarray) -> np.ndarray:
    """The tags of all sentences in a row, without padding."""
    return np.concatenate([row[:length] for row, length in zip(tags, lengths, strict=True)])
