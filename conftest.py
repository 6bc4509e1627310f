"""The checks read the sample, whatever lies in data/ and whatever the environment says."""

import os
from pathlib import Path

os.environ["NER_TUTORIAL_CORPUS"] = str(Path(__file__).resolve().parent / "data" / "sample.csv")
