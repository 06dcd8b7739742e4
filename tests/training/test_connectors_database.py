"""Any database by address and query: real PostgreSQL, MariaDB and SQLite, whose clocks stand elsewhere."""

from __future__ import annotations

import subprocess
import sys
import zoneinfo
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.databases import PASSWORD, Database, RunningDatabase, SqliteDatabase, insert
from tests.needs import REPOSITORY, program
from tests.servers import free_port
from tests.shop_orders import Record, table
from tests.training.conftest import Command
from tests.training.shop import FIVE_ORDERS
from training import columns as c
from training.connectors import server_query, sqlite_query
from training.connectors.database_address import is_address, shown
from training.errors import InputRefused, UsageError
from training.reading import ReadingOptions, StagedOrders, read_orders

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
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


@pytest.fixture(params=["postgresql", "mariadb", "sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database; the table `orders` is not there."""
    servers = {"postgresql": "postgres_server", "mariadb": "mariadb_server"}
    if request.param == "sqlite":
        return SqliteDatabase(tmp_path / "shop.db")
    server = request.getfixturevalue(servers[request.param])
    server.execute("DROP TABLE IF EXISTS orders")
    return server


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


def test_an_sqlite_file_is_known_by_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = SqliteDatabase(tmp_path / "orders.csv")
    fill(database, [order(1)])
    assert is_address(str(database.path))
    assert read_orders([str(database.path)], ReadingOptions(query=EVERYTHING)).lines.height == 1
    monkeypatch.chdir(tmp_path)
    for address in ("sqlite://orders.csv", "sqlite:///orders.csv", f"sqlite:///{database.path}"):
        assert read_orders([address], ReadingOptions(query=EVERYTHING)).lines.height == 1


def test_an_sqlite_file_among_files_is_told(tmp_path: Path) -> None:
    fill(SqliteDatabase(tmp_path / "shop.db"), [order(1)])
    with pytest.raises(InputRefused, match="is an SQLite database; name it by itself"):
        read_orders([f"{tmp_path}/*.db"])


@settings(max_examples=30)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300), min_size=1))
def test_any_text_survives_or_is_quarantined(
    tmp_path_factory: pytest.TempPathFactory, ids: list[str]
) -> None:
    database = SqliteDatabase(tmp_path_factory.mktemp("db") / "shop.db")
    fill(database, [order(1, product_id=product) for product in ids])
    asked = ask(database)
    assert asked.read == len(ids)
    assert set(asked.lines[c.PRODUCT_ID]) <= set(ids)
    good = {text for text in ids if text.strip() and len(text) <= 256 and text.isprintable()}
    assert good <= set(asked.lines[c.PRODUCT_ID])


def test_an_sqlite_column_may_hold_anything(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "shop.db")
    fill(database, [order(1, product_id=None), order(2, quantity="two"), order(3, quantity=1.5)])
    database.execute("UPDATE orders SET product_id = x'ff61' WHERE order_id = 3")
    asked = ask(database)
    assert asked.lines.select(c.PRODUCT_ID, c.QUANTITY).rows() == [("\\xffa", 1.5)]
    assert asked.quarantine.counts() == {"product_id_missing": 1, "bad_quantity": 1}


