"""Paging through orders that change meanwhile, where the platform has numbered pages only.

With page numbers alone an order that changes goes to the end, all behind it move up by one, and the first
of the next page is never seen. So each page asks for page 1 of what changed since the last order seen.

Numbers count on only where more orders changed at one moment than a page holds, as after an update of the
whole table. Those pages are then read once more, backwards: what moves up meanwhile goes to pages to come.
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
        is_last = _is_last(page, number, size)
        latest = None if is_last else _latest_in_order(page, changed_at)
        following = None
        if latest is not None and (since is None or latest > since):
            done_with = sum(change is not None and change < latest for change in seen)
            following = _narrowed(fetch(latest, 1), page, latest, done_with, changed_at)
        if is_last or following is not None:
            yield from _backwards(fetch, since, number)
        yield page.orders
        if is_last:
            return
        if following is not None:
            since, number, page = latest, 1, following
            size, seen = len(page.orders), []
        else:
            number += 1
            page = fetch(since, number)
        seen += [changed_at(order) for order in page.orders]


def _backwards(fetch: Fetch, since: datetime | None, last: int) -> Iterator[Sequence[OrderDocument]]:
    """The pages before the last one, if there are any, in falling order."""
    for number in range(last - 1, 0, -1):
        yield fetch(since, number).orders


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


def _narrowed(
    following: NumberedPage, page: NumberedPage, latest: datetime, done_with: int, changed_at: ChangedAt
) -> NumberedPage | None:
    """The page that follows, if the platform left out orders that are done with, and no others."""
    first = changed_at(following.orders[0]) if following.orders else None
    if first is None or first < latest:
        return None
    if following.total is not None and page.total is not None and following.total < page.total - done_with:
        return None
    return following
