"""Named entity recognition with a BiLSTM-CRF, step by step.

The modules in the order the lessons meet them: corpus, vocabulary, batching, crf, models,
training, metrics, tagger; plots draws the lessons' figures.
"""

import os

# TensorFlow logs to standard error while it is imported, which a notebook would show as part of
# the lesson. This is the one place that quietens it, and it must come before TensorFlow's import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__version__ = "0.1.0"
