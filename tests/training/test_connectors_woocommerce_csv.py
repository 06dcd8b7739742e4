"""WooCommerce's report of orders: a row for each order, its products by name in one cell."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import text_file
from training import columns as c
from training.cleaning import clean
from training.connectors.platform_lines import IdKeys
from training.connectors.woocommerce_csv import PRODUCT
from training.errors import UsageError
from training.reading import ReadingOptions, StagedOrders, read_orders

HEADER = (
    "Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s),"
    "Net Sales,Attribution"
)


def read(folder: Path, *rows: str, header: str = HEADER, timezone: str = "UTC") -> StagedOrders:
    path = text_file(folder, "\n".join([header, *rows, ""]), "orders.csv")
    return read_orders([path], ReadingOptions(timezone=timezone))


def row(
    products: str, units: int = 3, revenue: float = 30, status: str = "completed", order: int = 12
) -> str:
    return f'2026-01-05 10:00:00,{order},€30.00,{status},Ann Lee,new,"{products}",{units},,{revenue},Direct'


def test_a_row_becomes_a_line_for_each_product(tmp_path: Path) -> None:
    staged = read(tmp_path, row("2× Hoodie, black, 1× Cap"), timezone="Europe/Berlin")
    lines = staged.lines.select(c.ORDER_ID, c.PRODUCT_ID, c.QUANTITY, c.UNIT_PRICE, c.LINE).rows()
    assert lines == [("12", "Hoodie, black", 2.0, 10.0, 2), ("12", "Cap", 1.0, 10.0, 2)]
    assert staged.lines[c.CUSTOMER_ID].null_count() == 2
    assert staged.lines[c.ORDERED_AT].dt.hour().to_list() == [9, 9]


@pytest.mark.parametrize(
    "cell, products",
    [
        ("1× Tea", [("1", "Tea")]),
        ("12× Tea, 3× Mug", [("12", "Tea"), ("3", "Mug")]),
        ("1× Pack, 24 bags, 1× 3× Magnifier", [("1", "Pack, 24 bags"), ("1", "3× Magnifier")]),
        ("-1× Tea", [("-1", "Tea")]),
        ("", []),
    ],
)
def test_products_in_a_cell(cell: str, products: list[tuple[str, str]]) -> None:
    assert PRODUCT.findall(cell) == products


@pytest.mark.parametrize(
    "theirs, ours",
    [
        ("completed", "completed"),
        ("Processing", "completed"),
        ("On hold", "pending"),
        ("Pending payment", "pending"),
        ("refunded", "refunded"),
        ("failed", "cancelled"),
        ("Awaiting shipment", "pending"),
    ],
)
def test_statuses(tmp_path: Path, theirs: str, ours: str) -> None:
    assert read(tmp_path, row("1× Tea", status=theirs)).lines[c.STATUS].to_list() == [ours]


def test_a_refund_is_a_row_of_its_own(tmp_path: Path) -> None:
    result = clean(read(tmp_path, row("2× Tea, 1× Cap"), row("-1× Cap", units=-1, revenue=-10)))
    assert result.lines.select(c.PRODUCT_ID, c.QUANTITY).rows() == [("Tea", 2.0)]


@pytest.mark.parametrize(
    "line, reason", [(row("", 0, 0), "empty_order"), (row("1× Tea", status="checkout-draft"), "draft_order")]
)
def test_what_is_no_sale(tmp_path: Path, line: str, reason: str) -> None:
    accounting = clean(read(tmp_path, line)).accounting
    assert (accounting.read, accounting.ignored) == (1, {reason: 1})


def test_the_report_of_an_earlier_version(tmp_path: Path) -> None:
    header = "Date,Order #,Status,Customer,Customer type,Product(s),Items sold,Coupon(s),N. Revenue"
    staged = read(tmp_path, "2026-01-05 10:00:00,12,completed,Ann,new,1× Tea,1,,2.5", header=header)
    assert staged.lines[c.UNIT_PRICE].to_list() == [2.5]


def test_there_are_no_ids_to_go_by(tmp_path: Path) -> None:
    path = text_file(tmp_path, f"{HEADER}\n{row('1× Tea')}\n", "orders.csv")
    with pytest.raises(UsageError, match="--product-key variant"):
        read_orders([path], ReadingOptions(keys=IdKeys(product="variant")))
