"""Orders in an SQLite file, whose cells hold anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.databases import SqliteDatabase
from tests.training.orders_table import EVERYTHING, ask, fill, order
from training import columns as c
from training.connectors.database_address import is_address
from training.errors import InputRefused
from training.reading import ReadingOptions, read_orders


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
    fill(database, [order(1, product_id=None), order(2, quantity="two"), order(3, quantity=1.5), order(4)])
    database.execute("UPDATE orders SET product_id = x'c3a9' WHERE order_id = 3")
    database.execute("UPDATE orders SET product_id = x'ff61' WHERE order_id = 4")
    asked = ask(database)
    assert asked.lines.select(c.PRODUCT_ID, c.QUANTITY).rows() == [("é", 1.5)]
    assert asked.quarantine.counts() == {"bad_quantity": 1, "invalid_utf8": 1, "product_id_missing": 1}
    assert "\\xffa" in asked.quarantine.rows[c.TEXT][-1]


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
