"""Whether the days of a history are believable: none in the future, none from another age, none missing."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from training.doctor.findings import Figures, Finding, Severity, counted, date_text
from training.doctor.history import OrderTable
from training.interactions import SECONDS_PER_DAY

FIRST_SHOPS = int(datetime(1995, 1, 1, tzinfo=UTC).timestamp())
"""No shop on the web is older; an earlier date is a till's default or a field read wrongly."""

FAR_DAYS = 180
FAR_SHARE = 0.01
"""So few orders, so far from all others, are wrong dates rather than a quiet season."""

LONG_GAP_DAYS = 7
TIMES_USUAL = 3
"""A gap is one of at least a week, and of three times what is usual: weekends are no gaps."""

FAULTY_GAP_DAYS = 21
"""Few shops close for longer; more likely a file is missing."""

THIN_SHARE = 0.25
THIN_NEIGHBOURS = 4
THIN_USUAL_ORDERS = 20
"""A week with a quarter of the orders of the four before and after it, where those have twenty or more."""

STALE_DAYS = 14
SHORT_DAYS = 56
"""Trending compares two weeks with the eight before; with less than eight weeks there is little to "
"compare."""


def future_dates(table: OrderTable, clock: int) -> Finding:
    """Orders after the present, or so far after all others that they make a wrong "now"."""
    _, late = _outliers(table.ordered_at)
    # A day's grace: times without a zone may be read in the wrong one.
    ahead = int((table.ordered_at > clock + SECONDS_PER_DAY).sum())
    wrong = max(ahead, late)
    figures: Figures = {"orders": wrong, "last": date_text(table.ordered_at[-1])}
    if not wrong:
        return Finding(
            "future_dates", "Future dates", Severity.OK, "No order is from the future.", figures=figures
        )
    where = "In the future" if ahead else f"{FAR_DAYS} days or more after all others"
    seen = f"{where}: {counted(wrong, 'order')}, the last of {figures['last']}."
    advice = "Check how the export writes dates, and --timezone."
    if wrong < len(table):
        before = date_text(table.ordered_at[-wrong - 1])
        advice = (
            "Age is counted from the last order, so all others look old. Correct the dates, or train with "
            f"--as-of {before}T23:59:59Z, which leaves them out."
        )
    return Finding("future_dates", "Future dates", Severity.WARNING, seen, advice, figures)


def ancient_dates(table: OrderTable) -> Finding:
    """Orders from before there were shops on the web, or so far before all others that they must be wrong."""
    early, _ = _outliers(table.ordered_at)
    wrong = max(int((table.ordered_at < FIRST_SHOPS).sum()), early)
    first = date_text(table.ordered_at[0])
    figures: Figures = {"orders": wrong, "first": first}
    if not wrong:
        return Finding(
            "ancient_dates",
            "Ancient dates",
            Severity.OK,
            f"The history begins on {first}.",
            figures=figures,
        )
    seen = f"Long before all others, or before 1995: {counted(wrong, 'order')}, the first of {first}."
    advice = (
        "Look for a default such as 1970-01-01 in the export. Old orders weigh almost nothing, but they make "
        "products look old that are new: correct or leave out these rows."
    )
    return Finding("ancient_dates", "Ancient dates", Severity.WARNING, seen, advice, figures)


