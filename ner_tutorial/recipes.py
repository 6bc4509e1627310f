"""How each network is trained: the only home of epochs, batch sizes and learning rates.

The lessons, the command line and the benchmarks all ask `Recipe.choose`.
"""

from dataclasses import dataclass

LARGE_CORPUS = 10_000  # training sentences; GMB has 38,843, the sample 4,320
TAGGING_BATCH_SIZE = 256  # sentences that a model tags at once


@dataclass(frozen=True)
class Recipe:
    """How a network is trained with Adam.

    Attributes:
        epochs: how often the training part is seen.
        batch_size: sentences a batch.
        learning_rate: of Adam.
        decay: let the learning rate fall in a straight line, step by step, to a twentieth at the
            end of the last epoch.
        clip_norm: if given, gradients longer than this, all weights' together, are shortened to it.
        min_count: words that the training part has less often are read as unknown, and so train the
            unknown word's vector. With 1, every word of the whole corpus gets a vector: the classic
            recipe.

    >>> Recipe.choose("crf", sentences=38_843)
    Recipe(epochs=4, batch_size=32, learning_rate=0.02, decay=True, clip_norm=None, min_count=1)
    """

    epochs: int
    batch_size: int
    learning_rate: float
    decay: bool = False
    clip_norm: float | None = None
    min_count: int = 1

    @classmethod
    def choose(cls, architecture: str, sentences: int) -> "Recipe":
        """The recipe for an architecture and a number of training sentences.

        Raises:
            ValueError: there is no recipe for an architecture of that name.
        """
        if architecture not in RECIPES:
            raise ValueError(f"no recipe for {architecture!r}; there are {', '.join(RECIPES)}")
        small, large = RECIPES[architecture]
        return large if sentences >= LARGE_CORPUS else small


# As the classic networks were first trained on GMB: with it the benchmarks time the contestants.
CLASSIC = Recipe(20, 256, 0.001)

# A small corpus has few batches an epoch: more epochs make up for it.
_WORDS_ALONE = (Recipe(6, 32, 0.03, decay=True), Recipe(4, 32, 0.02, decay=True))
_CHAR_CRF = (
    Recipe(6, 32, 0.006, decay=True, clip_norm=5.0, min_count=2),
    Recipe(5, 64, 0.004, decay=True, clip_norm=5.0, min_count=2),
)

# Of an encoder that others have trained (lesson 08); the layers above it are new.
FINE_TUNING = Recipe(2, 32, 0.0001, decay=True, clip_norm=1.0, min_count=2)
NEW_LAYERS_RATE = 0.003

# For each architecture the recipe for a small corpus and that for a large one. An ensemble's is
# that of each member.
RECIPES = {
    "softmax": _WORDS_ALONE,
    "crf": _WORDS_ALONE,
    "char-crf": _CHAR_CRF,
    "ensemble": _CHAR_CRF,
}
