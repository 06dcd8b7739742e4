"""The command: what it asks, stores and says, against shops on real sockets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from tests.training.conftest import Outcome
from tests.training.pull import shop_servers as servers
from tests.training.pull.shop_servers import KEY, SECRET, Reply, ShopServer
from training import columns as c
from training.cleaning import clean
from training.cli import main
from training.connectors.platform_lines import IdKeys
from training.connectors.pulled_lines import SCHEMA
from training.pull.pulled_files import PulledFiles
from training.reading import ReadingOptions, read_orders

ENVIRONMENT: dict[str, Callable[[str], dict[str, str]]] = {
    "shopify": lambda url: {"SHOPIFY_SHOP": url, "SHOPIFY_ACCESS_TOKEN": SECRET},
    "woocommerce": lambda url: {
        "WOOCOMMERCE_URL": url,
        "WOOCOMMERCE_CONSUMER_KEY": KEY,
        "WOOCOMMERCE_CONSUMER_SECRET": SECRET,
    },
    "magento": lambda url: {"MAGENTO_URL": url, "MAGENTO_ACCESS_TOKEN": SECRET},
}
PLATFORMS = list(ENVIRONMENT)

Pull = Callable[..., Outcome]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """RECS_DATA_DIR."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECS_DATA_DIR", str(tmp_path / "var"))
    return tmp_path / "var"


@pytest.fixture
def pull(data: Path, monkeypatch: pytest.MonkeyPatch) -> Pull:
    """Runs `pull PLATFORM` against a server; pauses are not slept."""
    monkeypatch.setattr("training.pull.command.sleep", lambda seconds: None)

    def run(platform: str, shop: ShopServer | None = None, *options: str) -> Outcome:
        for name, value in ENVIRONMENT[platform](shop.url).items() if shop else ():
            monkeypatch.setenv(name, value)
        result = CliRunner().invoke(main, ["pull", platform, "--json", *options])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Outcome(result.exit_code, json.loads(result.stdout or "{}"), result.stderr)

    return run


@pytest.fixture
def shop(request: pytest.FixtureRequest) -> ShopServer:
    """The shop of the test's parameter `platform`."""
    return request.getfixturevalue(request.getfixturevalue("platform"))


def stored(data: Path, platform: str) -> pl.DataFrame:
    """The lines of the orders as a run reads them."""
    return read_orders([f"{data}/pull/{platform}/*.parquet"]).lines.sort(c.ORDER_ID)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_all_orders_of_a_shop_are_stored_and_read_by_a_run(pull, data, platform, shop):
    outcome = pull(platform, shop)
    assert outcome.code == 0
    assert outcome.summary["orders"] == 5
    assert outcome.summary["lines"] == 5
    assert outcome.summary["watermark"] == "2026-02-05T08:00:00+00:00"
    lines = stored(data, platform)
    assert lines[c.ORDER_ID].to_list() == ["1", "2", "3", "4", "5"]
    assert set(lines[c.PRODUCT_ID]) == {"tea"}
    assert set(lines[c.CUSTOMER_ID]) == {"7"}
    assert set(lines[c.UNIT_PRICE]) == {3.5}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_ids_are_chosen_when_a_run_reads(pull, data, platform, shop):
    pull(platform, shop)
    by_email = ReadingOptions(keys=IdKeys(product="product", customer="email"))
    lines = read_orders([f"{data}/pull/{platform}/*.parquet"], by_email).lines
    # printf %s ann@shop.example | sha256sum
    assert set(lines[c.CUSTOMER_ID]) == {"6a0bf011a1fc1e9a8add1728704b8ddb5d9d2701ae295a65452d9f1f1cf91be5"}
    assert set(lines[c.PRODUCT_ID]) == {"2"}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_nothing_is_stored_or_shown_that_is_secret(pull, data, platform, shop):
    shop.faults = [Reply({}, 429, {"Retry-After": "2.0"})]
    outcome = pull(platform, shop)
    assert outcome.code == 0
    files = [file for file in data.rglob("*") if file.is_file()]
    everything = b"\n".join(file.read_bytes() for file in files) + outcome.errors.encode()
    everything += json.dumps(outcome.summary).encode()
    assert [word for word in (b"ann@", SECRET.encode(), KEY.encode()) if word in everything] == []
    assert pl.read_parquet_schema(outcome.summary["files"][0]) == SCHEMA


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_next_pull_asks_from_the_watermark_and_stores_what_is_new(pull, data, platform, shop):
    pull(platform, shop)
    shop.requests.clear()
    again = pull(platform, shop)
    assert again.summary["orders"] == 0
    assert again.summary["files"] == []
    assert again.summary["seen_again"] >= 1
    assert again.summary["since"] == "2026-02-05T07:55:00+00:00"
    field = {"shopify": "updated_at", "woocommerce": "date_modified_gmt", "magento": "updated_at"}[platform]
    shop.orders[0][field] = shop.orders[0][field].replace("02-03", "02-07")
    third = pull(platform, shop)
    assert third.summary["orders"] == 1
    assert third.summary["watermark"] == "2026-02-07T08:00:00+00:00"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_order_that_became_known_late_is_not_missed(pull, data, platform, shop):
    """Its transaction ended after a later change was seen already."""
    late = shop.orders.pop(0)
    pull(platform, shop)
    field = {"shopify": "updated_at", "woocommerce": "date_modified_gmt", "magento": "updated_at"}[platform]
    late[field] = late[field].replace("02-03", "02-05").replace("08:00", "07:58")
    shop.orders.append(late)
    assert pull(platform, shop).summary["orders"] == 1
    assert stored(data, platform)[c.ORDER_ID].to_list() == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_since_asks_for_what_changed_at_that_time_or_later(pull, data, platform, shop):
    outcome = pull(platform, shop, "--since", "2026-02-03T08:00")
    assert outcome.summary["since"] == "2026-02-03T08:00:00+00:00"
    assert stored(data, platform)[c.ORDER_ID].to_list() == ["1", "5"]


