"""A JSON array of flat objects, one a row; a missing key is an empty field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from training.connectors.documents import documents
from training.connectors.json_cells import cells_of
from training.connectors.source_file import SourceFile
from training.connectors.table_file import Batch, Record, in_batches
from training.quarantine import MAX_TEXT

ROWS_FOR_COLUMNS = 1_000
"""Objects that are looked at to learn the columns."""


class JsonFile:
    """A `TableReader`: all values become text; a row's line is its number, from 1."""

    def columns(self, file: SourceFile) -> list[str]:
        names: dict[str, None] = {}
        for document in islice(documents(file, "json"), ROWS_FOR_COLUMNS):
            names.update(dict.fromkeys(document.value or ()))
        if not names:
            raise file.refused("has no JSON object in it; write an array of objects, or one object a line")
        return list(names)

    def batches(self, file: SourceFile, wanted: Sequence[str], ids: Mapping[str, str]) -> Iterator[Batch]:
        yield from in_batches(file, _records(file, wanted, ids), wanted)


def _records(file: SourceFile, wanted: Sequence[str], ids: Mapping[str, str]) -> Iterator[Record]:
    for document in documents(file, "json"):
        value = document.value
        row = (None, document.reason) if value is None else cells_of(value, wanted, ids)
        yield document.number, document.text[:MAX_TEXT], *row
