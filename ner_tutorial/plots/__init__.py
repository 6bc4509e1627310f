"""The lessons' figures: one function a figure, from data to `plt.show()`.

Imported by lessons only. A figure takes data, returns nothing, and has the same colour for the same
entity type everywhere. Each is shown with a text that says what it shows, for those who cannot see
it.
"""

from ner_tutorial.plots.corpus import highlight, padded_batch, sentence_lengths, tag_counts
from ner_tutorial.plots.crf import gradient, marginals, transitions, trellis
from ner_tutorial.plots.network import network, training_curves
from ner_tutorial.plots.scores import (
    ablation,
    confusion,
    differences,
    learning_curve,
    per_type,
    reliability,
)

__all__ = [
    "ablation",
    "confusion",
    "differences",
    "gradient",
    "highlight",
    "learning_curve",
    "marginals",
    "network",
    "padded_batch",
    "per_type",
    "reliability",
    "sentence_lengths",
    "tag_counts",
    "training_curves",
    "transitions",
    "trellis",
]
