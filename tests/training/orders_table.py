"""A table of orders in a database of any kind, and what is read of it."""

from __future__ import annotations

from tests.databases import Database, insert
from tests.shop_orders import Record
from training import columns as c
from training.reading import ReadingOptions, StagedOrders, read_orders

EVERYTHING = "SELECT * FROM orders"

TYPES = {
    c.ORDER_ID: "BIGINT",
    c.CUSTOMER_ID: "VARCHAR(300)",
    c.PRODUCT_ID: "VARCHAR(300)",
    c.QUANTITY: "DECIMAL(12,4)",
    c.UNIT_PRICE: "DECIMAL(26,8)",
    c.ORDERED_AT: "TIMESTAMP",
    c.STATUS: "VARCHAR(20)",
    c.CURRENCY: "CHAR(3)",
    c.TITLE: "TEXT",
}


def order(number: int = 1, **cells: object) -> Record:
    """A row of the table `orders`."""
    row: Record = dict.fromkeys(TYPES)
    row |= {c.ORDER_ID: number, c.PRODUCT_ID: "tea", c.QUANTITY: 1, c.UNIT_PRICE: "3.50"}
    return row | {c.ORDERED_AT: "2026-07-01 12:00:00"} | cells


def fill(database: Database, rows: list[Record], **types: str) -> None:
    """Make the table `orders`, some columns with a type of their own."""
    # What PostgreSQL calls TIMESTAMP has no zone; MariaDB's has one, and its DATETIME has none.
    naive = {} if database.address.startswith("postgresql") else {c.ORDERED_AT: "DATETIME"}
    columns = ", ".join(f"{name} {kind}" for name, kind in (TYPES | naive | types).items())
    database.execute(f"CREATE TABLE orders ({columns});" + insert("orders", rows))


def ask(database: Database, query: str = EVERYTHING, timezone: str = "UTC") -> StagedOrders:
    return read_orders([database.address], ReadingOptions(query=query, timezone=timezone))
