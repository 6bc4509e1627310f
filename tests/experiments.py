"""Experiments that take no time, in a program of their own: `runs.each` sends a file to workers."""

import os
import random
import signal
import time


def third(material, number, name):
    """Take longer now and then, so that a later one is done before it; leave a line in the log."""
    log, sentences, parts = material
    begun = time.time()
    time.sleep(0.1 if number % 7 == 0 else 0.01)
    assert parts[0][0] is sentences[0]
    with log.open("a") as lines:
        lines.write(f"{number} {os.getppid()} {begun} {time.time()}\n")
    return {"name": name, "third": number / 3}


def drawn(material, number):
    """What Python's random numbers are, a second after their seed was set."""
    random.seed(number)
    time.sleep(1.2)  # longer than a worker is silent
    return random.random()


def killed(material, number):
    os.kill(os.getpid(), signal.SIGKILL)