def test_since_stores_again_what_was_stored_and_a_run_counts_it_once(pull, data, shopify):
    pull("shopify", shopify)
    assert pull("shopify", shopify, "--since", "2020-01-01").summary["orders"] == 5
    assert stored(data, "shopify").height == 10
    cleaned = clean(read_orders([f"{data}/pull/shopify/*.parquet"]))
    assert (cleaned.accounting.kept, cleaned.accounting.merged) == (5, 5)


@pytest.mark.parametrize("since", ["yesterday", "1969-12-31", "2026-13-01"])
def test_a_time_that_is_none_is_refused(pull, shopify, since):
    outcome = pull("shopify", shopify, "--since", since)
    assert outcome.code == 2
    assert "--since" in outcome.errors
    assert shopify.requests == []


@pytest.mark.parametrize("platform", PLATFORMS)
def test_refused_credentials_end_with_2_and_name_the_variable(pull, monkeypatch, platform, shop):
    ours = ENVIRONMENT[platform](shop.url)
    *_, name = ours
    monkeypatch.setitem(ENVIRONMENT, platform, lambda url: ours | {name: "wrong"})
    outcome = pull(platform, shop)
    assert outcome.code == 2
    assert name in outcome.errors
    assert len(shop.requests) == 1


@pytest.mark.parametrize("platform", PLATFORMS)
def test_absent_variables_end_with_2(pull, platform):
    outcome = pull(platform)
    assert outcome.code == 2
    assert "must be set in the environment" in outcome.errors


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("answer", [{"hello": "world"}, [1, 2], "orders", {"orders": {}, "items": 3}])
def test_an_answer_that_holds_no_orders_ends_with_3(pull, data, platform, shop, answer):
    shop.faults = [Reply(answer)]
    outcome = pull(platform, shop)
    assert outcome.code == 3
    assert "answers something else than" in outcome.errors
    assert list(data.rglob("*.parquet")) == []


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_shop_that_stays_away_ends_with_5_and_what_was_pulled_is_kept(
    pull, data, monkeypatch, platform, shop
):
    monkeypatch.setattr("training.pull.pulling.PART_ORDERS", 1)

    def go_away(request: servers.Request) -> None:
        if len(shop.requests) == 3:
            shop.faults = [Reply(dropped=True)] * 99

    shop.before = go_away
    assert pull(platform, shop).code == 5
    assert 0 < stored(data, platform).height < 5
    shop.before, shop.faults = lambda request: None, []
    assert pull(platform, shop).code == 0
    assert set(stored(data, platform)[c.ORDER_ID]) == {"1", "2", "3", "4", "5"}


