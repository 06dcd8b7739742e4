"""What becomes of variants and of the products that they belong to."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training import columns as c
from training.catalog_roll_up import one_row_a_product
from training.connectors.catalog_rows import CATALOG_SCHEMA, OFFER_SCHEMA
from training.connectors.platform_lines import ProductKey, product_id


def offers(*rows: dict[str, Any], key: ProductKey = "sku") -> pl.DataFrame:
    given_rows = [{c.OFFERED: True, c.IS_VARIANT: False} | row for row in rows]
    frame = pl.DataFrame(given_rows, schema=OFFER_SCHEMA)
    return frame.with_columns(product_id(frame, key))


def rolled_up(*rows: dict[str, Any], key: ProductKey = "sku") -> list[dict[str, Any]]:
    """What is told of each product, without what is not."""
    frame = one_row_a_product(offers(*rows, key=key), key)
    return [{name: value for name, value in row.items() if value is not None} for row in frame.to_dicts()]


def whole(product: str, **cells: Any) -> dict[str, Any]:
    return {c.PLATFORM_PRODUCT_ID: product, **cells}


def variant(product: str, sku: str, **cells: Any) -> dict[str, Any]:
    return {c.PLATFORM_PRODUCT_ID: product, c.SKU: sku, c.IS_VARIANT: True, **cells}


def test_a_variant_inherits_what_it_does_not_tell() -> None:
    hoodie = whole("7", title="Hoodie", brand="Mara", price=50.0, image_url="/h.jpg")
    red = variant("7", "H-R", variant_title="Red", price=40.0, image_url="/r.jpg")
    assert rolled_up(red, hoodie) == [
        {
            c.PRODUCT_ID: "H-R",
            c.TITLE: "Hoodie – Red",
            c.BRAND: "Mara",
            c.PRICE: 40.0,
            c.IMAGE_URL: "/r.jpg",
        }
    ]


def test_variants_together_take_the_lowest_price_of_any_variant_and_the_picture_of_the_product() -> None:
    hoodie = whole("7", title="Hoodie", price=10.0, image_url="/h.jpg")
    red = variant("7", "H-R", variant_title="Red", price=50.0, currency="EUR", image_url="/r.jpg")
    blue = variant("7", "H-B", variant_title="Blue", price=40.0, currency="USD")
    assert rolled_up(red, blue, hoodie, key="product") == [
        {c.PRODUCT_ID: "7", c.TITLE: "Hoodie", c.PRICE: 40.0, c.CURRENCY: "USD", c.IMAGE_URL: "/h.jpg"}
    ]


@pytest.mark.parametrize(
    "stock, in_stock",
    [
        ([True, False], True),
        ([False, False], False),
        ([False, None], None),
        ([None, True], True),
        ([None, None], None),
    ],
)
def test_together_they_are_in_stock_if_one_of_them_is(
    stock: list[bool | None], in_stock: bool | None
) -> None:
    rows = [variant("7", f"H-{number}", in_stock=one) for number, one in enumerate(stock)]
    frame = one_row_a_product(offers(*rows, key="product"), "product")
    assert frame[c.IN_STOCK].to_list() == [in_stock]


@pytest.mark.parametrize("key", ["sku", "product"])
def test_what_is_not_offered_cannot_be_ordered(key: ProductKey) -> None:
    draft = whole("7", offered=False)
    rows = rolled_up(draft, variant("7", "H-R", in_stock=True), whole("8", sku="T", in_stock=True), key=key)
    assert [row[c.IN_STOCK] for row in rows] == [False, True]


def test_of_several_rows_of_one_offer_the_last_counts() -> None:
    old, new = variant("7", "H-R", price=9.0), variant("7", "H-R", price=10.0)
    for key in ("sku", "product"):
        assert [row[c.PRICE] for row in rolled_up(old, new, key=key)] == [10.0]


def test_two_products_that_share_an_sku_are_one_by_the_sku_and_two_by_the_product() -> None:
    rows = whole("7", sku="T", title="Tea"), whole("8", sku="T", title="Tea, new")
    assert [row[c.TITLE] for row in rolled_up(*rows)] == ["Tea, new"]
    assert [row[c.TITLE] for row in rolled_up(*rows, key="product")] == ["Tea", "Tea, new"]


def test_variants_that_share_an_sku_are_one_product() -> None:
    """WooCommerce gives a variation without an SKU that of its parent."""
    hoodie = whole("7", sku="H", title="Hoodie")
    red = variant("7", "H", variant_id="8", variant_title="Red", price=50.0, in_stock=True)
    blue = variant("7", "H", variant_id="9", variant_title="Blue", price=40.0, in_stock=False)
    assert rolled_up(hoodie, red, blue) == [
        {c.PRODUCT_ID: "H", c.TITLE: "Hoodie", c.PRICE: 40.0, c.IN_STOCK: True}
    ]
    assert [row[c.TITLE] for row in rolled_up(hoodie, red, blue, key="variant")] == [
        "Hoodie – Red",
        "Hoodie – Blue",
    ]


OFFERS = st.builds(
    lambda product, sku, is_variant: {c.PLATFORM_PRODUCT_ID: product, c.SKU: sku, c.IS_VARIANT: is_variant},
    st.one_of(st.none(), st.sampled_from("789")),
    st.sampled_from("ABCD"),
    st.booleans(),
)


@given(st.lists(OFFERS, max_size=12), st.sampled_from(["sku", "variant", "product"]))
def test_no_product_stands_twice_and_none_is_lost(rows: list[dict[str, Any]], key: ProductKey) -> None:
    found = offers(*rows, key=key).filter(pl.col(c.PRODUCT_ID).is_not_null())
    rolled = one_row_a_product(found, key)
    assert rolled.columns == list(CATALOG_SCHEMA)
    assert rolled[c.PRODUCT_ID].is_unique().all()
    assert set(rolled[c.PRODUCT_ID]) <= set(found[c.PRODUCT_ID])
    # A product as a whole is gone only where variants stand for it.
    variants = found.filter(c.IS_VARIANT)
    stood_for = found.join(
        variants.select(c.PLATFORM_PRODUCT_ID).unique(), on=c.PLATFORM_PRODUCT_ID, how="anti"
    )
    assert set(variants[c.PRODUCT_ID]) | set(stood_for[c.PRODUCT_ID]) == set(rolled[c.PRODUCT_ID])