class TestPostgres:
    def test_every_type_comes_through(self, postgres_server: RunningDatabase) -> None:
        database = postgres_server
        database.execute(
            "DROP TABLE IF EXISTS orders; DROP TYPE IF EXISTS state;"
            "CREATE TYPE state AS ENUM ('completed', 'refunded')"
        )
        types = {
            c.ORDER_ID: "UUID",
            c.CUSTOMER_ID: "NUMERIC(30)",
            c.PRODUCT_ID: "INET",
            c.QUANTITY: "SMALLINT",
            c.UNIT_PRICE: "DOUBLE PRECISION",
            c.ORDERED_AT: "DATE",
            c.STATUS: "state",
            c.TITLE: "JSONB",
        }
        uuid = "123e4567-e89b-12d3-a456-426614174000"
        cells = {
            c.CUSTOMER_ID: "123456789012345678901234567890",
            c.PRODUCT_ID: "10.0.0.1",
            c.UNIT_PRICE: "0.1",
            c.ORDERED_AT: "2026-07-01",
            c.STATUS: "refunded",
            c.TITLE: '{"en": "Tea"}',
        }
        fill(database, [order() | cells | {c.ORDER_ID: uuid}], **types)
        (row,) = ask(database).lines.to_dicts()
        assert (row[c.ORDER_ID], row[c.STATUS], row[c.TITLE]) == (uuid, "refunded", '{"en": "Tea"}')
        assert row[c.CUSTOMER_ID] == "123456789012345678901234567890"
        assert (row[c.PRODUCT_ID], row[c.UNIT_PRICE]) == ("10.0.0.1/32", 0.1)
        assert row[c.ORDERED_AT] == datetime(2026, 7, 1, tzinfo=UTC)

    def test_a_type_that_the_driver_does_not_know_can_be_cast(self, postgres_server: RunningDatabase) -> None:
        postgres_server.execute("DROP TABLE IF EXISTS orders")
        fill(postgres_server, [order()], unit_price="MONEY")
        with pytest.raises(InputRefused, match="money; cast the column of that type in the query"):
            ask(postgres_server)
        cast = EVERYTHING.replace("*", "order_id, customer_id, product_id, quantity, ordered_at, {}")
        asked = ask(postgres_server, cast.format("CAST(unit_price AS numeric) AS unit_price"))
        assert asked.lines[c.UNIT_PRICE].to_list() == [3.5]

    @pytest.mark.parametrize("timezone", ["UTC", "Europe/Berlin"])
    def test_a_time_with_a_zone_is_an_instant(self, postgres_server: RunningDatabase, timezone: str) -> None:
        postgres_server.execute("DROP TABLE IF EXISTS orders")
        rows = [order(ordered_at="2026-07-01 12:00:00+00"), order(ordered_at="2026-07-01 08:30:00-03:30")]
        fill(postgres_server, rows, ordered_at="TIMESTAMPTZ")
        assert set(ask(postgres_server, timezone=timezone).lines[c.ORDERED_AT]) == {NOON}

    def test_a_time_without_a_zone_is_in_the_one_named(self, postgres_server: RunningDatabase) -> None:
        postgres_server.execute("DROP TABLE IF EXISTS orders")
        fill(postgres_server, [order(ordered_at="2026-07-01 14:00:00")])
        assert ask(postgres_server, timezone="Europe/Berlin").lines[c.ORDERED_AT].to_list() == [NOON]

    def test_nothing_is_written(self, postgres_server: RunningDatabase) -> None:
        postgres_server.execute("DROP TABLE IF EXISTS orders; CREATE SEQUENCE IF NOT EXISTS numbers")
        fill(postgres_server, [order()])
        gone = "WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone"
        numbered = EVERYTHING.replace("*", "*, nextval('numbers') AS status")
        for query in (gone, numbered, f"{EVERYTHING} FOR UPDATE", "SELECT 1) AS o; DELETE FROM orders; --"):
            with pytest.raises(InputRefused):
                ask(postgres_server, query)
        assert ask(postgres_server).lines.height == 1


