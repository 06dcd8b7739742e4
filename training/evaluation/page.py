"""The figures of all models, as one HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from training.evaluation.plots import quality_title
from training.evaluation.rolling import COMPARED, METRIC, RollingEvaluation
from training.evaluation.wording import HEADINGS, best_single, lead, of_hundred, verdict
from training.html_report.page import rendered
from training.html_report.plot import Plot
from training.views import VIEWS

ACCURACY = {
    "ndcg@10": "NDCG",
    "recall@10": "recall",
    "hit_rate@10": "hit rate",
    "map@10": "MAP",
    "mrr@10": "MRR",
}
BEYOND = {
    "coverage@10": "share of products shown",
    "gini@10": "unevenness (Gini)",
    "novelty@10": "novelty, bits",
    "similarity@10": "likeness within a list",
    "popularity@10": "popularity",
    "popularity_lift@10": "popularity against purchases",
    "unavailable@10": "not to be had",
    "spend_caught@10": "spend caught",
}


@dataclass(frozen=True)
class Subject:
    """What was evaluated.

    Attributes:
        sources: names of the files and databases.
        sizes: what there is of it, by name: `orders` → 16,750.
        diversity: what each diversity control costs, a row a setting; the columns are the first row's keys.
            Empty where it was not measured.
    """

    sources: Sequence[str]
    sizes: Mapping[str, int]
    diversity: Sequence[Mapping[str, Any]] = ()


def render(found: RollingEvaluation, subject: Subject, plots: Sequence[Plot]) -> str:
    """The page."""
    return rendered(
        "training.evaluation",
        "evaluation.html",
        plots,
        {"figure": _figure, "day": _day, "titled": _titled},
        found=found,
        subject=subject,
        headings=HEADINGS,
        titles={view: quality_title(view) for view in VIEWS},
        leads={view: lead(found, view) for view in VIEWS} if COMPARED in found.metrics else {},
        hits={view: of_hundred(found, COMPARED, view) for view in VIEWS} if COMPARED in found.metrics else {},
        verdicts={view: _verdicts(found, view) for view in VIEWS},
        ranked={view: _best_first(found, view) for view in VIEWS},
        accuracy=ACCURACY,
        beyond=BEYOND,
    )


def _best_first(found: RollingEvaluation, view: str) -> list[str]:
    return sorted(found.metrics, key=lambda name: -found.metrics[name][view][METRIC])


def _verdicts(found: RollingEvaluation, view: str) -> list[str]:
    """On the blend against the best single model and against the plainest."""
    against = dict.fromkeys((best_single(found, view), "most_bought", "popular"))
    by_other = {comparison.other: comparison for comparison in found.comparisons if comparison.view == view}
    return [verdict(by_other[name]) for name in against if name in by_other]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _titled(plots: Sequence[tuple[Plot, Markup]], *titles: str) -> list[tuple[Plot, Markup]]:
    """Those of the plots that are called so."""
    return [(plot, svg) for plot, svg in plots if plot.title in titles]


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %B %Y")
