"""Ranking metrics with binary gain, one value a customer.

A list is judged against a customer's goals, the distinct products bought later. A goal counts once;
positions count from 1; a list shorter than k simply misses the rest.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

CUTOFFS = (5, 10, 20)
"""The list lengths k that every metric is given at."""


def hits(lists: np.ndarray, goals: csr_matrix) -> np.ndarray:
    """Which listed items are goals.

    Args:
        lists: (users, k) item numbers, best first, -1 for "no item".
        goals: users × items CSR.

    Returns:
        (users, k) bool.
    """
    n_users, n_items = goals.shape
    row = np.repeat(np.arange(n_users, dtype=np.int64), np.diff(goals.indptr))
    wanted = np.sort(row * n_items + goals.indices)
    offered = np.arange(n_users, dtype=np.int64)[:, None] * n_items + lists
    if not len(wanted):
        return np.zeros(lists.shape, dtype=bool)
    position = np.minimum(np.searchsorted(wanted, offered), len(wanted) - 1)
    return (wanted[position] == offered) & (lists >= 0)


def ranking_metrics(lists: np.ndarray, goals: csr_matrix) -> dict[str, np.ndarray]:
    """All metrics at all `CUTOFFS`, by name (`"ndcg@10"`): (users,) float64 each.

    With n goals, and a hit where position i holds a goal:

    - ndcg@k: sum of 1 / log2(i + 1) over the hits up to k, divided by the same sum for the ideal list,
      whose first min(k, n) positions are hits (Järvelin and Kekäläinen 2002, binary gain).
    - recall@k: hits up to k / n.
    - hit_rate@k: 1 if any hit up to k.
    - map@k: mean over min(k, n) of (hits up to i) / i at each hit i.
    - mrr@k: 1 / position of the first hit up to k, else 0.

    Args:
        lists: (users, k) item numbers, best first, -1 for "no item"; k at least max(CUTOFFS) or
            all items.
        goals: users × items CSR; at least one goal a row.
    """
    hit = np.zeros((lists.shape[0], max(CUTOFFS)))
    width = min(lists.shape[1], max(CUTOFFS))
    hit[:, :width] = hits(lists, goals)[:, :width]
    n_goals = np.diff(goals.indptr)
    position = np.arange(1, max(CUTOFFS) + 1)
    discount = 1 / np.log2(position + 1)
    ideal = np.concatenate([[0.0], np.cumsum(discount)])
    precision_at_hits = hit * np.cumsum(hit, axis=1) / position
    first_hit = np.where(np.cumsum(hit, axis=1) == 1, hit, 0) / position
    metrics = {}
    for k in CUTOFFS:
        reachable = np.minimum(k, n_goals)
        found = hit[:, :k].sum(axis=1)
        metrics[f"ndcg@{k}"] = (hit[:, :k] @ discount[:k]) / ideal[reachable]
        metrics[f"recall@{k}"] = found / n_goals
        metrics[f"hit_rate@{k}"] = (found > 0).astype(np.float64)
        metrics[f"map@{k}"] = precision_at_hits[:, :k].sum(axis=1) / reachable
        metrics[f"mrr@{k}"] = first_hit[:, :k].sum(axis=1)
    return metrics
