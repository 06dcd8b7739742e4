"""Any database by address and query: PostgreSQL, MariaDB and SQLite give what a file gives."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.databases import Database, SqliteDatabase, insert
from tests.shop_orders import table
from tests.training.orders_table import EVERYTHING, ask, fill, order
from tests.training.shop import FIVE_ORDERS
from training import columns as c
from training.connectors import server_query, sqlite_query
from training.errors import InputRefused, UsageError
from training.reading import ReadingOptions, read_orders


@pytest.fixture(params=["postgresql", "mariadb", "sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database; the table `orders` is not there."""
    servers = {"postgresql": "postgres_server", "mariadb": "mariadb_server"}
    if request.param == "sqlite":
        return SqliteDatabase(tmp_path / "shop.db")
    server = request.getfixturevalue(servers[request.param])
    server.execute("DROP TABLE IF EXISTS orders")
    return server


def test_a_table_reads_like_the_same_rows_in_a_file(database: Database, tmp_path: Path) -> None:
    rows = [
        order(1, customer_id="007", product_id="00042", quantity="0.5000", title="Grüner Tee 🍵"),
        order(2, customer_id=None, unit_price="12.34567890", status="Refunded", currency="gbp"),
        order(3, customer_id="  ", product_id="a'b\"c\\d{e}:*,;f", quantity=-2, title=""),
        order(4, customer_id="ann", ordered_at="1999-12-31 23:59:59", title="two\nlines"),
        order(9007199254740993, customer_id="ann", status="unheard-of"),
        order(6, product_id=None),
        order(7, unit_price=None),
    ]
    fill(database, rows)
    file = read_orders([table(rows, tmp_path / "orders.csv", ",")])
    asked = ask(database)
    assert asked.lines.drop(c.SOURCE, c.LINE).rows() == file.lines.drop(c.SOURCE, c.LINE).rows()
    assert asked.quarantine.counts() == file.quarantine.counts()
    assert asked.quarantine.counts() == {"unknown_status": 1, "product_id_missing": 1, "bad_unit_price": 1}


def test_the_columns_may_be_computed_and_called_as_in_files(database: Database) -> None:
    fill(database, [order(1, customer_id="ann"), order(2, customer_id="bob")])
    query = """
    -- The newest only.
    WITH newest AS (SELECT * FROM orders WHERE order_id > 1)
    SELECT order_id, upper(customer_id) AS customer_id, product_id, 2 * quantity AS quantity, unit_price,
           ordered_at, 'more' AS skipped
    FROM newest -- that is all"""
    if database.address.startswith("postgresql"):
        query = query.replace("AS customer_id", 'AS "Customer ID"')
    assert ask(database, f"{EVERYTHING};\n").lines.height == 2
    lines = ask(database, query).lines
    assert lines.select(c.ORDER_ID, c.CUSTOMER_ID, c.QUANTITY).rows() == [("2", "BOB", 2.0)]


def test_a_column_may_be_nothing_but_null(database: Database) -> None:
    fill(database, [order(1, customer_id="ann")])
    query = "SELECT order_id, NULL AS customer_id, product_id, quantity, unit_price, ordered_at FROM orders"
    assert ask(database, query).lines[c.CUSTOMER_ID].to_list() == [None]


def test_batches_follow_each_other(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_query, "BATCH_ROWS", 2)
    monkeypatch.setattr(sqlite_query, "BATCH_ROWS", 2)
    fill(database, [order(1), order(2), order(3, quantity=None), order(4), order(5)])
    asked = ask(database, "SELECT * FROM orders ORDER BY order_id")
    assert sorted(asked.lines[c.ORDER_ID]) == ["1", "2", "4", "5"]
    assert sorted([*asked.lines[c.LINE], *asked.quarantine.rows[c.LINE]]) == [1, 2, 3, 4, 5]


def test_files_and_databases_add_up(tmp_path: Path) -> None:
    fill(database := SqliteDatabase(tmp_path / "shop.db"), [order(77, customer_id="ann")])
    (file := tmp_path / "five.csv").write_text(FIVE_ORDERS)
    staged = read_orders([database.address, str(file)], ReadingOptions(query=EVERYTHING))
    assert staged.lines.height == 7
    assert set(staged.lines[c.SOURCE]) == {database.address, str(file)}


