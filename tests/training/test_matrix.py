from __future__ import annotations

import numpy as np
import pytest

from tests.builders import interactions, line
from training.matrix import (
    baskets,
    confidence,
    decay,
    decayed_counts,
    demand_trend,
    habits,
    order_counts,
    order_decayed_counts,
    orders_later,
    purchases,
    repeat_rate,
    share_of_last_orders,
)


def shop():
    """Ann buys tea twice and a cup once, a guest buys tea; 20 days, `now` is the last order."""
    return interactions(
        line("1", "ann", "tea", quantity=40, at="2026-01-01"),
        line("2", None, "tea", at="2026-01-11"),
        line("3", "ann", "tea", at="2026-01-11"),
        line("3", "ann", "cup", at="2026-01-11"),
        line("4", "bob", "cup", at="2026-01-21"),
    )


ANN, BOB = 0, 1
CUP, TEA = 0, 1


def test_orders_are_counted_not_units_and_guests_left_out() -> None:
    counts = order_counts(shop())
    assert counts.dtype == np.float32
    assert counts.toarray().tolist() == [[1, 2], [1, 0]]


def test_purchases_are_ones() -> None:
    assert purchases(shop()).toarray().tolist() == [[1, 1], [1, 0]]


def test_an_order_counts_half_at_every_half_life() -> None:
    counts = decayed_counts(shop(), half_life_days=10)
    np.testing.assert_allclose(counts.toarray(), [[1 / 2, 1 / 2 + 1 / 4], [1.0, 0.0]], rtol=1e-6)


def test_ages_count_back_from_now_not_from_the_last_order() -> None:
    orders = shop()
    at_cut = orders.before(int(orders.ordered_at[0]) + 86_400 * 15)
    np.testing.assert_allclose(
        decayed_counts(at_cut, half_life_days=5).toarray(), [[1 / 2, 1 / 2 + 1 / 8], [0.0, 0.0]], rtol=1e-6
    )


def test_a_purchase_never_decays_to_nothing() -> None:
    weights = decay(np.array([0, 36_500], dtype=np.float32), half_life_days=1)
    assert weights[0] == 1
    assert weights[1] > 0
    assert decayed_counts(shop(), half_life_days=0.01).nnz == order_counts(shop()).nnz


def test_confidence_rises_with_the_logarithm() -> None:
    weighted = confidence(order_counts(shop()))
    assert weighted.dtype == np.float32
    np.testing.assert_allclose(
        weighted.toarray(), [[1 + np.log(2), 1 + np.log(3)], [1 + np.log(2), 0]], rtol=1e-6
    )


def test_baskets_hold_guests_orders() -> None:
    held = baskets(shop())
    assert held.dtype == np.float32
    assert held.toarray().tolist() == [[0, 1], [0, 1], [1, 1], [1, 0]]


def test_baskets_after_a_cut_have_no_empty_rows() -> None:
    orders = shop()
    assert baskets(orders.since(int(orders.ordered_at[1]))).shape == (3, 2)


def test_repeat_rate() -> None:
    # 3 tea orders of ann and 2 cup orders of two people: 2 of 4 sales repeat; the rest of the
    # weight, 5 sales at the average rate of 1/4, is the prior.
    rate = repeat_rate(order_counts(shop()))
    overall = 1 / 4
    np.testing.assert_allclose(
        rate, [(0 + 5 * overall) / (2 + 5) / overall, (1 + 5 * overall) / (2 + 5) / overall], rtol=1e-6
    )


def test_without_any_repeat_all_products_are_alike() -> None:
    once = interactions(line("1", "ann", "tea"), line("2", "bob", "cup"))
    assert repeat_rate(order_counts(once)).tolist() == [1, 1]


def test_habits_favour_what_people_come_back_for() -> None:
    orders = interactions(
        line("1", "ann", "tea", at="2026-01-01"),
        line("1", "ann", "lamp", at="2026-01-01"),
        line("2", "bob", "tea", at="2026-01-01"),
        line("3", "bob", "tea", at="2026-01-01"),
    )
    lamp, tea = 0, 1
    plain = habits(orders, half_life_days=30, repeat_exponent=0).toarray()
    np.testing.assert_allclose(plain[0], [np.log(2), np.log(2)], rtol=1e-6)
    bent = habits(orders, half_life_days=30, repeat_exponent=0.5).toarray()
    assert bent[0, tea] > plain[0, tea] > bent[0, lamp] > 0


