from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.artefact import ArtefactError
from models.reranker import Lesson, Reranker, RerankerParameters

FEW_PAIRS = RerankerParameters(rounds=30, learning_rate=0.2, leaves=4, min_in_leaf=5, l2=0)
CUSTOMERS, EACH = 60, 8


def pairs(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Eight candidates a customer: `liked` tells goals from the others, `noise` tells nothing."""
    rng = np.random.default_rng(seed)
    values = rng.random((CUSTOMERS * EACH, 2)).astype(np.float32)
    gains = (values[:, 0] > 0.7).astype(np.float32)
    return values, gains, np.full(CUSTOMERS, EACH)


def fitted() -> Reranker:
    return Reranker(("liked", "noise"), FEW_PAIRS).fit([Lesson(*pairs())])


def test_goals_come_before_the_other_candidates() -> None:
    values, gains, _ = pairs(seed=1)
    score = fitted().score(values).reshape(CUSTOMERS, EACH)
    best = np.take_along_axis(gains.reshape(CUSTOMERS, EACH), score.argmax(axis=1)[:, None], axis=1)
    has_a_goal = gains.reshape(CUSTOMERS, EACH).any(axis=1)
    assert best[has_a_goal].mean() > 0.95


def test_a_feature_may_have_no_value() -> None:
    values, _, _ = pairs()
    values[::3, 0] = np.nan
    assert np.isfinite(fitted().score(values)).all()


def test_the_same_pairs_and_seed_give_the_same_scores() -> None:
    values, _, _ = pairs()
    np.testing.assert_array_equal(fitted().score(values), fitted().score(values))


def test_saved_and_loaded_it_scores_the_same(tmp_path: Path) -> None:
    model = fitted()
    model.save(tmp_path / "trees")
    loaded = Reranker.load(tmp_path / "trees")
    values, _, _ = pairs()
    assert (loaded.features, loaded.parameters) == (model.features, model.parameters)
    np.testing.assert_array_equal(loaded.score(values), model.score(values))


def test_no_pairs_have_no_scores() -> None:
    assert fitted().score(np.zeros((0, 2), dtype=np.float32)).shape == (0,)


def test_damaged_trees_are_refused(tmp_path: Path) -> None:
    fitted().save(tmp_path)
    archive = tmp_path / "arrays.npz"
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 0xFF
    archive.write_bytes(content)
    with pytest.raises(ArtefactError, match="SHA-256"):
        Reranker.load(tmp_path)
