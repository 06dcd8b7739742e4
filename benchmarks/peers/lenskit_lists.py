"""What LensKit's models list, with their defaults. Runs in LensKit's own environment:

    python lenskit_lists.py FOLDER

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
from lenskit import batch
from lenskit.als import ImplicitMFScorer
from lenskit.basic import PopScorer
from lenskit.basic.candidates import TrainingItemsCandidateConfig, TrainingItemsCandidateSelector
from lenskit.data import Dataset, from_interactions_df
from lenskit.knn import EASEScorer, ItemKNNScorer, UserKNNScorer
from lenskit.pipeline import Component, Pipeline, RecPipelineBuilder
from lenskit.random import set_global_rng

LENGTH = 20

MODELS: dict[str, Callable[[], Component]] = {
    "popular": PopScorer,
    "implicit_mf": ImplicitMFScorer,
    # Their default is for ratings; purchases are what LensKit calls implicit feedback.
    "item_knn": lambda: ItemKNNScorer(feedback="implicit"),
    "user_knn": lambda: UserKNNScorer(feedback="implicit"),
    "ease": EASEScorer,
}

DENSE_ITEMS = 20_000
"""EASE inverts a dense items × items matrix: with more products than this it would take over 10 GB."""

EXCLUDED = {"all": None, "new": "history"}
"""By view: what of a customer's own is not listed."""


def main(folder: Path) -> None:
    """Fit each model, write its lists for both views, and what was done."""
    set_global_rng(0)
    orders = pd.read_parquet(folder / "orders.parquet")
    users = pd.read_parquet(folder / "users.parquet")["user"].tolist()
    pairs = orders.groupby(["user", "item"], as_index=False)["ordered_at"].max()
    data = from_interactions_df(
        pairs, user_col="user", item_col="item", timestamp_col="ordered_at", class_name="purchase"
    )
    done: dict[str, object] = {}
    for name, make in MODELS.items():
        if name == "ease" and data.item_count > DENSE_ITEMS:
            done[name] = f"left out: {data.item_count:,} products are too many for a dense matrix"
            continue
        started = time.perf_counter()
        scorer = make()
        for view in EXCLUDED:
            pipeline = _pipeline(scorer, view, data)
            found = batch.recommend(pipeline, users, LENGTH, n_jobs=1).to_df()
            lists = found.rename(columns={"user_id": "user", "item_id": "item"})
            lists[["user", "item", "rank"]].to_parquet(folder / f"{name}.{view}.parquet")
        done[name] = round(time.perf_counter() - started, 1)
        print(f"lenskit {name}: {done[name]} s", file=sys.stderr)
    peer = {"peer": "LensKit", "version": version("lenskit"), "models": done}
    (folder / "done.json").write_text(json.dumps(peer), encoding="utf-8")


def _pipeline(scorer: Component, view: str, data: Dataset) -> Pipeline:
    builder = RecPipelineBuilder()
    builder.scorer(scorer)
    builder.candidate_selector(
        TrainingItemsCandidateSelector, TrainingItemsCandidateConfig(exclude=EXCLUDED[view])
    )
    builder.ranker(n=LENGTH)
    pipeline = builder.build()
    # A scorer that is trained already is not trained again for the second view.
    pipeline.train(data)
    return pipeline


if __name__ == "__main__":
    main(Path(sys.argv[1]))
