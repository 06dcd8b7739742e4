"""From fitted models to lists: who gets which products, and the reason that goes with each.

The reason of a product is that of the component which added most to its score:

    personal    bought_often
    related     similar_to the product of the customer's history that added most
    als         the same where the history has a neighbour of the product, else popular
    popular     popular
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy.sparse import csr_matrix, vstack

from models.base import top_k
from models.blend import Blend
from service.store.codec import REASONS
from training.diversity import Diversifier
from training.fitting import FittedModels, ItemSimilarity
from training.lists import CUSTOMER_LISTS, NONE, CustomerBlock, Lists

BLOCK_CUSTOMERS = 5_000
"""Customers whose lists are built, written and published at a time."""

BATCH_BYTES = 100_000_000
"""Memory that one model's dense scores of a batch may take."""

BOUGHT_OFTEN, SIMILAR_TO, POPULAR = (REASONS.index(r) for r in ("bought_often", "similar_to", "popular"))


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
        """The components whose part in each score `rank` tells."""
        return tuple(self._fitted.blend.components) if self._model == "blend" else ("most_bought",)

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
        batch = max(1, BATCH_BYTES // (4 * self._fitted.user_items.shape[1]))
        for start in range(0, len(customer_ids), BLOCK_CUSTOMERS):
            users = np.arange(start, min(start + BLOCK_CUSTOMERS, len(customer_ids)))
            parts = []
            for at in range(0, len(users), batch):
                parts.append(self.rank(users[at : at + batch]))
                if progress:
                    progress(int(users[min(at + batch, len(users)) - 1]) + 1, len(customer_ids))
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

    def rank(self, users: np.ndarray) -> tuple[dict[str, Lists], np.ndarray]:
        """The lists of some customers by name, and (models, users, k) float16 parts of `for_you`'s scores."""
        unavailable = self._unavailable_to(len(users))
        not_new = self._fitted.user_items[users] + unavailable
        rank = self._rank_blend if self._model == "blend" else self._rank_most_bought
        for_you, parts = self._diversified(users, *rank(self._fitted.blend, users, unavailable))
        discover, _ = self._diversified(users, *rank(self._fitted.discover, users, not_new))
        again = top_k(self._fitted.models["personal"].score(users), self._length, unavailable)
        lists = {
            "for_you": for_you,
            "discover": discover,
            "buy_it_again": Lists.of_one_reason(*again, "bought_often"),
        }
        return lists, parts

    def _diversified(self, users: np.ndarray, lists: Lists, parts: np.ndarray) -> tuple[Lists, np.ndarray]:
        if self._diversifier is None:
            return lists, parts
        order = self._diversifier.order(users, lists.products, lists.scores)
        return lists.reordered(order), np.take_along_axis(parts, order[None], axis=2)

    def _rank_blend(self, blend: Blend, users: np.ndarray, exclude: csr_matrix) -> tuple[Lists, np.ndarray]:
        ranking = blend.rank(users, self._length, exclude)
        names = list(ranking.contributions)
        parts = np.stack([ranking.contributions[name] for name in names])
        strongest = np.array(names)[parts.argmax(axis=0)]
        because_of = blend.explaining_item(users, ranking.items)
        reasons = np.full(ranking.items.shape, POPULAR, dtype=np.uint8)
        reasons[strongest == "personal"] = BOUGHT_OFTEN
        by_likeness = (strongest != "personal") & (strongest != "popular") & (because_of != NONE)
        reasons[by_likeness] = SIMILAR_TO
        lists = Lists(
            ranking.items, ranking.scores, reasons, np.where(by_likeness, because_of, NONE).astype(np.int32)
        )
        return lists, parts.astype(np.float16)

    def _rank_most_bought(self, _: Blend, users: np.ndarray, exclude: csr_matrix) -> tuple[Lists, np.ndarray]:
        items, scores = top_k(self._fitted.models["most_bought"].score(users), self._length, exclude)
        # A score of 1 and more holds at least one order of the customer's own.
        reasons = np.where(scores >= 1, BOUGHT_OFTEN, POPULAR).astype(np.uint8)
        return Lists(items, scores, reasons, np.full(items.shape, NONE, dtype=np.int32)), scores[None].astype(
            np.float16
        )

    def _unavailable_to(self, n_users: int) -> csr_matrix:
        n_items = self._fitted.user_items.shape[1]
        row = csr_matrix(
            (
                np.ones(len(self._unavailable), dtype=np.float32),
                self._unavailable,
                [0, len(self._unavailable)],
            ),
            shape=(1, n_items),
        )
        return vstack([row] * n_users, format="csr")


def product_lists(fitted: FittedModels, length: int, available: np.ndarray) -> dict[str, Lists]:
    """`similar_items` and `bought_together` of every product: row = product index."""
    found = {}
    for name, similarity, reason in (
        ("similar_items", fitted.similar, "similar_to"),
        ("bought_together", fitted.together, "bought_with"),
    ):
        items, scores = ItemSimilarity(_only(similarity.matrix, available)).top(length)
        itself = np.arange(len(items), dtype=np.int32)[:, None]
        found[name] = Lists.of_one_reason(items, scores, reason, itself)
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
