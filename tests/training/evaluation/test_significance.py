from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from training.evaluation.significance import (
    bootstrap_interval,
    compare,
    holm,
    paired_difference,
    paired_p,
)


def test_paired_difference_of_a_constant_lead() -> None:
    b = np.linspace(0, 1, 50)
    mean, low, high = paired_difference(b + 0.1, b)
    assert [mean, low, high] == [pytest.approx(0.1)] * 3


def test_paired_difference_of_noise_holds_zero_and_is_seeded() -> None:
    a, b = np.random.default_rng(5).random((2, 400))
    mean, low, high = paired_difference(a, b)
    assert low < 0 < high
    assert low < mean < high
    # the normal approximation: 1.96 standard errors
    assert (high - low) / 2 == pytest.approx(1.96 * (a - b).std() / 20, rel=0.1)
    assert paired_difference(a, b) == (mean, low, high)


def test_what_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match="cannot pair"):
        paired_difference(np.zeros(3), np.zeros(4))
    with pytest.raises(ValueError, match="cannot pair"):
        paired_difference(np.zeros(0), np.zeros(0))


def test_the_interval_of_a_mean_is_that_of_the_normal_approximation() -> None:
    values = np.random.default_rng(3).random(500)
    low, high = bootstrap_interval(values, np.arange(500))
    assert (low, high) == pytest.approx(
        stats.norm.interval(0.95, values.mean(), values.std() / np.sqrt(500)), abs=0.003
    )


def test_customers_who_are_judged_again_do_not_make_an_interval_narrower() -> None:
    values = np.random.default_rng(3).random(300)
    once = bootstrap_interval(values, np.arange(300))
    four_times = bootstrap_interval(np.tile(values, 4), np.tile(np.arange(300), 4))
    assert four_times == pytest.approx(once)
    as_others = bootstrap_interval(np.tile(values, 4), np.arange(1200))
    assert as_others[1] - as_others[0] == pytest.approx((once[1] - once[0]) / 2, rel=0.1)


def test_nobody_has_no_interval() -> None:
    assert np.isnan(bootstrap_interval(np.zeros(0), np.zeros(0, dtype=int))).all()


def test_many_customers_are_resampled_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(3).random(50)
    whole = bootstrap_interval(values, np.arange(50))
    monkeypatch.setattr("training.evaluation.significance._RESAMPLES_AT_ONCE", 1)
    assert bootstrap_interval(values, np.arange(50)) == pytest.approx(whole)


def test_the_p_value_is_that_of_the_paired_t_test() -> None:
    a, b = np.random.default_rng(5).random((2, 400))
    assert paired_p(a - b, np.arange(400)) == pytest.approx(stats.ttest_rel(a, b).pvalue, rel=1e-4)
    assert paired_p(a - b + 0.2, np.arange(400)) < 0.001


def test_one_customer_in_many_windows_proves_nothing() -> None:
    assert paired_p(np.full(50, 0.3), np.zeros(50, dtype=int)) == 1


@pytest.mark.parametrize("lead, p", [(0.0, 1.0), (0.1, 2 / 2**5)])
def test_differences_without_spread(lead: float, p: float) -> None:
    """All signs alike happens in 2 of 2 ** 5 ways."""
    assert paired_p(np.full(5, lead), np.arange(5)) == p


def test_holm_by_hand() -> None:
    # ordered: 0.01 × 4, 0.02 × 3, then never less than the one before: 0.03 × 2, 0.9 × 1
    assert holm([0.9, 0.01, 0.03, 0.02]) == pytest.approx([0.9, 0.04, 0.06, 0.06])
    assert holm([0.6, 0.7]) == [1, 1]
    assert holm([]) == []


def test_models_are_compared_over_the_same_customers() -> None:
    rng = np.random.default_rng(1)
    base = rng.random(200)
    values = {"blend": base, "weak": base - 0.1, "alike": base + rng.normal(0, 0.1, 200), "none": 0 * base}
    found = {of.other: of for of in compare("all", "blend", values, np.arange(200))}
    assert found.keys() == {"weak", "alike", "none"}
    assert found["weak"].difference == pytest.approx(0.1)
    assert found["weak"].ratio == pytest.approx(base.mean() / (base.mean() - 0.1))
    assert found["weak"].p_holm < 0.001
    assert found["alike"].low < 0 < found["alike"].high
    assert found["alike"].p_holm > 0.05
    assert found["none"].ratio is None


def test_nothing_to_compare() -> None:
    assert compare("all", "blend", {"blend": np.ones(3)}, np.arange(3)) == []
    nobody = np.zeros(0)
    assert compare("new", "blend", {"blend": nobody, "als": nobody}, np.zeros(0, dtype=int)) == []
