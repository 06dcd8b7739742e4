"""Orders from JSON documents: which platform wrote them, and their lines as typed rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from training import columns as c
from training.connectors import magento_json, shopify_json, woocommerce_json
from training.connectors.document_layout import DocumentFault, DocumentLayout, Line
from training.connectors.documents import Document, first_documents
from training.connectors.order_rows import ORDER_SCHEMA, typed
from training.connectors.platform_lines import PLATFORM_SCHEMA, IdKeys, to_canonical
from training.connectors.source_file import SourceFile
from training.connectors.table_file import BATCH_ROWS, Source, batch_of, good_and_bad
from training.quarantine import MAX_TEXT

LINE_SCHEMA: dict[str, type[pl.DataType]] = {**PLATFORM_SCHEMA, c.LINE: pl.Int64}

LAYOUTS: tuple[DocumentLayout, ...] = (shopify_json, woocommerce_json, magento_json)


def layout_of(file: SourceFile, file_format: str) -> DocumentLayout | None:
    """The platform whose orders these are; None if they are of none."""
    for document in first_documents(file, file_format):
        for layout in LAYOUTS:
            if document.value is not None and layout.recognises(document.value):
                return layout
    return None


def read_documents(
    source: Source, found: Iterable[Document], layout: DocumentLayout, timezone: str, keys: IdKeys
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """(good, bad) rows, batch by batch; a document that cannot be read is one bad row."""
    copies = enumerate(found, start=1)
    while True:
        lines: list[Line] = []
        rejected: list[tuple[int, str | None, str]] = []
        for copy, document in copies:
            lines += _lines(document, copy, layout, rejected)
            if len(lines) >= BATCH_ROWS:
                break
        if not lines and not rejected:
            return
        batch = batch_of(source, _with_text(pl.DataFrame(lines, schema=LINE_SCHEMA)), rejected)
        yield good_and_bad(typed(to_canonical(batch.rows, keys), timezone), batch, ORDER_SCHEMA)


def _lines(
    document: Document, copy: int, layout: DocumentLayout, rejected: list[tuple[int, str | None, str]]
) -> list[Line]:
    """The lines of one document; none where it is `rejected`."""
    if document.value is None:
        rejected.append((document.number, document.reason, document.text[:MAX_TEXT]))
        return []
    try:
        lines = layout.order_lines(document.value)
    except DocumentFault as fault:
        rejected.append((document.number, str(fault), document.text[:MAX_TEXT]))
        return []
    place = {c.LINE: document.number, c.COPY: copy}
    return [place | line for line in lines]


def _with_text(rows: pl.DataFrame) -> pl.DataFrame:
    """The cells of each row as its text: the whole document, once for each line, would fill the memory."""
    cells = pl.concat_str(pl.col(*PLATFORM_SCHEMA).cast(pl.String).fill_null(""), separator=",")
    return rows.with_columns(cells.alias(c.TEXT))
