"""What goes to a peer and comes back: Parquet files in a folder, products and customers as numbers.

To the peer:

    orders.parquet   user, item, ordered_at (UTC): the purchases before the cut, a row for each order with
                     the product; guests' are left out
    users.parquet    user: whom to list for

From the peer:

    MODEL.VIEW.parquet   user, item, rank (from 1): up to 20 products a customer, in view `all` any,
                         in view `new` none that the customer bought before
    done.json            {"peer", "version", "models": {name: seconds, or why it was left out}}

What was bought after the cut stays here: a peer cannot know it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from training.splits import TemporalSplit
from training.views import View

LENGTH = 20
VIEWS: tuple[View, ...] = ("all", "new")


@dataclass(frozen=True)
class Done:
    """What a peer did.

    Attributes:
        peer, version: its name and release.
        seconds: fitting and listing, by model.
        left_out: why, by model.
    """

    peer: str
    version: str
    seconds: dict[str, float]
    left_out: dict[str, str]


def write_split(split: TemporalSplit, folder: Path) -> None:
    """Write what a peer may know."""
    known = split.train.known()
    pl.DataFrame(
        {
            "user": known.customer,
            "item": known.product,
            "ordered_at": pl.from_epoch(pl.Series(known.ordered_at), time_unit="s"),
        }
    ).write_parquet(folder / "orders.parquet")
    pl.DataFrame({"user": split.users}).write_parquet(folder / "users.parquet")


def read_done(folder: Path) -> Done:
    """Read what the peer says it did."""
    told = json.loads((folder / "done.json").read_text(encoding="utf-8"))
    models = told["models"]
    return Done(
        peer=told["peer"],
        version=told["version"],
        seconds={name: value for name, value in models.items() if not isinstance(value, str)},
        left_out={name: value for name, value in models.items() if isinstance(value, str)},
    )


def read_lists(folder: Path, model: str, view: View, users: np.ndarray) -> np.ndarray:
    """What a peer's model lists: (len(users), 20) int32, best first, padded with -1.

    Args:
        users: (judged,) rising.
    """
    rows = pl.read_parquet(folder / f"{model}.{view}.parquet").filter(pl.col("rank") <= LENGTH)
    lists = np.full((len(users), LENGTH), -1, dtype=np.int32)
    row = np.searchsorted(users, rows["user"].to_numpy())
    lists[row, rows["rank"].to_numpy() - 1] = rows["item"].to_numpy()
    return lists
