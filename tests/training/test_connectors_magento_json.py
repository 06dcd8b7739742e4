"""Orders of Magento and Adobe Commerce from the REST API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import text_file
from training import columns as c
from training.cleaning import CleanOrders, clean
from training.connectors.magento_json import STATUSES
from training.connectors.platform_lines import IdKeys
from training.reading import ReadingOptions, StagedOrders, read_orders


def item(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "item_id": number,
        "sku": f"SKU{number}",
        "name": "Tea",
        "product_id": 10 + number,
        "product_type": "simple",
        "qty_ordered": 2,
        "qty_refunded": 0,
        "qty_canceled": 0,
        "price": 5,
        "discount_amount": 0,
        **more,
    }


def order(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "entity_id": 3,
        "increment_id": "000000003",
        "state": "complete",
        "status": "shipped_by_bike",
        "created_at": "2026-01-05 10:00:00",
        "updated_at": "2026-03-05 10:00:00",
        "customer_id": 7,
        "customer_is_guest": 0,
        "customer_email": "ann@example.com",
        "order_currency_code": "EUR",
        "items": list(items),
        **more,
    }


def configured(**more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A T-shirt, and the red one that was chosen."""
    parent = item(1, product_type="configurable", sku="SHIRT-RED", product_id=40, **more)
    child = item(2, sku="SHIRT-RED", product_id=41, parent_item_id=1, price=0, **more)
    return parent, child


def bundle() -> list[dict[str, Any]]:
    """A kit of a mat and a ball, under the SKU that the platform puts together."""
    return [
        item(1, product_type="bundle", sku="KIT-MAT-BALL", product_id=50),
        item(2, sku="MAT", parent_item_id=1),
        item(3, sku="BALL", parent_item_id=1),
    ]


def read(folder: Path, *orders: dict[str, Any], keys: IdKeys = IdKeys()) -> StagedOrders:  # noqa: B008
    page = {"items": orders, "search_criteria": {}, "total_count": len(orders)}
    path = text_file(folder, json.dumps(page, indent=1), "orders.json")
    return read_orders([path], ReadingOptions(keys=keys, timezone="America/New_York"))


def kept(result: CleanOrders) -> list[tuple[str, float]]:
    return result.lines.select(c.PRODUCT_ID, c.QUANTITY).sort(c.PRODUCT_ID).rows()


def test_a_line(tmp_path: Path) -> None:
    (line,) = read(tmp_path, order(item())).lines.to_dicts()
    assert (line[c.ORDER_ID], line[c.CUSTOMER_ID], line[c.PRODUCT_ID]) == ("3", "7", "SKU1")
    assert (line[c.QUANTITY], line[c.UNIT_PRICE], line[c.CURRENCY]) == (2.0, 5.0, "EUR")
    assert (line[c.STATUS], line[c.TITLE]) == ("completed", "Tea")
    assert f"{line[c.ORDERED_AT]:%Y-%m-%dT%H:%M}" == "2026-01-05T10:00"
    assert line[c.REVISION] == "2026-03-05T10:00:00+00:00"


def test_one_order_by_itself(tmp_path: Path) -> None:
    """As `GET /V1/orders/3` gives it: its `items` are its lines."""
    staged = read_orders([text_file(tmp_path, json.dumps(order(item()), indent=1), "order_3.json")])
    assert staged.lines[c.ORDER_ID].to_list() == ["3"]


@pytest.mark.parametrize("key, product", [("sku", "SHIRT-RED"), ("variant", "41"), ("product", "40")])
def test_a_configurable_product_counts_once(tmp_path: Path, key: Any, product: str) -> None:
    result = clean(read(tmp_path, order(*configured()), keys=IdKeys(product=key)))
    assert result.lines.select(c.PRODUCT_ID, c.QUANTITY, c.UNIT_PRICE).rows() == [(product, 2.0, 5.0)]
    assert (result.accounting.read, result.accounting.ignored) == (2, {"counted_with_parent": 1})


def test_a_child_that_holds_its_parent(tmp_path: Path) -> None:
    parent, child = configured()
    child = {**child, "parent_item": parent}
    del child["parent_item_id"]
    assert kept(clean(read(tmp_path, order(parent, child)))) == [("SHIRT-RED", 2.0)]


