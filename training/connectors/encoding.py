"""Text in the encodings and with the line ends that programs write, as UTF-8 with line feeds."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from training.connectors.packing import buffered

CHUNK = 1 << 20

MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

OWN_RULES = (b"PAR1", b"<", codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
"""Parquet is binary, XML names its own encoding, and UTF-32 is refused by name later."""

WINDOWS = "cp1252"

NOT_WINDOWS = re.compile(rb"[\x00\x81\x8d\x8f\x90\x9d]|[\xc0-\xff]{4}")
"""Bytes that no text in Windows-1252 has, or four accented letters in a row: Cyrillic, Greek, Chinese."""

ACCIDENTS = 20
"""In Windows-1252 some neighbours look like UTF-8 (`É®`): at most one in so many letters beyond ASCII."""

CUT_OFF = b"\xff"
"""What stands for half a character at the end of UTF-16: no UTF-8, so that the row is told as such."""


@dataclass(frozen=True)
class TextForm:
    """How a file writes its text.

    Attributes:
        encoding: Python's name of it.
        mark: bytes of the byte order mark, to skip.
        carriage_returns: lines end in a carriage return alone, as spreadsheets for the Mac write them.
    """

    encoding: str = "utf-8"
    mark: int = 0
    carriage_returns: bool = False

    @property
    def guess(self) -> str | None:
        """What should be told to whoever sent the file; None where the encoding is certain."""
        if self.encoding != WINDOWS:
            return None
        return "is not UTF-8 and was read as Windows-1252; if names look wrong, save it as UTF-8"


PLAIN = TextForm()


def text_form(stream: IO[bytes]) -> TextForm:
    """How the text of a file is written, after a look at all of it: nothing less tells Windows-1252.

    Bytes that are neither UTF-8 nor plausible Windows-1252 leave it UTF-8: they cost their own rows.
    """
    start = stream.read(CHUNK)
    if start.removeprefix(codecs.BOM_UTF8).lstrip().startswith(OWN_RULES):
        return PLAIN
    encoding, mark = _marked(start) or _utf16_without_mark(start) or ("utf-8", 0)
    if encoding == "utf-8" and _is_windows(start, stream):
        encoding = WINDOWS
    text = start.decode(encoding, "ignore")
    return TextForm(encoding, mark, carriage_returns="\r" in text and "\n" not in text)


def as_utf8(stream: IO[bytes], form: TextForm) -> IO[bytes]:
    """The text as UTF-8 with line feeds; what is no character becomes what is no UTF-8."""
    return stream if form == PLAIN else buffered(_utf8_pieces(stream, form))


def _marked(start: bytes) -> tuple[str, int] | None:
    """The encoding that a byte order mark names, and the mark's length."""
    for mark, encoding in MARKS.items():
        if start.startswith(mark):
            return encoding, len(mark)
    return None


def _utf16_without_mark(start: bytes) -> tuple[str, int] | None:
    """UTF-16 shows itself by the zero bytes of the Latin letters that a file begins with."""
    even, odd = start[0:16:2], start[1:16:2]
    if len(odd) == 8 and not any(odd) and all(even):
        return "utf-16-le", 0
    if len(odd) == 8 and not any(even) and all(odd):
        return "utf-16-be", 0
    return None


def _is_windows(start: bytes, stream: IO[bytes]) -> bool:
    """Whether bytes that are no UTF-8 outweigh those that are, and all make sense in Windows-1252.

    Args:
        start: the first chunk of the file.
        stream: stands behind it.
    """
    utf8 = codecs.getincrementaldecoder("utf-8")("ignore")
    read = kept = letters = 0
    chunk, tail = start, b""
    while chunk:
        text = utf8.decode(chunk)
        if chunk.isascii():
            size = len(chunk)
        elif NOT_WINDOWS.search(tail + chunk):
            return False
        else:
            size = len(text.encode())
        # A letter beyond ASCII takes at least one byte more than its one place in the text.
        read, kept, letters = read + len(chunk), kept + size, letters + size - len(text)
        tail, chunk = chunk[-3:], stream.read(CHUNK)
    return read - kept > ACCIDENTS * letters


def _utf8_pieces(stream: IO[bytes], form: TextForm) -> Iterator[bytes]:
    stream.read(form.mark)
    decoder = codecs.getincrementaldecoder(form.encoding)("surrogatepass")
    while chunk := stream.read(CHUNK):
        piece = chunk if form.encoding == "utf-8" else decoder.decode(chunk).encode(errors="surrogatepass")
        yield piece.replace(b"\r", b"\n") if form.carriage_returns else piece
    if decoder.getstate()[0]:
        yield CUT_OFF
