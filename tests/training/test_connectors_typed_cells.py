"""Cells with types: bytes that may be text, and what cannot be an id."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from training import columns as c
from training.catalog import read_catalog
from training.connectors.typed_cells import with_texts
from training.reading import read_orders

ORDER = {"Name": "#1", "Financial Status": "paid", "Created at": "2026-01-05", "Lineitem quantity": "1"}
PRODUCT = {"Lineitem name": "Tea", "Lineitem price": "2.50", "Lineitem sku": "tea"}


@given(st.lists(st.none() | st.binary(max_size=6), min_size=1))
def test_all_bytes_are_texts_or_set_aside(cells: list[bytes | None]) -> None:
    rows = pl.DataFrame({"cell": pl.Series(cells, dtype=pl.Binary), c.LINE: range(len(cells))})
    texts, rejected = with_texts(rows)
    assert texts.schema["cell"] == pl.String
    found = {line: None if text is None else text.encode() for text, line in texts.rows()}
    assert all(cells[line] == cell for line, cell in found.items())
    assert sorted([*found, *(line for line, _, _ in rejected)]) == list(range(len(cells)))
    for line, reason, text in rejected:
        assert (reason, text) == ("invalid_utf8", (cells[line] or b"").decode(errors="backslashreplace"))


def test_a_catalogue_of_bytes(tmp_path: Path) -> None:
    rows = {
        c.PRODUCT_ID: [b"tea", b"mug", b"\xff"],
        c.TITLE: ["Grüner Tee".encode(), b"caf\xe9", b"Jam"],
        c.AVAILABLE_FROM: [b"2026-01-05", None, None],
    }
    pl.DataFrame(rows).write_parquet(tmp_path / "products.parquet")
    found = read_catalog([str(tmp_path / "products.parquet")])
    assert found.rows.select(c.PRODUCT_ID, c.TITLE).rows() == [("tea", "Grüner Tee")]
    assert found.quarantine.rows.select(c.LINE, c.REASON, c.TEXT).rows() == [
        (2, "invalid_utf8", r"mug,caf\xe9,"),
        (3, "invalid_utf8", r"\xff,Jam,"),
    ]


def test_a_catalogue_whose_ids_are_none(tmp_path: Path) -> None:
    (tmp_path / "products.jsonl").write_text('{"product_id": "tea"}\n{"product_id": ["mug"]}\n')
    pl.DataFrame({c.PRODUCT_ID: [True, None]}).write_parquet(tmp_path / "products.parquet")
    found = read_catalog([f"{tmp_path}/products.*"])
    assert found.rows[c.PRODUCT_ID].to_list() == ["tea"]
    assert found.quarantine.counts() == {"product_id_is_no_text": 2, "product_id_missing": 1}


def test_a_platforms_export_saved_as_bytes(tmp_path: Path) -> None:
    row = {name: [cell.encode(), cell.encode()] for name, cell in (ORDER | PRODUCT).items()}
    row["Lineitem sku"] = [b"tea", b"t\xe9"]
    pl.DataFrame(row).write_parquet(tmp_path / "orders.parquet")
    staged = read_orders([str(tmp_path / "orders.parquet")])
    assert staged.lines[c.PRODUCT_ID].to_list() == ["tea"]
    assert staged.quarantine.rows.select(c.LINE, c.REASON).rows() == [(2, "invalid_utf8")]
