"""JSON documents, one an order or product: an array, an envelope such as {"orders": […]}, or JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any

import orjson

from training.connectors.document_layout import Json
from training.connectors.json_stream import ENVELOPES, IDS, MAX_BESIDE, SINGLE, BrokenJson, stream_values
from training.connectors.nested_documents import (
    CHILDREN,
    PARENT_ID,
    PARENT_MISSING,
    Part,
    under_their_parents,
)
from training.connectors.source_file import SourceFile
from training.connectors.text_lines import LINE_TOO_LONG, numbered_lines

LOOKED_AT = 20
"""Documents that are looked at to tell what a file is."""

GLOBAL_ID = "gid://"
"""How ids begin in files whose objects name their parents."""


@dataclass(frozen=True)
class Document:
    """One document, or the reason why it is none.

    Attributes:
        number: its line in JSON Lines, else its position, from 1.
        value: the object; None where there is a reason.
        reason: why it cannot be read.
        raw: its line in JSON Lines, where it has one to itself; None elsewhere.
    """

    number: int
    value: Json | None
    reason: str | None = None
    raw: bytes | None = None

    @property
    def text(self) -> str:
        """The line as it is; the document as JSON elsewhere."""
        if self.raw is not None:
            return self.raw.decode(errors="backslashreplace").strip()
        return json_text(self.value)


def json_text(value: Any) -> str:
    """A value as JSON. What could be read may be nested too deeply to be written: then a note of that."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply to be shown)"


def documents(file: SourceFile, format: str) -> Iterator[Document]:
    """All documents of a file of the format `json` or `jsonl`, one after the other, never all in memory.

    Objects of JSON Lines that name a parent come within it (`nested_documents.CHILDREN`).

    Raises:
        InputRefused: the JSON of a `json` file breaks off or is damaged: what is missing cannot be known.
    """
    with file.open() as stream:
        if format == "json":
            yield from _in_json(file, stream)
        elif any(_is_nested(one) for one in first_documents(file, format)):
            yield from _nested(stream)
        else:
            yield from _in_lines(stream)


def first_documents(file: SourceFile, format: str) -> list[Document]:
    """Some documents from the beginning, each by itself, to tell what a file is. Raises as `documents`."""
    with file.open() as stream:
        found = _in_json(file, stream) if format == "json" else _in_lines(stream)
        return list(islice(found, LOOKED_AT))


def _in_lines(stream: IO[bytes]) -> Iterator[Document]:
    for number, raw, is_too_long in numbered_lines(stream):
        if is_too_long:
            yield Document(number, None, LINE_TOO_LONG, raw)
        elif raw.strip():
            yield from _on_line(number, raw)


def _on_line(number: int, raw: bytes) -> Iterator[Document]:
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        yield Document(number, None, "bad_json", raw)
        return
    for one in unwrapped(value):
        if isinstance(one, dict):
            # Of several on one line each is told by itself.
            yield Document(number, one, None, raw if one is value else None)
        else:
            yield Document(number, None, "bad_json", raw)


def _in_json(file: SourceFile, stream: IO[bytes]) -> Iterator[Document]:
    number = 0
    try:
        for number, value in enumerate(stream_values(stream), start=1):
            if isinstance(value, dict):
                yield Document(number, value)
            else:
                text = value if isinstance(value, str) else json_text(value)
                yield Document(number, None, "bad_json", text.encode(errors="backslashreplace"))
    except BrokenJson as error:
        raise file.refused(
            f"is no complete JSON: it breaks after {number} documents ({error}); make the file again"
        ) from error


def _is_nested(document: Document) -> bool:
    id = (document.value or {}).get("id")
    return isinstance(id, str) and id.startswith(GLOBAL_ID)


def _nested(stream: IO[bytes]) -> Iterator[Document]:
    faulty: list[Document] = []
    for number, raw, below in under_their_parents(_parts(stream, faulty)):
        if below is None:
            yield Document(number, None, PARENT_MISSING, raw)
        else:
            children = [orjson.loads(child) for child in below]
            yield Document(number, orjson.loads(raw) | {CHILDREN: children}, None, raw)
    yield from faulty


def _parts(stream: IO[bytes], faulty: list[Document]) -> Iterator[Part]:
    for document in _in_lines(stream):
        if document.value is None or document.raw is None:
            faulty.append(document)
            continue
        id, parent = document.value.get("id"), document.value.get(PARENT_ID)
        own_id = id if isinstance(id, str) else None
        yield document.number, own_id, None if parent is None else str(parent), document.raw


def unwrapped(value: Any) -> Iterator[Any]:
    """The documents within an array or an envelope; the value itself if it is neither."""
    if isinstance(value, list):
        yield from value
        return
    if isinstance(value, dict) and len(value) <= MAX_BESIDE + 1 and not any(one in value for one in IDS):
        for name in ENVELOPES:
            if isinstance(value.get(name), list):
                yield from value[name]
                return
        inner = [value[name] for name in SINGLE if isinstance(value.get(name), dict)]
        if len(inner) == len(value) == 1:
            yield inner[0]
            return
    yield value
