"""The same orders through all formats are the same interactions, to the last number of the matrix."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.databases import RunningDatabase, SqliteDatabase, insert
from tests.platform_tables import magento_tables, woocommerce_tables
from tests.platform_writers import WRITERS, canonical_rows, magento_order, woocommerce_order
from tests.shop_orders import Record, ShopLine, ShopOrder, Status, json_file, table
from training import columns as c
from training.cleaning import clean
from training.connectors.platform_lines import IdKeys
from training.interactions import Interactions
from training.matrix import order_counts
from training.reading import ReadingOptions, read_orders

START = datetime(2026, 1, 1, tzinfo=UTC)
OPTIONS = ReadingOptions(keys=IdKeys(customer="email"))

PRODUCTS = [
    ShopLine("tea:green", 1, "2.50", product=1, title="Green tea"),
    ShopLine("007", 1, "8.00", product=2, variant=21, title="Mug, red"),
    ShopLine("mug-blue", 1, "8.00", product=2, variant=22, title='Mug "blue"'),
    ShopLine("{jam}*", 1, "0.99", product=3, title="Jam; plum"),
    ShopLine("café 🍵", 1, "1234.50", product=4, title="Café"),
]
CUSTOMERS: list[tuple[int | None, str | None]] = [
    (7, "Ann@Example.com "),
    (7, "ann@example.com"),
    (8, "bob@example.com"),
    (None, "bob@example.com"),
    (None, "guest@example.com"),
    (None, None),
]

lines = st.builds(
    lambda product, quantity, returned: replace(product, quantity=quantity, returned=min(returned, quantity)),
    st.sampled_from(PRODUCTS),
    st.integers(1, 5),
    st.sampled_from([0, 0, 1, 5]),
)


@st.composite
def order(draw: st.DrawFn) -> ShopOrder:
    customer, email = draw(st.sampled_from(CUSTOMERS))
    ordered_at = START + timedelta(seconds=draw(st.integers(0, 90 * 86_400)))
    status: Status = draw(st.sampled_from(["completed", "completed", "pending", "cancelled", "refunded"]))
    chosen = draw(st.lists(lines, min_size=1, max_size=3, unique_by=lambda line: line.sku))
    return ShopOrder(
        draw(st.integers(1, 10_000)),
        tuple(chosen if status == "completed" else [replace(line, returned=0) for line in chosen]),
        ordered_at,
        customer,
        email,
        status,
        changed_at=ordered_at + timedelta(seconds=draw(st.integers(1, 30 * 86_400))),
    )


shops = st.lists(order(), min_size=1, max_size=8, unique_by=lambda order: order.number)


def without_returns(orders: Sequence[ShopOrder]) -> list[ShopOrder]:
    return [
        replace(order, lines=tuple(replace(line, returned=0) for line in order.lines)) for order in orders
    ]


def interactions(*sources: str, options: ReadingOptions = OPTIONS) -> Interactions:
    orders = clean(read_orders(sources, options))
    return Interactions.from_lines(orders.lines, customers=orders.customers)


def same(ours: Interactions, theirs: Interactions) -> bool:
    """Whether all arrays and the matrix made of them are the same."""
    arrays = ("customers", "products", "customer", "product", "order", "ordered_at", "quantity")
    return (
        all(np.array_equal(getattr(ours, name), getattr(theirs, name)) for name in arrays)
        and ours.now == theirs.now
        and np.array_equal(order_counts(ours).toarray(), order_counts(theirs).toarray())
    )


limits = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)


@pytest.mark.parametrize("name", sorted(WRITERS.keys() - {"canonical_csv"}))
@given(shops)
@limits
def test_every_format_gives_the_same_interactions(tmp_path: Path, name: str, orders: list[ShopOrder]) -> None:
    if name == "shopify_csv":
        orders = without_returns(orders)
    canonical = interactions(WRITERS["canonical_csv"](orders, tmp_path))
    assert same(interactions(WRITERS[name](orders, tmp_path)), canonical)


REVISED = sorted(name for name in WRITERS if name.endswith(("_rest", "_bulk")))
"""Formats that tell when an order was changed last."""

PAIRS = [
    (early, late)
    for early in sorted(WRITERS)
    for late in sorted(WRITERS)
    if late in REVISED or early not in REVISED
]
"""An earlier and a later export; one that tells no times cannot be later than one that does."""


@given(shops, st.data(), st.sampled_from(PAIRS))
@settings(limits, max_examples=100)
def test_an_order_in_two_exports_counts_once_in_its_later_state(
    tmp_path: Path, orders: list[ShopOrder], data: st.DataObject, pair: tuple[str, str]
) -> None:
    if "shopify_csv" in pair:
        orders = without_returns(orders)
    exported_before = data.draw(st.lists(st.sampled_from(orders), min_size=1, unique=True))
    sources = [
        written(pair[0], [as_placed(order) for order in exported_before], tmp_path / "early"),
        written(pair[1], orders, tmp_path / "late"),
    ]
    canonical = interactions(WRITERS["canonical_csv"](orders, tmp_path))
    assert same(interactions(*data.draw(st.permutations(sources))), canonical)


def as_placed(order: ShopOrder) -> ShopOrder:
    """The order before anything happened to it."""
    (placed,) = without_returns([order])
    return replace(placed, status="pending", changed_at=order.ordered_at)


def written(name: str, orders: Sequence[ShopOrder], folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    return WRITERS[name](orders, folder)


ENCODED: dict[str, Callable[[str], bytes]] = {
    "gzip": lambda text: gzip.compress(text.encode()),
    "Zstandard": lambda text: zstandard.compress(text.encode()),
    "UTF-8 with its mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16, big-endian, without its mark": lambda text: text.encode("utf-16-be"),
    "carriage returns": lambda text: text.replace("\r\n", "\r").encode(),
    "Windows-1252": lambda text: text.encode("cp1252"),
}


@pytest.mark.parametrize("encode", ENCODED.values(), ids=ENCODED)
@given(shops)
@settings(limits, max_examples=5)
def test_every_encoding_gives_the_same_interactions(
    tmp_path: Path, encode: Callable[[str], bytes], orders: list[ShopOrder]
) -> None:
    text = Path(WRITERS["canonical_csv"](orders, tmp_path)).read_bytes().decode().replace("🍵", "à la menthe")
    plain, encoded = tmp_path / "plain.csv", tmp_path / "encoded"
    plain.write_bytes(text.encode())
    encoded.write_bytes(encode(text))
    assert same(interactions(str(encoded)), interactions(str(plain)))


@given(shops)
@limits
def test_a_json_array_gives_the_same_interactions(tmp_path: Path, orders: list[ShopOrder]) -> None:
    canonical = interactions(WRITERS["canonical_csv"](orders, tmp_path))
    assert same(interactions(json_file(canonical_rows(orders), tmp_path / "orders.json")), canonical)


ADDRESSES: dict[str, Callable[[ShopOrder], Record]] = {
    "beside the ids": lambda order: {c.CUSTOMER_ID: order.customer, c.EMAIL: order.email},
    "alone": lambda order: {c.EMAIL: order.email},
    "in the place of ids": lambda order: {c.CUSTOMER_ID: order.email},
}


@pytest.mark.parametrize("customer", ADDRESSES.values(), ids=ADDRESSES)
@given(shops)
@limits
def test_addresses_in_canonical_columns_give_the_same_interactions(
    tmp_path: Path, customer: Callable[[ShopOrder], Record], orders: list[ShopOrder]
) -> None:
    rows: list[Record] = []
    for order in orders:
        for row in canonical_rows([order]):
            del row[c.CUSTOMER_ID]
            rows.append(row | customer(order))
    canonical = interactions(WRITERS["canonical_csv"](orders, tmp_path))
    assert same(interactions(table(rows, tmp_path / "addresses.csv", ",")), canonical)


KINDS = {c.QUANTITY: "INTEGER", c.UNIT_PRICE: "DECIMAL(12, 2)"}


@pytest.mark.parametrize("kind", ["sqlite", "postgres", "mariadb"])
@given(shops)
@settings(limits, max_examples=5)
def test_a_query_gives_the_same_interactions(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, orders: list[ShopOrder]
) -> None:
    is_file = kind == "sqlite"
    database = SqliteDatabase(tmp_path / "shop") if is_file else request.getfixturevalue(f"{kind}_server")
    rows = canonical_rows(orders)
    columns = ", ".join(f"{name} {KINDS.get(name, 'VARCHAR(100)')}" for name in rows[0])
    empty = f"DROP TABLE IF EXISTS round_trip; CREATE TABLE round_trip ({columns});"
    database.execute(empty + insert("round_trip", rows))
    options = replace(OPTIONS, query="SELECT * FROM round_trip")
    canonical = interactions(WRITERS["canonical_csv"](orders, tmp_path))
    assert same(interactions(database.address, options=options), canonical)


@pytest.mark.parametrize(
    "platform, fill, document",
    [("woocommerce", woocommerce_tables, woocommerce_order), ("magento", magento_tables, magento_order)],
)
@given(shops)
@settings(limits, max_examples=5)
def test_a_platforms_own_tables_give_the_same_interactions(
    mariadb_server: RunningDatabase,
    tmp_path: Path,
    platform: str,
    fill: Callable[..., None],
    document: Callable[[ShopOrder], Record],
    orders: list[ShopOrder],
) -> None:
    fill([document(order) for order in orders], mariadb_server)
    from_tables = interactions(mariadb_server.address, options=replace(OPTIONS, format=platform))
    assert same(from_tables, interactions(WRITERS["canonical_csv"](orders, tmp_path)))
