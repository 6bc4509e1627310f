"""Named entity recognition with a BiLSTM-CRF, step by step.

The modules, each of which imports only from those before it: corpus, vocabulary, batching, lstm,
crf, models, training, metrics, text, formats, tagger, cli; plots draws the lessons' figures.
"""

import os

# TensorFlow logs to standard error while it is imported, which a notebook would show as part of
# the lesson. This is the one place that quietens it, and it must come before TensorFlow's import.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__version__ = "0.1.0"

# The models that have a name on the command line and in a saved tagger's settings, and what builds
# them in `models`. Here, so that to name them needs no TensorFlow.
MODELS = {"softmax": "bilstm_softmax", "crf": "bilstm_crf", "char-crf": "char_crf"}
