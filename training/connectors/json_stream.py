"""The documents of one JSON text, one after the other, however long the text is.

An array, an envelope such as `{"orders": […]}`, a single object, or several of these after one another.
Only one document is in memory at a time. The standard library's decoder does the parsing: it takes NaN and
integers of any length, which then cost their own row rather than the file.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO, Any

ENVELOPES = ("orders", "items", "products")
"""What platforms call the list that they wrap their documents in."""

SINGLE = ("order", "product")
"""What platforms wrap a single document in."""

IDS = ("id", "entity_id", "increment_id", "sku")
"""Beside one of these, `items` is a part of a document, not a list of documents."""

MAX_BESIDE = 8
"""How many members (a count, a next page) an envelope has besides its list."""

CHUNK = 1 << 20
MAX_DOCUMENT = 1 << 26
"""Characters; a longer document is damage: a quote or bracket that is never closed."""


SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
"""An escape that stands for a character together with its neighbour only."""


class BrokenJson(Exception):
    """The text breaks off or is no JSON from some place on."""


def stream_values(stream: IO[bytes]) -> Iterator[Any]:
    """The documents; what stands in a list in place of an object is given as it is.

    A document with half a character (a lone surrogate) in it is no document: its own text is given.

    Raises:
        BrokenJson: after the documents before the break.
    """
    window = _Window(stream)
    while start := window.next_character():
        if start == "[":
            yield from _array(window)
        elif start == "{":
            yield from _object(window)
        else:
            yield window.value()


def _array(window: _Window) -> Iterator[Any]:
    for _ in _members(window, "[", "]"):
        yield window.value()


def _object(window: _Window) -> Iterator[Any]:
    """The documents of an envelope, or the object itself."""
    beside: dict[str, Any] = {}
    is_envelope = False
    for _ in _members(window, "{", "}"):
        name = window.value()
        if not isinstance(name, str):
            raise BrokenJson("a member without a name")
        window.take(":")
        is_list = name in ENVELOPES and window.next_character() == "["
        if is_list and len(beside) <= MAX_BESIDE and not any(one in beside for one in IDS):
            is_envelope = True
            yield from _array(window)
        else:
            beside[name] = window.value()
    if is_envelope:
        return
    inner = [beside[name] for name in SINGLE if isinstance(beside.get(name), dict)]
    yield from inner if len(inner) == len(beside) == 1 else [beside]


def _members(window: _Window, start: str, end: str) -> Iterator[None]:
    """Stands before each member of a list or object in turn; the caller reads it."""
    window.take(start)
    if window.next_character() == end:
        window.take(end)
        return
    while True:
        yield
        if window.next_character() == end:
            window.take(end)
            return
        window.take(",")


class _Window:
    """The part of a text around the place where it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._parse = json.JSONDecoder().raw_decode
        self._text = ""
        self._at = 0
        self._ended = False

    def next_character(self) -> str:
        """The next one that is no space, which stays; nothing at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in " \t\r\n":
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, expected: str) -> None:
        """Go past one character. Raises `BrokenJson` if it is another."""
        found = self.next_character()
        if found != expected:
            raise BrokenJson(f"{found!r} in place of {expected!r}" if found else "it breaks off")
        self._at += 1

    def value(self) -> Any:
        """Parse one value and go past it; see `stream_values` about halves. Raises `BrokenJson`."""
        self.next_character()
        while True:
            try:
                value, end = self._parse(self._text, self._at)
            except (ValueError, RecursionError) as error:
                if not self._more():
                    raise BrokenJson(_cause(error)) from error
                continue
            # A number at the end of the window may go on behind it.
            if end < len(self._text) or not self._more():
                start, self._at = self._at, end
                return value if self._is_text(value, start) else self._text[start:end]

    def _is_text(self, value: Any, start: int) -> bool:
        """Whether the value that was just read can be written in UTF-8; tried only where it is in doubt."""
        if SURROGATE.search(self._text, start, self._at) is None:
            return True
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except (UnicodeEncodeError, RecursionError):
            return False
        return True

    def _more(self) -> bool:
        """Read on, twice as much each time for one value; False at the end, or where it is no value."""
        rest = self._text[self._at :]
        if self._ended or len(rest) > MAX_DOCUMENT:
            return False
        raw = self._stream.read(max(CHUNK, len(rest)))
        try:
            self._text = rest + self._decode.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            raise BrokenJson(f"it is not UTF-8: {error.reason}") from error
        self._at = 0
        self._ended = not raw
        return bool(raw)


def _cause(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
