"""Passwords come from the address or the environment, and show nowhere."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.databases import PASSWORD, RunningDatabase
from tests.servers import free_port
from tests.training.conftest import Command
from tests.training.orders_table import EVERYTHING, fill, order
from training.connectors.database_address import shown
from training.errors import InputRefused
from training.reading import ReadingOptions, read_orders


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

    @pytest.mark.parametrize(
        "server, variable", [("postgres_server", "PGPASSWORD"), ("mariadb_server", "MYSQL_PWD")]
    )
    def test_a_wrong_one_is_told_and_not_shown(
        self, request: pytest.FixtureRequest, server: str, variable: str
    ) -> None:
        database: RunningDatabase = request.getfixturevalue(server)
        with pytest.raises(InputRefused, match="check user, password and database") as told:
            read_orders([database.address_with("guess%2Fing")], ReadingOptions(query=EVERYTHING))
        assert variable in str(told.value)
        assert "guess" not in str(told.value)
