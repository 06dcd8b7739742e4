"""Who buys: guests, single customers that weigh too much, and whether customers come back."""

from __future__ import annotations

import numpy as np

from training.doctor.findings import Figures, Finding, Severity, counted, percent
from training.doctor.history import OrderTable
from training.interactions import GUEST, SECONDS_PER_DAY, Interactions

MANY_GUESTS, NEARLY_ALL_GUESTS = 0.3, 0.8

LARGE_SHARE_ORDERS, LARGE_SHARE_LINES = 0.05, 0.1
FEWEST_CUSTOMERS = 50
"""Among fewer customers, one with a twentieth of the orders is nothing odd."""
LARGE_SHARE_OF_FEW = 0.2
FEW_CUSTOMERS = 5
"""Among fewer still, each has a large share."""

BUSY_ORDERS_A_DAY, BUSY_ORDERS = 5, 20
"""Nobody orders five times on each day that they order at all, at least not twenty times."""
DAYS_RUNNING = 14
"""Who orders on each of so many days, Sundays included, may well be a program."""

NOBODY = frozenset(
    ("0", "-1", "guest", "anonymous", "unknown", "none", "null", "nan", "n/a", "undefined", "default", "test")
)
"""What systems write where they have no customer."""
NOBODY_SHARE = 0.01

FEW_RETURN = 0.05
SMALLEST_CROWD = 100
"""Customers below which a low rate of return is told, but is no warning."""

SINGLE_PRODUCT_SHARE = 0.95
SMALLEST_ORDERS = 50
HUGE_BASKET = 500


def guests(interactions: Interactions, table: OrderTable) -> Finding:
    """Orders without a customer."""
    orders = int((~table.known).sum())
    share = orders / len(table)
    share_lines = float((interactions.customer < 0).mean())
    figures: Figures = {"orders": orders, "share": round(share, 6), "share_lines": round(share_lines, 6)}
    seen = (
        f"{percent(share)} of the orders ({orders:,} of {len(table):,}) and {percent(share_lines)} of the "
        "lines are guests'."
    )
    if not orders:
        seen = "No order is a guest's."
    if share < MANY_GUESTS:
        return Finding("guests", "Guests", Severity.OK, seen, figures=figures)
    if share == 1:
        advice = "Nobody gets lists of their own: name the column with the customer's id in the export."
        return Finding("guests", "Guests", Severity.WARNING, seen, advice, figures)
    advice = (
        "Their baskets tell what is bought together, but they get no lists of their own. If the shop knows "
        "their e-mail, --customer-key email makes them customers."
    )
    severity = Severity.WARNING if share >= NEARLY_ALL_GUESTS else Severity.NOTE
    return Finding("guests", "Guests", severity, seen, advice, figures)


def nobody_as_customer(interactions: Interactions, table: OrderTable) -> Finding:
    """Ids that stand for "no customer": guests that became one big customer."""
    code, title = "placeholder_customer", "Guests under one id"
    orders = np.bincount(table.customer[table.known], minlength=len(interactions.customers))
    found = [
        at
        for at in np.flatnonzero(orders >= NOBODY_SHARE * len(table))
        if orders[at] > 1 and str(interactions.customers[at]).strip().casefold() in NOBODY
    ]
    if not found:
        return Finding(code, title, Severity.OK, "No customer's id looks like a stand-in for guests.")
    shares = tuple(f"{interactions.customers[at]} has {percent(orders[at] / len(table))}" for at in found)
    seen = f"An id that means nobody stands for customers: {' and '.join(shares)} of the orders."
    advice = "Leave customer_id empty for guests: else they all get one list, and it bends everybody's."
    figures: Figures = {"orders": int(orders[found].sum())}
    return Finding(code, title, Severity.WARNING, seen, advice, figures)


