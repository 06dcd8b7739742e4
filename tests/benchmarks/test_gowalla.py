from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_matrix

from benchmarks import gowalla
from models.popularity import Popularity
from tests.needs import needs_shared


def pairs(*held: tuple[int, int], shape: tuple[int, int]) -> csr_matrix:
    user, item = zip(*held, strict=True)
    return csr_matrix((np.ones(len(held), dtype=np.float32), (user, item)), shape=shape)


def test_measure_ranks_all_items_but_the_training_ones() -> None:
    # Popularity ranks 0 (three holders), 1 (two), 2 (one), and nobody holds 3.
    train = pairs((0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2), shape=(4, 4))
    # User 0 finds 2 on place 2 and never 3; user 1 finds 2 on place 1; users 2 and 3 want nothing.
    test = pairs((0, 2), (0, 3), (1, 2), shape=(4, 4))
    found = gowalla.measure("popular", Popularity().fit, train, test)
    assert found.recall_20 == pytest.approx((1 / 2 + 1) / 2)
    ideal_of_two = 1 + 1 / np.log2(3)
    assert found.ndcg_20 == pytest.approx((1 / np.log2(3) / ideal_of_two + 1) / 2, abs=1e-4)


def test_both_parts_have_one_shape(tmp_path: Path) -> None:
    pl.DataFrame({"user": [0, 2], "item": [1, 0]}).write_parquet(tmp_path / "train.parquet")
    pl.DataFrame({"user": [1], "item": [4]}).write_parquet(tmp_path / "test.parquet")
    train, test = gowalla.read_split(tmp_path)
    assert train.toarray().tolist() == [[0, 1, 0, 0, 0], [0] * 5, [1, 0, 0, 0, 0]]
    assert test.toarray().tolist() == [[0] * 5, [0, 0, 0, 0, 1], [0] * 5]


@needs_shared
def test_a_missed_goal_ends_with_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    split = (pairs((0, 0), shape=(1, 2)), pairs((0, 1), shape=(1, 2)))
    monkeypatch.setattr(gowalla, "read_split", lambda _: split)
    monkeypatch.setattr(gowalla, "OURS", {"popular": Popularity().fit})
    assert gowalla.main() == 1
    printed = capsys.readouterr()
    assert '"model": "popular"' in printed.out
    assert "LightGCN" in printed.err
    assert "No model reaches" in printed.err
