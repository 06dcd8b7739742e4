"""The pictures of the page. Drawn by matplotlib as SVG, the same for the same orders to the last byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.doctor.checks_dates import believable, monday, weekly_orders
from training.doctor.findings import percent
from training.doctor.history import OrderTable
from training.html_report.plot import FIRST, SECOND, THIRD, Plot, drawn, keep_fonts_in, legend_above
from training.interactions import GUEST, Interactions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

A_WEEK = np.timedelta64(6, "D")
"""The width of its bar: a day's gap to the next."""

LAST_BASKET, LAST_ORDERS = 30, 20
"""Sizes and counts from here on share one bar."""


def draw_all(interactions: Interactions, table: OrderTable, clock: int, cache: Path) -> Iterator[Plot]:
    """Weekly volume, new and returning customers, basket sizes, orders a customer, popularity.

    Args:
        interactions, table: the history, not empty.
        clock: seconds since 1970 UTC; later orders are left out of the pictures.
        cache: where matplotlib keeps its list of fonts.
    """
    keep_fonts_in(cache)
    yield weekly_volume(table, clock)
    if table.known.any():
        yield new_and_returning(table, clock)
    yield basket_sizes(table)
    if table.known.any():
        yield orders_a_customer(table)
    yield popularity_curve(interactions)


def weekly_volume(table: OrderTable, clock: int) -> Plot:
    """Orders a week."""
    first, orders = weekly_orders(believable(table.ordered_at, clock))
    weeks = _mondays(first, len(orders))
    since, without = weeks[0].astype("datetime64[D]"), int((orders == 0).sum())
    alt = (
        f"{len(orders):,} weeks from {since} on, usually {np.median(orders):,.0f} orders, "
        f"{orders.max():,} in the best. {_weeks(without)} without any."
    )

    def draw(axes: Axes) -> None:
        axes.bar(weeks, orders, width=A_WEEK, color=FIRST)
        axes.set_ylabel("orders a week")
        _few_dates(axes)

    return drawn("Orders a week", "weeks", alt, _counted(draw))


def new_and_returning(table: OrderTable, clock: int) -> Plot:
    """Orders a week of customers who buy for the first time, of those who came back, and of guests."""
    times = believable(table.ordered_at, clock)
    shown = (table.ordered_at >= times[0]) & (table.ordered_at <= times[-1])
    first, orders = weekly_orders(table.ordered_at[shown])
    week = (table.ordered_at[shown] - monday(first)) // (monday(first + 1) - monday(first))
    is_new = _first_orders(table)[shown]
    guest = table.customer[shown] == GUEST
    counts = [
        np.bincount(week[kind], minlength=len(orders)) for kind in (~is_new & ~guest, is_new & ~guest, guest)
    ]
    weeks = _mondays(first, len(orders))
    returning, new, guests = (percent(float(count.sum() / orders.sum())) for count in counts)
    alt = (
        f"Of all orders {returning} are of customers who had bought before, {new} are first orders, "
        f"{guests} are guests'."
    )

    def draw(axes: Axes) -> None:
        below = np.zeros(len(orders))
        kinds = (("came back", FIRST), ("first order", SECOND), ("guest", THIRD))
        for (label, colour), count in zip(kinds, counts, strict=True):
            axes.bar(weeks, count, width=A_WEEK, bottom=below, color=colour, label=label)
            below += count
        axes.set_ylabel("orders a week")
        legend_above(axes, 1.17)
        _few_dates(axes)

    return drawn("New and returning customers", "returning", alt, _counted(draw))


def basket_sizes(table: OrderTable) -> Plot:
    """How many orders hold how many different products."""
    sizes = np.bincount(np.minimum(table.size, LAST_BASKET), minlength=LAST_BASKET + 1)[1:]
    beyond = percent(float((table.size >= LAST_BASKET).mean()))
    alt = (
        f"{percent(float((table.size == 1).mean()))} of the orders hold one product, half of them "
        f"{np.median(table.size):g} or fewer; {beyond} hold {LAST_BASKET} or more (the last bar)."
    )

    def draw(axes: Axes) -> None:
        axes.bar(np.arange(1, LAST_BASKET + 1), sizes, color=FIRST)
        axes.set_xticks([1, 5, 10, 15, 20, 25, LAST_BASKET], ["1", "5", "10", "15", "20", "25", "30+"])
        axes.set_xlabel("different products in the order")
        axes.set_ylabel("orders")

    return drawn("Basket sizes", "baskets", alt, _counted(draw))


def orders_a_customer(table: OrderTable) -> Plot:
    """How many customers have how many orders."""
    orders = np.bincount(table.customer[table.known])
    orders = orders[orders > 0]
    customers = np.bincount(np.minimum(orders, LAST_ORDERS), minlength=LAST_ORDERS + 1)[1:]
    alt = (
        f"{percent(float((orders == 1).mean()))} of the customers have one order, "
        f"{percent(float((orders >= LAST_ORDERS).mean()))} have {LAST_ORDERS} or more (the last bar)."
    )

    def draw(axes: Axes) -> None:
        axes.bar(np.arange(1, LAST_ORDERS + 1), customers, color=FIRST)
        axes.set_xticks([1, 5, 10, 15, LAST_ORDERS], ["1", "5", "10", "15", "20+"])
        axes.set_xlabel("orders of the customer")
        axes.set_ylabel("customers")

    return drawn("Orders a customer", "customers", alt, _counted(draw))


def popularity_curve(interactions: Interactions) -> Plot:
    """Which share of the sales the best-selling products have."""
    sales = np.sort(np.bincount(interactions.product, minlength=len(interactions.products)))[::-1]
    share = np.concatenate([[0.0], np.cumsum(sales) / sales.sum()])
    products = np.linspace(0, 100, len(share))
    top = percent(float(share[-(-len(sales) // 10)]))
    alt = f"The best-selling tenth of the products has {top} of all order lines."
    # A hundred points look like a hundred thousand.
    shown = np.unique(np.linspace(0, len(share) - 1, min(len(share), 101)).astype(int))

    def draw(axes: Axes) -> None:
        axes.fill_between(products[shown], 100 * share[shown], color=FIRST, alpha=0.25, linewidth=0)
        axes.plot(products[shown], 100 * share[shown], color=FIRST, linewidth=2)
        axes.set_xlabel("% of the products, best-selling first")
        axes.set_ylabel("% of the lines")
        axes.set_ylim(0, 103)

    return drawn("How sales spread over products", "popularity", alt, _counted(draw))


def _counted(draw: Callable[[Axes], None]) -> Callable[[Axes], None]:
    """What `draw` draws, with whole numbers up the side, few enough to read."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def draw_counts(axes: Axes) -> None:
        draw(axes)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.margins(x=0.01)

    return draw_counts


def _few_dates(axes: Axes) -> None:
    """So few that they do not touch, and the year once instead of at each."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=3, maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def _first_orders(table: OrderTable) -> np.ndarray:
    """(orders,) bool: the first one of its customer; never a guest's."""
    first = np.zeros(len(table), dtype=bool)
    _, at = np.unique(table.customer, return_index=True)
    first[at] = True
    return first & table.known


def _mondays(first_week: int, weeks: int) -> np.ndarray:
    """(weeks,) datetime64[s]"""
    return np.array([monday(first_week + at) for at in range(weeks)], dtype="datetime64[s]")


def _weeks(number: int) -> str:
    return f"{number} week{'s' if number != 1 else ''}"
