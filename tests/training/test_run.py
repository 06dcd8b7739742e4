"""The whole run through its command line, against a real store."""

from __future__ import annotations

import polars as pl
import pytest

from service.store.codec import decode_list
from service.store.keys import Keys
from service.store.lease import acquire_lease
from tests.training.shop import FIVE_ORDERS

LOSING = ["--set", "models.weight_popular=1000"]
"""What everybody buys drowns the customers' own habits, and the blend cannot beat most_bought."""


def test_five_orders_are_enough(training, five_orders, tmp_path):
    outcome = training("run", "--orders", five_orders, "--json")
    assert outcome.code == 0
    assert outcome.summary["model"] == "most_bought"
    assert outcome.summary["rows"] == {"read": 6, "kept": 6, "merged": 0, "ignored": 0, "quarantined": 0}
    assert (outcome.summary["orders"], outcome.summary["customers"], outcome.summary["products"]) == (5, 2, 3)

    out = tmp_path / "lists.csv"
    assert training("export", "--placement", "for_you", "--limit", "2", "--out", out).code == 0
    rows = pl.read_csv(out).select("customer_id", "rank", "product_id", "reason").rows()
    assert rows == [
        ("anna", 1, "tea", "bought_often"),
        ("anna", 2, "jam", "popular"),
        ("bob", 1, "tea", "bought_often"),
        ("bob", 2, "jam", "bought_often"),
    ]


def test_a_shop_with_habits_publishes_the_blend(training, shop, reader, tmp_path):
    outcome = training("run", "--orders", shop, "--json")
    assert outcome.code == 0, outcome.errors
    assert outcome.summary["model"] == "blend"
    assert outcome.summary["gate"]["passed"]
    blend, most_bought = (outcome.summary["metrics"][m]["all"]["ndcg@10"] for m in ("blend", "most_bought"))
    assert blend > most_bought

    live = reader.live()
    assert live.version == outcome.summary["version"]
    meta = reader.meta(live.version)
    assert meta.info.metrics["blend"]["all"]["ndcg@10"] == blend
    published = {"for_you", "discover", "buy_it_again", "bought", "similar_items", "bought_together"}
    assert published <= set(meta.info.counts)
    assert set(reader.global_lists(meta)) == {"popular", "trending", "new_arrivals"}

    orders = pl.read_parquet(shop)
    for placement in ("for_you", "discover", "buy_it_again"):
        out = tmp_path / f"{placement}.parquet"
        assert training("export", "--placement", placement, "--limit", "20", "--out", out).code == 0
        lists = pl.read_parquet(out)
        assert set(lists["customer_id"]) == set(orders["customer_id"].drop_nulls())
        assert lists.select("customer_id", "product_id").is_duplicated().sum() == 0
        bought = lists.join(orders, on=["customer_id", "product_id"], how="semi").height
        assert {"discover": bought == 0, "buy_it_again": bought == lists.height}.get(placement, bought > 0)


def test_the_gate_refuses_a_worse_model_and_the_live_version_stays(training, shop, reader):
    first = training("run", "--orders", shop, "--json").summary["version"]
    refused = training("run", "--orders", shop, "--json", *LOSING)
    assert refused.code == 4
    assert "does not beat most_bought" in refused.errors
    assert refused.summary["published"] is False
    assert refused.summary["version"] is None
    assert refused.summary["gate"]["passed"] is False
    assert reader.live().version == first

    forced = training("run", "--orders", shop, "--json", "--force", *LOSING)
    assert forced.code == 0
    assert reader.live().version == forced.summary["version"]
    assert reader.meta(forced.summary["version"]).info.forced


def test_the_first_publication_falls_back_to_the_better_baseline(training, shop):
    outcome = training("run", "--orders", shop, "--json", *LOSING)
    assert (outcome.code, outcome.summary["model"]) == (0, "most_bought")


