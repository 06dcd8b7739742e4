"""Leakage: what stands on both sides of the cut in time that models are judged by.

A model that has seen a part of the answer looks better than it is. The cut itself is strict
(`training.splits`); what can pass it is in the data: an order written at two times, or under two numbers.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from training import columns as c
from training.catalog import Catalog, ProductTable
from training.doctor.findings import Figures, Finding, Severity, counted, percent
from training.interactions import GUEST, SECONDS_PER_DAY, Interactions
from training.splits import default_cut

RARE_LINES = 0.005
"""Tills do write an invoice over two minutes."""

MANY_TWINS = 0.01
"""People do order the same again by mistake."""

HARMFUL = 0.001
"""Share of the orders: as much as moves a figure in its third place."""

TWIN_PRODUCTS = 3
"""The same three products in the same quantities within a day are no coincidence; one product may be."""

SECONDS_PER_HOUR = 3600


def orders_across_the_cut(interactions: Interactions, window_days: float) -> Finding:
    """Orders with lines before and after the cut."""
    cut = default_cut(interactions, window_days)
    after = interactions.ordered_at >= cut
    both = np.intersect1d(interactions.order[after], interactions.order[~after])
    share = len(both) / max(interactions.n_orders, 1)
    figures: Figures = {"orders": len(both), "share": round(share, 6)}
    code, title = "orders_across_cut", "Orders on both sides of the cut"
    if not len(both):
        return Finding(code, title, Severity.OK, "Each order lies on one side of the cut.", figures=figures)
    seen = f"{counted(len(both), 'order')} ({percent(share)}) have lines before and after the cut."
    advice = "An order's rows should all have the order's time, not that of the delivery."
    severity = Severity.WARNING if share > HARMFUL else Severity.NOTE
    return Finding(code, title, severity, seen, advice, figures)


def lines_at_two_times(lines: pl.DataFrame) -> Finding:
    """The same line of the same order, at different times: counted twice, and it may pass the cut."""
    code, title = "lines_at_two_times", "One line at two times"
    same = [c.ORDER_ID, c.CUSTOMER_ID, c.PRODUCT_ID, c.QUANTITY, c.UNIT_PRICE]
    # Almost no line is repeated: which ones may be, a number a line tells at little cost.
    suspects = lines.filter(lines.select(same).hash_rows().is_duplicated())
    repeated = (
        suspects.group_by(same)
        .agg(
            (pl.col(c.ORDERED_AT).n_unique() - 1).alias("extra"),
            (pl.col(c.ORDERED_AT).max() - pl.col(c.ORDERED_AT).min()).dt.total_seconds().alias("apart"),
        )
        .filter(pl.col("extra") > 0)
    )
    extra = int(repeated["extra"].sum())
    whole_hours = repeated.filter((pl.col("apart") > 0) & (pl.col("apart") % SECONDS_PER_HOUR == 0)).height
    share = extra / lines.height
    figures: Figures = {"lines": extra, "share": round(share, 6), "whole_hours": whole_hours}
    if not extra:
        return Finding(code, title, Severity.OK, "No line of an order has two times.", figures=figures)
    seen = f"{counted(extra, 'line')} ({percent(share)}) repeat a line of their order at another time."
    if share <= HARMFUL:
        return Finding(code, title, Severity.OK, seen, figures=figures)
    if whole_hours > repeated.height / 2:
        seen += f" In {whole_hours:,} cases the times are whole hours apart."
        advice = (
            "The same orders were exported in two time zones, and count twice: write the zone into the times."
        )
    else:
        advice = (
            "If these are the same orders exported twice, they count twice: export the time of the order."
        )
    severity = Severity.WARNING if share > RARE_LINES else Severity.NOTE
    return Finding(code, title, severity, seen, advice, figures)


def twin_orders(interactions: Interactions, window_days: float) -> Finding:
    """The same basket of one customer under two order numbers, within a day."""
    code, title = "twin_orders", "Orders under two numbers"
    baskets = _baskets(interactions).sort("customer", "basket", "ordered_at", "order")
    same = (pl.col("customer") == pl.col("customer").shift()) & (pl.col("basket") == pl.col("basket").shift())
    before = pl.col("ordered_at").shift()
    twins = baskets.with_columns(before.alias("before")).filter(
        same & (pl.col("ordered_at") - before <= SECONDS_PER_DAY)
    )
    cut = default_cut(interactions, window_days)
    across = twins.filter((pl.col("before") < cut) & (pl.col("ordered_at") >= cut)).height
    share = twins.height / max(interactions.n_orders, 1)
    figures: Figures = {"orders": twins.height, "share": round(share, 6), "across_cut": across}
    if not twins.height:
        seen = f"No basket of {TWIN_PRODUCTS} products or more was ordered twice within a day."
        return Finding(code, title, Severity.OK, seen, figures=figures)
    seen = (
        f"{counted(twins.height, 'order')} ({percent(share)}) repeat the customer's whole basket within a "
        f"day; {across:,} of them on the other side of the cut."
    )
    if share <= HARMFUL:
        return Finding(code, title, Severity.OK, seen, figures=figures)
    advice = "If a shop system numbers an order anew when it changes, export only the last state."
    severity = Severity.WARNING if share > MANY_TWINS else Severity.NOTE
    return Finding(code, title, severity, seen, advice, figures)


def _baskets(interactions: Interactions) -> pl.DataFrame:
    """order, customer, ordered_at, and a number that like baskets share: known customers', of a size."""
    lines = pl.DataFrame({"product": interactions.product, "quantity": interactions.quantity})
    return (
        pl.DataFrame(
            {
                "order": interactions.order,
                "customer": interactions.customer,
                "ordered_at": interactions.ordered_at,
                # A product stands in an order once, so that no two lines cancel each other out.
                "line": lines.hash_rows(),
            }
        )
        .filter(pl.col("customer") != GUEST)
        .group_by("order")
        .agg(
            pl.col("customer", "ordered_at").first(),
            pl.col("line").bitwise_xor().alias("basket"),
            pl.len().alias("size"),
        )
        .filter(pl.col("size") >= TWIN_PRODUCTS)
    )


def sold_before_available(interactions: Interactions, catalog: Catalog, products: ProductTable) -> Finding:
    """Products sold before the day on which the catalogue says they came."""
    code, title = "sold_before_available", "Sold before available_from"
    dated = catalog.rows.filter(pl.col(c.AVAILABLE_FROM).is_not_null())[c.PRODUCT_ID]
    if not len(dated):
        return Finding(code, title, Severity.OK, "No catalogue tells when products came.")
    first = products.told["first_sold"].dt.epoch("s").to_numpy()
    came = products.available_from[: len(first)]
    early = np.flatnonzero(came - first > SECONDS_PER_DAY)
    hidden = np.flatnonzero(came > interactions.now)
    figures: Figures = {"products": len(early), "hidden": len(hidden)}
    if not len(early):
        return Finding(
            code, title, Severity.OK, "No product was sold before it was available.", figures=figures
        )
    examples = tuple(map(str, interactions.products[hidden if len(hidden) else early]))
    seen = (
        f"{counted(len(early), 'product')} of {len(first):,} were sold more than a day before their "
        f"available_from, for example {examples[0]}."
    )
    advice = "They come up among the new arrivals though they are not new: correct available_from."
    if not len(hidden):
        return Finding(code, title, Severity.NOTE, seen, advice, figures, examples)
    seen += f" {counted(len(hidden), 'product')} that sold are not available yet, and are on no list."
    return Finding(code, title, Severity.WARNING, seen, advice, figures, examples)
