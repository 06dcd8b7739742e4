"""WooCommerce's orders from its REST API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import text_file
from training import columns as c
from training.cleaning import CleanOrders, clean
from training.connectors.platform_lines import IdKeys
from training.connectors.woocommerce_json import STATUSES
from training.reading import ReadingOptions, StagedOrders, read_orders


def item(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": "Tea &ndash; green",
        "product_id": 10 + number,
        "variation_id": 0,
        "quantity": 2,
        "total": "9.00",
        "sku": f"SKU{number}",
        "price": 4.5,
        "meta_data": [],
        **more,
    }


def order(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "status": "completed",
        "currency": "EUR",
        "date_created": "2026-01-05T11:00:00",
        "date_created_gmt": "2026-01-05T10:00:00",
        "date_modified_gmt": "2026-03-05T10:00:00",
        "customer_id": 7,
        "billing": {"email": "ann@example.com"},
        "line_items": list(items),
        "refunds": [],
        **more,
    }


def refund(*returned: tuple[int, int]) -> dict[str, Any]:
    """A refund in full, as `/orders/ID/refunds` gives it."""
    items = [
        {"quantity": -units, "meta_data": [{"key": "_refunded_item_id", "value": str(number)}]}
        for number, units in returned
    ]
    return {"id": 5, "amount": "1.00", "date_created_gmt": "2026-02-01T00:00:00", "line_items": items}


SHORT_REFUND = {"id": 5, "reason": "", "total": "-9.00"}


def read(folder: Path, *orders: dict[str, Any], keys: IdKeys = IdKeys()) -> StagedOrders:  # noqa: B008
    path = text_file(folder, json.dumps(orders, indent=1), "orders.json")
    return read_orders([path], ReadingOptions(keys=keys, timezone="Europe/Berlin"))


def kept(result: CleanOrders) -> list[tuple[str, float]]:
    return result.lines.select(c.PRODUCT_ID, c.QUANTITY).sort(c.PRODUCT_ID).rows()


def test_a_line(tmp_path: Path) -> None:
    (line,) = read(tmp_path, order(item())).lines.to_dicts()
    assert (line[c.ORDER_ID], line[c.CUSTOMER_ID], line[c.PRODUCT_ID]) == ("1", "7", "SKU1")
    assert (line[c.QUANTITY], line[c.UNIT_PRICE], line[c.CURRENCY]) == (2.0, 4.5, "EUR")
    assert (line[c.STATUS], line[c.TITLE]) == ("completed", "Tea – green")
    assert f"{line[c.ORDERED_AT]:%Y-%m-%dT%H:%M}" == "2026-01-05T10:00"
    assert line[c.REVISION] == "2026-03-05T10:00:00+00:00"


def test_the_shop_s_own_time_where_there_is_no_other(tmp_path: Path) -> None:
    staged = read(tmp_path, order(item(), date_created_gmt=None))
    assert staged.lines[c.ORDERED_AT].dt.hour().to_list() == [10]


@pytest.mark.parametrize(
    "key, more, product",
    [
        ("sku", {}, "SKU1"),
        ("sku", {"sku": "", "variation_id": 23}, "23"),
        ("sku", {"sku": ""}, "11"),
        ("variant", {"variation_id": 23}, "23"),
        ("variant", {}, "11"),
        ("product", {"variation_id": 23}, "11"),
    ],
)
def test_which_id_is_the_product(tmp_path: Path, key: Any, more: dict[str, Any], product: str) -> None:
    staged = read(tmp_path, order(item(**more)), keys=IdKeys(product=key))
    assert staged.lines[c.PRODUCT_ID].to_list() == [product]


def test_a_guest_is_known_by_the_address(tmp_path: Path) -> None:
    guest, ann = order(item(), customer_id=0), order(item(), id=2)
    nobody = order(item(), id=3, customer_id=0, billing={"email": ""})
    by_platform = read(tmp_path, guest, ann, nobody).lines[c.CUSTOMER_ID].to_list()
    by_email = read(tmp_path, guest, ann, nobody, keys=IdKeys(customer="email")).lines[c.CUSTOMER_ID]
    assert by_platform[1:] == ["7", None]
    assert by_email.to_list() == [by_platform[0], by_platform[0], None]


@pytest.mark.parametrize(
    "theirs, ours",
    [*STATUSES.items(), ("wc-processing", "completed"), ("wc-shipped", "pending")],
)
def test_statuses(tmp_path: Path, theirs: str, ours: str) -> None:
    assert read(tmp_path, order(item(), status=theirs)).lines[c.STATUS].to_list() == [ours]


@pytest.mark.parametrize(
    "document, reason",
    [
        (order(item(meta_data=[{"key": "_bundled_by", "value": "abc"}])), "part_of_bundle"),
        (order(item(bundled_by="abc")), "part_of_bundle"),
        (order(item(meta_data=[{"key": "_composite_parent", "value": "abc"}])), "part_of_bundle"),
        (order(item(meta_data=[{"key": "wc_gc_giftcard_amount", "value": "20"}])), "gift_card"),
        (order(item(sku="", product_id=0)), "not_a_product"),
        (order(item(), status="checkout-draft"), "draft_order"),
        (order(status="checkout-draft"), "draft_order"),
        (order(), "empty_order"),
        (order(item(), status="failed"), "cancelled"),
        (order(item(), status="trash"), "cancelled"),
        (order(item(), status="refunded", refunds=[SHORT_REFUND]), "refunded"),
    ],
)
def test_what_is_no_sale_of_a_product(tmp_path: Path, document: dict[str, Any], reason: str) -> None:
    accounting = clean(read(tmp_path, document)).accounting
    assert (accounting.read, accounting.ignored) == (1, {reason: 1})


def test_the_holder_of_a_bundle_counts(tmp_path: Path) -> None:
    holder = item(1, bundled_by="", meta_data=[{"key": "_bundled_items", "value": ["x"]}])
    assert kept(clean(read(tmp_path, order(holder, item(2, bundled_by="abc"))))) == [("SKU1", 2.0)]


@pytest.mark.parametrize(
    "more, quantities",
    [
        ({"refunds": [refund((1, 1))]}, [("SKU1", 1.0), ("SKU2", 2.0)]),
        ({"refunds": [refund((1, 2), (2, 1))]}, [("SKU2", 1.0)]),
        ({"refunds": [refund((1, 0))]}, [("SKU1", 2.0), ("SKU2", 2.0)]),
        ({"refunds": [SHORT_REFUND]}, [("SKU1", 2.0), ("SKU2", 2.0)]),
        ({"refunds": [refund((1, 1))], "status": "refunded"}, []),
        ({"refunds": [refund()], "status": "refunded"}, []),
    ],
    ids=["one", "of both", "money only", "not fetched", "all, one named", "all, none named"],
)
def test_refunds(tmp_path: Path, more: dict[str, Any], quantities: list[tuple[str, float]]) -> None:
    staged = read(tmp_path, order(item(1), item(2), **more))
    assert kept(clean(staged)) == quantities
    assert kept(clean(staged, as_of=1_769_900_000)) == [("SKU1", 2.0), ("SKU2", 2.0)]  # 31 January


def test_a_refund_that_does_not_name_its_line_goes_by_the_product(tmp_path: Path) -> None:
    nameless = refund((1, 1)) | {"line_items": [{"quantity": -1, "product_id": 12, "variation_id": 0}]}
    staged = read(tmp_path, order(item(1), item(2), refunds=[nameless]))
    assert kept(clean(staged)) == [("SKU1", 2.0), ("SKU2", 1.0)]


def test_coupons_lower_the_price_of_one(tmp_path: Path) -> None:
    staged = read(tmp_path, order(item(subtotal="9.00", total="6.00")))
    assert staged.lines[c.UNIT_PRICE].to_list() == [3.0]


def test_shipping_and_fees_are_no_lines(tmp_path: Path) -> None:
    costs = {"shipping_lines": [{"total": "5.00"}], "fee_lines": [{"total": "1.00"}]}
    assert read(tmp_path, order(item(), **costs)).read == 1


@pytest.mark.parametrize(
    "document, reason",
    [
        (order(item(quantity=None)), "bad_quantity"),
        (order(item(), line_items=[1]), "malformed_order"),
        (order(item(meta_data="none")), "malformed_order"),
        (refund((1, 1)), "not_an_order"),
        ({"code": "woocommerce_rest_cannot_view", "data": {"status": 401}}, "not_an_order"),
    ],
)
def test_what_cannot_be_read_is_set_aside(tmp_path: Path, document: dict[str, Any], reason: str) -> None:
    staged = read(tmp_path, order(item(), id=2), document)
    assert staged.quarantine.rows.select(c.LINE, c.REASON).rows() == [(2, reason)]
    assert staged.lines[c.ORDER_ID].to_list() == ["2"]
