from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models.als import ALS
from models.artefact import ArtefactError
from models.base import top_k
from models.blend import Blend, rank_parts
from models.item_knn import CosineKNN
from models.personal import PersonalFrequency
from models.popularity import Popularity
from tests.contracts.recommender import EVERYBODY, CollaborativeContract, checkerboard


def small_blend() -> Blend:
    components = {
        "personal": PersonalFrequency(),
        "popular": Popularity(),
        "related": CosineKNN(neighbours=4, with_itself=False),
    }
    return Blend(components, {"personal": 1.0, "popular": 0.1, "related": 0.5})


class TestBlend(CollaborativeContract):
    best_for_newcomer: ClassVar[list[int]] = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]

    def make(self) -> Blend:
        return small_blend()


def test_weighted_sum_of_scores_each_divided_by_the_users_best() -> None:
    # column sums 4, 1, 2: popularity of 1, 1/4, 1/2; own counts stay as they are
    matrix = csr_matrix(np.array([[3, 0, 2], [1, 1, 0]], dtype=np.float32))
    blend = Blend({"own": PersonalFrequency(), "all": Popularity()}, {"own": 2, "all": 0.4}).fit(matrix)
    np.testing.assert_allclose(blend.score(np.array([0, 1])), [[6.4, 0.1, 4.2], [2.4, 2.1, 0.2]], rtol=1e-6)


def test_item_factors_multiply_the_whole_score() -> None:
    blend = small_blend().fit(checkerboard())
    factors = np.linspace(0.5, 1.5, 10).astype(np.float32)
    bent = Blend(blend.components, blend.weights, factors)
    np.testing.assert_allclose(bent.score(EVERYBODY), blend.score(EVERYBODY) * factors, rtol=1e-6)


def test_negative_scores_of_a_component_count_as_no_evidence() -> None:
    apart = csr_matrix(np.eye(6, dtype=np.float32))
    users = np.arange(6)
    blend = Blend({"als": ALS(factors=2)}, {"als": 1}).fit(apart)
    assert blend.components["als"].score(users).min() < 0
    assert blend.score(users).min() == 0


def parts_of(blend: Blend) -> dict[str, np.ndarray]:
    return blend.parts({name: component.score(EVERYBODY) for name, component in blend.components.items()})


def test_parts_sum_to_the_score() -> None:
    blend = small_blend().fit(checkerboard())
    parts = parts_of(blend)
    assert list(parts) == ["personal", "popular", "related"]
    np.testing.assert_allclose(sum(parts.values()), blend.score(EVERYBODY), rtol=1e-6)


def test_the_best_by_the_sum_of_parts_among_what_may_be_listed() -> None:
    blend = small_blend().fit(checkerboard())
    listed = checkerboard().toarray() == 0
    ranking = rank_parts(parts_of(blend), 3, listed)
    items, scores = top_k(blend.score(EVERYBODY), 3, exclude=checkerboard())
    np.testing.assert_array_equal(ranking.items, items)
    np.testing.assert_allclose(ranking.scores, scores, rtol=1e-6)
    np.testing.assert_allclose(sum(ranking.contributions.values()), scores, rtol=1e-5)


def test_weights_and_item_factors_survive_saving(tmp_path: Path) -> None:
    blend = small_blend().fit(checkerboard())
    blend.item_factors = np.linspace(0.5, 1.5, 10).astype(np.float32)
    blend.save(tmp_path)
    loaded = Blend.load(tmp_path)
    assert loaded.weights == blend.weights
    np.testing.assert_array_equal(loaded.score(EVERYBODY), blend.score(EVERYBODY))


def test_an_artefact_that_blends_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    blend = small_blend().fit(checkerboard())
    blend.save(tmp_path)
    metadata = tmp_path / "metadata.json"
    metadata.write_text(metadata.read_text().replace('"popular": "popular"', '"popular": "oracle"'))
    with pytest.raises(ArtefactError, match="oracle"):
        Blend.load(tmp_path)


def test_weights_must_name_the_components() -> None:
    with pytest.raises(ValueError, match="components"):
        Blend({"popular": Popularity()}, {"als": 1.0})
