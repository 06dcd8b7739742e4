"""The lists that are the same for everybody, over a catalogue that may be later than the orders."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from service.store.codec import REASONS
from tests.builders import cleaned, line, text_file
from training.catalog import ProductTable, read_catalog, told_by_orders
from training.everybody_lists import everybody_lists
from training.interactions import Interactions
from training.lists import Lists
from training.sales import Sales

LINES = cleaned(
    line("1", "ann", "tea", at="2026-01-05"),
    line("2", "bob", "tea", at="2026-01-06"),
    line("2", "bob", "mug", at="2026-01-06"),
).lines


def made(folder: Path, *rows: str, length: int = 10) -> tuple[ProductTable, dict[str, Lists]]:
    catalog = read_catalog(
        [text_file(folder, "\n".join(["product_id,in_stock,available_from", *rows, ""]), "c.csv")]
    )
    interactions = Interactions.from_lines(LINES)
    told = told_by_orders(interactions.products, LINES)
    table = catalog.completed_by(told)
    sales = Sales.of(interactions, told, ranked=np.ones(len(told), dtype=bool))
    return table, everybody_lists(sales, table, table.available, length)


def ids(table: ProductTable, lists: Lists) -> list[str]:
    (row,) = lists.products
    return [table.product_ids[product] for product in row if product >= 0]


def test_what_nobody_bought_yet_comes_last_and_what_cannot_be_ordered_not_at_all(tmp_path):
    table, lists = made(tmp_path, "jam,yes,", "mug,no,", "soap,no,")
    assert ids(table, lists["popular"]) == ["tea", "jam"]


def test_new_arrivals_count_from_the_newest_product_where_that_came_after_the_last_order(tmp_path):
    table, lists = made(tmp_path, "jam,yes,2026-03-07", "salt,yes,2026-02-05", "egg,yes,", length=3)
    assert ids(table, lists["new_arrivals"]) == ["jam", "salt", "mug"]
    assert lists["new_arrivals"].scores[0, :2].tolist() == [1.0, 0.5]
    assert {REASONS[code] for code in lists["new_arrivals"].reasons[0]} == {"new"}


def test_new_arrivals_count_from_the_last_order_where_nothing_came_later(tmp_path):
    table, lists = made(tmp_path, "jam,yes,2025-12-07")
    assert ids(table, lists["new_arrivals"]) == ["mug", "tea", "jam"]
    assert lists["new_arrivals"].scores[0, 2] == 0.5
    assert Interactions.from_lines(LINES).now == int(datetime(2026, 1, 6, tzinfo=UTC).timestamp())
