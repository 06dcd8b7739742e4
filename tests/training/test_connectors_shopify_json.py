"""Shopify's orders from its Admin API: what counts, what came back, and what is no product."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import text_file
from training import columns as c
from training.cleaning import CleanOrders, clean
from training.connectors.platform_lines import IdKeys
from training.connectors.shopify_json import STATUSES
from training.errors import InputRefused
from training.reading import ReadingOptions, StagedOrders, read_orders

JANUARY, FEBRUARY, MARCH = "2026-01-05T10:00:00+01:00", "2026-02-05T10:00:00Z", "2026-03-05T10:00:00Z"


def item(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "sku": f"SKU{number}",
        "variant_id": 100 + number,
        "product_id": 10 + number,
        "title": "Tea",
        "quantity": 2,
        "price": "5.00",
        **more,
    }


def order(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "created_at": JANUARY,
        "updated_at": MARCH,
        "financial_status": "paid",
        "currency": "EUR",
        "email": "ann@example.com",
        "customer": {"id": 7},
        "line_items": list(items),
        **more,
    }


def refund(*returned: tuple[int, float], at: str = MARCH) -> dict[str, Any]:
    items = [{"line_item_id": number, "quantity": units} for number, units in returned]
    return {"created_at": at, "refund_line_items": items}


def read(folder: Path, *orders: dict[str, Any], keys: IdKeys = IdKeys()) -> StagedOrders:  # noqa: B008
    path = text_file(folder, json.dumps({"orders": orders}, indent=1), "orders.json")
    return read_orders([path], ReadingOptions(keys=keys))


def kept(result: CleanOrders) -> list[tuple[str, float]]:
    return result.lines.select(c.PRODUCT_ID, c.QUANTITY).sort(c.PRODUCT_ID).rows()


def test_a_line(tmp_path: Path) -> None:
    (line,) = read(tmp_path, order(item())).lines.to_dicts()
    assert (line[c.ORDER_ID], line[c.CUSTOMER_ID], line[c.PRODUCT_ID]) == ("1", "7", "SKU1")
    assert (line[c.QUANTITY], line[c.UNIT_PRICE], line[c.CURRENCY]) == (2.0, 5.0, "EUR")
    assert (line[c.STATUS], line[c.TITLE], line[c.IGNORED]) == ("completed", "Tea", None)
    assert f"{line[c.ORDERED_AT]:%Y-%m-%dT%H:%M}" == "2026-01-05T09:00"
    assert line[c.REVISION] == "2026-03-05T10:00:00+00:00"


@pytest.mark.parametrize(
    "key, blank, product",
    [
        ("sku", {}, "SKU1"),
        ("sku", {"sku": "0"}, "0"),
        ("sku", {"sku": " A 1"}, " A 1"),
        ("sku", {"sku": ""}, "101"),
        ("sku", {"sku": "  "}, "101"),
        ("sku", {"sku": None, "variant_id": None}, "11"),
        ("variant", {}, "101"),
        ("variant", {"variant_id": None}, "11"),
        ("product", {}, "11"),
    ],
)
def test_which_id_is_the_product(tmp_path: Path, key: Any, blank: dict[str, Any], product: str) -> None:
    staged = read(tmp_path, order(item(**blank)), keys=IdKeys(product=key))
    assert staged.lines[c.PRODUCT_ID].to_list() == [product]


@pytest.mark.parametrize(
    "key, more, is_guest, is_hash",
    [
        ("platform", {}, False, False),
        ("platform", {"customer": None}, False, True),
        ("platform", {"customer": None, "email": ""}, True, False),
        ("email", {}, False, True),
        ("email", {"email": "", "contact_email": " Ann@Example.com"}, False, True),
        ("email", {"email": None, "customer": {"id": 7, "email": "ann@example.com"}}, False, True),
        ("email", {"email": ""}, True, False),
    ],
)
def test_who_the_customer_is(
    tmp_path: Path, key: Any, more: dict[str, Any], is_guest: bool, is_hash: bool
) -> None:
    staged = read(tmp_path, order(item(), **more), keys=IdKeys(customer=key))
    (customer,) = staged.lines[c.CUSTOMER_ID]
    by_address = read(tmp_path, order(item()), keys=IdKeys(customer="email")).lines[c.CUSTOMER_ID][0]
    assert customer == (None if is_guest else by_address if is_hash else "7")
    assert len(by_address) == 64


@pytest.mark.parametrize("financial, status", STATUSES.items())
def test_financial_status(tmp_path: Path, financial: str, status: str) -> None:
    assert read(tmp_path, order(item(), financial_status=financial)).lines[c.STATUS].to_list() == [status]


def test_an_order_that_was_moved_from_another_system_keeps_its_time(tmp_path: Path) -> None:
    staged = read(tmp_path, order(item(), processed_at="2019-05-01T08:00:00Z"))
    assert staged.lines[c.ORDERED_AT].dt.year().to_list() == [2019]


@pytest.mark.parametrize(
    "more, price",
    [
        ({"discount_allocations": [{"amount": "1.00"}, {"amount": "3.00"}]}, 3.0),
        ({"total_discount": "2.00"}, 4.0),
        ({"total_discount": "2.00", "discount_allocations": [{"amount": "4.00"}]}, 3.0),
        ({"total_discount": "99.00"}, 0.0),
    ],
    ids=["of line and order", "an old one", "not twice", "more than all"],
)
def test_discounts_are_taken_off_the_price_of_one(tmp_path: Path, more: dict[str, Any], price: float) -> None:
    assert read(tmp_path, order(item(**more))).lines[c.UNIT_PRICE].to_list() == [price]


@pytest.mark.parametrize(
    "document, reason",
    [
        (order(item(gift_card=True)), "gift_card"),
        (order(item(sku=None, variant_id=None, product_id=None, title="Tip")), "tip"),
        (order(item(sku="", variant_id=None, product_id=None, title="Engraving")), "not_a_product"),
        (order(item(), test=True), "test_order"),
        (order(item(gift_card=True), test=True), "test_order"),
        (order(), "empty_order"),
        (order(item(), cancelled_at=MARCH), "cancelled"),
        (order(item(), financial_status="voided"), "cancelled"),
        (order(item(), financial_status="refunded"), "refunded"),
        (order(item(quantity=0)), "zero_quantity"),
    ],
)
def test_what_is_no_sale_of_a_product(tmp_path: Path, document: dict[str, Any], reason: str) -> None:
    accounting = clean(read(tmp_path, document)).accounting
    assert (accounting.read, accounting.ignored) == (1, {reason: 1})


@pytest.mark.parametrize(
    "more, quantities",
    [
        ({"refunds": [refund((1, 1))]}, [("SKU1", 1.0), ("SKU2", 2.0)]),
        ({"refunds": [refund((1, 1)), refund((1, 1))]}, [("SKU2", 2.0)]),
        ({"refunds": [refund((1, 1), (2, 1))]}, [("SKU1", 1.0), ("SKU2", 1.0)]),
        ({"refunds": [refund((1, 1), (99, 1))]}, [("SKU1", 1.0), ("SKU2", 2.0)]),
        ({"refunds": [refund()]}, [("SKU1", 2.0), ("SKU2", 2.0)]),
        ({"refunds": [refund((1, 1))], "financial_status": "refunded"}, []),
        ({"refunds": [refund()], "financial_status": "refunded"}, []),
    ],
    ids=["one", "one by one", "of both", "of no line", "money only", "all, one named", "all, none named"],
)
def test_refunds(tmp_path: Path, more: dict[str, Any], quantities: list[tuple[str, float]]) -> None:
    staged = read(tmp_path, order(item(1), item(2), **more))
    assert kept(clean(staged)) == quantities
    before = clean(staged, as_of=1_770_000_000)  # 2 February
    assert kept(before) == [("SKU1", 2.0), ("SKU2", 2.0)]


def test_an_edit_of_the_order_takes_units_away(tmp_path: Path) -> None:
    edited = order(item(1, current_quantity=0), item(2, current_quantity=2))
    assert kept(clean(read(tmp_path, edited))) == [("SKU2", 2.0)]
    refunded_as_well = order(item(1, current_quantity=1), refunds=[refund((1, 1))])
    assert kept(clean(read(tmp_path, refunded_as_well))) == [("SKU1", 1.0)]


def test_two_lines_with_one_product_add_up(tmp_path: Path) -> None:
    twice = order(item(1), item(2, sku="SKU1"))
    assert clean(read(tmp_path, twice)).lines[c.QUANTITY].sum() == 4
    alike = order(item(1), item(1))
    assert clean(read(tmp_path, alike)).lines[c.QUANTITY].sum() == 4


def test_of_two_copies_the_later_state_counts(tmp_path: Path) -> None:
    before = order(item(1), item(2), updated_at=FEBRUARY)
    after = order(item(1), updated_at=MARCH, cancelled_at=MARCH)
    accounting = clean(read(tmp_path, after, before)).accounting
    assert (accounting.kept, accounting.merged, accounting.ignored) == (0, 2, {"cancelled": 1})


@pytest.mark.parametrize(
    "document, reason",
    [
        (order(item(), financial_status="lost"), "unknown_status"),
        (order(item(), id=None), "order_id_missing"),
        (order(item(price=None)), "bad_unit_price"),
        (order(item(price={"amount": "5"})), "bad_unit_price"),
        (order(item(quantity="two")), "bad_quantity"),
        (order(item(), created_at="yesterday"), "bad_ordered_at"),
        (order(item(), line_items="none"), "malformed_order"),
        (order(item(), line_items=[None]), "malformed_order"),
        (order(item(), refunds={"1": {}}), "malformed_order"),
        ({"errors": "Not Found"}, "not_an_order"),
    ],
)
def test_what_cannot_be_read_is_set_aside(tmp_path: Path, document: dict[str, Any], reason: str) -> None:
    staged = read(tmp_path, order(item(), id=2), document)
    assert staged.quarantine.rows.select(c.LINE, c.REASON).rows() == [(2, reason)]
    assert staged.lines[c.ORDER_ID].to_list() == ["2"]


@pytest.mark.parametrize(
    "document, asked, message",
    [
        (order(item()), "magento", "holds orders of shopify, not magento"),
        ({"id": 1, "title": "Tea"}, "shopify", "no orders that are known: its objects have id, title;"),
        (
            {"id": 1, "status": "failed", "created_at": JANUARY, "line_items": []},
            "shopify",
            "no orders that are known: its objects have id, status, created_at, line_items;",
        ),
    ],
)
def test_another_platform_than_asked_for_is_refused(
    document: dict[str, Any], asked: str, message: str, tmp_path: Path
) -> None:
    path = text_file(tmp_path, json.dumps([document]), "orders.json")
    with pytest.raises(InputRefused, match=message):
        read_orders([path], ReadingOptions(format=asked))
