"""JSON Lines: one object a line, a missing key is an empty field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import orjson

from training.connectors.json_cells import BAD_JSON, cells_of
from training.connectors.source_file import SourceFile
from training.connectors.table_file import Batch, Record, in_batches
from training.connectors.text_lines import LINE_TOO_LONG, numbered_lines
from training.quarantine import MAX_TEXT

LINES_FOR_COLUMNS = 1_000
"""Lines that are looked at to learn the columns."""

LONG_NUMBER = re.compile(rb"[0-9]{20}")
"""An integer that the fast parser would round."""

Row = tuple[int, str, dict[str, Any] | None, str | None]
"""Line, raw text, and either the object or the reason why there is none."""


class JsonlFile:
    """A `TableReader`: all values become text, arrays separated by commas."""

    def columns(self, file: SourceFile) -> list[str]:
        names: dict[str, None] = {}
        for _, _, value, _ in islice(_rows(file), LINES_FOR_COLUMNS):
            names.update(dict.fromkeys(value or ()))
        if not names:
            raise file.refused("has no JSON object in its first lines; write one object a line")
        return list(names)

    def batches(self, file: SourceFile, wanted: Sequence[str], ids: Mapping[str, str]) -> Iterator[Batch]:
        yield from in_batches(file, _records(file, wanted, ids), wanted)


def _rows(file: SourceFile) -> Iterator[Row]:
    """All lines but blank ones."""
    with file.open() as stream:
        for number, raw, is_too_long in numbered_lines(stream):
            text = raw[:MAX_TEXT].decode(errors="backslashreplace").strip()
            if is_too_long:
                yield number, text, None, LINE_TOO_LONG
            elif raw.strip():
                yield number, text, *_parse(raw)


def _parse(raw: bytes) -> tuple[dict[str, Any] | None, str | None]:
    """The object, or the reason why there is none."""
    try:
        value = orjson.loads(raw)
        if LONG_NUMBER.search(raw):
            value = json.loads(raw)
    except orjson.JSONDecodeError:
        try:
            raw.decode()
        except UnicodeDecodeError:
            return None, "invalid_utf8"
        return None, BAD_JSON
    return (value, None) if isinstance(value, dict) else (None, BAD_JSON)


def _records(file: SourceFile, wanted: Sequence[str], ids: Mapping[str, str]) -> Iterator[Record]:
    for number, text, value, reason in _rows(file):
        yield number, text, *((None, reason) if value is None else cells_of(value, wanted, ids))