def test_a_shop_that_does_not_sort_has_a_watermark_only_when_all_is_read(pull, data, monkeypatch, shopify):
    """Orders that changed earlier may still come."""
    monkeypatch.setattr("training.pull.pulling.PART_ORDERS", 1)
    shopify.sorts = False

    def go_away(request: servers.Request) -> None:
        if len(shopify.requests) == 3:
            shopify.faults = [Reply(dropped=True)] * 99

    shopify.before = go_away
    assert pull("shopify", shopify).code == 5
    assert not (data / "pull/shopify/watermark.json").exists()
    shopify.before, shopify.faults = lambda request: None, []
    assert pull("shopify", shopify).summary["watermark"] == "2026-02-05T08:00:00+00:00"
    assert set(stored(data, "shopify")[c.ORDER_ID]) == {"1", "2", "3", "4", "5"}


def test_an_order_that_cannot_be_read_is_told_and_kept_aside_by_its_id(pull, data, shopify):
    shopify.orders[1] = {"id": 2, "updated_at": "2026-02-01T08:00:00+00:00", "email": "ann@shop.example"}
    outcome = pull("shopify", shopify)
    assert outcome.code == 0
    assert outcome.summary["orders"] == 4
    assert outcome.summary["quarantine"] == {"not_an_order": 1}
    kept_aside = (data / "pull/shopify/part-000001.quarantine.csv").read_text()
    assert "not_an_order,order 2" in kept_aside
    assert "ann@" not in kept_aside


def test_a_shop_of_which_nothing_can_be_read_ends_with_3(pull, data, shopify):
    for order in shopify.orders:
        del order["line_items"], order["financial_status"]
    outcome = pull("shopify", shopify)
    assert outcome.code == 3
    assert "none of 2 orders can be read (not_an_order 2)" in outcome.errors
    assert not (data / "pull/shopify/watermark.json").exists()


def test_one_order_that_cannot_be_read_does_not_stop_later_pulls(pull, data, shopify):
    pull("shopify", shopify)
    shopify.orders.append({"id": 6, "updated_at": "2026-02-06T08:00:00+00:00"})
    outcome = pull("shopify", shopify)
    assert outcome.code == 0
    assert outcome.summary["quarantine"] == {"not_an_order": 1}
    assert len(list((data / "pull/shopify").glob("*.quarantine.csv"))) == 1
    assert stored(data, "shopify").height == 5
    assert pull("shopify", shopify).summary["quarantine"] == {}


def test_a_shop_without_orders(pull, data, shopify):
    shopify.orders.clear()
    outcome = pull("shopify", shopify)
    assert outcome.code == 0
    assert (outcome.summary["orders"], outcome.summary["watermark"]) == (0, None)


def test_another_shop_does_not_mix_in(pull, shopify):
    pull("shopify", shopify)
    with servers.running(servers.shopify) as other:
        outcome = pull("shopify", other)
    assert outcome.code == 2
    assert f"holds the orders of {shopify.url}, not of {other.url}" in outcome.errors


def test_two_pulls_of_one_shop_do_not_run_at_once(pull, data, shopify):
    with PulledFiles(data / "pull/shopify").locked():
        outcome = pull("shopify", shopify)
    assert outcome.code == 6
    assert shopify.requests == []


def test_a_shop_whose_clock_is_ahead_does_not_hide_later_changes(pull, shopify):
    shopify.orders[0]["updated_at"] = "2199-01-01T00:00:00+00:00"
    assert pull("shopify", shopify).summary["watermark"] < "2199"


def test_a_pull_says_for_people_what_comes_next(pull, data, shopify, monkeypatch):
    pull("shopify", shopify)
    printed = CliRunner().invoke(main, ["pull", "shopify"]).stdout
    assert "0 orders in 0 lines, 0 new files; 1 came again unchanged" in printed
    assert "complete until 2026-02-05 08:00:00 UTC" in printed
    assert f'run --orders "{data}/pull/shopify/*.parquet"' in printed
