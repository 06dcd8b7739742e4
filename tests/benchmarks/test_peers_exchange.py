"""What a peer is told of a split, and how its lists are read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.peers.exchange import read_done, read_lists, write_split
from tests.builders import interactions, line
from training.splits import temporal_split


def test_a_peer_is_told_of_purchases_before_the_cut_alone(tmp_path: Path):
    history = interactions(
        line(order="1", customer="ann", product="tea", at="2026-01-01"),
        line(order="2", customer="ann", product="tea", at="2026-01-08"),
        line(order="3", customer="bob", product="mug", at="2026-01-09"),
        line(order="4", customer=None, product="jam", at="2026-01-09"),
        line(order="5", customer="ann", product="mug", at="2026-01-20"),
    )
    write_split(temporal_split(history, window_days=5), tmp_path)
    orders = pl.read_parquet(tmp_path / "orders.parquet")
    names = [
        (history.customers[user], history.products[item], str(at.date()))
        for user, item, at in orders.select("user", "item", "ordered_at").rows()
    ]
    assert names == [("ann", "tea", "2026-01-01"), ("ann", "tea", "2026-01-08"), ("bob", "mug", "2026-01-09")]
    assert history.customers[pl.read_parquet(tmp_path / "users.parquet")["user"].to_list()].tolist() == [
        "ann"
    ]


def test_lists_are_read_by_customer_and_rank(tmp_path: Path):
    rows = {"user": [7, 3, 7, 7], "item": [50, 10, 40, 60], "rank": [2, 1, 1, 21]}
    pl.DataFrame(rows).write_parquet(tmp_path / "als.new.parquet")
    lists = read_lists(tmp_path, "als", "new", np.array([3, 5, 7]))
    assert lists.shape == (3, 20)
    assert lists[:, :3].tolist() == [[10, -1, -1], [-1, -1, -1], [40, 50, -1]]
    assert (lists[:, 3:] == -1).all()


def test_models_that_were_left_out_say_why(tmp_path: Path):
    told = {"peer": "LensKit", "version": "2025.8.1", "models": {"als": 3.5, "ease": "left out: too many"}}
    (tmp_path / "done.json").write_text(json.dumps(told))
    done = read_done(tmp_path)
    assert (done.seconds, done.left_out) == ({"als": 3.5}, {"ease": "left out: too many"})
