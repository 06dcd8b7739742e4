from __future__ import annotations

from tests.builders import interactions, line
from training.long_tail import long_tail


def test_the_tail_is_what_the_best_sellers_of_80_percent_of_sales_leave():
    # Eight orders of tea, one of a mug, one of jam.
    sold = [*["tea"] * 8, "mug", "jam"]
    orders = interactions(*(line(str(number), None, product) for number, product in enumerate(sold)))
    assert orders.products[long_tail(orders)].tolist() == ["jam", "mug"]


def test_the_product_that_reaches_80_percent_is_no_tail():
    sold = [*["tea"] * 3, "mug", "mug", "jam"]
    orders = interactions(*(line(str(number), None, product) for number, product in enumerate(sold)))
    # Tea makes 50 %, tea and mugs 83 %.
    assert orders.products[long_tail(orders)].tolist() == ["jam"]


def test_without_orders_there_is_no_tail():
    assert long_tail(interactions()).tolist() == []
