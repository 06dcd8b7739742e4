"""Our blend beside RecTools' and LensKit's models with their defaults, on the same split of two shops.

    make bench-peers        # or, once the peers are installed: python -m benchmarks.peers.compare

Each peer runs in an environment of its own (`.venv-peers/NAME`), gets the purchases before the cut as
Parquet and gives its lists back; all lists are judged by the same code, by the protocol of
docs/evaluation.md, on the last 30 days. Prints a table a shop on stderr, and on stdout one JSON line a
model and one a comparison of the blend with the best peer of each view. Ends with 1 if the blend does
not lead in both views on every shop, with 2 if a peer is not installed or fails.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks._shops import shops
from benchmarks.peers.exchange import LENGTH, VIEWS, read_done, read_lists, write_split
from tests.needs import REPOSITORY
from training.batches import user_batches
from training.evaluation import paired_difference
from training.fitting import fit_rankers
from training.metrics import ranking_metrics
from training.model_config import ModelConfig
from training.splits import TemporalSplit, temporal_split
from training.views import View

WINDOW_DAYS = 30
OURS = ("blend", "fixed_blend", "most_bought", "als")
PEERS = ("rectools", "lenskit")
CHOSEN_BY = "ndcg@10"
SHOWN = (CHOSEN_BY, "recall@10")


class PeerFailed(Exception):
    """A peer is not installed, or ended with an error."""


@dataclass(frozen=True, eq=False)
class Judged:
    """One model's figures.

    Attributes:
        model: `blend`, `RecTools als`, …
        version: of the peer; empty for ours.
        seconds: fitting and listing; None where it is not known for one model alone.
        values: view → metric → (customers of the view,) float64, customers in one order for all models.
    """

    model: str
    version: str
    seconds: float | None
    values: dict[View, dict[str, np.ndarray]]

    def mean(self, view: View, metric: str) -> float:
        return float(self.values[view][metric].mean())


def main() -> int:
    """Compare on both shops; the exit code."""
    console = Console(stderr=True, width=130)
    leads = True
    try:
        for read in shops():
            shop = read.name
            split = temporal_split(read.interactions, window_days=WINDOW_DAYS)
            judged = [one for peer in PEERS for one in _theirs(peer, split, console)]
            judged += _ours(split)
            _print_table(console, shop, split, judged)
            _print_models(shop, judged)
            for view in VIEWS:
                leads &= _print_comparison(shop, view, judged)
    except PeerFailed as error:
        console.print(f"error: {error}", markup=False)
        return 2
    return 0 if leads else 1


def _ours(split: TemporalSplit) -> Iterator[Judged]:
    started = time.perf_counter()
    fitted = fit_rankers(split.train, ModelConfig())
    fitting = time.perf_counter() - started
    for name in OURS:
        started = time.perf_counter()
        batches = [
            fitted.lists(name, split.users[batch], LENGTH, split.bought[batch])
            for batch in user_batches(len(split.users), split.goals.shape[1])
        ]
        lists = {view: np.vstack([listed[view] for listed in batches]) for view in VIEWS}
        # All of ours are fitted at once; the blend needs most of the others.
        seconds = fitting + time.perf_counter() - started if name == "blend" else None
        yield Judged(name, "", seconds, _values(lists, split))


def _theirs(peer: str, split: TemporalSplit, console: Console) -> Iterator[Judged]:
    python = REPOSITORY / ".venv-peers" / peer / "bin" / "python"
    if not python.exists():
        raise PeerFailed(f"{peer} is not installed; make bench-peers does that")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_split(split, folder)
        script = Path(__file__).with_name(f"{peer}_lists.py")
        # Threads of BLAS and of implicit on top of each other make ALS many times slower.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        if code := subprocess.run([python, script, folder], env=environment, check=False).returncode:
            raise PeerFailed(f"{script.name} ended with code {code}")
        done = read_done(folder)
        for model, reason in done.left_out.items():
            console.print(f"{done.peer} {model} is {reason}", markup=False)
        for model, seconds in done.seconds.items():
            lists = {view: read_lists(folder, model, view, split.users) for view in VIEWS}
            yield Judged(f"{done.peer} {model}", done.version, seconds, _values(lists, split))


def _values(lists: dict[View, np.ndarray], split: TemporalSplit) -> dict[View, dict[str, np.ndarray]]:
    values = {}
    for view in VIEWS:
        goals = split.goals_in(view)
        judged = np.diff(goals.indptr) > 0
        values[view] = ranking_metrics(lists[view][judged], goals[judged])
    return values


def _print_table(console: Console, shop: str, split: TemporalSplit, judged: list[Judged]) -> None:
    new = len(judged[0].values["new"][CHOSEN_BY])
    table = Table(
        title=f"{shop}: the last {WINDOW_DAYS} days, {len(split.users):,} customers ({new:,} in view new)"
    )
    for column in ("model", "release"):
        table.add_column(column)
    for view in VIEWS:
        for metric in SHOWN:
            table.add_column(f"{view}\n{metric}", justify="right")
    table.add_column("seconds", justify="right")
    for one in sorted(judged, key=lambda one: -one.mean("all", CHOSEN_BY)):
        figures = [f"{one.mean(view, metric):.4f}" for view in VIEWS for metric in SHOWN]
        table.add_row(one.model, one.version, *figures, "" if one.seconds is None else f"{one.seconds:.0f}")
    console.print(table)


def _print_models(shop: str, judged: list[Judged]) -> None:
    for one in judged:
        figures = {
            view: {metric: round(one.mean(view, metric), 4) for metric in one.values[view]} for view in VIEWS
        }
        line = {"shop": shop, "model": one.model, "version": one.version, "seconds": one.seconds}
        print(json.dumps({"benchmark": "peers", **line, **figures}))


def _print_comparison(shop: str, view: View, judged: list[Judged]) -> bool:
    """Whether the blend is ahead of every peer's model in this view."""
    blend = next(one for one in judged if one.model == "blend")
    best = max((one for one in judged if one.version), key=lambda one: one.mean(view, CHOSEN_BY))
    difference, low, high = paired_difference(blend.values[view][CHOSEN_BY], best.values[view][CHOSEN_BY])
    compared = {
        "ratio": round(blend.mean(view, CHOSEN_BY) / best.mean(view, CHOSEN_BY), 4),
        "difference": round(difference, 4),
        "low": round(low, 4),
        "high": round(high, 4),
    }
    line = {"shop": shop, "view": view, "blend_against": best.model, **compared}
    print(json.dumps({"benchmark": "peers", **line}))
    return difference > 0


if __name__ == "__main__":
    sys.exit(main())
