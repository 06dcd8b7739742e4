"""JSON Lines: one object a line, a missing key is an empty field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO, Any

import orjson

from training.connectors.source_file import SourceFile
from training.connectors.table_file import Batch, Record, in_batches

LINES_FOR_COLUMNS = 1_000
"""Lines that are looked at to learn the columns."""

UTF8_BOM = b"\xef\xbb\xbf"


class JsonlFile:
    """A `TableReader`: all values become text, arrays separated by commas."""

    def columns(self, file: SourceFile) -> list[str]:
        names: dict[str, None] = {}
        with file.open() as stream:
            for _, raw in islice(_lines(stream), LINES_FOR_COLUMNS):
                names.update(dict.fromkeys(_parse(raw)[0] or ()))
        if not names:
            raise file.refused("has no JSON object in its first lines; write one object a line")
        return list(names)

    def batches(self, file: SourceFile, wanted: Sequence[str]) -> Iterator[Batch]:
        with file.open() as stream:
            yield from in_batches(file, _records(_lines(stream), wanted), wanted)


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    for number, raw in enumerate(stream, start=1):
        line = raw.removeprefix(UTF8_BOM) if number == 1 else raw
        if line.strip():
            yield number, line.strip()


def _parse(raw: bytes) -> tuple[dict[str, Any] | None, str | None]:
    """The object, or the reason why there is none."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        try:
            raw.decode()
        except UnicodeDecodeError:
            return None, "invalid_utf8"
        return None, "bad_json"
    return (value, None) if isinstance(value, dict) else (None, "bad_json")


def _records(lines: Iterator[tuple[int, bytes]], wanted: Sequence[str]) -> Iterator[Record]:
    for number, raw in lines:
        value, reason = _parse(raw)
        cells = None if value is None else [_text(value.get(name)) for name in wanted]
        yield number, raw.decode(errors="backslashreplace"), cells, reason


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(_text(one) or "" for one in value)
    return orjson.dumps(value).decode()
