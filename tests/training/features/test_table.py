from __future__ import annotations

import numpy as np
import pytest

from tests.builders import interactions, line
from training.first_stage import Described, fit_first_stage
from training.model_config import ModelConfig

CONFIG = ModelConfig(als_factors=4, als_iterations=3, neighbours=5)


@pytest.fixture(scope="module")
def described() -> Described:
    orders = interactions(
        line("1", "ann", "tea", price=3, at="2026-01-01"),
        line("2", "bob", "jam", price=4, at="2026-01-10"),
        line("3", "ann", "tea", price=3, at="2026-02-01"),
        line("4", "ann", "cup", price=9, at="2026-02-01"),
        line("5", "ann", "jam", price=4, at="2026-02-08"),
    )
    return fit_first_stage(orders, CONFIG).describe(np.array([0]))  # ann, with cup 0, jam 1, tea 2


def feature(described: Described, name: str) -> list[float]:
    return described.pairs[:, described.names.index(name)].tolist()


def test_ranks_count_from_the_customers_best_candidate(described: Described) -> None:
    assert described.candidates.item.tolist() == [0, 1, 2]
    by_score = np.argsort(np.argsort([-score for score in feature(described, "blend_score")]))
    assert feature(described, "blend_rank") == by_score.tolist()
    assert max(feature(described, "blend_share")) == 1


def test_a_model_without_evidence_ranks_nothing() -> None:
    orders = interactions(line("1", "ann", "tea"), line("2", "bob", "tea"), line("2", "bob", "jam"))
    described = fit_first_stage(orders, CONFIG).describe(np.array([0]))
    jam, tea = 0, 1
    assert described.candidates.item.tolist() == [jam, tea]
    assert np.isnan(feature(described, "personal_rank")[jam])
    assert feature(described, "personal_rank")[tea] == 0


def test_how_often_and_how_long_ago_in_terms_of_the_customers_own_orders(described: Described) -> None:
    assert feature(described, "own_order_share") == [1 / 4, 1 / 4, 2 / 4]
    # four orders within 38 days; cup and tea were last bought 7 days ago
    assert feature(described, "own_orders_since_last") == pytest.approx([7 * 3 / 38, 0, 7 * 3 / 38])


def test_the_price_against_what_the_customer_is_used_to(described: Described) -> None:
    usual = np.mean(np.log1p([3, 3, 9, 4]))
    assert feature(described, "price_to_customer") == pytest.approx(np.log1p([9, 4, 3]) - usual, rel=1e-4)


def test_what_was_bought_is_not_new(described: Described) -> None:
    assert described.is_new.tolist() == [False, False, False]
