"""Packed files as the bytes that were packed: gzip and Zstandard."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import IO, cast

import zstandard

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

DAMAGED = (gzip.BadGzipFile, EOFError, zlib.error, zstandard.ZstdError)
"""What reading raises where packed data is cut off or damaged."""

BUFFER_BYTES = 1 << 20

ZSTD_STEP = 1_024
"""Packed bytes taken at a time: four of them can stand for 128 kB, and all of a step is in memory at once."""


class PieceStream(io.RawIOBase):
    """A stream of bytes that come in pieces of any size; no piece is empty."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` as far as the present piece goes; 0 at the end."""
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def buffered(pieces: Iterator[bytes]) -> IO[bytes]:
    """The pieces as a file to read."""
    return io.BufferedReader(PieceStream(piece for piece in pieces if piece), BUFFER_BYTES)


def packing(raw: IO[bytes]) -> str | None:
    """`gzip`, `zstd` or None, by the first bytes; the stream must stand at its start, and does so again."""
    start = raw.read(4)
    raw.seek(0)
    if start.startswith(GZIP_MAGIC):
        return "gzip"
    return "zstd" if start == ZSTD_MAGIC else None


def unpacked(raw: IO[bytes]) -> IO[bytes]:
    """What was packed, or `raw` itself. Reading raises one of `DAMAGED` where the data does not end well."""
    how = packing(raw)
    if how == "gzip":
        return io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=raw)), BUFFER_BYTES)
    return buffered(_zstd_pieces(raw)) if how == "zstd" else raw


def _zstd_pieces(raw: IO[bytes]) -> Iterator[bytes]:
    """All frames. The library's own stream reader ends in silence where a frame is cut off."""
    frame = zstandard.ZstdDecompressor().decompressobj()
    while step := raw.read(ZSTD_STEP):
        while step:
            if frame.eof:
                frame = zstandard.ZstdDecompressor().decompressobj()
            yield frame.decompress(step)
            step = frame.unused_data
    if not frame.eof:
        raise EOFError("it ends within a frame")
