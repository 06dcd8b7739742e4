"""One order in the words of each platform is one and the same order to us."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.platform_writers import WRITERS, woocommerce_report
from tests.shop_orders import ShopLine, ShopOrder
from training import columns as c
from training.cleaning import clean
from training.connectors.platform_lines import IdKeys
from training.reading import ReadingOptions, read_orders

JANUARY, FEBRUARY, MARCH = (datetime(2026, month, 5, 9, 30, tzinfo=UTC) for month in (1, 2, 3))

ORDERS = (
    ShopOrder(
        1,
        (ShopLine("tea", 2), ShopLine("mug-red", 1, "8.00", product=2, variant=21, title="Mug, red")),
        JANUARY,
        customer=7,
        email="Ann@Example.com ",
        changed_at=MARCH,
    ),
    ShopOrder(2, (ShopLine("tea"),), JANUARY, email="bob@example.com", status="pending", changed_at=MARCH),
    ShopOrder(3, (ShopLine("jam"),), JANUARY, 7, "ann@example.com", status="cancelled", changed_at=MARCH),
    ShopOrder(4, (ShopLine("jam"),), JANUARY, 7, "ann@example.com", status="refunded", changed_at=MARCH),
    ShopOrder(5, (ShopLine("jam", 3),), JANUARY, changed_at=MARCH),
)

KEPT = {("1", "tea", 2.0, 2.5), ("1", "mug-red", 1.0, 8.0), ("2", "tea", 1.0, 2.5), ("5", "jam", 3.0, 2.5)}


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_purchases_stand_in_every_format(name: str, tmp_path: Path) -> None:
    options = ReadingOptions(keys=IdKeys(customer="email"))
    kept = clean(read_orders([WRITERS[name](ORDERS, tmp_path)], options)).lines
    lines = kept.select(c.ORDER_ID, c.PRODUCT_ID, c.QUANTITY, c.UNIT_PRICE).rows()
    assert (set(lines), len(lines)) == (KEPT, 4)
    assert set(kept[c.ORDERED_AT]) == {JANUARY}
    customers = dict(kept.select(c.ORDER_ID, c.CUSTOMER_ID).rows())
    assert customers["1"] != customers["2"]
    assert customers["5"] is None


@pytest.mark.parametrize("name", sorted({**WRITERS, "woocommerce_report": woocommerce_report}))
def test_a_file_that_is_named_twice_counts_once(name: str, tmp_path: Path) -> None:
    twice_in_one = ShopOrder(
        6, (ShopLine("tea"), ShopLine("jam"), ShopLine("tea")), JANUARY, changed_at=MARCH
    )
    source = {**WRITERS, "woocommerce_report": woocommerce_report}[name]((*ORDERS, twice_in_one), tmp_path)
    part = read_orders([source]).files[0]
    once, twice = (clean(read_orders(sources)) for sources in ([source], [source, part]))
    assert twice.lines.equals(once.lines)
    again = read_orders([part]).read
    assert twice.accounting == replace(
        once.accounting, read=once.accounting.read + again, merged=once.accounting.merged + again
    )


@pytest.mark.parametrize("name", sorted(WRITERS.keys() - {"shopify_csv"}))
def test_a_part_that_came_back_is_taken_off(name: str, tmp_path: Path) -> None:
    order = ShopOrder(1, (ShopLine("tea", 5, returned=2),), JANUARY, 7, "ann@example.com", changed_at=MARCH)
    staged = read_orders([WRITERS[name]([order], tmp_path)], ReadingOptions(keys=IdKeys(customer="email")))
    assert clean(staged).lines[c.QUANTITY].to_list() == [3.0]
    before_the_return = int(MARCH.timestamp()) - 1
    assert clean(staged, as_of=before_the_return).lines[c.QUANTITY].to_list() == [5.0]


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_a_refund_takes_nothing_from_a_later_order(name: str, tmp_path: Path) -> None:
    refunded = ShopOrder(1, (ShopLine("tea"),), JANUARY, 7, "a@b.example", "refunded", changed_at=MARCH)
    later = ShopOrder(2, (ShopLine("tea"),), FEBRUARY, 7, "a@b.example", changed_at=FEBRUARY)
    staged = read_orders([WRITERS[name]([refunded, later], tmp_path)])
    assert clean(staged).lines[c.ORDER_ID].to_list() == ["2"]