def gaps(table: OrderTable, clock: int) -> Finding:
    """Stretches of days without a single order."""
    days = np.unique(believable(table.ordered_at, clock) // SECONDS_PER_DAY)
    steps = np.diff(days)
    figures: Figures = {"gaps": 0}
    title = "Days without orders"
    if len(steps) < 10:
        seen = f"Orders on {counted(len(days), 'day')}: too few to tell a gap from a quiet day."
        return Finding("gaps", title, Severity.OK, seen, figures=figures)
    longest_usual = max(LONG_GAP_DAYS, TIMES_USUAL * float(np.percentile(steps, 95)))
    found = np.flatnonzero(steps > longest_usual)
    found = found[np.argsort(-steps[found], kind="stable")]
    if not len(found):
        seen = f"Orders come in all the time; the longest pause is {counted(int(steps.max()) - 1, 'day')}."
        return Finding("gaps", title, Severity.OK, seen, figures=figures)
    pauses = tuple(_pause(int(days[at]), int(days[at + 1])) for at in found)
    longest = int(steps[found[0]]) - 1
    figures = {"gaps": len(found), "longest_days": longest}
    seen = f"{counted(len(found), 'pause')} without any order, the longest from {pauses[0]}."
    advice = "If the shop was not closed then, a file is missing: export those days too."
    severity = Severity.WARNING if longest >= FAULTY_GAP_DAYS else Severity.NOTE
    return Finding("gaps", title, severity, seen, advice, figures, pauses)


def thin_weeks(table: OrderTable, clock: int) -> Finding:
    """Weeks with some orders, but far fewer than those around them: a part of an export is missing."""
    first_week, orders = weekly_orders(believable(table.ordered_at, clock))
    thin = []
    # The first and the last week are seldom whole ones.
    for week in range(1, len(orders) - 1):
        around = [*orders[max(1, week - THIN_NEIGHBOURS) : week], *orders[week + 1 : -1][:THIN_NEIGHBOURS]]
        usual = float(np.median(around)) if around else 0.0
        if usual >= THIN_USUAL_ORDERS and 0 < orders[week] < THIN_SHARE * usual:
            thin.append((week, usual))
    figures: Figures = {"weeks": len(thin)}
    if not thin:
        return Finding(
            "thin_weeks", "Thin weeks", Severity.OK, "No week is far below its neighbours.", figures=figures
        )
    weeks = tuple(
        f"week of {date_text(monday(first_week + week))}: {counted(int(orders[week]), 'order')}, "
        f"usually {usual:,.0f}"
        for week, usual in thin
    )
    seen = f"{counted(len(thin), 'week')} with less than a quarter of the usual orders: {weeks[0]}."
    advice = "Holidays look like this. Otherwise a part of these weeks was not exported: export them again."
    return Finding("thin_weeks", "Thin weeks", Severity.NOTE, seen, advice, figures, weeks)


def span(table: OrderTable, clock: int) -> Finding:
    """How long the history is, and how old its end."""
    times = believable(table.ordered_at, clock)
    days = int((times[-1] - times[0]) // SECONDS_PER_DAY) + 1
    old = int((clock - times[-1]) // SECONDS_PER_DAY)
    figures: Figures = {
        "days": days,
        "first": date_text(times[0]),
        "last": date_text(times[-1]),
        "days_old": max(old, 0),
    }
    seen = f"{counted(days, 'day')}, from {figures['first']} to {figures['last']}."
    advice = []
    if days < SHORT_DAYS:
        advice.append(
            f"With less than {SHORT_DAYS} days, habits, trends and the comparison of models are uncertain: "
            "export as far back as you can."
        )
    if old > STALE_DAYS:
        seen += f" The last order is {old:,} days old."
        advice.append("Lists show what was in demand then: export newer orders.")
    severity = Severity.NOTE if advice else Severity.OK
    return Finding("span", "Length of the history", severity, seen, " ".join(advice), figures)


def weekly_orders(ordered_at: np.ndarray) -> tuple[int, np.ndarray]:
    """Orders a week, Monday to Sunday in UTC.

    Args:
        ordered_at: (orders,) seconds since 1970 UTC, at least one.

    Returns:
        the first week's number, for `monday`; (weeks,) int64 orders, up to the last one's week.
    """
    # 1970-01-01 was a Thursday.
    week = (ordered_at // SECONDS_PER_DAY + 3) // 7
    return int(week.min()), np.bincount(week - week.min())


def monday(week: int) -> int:
    """Seconds since 1970 UTC of the beginning of a week, numbered as by `weekly_orders`."""
    return (7 * week - 3) * SECONDS_PER_DAY


def _outliers(ordered_at: np.ndarray) -> tuple[int, int]:
    """How many of the first, and of the last orders lie far from all others; times are rising."""
    after = np.flatnonzero(np.diff(ordered_at) > FAR_DAYS * SECONDS_PER_DAY) + 1
    allowed = FAR_SHARE * len(ordered_at)
    early = max((int(at) for at in after if at <= allowed), default=0)
    late = max((len(ordered_at) - int(at) for at in after if len(ordered_at) - at <= allowed), default=0)
    return early, late


def believable(ordered_at: np.ndarray, clock: int) -> np.ndarray:
    """The times without those that `future_dates` and `ancient_dates` tell; all, if it is all of them."""
    early, late = _outliers(ordered_at)
    near = ordered_at[early : len(ordered_at) - late]
    near = near[(near >= FIRST_SHOPS) & (near <= clock + SECONDS_PER_DAY)]
    return near if len(near) else ordered_at


def _pause(before: int, after: int) -> str:
    """The days without orders between two days (since 1970) that have some."""
    first, last = date_text((before + 1) * SECONDS_PER_DAY), date_text((after - 1) * SECONDS_PER_DAY)
    return f"{first} to {last}: {counted(after - before - 1, 'day')}"
