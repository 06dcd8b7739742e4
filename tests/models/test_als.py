from __future__ import annotations

import warnings

from models.als import ALS
from tests.contracts.recommender import CollaborativeContract, FoldInContract, checkerboard


class TestALS(CollaborativeContract, FoldInContract):
    fold_in_tolerance = 0.05

    def make(self) -> ALS:
        return ALS(factors=2, regularization=0.01, iterations=15)


def test_blas_threads_are_limited_before_implicit_looks() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        ALS(factors=2).fit(checkerboard())


def test_parameters_survive_saving(tmp_path) -> None:
    ALS(factors=3, regularization=0.5, iterations=2, seed=7).fit(checkerboard()).save(tmp_path)
    assert ALS.load(tmp_path).parameters == {
        "factors": 3, "regularization": 0.5, "iterations": 2, "seed": 7,
    }  # fmt: skip