def large_customer(interactions: Interactions, table: OrderTable) -> Finding:
    """One customer with a large share of everything."""
    code, title = "large_customer", "Largest customer"
    known = interactions.customer[interactions.customer >= 0]
    if not len(known):
        return Finding(code, title, Severity.OK, "All orders are guests'.")
    orders = np.bincount(table.customer[table.known], minlength=len(interactions.customers))
    lines = np.bincount(known, minlength=len(orders))
    share_orders, share_lines = orders / len(table), lines / len(interactions)
    customers = np.count_nonzero(orders)
    is_small = customers < FEWEST_CUSTOMERS
    limits = (LARGE_SHARE_OF_FEW,) * 2 if is_small else (LARGE_SHARE_ORDERS, LARGE_SHARE_LINES)
    excess = np.maximum(share_orders / limits[0], share_lines / limits[1])
    at = int(np.argmax(excess))
    figures: Figures = {
        "customer_id": str(interactions.customers[at]),
        "orders": int(orders[at]),
        "share_orders": round(float(share_orders[at]), 6),
        "share_lines": round(float(share_lines[at]), 6),
    }
    seen = (
        f"{figures['customer_id']} has {percent(share_orders[at])} of the orders and "
        f"{percent(share_lines[at])} of the lines."
    )
    if excess[at] <= 1 or customers < FEW_CUSTOMERS:
        return Finding(code, title, Severity.OK, seen, figures=figures)
    advice = (
        "A reseller, a till's collective account or a bot: what it buys becomes popular with everybody. "
        "Leave its orders out, or its customer_id empty if many people are behind it."
    )
    if is_small:
        advice += " In a small shop it may be a regular: then nothing has to be done."
    return Finding(code, title, Severity.NOTE if is_small else Severity.WARNING, seen, advice, figures)


def busy_customers(interactions: Interactions, table: OrderTable) -> Finding:
    """Customers with more orders a day than a person places: bots, and accounts shared by many."""
    code, title = "busy_customers", "Orders a day"
    n = len(interactions.customers)
    orders = np.bincount(table.customer[table.known], minlength=n)
    days = np.bincount(_days_of_orders(table)[0], minlength=n)
    pace = orders / np.maximum(days, 1)
    found = np.flatnonzero((pace >= BUSY_ORDERS_A_DAY) & (orders >= BUSY_ORDERS))
    found = found[np.argsort(-orders[found], kind="stable")]
    if not len(found):
        return Finding(code, title, Severity.OK, "Nobody orders at a pace that people do not.")
    share = float(orders[found].sum() / len(table))
    who = tuple(
        f"{interactions.customers[at]}: {orders[at]:,} orders on {counted(int(days[at]), 'day')}"
        for at in found
    )
    seen = (
        f"{counted(len(found), 'customer')} with {percent(share)} of the orders placed {BUSY_ORDERS_A_DAY} "
        f"or more on each of their days: {who[0]}."
    )
    advice = "A bot, a test account or a shared one: leave its orders out, or its customer_id empty."
    severity = Severity.WARNING if share >= LARGE_SHARE_ORDERS else Severity.NOTE
    figures: Figures = {"customers": len(found), "share_orders": round(share, 6)}
    return Finding(code, title, severity, seen, advice, figures, who)


def daily_customers(interactions: Interactions, table: OrderTable) -> Finding:
    """Customers of a small shop who order on every day for weeks; in a large one they carry no weight."""
    code, title = "daily_customers", "Orders on every day"
    customer, day = _days_of_orders(table)
    customers = len(np.unique(customer))
    follows = (np.diff(customer, prepend=GUEST) == 0) & (np.diff(day, prepend=0) == 1)
    starts = np.flatnonzero(~follows)
    lengths = np.diff(starts, append=len(day))
    longest = np.zeros(len(interactions.customers), dtype=np.int64)
    np.maximum.at(longest, customer[starts], lengths)
    found = np.flatnonzero(longest >= DAYS_RUNNING)
    found = found[np.argsort(-longest[found], kind="stable")]
    if not len(found) or not FEW_CUSTOMERS <= customers < FEWEST_CUSTOMERS:
        return Finding(code, title, Severity.OK, "No customer weighs much by ordering day after day.")
    who = tuple(f"{interactions.customers[at]}: {longest[at]:,} days running" for at in found)
    seen = f"{counted(len(found), 'customer')} ordered {DAYS_RUNNING} days running or longer: {who[0]}."
    advice = (
        "A program that tests the shop, a standing order or a regular: what it buys becomes popular with "
        "everybody. If it is not a person, leave its orders out."
    )
    figures: Figures = {"customers": len(found), "longest": int(longest[found[0]])}
    return Finding(code, title, Severity.NOTE, seen, advice, figures, who)


