"""`python -m training catalog`: what the store and the artefact hold afterwards, and how it is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from models.artefact import read_artefact, write_artefact
from service.store.codec import REASONS, decode_list
from service.store.keys import Keys
from service.store.lease import acquire_lease
from service.store.reader import StoreReader, VersionMeta
from service.store.reaper import reap
from tests.training.conftest import Command
from tests.training.shop import FIVE_ORDERS
from training.version_artefact import VersionArtefact

FIRST = """product_id,title,price,currency,in_stock,category,available_from
tea,Green tea,3.5,EUR,yes,Drinks > Tea,
mug,Mug,8,EUR,yes,Home,
soap,Soap,1,EUR,yes,Bath,2026-01-02
"""
SECOND = """product_id,title,price,currency,in_stock,category,available_from
tea,Green tea,3.9,EUR,no,Drinks > Tea,
mug,Mug,8,EUR,yes,Home,
honey,Honey,5,EUR,yes,Pantry,2026-01-08
salt,Salt,1,EUR,yes,Pantry,2099-01-01
"""

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str) -> Path:
        path = tmp_path / "catalog.csv"
        path.write_text(content)
        return path

    return write


@pytest.fixture
def live(training: Command, five_orders: Path, write: Write) -> str:
    """The version of the five orders with the first catalogue; its id."""
    outcome = training("run", "--orders", five_orders, "--catalog", write(FIRST), "--json")
    assert outcome.code == 0, outcome.errors
    return outcome.summary["version"]


def meta(reader: StoreReader) -> VersionMeta:
    return reader.meta(reader.live().version)


def records(reader: StoreReader) -> dict[str, dict[str, Any]]:
    now = meta(reader)
    ids = reader.product_ids(now)
    return {ids[product]: record for product, record in reader.all_products(now)}


def everybody(reader: StoreReader, name: str) -> list[str]:
    now = meta(reader)
    ids = reader.product_ids(now)
    return [ids[item[0]] for item in decode_list(reader.global_lists(now)[name])]


def withdrawn(reader: StoreReader) -> list[str]:
    now = meta(reader)
    ids = reader.product_ids(now)
    return [ids[int(product)] for product in reader.flags(now).withdrawn.nonzero()[0]]


def test_it_tells_what_has_changed(live, training, write, reader):
    outcome = training("catalog", "--catalog", write(SECOND), "--json")
    assert outcome.code == 0
    told = outcome.summary
    assert told["version"] == live == reader.live().version
    assert told["rows"] == {"read": 4, "kept": 4, "merged": 0, "ignored": 0, "quarantined": 0}
    assert (told["new"], told["changed"], told["gone"], told["unreleased"]) == (2, 1, 1, 1)
    coverage = told["catalog"]
    assert (coverage["products"], coverage["out_of_stock"]) == (4, 1)
    assert coverage["sold_not_listed_examples"] == ["jam"]
    assert coverage["listed_not_sold_examples"] == ["honey", "salt"]

    again = training("catalog", "--catalog", write(SECOND), "--json").summary
    assert (again["new"], again["changed"], again["gone"]) == (0, 0, 0)


def test_records_lists_and_categories_are_those_of_a_run_with_that_catalogue(
    live, training, write, reader, five_orders
):
    training("catalog", "--catalog", write(SECOND))
    updated = meta(reader)
    found = (
        list(reader.product_ids(updated)),
        dict(reader.all_products(updated)),
        reader.global_lists(updated),
        reader.categories(updated).paths,
    )
    training("run", "--orders", five_orders, "--catalog", write(SECOND))
    trained = meta(reader)
    assert trained.version != updated.version
    assert found == (
        list(reader.product_ids(trained)),
        dict(reader.all_products(trained)),
        reader.global_lists(trained),
        reader.categories(trained).paths,
    )


def test_what_the_orders_tell_stands_in_again_for_what_the_catalogue_no_longer_does(
    live, training, write, reader
):
    training("catalog", "--catalog", write("product_id,title\ntea,Tea\n"))
    assert {one: (r["title"], r["price"], r["in_stock"]) for one, r in records(reader).items()} == {
        "jam": ("jam", 4.0, True),
        "mug": ("mug", 8.0, True),
        "tea": ("Tea", 3.5, True),
    }


def test_new_products_are_listed_once_they_are_released(live, training, write, reader):
    assert everybody(reader, "new_arrivals")[0] == "jam"
    training("catalog", "--catalog", write(SECOND))
    assert everybody(reader, "new_arrivals") == ["jam", "honey", "mug"]
    assert everybody(reader, "popular") == ["mug", "jam", "honey"]
    assert meta(reader).info.counts["products"] == 5


def test_a_product_that_came_after_the_last_order_is_released_by_the_clock(live, training, write, reader):
    today, soon = (datetime.now(UTC) + timedelta(days=days) for days in (-0.1, 1))
    training("catalog", "--catalog", write(SECOND.replace("2026-01-08", today.isoformat())))
    assert "honey" in everybody(reader, "new_arrivals")
    training("catalog", "--catalog", write(SECOND.replace("2026-01-08", soon.isoformat())))
    assert "honey" not in everybody(reader, "new_arrivals") + everybody(reader, "popular")


def test_what_went_out_of_stock_is_withdrawn_until_it_is_back(live, training, write, reader):
    assert withdrawn(reader) == []
    training("catalog", "--catalog", write(SECOND))
    assert withdrawn(reader) == ["tea"]
    training("catalog", "--catalog", write(FIRST))
    assert withdrawn(reader) == []
    assert "tea" in everybody(reader, "popular")


def test_what_was_out_of_stock_at_the_run_is_on_no_list_and_so_not_withdrawn(
    training, five_orders, write, reader
):
    training("run", "--orders", five_orders, "--catalog", write(SECOND))
    training("catalog", "--catalog", write(SECOND))
    assert withdrawn(reader) == []


def test_variants_roll_up_by_the_product_key(live, training, write, reader):
    variants = """product_id,item_group_id,title,price,in_stock