def test_demand_trend_tells_rising_from_falling_and_counts_guests() -> None:
    weekly = [line(f"s{week}", None, "steady", at=f"2026-{m:02}-{d:02}") for week, (m, d) in enumerate(WEEKS)]
    rising = [line(f"r{n}", "ann", "rising", at="2026-03-0" + str(n)) for n in range(1, 6)]
    falling = [line(f"f{n}", "ann", "falling", at="2026-01-0" + str(n)) for n in range(1, 6)]
    orders = interactions(*weekly, *rising, *falling)
    falling_trend, rising_trend, steady_trend = demand_trend(orders, recent_days=7, usual_days=60)
    assert falling_trend < 0.8
    assert rising_trend > 1.5
    assert falling_trend < steady_trend < rising_trend


WEEKS = [(1, 1), (1, 8), (1, 15), (1, 22), (1, 29), (2, 5), (2, 12), (2, 19), (2, 26), (3, 5)]


def test_a_product_without_sales_has_no_trend() -> None:
    orders = shop()
    before_the_cup = orders.before(int(orders.ordered_at[1]))
    trend = demand_trend(before_the_cup, recent_days=7, usual_days=60)
    assert trend[CUP] == 1
    assert trend[TEA] == pytest.approx((2 ** -(10 / 7) + 1) / (2 ** -(10 / 60) * 7 / 60 + 1))


def test_a_history_without_orders() -> None:
    nothing = shop().before(0)
    assert order_counts(nothing).nnz == 0
    assert habits(nothing, 30, 0.3).nnz == 0
    assert demand_trend(nothing, 7, 60).tolist() == [1, 1]
    assert baskets(nothing).shape == (0, 2)


def four_orders():
    """Ann's four orders, oldest first: tea, tea and cup, cup, tea; bob's one: cup."""
    return interactions(
        line("1", "ann", "tea", at="2026-01-01"),
        line("2", "ann", "tea", at="2026-01-02"),
        line("2", "ann", "cup", at="2026-01-02"),
        line("3", "ann", "cup", at="2026-01-03"),
        line("4", None, "tea", at="2026-01-04"),
        line("5", "ann", "tea", at="2026-01-05"),
        line("6", "bob", "cup", at="2026-01-06"),
    )


def test_orders_later_count_the_customers_own() -> None:
    known = four_orders().known()
    later, total = orders_later(known)
    assert later.tolist() == [3, 2, 2, 1, 0, 0]
    assert total.tolist() == [4, 4, 4, 4, 4, 1]


def test_order_decayed_counts_average_groups_of_orders() -> None:
    found = order_decayed_counts(four_orders(), groups=2, within=0.5, between=0.1).toarray()
    latest, before = np.array([1 * 0.5, 1.0]) / 2, np.array([1.0, 1 + 0.5]) / 2
    np.testing.assert_allclose(found[ANN], (latest + 0.1 * before) / 2, rtol=1e-6)
    np.testing.assert_allclose(found[BOB], [1, 0])


def test_order_decayed_counts_of_fewer_orders_than_groups() -> None:
    found = order_decayed_counts(four_orders(), groups=9, within=0.5, between=1).toarray()
    np.testing.assert_allclose(found, [[2 / 4, 3 / 4], [1.0, 0.0]])


def test_order_decayed_counts_of_a_last_group_that_is_not_full() -> None:
    # Groups of two: the last two of three orders, then the first alone.
    orders = interactions(*(line(str(n), "ann", "tea", at=f"2026-01-0{n}") for n in (1, 2, 3)))
    found = order_decayed_counts(orders, groups=2, within=1, between=0.5).toarray()
    np.testing.assert_allclose(found, [[(1 + 0.5) / 2]])


def test_share_of_last_orders() -> None:
    last_two, all_four = share_of_last_orders(four_orders(), 2), share_of_last_orders(four_orders(), 99)
    np.testing.assert_allclose(last_two.toarray(), [[1 / 2, 1 / 2], [1.0, 0.0]])
    np.testing.assert_allclose(all_four.toarray(), [[2 / 4, 3 / 4], [1.0, 0.0]])


def test_the_last_orders_of_nobody() -> None:
    nothing = shop().before(0)
    assert share_of_last_orders(nothing, 5).nnz == 0
    assert order_decayed_counts(nothing, 3, 0.9, 0.7).nnz == 0
