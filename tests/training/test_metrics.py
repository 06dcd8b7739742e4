from __future__ import annotations

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from training.metrics import CUTOFFS, hits, ranking_metrics


def goals(*rows: list[int], n_items: int = 30) -> csr_matrix:
    matrix = np.zeros((len(rows), n_items), dtype=np.float32)
    for user, row in enumerate(rows):
        matrix[user, row] = 1
    return csr_matrix(matrix)


def listed(*items: int) -> np.ndarray:
    return np.array([[*items, *[-1] * (20 - len(items))]])


def test_hits() -> None:
    lists = np.array([[3, 0, -1], [0, 3, 7]])
    assert hits(lists, goals([0, 5], [3, 29])).tolist() == [[False, True, False], [False, True, False]]


def test_no_item_is_never_a_hit() -> None:
    assert not hits(np.full((2, 3), -1), goals([0], [29])).any()


def test_computed_by_hand() -> None:
    # Goals 1, 2, 3; listed at 2 (item 1) and 5 (item 2), item 3 missing.
    found = ranking_metrics(listed(9, 1, 8, 7, 2), goals([1, 2, 3]))
    ideal = 1 + 1 / np.log2(3) + 1 / 2
    expected = {
        "ndcg@5": (1 / np.log2(3) + 1 / np.log2(6)) / ideal,
        "recall@5": 2 / 3,
        "hit_rate@5": 1,
        "map@5": (1 / 2 + 2 / 5) / 3,
        "mrr@5": 1 / 2,
    }
    for name, value in expected.items():
        assert found[name].tolist() == [pytest.approx(value)], name


def test_a_hit_counts_from_its_cutoff_on() -> None:
    found = ranking_metrics(listed(9, 8, 7, 6, 5, 1), goals([1]))
    assert found["ndcg@5"].tolist() == [0]
    assert found["ndcg@10"].tolist() == [pytest.approx(1 / np.log2(7))]
    assert found["mrr@20"].tolist() == [pytest.approx(1 / 6)]
    assert (found["hit_rate@5"].tolist(), found["hit_rate@10"].tolist()) == ([0], [1])


def test_the_ideal_list_is_1_also_with_more_goals_than_places() -> None:
    found = ranking_metrics(np.arange(20)[None, :], goals(list(range(25))))
    for k in CUTOFFS:
        assert found[f"ndcg@{k}"].tolist() == [pytest.approx(1)]
        assert found[f"map@{k}"].tolist() == [pytest.approx(1)]
        assert found[f"recall@{k}"].tolist() == [pytest.approx(k / 25)]


def test_lists_shorter_than_the_cutoff_miss_the_rest() -> None:
    found = ranking_metrics(np.array([[0, 1]]), goals([0, 1], n_items=2))
    assert found["ndcg@20"].tolist() == [pytest.approx(1)]
    found = ranking_metrics(listed(0), goals([0, 1]))
    assert found["recall@20"].tolist() == [0.5]


def test_one_value_a_customer() -> None:
    lists = np.vstack([listed(1), listed(2)])
    found = ranking_metrics(lists, goals([1], [1]))
    assert found["ndcg@10"].tolist() == [1, 0]
    assert found.keys() == {
        f"{name}@{k}" for name in ("ndcg", "recall", "hit_rate", "map", "mrr") for k in (5, 10, 20)
    }


def test_nobody() -> None:
    found = ranking_metrics(np.zeros((0, 20), dtype=int), goals())
    assert found["ndcg@10"].shape == (0,)


@given(
    listed_items=st.permutations(range(30)).flatmap(
        lambda items: st.integers(0, 20).map(lambda length: items[:length])
    ),
    wanted=st.sets(st.integers(0, 29), min_size=1),
)
def test_the_figures_are_those_of_trec_eval(listed_items: list[int], wanted: set[int]) -> None:
    """NIST's own program, which knows neither MRR with a cut-off nor MAP over min(k, n) goals."""
    found = ranking_metrics(listed(*listed_items), goals(sorted(wanted)))
    relevant = {"ann": {str(item): 1 for item in wanted}}
    for k in CUTOFFS:
        run = {"ann": {str(item): 100.0 - at for at, item in enumerate(listed_items[:k])}}
        measures = {f"ndcg_cut.{k}", f"recall.{k}", f"success.{k}", f"map_cut.{k}", "recip_rank"}
        # Of nobody who was listed nothing it says nothing.
        theirs = pytrec_eval.RelevanceEvaluator(relevant, measures).evaluate(run) if listed_items else {}
        figures = theirs.get("ann", {})
        reachable = min(k, len(wanted)) / len(wanted)
        expected = {
            "ndcg": figures.get(f"ndcg_cut_{k}", 0),
            "recall": figures.get(f"recall_{k}", 0),
            "hit_rate": figures.get(f"success_{k}", 0),
            "map": figures.get(f"map_cut_{k}", 0) / reachable,
            "mrr": figures.get("recip_rank", 0),
        }
        for name, value in expected.items():
            assert found[f"{name}@{k}"].tolist() == [pytest.approx(value)], (name, k)
