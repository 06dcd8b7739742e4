"""Re-rank candidates greedily, position by position, for many customers at a time.

Each position takes the candidate of the greatest value among those that its constraints leave:

    value       (1 - calibration) × (mmr × relevance - (1 - mmr) × likeness to what stands before)
                - calibration × KL divergence of the list's categories from the customer's
    constraints the category cap first, then the floor of the long tail

A constraint that no candidate left can meet is let go for that position; so a list loses nothing and
holds nothing twice, it is a permutation of its candidates. Ties go to the candidate ranked higher before.

Maximal marginal relevance: Carbonell and Goldstein (1998), "The use of MMR, diversity-based reranking".
Calibration: Steck (2018), "Calibrated recommendations", with his greedy rule and smoothing of 0.01.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from training.diversity.config import DiversityConfig

SMOOTHING = 0.01
"""Of the list's categories by the customer's own, which keeps the divergence finite (Steck's alpha)."""

BATCH_CUSTOMERS = 256
"""Re-ranked at a time: their candidates' likenesses, 100 × 100 each, take 10 MB."""


@dataclass(frozen=True, eq=False)
class RankedLists:
    """What may be listed for some customers, and what the controls look at.

    Attributes:
        items: (users, k) product index, best first, padded with -1.
        scores: (users, k) float32, falling.
        category: (users, k) category code of each, -1 where unknown.
        is_tail: (users, k) bool, products of the long tail.
        taste: (users, categories) share of each category in what the customer bought; rows of 0 where
            nothing is known.
    """

    items: np.ndarray
    scores: np.ndarray
    category: np.ndarray
    is_tail: np.ndarray
    taste: np.ndarray


def reranked(candidates: RankedLists, config: DiversityConfig, vectors: csr_matrix) -> np.ndarray:
    """The new order: (users, k) int64 positions in the candidates, padding last.

    Args:
        candidates: of any number of customers.
        config: which controls, and how strong.
        vectors: products × features CSR, rows of length 1 or empty, whose product is likeness.
    """
    parts = [
        _reranked_batch(_rows(candidates, slice(start, start + BATCH_CUSTOMERS)), config, vectors)
        for start in range(0, len(candidates.items), BATCH_CUSTOMERS)
    ]
    return np.concatenate(parts) if parts else np.zeros(candidates.items.shape, dtype=np.int64)


def likeness(vectors: csr_matrix, items: np.ndarray) -> np.ndarray:
    """How alike the products of each list are: (users, k, k) float32, 0 with padding.

    Args:
        vectors: products × features CSR, rows of length 1 or empty.
        items: (users, k) product index, -1 for "no product".
    """
    n_users, k = items.shape
    rows = vectors[np.maximum(items, 0).ravel()]
    user = np.repeat(np.arange(n_users * k) // max(k, 1), np.diff(rows.indptr))
    # Each customer's features get columns of their own: one product is then all customers' at once.
    own = user * np.int64(vectors.shape[1]) + rows.indices
    columns, indices = np.unique(own, return_inverse=True)
    apart = csr_matrix((rows.data, indices, rows.indptr), shape=(n_users * k, len(columns)))
    product = (apart @ apart.T).tocoo()
    alike = np.zeros((n_users, k, k), dtype=np.float32)
    alike[product.row // k, product.row % k, product.col % k] = product.data
    is_item = items >= 0
    return alike * is_item[:, :, None] * is_item[:, None, :]


def _rows(candidates: RankedLists, rows: slice) -> RankedLists:
    return RankedLists(
        candidates.items[rows],
        candidates.scores[rows],
        candidates.category[rows],
        candidates.is_tail[rows],
        candidates.taste[rows],
    )


def _reranked_batch(candidates: RankedLists, config: DiversityConfig, vectors: csr_matrix) -> np.ndarray:
    value = _Value(candidates, config, vectors)
    cap = _CategoryCap(candidates, config) if config.max_per_category else None
    floor = _TailFloor(candidates, config) if config.tail_exposure else None
    every = np.arange(len(candidates.items))
    left = candidates.items >= 0
    order = np.zeros(candidates.items.shape, dtype=np.int64)
    # Padding is worth less than any product, and more than what may not be taken.
    padding = np.where(left, -np.inf, -1e30)
    for position in range(left.shape[1]):
        allowed = left
        if cap:
            allowed = _narrowed(allowed, cap.within(position))
        if floor:
            allowed = _narrowed(allowed, floor.wanted(position))
        chosen = np.where(allowed, value.now(), padding).argmax(axis=1)
        order[:, position] = chosen
        left[every, chosen] = False
        padding[every, chosen] = -np.inf
        for state in (value, cap, floor):
            if state:
                state.take(chosen)
    return order


def _narrowed(allowed: np.ndarray, further: np.ndarray) -> np.ndarray:
    """(users, k) bool: allowed by both; where that leaves a customer nothing, as before."""
    both = allowed & further
    return np.where(both.any(axis=1, keepdims=True), both, allowed)


class _Value:
    """What a candidate is worth at the next position, given those already taken."""

    def __init__(self, candidates: RankedLists, config: DiversityConfig, vectors: csr_matrix) -> None:
        self._every = np.arange(len(candidates.items))
        self._relevance = (1 - config.calibration) * config.mmr * _relevance(candidates)
        self._repeated_weight = (1 - config.calibration) * (1 - config.mmr)
        self._alike = likeness(vectors, candidates.items) if self._repeated_weight else None
        self._repeated = np.zeros_like(self._relevance)
        self._calibration = _Calibration(candidates) if config.calibration else None
        self._calibration_weight = config.calibration

    def now(self) -> np.ndarray:
        """(users, k) float."""
        value = self._relevance - self._repeated_weight * self._repeated
        if self._calibration:
            value = value - self._calibration_weight * self._calibration.divergence()
        return value

    def take(self, chosen: np.ndarray) -> None:
        if self._alike is not None:
            np.maximum(self._repeated, self._alike[self._every, chosen], out=self._repeated)
        if self._calibration:
            self._calibration.take(chosen)


def _relevance(candidates: RankedLists) -> np.ndarray:
    """Scores between 0 for a customer's last candidate and 1 for the first, whatever the model's scale."""
    is_item = candidates.items >= 0
    best = np.where(is_item, candidates.scores, -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
    last = np.where(is_item, candidates.scores, np.inf).min(axis=1, keepdims=True, initial=np.inf)
    spread = best > last
    return np.where(
        is_item & spread,
        (candidates.scores - np.where(spread, last, 0)) / np.where(spread, best - last, 1),
        0,
    )


class _Calibration:
    """How far the categories of a list are from the customer's, were one candidate more on it."""

    def __init__(self, candidates: RankedLists) -> None:
        self._every = np.arange(len(candidates.items))
        self._category = candidates.category
        self._taste = candidates.taste
        self._counts = np.zeros_like(candidates.taste)
        self._taken = 0

    def divergence(self) -> np.ndarray:
        """(users, k) KL divergence, less what is the same for all candidates of a customer."""
        if not self._taste.shape[1]:
            return np.zeros(self._category.shape)
        gain = self._taste * (self._log_share(self._counts + 1) - self._log_share(self._counts))
        known = np.take_along_axis(gain, np.maximum(self._category, 0), axis=1)
        return -np.where(self._category >= 0, known, 0)

    def _log_share(self, counts: np.ndarray) -> np.ndarray:
        share = (1 - SMOOTHING) * counts / (self._taken + 1) + SMOOTHING * self._taste
        return np.log(np.where(self._taste > 0, share, 1))

    def take(self, chosen: np.ndarray) -> None:
        category = self._category[self._every, chosen]
        known = category >= 0
        self._counts[self._every[known], category[known]] += 1
        self._taken += 1


class _CategoryCap:
    """At most so many products of a category on a page; products without one are not counted."""

    def __init__(self, candidates: RankedLists, config: DiversityConfig) -> None:
        self._every = np.arange(len(candidates.items))
        self._category = candidates.category
        self._cap = config.max_per_category
        self._page_length = config.page_length
        self._on_page = np.zeros((len(candidates.items), int(candidates.category.max(initial=0)) + 1))

    def within(self, position: int) -> np.ndarray:
        """(users, k) bool: candidates that keep the cap at this position."""
        if position % self._page_length == 0:
            self._on_page[:] = 0
        on_page = np.take_along_axis(self._on_page, np.maximum(self._category, 0), axis=1)
        return (self._category < 0) | (on_page < self._cap)

    def take(self, chosen: np.ndarray) -> None:
        category = self._category[self._every, chosen]
        known = category >= 0
        self._on_page[self._every[known], category[known]] += 1


class _TailFloor:
    """At least so many products of the long tail on a page, spread over it.

    As in FA*IR (Zehlike et al. 2017) the floor holds for each beginning of the page, so that the tail does
    not all stand at its end.
    """

    def __init__(self, candidates: RankedLists, config: DiversityConfig) -> None:
        self._every = np.arange(len(candidates.items))
        self._is_tail = candidates.is_tail
        self._page_length = config.page_length
        # Less a hair: 0.3 × 10 is slightly above 3 in floating point.
        self._a_page = int(np.ceil(config.tail_exposure * config.page_length - 1e-9))
        self._on_page = np.zeros(len(candidates.items), dtype=np.int64)

    def wanted(self, position: int) -> np.ndarray:
        """(users, k) bool: tail products where the floor asks for one here, else all."""
        on_page = position % self._page_length
        if on_page == 0:
            self._on_page[:] = 0
        due = (on_page + 1) * self._a_page // self._page_length
        return self._is_tail | (self._on_page >= due)[:, None]

    def take(self, chosen: np.ndarray) -> None:
        self._on_page += self._is_tail[self._every, chosen]
