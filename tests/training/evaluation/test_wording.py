from __future__ import annotations

import pytest

from tests.training.evaluation.windows import three_models, window
from training.evaluation.rolling import pooled
from training.evaluation.significance import Comparison
from training.evaluation.wording import best_single, lead, p_value, verdict


def test_the_lead_counts_customers_of_a_hundred() -> None:
    found = pooled([window({"blend": [1, 0, 1], "most_bought": [0, 0, 1], "popular": [0, 0, 0]})])
    assert lead(found, "all") == (
        "Of 100 customers, 67 find at least one product that they really buy next among ten; "
        "with what each customer bought most: 33; with what everybody buys now: 0."
    )
    assert lead(found, "new").startswith("Of 100 customers who buy something new to them, 67 find")


def test_a_view_without_customers_says_so() -> None:
    found = pooled([window({"blend": [1.0]})])
    found.customers["again"] = 0
    assert lead(found, "again") == "In these windows nobody did that."


def test_the_best_single_model_is_no_blend() -> None:
    found = pooled([window({"blend": [0.9], "fixed_blend": [0.8], "als": [0.3], "bm25": [0.4]})])
    assert best_single(found, "all") == "bm25"
    assert best_single(pooled([window({"blend": [0.9]})]), "all") is None


def comparison(difference: float, p: float, ratio: float | None = 1.25) -> Comparison:
    return Comparison("all", "blend", "als", ratio, difference, difference - 0.01, difference + 0.01, p, p)


@pytest.mark.parametrize(
    "of, said",
    [
        (comparison(0.05, 0.0001), "blend ranks better than als, 1.25 times its ranking quality: "),
        (comparison(-0.05, 0.01, 0.8), "blend ranks worse than als, 0.80 times its ranking quality: "),
        (comparison(0.05, 0.0001, None), "blend ranks better than als: "),
        (comparison(0.004, 0.3), "These customers cannot tell blend and als apart: "),
    ],
)
def test_verdicts(of: Comparison, said: str) -> None:
    assert verdict(of).startswith(said)
    assert f"difference {of.difference:+.4f}" in verdict(of)


def test_p_values() -> None:
    assert (p_value(0.00002), p_value(0.0312)) == ("p < 0.001", "p = 0.031")


def test_verdicts_are_of_what_was_found() -> None:
    (first, *_) = pooled([three_models()]).comparisons
    assert "als" in verdict(first)
