"""Split orders by time, as the service will live it: learn from the past, be judged by what came next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from training.interactions import SECONDS_PER_DAY, Interactions
from training.matrix import purchases


@dataclass(frozen=True, eq=False)
class TemporalSplit:
    """Orders before the cut to learn from, and what their customers bought from the cut on.

    Time runs to the right; `x` is an order, `o` one that is left out::

                                     cut             now
        customer A   x    x  x        |  x      x     |     judged: bought on both sides
        customer B     x        x     |               |     learnt from, not judged
        customer C                    |     o         |     neither: nothing known before the cut
                     <--- train ----> | <- window --> |

    Attributes:
        train: the orders strictly before `cut`, with `now` moved to the cut.
        cut: seconds since 1970 UTC.
        users: (judged,) int32 customer indices, rising.
        goals: judged × items CSR, float32 ones: the distinct products bought in [cut, now] that
            anybody, guests included, had bought before the cut. At least one a row.
        bought: judged × items CSR, float32 ones: what the customer bought before the cut.
    """

    train: Interactions
    cut: int
    users: np.ndarray
    goals: csr_matrix
    bought: csr_matrix


def default_cut(interactions: Interactions, window_days: float = 31) -> int:
    """`window_days` before now; half of the history where that is shorter. Seconds since 1970 UTC."""
    window = int(window_days * SECONDS_PER_DAY)
    if len(interactions):
        window = min(window, (interactions.now - int(interactions.ordered_at[0])) // 2)
    return interactions.now - window


def temporal_split(
    interactions: Interactions, cut: int | None = None, window_days: float = 31
) -> TemporalSplit:
    """Cut the history at `cut` (default: `default_cut`); the window ends at `interactions.now`.

    A history that is too short gives a split without judged customers, not an error.
    """
    cut = default_cut(interactions, window_days) if cut is None else cut
    train = interactions.before(cut)
    bought = purchases(train)
    later = purchases(interactions.since(cut))
    sold = np.zeros(len(interactions.products), dtype=np.float32)
    sold[train.product] = 1
    goals = csr_matrix(later.multiply(sold[None, :]), dtype=np.float32)
    goals.eliminate_zeros()
    users = np.flatnonzero((np.diff(bought.indptr) > 0) & (np.diff(goals.indptr) > 0)).astype(np.int32)
    return TemporalSplit(train=train, cut=cut, users=users, goals=goals[users], bought=bought[users])