def test_children_alone_bring_their_parents_along(tmp_path: Path) -> None:
    parent, *parts = bundle()
    parts = [{**part, "parent_item": parent} for part in parts]
    result = clean(read(tmp_path, order(*parts)))
    assert result.lines.select(c.PRODUCT_ID, c.UNIT_PRICE).rows() == [("KIT", 5.0)]
    assert result.accounting.ignored == {"part_of_bundle": 2}


@pytest.mark.parametrize("key, product", [("sku", "KIT"), ("product", "50")])
def test_a_bundle_counts_once_under_its_own_id(tmp_path: Path, key: Any, product: str) -> None:
    result = clean(read(tmp_path, order(*bundle()), keys=IdKeys(product=key)))
    assert kept(result) == [(product, 2.0)]
    assert (result.accounting.read, result.accounting.ignored) == (3, {"part_of_bundle": 2})


def test_a_guest_is_known_by_the_address(tmp_path: Path) -> None:
    guest = order(item(), customer_is_guest=1, customer_id=None)
    nobody = order(item(), entity_id=4, customer_is_guest=1, customer_id=None, customer_email=None)
    ann = order(item(), entity_id=5)
    by_platform = read(tmp_path, guest, nobody, ann).lines[c.CUSTOMER_ID].to_list()
    by_email = read(tmp_path, guest, nobody, ann, keys=IdKeys(customer="email")).lines[c.CUSTOMER_ID]
    assert by_platform[1:] == [None, "7"]
    assert by_email.to_list() == [by_platform[0], None, by_platform[0]]


@pytest.mark.parametrize("state, status", [*STATUSES.items(), ("in_transit", "pending")])
def test_states(tmp_path: Path, state: str, status: str) -> None:
    staged = read(tmp_path, order(item(), state=state, updated_at=None))
    assert staged.lines[c.STATUS].to_list() == [status]
    without_state = read(tmp_path, order(item(), state=None, status=state, updated_at=None))
    assert without_state.lines[c.STATUS].to_list() == [status]


@pytest.mark.parametrize(
    "items, more, quantities",
    [
        ([item(1, qty_refunded=1), item(2)], {}, [("SKU1", 1.0), ("SKU2", 2.0)]),
        ([item(1, qty_canceled=2), item(2)], {}, [("SKU2", 2.0)]),
        ([item(1, qty_canceled=1, qty_refunded=1), item(2)], {}, [("SKU2", 2.0)]),
        ([item(1, qty_refunded=1), item(2)], {"state": "closed"}, []),
        (list(configured(qty_refunded=1)), {}, [("SHIRT-RED", 1.0)]),
    ],
    ids=["refunded", "cancelled", "both", "closed", "a configurable one"],
)
def test_what_was_refunded_or_cancelled(
    tmp_path: Path, items: list[dict[str, Any]], more: dict[str, Any], quantities: list[tuple[str, float]]
) -> None:
    staged = read(tmp_path, order(*items, **more))
    assert kept(clean(staged)) == quantities
    before = clean(staged, as_of=1_769_900_000).lines[c.QUANTITY]  # 31 January
    assert set(before) == {2.0}


def test_discounts_are_taken_off_the_price_of_one(tmp_path: Path) -> None:
    staged = read(tmp_path, order(item(discount_amount=4)))
    assert staged.lines[c.UNIT_PRICE].to_list() == [3.0]


@pytest.mark.parametrize(
    "document, reason",
    [
        (order(item(product_type="giftcard")), "gift_card"),
        (order(), "empty_order"),
        (order(item(qty_canceled=2), state="canceled"), "cancelled"),
        (order(item(), state="closed", updated_at=None), "refunded"),
    ],
)
def test_what_is_no_sale_of_a_product(tmp_path: Path, document: dict[str, Any], reason: str) -> None:
    accounting = clean(read(tmp_path, document)).accounting
    assert (accounting.read, accounting.ignored) == (1, {reason: 1})


@pytest.mark.parametrize(
    "document, reason",
    [
        (order(item(sku=None, product_id=None)), "product_id_missing"),
        (order(item(qty_ordered="many")), "bad_quantity"),
        (order(item(), items={"1": item()}), "malformed_order"),
        ({"message": "The consumer isn't authorized"}, "not_an_order"),
    ],
)
def test_what_cannot_be_read_is_set_aside(tmp_path: Path, document: dict[str, Any], reason: str) -> None:
    staged = read(tmp_path, order(item(), entity_id=2), document)
    assert staged.quarantine.rows.select(c.LINE, c.REASON).rows() == [(2, reason)]
    assert staged.lines[c.ORDER_ID].to_list() == ["2"]
