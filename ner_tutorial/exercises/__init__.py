"""Exercises that answer back, for the lessons alone.

In a lesson the learner puts an answer in place of the three dots, and runs the cell:

    answer = ...
    exercises.check("02.1", answer)

or writes a function, of which the head and three dots are there, and checks that.

An exercise is one decorated function in its lesson's file. It returns the right answer, computed
from the corpus in use, and the typical wrong ones, each with what to say about it. Where a learner
writes a function, these are functions too. To add one, add such a function, and its two cells to
the lesson.
"""

from ner_tutorial.exercises import (  # noqa: F401  each registers its exercises
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_04,
    lesson_05,
    lesson_06,
    lesson_07,
    lesson_08,
    lesson_09,
)
from ner_tutorial.exercises.engine import (
    EXERCISES,
    EXPLAIN,
    FILL_IN,
    MAKE,
    PREDICT,
    SPOT_THE_BUG,
    NotRight,
    assert_right,
    check,
    hint,
    solution,
)

__all__ = [
    "EXERCISES",
    "EXPLAIN",
    "FILL_IN",
    "MAKE",
    "PREDICT",
    "SPOT_THE_BUG",
    "NotRight",
    "assert_right",
    "check",
    "hint",
    "solution",
]
