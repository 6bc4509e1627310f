"""Tagging on more than one process, or more than one machine, with Dask (lesson 07).

`frames.py` tags a Dask DataFrame, a bag or a table of pandas. `bulk.py` tags files: `inputs.py`
cuts them into blocks, `workers.py` finds or starts workers, and each of them tags a block at a time
(`work.py`), which becomes a part. The extra `[cluster]` installs what this needs; it is imported
when it is used.
"""

from ner_tutorial.cluster.bulk import tag_files
from ner_tutorial.cluster.frames import tag
from ner_tutorial.cluster.workers import connected

__all__ = ["connected", "tag", "tag_files"]
