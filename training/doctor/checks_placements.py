"""What each placement needs of a history, and how much of it is there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from training.catalog import UNKNOWN_DATE, ProductTable
from training.configuration import TrainingConfig
from training.doctor.findings import Figures, Finding, Severity, counted, percent
from training.doctor.history import OrderTable
from training.global_lists import (
    FRESHNESS_HALF_LIFE_DAYS,
    MIN_TRENDING_ORDERS,
    TRENDING_DAYS,
    trend,
)
from training.interactions import SECONDS_PER_DAY, Interactions
from training.matrix import purchases
from training.splits import temporal_split

MINIMA: Mapping[str, str] = {
    "for_you": "a customer with one order",
    "discover": "a customer, and a product that another customer bought and this one did not",
    "buy_it_again": "a customer who kept one product",
    "similar_items": "a customer with two different products",
    "bought_together": "an order with two different products",
    "trending": f"{MIN_TRENDING_ORDERS} orders of a product in {TRENDING_DAYS} days, more than before",
    "new_arrivals": "a product that can be ordered",
}
"""What a list of each placement needs to hold one product: what the models need, and no more (tests hold it
against lists that were trained). `bought_together` needs, beside, that the two meet beyond chance."""

PLENTY = 0.5
"""Of the customers or products with a list of their own: below it most visitors see the fallback."""

SHORT_LIST = 12
"""Products that a placement shows by default: with fewer, the fallback fills it up."""

MIN_BUYERS = 5
"""Customers who must have bought a product before its neighbours are more than chance."""


def for_you(table: OrderTable) -> Finding:
    """Customers whose own purchases are known."""
    customers = len(np.unique(table.customer[table.known]))
    figures: Figures = {"customers": customers}
    if customers:
        seen = f"{counted(customers, 'customer')} get a list led by their own purchases."
        return _placement("for_you", Severity.OK, seen, figures=figures)
    return _placement(
        "for_you",
        Severity.WARNING,
        "Nobody gets a list of their own: all orders are guests'.",
        "Everybody sees what is popular. Export the customers' ids.",
        figures,
    )


def discover(interactions: Interactions) -> Finding:
    """Customers for whom something is left that others bought and they did not."""
    known = interactions.known()
    sold = len(np.unique(known.product))
    bought = np.diff(purchases(interactions).indptr)
    customers = len(np.unique(known.customer))
    served = int(((bought > 0) & (bought < sold)).sum())
    short = int(((bought > 0) & (sold - bought < SHORT_LIST)).sum())
    figures: Figures = {"customers": served, "short": short}
    if not served:
        return _placement(
            "discover",
            Severity.WARNING,
            "No customer has anything left to discover among what customers bought.",
            "It is filled up with what is popular. It needs two customers who bought different products.",
            figures,
        )
    seen = f"{served:,} of {counted(customers, 'customer')} have products left to discover."
    if short <= (1 - PLENTY) * customers:
        return _placement("discover", Severity.OK, seen, figures=figures)
    return _placement(
        "discover",
        Severity.NOTE,
        f"{seen} For {short:,} of them fewer than {SHORT_LIST} are left.",
        "The list ends early. More products in the orders, or a longer history, fill it.",
        figures,
    )


def buy_it_again(interactions: Interactions) -> Finding:
    """Customers with purchases, and whether re-purchases happen at all."""
    known = interactions.known()
    counts = np.bincount(known.customer, minlength=len(interactions.customers))
    distinct = np.diff(purchases(interactions).indptr)
    customers, again = int((counts > 0).sum()), int((counts > distinct).sum())
    figures: Figures = {"customers": customers, "bought_again": again}
    if not customers:
        return _placement(
            "buy_it_again",
            Severity.WARNING,
            "No customer kept anything that could be bought again.",
            "It is filled up with what is popular. Export the customers' ids.",
            figures,
        )
    seen = f"{again:,} of {counted(customers, 'customer')} bought a product a second time."
    if again:
        return _placement("buy_it_again", Severity.OK, seen, figures=figures)
    return _placement(
        "buy_it_again",
        Severity.NOTE,
        seen,
        "The list shows what was bought once. In a shop of things one buys once, leave this placement out.",
        figures,
    )


def similar_items(interactions: Interactions) -> Finding:
    """Products that somebody bought along with another one, at whatever time."""
    # Guests become 0; one product of each customer is held against all of theirs.
    customer, product = interactions.customer + 1, interactions.product
    some = np.zeros(len(interactions.customers) + 1, dtype=np.int32)
    some[customer] = product
    several = np.bincount(customer[product != some[customer]], minlength=len(some)) > 0
    several[0] = False
    linked = _distinct(product[several[customer]])
    return _of_products(
        "similar_items",
        linked,
        len(interactions.products),
        "have products that the same customers bought",
        "Customers with two different products are needed. Export a longer history, with customers' ids.",
    )


def bought_together(interactions: Interactions) -> Finding:
    """Products that ever stood in an order with another one.

    More than those with a list: whether a pair meets beyond chance (`training.co_purchase`) takes longer to
    tell than a look at the orders may. In a long history nearly all of them do with some product.
    """
    several = np.bincount(interactions.order) > 1
    linked = _distinct(interactions.product[several[interactions.order]])
    return _of_products(
        "bought_together",
        linked,
        len(interactions.products),
        "stood in an order with another product",
        "Orders of two products are needed; check that an order's rows share one order_id.",
    )


def trending(interactions: Interactions, table: OrderTable) -> Finding:
    """Products that sell more in the last two weeks than before."""
    products = int((trend(interactions) > 0).sum())
    recent = int((table.ordered_at > interactions.now - TRENDING_DAYS * SECONDS_PER_DAY).sum())
    figures: Figures = {"products": products, "recent_orders": recent}
    last_days = f"the {counted(recent, 'order')} of the last {TRENDING_DAYS} days"
    seen = f"Products that trend: {products:,}, in {last_days}."
    if products >= SHORT_LIST:
        return _placement("trending", Severity.OK, seen, figures=figures)
    advice = (
        f"A product needs {MIN_TRENDING_ORDERS} orders in {TRENDING_DAYS} days, and more than before. The "
        "list is filled up with what is popular. Export up to today."
    )
    return _placement("trending", Severity.NOTE if products else Severity.WARNING, seen, advice, figures)


def new_arrivals(interactions: Interactions, products: ProductTable) -> Finding:
    """Products that came lately, by the catalogue or else by their first sale."""
    now = interactions.now
    listed = products.available & (products.available_from <= now)
    came = products.available_from[listed & (products.available_from != UNKNOWN_DATE)]
    fresh = int((now - came <= FRESHNESS_HALF_LIFE_DAYS * SECONDS_PER_DAY).sum())
    figures: Figures = {"products": len(came), "fresh": fresh}
    seen = (
        f"{counted(fresh, 'product')} of {len(came):,} came in the last {FRESHNESS_HALF_LIFE_DAYS:.0f} days."
    )
    if not len(came):
        advice = "No product of the catalogue can be ordered. Check in_stock and available_from."
        return _placement("new_arrivals", Severity.WARNING, seen, advice, figures)
    if fresh > PLENTY * len(came) and fresh > SHORT_LIST:
        return _placement(
            "new_arrivals",
            Severity.NOTE,
            seen,
            "With so short a history everything looks new: give available_from in a catalogue.",
            figures,
        )
    if not fresh:
        return _placement(
            "new_arrivals",
            Severity.NOTE,
            seen,
            "The list shows what came last, long ago. Give available_from in a catalogue, or newer orders.",
            figures,
        )
    return _placement("new_arrivals", Severity.OK, seen, figures=figures)


def comparison(interactions: Interactions, config: TrainingConfig) -> Finding:
    """Whether there are enough customers to tell a good model from a bad one."""
    split = temporal_split(interactions, window_days=config.evaluation.window_days)
    judged, needed = len(split.users), config.evaluation.min_customers
    figures: Figures = {"judged_customers": judged, "needed": needed}
    seen = f"{counted(judged, 'customer')} to judge models by, who bought before and after the cut."
    if judged >= needed:
        return Finding("comparison", "Comparing models", Severity.OK, seen, figures=figures)
    advice = (
        f"With fewer than {needed} the figures decide only between the blend and most_bought. A longer "
        "history brings more."
    )
    return Finding("comparison", "Comparing models", Severity.NOTE, seen, advice, figures)


def coverage(interactions: Interactions, table: OrderTable) -> Finding:
    """How much of the history the models can learn from."""
    # The last place is the guests', whose index is -1: they have no orders here.
    orders = np.bincount(table.customer[table.known], minlength=len(interactions.customers) + 1)
    bought = purchases(interactions)
    buyers = np.bincount(bought.indices, minlength=bought.shape[1])
    returning, common = int((orders > 1).sum()), int((buyers >= MIN_BUYERS).sum())
    used = (orders[interactions.customer] > 1) & (buyers[interactions.product] >= MIN_BUYERS)
    share = float(used.mean())
    figures: Figures = {
        "returning_customers": returning,
        "products": common,
        "min_buyers": MIN_BUYERS,
        "share_lines": round(share, 6),
    }
    seen = (
        f"{counted(returning, 'customer')} with two orders or more, {common:,} of {len(buyers):,} products "
        f"with {MIN_BUYERS} buyers or more: {percent(share)} of the lines are of both."
    )
    if share >= PLENTY:
        return Finding("coverage", "What models can use", Severity.OK, seen, figures=figures)
    advice = (
        "The rest tells what is popular, but little of habits and of what goes with what. A longer history, "
        "customers' ids for guests, or --product-key product instead of variants make it denser."
    )
    return Finding("coverage", "What models can use", Severity.NOTE, seen, advice, figures)


def _distinct(products: np.ndarray) -> int:
    """How many of the product numbers occur; counting is ten times faster than sorting."""
    return int(np.count_nonzero(np.bincount(products)))


def _of_products(name: str, linked: int, sold: int, what: str, advice: str) -> Finding:
    share = linked / max(sold, 1)
    figures: Figures = {"products": linked, "sold": sold, "share": round(share, 6)}
    seen = f"{linked:,} of {counted(sold, 'product')} ({percent(share)}) {what}."
    if share >= PLENTY:
        return _placement(name, Severity.OK, seen, figures=figures)
    severity = Severity.NOTE if linked else Severity.WARNING
    return _placement(name, severity, seen, f"The others' pages show the fallback. {advice}", figures)


def _placement(
    name: str, severity: Severity, seen: str, advice: str = "", figures: Figures | None = None
) -> Finding:
    return Finding(name, f"Placement {name}", severity, seen, advice, figures or {})
