"""Experiments that take no time, in a program of their own: `runs.each` sends a file to workers."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from ner_tutorial.errors import UserError


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


def ends_at_once(line):
    """In the place of the function of an experiment's process."""
    os.kill(os.getpid(), signal.SIGKILL)


def missing_file(material, number):
    Path("missing_file").read_text()


def holding_a_lock(material, number):
    raise ValueError(threading.Lock())


def nothing_that_can_be_sent(material, number):
    return lambda: number


def refused(material, number):
    raise UserError("here: wrong", "do this")


def starts_a_program(path):
    """And waits for it, when its process and its own are noted."""
    program = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    partial = Path(path).with_suffix(".partial")
    partial.write_text(f"{os.getpid()} {program.pid}")
    partial.rename(path)
    program.wait()
