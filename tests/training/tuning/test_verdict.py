"""When settings count as better on the last days."""

from __future__ import annotations

import numpy as np

from training.tuning.verdict import Verdict, verdict_on

OLD = np.tile([0.2, 0.4], 100)


def verdict(all_purchases: np.ndarray, new: np.ndarray) -> Verdict:
    return verdict_on({"all": OLD, "new": OLD}, {"all": all_purchases, "new": new})


def noise(mean: float) -> np.ndarray:
    """(customers,) figures about as far above `OLD` as below it, but for the mean."""
    return OLD + mean + np.tile([0.15, 0.15, -0.15, -0.15], 50)


def test_ahead_in_one_view_and_alike_in_the_other_is_taken():
    found = verdict(OLD + 0.1, OLD)
    assert found.accepted
    change = found.changes["all"]
    assert (change.customers, round(change.in_force, 6), round(change.found, 6)) == (200, 0.3, 0.4)
    assert round(change.low, 6) == round(change.difference, 6) == round(change.high, 6) == 0.1


def test_a_little_ahead_by_chance_is_not_taken():
    found = verdict(noise(0.01), OLD)
    assert found.changes["all"].low < 0 < found.changes["all"].difference
    assert not found.accepted


def test_far_ahead_in_one_view_but_significantly_behind_in_the_other_is_not_taken():
    assert not verdict(OLD + 0.2, OLD - 0.01).accepted


def test_no_change_is_not_taken():
    assert not verdict(OLD, OLD).accepted


def test_a_view_that_judges_nobody_does_not_count():
    found = verdict_on({"all": OLD}, {"all": OLD + 0.1})
    assert found.accepted
    assert list(found.changes) == ["all"]