class TestMariadb:
    def test_every_type_comes_through(self, mariadb_server: RunningDatabase) -> None:
        mariadb_server.execute("DROP TABLE IF EXISTS orders")
        types = {
            c.ORDER_ID: "BIGINT UNSIGNED",
            c.CUSTOMER_ID: "DOUBLE",
            c.PRODUCT_ID: "BINARY(2)",
            c.QUANTITY: "TINYINT(1)",
            c.UNIT_PRICE: "FLOAT",
            c.ORDERED_AT: "DATE",
            c.STATUS: "ENUM('completed', 'refunded')",
            c.TITLE: "JSON",
        }
        cells = {c.CUSTOMER_ID: 7.0, c.PRODUCT_ID: "ab", c.UNIT_PRICE: "0.5", c.STATUS: "refunded"}
        cells |= {c.ORDERED_AT: "2026-07-01", c.TITLE: '{"en": "Tea"}', c.ORDER_ID: 18446744073709551615}
        fill(mariadb_server, [order() | cells], **types)
        (row,) = ask(mariadb_server).lines.to_dicts()
        assert (row[c.ORDER_ID], row[c.CUSTOMER_ID], row[c.PRODUCT_ID]) == ("18446744073709551615", "7", "ab")
        assert (row[c.UNIT_PRICE], row[c.STATUS], row[c.TITLE]) == (0.5, "refunded", '{"en": "Tea"}')
        assert row[c.ORDERED_AT] == datetime(2026, 7, 1, tzinfo=UTC)

    def test_text_of_another_character_set_comes_as_it_is(self, mariadb_server: RunningDatabase) -> None:
        mariadb_server.execute("DROP TABLE IF EXISTS orders")
        fill(mariadb_server, [order(title="Größe €")], title="TEXT CHARACTER SET latin1")
        assert ask(mariadb_server).lines[c.TITLE].to_list() == ["Größe €"]

    @pytest.mark.parametrize("timezone", ["UTC", "Europe/Berlin"])
    def test_a_timestamp_is_an_instant(self, mariadb_server: RunningDatabase, timezone: str) -> None:
        know_zone(mariadb_server, "Europe/Berlin")
        mariadb_server.execute("DROP TABLE IF EXISTS orders")
        fill(mariadb_server, [order(ordered_at="2026-07-01 08:30:00")], ordered_at="TIMESTAMP")
        assert ask(mariadb_server, timezone=timezone).lines[c.ORDERED_AT].to_list() == [NOON]

    def test_a_datetime_is_in_the_zone_named(self, mariadb_server: RunningDatabase) -> None:
        know_zone(mariadb_server, "Europe/Berlin")
        mariadb_server.execute("DROP TABLE IF EXISTS orders")
        fill(mariadb_server, [order(ordered_at="2026-07-01 14:00:00")])
        assert ask(mariadb_server, timezone="Europe/Berlin").lines[c.ORDERED_AT].to_list() == [NOON]

    def test_a_zone_that_the_server_does_not_know_is_no_guess(self, mariadb_server: RunningDatabase) -> None:
        with pytest.raises(InputRefused, match=r"'Asia/Tokyo'; .*mysql_tzinfo_to_sql"):
            ask(mariadb_server, timezone="Asia/Tokyo")

    def test_a_date_of_zeros_is_quarantined(self, mariadb_server: RunningDatabase) -> None:
        mariadb_server.execute("DROP TABLE IF EXISTS orders; SET sql_mode = ''")
        fill(mariadb_server, [order(ordered_at="0000-00-00 00:00:00"), order(2)])
        asked = ask(mariadb_server)
        assert asked.quarantine.counts() == {"bad_ordered_at": 1}
        assert asked.lines[c.ORDER_ID].to_list() == ["2"]

    def test_two_columns_of_one_name_are_named(self, mariadb_server: RunningDatabase) -> None:
        mariadb_server.execute("DROP TABLE IF EXISTS orders")
        fill(mariadb_server, [order()])
        with pytest.raises(InputRefused, match="Duplicate column name 'order_id'; name each column once"):
            ask(mariadb_server, "SELECT * FROM orders JOIN orders AS more USING (product_id)")


def know_zone(server: RunningDatabase, zone: str) -> None:
    """Load a zone as an administrator does."""
    server.execute("DELETE FROM mysql.time_zone_name WHERE Name = '" + zone + "'")
    tool = program("mariadb-tzinfo-to-sql") or program("mysql_tzinfo_to_sql")
    file = next(path for folder in zoneinfo.TZPATH if (path := Path(folder, zone)).is_file())
    assert tool is not None
    server.execute("USE mysql;" + subprocess.check_output([tool, file, zone], text=True))


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


