"""What the doctor says of placements: its numbers are those of lists that were really trained."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import line
from tests.training.doctor.histories import Line, day, diagnosis, healthy, history
from training.configuration import EvaluationConfig, TrainingConfig
from training.doctor.examination import examine
from training.doctor.findings import Severity
from training.doctor.history import History
from training.fitting import fit_models
from training.global_lists import trend
from training.lists import Lists
from training.model_config import ModelConfig
from training.ranking import CustomerRanking, product_lists

CONFIG = ModelConfig(profile="quick", als_factors=4, als_iterations=2)


def filled(lists: Lists) -> int:
    """How many of the lists name a product."""
    return int((lists.products >= 0).any(axis=1).sum())


def trained(found: History) -> dict[str, int]:
    """How many customers or products have a list of their own, by placement, after training."""
    interactions = found.interactions
    fitted = fit_models(interactions, CONFIG)
    available = np.ones(len(interactions.products), dtype=bool)
    items = product_lists(fitted, 100, available)
    buyers = np.unique(interactions.known().customer)
    customers = {"for_you": 0, "discover": 0, "buy_it_again": 0}
    if len(buyers):
        lists, _ = CustomerRanking(fitted, "blend", 100, available).rank(buyers)
        customers = {name: filled(lists[name]) for name in customers}
    return {
        **customers,
        "similar_items": filled(items["similar_items"]),
        "bought_together": filled(items["bought_together"]),
        "trending": int((trend(interactions) > 0).sum()),
    }


def foreseen(found: History) -> dict[str, int]:
    """The same, as the doctor says without training."""
    diagnosed = examine(found, TrainingConfig())
    counted = dict.fromkeys(("for_you", "discover", "buy_it_again"), "customers")
    counted |= dict.fromkeys(("similar_items", "bought_together", "trending"), "products")
    return {name: int(diagnosed.finding(name).figures[figure]) for name, figure in counted.items()}


orders = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "eve", None]),
        st.sets(st.sampled_from("abcde"), min_size=1, max_size=3),
        st.integers(0, 90),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(orders)
def test_the_doctor_foresees_what_training_gives(baskets: list[tuple[str | None, set[str], int]]):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    lines = [
        line(str(number), customer, product, at=(start + timedelta(days=when)).isoformat())
        for number, (customer, products, when) in enumerate(baskets)
        for product in sorted(products)
    ]
    found = history(lines)
    said, listed = foreseen(found), trained(found)
    # Of products that met, training lists those that met beyond chance.
    assert said.pop("bought_together") >= listed.pop("bought_together")
    assert said == listed


CASES: dict[str, tuple[list[Line], list[Line]]] = {
    # placement: what is just enough, and what is just too little
    "for_you": ([line()], [line(customer=None)]),
    "discover": (
        [line(product="a"), line("2", "bob", "b")],
        [line(product="a"), line("2", "bob", "a")],
    ),
    "buy_it_again": ([line()], [line(), line("2", quantity=-1), line("3", None)]),
    "similar_items": (
        [line("1", product="a"), line("2", product="b")],
        [line("1", product="a"), line("2", "bob", "b")],
    ),
    "bought_together": (
        [line(str(n), None, p) for n in range(16) for p in (("a", "b") if n % 2 else ("c",))],
        [line("1", None, "a"), line("2", None, "b")],
    ),
    "trending": (
        [line("0", at=day(0)), *(line(str(n), product="b", at=day(60)) for n in range(1, 4))],
        [
            *(line(f"0{n}", product="b", at=day(10 + n)) for n in range(30)),
            *(line(str(n), product="b", at=day(60)) for n in range(1, 3)),
        ],
    ),
}


@pytest.mark.parametrize("placement", CASES)
def test_the_minimum_of_each_placement(placement: str):
    enough, too_little = (history(lines) for lines in CASES[placement])
    assert foreseen(enough)[placement] == trained(enough)[placement] > 0
    assert foreseen(too_little)[placement] == trained(too_little)[placement] == 0


@pytest.mark.parametrize("placement", CASES)
def test_a_placement_without_its_minimum_is_a_warning_that_says_what_is_shown(placement: str):
    found = diagnosis(CASES[placement][1]).finding(placement)
    assert found.severity is Severity.WARNING
    assert found.advice


def test_a_healthy_shop_serves_its_customers():
    found = diagnosis(healthy())
    served = ("for_you", "discover", "buy_it_again", "similar_items", "bought_together", "coverage")
    assert {found.finding(name).severity for name in served} == {Severity.OK}
    assert found.finding("for_you").figures == {"customers": 20}
    assert found.finding("similar_items").figures == {"products": 30, "sold": 30, "share": 1.0}


def test_customers_who_bought_nearly_everything_have_a_short_list_to_discover():
    lines = [line(f"{who}{n}", who, f"p{n}", at=day(n)) for who in ("ann", "bob") for n in range(5)]
    found = diagnosis([*lines, line("x", "ann", "only-anns")]).finding("discover")
    assert (found.severity, found.figures) == (Severity.NOTE, {"customers": 1, "short": 2})


def test_nobody_buys_anything_twice():
    lines = [line(f"o{n}", f"c{n % 4}", f"p{n}", at=day(n)) for n in range(40)]
    assert diagnosis(lines).finding("buy_it_again").severity is Severity.NOTE
    twice = diagnosis([*lines, line("x", "c0", "p0", at=day(50))]).finding("buy_it_again")
    assert (twice.severity, twice.figures["bought_again"]) == (Severity.OK, 1)


def test_new_arrivals_of_a_short_history_are_all_products(tmp_path: Path):
    short = [line(f"o{n}", f"c{n}", f"p{n:02}", at=day(n)) for n in range(20)]
    assert diagnosis(short).finding("new_arrivals").severity is Severity.NOTE
    dated = "product_id,available_from\n" + "".join(f"p{n:02},2020-01-01\n" for n in range(18))
    found = diagnosis(short, dated, tmp_path).finding("new_arrivals")
    assert (found.severity, found.figures) == (Severity.OK, {"products": 20, "fresh": 2})


def test_what_models_can_use():
    lines = [line(f"o{n}", f"c{n}", "p00", at=day(n)) for n in range(10)]
    found = diagnosis(lines).finding("coverage")
    assert found.severity is Severity.NOTE
    assert found.figures == {"returning_customers": 0, "products": 1, "min_buyers": 5, "share_lines": 0.0}


def test_customers_to_compare_models_by():
    assert diagnosis(healthy()).finding("comparison").figures == {"judged_customers": 20, "needed": 100}
    enough = TrainingConfig(evaluation=EvaluationConfig(min_customers=20))
    assert examine(history(healthy()), enough).finding("comparison").severity is Severity.OK
