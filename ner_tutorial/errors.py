"""What is said to a person whose file, folder or option cannot be used: one line, no traceback."""

import contextlib
import re
import sys
from collections.abc import Callable, Iterator


class UserError(ValueError):
    """Something that a person gave cannot be used.

    Args:
        problem: the place and what is wrong there, such as `news.csv:12: every row needs a word`.
        advice: what to do. An option that helps stands in braces: `name its {encoding}`. As text
            the error shows the name of the argument; the command line puts its own option there.

    >>> error = UserError("news.csv:3: not UTF-8 text", "name its {encoding}")
    >>> print(error)
    news.csv:3: not UTF-8 text; name its encoding
    >>> error.line(lambda name: f"--{name}")
    'news.csv:3: not UTF-8 text; name its --encoding'
    """

    def __init__(self, problem: str, advice: str = ""):
        super().__init__(problem, advice)
        self.problem = problem
        self.advice = advice

    def line(self, option: Callable[[str], str]) -> str:
        """The error in one line, with each option as `option` writes its name."""
        advice = re.sub(r"\{(\w+)\}", lambda match: option(match[1]), self.advice)
        return f"{self.problem}; {advice}" if advice else self.problem

    def __str__(self) -> str:
        return self.line(str)


class CorpusError(UserError):
    """A corpus that cannot be read, split or learned from."""


class VectorsError(UserError):
    """A file of word vectors that cannot be read."""


class EncoderError(UserError):
    """A directory or a package that holds no encoder we can read."""


class TaggerError(UserError):
    """A directory that holds no tagger we can load, or in which none may be saved."""


class CheckpointError(UserError):
    """A checkpoint to resume from that cannot be read, or is of another run."""


def shown(value: str) -> str:
    """A value from a file as a message shows it: in quotes, on one line, and not all of a long one.

    >>> shown("B_per")
    "'B_per'"
    """
    return repr(value[:40] + ("..." if len(value) > 40 else ""))


@contextlib.contextmanager
def one_line() -> Iterator[None]:
    """For a program of one's own: a `UserError` ends it with status 2 and one line."""
    try:
        yield
    except UserError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
