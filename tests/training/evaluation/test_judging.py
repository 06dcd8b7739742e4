from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.builders import interactions, line
from tests.needs import SHARED, needs_shared
from tests.training.shop import write_orders
from training.batches import user_batches
from training.cleaning import clean
from training.comparison_models import COMPARISON_MODELS
from training.evaluation import QUICK_MODELS, Terms, evaluate, judge, paired_difference
from training.evaluation.segments import SEGMENTS
from training.fitting import fit_models
from training.interactions import Interactions
from training.metrics import CUTOFFS
from training.model_config import ModelConfig
from training.reading import read_orders
from training.splits import temporal_split

SMALL = ModelConfig(profile="quick", als_factors=4, als_iterations=5, neighbours=10)


def two_customers() -> Interactions:
    """Before the window ann buys tea three times and a cup once, bob a jug; then ann tea and jug, bob tea."""
    return interactions(
        line("1", "ann", "tea", at="2026-01-01"),
        line("2", "ann", "tea", at="2026-01-11"),
        line("3", "ann", "tea", at="2026-01-21"),
        line("3", "ann", "cup", at="2026-01-21"),
        line("4", "bob", "jug", at="2026-01-25"),
        line("5", "ann", "tea", at="2026-02-20"),
        line("5", "ann", "jug", at="2026-02-20"),
        line("6", "bob", "tea", at="2026-03-01"),
    )


def test_most_bought_by_hand() -> None:
    found = evaluate(two_customers(), SMALL, window_days=20)
    assert (found.customers, found.customers_new) == (2, 2)
    # ann: tea, cup, jug (hits at 1 and 3 of 2 goals); bob: jug, tea, cup (hit at 2 of 1 goal)
    ann = (1 + 1 / 2) / (1 + 1 / np.log2(3))
    bob = 1 / np.log2(3)
    assert found.per_customer["most_bought"]["all"].tolist() == [pytest.approx(ann), pytest.approx(bob)]
    assert found.metrics["most_bought"]["all"]["ndcg@10"] == pytest.approx((ann + bob) / 2)
    # new to ann: jug, her only goal; new to bob: tea, cup, of which tea is his goal
    assert found.per_customer["most_bought"]["new"].tolist() == [1, 1]


def test_every_model_is_told_in_all_views_with_all_metrics() -> None:
    found = evaluate(two_customers(), SMALL, window_days=20)
    assert tuple(found.metrics) == QUICK_MODELS
    for views in found.metrics.values():
        assert views.keys() == {"all", "again", "new"}
        for values in views.values():
            assert len(values) == 5 * len(CUTOFFS)
            assert all(0 <= value <= 1 for value in values.values())


def test_purchases_made_again_are_judged_among_themselves() -> None:
    found = evaluate(two_customers(), SMALL, window_days=20)
    # Only ann buys a product again, her tea; most_bought lists it before the cup.
    assert found.judged["again"].tolist() == [0]
    assert found.per_customer["most_bought"]["again"].tolist() == [1]
    assert found.judged["all"].tolist() == found.judged["new"].tolist() == [0, 1]


def test_the_comparison_models_are_judged_where_asked_for() -> None:
    standard = ModelConfig(als_factors=4, als_iterations=2)
    found = evaluate(two_customers(), standard, window_days=20, terms=Terms(with_comparison=True))
    assert set(found.metrics) >= {"blend", "fixed_blend", "als", *COMPARISON_MODELS}
    plain = evaluate(two_customers(), standard, window_days=20)
    assert "blend" in plain.metrics
    assert not set(plain.metrics) & (set(COMPARISON_MODELS) - {"popular", "als"})


def test_segments_and_what_the_lists_caught() -> None:
    found = evaluate(two_customers(), SMALL, window_days=20)
    # ann has three orders before the cut, bob one
    assert [SEGMENTS[at] for at in found.segment["all"]] == ["light", "new"]
    assert found.light_up_to == 3
    # three products: whatever is bought stands in a list of ten
    assert found.beyond["most_bought"]["all"]["spend_caught@10"] == 1
    assert found.beyond["most_bought"]["all"]["unavailable@10"] is None


