from __future__ import annotations

import json

import numpy as np
import pytest

from tests.builders import interactions, line
from tests.training.evaluation.windows import DAY, three_models, window
from tests.training.shop import write_orders
from training.cleaning import clean
from training.evaluation import Evaluation, evaluate
from training.evaluation.rolling import evaluate_windows, pooled
from training.interactions import Interactions
from training.model_config import ModelConfig
from training.reading import read_orders
from training.splits import rolling_splits

QUICK = ModelConfig(profile="quick", als_factors=4, als_iterations=3, neighbours=10)


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Interactions:
    path = write_orders(tmp_path_factory.mktemp("shop") / "orders.parquet", customers=40)
    return Interactions.from_clean(clean(read_orders([str(path)])))


def test_a_customer_weighs_the_same_in_each_window() -> None:
    found = pooled([window({"blend": [0, 1]}), window({"blend": [1, 1, 1, 1]}, customers=[1, 2, 3, 4])])
    assert found.metrics["blend"]["all"]["ndcg@10"] == pytest.approx(5 / 6)
    assert found.customers == {"all": 6, "again": 6, "new": 6}


def test_windows_that_judge_nobody_are_left_out() -> None:
    empty = Evaluation({}, 0, 0, 0, {})
    assert pooled([empty, three_models()]).windows[0].customers == 40
    nothing = pooled([empty])
    assert nothing.metrics == {}
    assert nothing.as_json()["cutoffs"] == []


def test_intervals_hold_the_means_and_are_of_customers() -> None:
    once, twice = pooled([three_models()]), pooled([three_models(), three_models(cut=30 * DAY)])
    low, high = once.intervals["blend"]["all"]["ndcg@10"]
    assert low < once.metrics["blend"]["all"]["ndcg@10"] < high
    # The same customers with the same figures again teach nothing.
    assert twice.intervals["blend"]["all"]["ndcg@10"] == pytest.approx((low, high))


def test_the_blend_is_compared_with_all_others_in_every_view() -> None:
    found = pooled([three_models()])
    assert [(of.view, of.model, of.other) for of in found.comparisons] == [
        (view, "blend", other)
        for view in ("all", "again", "new")
        for other in ("als", "most_bought", "popular")
    ]
    assert all(of.low > 0 and of.p_holm < 0.05 for of in found.comparisons)


def test_segments_hold_their_own_customers() -> None:
    found = pooled([window({"blend": [0.1, 0.5, 0.7, 0.9]}, segment=[0, 1, 1, 2])])
    segments = found.segments["blend"]["all"]
    assert {name: (of.customers, pytest.approx(of.mean)) for name, of in segments.items()} == {
        "new": (1, 0.1),
        "light": (2, 0.6),
        "heavy": (1, 0.9),
        "tail": (1, 0.9),
    }


def test_the_json_is_json_and_says_null_for_what_nobody_knows() -> None:
    found = pooled([window({"blend": [0.5, 0.7]}, cut=86_400)])
    text = json.dumps(found.as_json(), allow_nan=False)
    told = json.loads(text)
    assert told["cutoffs"][0]["cut"] == "1970-01-02T00:00:00Z"
    assert told["cutoffs"][0]["customers"] == {"all": 2, "again": 2, "new": 2}
    assert told["segments"]["blend"]["all"]["new"] == {
        "customers": 0,
        "mean": None,
        "low": None,
        "high": None,
    }
    assert told["beyond"]["blend"]["all"]["unavailable@10"] is None
    assert told.keys() == {"cutoffs", "customers", "intervals", "comparisons", "beyond", "segments"}


def test_each_window_is_judged_as_if_nothing_came_after_it(orders: Interactions) -> None:
    windows = list(evaluate_windows(orders, QUICK, window_days=28, windows=2))
    (cut, history), _ = rolling_splits(orders, 28, 2)
    alone = evaluate(history, QUICK, cut)
    assert windows[0].metrics == alone.metrics
    later = orders.since(windows[0].end)
    assert windows[0].end == windows[1].cut
    assert len(later) > 0


def test_orders_after_a_window_change_nothing_in_it(orders: Interactions) -> None:
    """Another last month, another last window, the same first one."""
    cut = rolling_splits(orders, 28, 2)[1][0]
    rows = orders.ordered_at >= cut
    product = np.where(rows, (orders.product + 7) % len(orders.products), orders.product).astype(np.int32)
    other = Interactions(
        **{
            name: getattr(orders, name)
            for name in (
                "customers",
                "products",
                "customer",
                "order",
                "ordered_at",
                "quantity",
                "unit_price",
                "now",
            )
        },
        product=product,
    )
    first, last = (list(evaluate_windows(history, QUICK, 28, 2)) for history in (orders, other))
    assert first[0].metrics == last[0].metrics
    assert first[1].metrics != last[1].metrics


def test_progress_names_window_and_model(orders: Interactions) -> None:
    steps: list[str] = []
    done: list[tuple[int, int]] = []
    list(
        evaluate_windows(
            orders, QUICK, 28, 2, progress=steps.append, done=lambda at, of: done.append((at, of))
        )
    )
    assert "window 1 of 2, judging als" in steps
    assert "window 2 of 2, judging blend" in steps
    assert done == [(0, 2), (1, 2)]


def test_five_orders_are_no_failure() -> None:
    few = interactions(*(line(str(n), f"c{n}", "tea", at=f"2026-01-0{n + 1}") for n in range(5)))
    assert pooled(list(evaluate_windows(few, QUICK))).metrics == {}
