from __future__ import annotations

import numpy as np
import pytest

from training.evaluation import Evaluation
from training.gate import Verdict, judge, judge_lists
from training.list_inspection import Inspection


def evaluation(customers: int = 200, reach: float = 0.42, **ndcg: float | np.ndarray) -> Evaluation:
    """Figures over all purchases, by model: one for everybody, or one for each customer."""
    per_customer = {model: {"all": np.broadcast_to(value, (customers,))} for model, value in ndcg.items()}
    metrics = {
        model: {"all": {"ndcg@10": float(views["all"].mean())}} for model, views in per_customer.items()
    }
    return Evaluation(
        metrics=metrics,
        customers=customers,
        customers_new=0,
        cut=0,
        per_customer=per_customer,
        beyond={"blend": {"all": {"reach@10": reach}}},
    )


BETTER = evaluation(blend=0.36, most_bought=0.34, popular=0.1)
WORSE = evaluation(blend=0.33, most_bought=0.34, popular=0.1)


def test_a_blend_that_beats_both_baselines_passes_and_says_by_what():
    verdict = judge(BETTER, first=False, min_customers=100)
    assert (verdict.passed, verdict.model) == (True, "blend")
    assert verdict.why == (
        "blend ndcg@10 0.3600 beats most_bought 0.3400 (+0.0200) over 200 customers",
        "blend ndcg@10 0.3600 beats popular 0.1000 (+0.2600) over 200 customers",
        "the top 10 of 200 customers show 42.0% of what they could of the products sold in the last 90 days; "
        "evaluation.min_coverage asks for 0.0%",
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


def test_against_the_live_configuration_the_difference_is_told_when_it_passes_too():
    live = evaluation(blend=0.35)
    verdict = judge(BETTER, first=False, min_customers=100, live=live)
    assert verdict.passed
    assert (
        "not significantly worse than the live configuration: ndcg@10 differs by +0.0100 "
        "(95% interval +0.0100 to +0.0100)" in verdict.why
    )


def test_too_small_a_share_of_the_shop_is_refused_by_how_much():
    everybody_the_same = evaluation(reach=0.003, blend=0.36, most_bought=0.34, popular=0.1)
    verdict = judge(everybody_the_same, first=False, min_customers=100, min_coverage=0.1)
    assert not verdict.passed
    (refusal,) = verdict.refusals
    assert refusal.startswith("the top 10 of 200 customers show 0.3% of what they could")
    assert refusal.endswith("evaluation.min_coverage asks for 10.0%")
    # What it did meet is told, too, after what it did not.
    assert verdict.why[0] == refusal
    assert "beats most_bought" in verdict.why[1]


def test_the_share_asked_for_is_enough():
    just = evaluation(reach=0.1, blend=0.36, most_bought=0.34, popular=0.1)
    assert judge(just, first=False, min_customers=100, min_coverage=0.1).passed


def test_a_first_publication_is_not_refused_for_the_share_it_shows():
    same = evaluation(reach=0.003, blend=0.36, most_bought=0.34, popular=0.1)
    verdict = judge(same, first=True, min_customers=100, min_coverage=0.1)
    assert (verdict.passed, verdict.model) == (True, "blend")
    assert "show 0.3% of what they could" in verdict.why[0]


PASSED = Verdict(True, "blend", ("it beats most_bought",))
LENIENT = Verdict(True, "most_bought", ("first publication",), is_lenient=True)
FORCED = Verdict(False, "blend", ("it does not beat most_bought",), ("it does not beat most_bought",))


def inspection(reach: float = 0.5, unavailable: tuple[str, ...] = ()) -> Inspection:
    return Inspection(customers=300, reach=reach, unavailable=unavailable)


def test_lists_of_what_can_be_ordered_pass_and_say_so():
    verdict = judge_lists(PASSED, inspection(), min_coverage=0.1)
    assert verdict.passed
    assert verdict.why == (
        "it beats most_bought",
        "all products on the lists of 300 customers can be ordered",
        "the top 10 of 300 customers show 50.0% of what they could of the available products sold in the "
        "last 90 days; evaluation.min_coverage asks for 10.0%",
    )


@pytest.mark.parametrize("verdict", [PASSED, LENIENT])
def test_a_product_that_cannot_be_ordered_is_refused_by_name_even_on_a_first_publication(verdict):
    refused = judge_lists(verdict, inspection(unavailable=("jam", "tea")), min_coverage=0.1)
    assert not refused.passed
    assert refused.refusals == ("listed, but cannot be ordered now: jam, tea",)
    assert refused.why[:2] == (*refused.refusals, *verdict.why)


def test_of_many_products_that_cannot_be_ordered_some_are_named():
    ids = tuple(f"p{number:02}" for number in range(23))
    (refusal,) = judge_lists(PASSED, inspection(unavailable=ids), min_coverage=0).refusals
    assert refusal.endswith("p18, p19 and 3 more")


def test_published_lists_that_show_too_little_are_refused_unless_nothing_is_live_yet():
    assert not judge_lists(PASSED, inspection(reach=0.01), min_coverage=0.1).passed
    assert judge_lists(LENIENT, inspection(reach=0.01), min_coverage=0.1).passed


def test_what_was_refused_before_stays_refused():
    verdict = judge_lists(FORCED, inspection(), min_coverage=0.1)
    assert not verdict.passed
    assert verdict.refusals == FORCED.refusals