def test_the_standard_profile_judges_all_models() -> None:
    standard = ModelConfig(als_factors=4, als_iterations=2)
    found = evaluate(two_customers(), standard, window_days=20)
    assert set(QUICK_MODELS) < set(found.metrics)
    assert {"related", "personal"} < set(found.metrics)


def test_only_the_models_asked_for() -> None:
    assert list(evaluate(two_customers(), SMALL, window_days=20, models=["popular"]).metrics) == ["popular"]


def test_what_comes_after_the_cut_does_not_change_what_was_learnt() -> None:
    """The figures of a candidate are no better for its having seen the window."""
    orders = two_customers()
    split = temporal_split(orders, window_days=20)
    fitted = fit_models(split.train, SMALL)
    assert fitted.user_items.sum() == 5
    assert (
        judge(fitted, split, ["blend"]).metrics
        == evaluate(orders, SMALL, window_days=20, models=["blend"]).metrics
    )


@pytest.mark.parametrize("n_orders", [0, 1, 2, 5])
def test_a_few_orders_are_no_failure(n_orders: int) -> None:
    lines = [line(str(n), f"c{n}", "tea", at=f"2026-01-0{n + 1}") for n in range(n_orders)]
    found = evaluate(interactions(*lines) if lines else two_customers().before(0), SMALL)
    assert found.customers == 0
    assert found.metrics == {}


def test_a_view_that_judges_nobody_says_zero() -> None:
    again = interactions(
        line("1", "ann", "tea", at="2026-01-01"),
        line("2", "bob", "cup", at="2026-01-02"),
        line("3", "ann", "tea", at="2026-02-20"),
    )
    found = evaluate(again, SMALL)
    assert (found.customers, found.customers_new) == (1, 0)
    assert found.metrics["blend"]["new"]["ndcg@10"] == 0
    assert found.metrics["most_bought"]["all"]["ndcg@10"] == 1


def test_the_blend_finds_habits_and_tastes(tmp_path: Path) -> None:
    orders = from_files(str(write_orders(tmp_path / "orders.parquet")))
    found = evaluate(orders, SMALL, window_days=28)
    for view, baseline in (("all", "als"), ("all", "popular"), ("new", "popular")):
        ours, theirs = (found.per_customer[model][view] for model in ("blend", baseline))
        _, low, _ = paired_difference(ours, theirs)
        assert low > 0, (view, baseline)


def test_small_batches_of_users_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = evaluate(two_customers(), SMALL, window_days=20)
    monkeypatch.setattr(
        "training.evaluation.judging.user_batches", lambda n_users, _: user_batches(n_users, 1, batch_bytes=4)
    )
    assert evaluate(two_customers(), SMALL, window_days=20).metrics == whole.metrics


def from_files(*sources: str) -> Interactions:
    return Interactions.from_lines(clean(read_orders(list(sources))).lines)


@needs_shared
def test_on_a_real_gift_shop_the_blend_beats_habit_popularity_and_als() -> None:
    orders = from_files(str(SHARED / "data/online-retail/orders.parquet"))
    found = evaluate(orders, ModelConfig(profile="quick"))
    assert found.customers > 1_000
    ndcg = {model: views["all"]["ndcg@10"] for model, views in found.metrics.items()}
    assert ndcg["blend"] > 1.04 * ndcg["most_bought"]
    assert ndcg["blend"] > 1.25 * ndcg["als"]
    assert found.metrics["blend"]["new"]["ndcg@10"] > 1.5 * found.metrics["popular"]["new"]["ndcg@10"]
    _, low, _ = paired_difference(
        found.per_customer["blend"]["all"], found.per_customer["most_bought"]["all"]
    )
    assert low > 0
