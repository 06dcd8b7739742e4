from __future__ import annotations

import numpy as np
import pytest

from training.evaluation import Evaluation
from training.gate import judge


def evaluation(customers: int = 200, **ndcg: float | np.ndarray) -> Evaluation:
    """Figures over all purchases, by model: one for everybody, or one for each customer."""
    per_customer = {model: {"all": np.broadcast_to(value, (customers,))} for model, value in ndcg.items()}
    metrics = {
        model: {"all": {"ndcg@10": float(views["all"].mean())}} for model, views in per_customer.items()
    }
    return Evaluation(metrics=metrics, customers=customers, customers_new=0, cut=0, per_customer=per_customer)


BETTER = evaluation(blend=0.36, most_bought=0.34, popular=0.1)
WORSE = evaluation(blend=0.33, most_bought=0.34, popular=0.1)


def test_a_blend_that_beats_both_baselines_passes_and_says_by_what():
    verdict = judge(BETTER, first=False, min_customers=100)
    assert (verdict.passed, verdict.model) == (True, "blend")
    assert verdict.why == (
        "blend ndcg@10 0.3600 beats most_bought 0.3400, popular 0.1000 over 200 customers",
    )


@pytest.mark.parametrize(
    "candidate, named",
    [
        (WORSE, "most_bought 0.3400"),
        (evaluation(blend=0.34, most_bought=0.34, popular=0.1), "most_bought 0.3400"),
        (evaluation(blend=0.09, most_bought=0.05, popular=0.1), "popular 0.1000"),
    ],
)
def test_a_blend_that_does_not_beat_a_baseline_is_refused_by_its_name(candidate, named):
    verdict = judge(candidate, first=False, min_customers=100)
    assert not verdict.passed
    assert named in verdict.why[0]


def test_the_first_publication_takes_the_better_of_the_two():
    assert judge(WORSE, first=True, min_customers=100).model == "most_bought"
    assert judge(WORSE, first=True, min_customers=100).passed
    assert judge(BETTER, first=True, min_customers=100).model == "blend"


def test_no_sentence_says_that_anything_is_published():
    # The same sentences tell the outcome of a run that publishes nothing.
    for verdict in (
        judge(WORSE, first=True, min_customers=100),
        judge(WORSE, first=False, min_customers=201),
    ):
        assert "most_bought is taken, the better of blend and most_bought" in verdict.why[-1]


def test_too_few_customers_to_judge_by_never_refuse():
    few_worse = evaluation(99, blend=0.33, most_bought=0.34, popular=0.1)
    few_better = evaluation(99, blend=0.36, most_bought=0.34, popular=0.1)
    assert judge(few_worse, first=False, min_customers=100).model == "most_bought"
    assert judge(few_better, first=False, min_customers=100).model == "blend"
    assert judge(few_worse, first=False, min_customers=100).passed


def test_nobody_to_judge_by_publishes_the_plain_baseline():
    verdict = judge(Evaluation({}, 0, 0, 0, {}), first=True, min_customers=100)
    assert (verdict.passed, verdict.model) == (True, "most_bought")


def test_significantly_worse_than_the_live_configuration_is_refused():
    live = evaluation(blend=0.40)
    verdict = judge(BETTER, first=False, min_customers=100, live=live)
    assert not verdict.passed
    assert "live configuration" in verdict.why[0]
    assert "-0.0400" in verdict.why[0]


def test_a_difference_to_the_live_configuration_within_chance_passes():
    spread = np.linspace(0, 1, 200)
    candidate = evaluation(blend=spread, most_bought=0.2, popular=0.1)
    live = evaluation(blend=np.roll(spread, 1) + 0.001)
    assert judge(candidate, first=False, min_customers=100, live=live).passed
