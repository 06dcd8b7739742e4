"""The admin's orders_export.csv: an order's fields stand on its first row only."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import text_file
from training import columns as c
from training.cleaning import clean
from training.connectors import shopify_csv
from training.connectors.platform_lines import IdKeys
from training.errors import InputRefused, UsageError
from training.reading import ReadingOptions, StagedOrders, read_orders

HEADER = list(shopify_csv.COLUMNS.values())


def first(number: int = 1, /, **more: Any) -> dict[str, Any]:
    """The first row of an order, with its first line."""
    return {
        "Name": f"#{number}",
        "Email": f"ann{number}@example.com",
        "Financial Status": "paid",
        "Currency": "EUR",
        "Created at": "2026-01-05 13:18:57 +0100",
        "Id": 8_000 + number,
        **line(number),
        **more,
    }


def line(number: int = 1, /, **more: Any) -> dict[str, Any]:
    """A further line of the order that the row before belongs to."""
    return {
        "Name": f"#{number}",
        "Lineitem quantity": 2,
        "Lineitem name": "Tea",
        "Lineitem price": "5.00",
        "Lineitem sku": f"SKU{number}",
        "Lineitem requires shipping": "true",
        "Lineitem discount": "0.00",
        **more,
    }


def file(folder: Path, *rows: dict[str, Any], header: list[str] = HEADER) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, header, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text_file(folder, text.getvalue(), "orders_export.csv")


def read(folder: Path, *rows: dict[str, Any], **more: Any) -> StagedOrders:
    return read_orders([file(folder, *rows, **more)])


def test_a_line(tmp_path: Path) -> None:
    (row,) = read(tmp_path, first()).lines.to_dicts()
    assert (row[c.ORDER_ID], row[c.PRODUCT_ID], row[c.TITLE]) == ("8001", "SKU1", "Tea")
    assert (row[c.QUANTITY], row[c.UNIT_PRICE], row[c.CURRENCY]) == (2.0, 5.0, "EUR")
    assert (row[c.STATUS], row[c.IGNORED], row[c.LINE]) == ("completed", None, 2)
    assert f"{row[c.ORDERED_AT]:%Y-%m-%dT%H:%M:%S}" == "2026-01-05T12:18:57"
    assert len(row[c.CUSTOMER_ID]) == 64


def test_further_lines_have_the_fields_of_their_order(tmp_path: Path) -> None:
    staged = read(tmp_path, first(1), line(1), first(2, Email="", Currency="USD"), line(2), line(2))
    assert staged.lines[c.ORDER_ID].to_list() == ["8001", "8001", "8002", "8002", "8002"]
    assert staged.lines[c.CURRENCY].to_list() == ["EUR", "EUR", "USD", "USD", "USD"]
    assert staged.lines[c.CUSTOMER_ID].null_count() == 3
    assert staged.lines[c.COPY].to_list() == [1, 1, 2, 2, 2]
    assert staged.lines[c.ORDERED_AT].null_count() == 0


@pytest.mark.parametrize(
    "more, status",
    [
        ({"Financial Status": "paid"}, "completed"),
        ({"Financial Status": "Partially_Refunded"}, "completed"),
        ({"Financial Status": "pending"}, "pending"),
        ({"Financial Status": "authorized"}, "pending"),
        ({"Financial Status": "refunded"}, "refunded"),
        ({"Financial Status": "voided"}, "cancelled"),
        ({"Financial Status": "expired"}, "cancelled"),
        ({"Cancelled at": "2026-01-06 10:00:00 +0100"}, "cancelled"),
    ],
)
def test_states(tmp_path: Path, more: dict[str, Any], status: str) -> None:
    staged = read(tmp_path, first(**more), line())
    assert staged.lines[c.STATUS].to_list() == [status, status]


@pytest.mark.parametrize(
    "more, reason",
    [
        ({"Payment Method": "(for testing) Bogus Gateway"}, "test_order"),
        ({"Lineitem name": "Tip", "Lineitem sku": ""}, "tip"),
        (
            {
                "Lineitem name": "Gift Card - 50 EUR",
                "Lineitem sku": "",
                "Lineitem requires shipping": "false",
            },
            "gift_card",
        ),
        (
            {"Lineitem name": "", "Lineitem sku": "", "Lineitem quantity": "", "Lineitem price": ""},
            "empty_order",
        ),
        ({"Lineitem quantity": 0}, "zero_quantity"),
    ],
)
def test_what_is_no_sale_of_a_product(tmp_path: Path, more: dict[str, Any], reason: str) -> None:
    accounting = clean(read(tmp_path, first(**more))).accounting
    assert (accounting.read, accounting.ignored) == (1, {reason: 1})


def test_what_looks_like_none_but_is_one(tmp_path: Path) -> None:
    holder = first(**{"Lineitem name": "Gift card holder, leather"})
    assert clean(read(tmp_path, holder)).accounting.kept == 1


@pytest.mark.parametrize("sku", ["0", "007", " A 1"])
def test_skus_stay_as_they_are(tmp_path: Path, sku: str) -> None:
    assert read(tmp_path, first(**{"Lineitem sku": sku})).lines[c.PRODUCT_ID].to_list() == [sku]


def test_a_line_without_sku_goes_by_its_name(tmp_path: Path) -> None:
    assert read(tmp_path, first(**{"Lineitem sku": ""})).lines[c.PRODUCT_ID].to_list() == ["Tea"]


@pytest.mark.parametrize("discount, price", [("4.00", 3.0), ("99", 0.0), ("", 5.0)])
def test_the_discount_of_the_line_is_taken_off(tmp_path: Path, discount: str, price: float) -> None:
    staged = read(tmp_path, first(**{"Lineitem discount": discount}))
    assert staged.lines[c.UNIT_PRICE].to_list() == [price]


@pytest.mark.parametrize("key", ["variant", "product"])
def test_there_are_no_other_ids_to_go_by(tmp_path: Path, key: Any) -> None:
    with pytest.raises(UsageError, match=rf"--product-key {key} .*orders_export\.csv.*leave the option out"):
        read_orders([file(tmp_path, first())], ReadingOptions(keys=IdKeys(product=key)))


def test_a_first_row_that_cannot_be_read_takes_its_order_along(tmp_path: Path) -> None:
    path = Path(file(tmp_path, first(1), first(2), line(2), first(3)))
    rows = path.read_text().splitlines()
    rows[2] = rows[2] + ",too,many"
    path.write_text("\n".join(rows))
    staged = read_orders([str(path)])
    assert staged.quarantine.rows.select(c.LINE, c.REASON).rows() == [
        (3, "ragged_row"),
        (4, "order_id_missing"),
    ]
    assert staged.lines[c.ORDER_ID].to_list() == ["8001", "8003"]


def test_an_old_export_without_ids_goes_by_the_name(tmp_path: Path) -> None:
    header = [name for name in HEADER if name != "Id"]
    staged = read(tmp_path, first(1), line(1), first(2), header=header)
    assert staged.lines[c.ORDER_ID].to_list() == ["#1", "#1", "#2"]


def test_a_file_that_lacks_a_column_is_refused_with_its_name(tmp_path: Path) -> None:
    header = [name for name in HEADER if name != "Lineitem price"]
    with pytest.raises(InputRefused, match="has no column Lineitem price"):
        read(tmp_path, first(), header=header)


def test_overlapping_exports_count_an_order_once(tmp_path: Path) -> None:
    later = {"Cancelled at": "2026-01-07 10:00:00 +0100"}
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    after.mkdir()
    files = [file(before, first(1), line(1), first(2)), file(after, first(2, **later), first(3))]
    accounting = clean(read_orders(files)).accounting
    assert (accounting.kept, accounting.merged, accounting.ignored) == (3, 1, {"cancelled": 1})


@given(st.lists(st.integers(1, 3), min_size=1, max_size=5), st.integers(1, 4))
def test_an_order_may_begin_in_one_batch_and_end_in_another(sizes: list[int], size: int) -> None:
    """Orders with these numbers of lines, read `size` rows at a time."""
    rows = [
        {name: row.get(theirs) for name, theirs in shopify_csv.COLUMNS.items()}
        for number, count in enumerate(sizes, start=1)
        for row in [first(number), *[line(number)] * (count - 1)]
    ]
    table = pl.DataFrame(rows, schema=dict.fromkeys(shopify_csv.COLUMNS, pl.String), strict=False)
    adapt = shopify_csv.adapter()
    found = pl.concat([adapt(table.slice(at, size)) for at in range(0, table.height, size)])
    expected = [str(8_000 + number) for number, count in enumerate(sizes, start=1) for _ in range(count)]
    assert found[c.ORDER_ID].to_list() == expected
    assert found[c.COPY].to_list() == [int(id) - 8_000 for id in expected]
    assert found[c.STATUS].to_list() == ["completed"] * len(expected)


cell = st.sampled_from(
    ["", " ", "0", "-1", "1e308", "nan", "x", "#1", "=1+1", "Tip", "paid", "é\u0301🍵", "2026-01-05"]
)


@given(st.lists(st.lists(cell, min_size=len(HEADER), max_size=len(HEADER)), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_the_cells_hold_each_row_is_accounted_for(tmp_path: Path, rows: list[list[str]]) -> None:
    staged = read(tmp_path, first(), *(dict(zip(HEADER, row, strict=True)) for row in rows))
    assert staged.lines[c.LINE].to_list()[:1] == [2]
    assert staged.read == len(rows) + 1
    assert clean(staged).accounting.read == len(rows) + 1
