"""PostgreSQL and MariaDB, on servers whose clocks stand elsewhere: their types, times and refusals."""

from __future__ import annotations

import subprocess
import zoneinfo
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.databases import RunningDatabase
from tests.needs import program
from tests.servers import free_port
from tests.training.orders_table import EVERYTHING, ask, fill, order
from training import columns as c
from training.connectors import server_query
from training.errors import InputRefused
from training.reading import ReadingOptions, read_orders

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


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
        with pytest.raises(InputRefused, match=r"money; cast the column .*: money to numeric"):
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

    def test_a_result_that_breaks_off_is_refused_as_a_whole(self, postgres_server: RunningDatabase) -> None:
        query = """SELECT n AS order_id, NULL AS customer_id, 'tea' AS product_id, 1 AS quantity,
                          10 / (150000 - n) AS unit_price, now() AS ordered_at
                   FROM generate_series(1, 200000) AS n"""
        with pytest.raises(InputRefused, match="division by zero"):
            ask(postgres_server, query)

    def test_two_columns_of_one_name_are_named(self, postgres_server: RunningDatabase) -> None:
        postgres_server.execute("DROP TABLE IF EXISTS orders")
        fill(postgres_server, [order()])
        with pytest.raises(InputRefused, match='"order_id" is ambiguous; name each column once'):
            ask(postgres_server, "SELECT * FROM orders JOIN orders AS more USING (product_id)")

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

    def test_a_result_that_breaks_off_is_refused_as_a_whole(self, mariadb_server: RunningDatabase) -> None:
        query = """SELECT seq AS order_id, NULL AS customer_id, 'tea' AS product_id, 1 AS quantity,
                          (SELECT seq FROM seq_1_to_2 AS two WHERE two.seq <= IF(n.seq < 150000, 1, 2))
                          AS unit_price, now() AS ordered_at
                   FROM seq_1_to_200000 AS n"""
        with pytest.raises(InputRefused, match="Subquery returns more than 1 row"):
            ask(mariadb_server, query)

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


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_server_that_is_not_there_is_told_at_once(scheme: str) -> None:
    address = f"{scheme}://shop:s3cret@127.0.0.1:{free_port()}/shop"
    with pytest.raises(InputRefused, match="Connection refused; check host and port") as told:
        read_orders([address], ReadingOptions(query=EVERYTHING))
    assert "s3cret" not in str(told.value)


def test_a_database_that_is_not_there_is_told(mariadb_server: RunningDatabase) -> None:
    with pytest.raises(InputRefused, match="Unknown database 'shop_two'; check the database's name"):
        read_orders([f"{mariadb_server.address}_two"], ReadingOptions(query=EVERYTHING))


@pytest.mark.parametrize("written", ["", "no Arrow stream"])
def test_a_driver_that_is_killed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    (script := tmp_path / "script.py").write_text(
        f"import os, signal; os.write(1, {written.encode()!r}); os.kill(os.getpid(), signal.SIGKILL)"
    )
    monkeypatch.setattr(server_query, "SCRIPT", script)
    with pytest.raises(InputRefused, match="mysql://shop@localhost:3306/shop: the driver ended with code -9"):
        read_orders(["mysql://shop@localhost/shop"], ReadingOptions(query=EVERYTHING))
