"""Prices on a shop whose answer is plain: tea is what everybody buys, again and again."""

from __future__ import annotations

import pytest

from tests.builders import interactions, line
from tests.training.doctor.test_page import Reader
from tests.training.evaluation.windows import three_models
from training.diversity import Controls, DiversityConfig
from training.diversity.price import ANY_SHOP, BY_CATEGORY, Price, price_of_diversity, row_of
from training.evaluation.page import Subject, render
from training.evaluation.plots import draw_all
from training.evaluation.rolling import pooled
from training.fitting import fit_rankers
from training.item_attributes import item_attributes
from training.model_config import ModelConfig
from training.splits import temporal_split

TEAS = [f"tea-{number}" for number in range(3)]
MUGS = [f"mug-{number}" for number in range(3)]


def prices(config: DiversityConfig, with_categories: bool) -> dict[tuple[str, str], Price]:
    """Eight customers who buy all teas every week, and once, long ago, a mug."""
    lines = []
    for number in range(8):
        customer = f"c{number}"
        for week in range(9):
            at = f"2026-01-{1 + 3 * week:02}"
            bought = [*TEAS, MUGS[number % 3]] if week == 0 else TEAS
            lines += [line(f"{customer}-{week}", customer, product, at=at) for product in bought]
    orders = interactions(*lines)
    category = (lambda one: one.split("-")[0]) if with_categories else (lambda one: None)
    told = item_attributes([{"title": one, "category": category(one)} for one in orders.products])
    split = temporal_split(orders, window_days=5)
    rankers = fit_rankers(split.train, ModelConfig(als_factors=4, als_iterations=2))
    found = price_of_diversity(rankers, split, Controls(config, told, list_length=6))
    return {(price.placement, price.setting): price for price in found}


def test_the_grid_begins_with_no_control_which_costs_nothing():
    found = prices(DiversityConfig(), with_categories=True)
    assert list(found) == [("for_you", setting) for setting in ("no control", *BY_CATEGORY, *ANY_SHOP)]
    free = found["for_you", "no control"]
    assert (free.ndcg, free.recall, free.change, free.low, free.high, free.kept) == (1, 1, 0, 0, 0, 1)
    assert free.tail_share == pytest.approx(0.5)


def test_a_cap_of_two_moves_the_third_tea_behind_the_mugs():
    capped = prices(DiversityConfig(), with_categories=True)["for_you", "max_per_category = 2"]
    # Hits in the places 1, 2 and, after two mugs, 5.
    ideal, found = 1 + 0.6309298 + 0.5, 1 + 0.6309298 + 0.3868528
    assert capped.ndcg == pytest.approx(found / ideal)
    assert capped.change == pytest.approx(found / ideal - 1)
    assert capped.low == pytest.approx(capped.change) == capped.high
    assert capped.kept == pytest.approx(found / ideal)


def test_without_categories_there_is_no_price_of_categories():
    found = prices(DiversityConfig(), with_categories=False)
    assert [setting for _, setting in found] == ["no control", *ANY_SHOP]


def test_the_setting_of_the_shop_itself_is_judged_too():
    found = prices(DiversityConfig(max_per_category=1), with_categories=True)
    assert list(found)[-1] == ("for_you", "as configured")
    assert found["for_you", "as configured"].ndcg < found["for_you", "max_per_category = 2"].ndcg


def test_the_page_tells_what_each_control_costs(tmp_path):
    found = list(prices(DiversityConfig(), with_categories=True).values())
    windows = pooled([three_models()])
    subject = Subject(["orders.csv"], {}, [row_of(price) for price in found])
    html = render(windows, subject, list(draw_all(windows, tmp_path, found)))
    text = Reader(html).text
    assert "What diversity costs" in text
    # 2.018 of 2.131.
    assert "max_per_category = 2 -5.3 %" in text
    assert "for_you: max_per_category = 2" in text


def test_a_row_of_the_table_begins_with_what_it_is_about():
    price = prices(DiversityConfig(), with_categories=False)["for_you", "mmr = 0.9"]
    row = row_of(price)
    assert next(iter(row.values())) == "for_you: mmr = 0.9"
    assert row["NDCG"] == price.ndcg
