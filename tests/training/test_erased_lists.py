"""An erasure reaches the artefacts: no version that was made before brings a customer back."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from service.store.keys import Keys
from service.store.tombstones import bury, digest
from training.erased_lists import CLOCKS_APART_MS, erase_from_artefact
from training.publish import publish
from training.run_id import began_ms
from training.store_session import Store, locked
from training.tombstone_file import keep_on_disk
from training.version_artefact import VersionArtefact


@pytest.fixture
def artefact(training, five_orders, tmp_path: Path) -> VersionArtefact:
    version = training("run", "--orders", five_orders, "--json").summary["version"]
    return VersionArtefact(tmp_path / "var" / "versions" / version)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def customers(artefact: VersionArtefact) -> list[str]:
    return [customer for block in artefact.customers() for customer in block.ids]


def bought(artefact: VersionArtefact) -> dict[str, list[int]]:
    (block,) = artefact.customers()
    ends = block.bought_counts.cumsum().tolist()
    starts = [0, *ends]
    return {
        one: sorted(block.bought[start:end].tolist())
        for one, start, end in zip(block.ids, starts, ends, strict=False)
    }


def test_only_the_erased_customer_leaves(artefact: VersionArtefact) -> None:
    before = bought(artefact)
    assert erase_from_artefact(artefact, {digest("anna"): now_ms()}) == ["anna"]
    assert bought(artefact) == {"bob": before["bob"]}
    assert sorted(path.name for path in artefact.folder.glob("*customers*")) == ["customers-00000"]
    assert erase_from_artefact(artefact, {digest("anna"): now_ms()}) == []


def test_a_block_can_end_up_empty(artefact: VersionArtefact) -> None:
    erase_from_artefact(artefact, {digest(one): now_ms() for one in ("anna", "bob")})
    assert customers(artefact) == []


def test_a_version_made_long_after_the_erasure_keeps_who_came_back(artefact: VersionArtefact) -> None:
    long_before = began_ms(artefact.folder.name) - CLOCKS_APART_MS - 1
    assert erase_from_artefact(artefact, {digest("anna"): long_before}) == []
    assert customers(artefact) == ["anna", "bob"]


def test_publishing_again_brings_nobody_back(artefact: VersionArtefact, training, store, reader) -> None:
    version = artefact.folder.name
    keep_on_disk(artefact.data_dir, {digest("anna"): now_ms()})
    store.flushall()
    assert training("activate", version).code == 0
    assert dict(reader.customer_lists(reader.meta(version), "bought")).keys() == {"bob"}
    assert customers(artefact) == ["bob"]


def test_who_is_erased_while_a_version_is_written_leaves_it_once_it_is_live(
    artefact: VersionArtefact, store, reader
) -> None:
    erasures = reader.revisions().erasures

    def erase_anna(done: int, of: int) -> None:
        del done, of
        bury(store, Keys(), {digest("anna"): now_ms()})

    opened = Store(store, Keys())
    with locked(opened) as lease:
        publish(artefact, opened, lease, erase_anna, demo_may_replace=True)
    meta = reader.meta(artefact.folder.name)
    assert {name: dict(reader.customer_lists(meta, name)).keys() for name in ("for_you", "bought")} == {
        "for_you": {"bob"},
        "bought": {"bob"},
    }
    assert customers(artefact) == ["bob"]
    assert reader.revisions().erasures == erasures + 1


def test_only_those_named_are_searched_for(artefact: VersionArtefact) -> None:
    both = {digest(one): now_ms() for one in ("anna", "bob")}
    assert erase_from_artefact(artefact, both, ["anna", "nobody"]) == ["anna"]
    assert customers(artefact) == ["bob"]
    assert erase_from_artefact(artefact, both) == ["bob"]
