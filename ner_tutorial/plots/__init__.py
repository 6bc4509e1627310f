"""The lessons' figures: one function a figure, from data to `plt.show()`.

Imported by lessons only. A figure takes data, returns nothing, and has the same colour for the same
entity type everywhere. Each is shown with a text that says what it shows, for those who cannot see
it.
"""

from ner_tutorial.plots.corpus import (
    highlight,
    padded_batch,
    sentence_lengths,
    shades,
    tag_counts,
)
from ner_tutorial.plots.crf import gradient, marginals, transitions, trellis, viterbi_and_forward
from ner_tutorial.plots.drawings import architecture, lstm_cell
from ner_tutorial.plots.encoder import attention
from ner_tutorial.plots.network import gates, training_curves
from ner_tutorial.plots.people import leaks, whom_it_misses
from ner_tutorial.plots.play import play_annotation, play_tagging, play_trellis
from ner_tutorial.plots.scores import (
    ablation,
    agreement,
    confusion,
    differences,
    learning_curve,
    per_type,
    reliability,
    strategies,
)

__all__ = [
    "ablation",
    "agreement",
    "architecture",
    "attention",
    "confusion",
    "differences",
    "gates",
    "gradient",
    "highlight",
    "leaks",
    "learning_curve",
    "lstm_cell",
    "marginals",
    "padded_batch",
    "per_type",
    "play_annotation",
    "play_tagging",
    "play_trellis",
    "reliability",
    "sentence_lengths",
    "shades",
    "strategies",
    "tag_counts",
    "training_curves",
    "transitions",
    "trellis",
    "viterbi_and_forward",
    "whom_it_misses",
]
