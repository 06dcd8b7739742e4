"""Paging through orders that change meanwhile, where the platform has numbered pages only.

With page numbers alone an order that changes goes to the end, all behind it move up by one, and the first
of the next page is never seen. So each page asks for page 1 of what changed since the last order seen.
Numbers count on only where more orders changed at one moment than a page holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from training.pull.shop import OrderDocument


@dataclass(frozen=True)
class NumberedPage:
    """One page of an answer.

    Attributes:
        orders: as the platform sends them.
        total: how many orders the query finds on all its pages; None: the platform does not say.
        pages: how many pages; None: to be told from `total`.
    """

    orders: Sequence[OrderDocument]
    total: int | None
    pages: int | None = None


Fetch = Callable[[datetime | None, int], NumberedPage]
"""Page 1, 2, … of the orders that changed at that time or later, the oldest change first."""

ChangedAt = Callable[[OrderDocument], datetime | None]


def pages_by_change(
    fetch: Fetch, since: datetime | None, changed_at: ChangedAt
) -> Iterator[Sequence[OrderDocument]]:
    """All orders that changed at `since` or later, page by page; those at the rim of a page come twice.

    Where a platform does not filter or sort as asked, what goes missing or comes again shows it, and the
    numbers count on.
    """
    number, page = 1, fetch(since, 1)
    size, seen = len(page.orders), [changed_at(order) for order in page.orders]
    while True:
        yield page.orders
        if _is_last(page, number, size):
            return
        latest = _latest_in_order(page, changed_at)
        if latest is not None and (since is None or latest > since):
            following = fetch(latest, 1)
            done_with = sum(change is not None and change < latest for change in seen)
            if _goes_on(following, latest, changed_at) and _has_all(following, page, done_with):
                since, number, page = latest, 1, following
                size, seen = len(page.orders), [changed_at(order) for order in page.orders]
                continue
        number += 1
        page = fetch(since, number)
        seen += [changed_at(order) for order in page.orders]


def _is_last(page: NumberedPage, number: int, size: int) -> bool:
    if not page.orders:
        return True
    if page.pages is not None:
        return number >= page.pages
    # Magento repeats its last page for ever; and a shop may hold fewer a page than it was asked for.
    return page.total is not None and number * size >= page.total


def _latest_in_order(page: NumberedPage, changed_at: ChangedAt) -> datetime | None:
    """The last change of a page, if each order tells its own and none is before the one above it."""
    changes = [change for order in page.orders if (change := changed_at(order)) is not None]
    whole = len(changes) == len(page.orders)
    return changes[-1] if whole and all(first <= second for first, second in pairwise(changes)) else None


def _goes_on(following: NumberedPage, latest: datetime, changed_at: ChangedAt) -> bool:
    """Whether the platform heeded that orders of before `latest` are not wanted."""
    first = changed_at(following.orders[0]) if following.orders else None
    return first is not None and first >= latest


def _has_all(following: NumberedPage, page: NumberedPage, done_with: int) -> bool:
    """Whether the narrower query leaves out no more than the orders that we are done with."""
    return following.total is None or page.total is None or following.total >= page.total - done_with
