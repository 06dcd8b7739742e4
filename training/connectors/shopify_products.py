"""Products of Shopify: the CSV that its admin exports, and the JSON of its API or of the shop's own pages.

In the CSV a product spans several rows, told by the handle: one a variant, the first with what all have in
common, and further ones that bring nothing but an image.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from training import columns as c
from training.connectors.document_layout import Json
from training.connectors.json_values import id_of, object_of, objects_of, text_of

NAME = "shopify"

HAS_VARIANT_IDS = False
"""The CSV has none."""

CSV_NAMES: dict[str, tuple[str, ...]] = {
    "handle": ("handle", "url_handle"),
    "title": ("title",),
    "vendor": ("vendor",),
    "type": ("type",),
    "category": ("product_category",),
    "tags": ("tags",),
    "published": ("published", "published_on_online_store"),
    "status": ("status",),
    "option1": ("option1_value",),
    "option2": ("option2_value",),
    "option3": ("option3_value",),
    "sku": ("variant_sku", "sku"),
    "price": ("variant_price", "price"),
    "tracker": ("variant_inventory_tracker", "inventory_tracker"),
    "quantity": ("variant_inventory_qty", "inventory_quantity"),
    "policy": ("variant_inventory_policy", "continue_selling_when_out_of_stock"),
    "image": ("image_src", "product_image_url"),
    "variant_image": ("variant_image", "variant_image_url"),
    "gift_card": ("gift_card",),
}
"""Ours → the export's names, those of before and since 2025 (Shopify Help: "Using CSV files")."""

NEEDED = {"handle", "title", "option1", "price"}

OF_THE_PRODUCT = ("title", "vendor", "type", "category", "tags", "published", "status", "image", "gift_card")
"""What only the first row of a product carries."""

OPTIONS = ("option1", "option2", "option3")
NO_CHOICE = "Default Title"
"""The one variant of a product that has no variants."""

OF_NO_PRODUCT: Mapping[str, Any] = {c.PLATFORM_PRODUCT_ID: None, c.URL: None, c.IMAGE_URL: None}
"""What variants without their product have of it: they name it at most."""


def table_offers(table: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """An offer for each row, in their order. `table`: all of CSV_NAMES, as text."""
    first = [pl.col(name).drop_nulls().first().over("handle") for name in OF_THE_PRODUCT]
    is_first = pl.col("handle").is_first_distinct().alias("is_first")
    for row in table.with_columns(*first, is_first).iter_rows(named=True):
        yield _csv_offer(row)


def _csv_offer(row: Mapping[str, Any]) -> dict[str, Any]:
    of_variant = ("sku", "price", *OPTIONS)
    choice = " / ".join(row[option] for option in OPTIONS if row[option])
    variant = None if choice == NO_CHOICE else choice or None
    # Orders name a line without an SKU by its title: the two must meet.
    name = f"{row['title']} - {variant}" if variant else row["title"]
    return {
        c.PLATFORM_PRODUCT_ID: row["handle"],
        c.SKU: row["sku"] or name,
        c.TITLE: row["title"],
        c.VARIANT_TITLE: variant,
        c.IS_VARIANT: row["is_first"] or any(row[cell] for cell in of_variant),
        c.URL: row["handle"] and f"/products/{row['handle']}",
        c.IMAGE_URL: row["variant_image"] or row["image"],
        c.BRAND: row["vendor"],
        c.CATEGORY: row["type"] or row["category"],
        c.PRICE: row["price"],
        c.IN_STOCK: _orderable(row["tracker"], row["quantity"], row["policy"]),
        c.TAGS: row["tags"],
        c.OFFERED: _is_offered(row["published"], row["status"]),
        c.IGNORED: "gift_card" if _is_true(row["gift_card"]) else None,
    }


def recognises(document: Json) -> bool:
    """Whether it is a product of the Admin REST API or a shop's `/products.json`, or variants alone."""
    has_variants = isinstance(document.get("variants"), list)
    return has_variants and ({"id", "title"} <= document.keys() or document.keys() == {"variants"})


def document_offers(document: Json) -> list[dict[str, Any]]:
    """An offer for the product as a whole, and one for each of its variants; for each of variants alone.

    Raises:
        DocumentFault: what should be a list of objects is something else.
    """
    variants = objects_of(document["variants"])
    if "id" not in document:
        return [_of_variant(variant, OF_NO_PRODUCT, {}) for variant in variants]
    images = {
        text_of(image.get("id")): text_of(image.get("src")) for image in objects_of(document.get("images"))
    }
    published_at = document.get("published_at", "unknown")
    handle, category = text_of(document.get("handle")), object_of(document.get("category"))
    product = {
        c.PLATFORM_PRODUCT_ID: id_of(document["id"]),
        c.TITLE: text_of(document["title"]),
        c.URL: handle and f"/products/{handle}",
        c.IMAGE_URL: text_of(object_of(document.get("image")).get("src"))
        or next(iter(images.values()), None),
        c.BRAND: text_of(document.get("vendor")),
        c.CATEGORY: text_of(document.get("product_type")) or text_of(category.get("full_name")),
        c.TAGS: _tags(document.get("tags")),
        c.AVAILABLE_FROM: text_of(document.get("published_at")),
        c.OFFERED: published_at is not None and _is_offered(None, text_of(document.get("status"))),
    }
    return [product, *(product | _of_variant(variant, product, images) for variant in variants)]


def _of_variant(
    variant: Json, product: Mapping[str, Any], images: Mapping[str | None, str | None]
) -> dict[str, Any]:
    id, title = id_of(variant.get("id")), text_of(variant.get("title"))
    image = text_of(variant.get("image_id"))
    # Newer versions of the API leave the field out; then the quantity is what tells.
    tracker = text_of(variant.get("inventory_management", "shopify"))
    quantity, policy = text_of(variant.get("inventory_quantity")), text_of(variant.get("inventory_policy"))
    in_stock = _orderable(tracker, quantity, policy)
    if isinstance(available := variant.get("available"), bool):
        in_stock = "yes" if available else "no"
    return {
        c.PLATFORM_PRODUCT_ID: product[c.PLATFORM_PRODUCT_ID] or id_of(variant.get("product_id")),
        c.VARIANT_ID: id,
        c.SKU: id_of(variant.get("sku")),
        c.VARIANT_TITLE: None if title == NO_CHOICE else title,
        c.IS_VARIANT: True,
        c.URL: f"{product[c.URL]}?variant={id}" if product[c.URL] and id else product[c.URL],
        c.IMAGE_URL: (image and images.get(image)) or product[c.IMAGE_URL],
        c.PRICE: text_of(variant.get("price")),
        c.IN_STOCK: in_stock,
    }


def _tags(tags: Any) -> str | None:
    return ",".join(filter(None, map(text_of, tags))) if isinstance(tags, list) else text_of(tags)


def _orderable(tracker: str | None, quantity: str | None, policy: str | None) -> str | None:
    """`yes` where nobody counts, or where it is sold beyond the last piece; null where a count is missing."""
    if not tracker or (policy or "").lower() in ("continue", "true"):
        return "yes"
    if quantity is None:
        return None
    return "no" if quantity.startswith("-") or not quantity.strip("0. ") else "yes"


def _is_offered(published: str | None, status: str | None) -> bool:
    return (published is None or _is_true(published)) and (status or "active").lower() == "active"


def _is_true(cell: str | None) -> bool:
    return (cell or "").lower() in ("true", "yes", "1")
