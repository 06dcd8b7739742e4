"""Orders from JSON documents: which platform wrote them, and their lines as typed rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Protocol

import polars as pl

from training import columns as c
from training.connectors.documents import Document, documents
from training.connectors.order_rows import ORDER_SCHEMA, typed
from training.connectors.platform_lines import PLATFORM_SCHEMA, IdKeys, to_canonical
from training.connectors.source_file import SourceFile
from training.connectors.table_file import BATCH_ROWS, batch_of, good_and_bad

DOCUMENTS_LOOKED_AT = 20

Line = dict[str, Any]
"""Values of `PLATFORM_SCHEMA`; what is absent is null."""

LINE_SCHEMA: dict[str, type[pl.DataType]] = {**PLATFORM_SCHEMA, c.LINE: pl.Int64, c.TEXT: pl.String}


class DocumentLayout(Protocol):
    """How one platform writes its orders."""

    NAME: str

    def recognises(self, document: Mapping[str, Any]) -> bool:
        """Whether this is an order of the platform, or a part of one."""
        ...

    def order_lines(self, document: Mapping[str, Any]) -> list[Line]:
        """The lines of one order. Raises `DocumentFault`: it cannot be understood."""
        ...


class DocumentFault(Exception):
    """Why a document is no order that can be read: the reason, as the quarantine names it."""


LAYOUTS: tuple[DocumentLayout, ...] = ()


def layout_of(file: SourceFile, file_format: str) -> DocumentLayout | None:
    """The platform whose orders these are; None if they are of none."""
    for document in islice(documents(file, file_format), DOCUMENTS_LOOKED_AT):
        for layout in LAYOUTS:
            if document.value is not None and layout.recognises(document.value):
                return layout
    return None


def read_documents(
    file: SourceFile, file_format: str, layout: DocumentLayout, timezone: str, keys: IdKeys
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """(good, bad) rows, batch by batch; a document that cannot be read is one bad row."""
    found = documents(file, file_format)
    while True:
        lines: list[Line] = []
        rejected: list[tuple[int, str | None, str]] = []
        for document in found:
            lines += _lines(document, layout, rejected)
            if len(lines) >= BATCH_ROWS:
                break
        if not lines and not rejected:
            return
        batch = batch_of(file, pl.DataFrame(lines, schema=LINE_SCHEMA), rejected)
        yield good_and_bad(typed(to_canonical(batch.rows, keys), timezone), batch, ORDER_SCHEMA)


def _lines(
    document: Document, layout: DocumentLayout, rejected: list[tuple[int, str | None, str]]
) -> list[Line]:
    if document.value is None:
        rejected.append((document.number, document.reason, document.text))
        return []
    try:
        lines = layout.order_lines(document.value)
    except DocumentFault as fault:
        rejected.append((document.number, str(fault), document.text))
        return []
    place = {c.LINE: document.number, c.TEXT: document.text, c.COPY: document.number}
    return [place | line for line in lines]
