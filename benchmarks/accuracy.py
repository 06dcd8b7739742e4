"""How well each model ranks what was bought next, on two shops: a grocer and a gift shop.

    python -m benchmarks.accuracy

The Complete Journey (the demonstration shop) and, where ../shared is, Online Retail; all models with
their defaults, the last 31 days held back, by the protocol of docs/evaluation.md. Prints a table a
shop on stderr, and on stdout one JSON line a model and one a comparison of the blend with a
baseline: the mean difference of NDCG@10 over customers with its 95% interval. Ends with 1 if the
blend does not beat most_bought, popular and als in view `all` on every shop.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from examples.complete_journey import convert
from tests.needs import SHARED, missing
from training.cleaning import clean
from training.evaluation import Evaluation, evaluate, paired_difference
from training.fitting import ModelConfig, fit_models
from training.interactions import Interactions
from training.reading import read_orders

BASELINES = ("most_bought", "popular", "als")
SHOWN = ("ndcg@10", "recall@10", "hit_rate@10", "mrr@10")


def main() -> int:
    """Measure both shops; the exit code."""
    beaten = True
    for shop, orders in _shops():
        interactions = Interactions.from_lines(clean(read_orders([str(orders)])).lines)
        started = time.perf_counter()
        found = evaluate(interactions, ModelConfig())
        judged = time.perf_counter()
        fit_models(interactions, ModelConfig())
        seconds = {"evaluate": judged - started, "fit": time.perf_counter() - judged}
        _print_table(shop, interactions, found, seconds)
        _print_models(shop, found, seconds)
        for baseline in BASELINES:
            beaten &= _print_comparison(shop, found, baseline)
    return 0 if beaten else 1


def _shops() -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        yield "The Complete Journey", convert(Path(folder))[0]
    if reason := missing("../shared"):
        Console(stderr=True).print(f"Online Retail is left out: {reason}")
    else:
        yield "Online Retail", SHARED / "data/online-retail/orders.parquet"


def _print_table(shop: str, interactions: Interactions, found: Evaluation, seconds: dict[str, float]) -> None:
    table = Table(
        title=f"{shop}: {interactions.n_orders:,} orders, {len(interactions.customers):,} customers, "
        f"{len(interactions.products):,} products; the last 31 days, {found.customers:,} customers judged "
        f"({found.customers_new:,} in view new); evaluated in {seconds['evaluate']:.0f} s, "
        f"fitted in {seconds['fit']:.0f} s",
    )
    table.add_column("model")
    for view in ("all", "new"):
        for metric in SHOWN:
            table.add_column(f"{view}\n{metric}", justify="right")
    for model, views in sorted(found.metrics.items(), key=lambda row: -row[1]["all"]["ndcg@10"]):
        table.add_row(model, *(f"{views[view][metric]:.4f}" for view in ("all", "new") for metric in SHOWN))
    Console(stderr=True, width=130).print(table)


def _print_models(shop: str, found: Evaluation, seconds: dict[str, float]) -> None:
    cost = {
        "seconds": {stage: round(value, 1) for stage, value in seconds.items()},
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    for model, views in found.metrics.items():
        figures = {
            view: {name: round(value, 4) for name, value in row.items()} for view, row in views.items()
        }
        print(json.dumps({"benchmark": "accuracy", "shop": shop, "model": model, **figures, **cost}))


def _print_comparison(shop: str, found: Evaluation, baseline: str) -> bool:
    """Whether the blend beats this baseline in view `all`."""
    compared = {}
    for view in ("all", "new"):
        ours, theirs = found.per_customer["blend"][view], found.per_customer[baseline][view]
        mean, low, high = paired_difference(ours, theirs)
        compared[view] = {
            "ratio": round(float(ours.mean() / theirs.mean()), 4),
            "difference": round(mean, 4),
            "low": round(low, 4),
            "high": round(high, 4),
        }
    print(json.dumps({"benchmark": "accuracy", "shop": shop, "blend_against": baseline, **compared}))
    return compared["all"]["ratio"] > 1


if __name__ == "__main__":
    sys.exit(main())
