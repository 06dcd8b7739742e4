"""Files separated by comma, semicolon, tab or vertical bar with a header line, one fault at a time.

The library readers stop at the first ragged row, or pad it in silence. Here a fault costs its own
line: a quote that never closes, a field too many or bytes that are not UTF-8 leave the next line as it is.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

from training.connectors.source_file import SourceFile
from training.connectors.table_file import Batch, Record, in_batches
from training.connectors.text_lines import LINE_TOO_LONG, MAX_LINE_BYTES, numbered_lines
from training.quarantine import MAX_TEXT

# The library's own limit, 128 kB, is less than a description with pictures in it.
csv.field_size_limit(MAX_LINE_BYTES)

DELIMITERS = ",;\t|"
TELLS_DELIMITER = re.compile(rb'"?sep=([^"\r\n])"?\s*', re.IGNORECASE)
"""A line before the header, for spreadsheets: `sep=;`"""

MAX_HEADER_BYTES = 1_000_000
MAX_QUOTED_LINES = 1_000
"""Lines that one quoted field may span; an opening quote with no end within them is a fault of its line."""

Line = tuple[int, str, str | None]
"""Line number, text without the line end, and the reason why it is unreadable, if it is."""


class CsvFile:
    """A `TableReader`. Quoting after RFC 4180; all columns are text; blank lines are skipped.

    Delimiters too many at the end of a row are nothing but delimiters.
    """

    def columns(self, file: SourceFile) -> list[str]:
        with file.open() as stream:
            return _header(file, stream)[0]

    def batches(self, file: SourceFile, wanted: Sequence[str], ids: Mapping[str, str]) -> Iterator[Batch]:
        with file.open() as stream:
            header, delimiter, line = _header(file, stream)
            positions = _positions(file, header, wanted)
            records = _records(_lines(stream, line + 1), delimiter, len(header), positions)
            yield from in_batches(file, records, wanted)


def _header(file: SourceFile, stream: IO[bytes]) -> tuple[list[str], str, int]:
    """Names of the columns, the delimiter, and the line that they stand on."""
    raw = stream.readline(MAX_HEADER_BYTES)
    told = TELLS_DELIMITER.fullmatch(raw)
    if told is not None:
        raw = stream.readline(MAX_HEADER_BYTES)
    if not raw.strip():
        raise file.refused("is empty or starts with an empty line; its first line must name the columns")
    if len(raw) == MAX_HEADER_BYTES:
        raise file.refused("its first line has no end; save the table as CSV, a row a line")
    try:
        text = raw.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise file.refused("its first line is not UTF-8; save the file as CSV in UTF-8") from error
    delimiter = max(DELIMITERS, key=text.count) if told is None else told[1].decode(errors="replace")
    try:
        names = [name.strip() for name in next(csv.reader([text], delimiter=delimiter, strict=True))]
    except csv.Error as error:
        raise file.refused(f"its first line does not name columns: {error}") from error
    return names, delimiter, 1 if told is None else 2


def _positions(file: SourceFile, header: Sequence[str], wanted: Sequence[str]) -> list[int]:
    twice = [name for name in wanted if header.count(name) > 1]
    if twice:
        raise file.refused(f"its header names {', '.join(map(repr, twice))} more than once")
    return [header.index(name) for name in wanted]


def _lines(stream: IO[bytes], start: int) -> Iterator[Line]:
    for number, raw, is_too_long in numbered_lines(stream, start):
        if is_too_long:
            yield number, raw[:MAX_TEXT].decode(errors="backslashreplace"), LINE_TOO_LONG
            continue
        try:
            text = raw.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            yield number, raw.decode(errors="backslashreplace").rstrip("\r\n"), "invalid_utf8"
            continue
        if text:
            yield number, text, None


def _records(lines: Iterator[Line], delimiter: str, width: int, positions: Sequence[int]) -> Iterator[Record]:
    """All records of `width` fields, with the fields at `positions`."""
    ahead: deque[Line] = deque()
    while (line := ahead.popleft() if ahead else next(lines, None)) is not None:
        number, text, reason = line
        fields: list[str] | None = None
        if reason is None and '"' not in text:
            fields = text.split(delimiter)
        elif reason is None:
            text, fields, reason = _quoted(text, delimiter, lines, ahead)
        if fields is not None and len(fields) != width and not _is_trailed(fields, width):
            fields, reason = None, "ragged_row"
        yield number, text[:MAX_TEXT], None if fields is None else [fields[at] for at in positions], reason


def _is_trailed(fields: Sequence[str], width: int) -> bool:
    """Whether all that a row has too much is delimiters at its end."""
    return len(fields) > width and not any(fields[width:])


def _quoted(
    text: str, delimiter: str, lines: Iterator[Line], ahead: deque[Line]
) -> tuple[str, list[str] | None, str | None]:
    """Split a record with quotes, which may span lines; those read in vain go back to `ahead`."""
    pieces = [text]
    taken: list[Line] = []
    size = len(text)
    while True:
        if '"' in pieces[-1]:
            record = "\n".join(pieces)
            try:
                return record, next(csv.reader([record], delimiter=delimiter, strict=True)), None
            except csv.Error as error:
                if "unexpected end of data" not in str(error):
                    ahead.extendleft(reversed(taken))
                    return text, None, "bad_quotes"
        line = ahead.popleft() if ahead else next(lines, None)
        if line is not None:
            taken.append(line)
            size += len(line[1])
        if line is None or line[2] is not None or len(taken) > MAX_QUOTED_LINES or size > MAX_LINE_BYTES:
            ahead.extendleft(reversed(taken))
            return text, None, "unclosed_quote"
        pieces.append(line[1])
