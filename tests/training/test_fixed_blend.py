from __future__ import annotations

import numpy as np
import pytest

from tests.builders import interactions, line
from training.first_stage import fit_first_stage
from training.fixed_blend import FixedBlend
from training.model_config import ModelConfig

CUP, JAM, TEA = 0, 1, 2
ANN = np.array([0])


@pytest.fixture(scope="module")
def blend() -> FixedBlend:
    """Ann bought tea twice and a cup once, Bob jam and tea."""
    orders = interactions(
        line("1", "ann", "tea", at="2026-01-01"),
        line("2", "bob", "jam", at="2026-01-02"),
        line("2", "bob", "tea", at="2026-01-02"),
        line("3", "ann", "tea", at="2026-01-03"),
        line("3", "ann", "cup", at="2026-01-03"),
    )
    return FixedBlend(fit_first_stage(orders, ModelConfig(als_factors=4, als_iterations=3, neighbours=5)))


def test_each_view_lists_its_own_kind_of_products(blend: FixedBlend) -> None:
    lists = {view: ranking.items[0].tolist() for view, ranking in blend.rank(ANN, 3).items()}
    assert lists == {"all": [TEA, CUP, JAM], "again": [TEA, CUP, -1], "new": [JAM, -1, -1]}


def test_what_is_unavailable_is_on_no_list(blend: FixedBlend) -> None:
    lists = {view: ranking.items[0].tolist() for view, ranking in blend.rank(ANN, 2, np.array([TEA])).items()}
    assert lists == {"all": [CUP, JAM], "again": [CUP, -1], "new": [JAM, -1]}


def test_the_parts_sum_to_the_score(blend: FixedBlend) -> None:
    ranking = blend.rank(ANN, 3)["all"]
    assert tuple(ranking.contributions) == blend.causes
    np.testing.assert_allclose(sum(ranking.contributions.values()), ranking.scores, rtol=1e-5)
