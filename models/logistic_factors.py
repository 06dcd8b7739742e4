"""BPR and LMF: factor models of a logistic loss, learnt from purchases and sampled non-purchases."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from implicit.cpu.bpr import BayesianPersonalizedRanking
from implicit.cpu.lmf import LogisticMatrixFactorization
from implicit.cpu.matrix_factorization_base import MatrixFactorizationBase
from implicit.recommender_base import ModelFitError
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from models.base import FitError
from models.factors import FactorModel


class LogisticFactors(FactorModel):
    """Scores by softplus of the dot product, which holds biases: above 0, in the order of the probability.

    The probability itself, the sigmoid, would round to 1 for many items at once.
    """

    @abstractmethod
    def _solver(self) -> MatrixFactorizationBase:
        """A solver of `implicit` that was never fitted: a used one would start from its old factors."""

    def fit(self, user_items: csr_matrix) -> Self:
        """Learn from which cells of `user_items` (users × items CSR) are filled; their values do not count.

        Raises:
            FitError: the vectors became NaN, as under a learning rate far too high.
        """
        binary = user_items.copy()
        binary.data = np.ones_like(binary.data, dtype=np.float32)
        solver = self._solver()
        # implicit runs threads of its own, each calling BLAS: BLAS threads on top slow it down tenfold.
        with threadpool_limits(limits=1, user_api="blas"):
            try:
                solver.fit(binary, show_progress=False)
            except ModelFitError as error:
                raise FitError(f"{self.name} came to no result ({error})") from error
        self.user_factors, self.item_factors = solver.user_factors, solver.item_factors
        # implicit leaves the biases' column at 1: a user or an item without purchases would score.
        self.user_factors[np.diff(binary.indptr) == 0] = 0
        self.item_factors[np.bincount(binary.indices, minlength=binary.shape[1]) == 0] = 0
        return self

    def score(self, users: np.ndarray) -> np.ndarray:
        """ln(1 + e^dot): (len(users), n_items) float32, 0 for users and items without purchases."""
        scores = np.logaddexp(np.float32(0), super().score(users))
        scores[~self.user_factors[users].any(axis=1)] = 0
        scores[:, ~self.item_factors.any(axis=1)] = 0
        return scores


class BPR(LogisticFactors):
    """Learns that a user ranks each item bought above a random one that was not.

    Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback" (2009), through `implicit`.

    Args:
        factors: length of the vectors, the bias not counted.
        learning_rate: of each step.
        regularization: of both sides.
        iterations: rounds; each draws as many pairs as there are filled cells.
        seed: of starting vectors and drawn pairs; the same seed and matrix give the same model.
    """

    name: ClassVar[str] = "bpr"

    def __init__(
        self,
        factors: int = 64,
        learning_rate: float = 0.01,
        regularization: float = 0.01,
        iterations: int = 100,
        seed: int = 0,
    ) -> None:
        self.parameters: dict[str, Any] = {
            "factors": factors,
            "learning_rate": learning_rate,
            "regularization": regularization,
            "iterations": iterations,
            "seed": seed,
        }

    def _solver(self) -> BayesianPersonalizedRanking:
        p = self.parameters
        return BayesianPersonalizedRanking(
            factors=p["factors"],
            learning_rate=p["learning_rate"],
            regularization=p["regularization"],
            iterations=p["iterations"],
            random_state=p["seed"],
            num_threads=1,  # its threads write into each other's vectors: no two fits would be the same
        )


class LMF(LogisticFactors):
    """Learns the probability that a user buys an item, against sampled items that the user did not.

    Johnson, "Logistic Matrix Factorization for Implicit Feedback Data" (2014), through `implicit`.

    Args:
        factors: length of the vectors, the biases not counted.
        learning_rate: of AdaGrad.
        regularization: of both sides.
        iterations: rounds over users and items.
        negatives: drawn for each filled cell.
        seed: of starting vectors and draws; the same seed, matrix and number of cores give the same model.
    """

    name: ClassVar[str] = "lmf"

    def __init__(
        self,
        factors: int = 30,
        learning_rate: float = 1.0,
        regularization: float = 0.6,
        iterations: int = 30,
        negatives: int = 30,
        seed: int = 0,
    ) -> None:
        self.parameters: dict[str, Any] = {
            "factors": factors,
            "learning_rate": learning_rate,
            "regularization": regularization,
            "iterations": iterations,
            "negatives": negatives,
            "seed": seed,
        }

    def _solver(self) -> LogisticMatrixFactorization:
        p = self.parameters
        return LogisticMatrixFactorization(
            factors=p["factors"],
            learning_rate=p["learning_rate"],
            regularization=p["regularization"],
            iterations=p["iterations"],
            neg_prop=p["negatives"],
            random_state=p["seed"],
        )
