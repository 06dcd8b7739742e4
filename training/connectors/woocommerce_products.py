"""Products of WooCommerce: the CSV of its own exporter, and the products and variations of its REST API.

A variable product is a row of its own, and each of its variations too; a variation names its parent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from training import columns as c
from training.connectors.categories import deepest
from training.connectors.document_layout import Json
from training.connectors.json_values import id_of, object_of, objects_of, text_of

NAME = "woocommerce"

HAS_VARIANT_IDS = True

CSV_NAMES: dict[str, tuple[str, ...]] = {
    name: (column,)
    for name, column in {
        "id": "id",
        "type": "type",
        "sku": "sku",
        "name": "name",
        "published": "published",
        "visibility": "visibility_in_catalog",
        "sale_starts": "date_sale_price_starts",
        "sale_ends": "date_sale_price_ends",
        "in_stock": "in_stock?",
        "backorders": "backorders_allowed?",
        "sale_price": "sale_price",
        "regular_price": "regular_price",
        "categories": "categories",
        "tags": "tags",
        "brands": "brands",
        "images": "images",
        "parent": "parent",
    }.items()
}
"""Ours → the exporter's (WooCommerce wiki: "Product CSV Import Schema")."""

NEEDED = {"type", "sku", "name", "regular_price"}

BY_ID = "id:"
"""How a parent is named by its id; without it, it is an SKU."""

COMMA = re.compile(r"(?<!\\),")
"""Between values; one within a value is written `\\,`."""

VARIATION = "variation"
"""A type, among others: `variation, virtual`."""

ESCAPED = r"^'([=+\-@])"
"""The exporter puts a `'` before what a spreadsheet would take for a formula."""

UNSORTED = "Uncategorized"
"""Where WooCommerce puts what has no category."""


def table_offers(table: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """An offer for each row, in their order. `table`: all of CSV_NAMES, as text."""
    table = table.with_columns(pl.all().str.replace(ESCAPED, "$1"))
    table = table.with_columns(pl.coalesce("id", "sku").alias("id"))
    ids = {sku: id for sku, id in table.select("sku", "id").iter_rows() if sku}
    names = dict(table.select("id", "name").iter_rows())
    for row in table.iter_rows(named=True):
        parent = _parent(row["parent"], ids) if VARIATION in _values(row["type"]) else None
        yield _csv_offer(row, parent, names.get(parent))


def _parent(reference: str | None, ids: Mapping[str, str]) -> str | None:
    """The id of a parent, which is named by `id:7` or by its SKU."""
    if reference is None:
        return None
    return reference.removeprefix(BY_ID) if reference.startswith(BY_ID) else ids.get(reference, reference)


def _csv_offer(row: Mapping[str, Any], parent: str | None, parent_name: str | None) -> dict[str, Any]:
    title, variant = row["name"], None
    if parent_name and title and title.startswith(f"{parent_name} - "):
        title, variant = parent_name, title.removeprefix(f"{parent_name} - ")
    period = f"{row['sale_starts'] or ''}/{row['sale_ends'] or ''}"
    return {
        **_ids(row["id"], parent, row["sku"]),
        c.TITLE: title,
        c.VARIANT_TITLE: variant,
        c.URL: row["id"] and f"/?p={parent or row['id']}",
        c.IMAGE_URL: _address(next(iter(_values(row["images"])), None)),
        c.BRAND: next(iter(_values(row["brands"])), None),
        c.CATEGORY: deepest(path.split(">") for path in _values(row["categories"]) if path != UNSORTED),
        c.PRICE: row["regular_price"],
        c.SALE_PRICE: row["sale_price"],
        c.SALE_PERIOD: None if period == "/" else period,
        c.IN_STOCK: "backorder" if row["backorders"] in ("1", "notify") else row["in_stock"],
        c.TAGS: ",".join(_values(row["tags"])),
        c.OFFERED: (row["published"] or "1") == "1" and row["visibility"] != "hidden",
        c.IGNORED: "grouped" if row["type"] == "grouped" else None,
    }


def recognises(document: Json) -> bool:
    """Whether a JSON document is a product or a variation of the REST API."""
    return {"id", "sku", "regular_price", "stock_status"} <= document.keys()


def document_offers(document: Json) -> list[dict[str, Any]]:
    """The one offer that a product or variation is.

    Raises:
        DocumentFault: what should be a list of objects is something else.
    """
    # One with a parent and another type belongs to a group and stands alone; a product has parent 0.
    is_variation = document.get("type", VARIATION) == VARIATION
    parent = id_of(document.get("parent_id")) if is_variation else None
    images = objects_of(document.get("images")) or [object_of(document.get("image"))]
    options = [text_of(one.get("option")) for one in objects_of(document.get("attributes"))]
    created = text_of(document.get("date_created_gmt"))
    is_out = document["stock_status"] == "outofstock" and document.get("backorders_allowed") is not True
    return [
        {
            **_ids(id_of(document["id"]), parent, text_of(document["sku"])),
            # A variation's name lists its options; the product's is the parent's.
            c.TITLE: None if parent else text_of(document.get("name")),
            c.VARIANT_TITLE: ", ".join(filter(None, options)) if parent else None,
            c.URL: text_of(document.get("permalink")),
            c.IMAGE_URL: _address(text_of(images[0].get("src"))),
            c.BRAND: next(iter(_names(document.get("brands"))), None),
            # The API lists categories without their paths.
            c.CATEGORY: next((name for name in _names(document.get("categories")) if name != UNSORTED), None),
            # What it costs now: sales and their dates are settled by the shop.
            c.PRICE: text_of(document.get("price")) or text_of(document["regular_price"]),
            c.IN_STOCK: "no" if is_out else "yes",
            c.AVAILABLE_FROM: created and f"{created}Z",
            c.TAGS: ",".join(_names(document.get("tags"))),
            c.OFFERED: document.get("status", "publish") == "publish"
            and document.get("catalog_visibility") != "hidden",
            c.IGNORED: "grouped" if document.get("type") == "grouped" else None,
        }
    ]


def _ids(id: str | None, parent: str | None, sku: str | None) -> dict[str, Any]:
    return {
        c.PLATFORM_PRODUCT_ID: parent or id,
        c.VARIANT_ID: id if parent else None,
        c.SKU: sku,
        c.IS_VARIANT: parent is not None,
    }


def _names(terms: Any) -> list[str]:
    return [name for term in objects_of(terms) if (name := text_of(term.get("name")))]


def _address(image: str | None) -> str | None:
    """An image's address; the bare name of a file in the shop's library is none."""
    return image if image and "/" in image else None


def _values(cell: str | None) -> list[str]:
    values = [value.strip().replace("\\,", ",") for value in COMMA.split(cell or "")]
    return [value for value in values if value]
