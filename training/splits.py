"""Split orders by time, as the service will live it: learn from the past, be judged by what came next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from training.interactions import SECONDS_PER_DAY, Interactions
from training.matrix import purchases
from training.views import View


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
        cut, end: of the window, seconds since 1970 UTC.
        users: (judged,) int32 customer indices, rising.
        goals: judged × items CSR, float32 ones: the distinct products bought in [cut, now] that
            anybody, guests included, had bought before the cut. At least one a row.
        bought: judged × items CSR, float32 ones: what the customer bought before the cut.
        spend: judged × items CSR, float32: what the customer paid for each goal in the window; 0 where no
            price is known.
    """

    train: Interactions
    cut: int
    end: int
    users: np.ndarray
    goals: csr_matrix
    bought: csr_matrix
    spend: csr_matrix

    def goals_in(self, view: View) -> csr_matrix:
        """The goals that a view judges by: judged × items CSR, float32 ones; rows may be empty."""
        if view == "all":
            return self.goals
        known = self.goals.multiply(self.bought)
        goals = csr_matrix(known if view == "again" else self.goals - known)
        goals.eliminate_zeros()
        return goals


def default_cut(interactions: Interactions, window_days: float = 31) -> int:
    """`window_days` before now; half of the history where that is shorter. Seconds since 1970 UTC."""
    window = int(window_days * SECONDS_PER_DAY)
    if len(interactions):
        window = min(window, (interactions.now - int(interactions.ordered_at[0])) // 2)
    return interactions.now - window


def rolling_cuts(interactions: Interactions, window_days: float = 31, windows: int = 3) -> list[int]:
    """Cuts of windows that follow one another up to now, oldest first; seconds since 1970 UTC.

    The origin rolls (Tashman 2000): each window is judged by models that know all before it, the
    windows judged earlier included. Here are three::

                   first order          cut 1     cut 2     cut 3     now
        window 1   <------ train -------> | window |
        window 2   <----------- train -----------> | window |
        window 3   <---------------- train ---------------> | window |

    The last one is always there (`default_cut`); an earlier one only where at least as much history as
    a window is long comes before it.
    """
    last = default_cut(interactions, window_days)
    window = interactions.now - last
    if not len(interactions) or not window:
        return [last]
    room = (last - int(interactions.ordered_at[0])) // window
    return [last - back * window for back in reversed(range(max(1, min(windows, room))))]


def rolling_splits(
    interactions: Interactions, window_days: float = 31, windows: int = 3
) -> list[tuple[int, Interactions]]:
    """For each of `rolling_cuts` the cut and the history up to the end of its window."""
    cuts = rolling_cuts(interactions, window_days, windows)
    return [
        (cut, interactions if end is None else interactions.before(end))
        for cut, end in zip(cuts, [*cuts[1:], None], strict=True)
    ]


def temporal_split(
    interactions: Interactions, cut: int | None = None, window_days: float = 31
) -> TemporalSplit:
    """Cut the history at `cut` (default: `default_cut`); the window ends at `interactions.now`.

    A history that is too short gives a split without judged customers, not an error.
    """
    cut = default_cut(interactions, window_days) if cut is None else cut
    train, window = interactions.before(cut), interactions.since(cut)
    bought = purchases(train)
    sold = np.zeros(len(interactions.products), dtype=np.float32)
    sold[train.product] = 1
    goals = csr_matrix(purchases(window).multiply(sold[None, :]), dtype=np.float32)
    goals.eliminate_zeros()
    users = np.flatnonzero((np.diff(bought.indptr) > 0) & (np.diff(goals.indptr) > 0)).astype(np.int32)
    return TemporalSplit(
        train=train,
        cut=cut,
        end=interactions.now,
        users=users,
        goals=goals[users],
        bought=bought[users],
        spend=csr_matrix(_spend(window)[users].multiply(goals[users]), dtype=np.float32),
    )


def _spend(rows: Interactions) -> csr_matrix:
    """What each customer paid for each product: users × items CSR, float32; unknown prices count as 0."""
    known = rows.known()
    paid = np.nan_to_num(known.quantity * known.unit_price)
    shape = (len(known.customers), len(known.products))
    return csr_matrix((paid, (known.customer, known.product)), shape=shape, dtype=np.float32)
