from __future__ import annotations

from dataclasses import asdict, fields

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from tests.builders import interactions, line
from tests.training.shop import write_orders
from training.cleaning import clean
from training.comparison_models import COMPARISON_MODELS
from training.fitting import FittedModels, fit_models
from training.interactions import Interactions
from training.item_similarity import ItemSimilarity
from training.matrix import order_counts
from training.model_config import ModelConfig
from training.reading import read_orders

SMALL = ModelConfig(profile="quick", als_factors=8, als_iterations=5, neighbours=20)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Interactions:
    path = write_orders(tmp_path_factory.mktemp("shop") / "orders.parquet", customers=40)
    return Interactions.from_lines(clean(read_orders([str(path)])).lines)


@pytest.fixture(scope="module")
def fitted(shop: Interactions) -> FittedModels:
    return fit_models(shop, SMALL)


def taste(shop: Interactions, product: int) -> str:
    return shop.products[product].split("-")[0]


def test_what_is_fitted(fitted: FittedModels) -> None:
    assert fitted.names == (
        "blend", "fixed_blend", "most_bought", "popular", "als", "personal", "related",
    )  # fmt: skip


def test_a_small_shop_is_served_by_the_fixed_blend(fitted: FittedModels) -> None:
    assert fitted.blend.name == "fixed_blend"
    assert fitted.blend is fitted.fixed_blend


def test_comparison_models_are_fitted_on_the_same_numbering(shop: Interactions) -> None:
    counts = order_counts(shop)
    for name, fit in COMPARISON_MODELS.items():
        assert fit(shop, counts).score(np.arange(3)).shape == (3, len(shop.products)), name


def test_the_parts_of_both_blends(fitted: FittedModels) -> None:
    stage = fitted.blend.stage
    assert list(stage.blend.components) == ["personal", "popular", "als", "related"]
    assert list(stage.discover.components) == ["popular", "als", "related"]
    assert stage.discover.components["als"] is stage.blend.components["als"]


def test_every_model_scores_all_users_and_items(shop: Interactions, fitted: FittedModels) -> None:
    users = np.arange(5)
    for name, model in fitted.models.items():
        scores = model.score(users)
        assert scores.shape == (5, len(shop.products)), name
        assert scores.dtype == np.float32, name
        assert np.isfinite(scores).all(), name


def test_for_you_leads_with_what_was_bought_and_discover_with_the_same_taste(
    shop: Interactions, fitted: FittedModels
) -> None:
    users = np.arange(len(shop.customers))
    for_you = fitted.blend.rank(users, 3)["all"].items
    discover = fitted.blend.rank(users, 2)["new"].items
    bought = fitted.user_items.toarray() > 0
    assert np.take_along_axis(bought, for_you, axis=1).mean() > 0.95
    assert not np.take_along_axis(bought, discover, axis=1).any()
    own = [taste(shop, row.indices[0]) for row in fitted.user_items]
    same = [taste(shop, item) == own[user] for user in users for item in discover[user]]
    assert np.mean(same) > 0.8


def test_an_explaining_product_was_bought_by_the_customer(fitted: FittedModels) -> None:
    users = np.arange(10)
    items = fitted.blend.rank(users, 1)["new"].items
    because = fitted.blend.stage.explaining_items(users, items)
    assert (because >= 0).mean() > 0.8
    for user, row in enumerate(because):
        assert set(row[row >= 0].tolist()) <= set(fitted.user_items[user].indices.tolist())


def test_neighbours_are_of_the_same_taste_and_never_the_product_itself(
    shop: Interactions, fitted: FittedModels
) -> None:
    for similarity in (fitted.similar, fitted.together):
        assert (similarity.matrix.diagonal() == 0).all()
        items, _ = similarity.top(2)
        same = [
            taste(shop, item) == taste(shop, product) for product, row in enumerate(items) for item in row
        ]
        assert np.mean(same) > 0.9


def test_guests_baskets_count_for_what_is_bought_together() -> None:
    both = [line(f"g{n}", None, product) for n in range(8) for product in ("tea", "cup")]
    orders = interactions(*both, *(line(f"a{n}", "ann", "soap") for n in range(8)))
    cup, soap, tea = 0, 1, 2
    fitted = fit_models(orders, SMALL)
    items, _ = fitted.together.top(1)
    assert items[:, 0].tolist() == [tea, -1, cup]
    assert fitted.user_items.toarray().tolist() == [[0, 8, 0]]
    assert fitted.similar.top(1)[0][soap].tolist() == [-1]


def test_the_same_orders_give_the_same_lists(shop: Interactions, fitted: FittedModels) -> None:
    again = fit_models(shop, SMALL)
    users = np.arange(len(shop.customers))
    for view, ranking in fitted.blend.rank(users, 10).items():
        np.testing.assert_array_equal(again.blend.rank(users, 10)[view].items, ranking.items)
    np.testing.assert_array_equal(again.together.top(10)[0], fitted.together.top(10)[0])


def test_guests_only() -> None:
    orders = interactions(line("1", None, "tea"), line("1", None, "cup"))
    fitted = fit_models(orders, SMALL)
    assert fitted.user_items.shape == (0, 2)
    assert fitted.together.top(1)[0].tolist() == [[-1], [-1]], "a single order is no evidence"


def test_five_orders_are_enough() -> None:
    lines = [line(str(n), f"c{n % 2}", f"p{n % 3}", at=f"2026-01-0{n + 1}") for n in range(5)]
    fitted = fit_models(interactions(*lines), SMALL)
    items = fitted.blend.rank(np.arange(2), 3)["all"].items
    assert (np.sort(items, axis=1) == [0, 1, 2]).all()


def test_each_step_is_told(shop: Interactions) -> None:
    said: list[str] = []
    fit_models(shop, SMALL, said.append)
    assert "fitting als" in said


def test_item_similarity_top_is_best_first_with_ties_to_the_lower_item() -> None:
    matrix = csr_matrix(np.array([[0, 2, 3, 2], [0, 0, 0, 0], [1, 0, 0, 5], [0, 0, 0, 0]], dtype=np.float32))
    items, scores = ItemSimilarity(matrix).top(2)
    assert items.tolist() == [[2, 1], [-1, -1], [3, 0], [-1, -1]]
    assert scores.tolist() == [[3, 2], [0, 0], [5, 1], [0, 0]]


def test_parameters_are_plain_and_explained() -> None:
    assert all(isinstance(value, str | int | float) for value in asdict(ModelConfig()).values())
    assert all(field.metadata["help"] for field in fields(ModelConfig))
