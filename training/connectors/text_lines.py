"""The lines of a text file, none of them longer than memory likes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

MAX_LINE_BYTES = 1 << 24
"""A longer line is no order, and no document of one: a file without line ends, or damage."""

LINE_TOO_LONG = "line_too_long"


def numbered_lines(stream: IO[bytes], start: int = 1) -> Iterator[tuple[int, bytes, bool]]:
    """Number, bytes with the line end, and whether the line goes on beyond `MAX_LINE_BYTES`.

    Of a line that is too long the beginning is given and the rest skipped.
    """
    number = start
    while line := stream.readline(MAX_LINE_BYTES):
        is_too_long = len(line) == MAX_LINE_BYTES and not line.endswith(b"\n")
        rest = line
        while is_too_long and rest and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_LINE_BYTES)
        yield number, line, is_too_long
        number += 1
