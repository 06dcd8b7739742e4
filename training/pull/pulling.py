"""One pull: a shop's changed orders become parts on disk, and the watermark follows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl

from training import columns as c
from training.connectors.document_layout import DocumentFault, Line
from training.connectors.platform_lines import PLATFORM_SCHEMA
from training.connectors.pulled_lines import without_emails
from training.errors import InputRefused
from training.pull.pulled_files import PulledFiles, Watermark
from training.pull.shop import OrderDocument, Shop, changed_at
from training.quarantine import SCHEMA as QUARANTINE_SCHEMA
from training.quarantine import Quarantine, listed

PART_ORDERS = 1_000
"""In a part at most, or a page more: so much is asked for again after a pull was killed."""

OVERLAP = timedelta(minutes=5)
"""An order shows up a little after the time of its change, when the shop's transaction has ended: each
pull begins so much before the watermark, and passes by what it knows."""


@dataclass
class PullSummary:
    """What a pull did.

    Attributes:
        platform, shop: which shop was asked.
        since: from which change on; None: from the first.
        watermark: every order that last changed until then has been pulled; None: the shop has none.
        orders: how many were stored; `lines` are their rows.
        seen_again: orders that were stored before, unchanged, and passed by.
        quarantine: orders that could not be read, by reason.
        files: the parts written.
    """

    platform: str
    shop: str
    since: datetime | None = None
    watermark: datetime | None = None
    orders: int = 0
    lines: int = 0
    seen_again: int = 0
    quarantine: dict[str, int] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)


Tell = Callable[[PullSummary, datetime | None], None]
"""Told after each page: what was done, and the change that was reached."""


def pull_orders(shop: Shop, files: PulledFiles, since: datetime | None, tell: Tell) -> PullSummary:
    """Store all orders that changed since `since`; None: since the watermark, or all.

    A pull that was killed goes on from the watermark, even if it is asked for with the same `since` again.

    Raises:
        InputRefused: the shop answers something that is not orders.
        UsageError: wrong credentials or address, or a folder that cannot be written.
        ShopUnavailable: the shop cannot be reached; what was pulled until then is kept.
    """
    pull = _Pull(shop, files, since, files.watermark(shop.address))
    for page in shop.pages(pull.summary.since):
        pull.take(page)
        tell(pull.summary, pull.latest)
    pull.end()
    return pull.summary


@dataclass
class _Part:
    """Orders that are not stored yet: how many, their lines, and those that could not be read."""

    orders: int = 0
    lines: list[Line] = field(default_factory=list)
    bad: list[Line] = field(default_factory=list)


class _Pull:
    """The state of a pull between pages."""

    def __init__(
        self,
        shop: Shop,
        files: PulledFiles,
        since: datetime | None,
        watermark: Watermark | None,
    ) -> None:
        self.summary = PullSummary(shop.platform, shop.address, since)
        self.latest: datetime | None = None
        self._shop, self._files = shop, files
        self._asked = since
        self._started = datetime.now(UTC)
        self._ascending = True
        self._last_of_page: datetime | None = None
        self._recent: dict[str, datetime] = {}
        self._part = _Part()
        self._stored = 0
        self._is_first = watermark is None
        if watermark is not None and self._goes_on(watermark):
            self._asked = watermark.since
            self._recent = dict(watermark.recent)
            self.latest = self.summary.watermark = watermark.changed_at
            self.summary.since = watermark.changed_at - OVERLAP

    def take(self, page: Sequence[OrderDocument]) -> None:
        """The orders of one page."""
        changes = [change for order in page if (change := self._changed_at(order)) is not None]
        for order in page:
            self._take(order)
        if changes:
            so_far = changes if self._last_of_page is None else [self._last_of_page, *changes]
            self._ascending &= all(first <= second for first, second in pairwise(so_far))
            self._last_of_page = changes[-1]
            self.latest = max(changes if self.latest is None else [self.latest, *changes])
        # Parts grow: what a short pull has is safe soon, and a long one leaves few files.
        if 0 < self._part.orders >= min(PART_ORDERS, self._stored):
            self._store(complete=False)

    def end(self) -> None:
        """Store what is left, and that nothing is missing."""
        self._store(complete=True)

    def _goes_on(self, watermark: Watermark) -> bool:
        unfinished = self._asked == watermark.since and not watermark.complete
        return self._asked is None or unfinished

    def _take(self, order: OrderDocument) -> None:
        change = self._changed_at(order)
        key = str(order.get(self._shop.id_field))
        if change is not None:
            if self._recent.get(key) == change:
                self.summary.seen_again += 1
                return
            self._recent[key] = change
        self._part.orders += 1
        try:
            lines = self._shop.layout.order_lines(order)
        except DocumentFault as fault:
            reasons = self.summary.quarantine
            reasons[str(fault)] = reasons.get(str(fault), 0) + 1
            place = {c.SOURCE: self._shop.address, c.LINE: self._part.orders}
            # The order's id and no more: its text would hold the customer's name and address.
            self._part.bad.append({**place, c.REASON: str(fault), c.TEXT: f"order {key}"})
            return
        self.summary.orders += 1
        self._part.lines += [{**line, c.COPY: self._part.orders} for line in lines]

    def _store(self, complete: bool) -> None:
        part, self._part = self._part, _Part()
        quarantine = Quarantine.of([pl.DataFrame(part.bad, schema=QUARANTINE_SCHEMA)])
        if part.bad and not self.summary.orders and self._is_first:
            raise InputRefused(
                f"{self._shop.address}: none of {part.orders} orders can be read "
                f"({listed(self.summary.quarantine)}); nothing is stored"
            )
        if part.lines or part.bad:
            lines = without_emails(pl.DataFrame(part.lines, schema=PLATFORM_SCHEMA))
            self.summary.files.append(self._files.add_part(lines, quarantine))
        self.summary.lines += len(part.lines)
        self._stored += part.orders
        if self.latest is not None and (self._ascending or complete):
            self._set_watermark(self.latest, complete)

    def _set_watermark(self, latest: datetime, complete: bool) -> None:
        # A shop that does not sort may have shown an order before it changed again, but not before the start.
        # No change lies in the future, whatever a shop's clock says: all until then would be passed by.
        reached = min(latest, datetime.now(UTC) if self._ascending else self._started - OVERLAP)
        self._recent = {key: at for key, at in self._recent.items() if at >= reached - OVERLAP}
        self._files.set_watermark(Watermark(self._shop.address, reached, self._recent, self._asked, complete))
        self.summary.watermark = reached

    def _changed_at(self, order: OrderDocument) -> datetime | None:
        return changed_at(order, self._shop.changed_field)
