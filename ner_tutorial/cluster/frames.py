"""A table or a bag of texts tagged, wherever its partitions are computed."""

from __future__ import annotations

import os
from typing import Any

from ner_tutorial.cluster.inputs import ENTITIES, check_columns
from ner_tutorial.cluster.work import Model, entities
from ner_tutorial.errors import UserError, shown


def tag(frame: Any, model: str | os.PathLike, column: str = "text") -> Any:
    """A table with one more column, `entities`: of each text what was found in it.

    A Dask DataFrame, or a bag of dictionaries, is tagged where and when it is computed: on a
    cluster each worker gets the model once. A DataFrame of pandas is tagged here and now.

    Args:
        frame: a DataFrame of Dask or of pandas, or a bag of dictionaries. No text in a row (None or
            NaN) gives None.
        model: a model's directory.
        column: which holds the texts.

    Returns:
        The same with lists of dictionaries (`type`, `text`, `start`, `end`, `confidence`), whose
        places count the characters of the row's text.

    Raises:
        UserError: there is no such column, or one named `entities`; or a row holds something else
            than a text, be it noticed when it is computed.
        TaggerError: there is no model.

    >>> import pandas as pd
    >>> news = pd.DataFrame({"text": ["Joe left.", None]})
    >>> tag(news, "my-model")  # doctest: +SKIP
            text                                           entities
    0  Joe left.  [{'type': 'per', 'text': 'Joe', 'start': 0, ...
    1       None                                               None
    """
    sent = Model.read(model)
    if hasattr(frame, "columns"):
        check_columns("the table", list(map(str, frame.columns)), column)
    if not hasattr(frame, "map_partitions"):
        return _tag_table(frame, sent, column)
    from dask import delayed

    one = delayed(sent, pure=True)
    if hasattr(frame, "columns"):
        meta = frame._meta.assign(**{ENTITIES: None}).astype({ENTITIES: object})
        return frame.map_partitions(_tag_table, one, column, meta=meta)
    return frame.map_partitions(_tag_rows, one, column)


def _tag_table(table: Any, model: Model, column: str) -> Any:
    import pandas as pd

    found = entities(_texts(table[column]), model)
    return table.assign(**{ENTITIES: pd.Series(found, table.index, dtype=object)})


def _tag_rows(rows: Any, model: Model, column: str) -> list[dict[str, Any]]:
    rows = list(rows)
    for row in rows:
        check_columns("a row", list(row), column)
    found = entities(_texts(row[column] for row in rows), model)
    return [{**row, ENTITIES: some} for row, some in zip(rows, found, strict=True)]


def _texts(values: Any) -> list[str | None]:
    import pandas as pd

    texts: list[str | None] = []
    for number, value in enumerate(values):
        if isinstance(value, str):
            texts.append(value)
        elif value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
            texts.append(None)
        else:
            raise UserError(f"row {number} of a partition holds {shown(repr(value))}, no text")
    return texts
