"""Products of Magento and Adobe Commerce: the CSV of its own export (System > Data Transfer > Export).

A configurable product is a row of its own that lists its variants, simple products with rows of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import polars as pl

from training import columns as c
from training.connectors.categories import deepest

NAME = "magento"

HAS_VARIANT_IDS = False
"""All is told by the SKU."""

COLUMNS = (
    "sku",
    "store_view_code",
    "product_type",
    "categories",
    "name",
    "product_online",
    "visibility",
    "price",
    "special_price",
    "special_price_from_date",
    "special_price_to_date",
    "url_key",
    "base_image",
    "created_at",
    "new_from_date",
    "additional_attributes",
    "is_in_stock",
    "allow_backorders",
    "use_config_backorders",
    "manage_stock",
    "use_config_manage_stock",
    "configurable_variations",
)
CSV_NAMES: dict[str, tuple[str, ...]] = {name: (name,) for name in COLUMNS}
"""Ours are the export's own names (Adobe: "Product data attributes reference")."""

NEEDED = {"sku", "product_type", "name", "visibility"}

MEDIA = "/media/catalog/product"
PAGE_SUFFIX = ".html"
"""Where a shop as installed has its images and pages; both names stand in the export without them."""

INVISIBLE = "Not Visible Individually"
VISIBLE = ("Catalog", "Search", "Catalog, Search")
"""In an export by an administrator who reads English; others see the names translated."""
NO_IMAGE = "no_selection"
OFF = "2"

PIECE = re.compile(r"(?:^|,)([^=,]+)=([^=]*?)(?=,[^=,]+=|$)")
"""`name=value` in a list of them between commas; a value may hold commas."""

NUMERIC_DATE = re.compile(
    r"^(\d{1,2})([/.])(\d{1,2})\2(\d{2}|\d{4})(?:,? (\d{1,2}):(\d{2})(?::\d{2})?\s?([AP]M)?)?$"
)
"""`1/31/26, 1:05 PM` or `31.01.2026 13:05`: the export writes dates as its user's country does."""


class Membership(NamedTuple):
    """Which configurable product a variant belongs to, and what tells it from its siblings."""

    parent: str
    variant: str | None


def table_offers(table: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """An offer for each row, in their order. `table`: all of CSV_NAMES, as text."""
    lists = table.filter(pl.col("configurable_variations").is_not_null())
    members = {
        sku: Membership(parent, variant)
        for parent, cell in lists.select("sku", "configurable_variations").iter_rows()
        for sku, variant in _variants(cell)
    }
    for row in table.iter_rows(named=True):
        yield _offer(row, members.get(row["sku"]))


def _variants(cell: str) -> Iterator[tuple[str, str | None]]:
    """SKU and options (`M / Red`) of each variant in `sku=A,size=M,color=Red|sku=B,…`."""
    for variant in cell.split("|"):
        pieces = dict(PIECE.findall(variant))
        sku = pieces.pop("sku", None)
        if sku:
            yield sku, " / ".join(pieces.values()) or None


def _offer(row: Mapping[str, Any], member: Membership | None) -> dict[str, Any]:
    attributes = dict(PIECE.findall(row["additional_attributes"] or ""))
    # A variant is bought on its parent's page, unless it certainly has one.
    shown = row["visibility"] in VISIBLE if member else row["visibility"] != INVISIBLE
    period = f"{_iso(row['special_price_from_date'])}/{_iso(row['special_price_to_date'])}"
    return {
        c.PLATFORM_PRODUCT_ID: member.parent if member else row["sku"],
        c.SKU: row["sku"],
        # The title of a variant repeats its options; its parent's does not.
        c.TITLE: None if member and member.variant else row["name"],
        c.VARIANT_TITLE: member.variant if member else None,
        c.IS_VARIANT: member is not None,
        c.URL: f"/{row['url_key']}{PAGE_SUFFIX}" if row["url_key"] and shown else None,
        c.IMAGE_URL: _image(row["base_image"]),
        c.BRAND: attributes.get("manufacturer") or attributes.get("brand"),
        c.CATEGORY: _category(row["categories"]),
        c.PRICE: row["price"],
        c.SALE_PRICE: row["special_price"],
        c.SALE_PERIOD: None if period == "/" else period,
        c.IN_STOCK: _orderable(row),
        c.AVAILABLE_FROM: _iso(row["new_from_date"]) or _iso(row["created_at"]) or None,
        c.OFFERED: row["product_online"] != OFF and (shown or member is not None),
        c.IGNORED: _ignored(row),
    }


def _ignored(row: Mapping[str, Any]) -> str | None:
    if row["store_view_code"]:
        return "store_view"
    return {"grouped": "grouped", "giftcard": "gift_card"}.get(row["product_type"] or "")


def _category(cell: str | None) -> str | None:
    """The deepest path, without the root category that every path begins with."""
    return deepest(path.split("/")[1:] for path in (cell or "").split(","))


def _image(path: str | None) -> str | None:
    if not path or path == NO_IMAGE:
        return None
    return path if path.startswith(("http://", "https://")) else f"{MEDIA}/{path.lstrip('/')}"


def _orderable(row: Mapping[str, Any]) -> str | None:
    """What the shop's general settings decide (`use_config_…`) counts as their default."""
    backorders = (row["allow_backorders"] or "0") != "0" and row["use_config_backorders"] == "0"
    uncounted = row["manage_stock"] == "0" and row["use_config_manage_stock"] == "0"
    return "yes" if backorders or uncounted else row["is_in_stock"]


def _iso(date: str | None) -> str:
    """A date in ISO 8601, empty where there is none; what is no date stays as it is."""
    found = NUMERIC_DATE.match(date or "")
    if found is None:
        return date or ""
    first, mark, second, year, hour, minute, half = found.groups()
    month, day = (first, second) if mark == "/" else (second, first)
    iso = f"{year if len(year) == 4 else f'20{year}'}-{month:>02}-{day:>02}"
    if hour is None:
        return iso
    hours = int(hour) % 12 + (12 if half == "PM" else 0) if half else int(hour)
    return f"{iso}T{hours:02}:{minute}"
