"""Named entity recognition with a BiLSTM-CRF, step by step.

The modules, each of which imports only from those before it: errors, files, vectors, pieces,
pretrained, iob2, schemes, text, reading, readers, corpus, download, baselines, vocabulary,
batching, parts, lstm, layers, crf, encoder, models, recipes, decoding, metrics, annotators,
training, pseudonyms, formats, saving, tagger, cluster, agreement, card, experiment, lessons, cli.
Lessons alone use plots and exercises.
"""

import os

# TensorFlow logs to standard error while it is imported, which a notebook would show as part of
# the lesson. This is the one place that quietens it, and it must come before TensorFlow's import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__version__ = "0.2.0"
