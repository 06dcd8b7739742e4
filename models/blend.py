"""A weighted sum of models, each put on one scale user by user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from scipy.sparse import csr_matrix

from models.als import ALS
from models.artefact import ArtefactError, read_artefact, write_artefact
from models.base import Recommender, top_k
from models.item_knn import BM25KNN, CosineKNN, TfidfKNN
from models.most_bought import MostBought
from models.personal import PersonalFrequency
from models.popularity import Popularity

_KINDS: dict[str, type[Recommender]] = {
    kind.name: kind for kind in (ALS, BM25KNN, CosineKNN, MostBought, PersonalFrequency, Popularity, TfidfKNN)
}


@dataclass(frozen=True, eq=False)
class Ranking:
    """The best items of some users, and what speaks for them.

    Attributes:
        items: (users, k) int32, best first, padded with -1.
        scores: (users, k) float32, padded with 0.
        contributions: name → (users, k) float32: each component's part of the score, or what it would lose
            without each cause.
    """

    items: np.ndarray
    scores: np.ndarray
    contributions: dict[str, np.ndarray]


def rank_parts(parts: Mapping[str, np.ndarray], k: int, listed: np.ndarray) -> Ranking:
    """The k best items by the sum of some parts, and what each part gave to them.

    Args:
        parts: name → (users, items) float32, as of `Blend.parts`.
        k: items a user at most.
        listed: (users, items) bool, which items may be listed.
    """
    items, scores = top_k(np.where(listed, summed(parts.values()), np.float32(0)), k)
    return Ranking(items, scores, {name: _take(part, items) for name, part in parts.items()})


class Blend(Recommender):
    """Item factor × sum over components of weight × score.

    A component's scores are first divided by the user's best one, so that weights mean the same for
    every user and shop. The scores of `PersonalFrequency` stay as they are: how often somebody bought
    an item is comparable between users, and says how far to trust the habit over everything else.

    Args:
        components: name → model. They may be fitted already, each on a matrix of its own.
        weights: name → weight above 0; the same names.
        item_factors: (items,) float32 above 0, by which all scores of an item are multiplied: demand
            that rises or falls. Default: 1.
    """

    name: ClassVar[str] = "blend"

    def __init__(
        self,
        components: Mapping[str, Recommender],
        weights: Mapping[str, float],
        item_factors: np.ndarray | None = None,
    ) -> None:
        if set(components) != set(weights):
            raise ValueError(f"weights for {sorted(weights)}, but components {sorted(components)}")
        self.components = dict(components)
        self.weights = {name: float(weights[name]) for name in self.components}
        self.item_factors = item_factors

    def fit(self, user_items: csr_matrix) -> Self:
        """Fit every component on the same `user_items` (users × items CSR, float32, above 0)."""
        for component in self.components.values():
            component.fit(user_items)
        return self

    def score(self, users: np.ndarray) -> np.ndarray:
        """The blended scores: (len(users), n_items) float32."""
        return self._bent(summed(self._weighted(name, c.score(users)) for name, c in self.components.items()))

    def parts(self, scores: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What each component adds to the score, already weighted.

        Args:
            scores: of each component at least, (users, items) float32; they stay as they are.

        Returns:
            name → (users, items) float32; they sum to `score` of the same users.
        """
        return {name: self._bent(self._weighted(name, scores[name])) for name in self.components}

    def factors_of(self, items: np.ndarray) -> np.ndarray:
        """(n,) float32 factor of each of some items."""
        return (
            np.ones(len(items), dtype=np.float32) if self.item_factors is None else self.item_factors[items]
        )

    def save(self, folder: Path) -> None:
        """Write weights and item factors here, and each component into a folder of its name."""
        kinds = {name: component.name for name, component in self.components.items()}
        arrays = {} if self.item_factors is None else {"item_factors": self.item_factors}
        write_artefact(folder, self.name, arrays, {"weights": self.weights, "kinds": kinds})
        for name, component in self.components.items():
            component.save(folder / name)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises ArtefactError."""
        arrays, parameters = read_artefact(folder, cls.name)
        kinds = parameters["kinds"]
        if not set(kinds.values()) <= set(_KINDS):
            raise ArtefactError(f"{folder}: blends kinds of models that are unknown here: {kinds}")
        components = {name: _KINDS[kind].load(folder / name) for name, kind in kinds.items()}
        return cls(components, parameters["weights"], arrays.get("item_factors"))

    def _weighted(self, name: str, scores: np.ndarray) -> np.ndarray:
        scores = np.maximum(scores, 0)
        if isinstance(self.components[name], PersonalFrequency):
            scores *= np.float32(self.weights[name])
        else:
            best = scores.max(axis=1, keepdims=True)
            scores *= np.float32(self.weights[name]) / np.where(best > 0, best, 1)
        return scores

    def _bent(self, scores: np.ndarray) -> np.ndarray:
        if self.item_factors is not None:
            scores *= self.item_factors
        return scores


def summed(parts: Iterable[np.ndarray]) -> np.ndarray:
    """The sum of at least one part; they stay as they are."""
    first, *others = parts
    total = first.copy()
    for part in others:
        total += part
    return total


def _take(scores: np.ndarray, items: np.ndarray) -> np.ndarray:
    return np.where(items >= 0, np.take_along_axis(scores, np.maximum(items, 0), axis=1), 0)
