"""A weighted sum of models, each put on one scale user by user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from scipy.sparse import csr_matrix

from models.artefact import read_artefact, write_artefact
from models.base import Recommender, top_k


@dataclass(frozen=True, eq=False)
class Ranking:
    """The best items of some users, and what each component gave to them.

    Attributes:
        items: (users, k) int32, best first, padded with -1.
        scores: (users, k) float32, padded with 0.
        contributions: component name → (users, k) float32, weighted; they sum to `scores`.
    """

    items: np.ndarray
    scores: np.ndarray
    contributions: dict[str, np.ndarray]


class Blend(Recommender):
    """Sum of weight × component score / the user's best score from that component.

    Args:
        components: name → model. They may be fitted already, each on a matrix of its own.
        weights: name → weight above 0; the same names.
    """

    name: ClassVar[str] = "blend"

    def __init__(self, components: Mapping[str, Recommender], weights: Mapping[str, float]) -> None:
        if set(components) != set(weights):
            raise ValueError(f"weights for {sorted(weights)}, but components {sorted(components)}")
        self.components = dict(components)
        self.weights = {name: float(weights[name]) for name in self.components}

    def fit(self, user_items: csr_matrix) -> Self:
        """Fit every component on the same `user_items` (users × items CSR, float32, above 0)."""
        for component in self.components.values():
            component.fit(user_items)
        return self

    def score(self, users: np.ndarray) -> np.ndarray:
        """The weighted sum: (len(users), n_items) float32."""
        parts = (self._weighted(name, users) for name in self.components)
        total = next(parts)
        for part in parts:
            total += part
        return total

    def contributions(self, users: np.ndarray, items: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """What each component adds to the score, already weighted.

        Args:
            users: row numbers of the fitted matrix.
            items: (len(users), k) item numbers, -1 for "no item"; default: all items.

        Returns:
            name → (len(users), k) float32, 0 where there is no item; without `items`
            (len(users), n_items), whose sum is `score(users)`.
        """
        if items is None:
            return {name: self._weighted(name, users) for name in self.components}
        return {name: _take(self._weighted(name, users), items) for name in self.components}

    def rank(self, users: np.ndarray, k: int, exclude: csr_matrix | None = None) -> Ranking:
        """The k best items and their contributions, scoring each component once.

        Args:
            users: row numbers of the fitted matrix.
            k: items a user at most.
            exclude: (len(users), items) CSR; items stored there are not listed.
        """
        parts = self.contributions(users)
        items, scores = top_k(sum(parts.values(), start=np.float32(0)), k, exclude)
        return Ranking(items, scores, {name: _take(part, items) for name, part in parts.items()})

    def save(self, folder: Path) -> None:
        """Write the weights here and each component into a folder of its name."""
        parameters = {"weights": self.weights}
        write_artefact(folder, self.name, {}, parameters)
        for name, component in self.components.items():
            component.save(folder / name)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises ArtefactError."""
        raise NotImplementedError

    def _weighted(self, name: str, users: np.ndarray) -> np.ndarray:
        scores = np.maximum(self.components[name].score(users), 0)
        best = scores.max(axis=1, keepdims=True)
        return scores * (np.float32(self.weights[name]) / np.where(best > 0, best, 1))


def _take(scores: np.ndarray, items: np.ndarray) -> np.ndarray:
    return np.where(items >= 0, np.take_along_axis(scores, np.maximum(items, 0), axis=1), 0)
