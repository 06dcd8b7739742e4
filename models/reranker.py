"""The second stage: gradient-boosted trees that put a customer's candidates in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple, Self

import lightgbm as lgb
import numpy as np

from models.artefact import ArtefactError, read_artefact, write_artefact

_KIND = "reranker"
_PREDICTED_AT_ONCE = 500_000
"""Pairs that LightGBM is handed at a time: it takes a float64 copy of them."""


@dataclass(frozen=True)
class RerankerParameters:
    """Of the trees.

    Attributes:
        rounds: trees.
        learning_rate: what each tree adds.
        leaves: of a tree at most.
        min_in_leaf: pairs in a leaf at least.
        l2: regularisation of the leaves' values.
        seed: the same seed and pairs give the same trees.
    """

    rounds: int
    learning_rate: float
    leaves: int
    min_in_leaf: int
    l2: float
    seed: int = 0


class Lesson(NamedTuple):
    """Candidates of some customers, and which of them were right.

    Attributes:
        pairs: (n, features) float32; NaN where a feature has no value.
        gains: (n,) float32, 1 for a goal, else 0.
        groups: sizes of the customers' groups, in the order of the pairs; they sum to n.
    """

    pairs: np.ndarray
    gains: np.ndarray
    groups: np.ndarray


class Reranker:
    """LambdaMART over (customer, product) pairs, grouped by customer.

    Burges, "From RankNet to LambdaRank to LambdaMART" (2010), through LightGBM. It learns which of a
    customer's candidates come before which others, by what that does to NDCG.

    Args:
        features: names of the columns.
        parameters: of the trees.
    """

    def __init__(self, features: Sequence[str], parameters: RerankerParameters) -> None:
        self.features = tuple(features)
        self.parameters = parameters

    def fit(self, lessons: Iterable[Lesson]) -> Self:
        """Learn the order of each group's pairs.

        Lessons that are made as they are asked for are in memory only until LightGBM has put them into bins.
        """
        self.booster = lgb.train(self._settings(), self._binned(lessons), self.parameters.rounds)
        return self

    def score(self, pairs: np.ndarray) -> np.ndarray:
        """(n,) float32 for `pairs` as in `fit`; scores compare within one customer only."""
        scores = np.zeros(len(pairs), dtype=np.float32)
        for start in range(0, len(pairs), _PREDICTED_AT_ONCE):
            part = pairs[start : start + _PREDICTED_AT_ONCE]
            scores[start : start + len(part)] = np.asarray(self.booster.predict(part))
        return scores

    def save(self, folder: Path) -> None:
        """Write the trees, in LightGBM's own text, as one artefact."""
        text = np.frombuffer(self.booster.model_to_string().encode(), dtype=np.uint8)
        parameters = {"features": self.features, "parameters": asdict(self.parameters)}
        write_artefact(folder, _KIND, {"trees": text}, parameters)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises ArtefactError."""
        arrays, stored = read_artefact(folder, _KIND)
        model = cls(stored["features"], RerankerParameters(**stored["parameters"]))
        try:
            model.booster = lgb.Booster(model_str=arrays["trees"].tobytes().decode())
        except (KeyError, UnicodeDecodeError, lgb.basic.LightGBMError) as error:
            raise ArtefactError(f"{folder}: holds no trees: {error}") from error
        return model

    def _binned(self, lessons: Iterable[Lesson]) -> lgb.Dataset:
        pairs, gains, groups = zip(*lessons, strict=True)
        return lgb.Dataset(
            list(pairs),
            np.concatenate(gains),
            group=np.concatenate(groups),
            feature_name=list(self.features),
            params=self._settings(),
        ).construct()

    def _settings(self) -> dict[str, object]:
        return {
            "objective": "lambdarank",
            "lambdarank_truncation_level": 30,
            "learning_rate": self.parameters.learning_rate,
            "num_leaves": self.parameters.leaves,
            "min_data_in_leaf": self.parameters.min_in_leaf,
            "lambda_l2": self.parameters.l2,
            "feature_fraction": 0.5,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "seed": self.parameters.seed,
            # Half of the time of the usual 255, and no less accurate here.
            "max_bin": 63,
            # The same trees on every machine, whatever its number of cores.
            "deterministic": True,
            "force_row_wise": True,
            "verbose": -1,
        }
