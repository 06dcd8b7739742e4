"""What erased customers ordered counts no more; what they order afterwards does."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.store.keys import Keys
from service.store.tombstones import bury, digest, read_tombstones
from tests.builders import line, staged
from training import columns as c
from training.cleaning import clean


def ms(time: str) -> int:
    return int(datetime.fromisoformat(time).replace(tzinfo=UTC).timestamp() * 1000)


def test_lines_up_to_the_erasure_are_ignored_and_told() -> None:
    lines = [line(str(day), at=f"2026-01-0{day}") for day in (1, 2, 3)] + [line("4", "bob"), line("5", None)]
    found = clean(staged(lines), tombstones={digest("ann"): ms("2026-01-02")})
    assert found.lines.sort(c.ORDER_ID)[c.ORDER_ID].to_list() == ["3", "4", "5"]
    assert found.accounting.ignored == {"erased": 2}


def test_one_who_never_came_back_is_no_customer() -> None:
    found = clean(staged([line(), line("2", "bob")]), tombstones={digest("ann"): ms("2026-02-01")})
    assert found.customers.to_list() == ["bob"]


def test_a_tombstone_of_another_changes_nothing() -> None:
    found = clean(staged([line()]), tombstones={digest("Ann"): ms("2026-02-01")})
    assert (found.accounting.kept, found.accounting.ignored) == (1, {})


@pytest.fixture
def erased_bob(store) -> None:
    bury(store, Keys(), {digest("bob"): ms("2026-02-01")})


def test_a_run_leaves_out_who_was_erased(training, five_orders, erased_bob, reader) -> None:
    outcome = training("run", "--orders", five_orders, "--json")
    assert outcome.code == 0
    assert outcome.summary["ignored"] == {"erased": 3}
    lists = dict(reader.customer_lists(reader.meta(outcome.summary["version"]), "for_you"))
    assert list(lists) == ["anna"]


def test_a_run_without_a_store_knows_those_of_the_last_run_with_one(
    training, five_orders, erased_bob, store, tmp_path: Path
) -> None:
    assert training("run", "--orders", five_orders).code == 0
    store.flushall()
    outcome = training("run", "--orders", five_orders, "--no-publish", "--json")
    assert outcome.summary["ignored"] == {"erased": 3}
    copy = json.loads((tmp_path / "var" / "tombstones.json").read_text())
    assert copy == {digest("bob"): ms("2026-02-01")}


def test_a_store_that_lost_them_gets_them_back(training, five_orders, erased_bob, store) -> None:
    assert training("run", "--orders", five_orders).code == 0
    store.flushall()
    outcome = training("run", "--orders", five_orders, "--json")
    assert outcome.summary["ignored"] == {"erased": 3}
    assert read_tombstones(store, Keys()) == {digest("bob"): ms("2026-02-01")}


def test_a_damaged_copy_ends_with_3_and_says_which(training, five_orders, tmp_path: Path) -> None:
    copy = tmp_path / "var" / "tombstones.json"
    copy.parent.mkdir()
    copy.write_text("[1]")
    outcome = training("run", "--orders", five_orders)
    assert outcome.code == 3
    assert str(copy) in outcome.errors
