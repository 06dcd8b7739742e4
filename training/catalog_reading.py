"""Catalogues from any supported source: typed offers, and a quarantine of what is none.

SRC … → source_file → csv_file | jsonl_file | … | google_feed_xml                     → catalog_rows
                    → csv_file | parquet_file | … → a platform's table_offers         → catalog_rows
                    → documents (JSON, one a product) → a platform's document_offers  → catalog_rows
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import polars as pl

from training import columns as c
from training.connectors import (
    canonical,
    google_feed_xml,
    magento_products,
    shopify_products,
    woocommerce_products,
)
from training.connectors.catalog_rows import NAMES, OFFER_SCHEMA, RAW_OFFER_SCHEMA, column_names, typed
from training.connectors.detection import READERS, table_format
from training.connectors.document_layout import DocumentFault, Json
from training.connectors.document_orders import layout_of
from training.connectors.documents import Document, documents, first_documents
from training.connectors.fields import as_id, as_text
from training.connectors.headers import by_plain_name, chosen
from training.connectors.platform_lines import ProductKey, product_id
from training.connectors.source_file import SourceFile
from training.connectors.table_file import Batch, batch_of, good_and_bad
from training.errors import InputRefused, UsageError
from training.quarantine import MAX_TEXT
from training.reading import LAYOUTS as ORDER_LAYOUTS

DOCUMENTS_A_BATCH = 2_000

MALFORMED = "malformed_product"

Rows = tuple[pl.DataFrame, pl.DataFrame]
"""Good rows, with the columns of `OFFER_SCHEMA`, and bad ones, with their reason."""


class TableLayout(Protocol):
    """How one platform exports its products as a table.

    Attributes:
        CSV_NAMES: our name → the names that a column of the file goes by, the preferred one first.
        NEEDED: a file with these columns, called as by us, is such an export.
    """

    NAME: str
    HAS_VARIANT_IDS: bool
    CSV_NAMES: dict[str, tuple[str, ...]]
    NEEDED: set[str]

    def table_offers(self, table: pl.DataFrame) -> Iterator[dict[str, Any]]:
        """An offer for each row, in their order. `table`: all of CSV_NAMES, as text."""
        ...


class DocumentLayout(Protocol):
    """How one platform writes a product as JSON."""

    def recognises(self, document: Json) -> bool:
        """Whether this is a product of the platform, or one of its variants."""
        ...

    def document_offers(self, document: Json) -> list[dict[str, Any]]:
        """An offer for each variant. Raises `DocumentFault`: it cannot be understood."""
        ...


TABLE_LAYOUTS: tuple[TableLayout, ...] = (shopify_products, woocommerce_products, magento_products)
DOCUMENT_LAYOUTS: tuple[DocumentLayout, ...] = (shopify_products, woocommerce_products)


@dataclass(frozen=True)
class CatalogOptions:
    """How catalogues are to be understood.

    Attributes:
        timezone: IANA name of the zone of times that name none.
        product_key: which of a platform's ids counts.
        now: seconds since 1970 UTC, by which it is told whether a sale is on; None: those with a period
            are not.
    """

    timezone: str
    product_key: ProductKey
    now: int | None


def read_offers(file: SourceFile, options: CatalogOptions) -> Iterator[Rows]:
    """All offers of a file, batch by batch.

    Raises:
        UsageError: the file has not the ids that `options` ask for.
        InputRefused: unreadable, empty, without ids of products, or orders.
    """
    if google_feed_xml.is_xml(file):
        return _canonical(google_feed_xml.batches(file), {name: name for name in NAMES}, options)
    file_format = table_format(file)
    if file_format in ("json", "jsonl"):
        first = first_documents(file, file_format)
        if not first:
            # The page after the last one, by which an API tells that there are no more.
            return iter(())
        documents_of = _document_layout(first)
        if documents_of is not None:
            return _from_documents(file, file_format, documents_of, options)
        if orders_of := layout_of(file, file_format):
            raise _orders_refused(file, orders_of.NAME)
    reader = READERS[file_format]
    found = reader.columns(file)
    _refuse_orders(file, found)
    for layout in TABLE_LAYOUTS:
        names = chosen(found, layout.CSV_NAMES)
        if names.keys() >= layout.NEEDED:
            return _from_table(file, file_format, layout, names, options)
    names = column_names(found)
    if c.PRODUCT_ID not in names:
        raise file.refused(
            f"has no column product_id (or id, or sku); found: {', '.join(found)}. See docs/catalog.md"
        )
    ids = {names[c.PRODUCT_ID]: c.PRODUCT_ID}
    return _canonical(reader.batches(file, list(names.values()), ids), names, options)


def _refuse_orders(file: SourceFile, found: Sequence[str]) -> None:
    """Orders have ids and titles, too: taken for products, each order would become one."""
    for layout in ORDER_LAYOUTS:
        if set(layout.REQUIRED) <= layout.column_names(found).keys():
            raise _orders_refused(file, layout.NAME)
    if c.ORDER_ID in by_plain_name(found):
        raise _orders_refused(file, canonical.NAME)


def _orders_refused(file: SourceFile, of: str) -> InputRefused:
    return file.refused(
        f"holds orders ({of}), not products: name it with --orders, and with --catalog a file of products. "
        "See docs/catalog.md"
    )


def _canonical(batches: Iterable[Batch], names: dict[str, str], options: CatalogOptions) -> Iterator[Rows]:
    theirs = {theirs: ours for ours, theirs in names.items()}
    for batch in batches:
        rows = batch.rows.rename(theirs).with_columns(pl.col(c.PRODUCT_ID).alias(c.SKU))
        if c.ITEM_GROUP_ID in names:
            group = as_id(rows[c.ITEM_GROUP_ID])
            is_variant = group.is_not_null().alias(c.IS_VARIANT)
            rows = rows.with_columns(group.alias(c.PLATFORM_PRODUCT_ID), is_variant)
            if options.product_key == "product":
                rows = rows.with_columns(pl.coalesce(group, as_text(rows[c.PRODUCT_ID])).alias(c.PRODUCT_ID))
        yield good_and_bad(typed(rows, options.timezone, options.now), batch, OFFER_SCHEMA)


def _from_table(
    file: SourceFile, file_format: str, layout: TableLayout, names: dict[str, str], options: CatalogOptions
) -> Iterator[Rows]:
    """A platform's table as a whole: rows of one product may lie far apart."""
    if options.product_key == "variant" and not layout.HAS_VARIANT_IDS:
        raise UsageError(
            f"{file.name}: this export of {layout.NAME} holds no ids of variants; use --product-key sku, "
            "or product for one row a product"
        )
    batches = list(READERS[file_format].batches(file, list(names.values()), ids={}))
    if not batches:
        return
    rows = pl.concat([_with_short_text(batch.rows) for batch in batches])
    table = rows.rename({theirs: ours for ours, theirs in names.items()})
    absent = [pl.lit(None, pl.String).alias(name) for name in layout.CSV_NAMES if name not in names]
    cells = table.select(as_text(table[name]).replace("", None) for name in names).with_columns(absent)
    rejected = pl.concat([batch.rejected for batch in batches])
    offers = pl.DataFrame(layout.table_offers(cells), schema=RAW_OFFER_SCHEMA)
    raw = offers.drop(c.SOURCE, c.LINE, c.TEXT).hstack(rows.select(c.SOURCE, c.LINE, c.TEXT))
    yield _judged(Batch(raw, rejected), options)


