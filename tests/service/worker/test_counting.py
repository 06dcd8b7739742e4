"""What each kind of entry adds to the counts."""

from __future__ import annotations

import pytest

from service.store.event_counts import Counted
from service.store.event_stream import StreamEntry
from service.worker.counting import counted_of
from tests.service.worker.entries import NOON, entry

DAY = "2026-11-23"


@pytest.mark.parametrize(
    "read, added",
    [
        (entry(1, "impression", placement="home"), ("impression:home", "", 0)),
        (entry(1, "click", placement="elsewhere"), ("click:", "", 0)),
        (entry(1, "view"), ("view:", "", 0)),
        (entry(1, "purchase", placement="home", unit_price=1.5), ("purchase:home", "revenue:home", 1.5)),
        (entry(1, "purchase", unit_price=1.5, quantity=3), ("purchase:", "revenue:", 4.5)),
        (entry(1, "purchase"), ("purchase:", "", 0)),
        (entry(1, "add_to_cart", unit_price=1.5), ("add_to_cart:", "", 0)),
        (entry(1, "purchase", unit_price=1.5, flag="bot"), ("flagged:bot", "", 0)),
        (entry(1, "identify"), ("", "", 0)),
        (entry(1, "dance"), ("flagged:unreadable", "", 0)),
        (StreamEntry(f"{NOON}-1", None, None, None), ("flagged:unreadable", "", 0)),
    ],
)
def test_what_an_entry_adds(read: StreamEntry, added: tuple[str, str, float]):
    assert counted_of(read, {"home"}) == Counted(read.id, DAY, *added)


def test_an_event_counts_on_the_day_on_which_it_happened():
    late = entry(1, at_ms=NOON - 24 * 3_600_000)
    assert counted_of(late, ()).day == "2026-11-22"
