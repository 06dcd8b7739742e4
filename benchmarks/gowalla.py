"""How far the collaborative-filtering models come on Gowalla, a public split with published figures.

    python -m benchmarks.gowalla

Check-ins as (user, item) pairs without time: no order history, so it says nothing about re-purchases
or decay, only how well a model learns from others. Needs ../shared/data/gowalla (the split of the
LightGCN authors); without it the benchmark says so and ends with 0. All items are ranked, those of the
training part left out; Recall@20 is hits over goals, NDCG@20 divides by the ideal over min(20, goals).

The parameters below were chosen on a fifth of each user's training items, held back for that. The
test items were looked at to report. Prints our table beside the published one on stderr, one JSON line
a model on stdout, and ends with 1 if no single model of ours reaches both goals.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from models.als import ALS
from models.base import Recommender, top_k
from models.ease import EASE
from models.graph_filter import GraphFilter
from models.item_knn import CosineKNN, TfidfKNN
from models.logistic_factors import BPR
from models.popularity import Popularity
from tests.needs import SHARED, missing
from training.metrics import ranking_metrics

RECALL_GOAL, NDCG_GOAL = 0.187, 0.156

PUBLISHED = {
    "ItemCF": (0.157, 0.1214),
    "MF-BPR": (0.1627, 0.1378),
    "SLIM": (0.1699, 0.1382),
    "EASE^R": (0.1765, 0.1467),
    "LightGCN": (0.182, 0.1547),
    "GF-CF": (0.1849, 0.1518),
    "UltraGCN": (0.1862, 0.158),
    "SimpleX": (0.1872, 0.1557),
}
"""Recall@20 and NDCG@20 on this split: BARS leaderboard (gowalla_m1) and the models' papers."""

OURS: dict[str, Callable[[csr_matrix], Recommender]] = {
    "popular": lambda pairs: Popularity().fit(pairs),
    "als": lambda pairs: ALS(factors=128, regularization=30.0).fit(30 * pairs),
    "bpr": lambda pairs: BPR(learning_rate=0.1, regularization=0.002, iterations=150).fit(pairs),
    "tfidf": lambda pairs: TfidfKNN(neighbours=200).fit(pairs),
    "cosine": lambda pairs: CosineKNN(neighbours=200, damping=30).fit(pairs),
    "ease": lambda pairs: EASE(regularization=30, neighbours=500).fit(pairs),
    "gf_cf": lambda pairs: GraphFilter(factors=640, sharpening=0).fit(pairs),
    "graph_filter": lambda pairs: GraphFilter(factors=640).fit(pairs),
}
"""How each is fitted on the matrix of ones. Both sides are too large for an exact `ease`: it is by blocks."""

_USERS_AT_ONCE = 512


@dataclass(frozen=True)
class Measurement:
    """One model on all users of the test part."""

    benchmark: str
    model: str
    recall_20: float
    ndcg_20: float
    fit_seconds: float
    score_seconds: float


def main() -> int:
    """Measure all models; the exit code."""
    console = Console(stderr=True, width=110)
    if reason := missing("../shared"):
        console.print(f"Gowalla is left out: {reason}")
        return 0
    train, test = read_split(SHARED / "data/gowalla")
    found = []
    for name, fit in OURS.items():
        found.append(measure(name, fit, train, test))
        print(json.dumps(asdict(found[-1])), flush=True)
    console.print(_table(found))
    reached = any(one.recall_20 >= RECALL_GOAL and one.ndcg_20 >= NDCG_GOAL for one in found)
    if not reached:
        console.print(f"No model reaches Recall@20 {RECALL_GOAL} and NDCG@20 {NDCG_GOAL}.")
    return 0 if reached else 1


def read_split(folder: Path) -> tuple[csr_matrix, csr_matrix]:
    """The training and the test pairs of a folder: users × items CSR, float32 ones, of one shape."""
    parts = [
        pl.read_parquet(folder / f"{part}.parquet", columns=["user", "item"]) for part in ("train", "test")
    ]
    n_users, n_items = (
        1 + max(int(part[side].to_numpy().max()) for part in parts) for side in ("user", "item")
    )
    train, test = (
        csr_matrix(
            (np.ones(len(part), dtype=np.float32), (part["user"].to_numpy(), part["item"].to_numpy())),
            shape=(n_users, n_items),
        )
        for part in parts
    )
    return train, test


def measure(
    name: str, fit: Callable[[csr_matrix], Recommender], train: csr_matrix, test: csr_matrix
) -> Measurement:
    """Fit on `train`, rank for every user with goals in `test` (both users × items CSR)."""
    began = time.perf_counter()
    model = fit(train)
    fitted = time.perf_counter()
    metrics: dict[str, list[np.ndarray]] = {"recall@20": [], "ndcg@20": []}
    users = np.flatnonzero(np.diff(test.indptr))
    for start in range(0, len(users), _USERS_AT_ONCE):
        batch = users[start : start + _USERS_AT_ONCE]
        lists, _ = top_k(model.score(batch), 20, exclude=train[batch])
        judged = ranking_metrics(lists, test[batch])
        for metric, values in metrics.items():
            values.append(judged[metric])
    return Measurement(
        benchmark="gowalla",
        model=name,
        recall_20=round(float(np.concatenate(metrics["recall@20"]).mean()), 4),
        ndcg_20=round(float(np.concatenate(metrics["ndcg@20"]).mean()), 4),
        fit_seconds=round(fitted - began, 1),
        score_seconds=round(time.perf_counter() - fitted, 1),
    )


def _table(found: list[Measurement]) -> Table:
    table = Table(
        title="Gowalla: 29,858 users, 40,981 items, 810,128 pairs to learn from, 217,242 to foretell"
    )
    for column in ("model", "whose"):
        table.add_column(column)
    for column in ("Recall@20", "NDCG@20", "seconds: fit", "score"):
        table.add_column(column, justify="right")
    rows = [(name, "published", recall, ndcg, "", "") for name, (recall, ndcg) in PUBLISHED.items()]
    rows += [
        (one.model, "ours", one.recall_20, one.ndcg_20, f"{one.fit_seconds:.0f}", f"{one.score_seconds:.0f}")
        for one in found
    ]
    for name, whose, recall, ndcg, *seconds in sorted(rows, key=lambda row: row[3]):
        style = "bold" if whose == "ours" else None
        table.add_row(name, whose, f"{recall:.4f}", f"{ndcg:.4f}", *seconds, style=style)
    return table


if __name__ == "__main__":
    with threadpool_limits(limits=1, user_api="blas"):
        sys.exit(main())