@pytest.mark.parametrize(
    "query, why",
    [
        ("SELECT * FROM missing_table", r"missing_table.*; check the names of tables in the query"),
        ("SELECT missing_column FROM orders", r"missing_column.*; check the names of columns in the query"),
        ("SELECT order_id FROM orders", r"has no column customer_id, product_id, .*; found: order_id\."),
        ("SELECT * FROM orders WHERE", "; check the query"),
        ("SELECT * FROM orders WHERE order_id < 0", "no order lines"),
    ],
)
def test_a_query_that_gives_no_orders_is_refused(database: Database, query: str, why: str) -> None:
    fill(database, [order()])
    with pytest.raises(InputRefused, match=why):
        ask(database, query)


@pytest.mark.parametrize(
    "query, word",
    [
        ("DELETE FROM orders", "DELETE"),
        ("  -- SELECT\n update orders SET quantity = 0", "UPDATE"),
        ("/* SELECT */ DROP TABLE orders", "DROP"),
        ("orders", "ORDERS"),
        ("", "no word"),
    ],
)
def test_only_queries_that_read_are_run(database: Database, query: str, word: str) -> None:
    fill(database, [order()])
    with pytest.raises(UsageError, match=f"begins with {word}: only queries that read are run"):
        ask(database, query)
    assert ask(database).lines.height == 1


@pytest.mark.parametrize(
    "source, options, why",
    [
        ("mysql://u@h/shop", ReadingOptions(), "tell what to ask for: --query"),
        ("mysql://u@h/shop", ReadingOptions("shopify"), "tell what to ask for: --query"),
        (
            "sqlite:///shop.db",
            ReadingOptions("csv", query=EVERYTHING),
            "--format csv does not go with --query",
        ),
        ("mysql://u@h/shop", ReadingOptions("magento", query=EVERYTHING), "--format magento does not go"),
        ("mysql://u@h/shop", ReadingOptions(query=EVERYTHING, table_prefix="x"), "--table-prefix is for"),
        ("oracle://u@h/shop", ReadingOptions(query=EVERYTHING), "oracle:// is no address"),
        ("mysql://u@h", ReadingOptions(query=EVERYTHING), "mysql://USER@HOST:3306/DATABASE"),
        ("mysql:///shop", ReadingOptions(query=EVERYTHING), "mysql://USER@HOST:3306/DATABASE"),
        ("postgres://u:s3cret/pw@h/shop", ReadingOptions(query=EVERYTHING), "postgresql://USER@HOST"),
        ("postgres://u:s3cret@h:port/shop", ReadingOptions(query=EVERYTHING), "postgresql://USER@HOST"),
        ("orders.csv", ReadingOptions(query=EVERYTHING), "--query and --table-prefix are for databases"),
        ("orders.csv", ReadingOptions("magento", table_prefix="m_"), "are for databases"),
    ],
)
def test_what_cannot_be_asked_is_told(
    source: str, options: ReadingOptions, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fill(SqliteDatabase(tmp_path / "shop.db"), [order()])
    with pytest.raises(UsageError, match=why) as told:
        read_orders([source], options)
    assert "s3cret" not in str(told.value)


def test_orders_of_online_retail_may_lie_in_a_table(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "retail.db")
    row = {"InvoiceNo": "C536379", "StockCode": "22423", "Description": "CAKE STAND", "Quantity": -1}
    row |= {"InvoiceDate": "2010-12-01 09:41:00", "UnitPrice": 12.75, "CustomerID": 14527}
    database.execute(f"CREATE TABLE orders ({', '.join(row)});" + insert("orders", [row]))
    asked = read_orders([database.address], ReadingOptions("online-retail", query=EVERYTHING))
    expected = pl.DataFrame({c.CUSTOMER_ID: ["14527"], c.QUANTITY: [-1.0], c.CURRENCY: ["GBP"]})
    assert asked.lines.select(expected.columns).equals(expected)
