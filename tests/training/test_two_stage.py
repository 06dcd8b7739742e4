from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.blend import Blend
from models.reranker import Reranker
from tests.training.shop import write_orders
from training.cleaning import clean
from training.fitting import Rankers, fit_rankers
from training.interactions import Interactions
from training.learning_steps import StepCache, learning_steps
from training.model_config import ModelConfig
from training.reading import read_orders
from training.two_stage import in_places_of, learn

CONFIG = ModelConfig(
    als_factors=8,
    als_iterations=5,
    neighbours=20,
    rerank_min_customers=60,
    rerank_rounds=40,
    rerank_learning_rate=0.1,
    rerank_min_in_leaf=20,
    rerank_window_days=20,
    rerank_steps=2,
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Interactions:
    path = write_orders(tmp_path_factory.mktemp("shop") / "orders.parquet", customers=80)
    return Interactions.from_clean(clean(read_orders([str(path)])))


@pytest.fixture(scope="module")
def fitted(shop: Interactions) -> Rankers:
    return fit_rankers(shop, CONFIG)


def changed(**options: float) -> ModelConfig:
    return ModelConfig(**{**vars(CONFIG), **options})


def everybody(shop: Interactions) -> np.ndarray:
    return np.arange(len(shop.customers))


def test_with_enough_customers_candidates_are_put_in_order_by_trees(fitted: Rankers) -> None:
    assert fitted.blend.name == "two_stage"
    assert fitted.fixed_blend.stage is fitted.blend.stage


def test_with_fewer_the_fixed_blend_is_published_by_name(shop: Interactions) -> None:
    assert fit_rankers(shop, changed(rerank_min_customers=81)).blend.name == "fixed_blend"
    assert fit_rankers(shop, changed(rerank_steps=0)).blend.name == "fixed_blend"


def test_each_view_lists_its_own_kind_of_products(shop: Interactions, fitted: Rankers) -> None:
    users = everybody(shop)
    bought = fitted.user_items.toarray() > 0
    found = fitted.blend.rank(users, 5)
    of_view = {
        view: np.take_along_axis(bought, ranking.items, axis=1)[ranking.items >= 0]
        for view, ranking in found.items()
    }
    assert of_view["again"].all()
    assert not of_view["new"].any()
    assert of_view["all"].mean() > 0.9, "habits lead"


def test_products_bought_before_are_in_one_order_in_both_views(fitted: Rankers, shop: Interactions) -> None:
    found = fitted.blend.rank(everybody(shop), len(shop.products))
    for everything, again in zip(found["all"].items, found["again"].items, strict=True):
        assert everything[np.isin(everything, again[again >= 0])].tolist() == again[again >= 0].tolist()


def test_where_nobody_comes_back_for_a_product_no_order_of_such_is_learnt(
    shop: Interactions, fitted: Rankers
) -> None:
    stage = fitted.blend.stage
    steps = learning_steps(shop, CONFIG, StepCache())
    of_new = [replace(step, is_new=np.ones_like(step.is_new)) for step in steps]
    blend = learn(stage, of_new, CONFIG)
    assert blend is not None
    assert blend.buy_it_again is None
    again = blend.rank(everybody(shop), 5)["again"]
    assert (again.items >= 0).any(), "for_you's trees put them in order"


def test_places_of_some_are_dealt_anew_by_their_margin() -> None:
    places = np.array([5, 4, 3, 2, 1], dtype=np.float32)
    margin = np.array([0, 0, 7, 8, 9], dtype=np.float32)
    one_row = np.zeros(5)
    moved = np.array([True, False, True, False, True])
    assert in_places_of(places, margin, one_row, moved).tolist() == [1, 4, 3, 2, 5]
    # Of two customers, each keeps what is theirs.
    assert in_places_of(places, margin, np.array([0, 0, 0, 1, 1]), moved).tolist() == [3, 4, 5, 2, 1]


def test_lists_hold_a_product_once_best_first(shop: Interactions, fitted: Rankers) -> None:
    for ranking in fitted.blend.rank(everybody(shop), 10).values():
        for items, scores in zip(ranking.items, ranking.scores, strict=True):
            listed = items[items >= 0]
            assert len(set(listed.tolist())) == len(listed)
            assert (np.diff(scores) <= 0).all()
            assert (scores[: len(listed)] > 0).all()
            assert (scores < 1).all()


def test_what_is_unavailable_is_on_no_list(shop: Interactions, fitted: Rankers) -> None:
    gone = np.arange(0, len(shop.products), 2)
    for ranking in fitted.blend.rank(everybody(shop), 10, gone).values():
        assert not np.isin(ranking.items, gone).any()


def test_a_batch_ranks_like_its_customers_alone(shop: Interactions, fitted: Rankers) -> None:
    users = everybody(shop)[:6]
    together = fitted.blend.rank(users, 10)
    alone = [fitted.blend.rank(users[[at]], 10) for at in range(6)]
    for view, ranking in together.items():
        np.testing.assert_array_equal(ranking.items, np.vstack([one[view].items for one in alone]))


def test_fitted_again_it_ranks_the_same(shop: Interactions, fitted: Rankers) -> None:
    again = fit_rankers(shop, CONFIG).blend.rank(everybody(shop), 10)
    for view, ranking in fitted.blend.rank(everybody(shop), 10).items():
        np.testing.assert_array_equal(again[view].items, ranking.items)


def test_a_list_longer_than_the_candidates_usual_number_is_filled(
    shop: Interactions, fitted: Rankers
) -> None:
    ranking = fitted.blend.rank(everybody(shop), len(shop.products))["all"]
    assert ((ranking.items >= 0).sum(axis=1) > 100).all()


def test_the_habit_is_what_the_customers_own_purchases_contribute(
    shop: Interactions, fitted: Rankers
) -> None:
    """Somebody who never bought the product owes its place to other causes."""
    found = fitted.blend.rank(everybody(shop), 5, explain=True)
    assert tuple(found["all"].contributions) == fitted.blend.causes
    assert (found["new"].contributions["habit"] == 0).all()
    again = found["again"]
    assert (again.contributions["habit"][again.items >= 0] > 0).mean() > 0.9


def test_without_the_purchases_behind_a_habit_the_product_falls(shop: Interactions, fitted: Rankers) -> None:
    """The cause that is named truly contributed: take its orders away, and the score changes."""
    customer = 0
    before = fitted.blend.rank(np.array([customer]), 20, explain=True)["all"]
    product = int(before.items[0, before.contributions["habit"][0].argmax()])
    habit = (shop.customer == customer) & (shop.product == product)
    rows = {
        name: getattr(shop, name)[~habit]
        for name in ("customer", "product", "order", "ordered_at", "quantity", "unit_price")
    }
    without = fit_rankers(Interactions(**{**vars(shop), **rows}), CONFIG)
    after = without.blend.rank(np.array([customer]), len(shop.products))["all"]
    place = {int(item): at for at, item in enumerate(after.items[0])}
    assert place[product] > before.items[0].tolist().index(product)
    score = float(after.scores[0, place[product]])
    assert score < float(before.scores[0, before.items[0].tolist().index(product)])


def test_what_was_published_can_be_read_again(fitted: Rankers, tmp_path: Path) -> None:
    fitted.blend.save(tmp_path)
    users = np.arange(3)
    blend = Blend.load(tmp_path / "first_stage")
    np.testing.assert_allclose(
        blend.score(users), fitted.fixed_blend.stage.blend.score(users), rtol=1e-6
    )  # float32 dot products differ with the alignment of what was read
    described = fitted.blend.stage.describe(users)
    for name in ("for_you", "buy_it_again", "discover"):
        trees = Reranker.load(tmp_path / name)
        assert trees.features == described.names
        assert np.isfinite(trees.score(described.pairs)).all()
