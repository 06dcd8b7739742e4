"""What settings are worth in a window, relative to those in force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from tests.training.shop import write_orders
from training.cleaning import clean
from training.evaluation import evaluate
from training.first_stage import fit_first_stage
from training.fixed_blend import FixedBlend
from training.interactions import Interactions
from training.model_config import ModelConfig
from training.reading import read_orders
from training.splits import TemporalSplit
from training.tuning.figures import figures, mean_ratio
from training.tuning.objective import Objective
from training.tuning.search_space import SEARCHES
from training.tuning.windows import earlier_windows

BASE = ModelConfig(
    als_factors=4, rerank_min_customers=10, rerank_steps=1, rerank_rounds=20, rerank_min_in_leaf=20
)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Interactions:
    path = write_orders(tmp_path_factory.mktemp("shop") / "orders.parquet", customers=40)
    return Interactions.from_clean(clean(read_orders([str(path)])))


@pytest.fixture(scope="module")
def windows(history: Interactions) -> list[TemporalSplit]:
    return earlier_windows(history, window_days=31, count=2)


def test_settings_in_force_are_worth_1(windows: list[TemporalSplit]):
    assert Objective(windows, BASE, SEARCHES["weights"]).ratio(0, BASE) == 1


def test_settings_that_rank_worse_are_worth_less(windows: list[TemporalSplit]):
    popular_alone = replace(BASE, discover_als=0, discover_related=0, discover_popular=1)
    objective = Objective(windows, BASE, SEARCHES["weights"])
    assert objective.ratio(0, popular_alone) < 1
    assert Objective(windows, popular_alone, SEARCHES["weights"]).ratio(0, BASE) > 1


def test_weights_alone_are_judged_as_if_all_was_fitted_anew(windows: list[TemporalSplit]):
    other = replace(BASE, weight_als=1.1, trend_exponent=0.9, discover_popular=0.8)
    reweighted = Objective(windows, BASE, SEARCHES["weights"]).ratio(1, other)
    assert reweighted != 1
    assert Objective(windows, BASE, SEARCHES["components"]).ratio(1, other) == reweighted


def test_the_reranker_is_judged_by_its_trees(windows: list[TemporalSplit]):
    objective = Objective(windows, BASE, SEARCHES["reranker"])
    with threadpool_limits(1, "openmp"):
        one_leaf_each = objective.ratio(0, replace(BASE, rerank_rounds=1, rerank_min_in_leaf=100_000))
        assert one_leaf_each < 1
        # The fixed blend would not care.
        fixed = Objective(windows, BASE, SEARCHES["weights"])
        assert fixed.ratio(0, replace(BASE, rerank_rounds=1, rerank_min_in_leaf=100_000)) == 1


def test_figures_are_those_of_the_evaluation(windows: list[TemporalSplit], history: Interactions):
    split = windows[0]
    found = figures(FixedBlend(fit_first_stage(split.train, BASE)), split)
    judged = evaluate(
        history.before(split.end), replace(BASE, rerank_steps=0), cut=split.cut, models=("fixed_blend",)
    )
    for view in ("all", "new"):
        assert found[view].tolist() == judged.per_customer["fixed_blend"][view].tolist()


def test_views_count_alike_and_one_without_a_hit_tells_nothing():
    base = {"all": np.array([0.4, 0.6]), "new": np.array([0.1])}
    assert mean_ratio({"all": np.array([0.5, 0.5]), "new": np.array([0.2])}, base) == pytest.approx(1.5)
    assert mean_ratio({"all": np.array([0.6]), "new": np.array([0.9])}, {**base, "new": np.zeros(1)}) == 1.2
    assert mean_ratio({"new": np.array([0.9])}, {"new": np.zeros(1)}) == 1