def _with_short_text(rows: pl.DataFrame) -> pl.DataFrame:
    # Exports carry whole descriptions, and all rows are held at once.
    return rows.with_columns(pl.col(c.TEXT).str.slice(0, MAX_TEXT))


def _document_layout(first: Sequence[Document]) -> DocumentLayout | None:
    for document in first:
        for layout in DOCUMENT_LAYOUTS:
            if document.value is not None and layout.recognises(document.value):
                return layout
    return None


def _from_documents(
    file: SourceFile, file_format: str, layout: DocumentLayout, options: CatalogOptions
) -> Iterator[Rows]:
    found = documents(file, file_format)
    while some := list(islice(found, DOCUMENTS_A_BATCH)):
        offers: list[dict[str, Any]] = []
        rejected: list[tuple[int, str | None, str]] = []
        for document in some:
            try:
                place = {c.LINE: document.number, c.TEXT: document.text[:MAX_TEXT]}
                offers += [place | offer for offer in _document_offers(document, layout)]
            except DocumentFault as fault:
                rejected.append((document.number, str(fault), document.text))
        yield _judged(batch_of(file, pl.DataFrame(offers, schema=RAW_OFFER_SCHEMA), rejected), options)


def _document_offers(document: Document, layout: DocumentLayout) -> list[dict[str, Any]]:
    if document.value is None:
        raise DocumentFault(document.reason)
    if not layout.recognises(document.value):
        raise DocumentFault(MALFORMED)
    try:
        return layout.document_offers(document.value)
    except DocumentFault as fault:
        # The same helpers serve orders, and name their reason after them.
        raise DocumentFault(MALFORMED) from fault


def _judged(batch: Batch, options: CatalogOptions) -> Rows:
    rows = batch.rows.with_columns(product_id(batch.rows, options.product_key))
    return good_and_bad(typed(rows, options.timezone, options.now), batch, OFFER_SCHEMA)
