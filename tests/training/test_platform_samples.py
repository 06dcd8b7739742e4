"""Public samples of what the platforms send, where they are present."""

from __future__ import annotations

import json
from pathlib import Path

from tests.builders import text_file
from tests.needs import SHARED, needs_shared
from training import columns as c
from training.cleaning import clean
from training.reading import read_orders

SAMPLES = SHARED / "data" / "platforms"

pytestmark = needs_shared


def sample(name: str) -> str:
    return str(SAMPLES / name)


def test_shopify_s_export() -> None:
    staged = read_orders([sample("shopify/orders_export_layout_redacted.csv")])
    assert staged.lines.select(c.ORDER_ID, c.PRODUCT_ID, c.QUANTITY, c.UNIT_PRICE).rows() == [
        ("8000000000001", "1038076", 1.0, 25.2),
        ("8000000000001", "1038823", 1.0, 20.16),
        ("8000000000001", "1037790", 1.0, 302.51),
        ("8000000000002", "1038039", 1.0, 201.67),
        ("8000000000003", "1038823", 2.0, 20.16),
    ]
    accounting = clean(staged).accounting
    assert (accounting.kept, accounting.ignored) == (4, {"refunded": 1})
    ann, bob = staged.lines[c.CUSTOMER_ID].unique(maintain_order=True)
    assert staged.lines[c.CUSTOMER_ID].to_list() == [ann, ann, ann, bob, ann]


def test_a_shopify_order() -> None:
    staged = read_orders([sample("shopify/admin_rest_order.json")])
    assert staged.lines[c.PRODUCT_ID].to_list() == ["IPOD2008GREEN", "IPOD2008RED", "IPOD2008BLACK"]
    assert set(staged.lines[c.CUSTOMER_ID]) == {"207119551"}
    assert set(staged.lines[c.STATUS]) == {"pending"}


def test_a_shopify_order_with_its_refund(tmp_path: Path) -> None:
    order = json.loads(Path(sample("shopify/admin_rest_order.json")).read_text(encoding="utf-8"))["order"]
    refund = json.loads(Path(sample("shopify/admin_rest_refund.json")).read_text(encoding="utf-8"))["refund"]
    path = text_file(tmp_path, json.dumps({**order, "refunds": [refund]}), "order.json")
    result = clean(read_orders([path]))
    assert result.lines[c.PRODUCT_ID].to_list() == ["IPOD2008RED"]
    assert (result.accounting.read, result.accounting.merged) == (5, 4)


def test_shopify_orders_that_were_cut_down_to_their_heads() -> None:
    accounting = clean(read_orders([sample("shopify/admin_rest_orders.json")])).accounting
    assert (accounting.read, accounting.ignored) == (1, {"empty_order": 1})


def test_shopify_s_bulk_operation() -> None:
    (line,) = clean(read_orders([sample("shopify/bulk_orders_shape.jsonl")])).lines.to_dicts()
    assert (line[c.ORDER_ID], line[c.PRODUCT_ID], line[c.QUANTITY]) == ("1", "Widget", 1.0)


def test_woocommerce_orders() -> None:
    staged = read_orders([sample("woocommerce/orders_list.json")])
    assert staged.lines.select(c.ORDER_ID, c.PRODUCT_ID, c.QUANTITY, c.UNIT_PRICE).rows() == [
        ("727", "93", 2.0, 3.0),
        ("727", "Bar3", 1.0, 12.0),
        ("723", "87", 1.0, 9.0),
        ("723", "34", 1.0, 20.0),
    ]
    guest, ann = staged.lines[c.CUSTOMER_ID].unique(maintain_order=True)
    assert (len(guest), ann) == (64, "26")


def test_a_magento_order() -> None:
    (line,) = clean(read_orders([sample("magento/order_3.json")])).lines.to_dicts()
    assert (line[c.ORDER_ID], line[c.CUSTOMER_ID], line[c.PRODUCT_ID]) == ("3", "3", "WS12-M-Orange")
    assert (line[c.QUANTITY], line[c.UNIT_PRICE], line[c.CURRENCY]) == (1.0, 22.0, "USD")
