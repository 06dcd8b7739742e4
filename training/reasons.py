"""The reason that goes with a product on a list: what contributed most to its place there.

habit, personal        bought_often; due_again where knowing when it was bought makes more than half of it
likeness, als, related bought_with the customer's product that speaks most for it, where both stand in the
                       same orders more often than chance; else similar_to that product
trend                  trending
newness                new
popularity, popular    popular, and whatever nothing above explains
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.sparse import csr_matrix

from models.blend import Ranking
from service.store.codec import REASONS

NONE = -1

_REASON_OF = {
    "habit": "bought_often",
    "personal": "bought_often",
    "likeness": "similar_to",
    "als": "similar_to",
    "related": "similar_to",
    "popularity": "popular",
    "popular": "popular",
    "trend": "trending",
    "newness": "new",
}
"""Cause → reason code. `cadence` is a part of `habit`, and told apart below."""


def reasons_of(
    ranking: Ranking, because_of: np.ndarray, together: csr_matrix
) -> tuple[np.ndarray, np.ndarray]:
    """Why each product is listed.

    Args:
        ranking: with contributions, (users, k).
        because_of: (users, k) int32, the customer's own product that speaks most for each by likeness, or -1.
        together: items × items CSR, above 0 where two products stand in the same orders.

    Returns:
        reasons: (users, k) uint8, position in `service.store.codec.REASONS`.
        reason_products: (users, k) int32, the product that the reason names, or -1.
    """
    causes = [cause for cause in ranking.contributions if cause in _REASON_OF]
    codes = np.array([REASONS.index(_REASON_OF[cause]) for cause in causes], dtype=np.uint8)
    contributions = np.stack([ranking.contributions[cause] for cause in causes])
    by_likeness = np.isin(codes, REASONS.index("similar_to"))
    # Likeness to nothing in particular can not be told: the next cause is.
    contributions[by_likeness] = np.where(because_of == NONE, -np.inf, contributions[by_likeness])
    strongest = contributions.argmax(axis=0)
    reasons = codes[strongest]
    reasons[contributions.max(axis=0) <= 0] = REASONS.index("popular")
    reasons[(reasons == REASONS.index("bought_often")) & _is_due(ranking.contributions)] = REASONS.index(
        "due_again"
    )
    alike = reasons == REASONS.index("similar_to")
    if alike.any():
        stand_together = np.zeros(reasons.shape, dtype=bool)
        stand_together[alike] = np.asarray(together[because_of[alike], ranking.items[alike]]).ravel() > 0
        reasons[stand_together] = REASONS.index("bought_with")
    return reasons, np.where(alike, because_of, NONE).astype(np.int32)


def _is_due(contributions: Mapping[str, np.ndarray]) -> np.ndarray | bool:
    if "cadence" not in contributions:
        return False
    return contributions["cadence"] > contributions["habit"] / 2
