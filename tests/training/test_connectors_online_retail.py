"""The shop system's own columns, and what is no sale in them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.builders import order_file
from training import columns as c
from training.cleaning import clean
from training.errors import InputRefused
from training.reading import ReadingOptions, StagedOrders, read_orders

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def read(folder: Path, *rows: str) -> StagedOrders:
    return read_orders([order_file(folder, *(f"{row},United Kingdom" for row in rows), header=HEADER)])


def test_a_sale(tmp_path: Path) -> None:
    staged = read(tmp_path, "536365,85123A,WHITE HANGING HEART,6,12/1/2010 8:26,2.55,17850")
    row = staged.lines.row(0, named=True)
    assert (row["order_id"], row["customer_id"], row["product_id"]) == ("536365", "17850", "85123A")
    assert (row["quantity"], row["unit_price"], row["currency"]) == (6.0, 2.55, "GBP")
    assert row["ordered_at"] == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert (row["title"], row["ignored"]) == ("WHITE HANGING HEART", None)


@pytest.mark.parametrize(
    "code, title, price, customer, ignored",
    [
        ("POST", "POSTAGE", "18", "17850", "not_a_product"),
        ("C2", "CARRIAGE", "50", "17850", "not_a_product"),
        ("m", "Manual", "2.55", "17850", "not_a_product"),
        ("BANK CHARGES", "Bank Charges", "15", "", "not_a_product"),
        ("gift_0001_20", "Dotcomgiftshop Gift Voucher £20.00", "16.67", "", "not_a_product"),
        ("DCGSSGIRL", "GIRLS PARTY BAG", "3.29", "", "not_a_product"),
        ("B", "Adjust bad debt", "-11062.06", "", "not_a_product"),
        ("23444", "Next Day Carriage", "15", "17850", "not_a_product"),
        ("22016", "Dotcomgiftshop Gift Voucher £100.00", "83.33", "", "not_a_product"),
        ("20665", "adjustment", "0", "", "stock_adjustment"),
        ("20665", "RED RETROSPOT PURSE", "0", "17850", None),
        ("20665", "RED RETROSPOT PURSE", "2.95", "", None),
        ("23099", "FRENCH CARRIAGE LANTERN", "6.65", "17850", None),
        ("15056BL", "EDWARDIAN PARASOL BLACK", "5.95", "17850", None),
    ],
)
def test_what_is_no_sale_of_a_product(
    tmp_path: Path, code: str, title: str, price: str, customer: str, ignored: str | None
) -> None:
    staged = read(tmp_path, f"536365,{code},{title},1,12/1/2010 8:26,{price},{customer}")
    assert staged.lines[c.IGNORED].to_list() == [ignored]


def test_a_cancellation_takes_back_what_it_cancels(tmp_path: Path) -> None:
    result = clean(
        read(
            tmp_path,
            "536365,85123A,WHITE HANGING HEART,6,2010-12-01 08:26,2.55,17850",
            "536365,71053,WHITE METAL LANTERN,6,2010-12-01 08:26,3.39,17850",
            "C536390,85123A,WHITE HANGING HEART,-6,2010-12-02 10:00,2.55,17850",
            "C536391,71053,WHITE METAL LANTERN,-2,2010-12-02 10:00,3.39,17850",
            "C536392,22423,REGENCY CAKESTAND,-1,2010-12-02 10:00,12.75,17850",
        )
    )
    assert result.lines.select(c.PRODUCT_ID, c.QUANTITY).rows() == [("71053", 4.0)]
    assert (result.accounting.merged, result.accounting.ignored) == (3, {"unmatched_return": 1})


def test_notes_of_the_warehouse_are_no_titles(tmp_path: Path) -> None:
    staged = read(
        tmp_path,
        "1,20665,RED RETROSPOT PURSE,1,2010-12-01,2.95,17850",
        "2,20665,damaged,1,2010-12-01,2.95,17850",
        "3,20665,?,1,2010-12-01,2.95,17850",
    )
    assert staged.lines[c.TITLE].to_list() == ["RED RETROSPOT PURSE", None, None]


def test_the_format_by_name_asks_for_its_columns(tmp_path: Path) -> None:
    file = order_file(tmp_path, "1,ann,tea,1,2.5,2026-01-05")
    with pytest.raises(InputRefused, match="has no column InvoiceNo, CustomerID, StockCode"):
        read_orders([file], ReadingOptions(format="online-retail"))
