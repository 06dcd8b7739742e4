"""What is kept of the orders for later catalogues."""

from __future__ import annotations

import numpy as np
from polars.testing import assert_frame_equal

from tests.builders import cleaned, line
from training.catalog import told_by_orders
from training.interactions import Interactions
from training.sales import ORDERS, POPULARITY, RANKED, Sales

LINES = cleaned(
    line("1", "ann", "tea", price=2.5, title="Tea", currency="EUR"),
    line("1", "ann", "mug", price=8),
    line("2", None, "tea", price=3, at="2026-01-06"),
).lines


def sales() -> Sales:
    interactions = Interactions.from_lines(LINES)
    told = told_by_orders(interactions.products, LINES)
    return Sales.of(interactions, told, ranked=np.array([False, True]))


def test_it_has_a_row_for_each_product_sold():
    found = sales()
    told = found.products.select("product_id", "title_sold", "price_sold", "currency_sold").rows()
    assert told == [("mug", None, 8.0, None), ("tea", "Tea", 3.0, None)]
    assert found.column(ORDERS).tolist() == [1, 2]
    assert found.column(RANKED).tolist() == [False, True]
    assert found.column(POPULARITY)[1] > found.column(POPULARITY)[0] > 0


def test_it_comes_back_from_its_bytes_as_it_was():
    before = sales()
    after = Sales.unpacked(before.packed())
    assert_frame_equal(after.products, before.products)
    assert after.now == before.now
