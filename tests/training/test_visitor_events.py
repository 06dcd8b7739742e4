"""Which archived events count, whose they are, and which purchases become order lines."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.builders import line, staged
from tests.training.event_archives import archive, event, identify
from training import columns as c
from training.cleaning import clean
from training.errors import InputRefused
from training.visitor_events import VisitorEvents, read_visitor_events, with_purchases


def read(folder: Path, *events: dict) -> VisitorEvents:
    return read_visitor_events(archive(folder / "events", *events), {})


def test_an_anonymous_visitor_is_the_customer_who_signs_in_next(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        event("view", "v1", "before", "2026-01-01"),
        identify("v1", "ann", "2026-01-02"),
        event("view", "v1", "as ann", "2026-01-03", customer_id="ann"),
        identify("v1", "bob", "2026-01-04"),
        event("view", "v2", "stranger", "2026-01-01"),
    )
    whose = dict(found.rows.select(c.PRODUCT_ID, c.CUSTOMER_ID).iter_rows())
    assert whose == {"before": "ann", "as ann": "ann", "stranger": None}


def test_what_robots_and_floods_do_is_left_out_and_told(tmp_path: Path) -> None:
    flags = [event("view", "v1", flag=flag) for flag in ("bot", "flood", "repeat", None)]
    found = read(tmp_path, *flags, event("impression", "v1"), event("remove_from_cart", "v1"))
    assert (found.rows.height, found.left_out) == (1, 3)


def test_an_archive_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert read_visitor_events(tmp_path / "none", {}).rows.height == 0


def test_a_damaged_archive_is_refused_by_name(tmp_path: Path) -> None:
    folder = archive(tmp_path / "events", event("view", "v1"))
    (folder / "date=2026-01-05/1.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputRefused, match="events"):
        read_visitor_events(folder, {})


def test_what_an_erased_visitor_did_before_does_not_count(tmp_path: Path) -> None:
    folder = archive(
        tmp_path / "events",
        event("view", "v1", at="2026-01-01"),
        event("view", "v1", at="2026-01-03"),
        event("view", "v2", at="2026-01-01"),
    )
    erased = {hashlib.sha1(b"v1").hexdigest(): 1_767_312_000_000}  # 2026-01-02
    assert sorted(read_visitor_events(folder, erased).rows["visitor_id"]) == ["v1", "v2"]


def bought(order: str | None, product: str = "tea", visitor: str = "v1", **more: Any) -> dict:
    return event("purchase", visitor, product, order_id=order, **more)


def test_purchases_of_orders_that_nobody_read_are_order_lines_once(tmp_path: Path) -> None:
    events = read(
        tmp_path,
        bought("7", quantity=3, unit_price=2.5, customer_id="ann"),
        bought("7", customer_id="ann"),
        bought("7", "cup"),
        bought(None, "pot"),
    )
    orders, added = with_purchases(staged([line("1")]), events)
    assert added == 2
    rows = clean(orders).lines.iter_rows(named=True)
    new = {row[c.PRODUCT_ID]: row for row in rows if row[c.ORDER_ID] == "7"}
    assert (new["tea"][c.CUSTOMER_ID], new["tea"][c.QUANTITY], new["tea"][c.UNIT_PRICE]) == ("ann", 3, 2.5)
    assert (new["cup"][c.CUSTOMER_ID], new["cup"][c.QUANTITY], new["cup"][c.UNIT_PRICE]) == (None, 1, None)


@pytest.mark.parametrize("status", ["completed", "cancelled", "refunded"])
def test_an_order_that_was_read_holds_whatever_became_of_it(tmp_path: Path, status: str) -> None:
    events = read(tmp_path, bought("1"), bought("1", "cup"))
    lines = staged([line("1", status=status), line("2")])
    orders, added = with_purchases(lines, events)
    assert added == 0
    assert orders.lines.equals(lines.lines)
    assert clean(orders).accounting == clean(lines).accounting
