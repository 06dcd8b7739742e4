from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.builders import interactions, line
from training.features.causes import CAUSES, typical_values, without
from training.first_stage import Described, fit_first_stage
from training.model_config import ModelConfig

CONFIG = ModelConfig(als_factors=4, als_iterations=3, neighbours=5)


@pytest.fixture(scope="module")
def described() -> Described:
    """Ann buys tea and cups, Bob tea and jam; cups are new and rising."""
    orders = interactions(
        line("1", "ann", "tea", at="2026-01-01"),
        line("2", "bob", "tea", at="2026-01-10"),
        line("3", "bob", "jam", at="2026-01-20"),
        line("4", "ann", "tea", at="2026-02-01"),
        line("5", "ann", "cup", at="2026-03-01"),
        line("6", None, "cup", at="2026-03-01"),
        line("7", "bob", "tea", at="2026-03-02"),
    )
    return fit_first_stage(orders, CONFIG).describe(np.array([0, 1]))


def changed_by(described: Described, cause: str) -> np.ndarray:
    typical = typical_values(described.names, described.pairs)
    return without(cause, described.names, described.pairs, described.candidates, typical)


def column(described: Described, pairs: np.ndarray, feature: str) -> np.ndarray:
    return pairs[:, described.names.index(feature)]


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_is_there_and_can_be_taken_away(described: Described, cause: str) -> None:
    changed = changed_by(described, cause)
    assert changed.shape == described.pairs.shape
    assert not np.array_equal(changed, described.pairs, equal_nan=True)


def test_without_the_habit_nothing_was_ever_bought(described: Described) -> None:
    changed = changed_by(described, "habit")
    assert np.isnan(column(described, changed, "own_orders")).all()
    assert_array_equal(column(described, changed, "personal_score"), 0)
    never = described.is_new
    assert_array_equal(changed[never], described.pairs[never])


def test_without_the_habit_the_fixed_blend_loses_its_part(described: Described) -> None:
    changed = changed_by(described, "habit")
    candidates = described.candidates
    left = candidates.scores["blend"] - candidates.parts["blend"]["personal"]
    np.testing.assert_allclose(column(described, changed, "blend_score"), left, atol=1e-6)
    assert_array_equal(
        column(described, changed, "discover_score"), column(described, described.pairs, "discover_score")
    )
    tea = candidates.item.tolist().index(2)
    assert (
        column(described, changed, "blend_rank")[tea] >= column(described, described.pairs, "blend_rank")[tea]
    )
    assert (
        column(described, changed, "blend_share")[tea]
        < column(described, described.pairs, "blend_share")[tea]
    )


def test_without_the_cadence_it_is_still_known_how_often(described: Described) -> None:
    changed = changed_by(described, "cadence")
    assert np.isnan(column(described, changed, "own_days_since_last")).all()
    assert_array_equal(
        column(described, changed, "own_orders"), column(described, described.pairs, "own_orders")
    )


def test_what_falls_loses_nothing_without_the_trend(described: Described) -> None:
    before = column(described, described.pairs, "product_trend")
    after = column(described, changed_by(described, "trend"), "product_trend")
    assert_array_equal(after, np.minimum(before, 1))
    assert before.max() > 1


def test_the_pairs_stay_as_they_are(described: Described) -> None:
    before = described.pairs.copy()
    changed_by(described, "habit")
    assert_array_equal(described.pairs, before)
