"""How well each model ranks what was bought next, on two shops: a grocer and a gift shop.

    python -m benchmarks.accuracy

The Complete Journey (the demonstration shop) and, where ../shared is, Online Retail; all models with
their defaults, the last 30 days held back, by the protocol of docs/evaluation.md. Prints a table a
shop on stderr, with 95 % intervals of NDCG@10 in all three views, and on stdout one JSON line a model,
one a comparison of the blend and one a demand. Ends with 1 unless every demand is met:

- on each shop the blend beats the best single model of each view, in two of them significantly
  (`training.evaluation.significance`, p corrected for all comparisons of the view);
- on Online Retail the blend has 1.10 times the NDCG@10 of most_bought over all purchases, and 1.35 times
  that of ALS over products new to the customer.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from benchmarks._shops import shops
from training.evaluation import Terms, evaluate
from training.evaluation.rolling import COMPARED, METRIC, RollingEvaluation, pooled
from training.evaluation.significance import Comparison
from training.evaluation.wording import SIGNIFICANT, best_single
from training.interactions import Interactions
from training.model_config import ModelConfig
from training.views import VIEWS

WINDOW_DAYS = 30
GIFT_SHOP = "Online Retail"
DEMANDED = (("all", "most_bought", 1.10), ("new", "als", 1.35))
"""Of the gift shop: view, model, and how many times its NDCG@10 the blend must have."""

SIGNIFICANT_VIEWS = 2
YARDSTICKS = ("most_bought", "popular", "als", "fixed_blend")


@dataclass(frozen=True)
class Demand:
    """What a shop's figures must show, and whether they do."""

    what: str
    found: float
    needed: float
    met: bool


def main() -> int:
    """Measure both shops; the exit code."""
    met = True
    for read in shops():
        shop, interactions = read.name, read.interactions
        started = time.perf_counter()
        terms = Terms(with_comparison=True)
        window = evaluate(interactions, ModelConfig(), window_days=WINDOW_DAYS, terms=terms)
        found = pooled([window])
        seconds = time.perf_counter() - started
        _print_table(shop, interactions, found, seconds)
        _print_models(shop, found, seconds)
        _print_comparisons(shop, found)
        for demand in demands(shop, found):
            print(json.dumps({"benchmark": "accuracy", "shop": shop, "demand": asdict(demand)}))
            mark = "[green]met[/]" if demand.met else "[red]missed[/]"
            _console().print(f"{mark}: {demand.what}: {demand.found:.3f}, needed {demand.needed:.2f}")
            met &= demand.met
    return 0 if met else 1


def demands(shop: str, found: RollingEvaluation) -> list[Demand]:
    """What the blend must show on a shop."""
    against = {view: _against_best_single(found, view) for view in VIEWS}
    wanted = [
        Demand(
            f"blend over {comparison.other}, the best single model, view {view}",
            comparison.ratio or 0.0,
            1.0,
            comparison.difference > 0,
        )
        for view, comparison in against.items()
    ]
    leads = sum(of.difference > 0 and of.p_holm < SIGNIFICANT for of in against.values())
    wanted.append(
        Demand("views with a significant lead", leads, SIGNIFICANT_VIEWS, leads >= SIGNIFICANT_VIEWS)
    )
    for view, model, needed in DEMANDED if shop == GIFT_SHOP else ():
        ratio = found.metrics[COMPARED][view][METRIC] / found.metrics[model][view][METRIC]
        wanted.append(Demand(f"blend over {model}, view {view}", ratio, needed, ratio >= needed))
    return wanted


def _against_best_single(found: RollingEvaluation, view: str) -> Comparison:
    best = best_single(found, view)
    return next(of for of in found.comparisons if of.view == view and of.other == best)


def _print_table(shop: str, interactions: Interactions, found: RollingEvaluation, seconds: float) -> None:
    judged = ", ".join(f"{number:,} in view {view}" for view, number in found.customers.items())
    table = Table(
        title=f"{shop}: {interactions.n_orders:,} orders, {len(interactions.customers):,} customers, "
        f"{len(interactions.products):,} products; the last {WINDOW_DAYS} days, customers judged: {judged}; "
        f"fitted and judged in {seconds:.0f} s",
    )
    table.add_column("model")
    for view in VIEWS:
        for heading in ("ndcg@10", "95 % interval", "recall@10"):
            table.add_column(f"{view}\n{heading}", justify="right")
    for model, views in sorted(found.metrics.items(), key=lambda row: -row[1]["all"][METRIC]):
        cells = []
        for view in VIEWS:
            low, high = found.intervals[model][view][METRIC]
            cells += [
                f"{views[view][METRIC]:.4f}",
                f"{low:.4f}–{high:.4f}",
                f"{views[view]['recall@10']:.4f}",
            ]
        table.add_row(model, *cells)
    _console().print(table)


def _print_models(shop: str, found: RollingEvaluation, seconds: float) -> None:
    peak_mb = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    for model, views in found.metrics.items():
        figures = {
            view: {
                **{name: round(value, 4) for name, value in row.items()},
                "interval": [round(bound, 4) for bound in found.intervals[model][view][METRIC]],
            }
            for view, row in views.items()
        }
        cost = {"seconds": round(seconds, 1), "peak_mb": peak_mb}
        print(json.dumps({"benchmark": "accuracy", "shop": shop, "model": model, **figures, **cost}))


def _print_comparisons(shop: str, found: RollingEvaluation) -> None:
    for comparison in found.comparisons:
        if comparison.other in (*YARDSTICKS, best_single(found, comparison.view)):
            print(json.dumps({"benchmark": "accuracy", "shop": shop, "comparison": asdict(comparison)}))


def _console() -> Console:
    return Console(stderr=True, width=160, highlight=False)


if __name__ == "__main__":
    sys.exit(main())