def test_an_sqlite_file_is_never_made(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no such file; write sqlite:///PATH"):
        read_orders([f"sqlite://{tmp_path}/none.db"], ReadingOptions(query=EVERYTHING))
    assert not list(tmp_path.iterdir())
    (tmp_path / "text.db").write_text("no database")
    with pytest.raises(InputRefused, match="is no SQLite database"):
        read_orders([f"sqlite://{tmp_path}/text.db"], ReadingOptions(query=EVERYTHING))


def test_a_damaged_sqlite_file_is_refused(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "shop.db")
    fill(database, [order(number, title="x" * 500) for number in range(100)])
    whole = database.path.read_bytes()
    database.path.write_bytes(whole[:4096] + b"\xff" * 20_000)
    with pytest.raises(InputRefused, match="malformed"):
        ask(database)


class TestPasswords:
    @pytest.mark.parametrize(
        "server, variable", [("postgres_server", "PGPASSWORD"), ("mariadb_server", "MYSQL_PWD")]
    )
    def test_it_may_come_from_the_environment(
        self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, server: str, variable: str
    ) -> None:
        database: RunningDatabase = request.getfixturevalue(server)
        database.execute("DROP TABLE IF EXISTS orders")
        fill(database, [order()])
        monkeypatch.setenv(variable, PASSWORD)
        staged = read_orders([database.name], ReadingOptions(query=EVERYTHING))
        assert staged.files == (database.name,)

    def test_one_in_the_address_shows_nowhere(
        self, postgres_server: RunningDatabase, training: Command, tmp_path: Path
    ) -> None:
        postgres_server.execute("DROP TABLE IF EXISTS orders")
        rows = [order(number, customer_id=f"c{number % 3}") for number in range(1, 60)]
        fill(postgres_server, [*rows, order(60, status="odd")])
        address = f"{postgres_server.address}?sslmode=disable"
        outcome = training("run", "--orders", address, "--query", EVERYTHING, "--force", "--json")
        assert outcome.code == 0, outcome.errors
        assert outcome.summary["quarantine"] == {"unknown_status": 1}
        written = [path for path in (tmp_path / "var").rglob("*") if path.is_file()]
        assert any(postgres_server.name.encode() in path.read_bytes() for path in written)
        for secret in (PASSWORD, quote(PASSWORD, safe="")):
            assert secret not in f"{outcome.errors}{outcome.summary}"
            assert not [path for path in written if secret.encode() in path.read_bytes()]

    def test_the_doctor_does_not_tell_it(self, training: Command, tmp_path: Path) -> None:
        address = f"postgresql://shop:s3cret@127.0.0.1:{free_port()}/shop"
        outcome = training("doctor", "--orders", address, "--query", EVERYTHING)
        assert outcome.code == InputRefused.exit_code
        pages = [path.read_text() for path in (tmp_path / "var").rglob("*.html")]
        assert [page for page in pages if "postgresql://shop@127.0.0.1" in page] == pages != []
        assert not [text for text in (*pages, outcome.errors) if "s3cret" in text]

    @pytest.mark.parametrize(
        "source, as_shown",
        [
            ("orders.csv", "orders.csv"),
            ("postgres://u:s3cret@h/shop?password=s3cret", "postgres://u@h:5432/shop"),
            ("mariadb://h/shop", "mariadb://h:3306/shop"),
            ("mysql://u:s3cret@[::1]:3307/shop", "mysql://u@[::1]:3307/shop"),
            ("mysql://u:s3/cret@h/shop", "mysql://…"),
            ("oracle://u:s3cret@h/shop", "oracle://…"),
        ],
    )
    def test_an_address_is_shown_without_it(self, source: str, as_shown: str) -> None:
        assert shown(source) == as_shown

    def test_a_wrong_one_is_told_and_not_shown(
        self, environment: None, postgres_server: RunningDatabase, mariadb_server: RunningDatabase
    ) -> None:
        addresses = [server.address_with("guess%2Fing") for server in (postgres_server, mariadb_server)]
        with_variable = zip(errors_of_runs([*addresses]), ("PGPASSWORD", "MYSQL_PWD"), strict=True)
        for error, variable in with_variable:
            assert "check user, password and database" in error
            assert variable in error
            assert "guess" not in error
            assert len(error.splitlines()) == 1


def errors_of_runs(addresses: list[str]) -> list[str]:
    """What runs that are refused say; side by side, as the driver tries for half a minute."""
    command = [sys.executable, "-m", "training", "run", "--no-publish", "--query", EVERYTHING, "--orders"]
    runs = [
        subprocess.Popen([*command, address], cwd=REPOSITORY, stderr=subprocess.PIPE, text=True)
        for address in addresses
    ]
    errors = [run.communicate(timeout=120)[1] for run in runs]
    assert [run.returncode for run in runs] == [InputRefused.exit_code] * len(runs)
    return errors


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_server_that_is_not_there_is_told_at_once(scheme: str) -> None:
    address = f"{scheme}://shop:s3cret@127.0.0.1:{free_port()}/shop"
    with pytest.raises(InputRefused, match="Connection refused; check host and port") as told:
        read_orders([address], ReadingOptions(query=EVERYTHING))
    assert "s3cret" not in str(told.value)


def test_orders_of_online_retail_may_lie_in_a_table(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "retail.db")
    row = {"InvoiceNo": "C536379", "StockCode": "22423", "Description": "CAKE STAND", "Quantity": -1}
    row |= {"InvoiceDate": "2010-12-01 09:41:00", "UnitPrice": 12.75, "CustomerID": 14527}
    database.execute(f"CREATE TABLE orders ({', '.join(row)});" + insert("orders", [row]))
    asked = read_orders([database.address], ReadingOptions("online-retail", query=EVERYTHING))
    expected = pl.DataFrame({c.CUSTOMER_ID: ["14527"], c.QUANTITY: [-1.0], c.CURRENCY: ["GBP"]})
    assert asked.lines.select(expected.columns).equals(expected)
