from __future__ import annotations

import numpy as np

from training.global_lists import newest_first, popularity, trend
from training.interactions import SECONDS_PER_DAY, Interactions

NOW = 1_000 * SECONDS_PER_DAY


def orders(days_ago: dict[int, list[float]]) -> Interactions:
    """Single-product guest orders: product index → ages in days."""
    rows = sorted(
        ((NOW - int(age * SECONDS_PER_DAY), product) for product, ages in days_ago.items() for age in ages)
    )
    times, products = (np.array(column) for column in zip(*rows, strict=True))
    n = len(rows)
    return Interactions(
        customers=np.array([], dtype=object),
        products=np.array([f"p{i}" for i in range(max(days_ago) + 1)], dtype=object),
        customer=np.full(n, -1, dtype=np.int32),
        product=products.astype(np.int32),
        order=np.arange(n, dtype=np.int32),
        ordered_at=times.astype(np.int64),
        quantity=np.ones(n, dtype=np.float32),
        unit_price=np.ones(n, dtype=np.float32),
        now=NOW,
    )


def test_popularity_halves_with_every_half_life():
    scores = popularity(orders({0: [0.0], 1: [30.0], 2: [60.0, 60.0]}), half_life_days=30)
    np.testing.assert_allclose(scores, [1.0, 0.5, 0.5], rtol=1e-5)


def test_what_rises_is_trending_and_what_always_sells_is_not():
    steady = [float(day) for day in range(70)]
    rising = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 40.0]
    fading = [20.0, 25.0, 30.0, 35.0, 40.0]
    scores = trend(orders({0: steady, 1: rising, 2: fading}))
    assert scores[1] > scores[0]
    assert scores[2] == 0


def test_two_orders_are_no_trend():
    scores = trend(orders({0: [float(day) for day in range(70)], 1: [1.0, 2.0]}))
    assert scores[1] == 0


def test_in_a_history_of_days_what_sells_is_trending():
    scores = trend(orders({0: [1.0, 2.0, 3.0], 1: [1.0]}))
    assert scores[0] > scores[1] > 0


def test_new_arrivals_run_from_the_newest_day_and_within_a_day_the_better_sold_first():
    day = SECONDS_PER_DAY
    available = np.array([NOW - 30 * day, NOW - 1 * day, NOW, NOW - 1 * day - 60])
    items, scores = newest_first(
        available, orders=np.array([50, 1, 0, 7]), listed=np.array([True, True, False, True]), now=NOW
    )
    assert items.tolist() == [3, 1, 0]
    assert scores[0] == scores[1] > scores[2] == 0.5