def test_without_publishing_the_gate_judges_as_over_a_live_version(training, shop, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    refused = training("run", "--orders", shop, "--json", "--no-publish", *LOSING)
    assert refused.code == 4
    assert refused.summary["gate"]["passed"] is False
    assert not any("publi" in sentence for sentence in refused.summary["gate"]["why"])


def test_too_many_bad_rows_end_with_3_and_publish_nothing(training, five_orders, reader, tmp_path):
    five_orders.write_text(FIVE_ORDERS + "6,bob,jam,one,4,2026-01-09\n")
    outcome = training("run", "--orders", five_orders, "--json")
    assert outcome.code == 3
    assert outcome.summary["rows"]["quarantined"] == 1
    assert reader.live() is None
    (quarantine,) = (tmp_path / "var" / "runs").glob("*/quarantine.csv")
    assert pl.read_csv(quarantine).select("line", "reason").rows() == [(8, "bad_quantity")]

    allowed = training("run", "--orders", five_orders, "--json", "--set", "orders.max_quarantined=0.15")
    assert (allowed.code, allowed.summary["quarantine"]) == (0, {"bad_quantity": 1})


def test_a_refused_run_tells_all_its_numbers(training, five_orders):
    five_orders.write_text("no,such,columns\n1,2,3\n")
    outcome = training("run", "--orders", five_orders, "--json")
    assert outcome.code == 3
    assert outcome.summary["rows"] == {"read": 0, "kept": 0, "merged": 0, "ignored": 0, "quarantined": 0}
    assert outcome.summary["gate"] == {"passed": False, "why": []}


def test_while_another_run_holds_the_lock_a_run_ends_with_6(training, five_orders, store, reader):
    with acquire_lease(store, Keys()):
        outcome = training("run", "--orders", five_orders, "--json")
    assert outcome.code == 6
    assert "another run holds the lock" in outcome.errors
    assert reader.live() is None


def test_without_a_store_a_run_ends_with_5_and_no_publish_needs_none(training, five_orders, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    assert training("run", "--orders", five_orders).code == 5
    outcome = training("run", "--orders", five_orders, "--no-publish", "--json")
    assert (outcome.code, outcome.summary["published"]) == (0, False)


def test_demonstration_data_never_replaces_a_live_version(training, five_orders, reader):
    demo = ["--set", "publish.demo=true"]
    assert training("run", "--orders", five_orders, "--json", *demo).code == 0
    real = training("run", "--orders", five_orders, "--json")
    assert real.code == 0
    refused = training("run", "--orders", five_orders, "--json", *demo)
    assert refused.code == 2
    assert "demonstration data never replaces" in refused.errors
    assert reader.live().version == real.summary["version"]


def test_versions_can_be_listed_activated_and_rolled_back(training, five_orders, reader, store):
    first, second, third = (
        training("run", "--orders", five_orders, "--json").summary["version"] for _ in range(3)
    )
    listed = training("versions", "--json").summary
    assert [row["version"] for row in listed] == [third, second, first]
    assert [row["live"] for row in listed] == [True, False, False]
    assert {"metrics", "size_bytes", "published_by"} <= set(listed[0])

    assert training("rollback").code == 0
    assert reader.live().version == second
    # The store keeps two versions; the first is published again from its artefact.
    assert not store.exists(Keys().meta(first))
    assert training("activate", first).code == 0
    assert reader.live().version == first
    assert reader.meta(first).info.version == first
    assert training("activate", "20200101T000000Z-0000").code == 2


@pytest.mark.parametrize("republished", [False, True])
def test_a_demonstration_version_can_be_activated(training, five_orders, reader, republished):
    demo = training("run", "--orders", five_orders, "--json", "--set", "publish.demo=true").summary["version"]
    for _ in range(2 if republished else 1):
        training("run", "--orders", five_orders)
    outcome = training("activate", demo)
    assert outcome.code == 0, outcome.errors
    assert reader.live().version == demo
    assert reader.meta(demo).info.demo


def test_rollback_without_a_version_before_ends_with_2(training, five_orders):
    training("run", "--orders", five_orders)
    assert training("rollback").code == 2


def test_a_damaged_artefact_is_not_published(training, five_orders, tmp_path, reader):
    first = training("run", "--orders", five_orders, "--json").summary["version"]
    for _ in range(2):
        training("run", "--orders", five_orders)
    live = reader.live().version
    arrays = tmp_path / "var" / "versions" / first / "products" / "arrays.npz"
    arrays.write_bytes(arrays.read_bytes()[:-10] + b"0123456789")
    outcome = training("activate", first)
    assert outcome.code == 3
    assert "SHA-256" in outcome.errors
    assert reader.live().version == live


def test_only_the_last_artefacts_are_kept(training, five_orders, tmp_path):
    keep_two = ["--set", "publish.keep_versions=2"]
    versions = [
        training("run", "--orders", five_orders, "--json", *keep_two).summary["version"] for _ in range(4)
    ]
    assert sorted(folder.name for folder in (tmp_path / "var" / "versions").iterdir()) == versions[2:]
    assert [row["version"] for row in training("versions", "--json").summary] == versions[:1:-1]


def test_the_store_remembers_no_more_versions_where_the_disk_is_new_each_time(
    training, five_orders, tmp_path, monkeypatch
):
    versions = []
    for number in range(4):
        monkeypatch.setenv("RECS_DATA_DIR", str(tmp_path / str(number)))
        run = training("run", "--orders", five_orders, "--json", "--set", "publish.keep_versions=2")
        versions.append(run.summary["version"])
    assert [row["version"] for row in training("versions", "--json").summary] == versions[:1:-1]


def test_a_catalogue_hides_what_is_sold_out_and_brings_what_nobody_bought(
    training, five_orders, reader, tmp_path
):
    catalog = tmp_path / "catalog.csv"
    catalog.write_text(
        "product_id,title,price,in_stock,available_from\n"
        "tea,Green tea,3.90,false,2025-01-01\n"
        "cup,Cup,5.00,true,2026-01-07\n"
        "pot,Pot,25.00,true,2026-02-01\n"
    )
    out = tmp_path / "lists.csv"
    assert training("run", "--orders", five_orders, "--catalog", catalog).code == 0
    training("export", "--placement", "for_you", "--out", out)
    assert "tea" not in set(pl.read_csv(out)["product_id"])

    meta = reader.meta(reader.live().version)
    ids = list(reader.product_ids(meta))
    assert ids == ["jam", "mug", "tea", "cup", "pot"]
    popular = [ids[product] for product, *_ in decode_list(reader.global_lists(meta)["popular"])]
    assert popular == ["mug", "jam", "cup"]
    new = [ids[product] for product, *_ in decode_list(reader.global_lists(meta)["new_arrivals"])]
    assert new == ["jam", "cup", "mug"]
    assert reader.products(meta, [2])[0]["title"] == "Green tea"


def test_a_run_tells_how_far_the_catalogue_covers_the_orders(training, five_orders, tmp_path):
    products = tmp_path / "shopify.csv"
    products.write_text(
        "Handle,Title,Option1 Value,Variant SKU,Variant Price\n"
        "tea,Tea,Green,tea,3.90\ntea,,Black,tea-black,3.80\nmug,Mug,Default Title,mug,8\n"
    )
    options = ["--orders", five_orders, "--catalog", products, "--no-publish", "--json"]
    found = training("run", *options).summary["catalog"]
    assert (found["read"], found["products"], found["merged"]) == (3, 3, 0)
    assert (found["sold_not_listed"], found["sold_not_listed_examples"]) == (1, ["jam"])
    assert (found["listed_not_sold"], found["listed_not_sold_examples"]) == (1, ["tea-black"])
    together = training("run", *options, "--product-key", "product").summary["catalog"]
    assert (together["products"], together["merged"], together["listed_not_sold"]) == (2, 1, 0)
    refused = training("run", *options, "--product-key", "variant")
    assert refused.code == 2
    assert "use --product-key sku" in refused.errors


def test_without_a_catalogue_there_is_nothing_to_cover(training, five_orders):
    outcome = training("run", "--orders", five_orders, "--no-publish", "--json")
    assert outcome.summary["catalog"] is None


def test_a_customer_who_gave_everything_back_has_a_list_of_what_others_buy(training, five_orders, tmp_path):
    five_orders.write_text(FIVE_ORDERS + "6,eve,pot,1,25,2026-01-02\n7,eve,pot,-1,25,2026-01-03\n")
    outcome = training("run", "--orders", five_orders, "--json")
    assert (outcome.summary["customers"], outcome.summary["products"]) == (3, 3)
    out = tmp_path / "lists.csv"
    training("export", "--placement", "for_you", "--limit", "1", "--out", out)
    assert pl.read_csv(out).filter(customer_id="eve").select("product_id", "reason").rows() == [
        ("tea", "popular")
    ]


def test_a_catalogue_of_bad_rows_is_refused(training, five_orders, reader, tmp_path):
    catalog = tmp_path / "catalog.csv"
    catalog.write_text("product_id,title,price\ntea,Green tea,3.90\nmug,Mug,nine\n")
    outcome = training("run", "--orders", five_orders, "--catalog", catalog)
    assert outcome.code == 3
    assert "catalogue rows" in outcome.errors
    assert reader.live() is None


def test_the_same_orders_give_the_same_lists(training, shop, tmp_path):
    exports = []
    for number in range(2):
        out = tmp_path / f"{number}.csv"
        training("run", "--orders", shop)
        training("export", "--placement", "for_you", "--out", out)
        exports.append(out.read_text())
    assert exports[0] == exports[1]
