"""What a person reads in the terminal when a command is done."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from service.store.versions import VersionInfo
from training.catalog_coverage import CatalogCoverage
from training.evaluation.rolling import RollingEvaluation
from training.summary import RunSummary
from training.views import VIEWS

SHOWN_METRICS = ("ndcg@10", "recall@10")
SHOWN_BEYOND = ("coverage@10", "gini@10", "spend_caught@10")
TOO_SHORT = "too short a history to measure models on"


def print_summary(summary: RunSummary) -> None:
    """The outcome of a run: rows, metrics, gate, version."""
    console = Console(highlight=False, emoji=False)
    rows = summary.rows
    console.print(
        f"{rows['read']:,} rows read: {rows['kept']:,} kept, {rows['merged']:,} merged, "
        f"{rows['ignored']:,} ignored, {rows['quarantined']:,} quarantined"
    )
    if events := summary.events:
        console.print(
            f"{events['counted']:,} events count ({events['left_out']:,} left out): "
            f"{events['order_lines']:,} order lines, {events['interest']:,} views and carts of products sold"
        )
    console.print(
        f"{summary.orders:,} orders, {summary.customers:,} customers, {summary.products:,} products"
    )
    if summary.catalog is not None:
        print_coverage(summary.catalog)
    print_metrics(summary.metrics, summary.judged_customers)
    if summary.gate.why:
        outcome = "passed" if summary.gate.passed else "refused"
        # A sentence with its figures: cut at the terminal's width, it could not be searched for.
        console.print(f"gate: {outcome}: {'; '.join(summary.gate.why)}", markup=False, soft_wrap=True)
    if summary.published:
        console.print(f"[bold green]{summary.version} is live[/], ranked by {summary.model}{_kind(summary)}")


def _kind(summary: RunSummary) -> str:
    """What the blend is, where it is the blend that ranks."""
    return f" ({summary.blend})" if summary.model == "blend" and summary.blend else ""


def print_coverage(coverage: CatalogCoverage) -> None:
    """What the catalogue holds, and how far it and the orders speak of the same products."""
    sentences = [
        f"catalogue: {coverage.read:,} rows read: {coverage.products:,} products "
        f"({coverage.out_of_stock:,} out of stock), {coverage.merged:,} merged, "
        f"{sum(coverage.ignored.values()):,} ignored, {coverage.quarantined:,} quarantined"
    ]
    if coverage.sold_not_listed:
        examples = _examples(coverage.sold_not_listed_examples, coverage.sold_not_listed)
        sentences.append(
            f"{coverage.sold_not_listed:,} of {coverage.sold:,} products sold are not in the catalogue "
            f"({coverage.sold_not_listed_share:.1%} of purchases): {examples}"
        )
    if coverage.listed_not_sold:
        examples = _examples(coverage.listed_not_sold_examples, coverage.listed_not_sold)
        sentences.append(
            f"{coverage.listed_not_sold:,} of {coverage.products:,} products of the catalogue "
            f"were never sold: {examples}"
        )
    if coverage.shares_nothing:
        sentences.append(
            "no product is in both: they go by different ids, see --product-key in docs/catalog.md"
        )
    console = Console(highlight=False, emoji=False)
    for sentence in sentences:
        console.print(sentence, markup=False, soft_wrap=True)


def _examples(ids: Sequence[str], of: int) -> str:
    return ", ".join(ids) + (", …" if of > len(ids) else "")


def print_metrics(metrics: Mapping[str, Any], customers: int) -> None:
    """A row for each model, best first over all purchases."""
    if not metrics:
        Console().print(TOO_SHORT)
        return
    table = Table(title=f"Last days of the history, {customers:,} customers")
    table.add_column("model", no_wrap=True)
    for view in VIEWS:
        for metric in SHOWN_METRICS:
            table.add_column(f"{metric}\n{view}", justify="right")
    for name, views in _best_first(metrics, "all"):
        figures = (views[view][metric] for view in VIEWS for metric in SHOWN_METRICS)
        table.add_row(name, *(f"{figure:.4f}" for figure in figures))
    Console().print(table)


def print_evaluation(found: RollingEvaluation) -> None:
    """A table for each view: accuracy with its interval, and what the lists are like."""
    # Not narrower than the tables, where nobody looks: a pipe would cut figures off.
    console = Console(width=None if sys.stdout.isatty() else 130, highlight=False, emoji=False)
    if not found.metrics:
        console.print(TOO_SHORT)
        return
    for view in VIEWS:
        windows = f"{len(found.windows)} window{'s' if len(found.windows) > 1 else ''}"
        table = Table(title=f"View {view}: {found.customers[view]:,} customers judged in {windows}")
        for heading in ("model", "ndcg@10", "95 % interval", "recall@10", "hit_rate@10", "map@10", "mrr@10"):
            table.add_column(heading, justify="left" if heading == "model" else "right")
        for heading in SHOWN_BEYOND:
            table.add_column(heading, justify="right")
        for name, views in _best_first(found.metrics, view):
            low, high = found.intervals[name][view]["ndcg@10"]
            row, beyond = views[view], found.beyond[name][view]
            table.add_row(
                name,
                f"{row['ndcg@10']:.4f}",
                f"{low:.4f}–{high:.4f}",
                *(f"{row[metric]:.4f}" for metric in ("recall@10", "hit_rate@10", "map@10", "mrr@10")),
                *("–" if (value := beyond[key]) is None else f"{value:.3f}" for key in SHOWN_BEYOND),
            )
        console.print(table)


def _best_first(metrics: Mapping[str, Any], view: str) -> list[tuple[str, Any]]:
    return sorted(metrics.items(), key=lambda row: -row[1][view]["ndcg@10"])


def print_versions(infos: Sequence[VersionInfo], live: str | None) -> None:
    """A row for each version, newest first."""
    table = Table()
    for column in ("version", "", "model", "ndcg@10", "customers", "products", "MB", "by"):
        table.add_column(column, no_wrap=True)
    for info in infos:
        ndcg = info.metrics.get(info.model, {}).get("all", {}).get("ndcg@10")
        marks = [
            mark
            for mark, holds in (("live", info.version == live), ("demo", info.demo), ("forced", info.forced))
            if holds
        ]
        table.add_row(
            info.version,
            " ".join(marks),
            info.model,
            f"{ndcg:.4f}" if ndcg is not None else "",
            f"{info.counts.get('customers', 0):,}",
            f"{info.counts.get('products', 0):,}",
            f"{info.size_bytes / 1e6:.1f}",
            escape(info.published_by),
        )
    # A version's id is there to be copied: better a long line in a pipe than a short id.
    Console(width=None if sys.stdout.isatty() else 200, emoji=False).print(table)
