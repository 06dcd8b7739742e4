"""What RecTools' models list, with their defaults. Runs in RecTools' own environment:

    python rectools_lists.py FOLDER

The files of FOLDER are described in `benchmarks/peers/exchange.py`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import (
    EASEModel,
    ImplicitALSWrapperModel,
    ImplicitBPRWrapperModel,
    ImplicitItemKNNWrapperModel,
    PopularModel,
    PureSVDModel,
)
from rectools.models.base import ModelBase

LENGTH = 20

MODELS: dict[str, Callable[[], ModelBase]] = {
    "popular": PopularModel,
    "als": lambda: ImplicitALSWrapperModel(AlternatingLeastSquares(random_state=0)),
    "bpr": lambda: ImplicitBPRWrapperModel(BayesianPersonalizedRanking(random_state=0)),
    "item_knn_bm25": lambda: ImplicitItemKNNWrapperModel(BM25Recommender()),
    "item_knn_tfidf": lambda: ImplicitItemKNNWrapperModel(TFIDFRecommender()),
    "item_knn_cosine": lambda: ImplicitItemKNNWrapperModel(CosineRecommender()),
    "pure_svd": PureSVDModel,
    "ease": EASEModel,
}

DENSE_ITEMS = 20_000
"""EASE inverts a dense items × items matrix: with more products than this it would take over 10 GB."""


def main(folder: Path) -> None:
    """Fit each model, write its lists for both views, and what was done."""
    orders = pd.read_parquet(folder / "orders.parquet")
    users = pd.read_parquet(folder / "users.parquet")["user"].to_numpy()
    dataset = Dataset.construct(
        orders.rename(columns={"user": Columns.User, "item": Columns.Item, "ordered_at": Columns.Datetime})
        # Each order with the product counts; several of a pair add up.
        .assign(**{Columns.Weight: 1.0})
    )
    done: dict[str, object] = {}
    for name, make in MODELS.items():
        if name == "ease" and dataset.item_id_map.size > DENSE_ITEMS:
            done[name] = f"left out: {dataset.item_id_map.size:,} products are too many for a dense matrix"
            continue
        started = time.perf_counter()
        model = make()
        model.fit(dataset)
        for view, only_new in (("all", False), ("new", True)):
            found = model.recommend(users, dataset, LENGTH, filter_viewed=only_new)
            lists = found.rename(columns={Columns.User: "user", Columns.Item: "item", Columns.Rank: "rank"})
            lists[["user", "item", "rank"]].to_parquet(folder / f"{name}.{view}.parquet")
        done[name] = round(time.perf_counter() - started, 1)
        print(f"rectools {name}: {done[name]} s", file=sys.stderr)
    peer = {"peer": "RecTools", "version": version("rectools"), "models": done}
    (folder / "done.json").write_text(json.dumps(peer), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