def _days_of_orders(table: OrderTable) -> tuple[np.ndarray, np.ndarray]:
    """(days,) customer and day since 1970 of each day on which a customer ordered, by customer, then day."""
    customer, day = table.customer[table.known], table.ordered_at[table.known] // SECONDS_PER_DAY
    # Orders are in order of time, so a customer's days are too: a new day is one unlike the last.
    by_customer = np.argsort(customer, kind="stable")
    customer, day = customer[by_customer], day[by_customer]
    is_new = np.ones(len(customer), dtype=bool)
    is_new[1:] = (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])
    return customer[is_new], day[is_new]


def repeat_rate(table: OrderTable) -> Finding:
    """How many customers came back."""
    code, title = "repeat_rate", "Customers who come back"
    orders = np.bincount(table.customer[table.known])
    orders = orders[orders > 0]
    if not len(orders):
        return Finding(code, title, Severity.OK, "All orders are guests': nobody can be seen coming back.")
    returning = int((orders > 1).sum())
    share = returning / len(orders)
    figures: Figures = {
        "customers": len(orders),
        "returning": returning,
        "share": round(share, 6),
        "orders_a_customer": round(float(orders.mean()), 3),
    }
    seen = (
        f"{percent(share)} of {counted(len(orders), 'customer')} have two orders or more; "
        f"{orders.mean():.1f} orders a customer."
    )
    if share >= FEW_RETURN or len(orders) < SMALLEST_CROWD:
        return Finding(code, title, Severity.OK, seen, figures=figures)
    advice = (
        "Habits cannot be learnt from one order. Check that customer_id names the customer and not the "
        "order; --customer-key email joins accounts that one person opened; export a longer history."
    )
    return Finding(code, title, Severity.WARNING, seen, advice, figures)


def basket_sizes(table: OrderTable) -> Finding:
    """How many different products an order holds."""
    single = float((table.size == 1).mean())
    huge = int((table.size > HUGE_BASKET).sum())
    figures: Figures = {
        "mean": round(float(table.size.mean()), 3),
        "median": float(np.median(table.size)),
        "largest": int(table.size.max()),
        "share_single": round(single, 6),
        "huge": huge,
    }
    seen = (
        f"Half of the orders hold {figures['median']:g} different products or fewer; "
        f"{figures['mean']:.1f} on average, {figures['largest']:,} in the largest; "
        f"{percent(single)} of the orders hold just one."
    )
    if single > SINGLE_PRODUCT_SHARE and len(table) >= SMALLEST_ORDERS:
        advice = (
            "What is bought together cannot be learnt. Check that the export has a row for each product of "
            "an order, under one order_id."
        )
        return Finding("basket_sizes", "Basket sizes", Severity.WARNING, seen, advice, figures)
    if huge:
        advice = (
            f"{counted(huge, 'order')} with more than {HUGE_BASKET} products: if these are not people's "
            "baskets (collected tills, stock transfers), leave them out."
        )
        return Finding("basket_sizes", "Basket sizes", Severity.NOTE, seen, advice, figures)
    return Finding("basket_sizes", "Basket sizes", Severity.OK, seen, figures=figures)
