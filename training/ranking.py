"""From fitted models to lists: who gets which products, and the reason that goes with each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy.sparse import csr_matrix

from models.base import top_k
from service.store.codec import REASONS
from training.batches import map_batches
from training.diversity import RERANKED, Diversifier
from training.fitting import FittedModels
from training.item_similarity import ItemSimilarity
from training.lists import CUSTOMER_LISTS, NONE, CustomerBlock, Lists
from training.reasons import reasons_of
from training.similar_by_content import filled_up
from training.views import VIEW_OF_LIST, best_listed

BLOCK_CUSTOMERS = 5_000
"""Customers whose lists are built, written and published at a time."""

BOUGHT_OFTEN, POPULAR = (REASONS.index(reason) for reason in ("bought_often", "popular"))


class CustomerRanking:
    """Ranks the products for batches of customers.

    Args:
        fitted: models fitted on all orders.
        model: `blend` or `most_bought`: what `for_you` and `discover` are ranked by.
        length: products a list at most.
        available: (items,) bool; what cannot be bought now is on no list.
        diversifier: puts `for_you` and `discover` in another order; None: they stay as ranked.
    """

    def __init__(
        self,
        fitted: FittedModels,
        model: str,
        length: int,
        available: np.ndarray,
        diversifier: Diversifier | None = None,
    ) -> None:
        self._fitted = fitted
        self._model = model
        self._length = length
        self._unavailable = np.flatnonzero(~available)
        self._diversifier = diversifier

    @property
    def model_names(self) -> tuple[str, ...]:
        """What `rank` tells the part of in each score."""
        return self._fitted.blend.causes if self._model == "blend" else ("most_bought",)

    def blocks(
        self,
        customer_ids: np.ndarray,
        explained: np.ndarray,
        progress: Callable[[int, int], None] | None = None,
    ) -> Iterator[CustomerBlock]:
        """The lists of all customers, block by block.

        Args:
            customer_ids: (users,) ids, by user number.
            explained: (users,) bool, whose scores by model the store keeps.
            progress: told (customers done, customers).
        """
        for start in range(0, len(customer_ids), BLOCK_CUSTOMERS):
            users = np.arange(start, min(start + BLOCK_CUSTOMERS, len(customer_ids)))
            parts = []
            batches = list(self._fitted.blend.stage.batches(len(users)))
            ranked = map_batches(self._rank_of(users), batches)
            for batch, part in zip(batches, ranked, strict=True):
                parts.append(part)
                if progress:
                    progress(start + batch.stop, len(customer_ids))
            bought = self._fitted.user_items[users]
            yield CustomerBlock(
                ids=customer_ids[users].tolist(),
                lists={name: Lists.stacked([lists[name] for lists, _ in parts]) for name in CUSTOMER_LISTS},
                bought=bought.indices.astype(np.int32),
                bought_counts=np.diff(bought.indptr).astype(np.int32),
                models=self.model_names,
                model_scores=np.concatenate([scores for _, scores in parts], axis=1),
                explained=explained[users],
            )

    def _rank_of(self, users: np.ndarray) -> Callable[[slice], tuple[dict[str, Lists], np.ndarray]]:
        return lambda batch: self.rank(users[batch])

    def rank(self, users: np.ndarray) -> tuple[dict[str, Lists], np.ndarray]:
        """The lists of some customers by name, and (models, users, k) float16 parts of `for_you`'s scores."""
        rank = self._by_blend if self._model == "blend" else self._by_most_bought
        lists, parts = rank(users)
        if self._diversifier is None:
            return lists, parts
        order = {
            name: self._diversifier.order(users, lists[name].products, lists[name].scores)
            for name in RERANKED
        }
        parts = np.take_along_axis(parts, order["for_you"][None], axis=2)
        return lists | {name: lists[name].reordered(order[name]) for name in RERANKED}, parts

    def _by_blend(self, users: np.ndarray) -> tuple[dict[str, Lists], np.ndarray]:
        blend = self._fitted.blend
        rankings = blend.rank(users, self._length, self._unavailable, explain=True)
        lists = {}
        for name, view in VIEW_OF_LIST.items():
            ranking = rankings[view]
            because_of = blend.stage.explaining_items(users, ranking.items)
            reasons = reasons_of(ranking, because_of, self._fitted.together.matrix)
            lists[name] = Lists(ranking.items, ranking.scores, *reasons)
        parts = np.stack([rankings["all"].contributions[cause] for cause in blend.causes])
        return lists, parts.astype(np.float16)

    def _by_most_bought(self, users: np.ndarray) -> tuple[dict[str, Lists], np.ndarray]:
        scores = self._fitted.models["most_bought"].score(users)
        scores[:, self._unavailable] = 0
        bought = self._fitted.user_items[users]
        lists = {}
        for name, view in VIEW_OF_LIST.items():
            items, listed_scores = best_listed(scores, view, self._length, bought)
            # A score of 1 and more holds at least one order of the customer's own.
            reasons = np.where(listed_scores >= 1, BOUGHT_OFTEN, POPULAR).astype(np.uint8)
            lists[name] = Lists(items, listed_scores, reasons, np.full(items.shape, NONE, dtype=np.int32))
        return lists, lists["for_you"].scores[None].astype(np.float16)


def product_lists(
    fitted: FittedModels, length: int, available: np.ndarray, item_tokens: csr_matrix | None = None
) -> dict[str, Lists]:
    """`similar_items` and `bought_together` of products: row = product index.

    Args:
        fitted: models fitted on all orders.
        length: products a list at most.
        available: (products,) bool; the sold ones come first, others may follow.
        item_tokens: what the catalogue tells of them (`ItemAttributes.tokens`); with it `similar_items` is
            filled up with what is described alike, and the products that were never sold have a list too.
    """
    similar = fitted.similar.matrix
    # A later catalogue numbers the products that were never sold anew: no list may name them.
    n_sold = similar.shape[0]
    listable = available & (np.arange(len(available)) < n_sold)
    if item_tokens is not None:
        similar = filled_up(similar, item_tokens)
    found = {}
    for name, similarity, reason in (
        ("similar_items", similar, "similar_to"),
        ("bought_together", fitted.together.matrix, "bought_with"),
    ):
        items, scores = ItemSimilarity(_only(similarity, listable)).top(length)
        itself = np.arange(len(items), dtype=np.int32)
        because_of = np.where(itself < n_sold, itself, NONE)[:, None]
        found[name] = Lists.of_one_reason(items, scores, reason, because_of)
    return found


def global_list(scores: np.ndarray, length: int, available: np.ndarray, reason: str) -> Lists:
    """The best products for everybody, as one row.

    Args:
        scores: (items,) float32; what is not above 0 is not listed.
        available: (items,) bool.
    """
    items, values = top_k(np.where(available, scores, 0)[None, :], length)
    return Lists.of_one_reason(items, values, reason)


def _only(similarity: csr_matrix, available: np.ndarray) -> csr_matrix:
    kept = similarity.copy()
    kept.data = kept.data * available[kept.indices]
    kept.eliminate_zeros()
    return kept
