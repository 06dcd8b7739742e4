"""A shop's own tables give the very rows that its REST API gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.databases import RunningDatabase
from tests.platform_tables import magento_tables, woocommerce_tables
from tests.platform_writers import magento_order, magento_rest, woocommerce_order, woocommerce_rest
from tests.shop_orders import Record, ShopLine, ShopOrder
from training import columns as c
from training.connectors.platform_lines import IdKeys, ProductKey
from training.errors import InputRefused, UsageError
from training.reading import ReadingOptions, StagedOrders, read_orders

JANUARY, MARCH = datetime(2026, 1, 5, 9, 30, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)

TEA = ShopLine("tea", 2, "3.33")
MUG = ShopLine("mug-red", 3, "8.00", product=2, variant=21, title="Mug, 'red' \\ большая", returned=1)
JAM = ShopLine("0042", product=3, title="Jam")
NO_SKU = ShopLine("", product=4, variant=41)

ORDERS = (
    ShopOrder(11, (TEA, MUG), JANUARY, 7, "Ann@Example.com ", changed_at=MARCH),
    ShopOrder(12, (TEA,), JANUARY, email="bob@example.com", status="pending", changed_at=MARCH),
    ShopOrder(13, (JAM, NO_SKU), JANUARY, 7, "ann@example.com", status="cancelled", changed_at=MARCH),
    ShopOrder(14, (JAM, MUG), JANUARY, 8, "eve@example.com", status="refunded", changed_at=MARCH),
    ShopOrder(15, (JAM,), JANUARY, changed_at=MARCH),
    ShopOrder(16, (), JANUARY, 7, "ann@example.com", changed_at=MARCH),
)

Fill = Callable[..., None]


@pytest.mark.parametrize(
    "platform, document, fill, write",
    [
        ("woocommerce", woocommerce_order, woocommerce_tables, woocommerce_rest),
        ("magento", magento_order, magento_tables, magento_rest),
    ],
)
@pytest.mark.parametrize("timezone", ["UTC", "Europe/Berlin"])
def test_tables_give_the_rows_of_the_rest_api(
    mariadb_server: RunningDatabase,
    tmp_path: Path,
    platform: str,
    document: Callable[[ShopOrder], Record],
    fill: Fill,
    write: Callable[[Sequence[ShopOrder], Path], str],
    timezone: str,
) -> None:
    fill([document(order) for order in ORDERS], mariadb_server)
    from_tables = read_orders([mariadb_server.address], ReadingOptions(platform, timezone))
    from_api = read_orders([write(ORDERS, tmp_path)], ReadingOptions(platform, timezone))
    assert from_tables.files == (mariadb_server.name,)
    assert from_tables.quarantine.counts() == from_api.quarantine.counts() == {}
    assert rows(from_tables) == rows(from_api)
    assert from_tables.read > len(ORDERS)


def rows(staged: StagedOrders) -> list[Record]:
    """The rows read, without their places."""
    return staged.lines.drop(c.SOURCE, c.LINE).to_dicts()


def test_what_stands_in_the_tables_by_hand(mariadb_server: RunningDatabase) -> None:
    """Spelled out: a variant's SKU, a refund at its own time, a guest by the hash of the address."""
    returned = ShopOrder(11, (TEA, MUG), JANUARY, 7, changed_at=MARCH)
    woocommerce_tables([woocommerce_order(returned)], mariadb_server, "shop_")
    staged = read_orders([mariadb_server.address], ReadingOptions("woocommerce", table_prefix="shop_"))
    columns = [c.ORDER_ID, c.CUSTOMER_ID, c.PRODUCT_ID, c.QUANTITY, c.UNIT_PRICE, c.ORDERED_AT]
    assert staged.lines.select(columns).rows() == [
        ("11", "7", "tea", 2.0, 3.33, JANUARY),
        ("11", "7", "mug-red", 3.0, 8.0, JANUARY),
        ("11", "7", "mug-red", -1.0, 8.0, MARCH),
    ]


@pytest.mark.parametrize(
    "key, product_ids", [("sku", ["tea", "mug-red"]), ("variant", ["1", "21"]), ("product", ["1", "2"])]
)
def test_the_choice_of_ids_holds_for_tables(
    mariadb_server: RunningDatabase, key: ProductKey, product_ids: list[str]
) -> None:
    order = ShopOrder(11, (TEA, replace(MUG, returned=0)), JANUARY, 7)
    magento_tables([magento_order(order)], mariadb_server)
    staged = read_orders([mariadb_server.address], ReadingOptions("magento", keys=IdKeys(product=key)))
    counted = staged.lines.filter(staged.lines[c.IGNORED].is_null())
    assert counted[c.PRODUCT_ID].to_list() == product_ids


def test_kinds_of_lines_are_told_by_their_meta_data(mariadb_server: RunningDatabase) -> None:
    order = woocommerce_order(ShopOrder(11, (TEA, JAM, replace(TEA, product=5)), JANUARY, 7))
    order["line_items"][1]["meta_data"] = [{"key": "_bundled_by", "value": "f00"}]
    order["line_items"][2]["meta_data"] = [{"key": "wc_gc_giftcard_amount", "value": "20"}]
    woocommerce_tables([order], mariadb_server)
    staged = read_orders([mariadb_server.address], ReadingOptions("woocommerce"))
    assert staged.lines[c.IGNORED].to_list() == [None, "part_of_bundle", "gift_card"]


def test_a_date_of_zeros_is_quarantined(mariadb_server: RunningDatabase) -> None:
    order = woocommerce_order(ShopOrder(11, (TEA,), JANUARY, 7))
    woocommerce_tables([order], mariadb_server)
    mariadb_server.execute("SET sql_mode = ''; UPDATE wp_wc_orders SET date_created_gmt = '0000-00-00'")
    staged = read_orders([mariadb_server.address], ReadingOptions("woocommerce"))
    assert staged.quarantine.counts() == {"bad_ordered_at": 1}


def test_a_refund_without_its_order_is_left_alone(mariadb_server: RunningDatabase) -> None:
    order = woocommerce_order(ShopOrder(11, (MUG,), JANUARY, 7, changed_at=MARCH))
    woocommerce_tables([order], mariadb_server)
    mariadb_server.execute("UPDATE wp_wc_orders SET parent_order_id = 404 WHERE parent_order_id = 11")
    staged = read_orders([mariadb_server.address], ReadingOptions("woocommerce"))
    assert staged.lines[c.QUANTITY].to_list() == [3.0]


@pytest.mark.parametrize("platform", ["woocommerce", "magento"])
def test_tables_that_are_not_there_are_named(mariadb_server: RunningDatabase, platform: str) -> None:
    with pytest.raises(InputRefused, match=r"none_\w+' doesn't exist; check .*--table-prefix"):
        read_orders([mariadb_server.address], ReadingOptions(platform, table_prefix="none_"))


@pytest.mark.parametrize("prefix", ["wp_; DROP TABLE wp_wc_orders", "`", "a b", "é"])
def test_a_prefix_that_is_no_part_of_a_name_is_refused(prefix: str) -> None:
    with pytest.raises(UsageError, match="--table-prefix"):
        read_orders(["mysql://shop@localhost/shop"], ReadingOptions("woocommerce", table_prefix=prefix))


def test_other_databases_need_a_query() -> None:
    with pytest.raises(UsageError, match="MySQL"):
        read_orders(["postgresql://shop@localhost/shop"], ReadingOptions("magento"))