tea-a,tea,Tea A,3,no
tea-b,tea,Tea B,4,yes
mug,,Mug,8,yes
"""
    told = training("catalog", "--catalog", write(variants), "--product-key", "product", "--json").summary
    assert told["rows"] == {"read": 3, "kept": 2, "merged": 1, "ignored": 0, "quarantined": 0}
    assert records(reader).keys() == {"jam", "mug", "tea"}
    assert withdrawn(reader) == []
    training("catalog", "--catalog", write(variants))
    assert {"tea-a", "tea-b"} < records(reader).keys()


def test_customers_and_products_keep_their_lists(live, training, write, reader):
    wanted = [("customer", "for_you", "anna"), ("item", "similar_items", "tea")]
    before = reader.read(meta(reader), wanted)
    training("catalog", "--catalog", write(SECOND))
    assert reader.read(meta(reader), wanted) == before
    (for_you, _) = before
    ids = reader.product_ids(meta(reader))
    first = decode_list(for_you)[0]
    assert (ids[first[0]], REASONS[first[2]]) == ("tea", "bought_often")


def test_an_activated_version_has_the_catalogue_that_it_had_last_also_from_its_artefact(
    live, training, write, reader, store, five_orders
):
    training("catalog", "--catalog", write(SECOND))
    with_second = records(reader)
    second = training("run", "--orders", five_orders, "--catalog", write(FIRST), "--json").summary["version"]
    assert records(reader) != with_second
    assert training("rollback").code == 0
    assert (reader.live().version, records(reader)) == (live, with_second)

    training("activate", second)
    store.delete(*store.scan_iter(Keys().version_pattern(live)))
    store.hdel(Keys().catalogs, live)
    assert training("activate", live).code == 0
    assert records(reader) == with_second
    assert withdrawn(reader) == ["tea"]
    assert everybody(reader, "popular") == ["mug", "jam", "honey"]


def test_the_artefact_keeps_the_latest_catalogue_alone(live, training, write, tmp_path):
    for content in (SECOND, FIRST, SECOND):
        training("catalog", "--catalog", write(content))
    artefact = VersionArtefact.find(tmp_path / "var" / "versions", live)
    assert len(list(artefact.folder.glob("catalog-*"))) == 1
    assert artefact.catalog()[0] == ["jam", "mug", "tea", "honey", "salt"]
    assert artefact.info().catalog_updated_at


def test_without_the_artefact_on_this_disk_it_is_live_all_the_same(live, training, write, reader, tmp_path):
    (tmp_path / "var" / "versions").rename(tmp_path / "elsewhere")
    assert training("catalog", "--catalog", write(SECOND)).code == 0
    assert "honey" in records(reader)


def test_without_a_live_version_it_ends_with_2_and_the_cure(training, write):
    outcome = training("catalog", "--catalog", write(FIRST))
    assert outcome.code == 2
    assert "python -m training run" in outcome.errors


def test_a_version_of_an_earlier_release_ends_with_2_and_the_cure(live, training, write, store, reader):
    store.delete(Keys().sales(live))
    outcome = training("catalog", "--catalog", write(SECOND))
    assert outcome.code == 2
    assert "python -m training run" in outcome.errors
    assert "soap" in records(reader)


def test_an_artefact_of_an_earlier_release_is_published_as_it_is(live, training, write, store, tmp_path):
    folder = tmp_path / "var" / "versions" / live
    shutil.rmtree(folder / "sales")
    arrays, _ = read_artefact(folder / "catalog", "catalog")
    write_artefact(folder / "catalog", "catalog", {name: arrays[name] for name in ("ids", "records")}, {})
    store.flushall()
    assert training("activate", live).code == 0
    assert training("catalog", "--catalog", write(SECOND)).code == 2


def test_a_store_that_is_full_ends_with_5_and_the_old_catalogue_stays(
    training, five_orders, write, own_server, monkeypatch
):
    server = own_server("redis")
    monkeypatch.setenv("REDIS_URL", server.url)
    training("run", "--orders", five_orders, "--catalog", write(FIRST))
    reader = StoreReader(server.client, Keys())
    before = records(reader)
    server.client.config_set("maxmemory", "1mb")
    outcome = training("catalog", "--catalog", write(SECOND))
    assert outcome.code == 5
    assert "maxmemory" in outcome.errors
    assert records(reader) == before


@pytest.mark.parametrize(
    "content, said",
    [
        (FIRST + "x,X,cheap,EUR,yes,Home,\n", "bad_price"),
        ("product_id,title\n", "no product"),
        ("title\nTea\n", "product_id"),
        ("product_id,title\n4711,Tea\n", "give the --product-key that the run had"),
        (FIVE_ORDERS, "holds orders (canonical), not products"),
    ],
)
def test_a_bad_catalogue_ends_with_3_and_the_old_one_stays(live, training, write, reader, content, said):
    before = records(reader)
    outcome = training("catalog", "--catalog", write(content), "--json")
    assert outcome.code == 3
    assert said in outcome.errors
    assert outcome.summary["version"] is None
    assert records(reader) == before


def test_few_bad_rows_are_kept_aside_and_told(live, training, write, tmp_path):
    bad = write(FIRST + "x,X,cheap,EUR,yes,Home,\n")
    outcome = training("catalog", "--catalog", bad, "--set", "orders.max_quarantined=0.5", "--json")
    assert outcome.code == 0
    assert outcome.summary["quarantine"] == {"bad_price": 1}
    (kept,) = (tmp_path / "var" / "runs").glob("*/quarantine_catalog.csv")
    assert "cheap" in kept.read_text()


def test_while_a_run_holds_the_lock_it_ends_with_6(live, training, write, store, monkeypatch, reader):
    monkeypatch.setattr("training.store_session.LEASE_WAIT_S", 0.0)
    with acquire_lease(store, Keys()):
        assert training("catalog", "--catalog", write(SECOND)).code == 6
    assert "soap" in records(reader)


def test_a_store_that_is_away_ends_with_5(training, write, monkeypatch, tmp_path):
    monkeypatch.setenv("REDIS_URL", f"unix://{tmp_path}/none")
    assert training("catalog", "--catalog", write(FIRST)).code == 5


KILLED_BEFORE_IT_IS_IN_PLACE = """
import os, signal, sys
from service.store import later_catalogs
later_catalogs._flip = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)
from training.cli import main
main(sys.argv[1:])
"""


def test_killed_midway_the_old_catalogue_serves_and_the_next_update_cleans_up(
    live, training, write, store: redis.Redis, reader
):
    before = records(reader)
    arguments = ["catalog", "--catalog", str(write(SECOND))]
    killed = subprocess.run([sys.executable, "-c", KILLED_BEFORE_IT_IS_IN_PLACE, *arguments], env=os.environ)
    assert killed.returncode == -9
    assert records(reader) == before
    (orphan,) = {Keys().catalog_of(key) for key in store.scan_iter(Keys().version_pattern())} - {None}

    store.pexpire(Keys().lock, 100)  # the killed one's lease, cut short
    assert training(*arguments).code == 0
    assert "honey" in records(reader)
    held = {Keys().catalog_of(key) for key in store.scan_iter(Keys().version_pattern())} - {None}
    assert orphan not in held
    with acquire_lease(store, Keys()) as lease:
        assert reap(store, Keys(), lease) == {}


def test_what_a_person_reads(live, write):
    command = [sys.executable, "-m", "training", "catalog", "--catalog", str(write(SECOND))]
    told = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=True).stdout
    assert "4 rows read: 4 products (1 out of stock)" in told
    assert f"2 new, 1 changed, 1 gone, 1 not released yet; {live} has the catalogue" in told
