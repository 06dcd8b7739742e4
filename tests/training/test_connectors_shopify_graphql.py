"""The result of a bulk operation of Shopify's GraphQL API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import text_file
from training import columns as c
from training.cleaning import clean
from training.connectors.platform_lines import IdKeys
from training.reading import ReadingOptions, StagedOrders, read_orders


def money(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": "EUR"}}


def order(**more: Any) -> dict[str, Any]:
    return {
        "id": "gid://shopify/Order/1",
        "createdAt": "2026-01-05T10:00:00Z",
        "updatedAt": "2026-03-05T10:00:00Z",
        "displayFinancialStatus": "PAID",
        "totalPriceSet": money("10.00"),
        "customer": {"id": "gid://shopify/Customer/7"},
        **more,
    }


def item(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/LineItem/{number}",
        "name": "Tea",
        "quantity": 2,
        "sku": "TEA",
        "variant": {"id": "gid://shopify/ProductVariant/101"},
        "product": {"id": "gid://shopify/Product/11"},
        "originalUnitPriceSet": money("5.00"),
        "__parentId": "gid://shopify/Order/1",
        **more,
    }


def read(folder: Path, *objects: dict[str, Any], keys: IdKeys = IdKeys()) -> StagedOrders:  # noqa: B008
    content = "".join(json.dumps(one) + "\n" for one in objects)
    return read_orders([text_file(folder, content, "bulk.jsonl")], ReadingOptions(keys=keys))


def test_a_line(tmp_path: Path) -> None:
    (line,) = read(tmp_path, order(), item()).lines.to_dicts()
    assert (line[c.ORDER_ID], line[c.CUSTOMER_ID], line[c.PRODUCT_ID]) == ("1", "7", "TEA")
    assert (line[c.QUANTITY], line[c.UNIT_PRICE], line[c.CURRENCY]) == (2.0, 5.0, "EUR")
    assert (line[c.STATUS], line[c.TITLE], line[c.LINE]) == ("completed", "Tea", 1)


@pytest.mark.parametrize("key, product", [("variant", "101"), ("product", "11")])
def test_gids_become_the_numbers_of_the_other_formats(tmp_path: Path, key: Any, product: str) -> None:
    assert read(tmp_path, order(), item(), keys=IdKeys(key)).lines[c.PRODUCT_ID].to_list() == [product]


@pytest.mark.parametrize(
    "more, price",
    [
        ({"discountedUnitPriceAfterAllDiscountsSet": money("3.50")}, 3.5),
        ({"discountAllocations": [{"allocatedAmountSet": money("4.00")}]}, 3.0),
        ({"originalUnitPriceSet": None, "discountedUnitPriceSet": money("4.50")}, 4.5),
        ({"originalUnitPriceSet": None, "originalUnitPrice": "6.00"}, 6.0),
    ],
    ids=["reduced", "allocations", "the line's discount only", "an older version"],
)
def test_the_price_of_one(tmp_path: Path, more: dict[str, Any], price: float) -> None:
    assert read(tmp_path, order(), item(**more)).lines[c.UNIT_PRICE].to_list() == [price]


def test_a_query_that_asked_for_the_least(tmp_path: Path) -> None:
    """As the platform's own example of a bulk operation: a name, a quantity, the order's total."""
    least = {"id": "gid://shopify/LineItem/1", "name": "Tea", "quantity": 2}
    staged = read(tmp_path, order(), least | {"__parentId": "gid://shopify/Order/1"})
    assert staged.lines.select(c.PRODUCT_ID, c.UNIT_PRICE).rows() == [("Tea", 5.0)]


def test_other_children_of_an_order_are_no_lines(tmp_path: Path) -> None:
    shipping = {"id": "gid://shopify/ShippingLine/5", "title": "Post", "__parentId": "gid://shopify/Order/1"}
    assert read(tmp_path, order(), shipping, item()).read == 1


def test_units_that_are_gone(tmp_path: Path) -> None:
    staged = read(tmp_path, order(refunds=[{"createdAt": "2026-02-01T00:00:00Z"}]), item(currentQuantity=1))
    assert staged.lines.select(c.QUANTITY, c.ORDERED_AT).sort(c.ORDERED_AT)[c.QUANTITY].to_list() == [2, -1]
    assert clean(staged).lines[c.QUANTITY].to_list() == [1.0]
    before = clean(staged, as_of=1_769_900_000)  # 31 January
    assert before.lines[c.QUANTITY].to_list() == [2.0]


@pytest.mark.parametrize(
    "objects, reason",
    [
        ((order(), item(isGiftCard=True)), "gift_card"),
        ((order(test=True), item()), "test_order"),
        ((order(cancelledAt="2026-01-06T00:00:00Z"), item()), "cancelled"),
        ((order(displayFinancialStatus="REFUNDED"), item()), "refunded"),
        ((order(),), "empty_order"),
        ((order(), item(sku=None, variant=None, product=None)), "not_a_product"),
    ],
)
def test_what_is_no_sale(tmp_path: Path, objects: tuple[dict[str, Any], ...], reason: str) -> None:
    accounting = clean(read(tmp_path, *objects)).accounting
    assert (accounting.read, accounting.ignored) == (1, {reason: 1})


def test_what_is_no_order_is_set_aside(tmp_path: Path) -> None:
    product = {"id": "gid://shopify/Product/1", "title": "Tea"}
    orphan = item(2, __parentId="gid://shopify/Order/9")
    staged = read(tmp_path, order(), item(), product, orphan)
    assert staged.quarantine.counts() == {"not_an_order": 1, "parent_missing": 1}
    assert staged.lines.height == 1
