"""JSON documents, one an order or product: an array, an envelope such as {"orders": […]}, or JSON Lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, Any, NamedTuple

import ijson
import orjson

from training.connectors.source_file import SourceFile

ENVELOPES = ("orders", "items", "products", "order", "product")
"""What platforms wrap their documents in."""


class Document(NamedTuple):
    """One document, or the reason why it is none.

    Attributes:
        number: its line in JSON Lines, else its position, from 1.
        value: the object; None where there is a reason.
        text: the line as it is; the document as compact JSON elsewhere.
        reason: why it cannot be read.
    """

    number: int
    value: Mapping[str, Any] | None
    text: str
    reason: str | None = None


def documents(file: SourceFile, format: str) -> Iterator[Document]:
    """All documents of a file of the format `json` or `jsonl`, one after the other, never all in memory.

    Raises:
        InputRefused: the JSON of a `json` file breaks off.
    """
    with file.open() as stream:
        yield from (_in_lines(stream) if format == "jsonl" else _in_json(file, stream))


def _in_lines(stream: IO[bytes]) -> Iterator[Document]:
    for number, raw in enumerate(stream, start=1):
        text = raw.decode(errors="backslashreplace").strip()
        if not text:
            continue
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            yield Document(number, None, text, "bad_json")
            continue
        for one in unwrapped(value):
            yield _document(number, one, text)


def _in_json(file: SourceFile, stream: IO[bytes]) -> Iterator[Document]:
    """An array, or an object with one of `ENVELOPES`, or a single object."""
    try:
        for number, value in enumerate(ijson.items(stream, "", use_float=True), start=1):
            for position, one in enumerate(unwrapped(value), start=number):
                yield _document(position, one, None)
    except ijson.JSONError as error:
        raise file.refused(f"is no complete JSON: {error}") from error


def _document(number: int, value: Any, text: str | None) -> Document:
    text = orjson.dumps(value).decode() if text is None else text
    if not isinstance(value, Mapping):
        return Document(number, None, text, "bad_json")
    return Document(number, value, text)


def unwrapped(value: Any) -> Iterator[Any]:
    """The documents within an array or an envelope; the value itself if it is neither."""
    if isinstance(value, list):
        yield from value
        return
    if isinstance(value, Mapping):
        for name in ENVELOPES:
            inner = value.get(name)
            if isinstance(inner, list) and len(value) <= 4 and all(isinstance(one, Mapping) for one in inner):
                yield from inner
                return
    yield value
