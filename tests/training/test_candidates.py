from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models.blend import Blend
from models.personal import PersonalFrequency
from models.popularity import Popularity
from training import candidates
from training.candidates import Candidates, CandidateSources

COUNTS = csr_matrix(
    np.array(
        [
            [3, 1, 0, 0, 0],
            [0, 0, 2, 1, 0],
            [0, 0, 1, 2, 0],
        ],
        dtype=np.float32,
    )
)
"""Sales by product: 3, 1, 3, 3, 0; product 4 was never sold."""

NOTHING = np.zeros(0, dtype=np.int64)


def sources() -> CandidateSources:
    personal, popular = PersonalFrequency().fit(COUNTS), Popularity().fit(COUNTS)
    return CandidateSources(
        {"personal": personal, "popular": popular},
        Blend({"personal": personal, "popular": popular}, {"personal": 1, "popular": 0.5}),
        Blend({"popular": popular}, {"popular": 1}),
    )


def found(users: list[int], unavailable: np.ndarray = NOTHING) -> Candidates:
    rows = np.array(users)
    return sources().find(rows, COUNTS[rows], unavailable)


def pairs(candidates: Candidates) -> list[tuple[int, int]]:
    return list(zip(candidates.row.tolist(), candidates.item.tolist(), strict=True))


def test_each_pair_once_customer_by_customer_and_nothing_without_evidence() -> None:
    assert pairs(found([2, 0])) == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (1, 3)]
    assert found([2, 0]).groups.tolist() == [4, 4]


def test_what_is_unavailable_is_nobodys_candidate() -> None:
    assert pairs(found([0], np.array([0, 3]))) == [(0, 1), (0, 2)]


def test_scores_are_those_of_the_models() -> None:
    ann = found([0])
    assert ann.scores["personal"].tolist() == [3, 1, 0, 0]
    assert ann.scores["popular"].tolist() == [3, 1, 3, 3]
    assert ann.scores["blend"].tolist() == pytest.approx([3.5, 1 + 0.5 / 3, 0.5, 0.5])
    assert ann.best["blend"].tolist() == [3.5]
    assert ann.parts["blend"]["popular"].tolist() == pytest.approx([0.5, 0.5 / 3, 0.5, 0.5])


def test_the_best_is_over_all_products_as_in_the_past_that_was_learnt_from() -> None:
    assert found([0], np.array([0])).best["personal"].tolist() == [3]


def test_what_a_score_means_to_the_customer() -> None:
    ann = found([2, 0])
    share, rank = ann.standing("personal", ann.scores["personal"])
    assert share.tolist() == pytest.approx([0, 0, 0.5, 1, 1, 1 / 3, 0, 0])
    np.testing.assert_array_equal(rank, [np.nan, np.nan, 1, 0, 0, 1, np.nan, np.nan])
    _, tied = ann.standing("popular", ann.scores["popular"])
    assert tied.tolist() == [0, 3, 0, 0, 0, 3, 0, 0]


def test_each_source_names_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("BOUGHT", "BLENDED", "DISCOVERED", "OF_EACH_MODEL"):
        monkeypatch.setattr(candidates, limit, 1)
    # bought: 0, blended: 0, discovered and most popular of the new ones: 2, the lower number of a tie
    assert pairs(found([0])) == [(0, 0), (0, 2)]
    longer = sources().find(np.array([0]), COUNTS[[0]], NOTHING, at_least=3)
    assert pairs(longer) == [(0, 0), (0, 1), (0, 2), (0, 3)]


def test_a_customer_without_purchases_has_what_is_popular() -> None:
    nobody = csr_matrix(np.zeros((1, 5), dtype=np.float32))
    counts = csr_matrix(np.vstack([COUNTS.toarray(), np.zeros((1, 5), dtype=np.float32)]))
    personal, popular = PersonalFrequency().fit(counts), Popularity().fit(counts)
    blend = Blend({"personal": personal, "popular": popular}, {"personal": 1, "popular": 0.5})
    of_nobody = CandidateSources(
        {"personal": personal, "popular": popular}, blend, Blend({"popular": popular}, {"popular": 1})
    ).find(np.array([3]), nobody, NOTHING)
    assert of_nobody.item.tolist() == [0, 1, 2, 3]
