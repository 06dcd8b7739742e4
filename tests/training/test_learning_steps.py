from __future__ import annotations

import numpy as np
import pytest

from tests.builders import interactions
from tests.training.shop import write_orders
from training import learning_steps as module
from training.cleaning import clean
from training.interactions import ROW_COLUMNS, SECONDS_PER_DAY, Interactions
from training.learning_steps import LearningStep, StepCache, learning_steps
from training.model_config import ModelConfig
from training.reading import read_orders

SMALL = ModelConfig(als_factors=4, als_iterations=3, neighbours=10, rerank_window_days=20, rerank_steps=3)
HALF_A_WINDOW = 10 * SECONDS_PER_DAY


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Interactions:
    path = write_orders(tmp_path_factory.mktemp("shop") / "orders.parquet", customers=40)
    return Interactions.from_clean(clean(read_orders([str(path)])))


def steps_by_cut(shop: Interactions, config: ModelConfig = SMALL) -> dict[int, LearningStep]:
    cache = StepCache()
    learning_steps(shop, config, cache)
    return {cut: step for cut, step in cache.steps.items() if step is not None}


def test_steps_stand_half_a_window_apart_and_end_before_now(shop: Interactions) -> None:
    ages = [shop.now - cut for cut in steps_by_cut(shop)]
    assert ages == [2 * HALF_A_WINDOW, 3 * HALF_A_WINDOW, 4 * HALF_A_WINDOW]


def test_gains_are_what_was_bought_within_the_window(shop: Interactions) -> None:
    cut, step = next(iter(steps_by_cut(shop).items()))
    window = shop.since(cut).before(cut + 2 * HALF_A_WINDOW).known()
    bought = set(zip(window.customer.tolist(), window.product.tolist(), strict=True))
    assert 0 < step.gains.sum() <= len(bought)
    assert step.gains.sum() / len(bought) > 0.9, "in a small shop nearly all goals are candidates"
    assert len(step.pairs) == step.groups.sum() == len(step.gains)


def test_what_comes_after_the_cut_changes_gains_but_no_feature(shop: Interactions) -> None:
    cut, step = next(iter(steps_by_cut(shop).items()))
    later = np.flatnonzero(shop.ordered_at >= cut)
    shuffled = shop.product.copy()
    shuffled[later] = np.random.default_rng(0).permutation(shuffled[later])
    others = Interactions(**{**vars(shop), "product": shuffled})
    other = steps_by_cut(others)[cut]
    assert not np.array_equal(other.gains, step.gains)
    np.testing.assert_array_equal(other.pairs[: step.groups[0]], step.pairs[: step.groups[0]])


def test_steps_are_made_once(shop: Interactions, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = StepCache()
    first = learning_steps(shop, SMALL, cache)
    monkeypatch.setattr(module, "fit_first_stage", lambda *_: pytest.fail("made again"))
    again = learning_steps(shop, SMALL, cache)
    assert all(a is b for a, b in zip(first, again, strict=True))
    # What a run judged with, a window earlier, it learns from, too.
    fewer = ModelConfig(**{**vars(SMALL), "rerank_steps": 2})
    earlier = learning_steps(shop.before(shop.now - HALF_A_WINDOW), fewer, cache)
    assert all(a is b for a, b in zip(earlier, first[1:], strict=True))


def test_no_more_steps_than_there_is_to_learn(shop: Interactions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ENOUGH_PAIRS", 1)
    assert len(steps_by_cut(shop)) == 1


def test_a_step_has_a_window_of_history_before_it(shop: Interactions) -> None:
    first_day = int(shop.ordered_at[0])
    config = ModelConfig(**{**vars(SMALL), "rerank_steps": 50})
    assert min(steps_by_cut(shop, config)) - first_day >= 2 * HALF_A_WINDOW


def test_of_many_customers_a_sample(shop: Interactions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CUSTOMERS", 7)
    assert {len(step.groups) for step in steps_by_cut(shop).values()} == {7}


def test_of_the_pairs_asked_about_those_of_customers_with_a_goal_among_them_and_another() -> None:
    step = LearningStep(
        ("f",),
        np.arange(8, dtype=np.float32)[:, None],
        gains=np.array([0, 1, 0, 0, 1, 1, 1, 0], dtype=np.float32),
        is_new=np.array([1, 1, 1, 1, 1, 1, 0, 1], dtype=bool),
        groups=np.array([2, 2, 2, 2]),
    )
    everything = np.ones(8, dtype=bool)
    assert step.teachers(everything) == 2, "neither who bought all candidates nor who bought none"
    lesson = step.lesson(everything)
    assert lesson.groups.tolist() == [2, 2]
    assert lesson.pairs[:, 0].tolist() == [0, 1, 6, 7]
    assert lesson.gains.tolist() == [0, 1, 1, 0]
    assert step.teachers(step.is_new) == 1, "the last customer's goal is not new"
    assert step.lesson(step.is_new).pairs[:, 0].tolist() == [0, 1]
    assert step.teachers(~step.is_new) == 0


def test_a_window_in_which_nobody_came_back_teaches_nothing(shop: Interactions) -> None:
    closed = (shop.ordered_at >= shop.now - 2 * HALF_A_WINDOW) & (shop.ordered_at < shop.now)
    rows = {name: getattr(shop, name)[~closed] for name in ROW_COLUMNS}
    paused = Interactions(**{**vars(shop), **rows})
    cache = StepCache()
    steps = learning_steps(paused.before(shop.now), SMALL, cache)
    assert len(steps) == 2
    assert next(iter(cache.steps.values())) is None


def test_no_history_no_steps() -> None:
    assert learning_steps(interactions(), SMALL, StepCache()) == []
