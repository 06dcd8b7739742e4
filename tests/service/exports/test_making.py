"""What an export holds, over the tiny shop; and that a killed one loses nothing and repeats nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import redis

from service.exports.folder import ExportFolder
from service.exports.making import ExportMaker
from service.exports.request import ExportRefused, ExportRequest
from service.placement_file import load_placements
from service.store.events import Event, EventLog
from service.store.keys import Keys
from service.store.rule_revisions import publish_draft, rule_state, save_draft
from tests.needs import REPOSITORY
from tests.published import publish, put_catalog

PLACEMENTS = load_placements(None)

Export = Callable[..., pl.DataFrame]


@pytest.fixture
def export(store: redis.Redis, tmp_path: Path) -> Export:
    """Exports with these members of an `ExportRequest`, and reads the file back."""
    publish(store)

    def make(emails: dict[str, str] | None = None, **asked: Any) -> pl.DataFrame:
        request = ExportRequest(**{"placement": "for_you", "limit": 3, **asked})
        out = tmp_path / "out.parquet"
        ExportMaker(store, Keys(), PLACEMENTS, request, tmp_path / "parts", emails).make(out)
        return pl.read_parquet(out)

    return make


def products(frame: pl.DataFrame, customer: str) -> list[str]:
    return frame.filter(customer_id=customer).sort("rank")["product_id"].to_list()


def publish_rule(store: redis.Redis, **rule: Any) -> None:
    state = rule_state(store, Keys())
    state = save_draft(store, Keys(), state.edition, [{"id": "r1", "name": "test", **rule}], "tests")
    publish_draft(store, Keys(), state.edition, "", "tests")


HIDE_P1 = {"type": "exclude", "products": {"product_ids": ["p1"]}}


def test_rows_are_the_published_lists_by_customer_and_rank(export: Export):
    frame = export()
    assert frame.rows()[:2] == [
        ("anna", 1, "p0", 1.0, "bought_often", None),
        ("anna", 2, "p1", 0.5, "bought_often", None),
    ]
    assert frame["customer_id"].to_list() == ["anna"] * 3 + ["ben"] * 3 + ["cleo"] + ["düsseldorf/7"] * 2


def test_only_customers_with_a_list_of_the_placement_are_the_audience(export: Export):
    assert export(placement="discover")["customer_id"].unique().sort().to_list() == ["anna", "ben"]


def test_those_named_are_the_audience_and_strangers_get_nothing(export: Export):
    assert export(customer_ids=("nobody", "cleo", "cleo"))["customer_id"].to_list() == ["cleo"]


def test_rules_hold_as_of_the_sending(export: Export, store: redis.Redis):
    publish_rule(store, **HIDE_P1, **{"from": "2030-01-01T00:00:00Z"})
    begins = datetime(2030, 1, 1, tzinfo=UTC).timestamp()
    assert products(export(at=begins - 1), "anna") == ["p0", "p1", "p2"]
    assert products(export(at=begins), "anna") == ["p0", "p2", "p3"]


def test_rules_for_another_placement_do_not_hold(export: Export, store: redis.Redis):
    publish_rule(store, **HIDE_P1, placements=["discover"])
    assert products(export(), "anna") == ["p0", "p1", "p2"]


def test_what_cannot_be_ordered_is_left_out(export: Export, store: redis.Redis):
    put_catalog(store, withdrawn=[0])
    assert products(export(), "anna") == ["p1", "p2", "p3"]


def test_what_is_in_the_cart_or_was_just_bought_is_left_out(export: Export, store: redis.Redis):
    now = round(datetime.now(UTC).timestamp() * 1000)
    events = [Event("e1", "add_to_cart", "anna", "p0", now), Event("e2", "purchase", "anna", "p1", now)]
    EventLog(store, Keys()).record(events, customers={"anna"})
    assert not {"p0", "p1"} & set(products(export(), "anna"))


def test_nobody_is_sent_the_list_of_whoever_else_uses_the_id(export: Export, store: redis.Redis):
    EventLog(store, Keys()).identify("anna", "düsseldorf/7")
    assert products(export(), "anna") == ["p0", "p1", "p2"]


def test_klaviyo_has_a_row_for_each_customer_with_an_address(export: Export):
    frame = export(layout="klaviyo", limit=2, emails={"cleo": "cleo@example.com", "anna": "a@example.com"})
    assert frame.columns[:4] == ["Email", "External ID", "recommended_1_id", "recommended_1_title"]
    assert frame["External ID"].to_list() == ["anna", "cleo"]
    cleo = frame.row(1, named=True)
    assert cleo["Email"] == "cleo@example.com"
    assert (cleo["recommended_1_url"], cleo["recommended_1_price"]) == ("https://shop.example/4", "5.50")
    assert cleo["recommended_1_currency"] == "EUR"


def test_a_mail_has_no_empty_place(export: Export):
    cleo = export(layout="klaviyo", limit=3, customer_ids=("cleo",))
    # Cleo's own list is p4 alone; what sells well fills the rest.
    assert cleo.select("^recommended_._id$").rows() == [("p4", "p0", "p1")]


def test_mailchimps_names_have_ten_characters_at_most(export: Export):
    frame = export(layout="mailchimp", limit=20, emails={"anna": "a@example.com"})
    assert frame.columns[:3] == ["Email Address", "CUSTOMERID", "REC1TITLE"]
    assert max(len(name) for name in frame.columns[1:]) == 10
    assert frame["REC1PRICE"].to_list() == ["1.50 EUR"]


def test_mailchimp_gets_no_half_characters_and_no_half_addresses(store: redis.Redis, tmp_path: Path):
    record = {"title": "ü" * 200, "url": "https://shop.example/" + "x" * 300, "price": None}
    publish(store, records=[record] * 12)
    request = ExportRequest("for_you", 1, layout="mailchimp", customer_ids=("anna",))
    ExportMaker(store, Keys(), PLACEMENTS, request, tmp_path / "parts").make(tmp_path / "out.parquet")
    row = pl.read_parquet(tmp_path / "out.parquet").row(0, named=True)
    assert row == {
        "CUSTOMERID": "anna", "REC1TITLE": "ü" * 127, "REC1URL": None, "REC1IMAGE": None, "REC1PRICE": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "asked, why",
    [
        ({"placement": "trending"}, "only the customers' lists are exported: for_you"),
        ({"placement": "nonsense"}, "only the customers' lists are exported: for_you"),
        ({"layout": "klaviyo", "limit": 21}, "room for 20 products"),
    ],
)
def test_what_cannot_be_exported_is_refused(export: Export, asked: dict[str, Any], why: str):
    with pytest.raises(ExportRefused, match=why):
        export(**asked)


def test_before_the_first_publication_there_is_nothing(store: redis.Redis, tmp_path: Path):
    maker = ExportMaker(store, Keys(), PLACEMENTS, ExportRequest("for_you", 1), tmp_path / "parts")
    with pytest.raises(ExportRefused, match="nothing is published yet"):
        maker.make(tmp_path / "out.csv")


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_an_audience_of_nobody_is_a_file_without_rows(
    export: Export, store: redis.Redis, tmp_path: Path, ending: str
):
    request = ExportRequest("for_you", 1, customer_ids=())
    out = tmp_path / f"out.{ending}"
    made = ExportMaker(store, Keys(), PLACEMENTS, request, tmp_path / "parts").make(out)
    assert (made.customers, made.rows) == (0, 0)
    lines = {"csv": b"customer_id,rank,product_id,score,reason,reason_product_id\n", "jsonl": b""}
    assert out.read_bytes() == lines.get(ending, out.read_bytes())
    if ending == "parquet":
        assert pl.read_parquet(out).shape == (0, 6)


KILLED = """
import json, os, signal, sys
from pathlib import Path
from service.exports.making import ExportMaker
from service.exports.request import ExportRequest
from service.placement_file import load_placements
from service.store.connection import connect
from service.store.keys import Keys
url, folder, ids = sys.argv[1:]
request = ExportRequest("for_you", 2, customer_ids=tuple(json.loads(Path(ids).read_text())))
maker = ExportMaker(
    connect(url, profile="training"), Keys(), load_placements(None), request, Path(folder) / "parts"
)
maker.make(Path(folder) / "out.csv", lambda done, of: os.kill(os.getpid(), signal.SIGKILL))
"""


def test_killed_and_started_again_it_goes_on(store: redis.Redis, store_url: str, tmp_path: Path):
    publish(store)
    # Three parts: the customers that the shop knows are among the first and the last.
    ids = [*(f"a{number:04}" for number in range(4_500)), "anna", "ben"]
    (tmp_path / "ids.json").write_text(json.dumps(ids))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, store_url, str(tmp_path), str(tmp_path / "ids.json")],
        cwd=REPOSITORY, env=dict(os.environ), check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    parts, out = tmp_path / "parts", tmp_path / "out.csv"
    assert sorted(path.name for path in parts.glob("part-*")) == ["part-00000.parquet"]
    assert not out.exists()
    first = (parts / "part-00000.parquet").stat().st_mtime_ns
    request = ExportRequest("for_you", 2, customer_ids=tuple(ids))
    made = ExportMaker(store, Keys(), PLACEMENTS, request, parts).make(out)
    assert (parts / "part-00000.parquet").stat().st_mtime_ns == first
    assert (made.customers, made.rows) == (4_502, 4)
    assert pl.read_csv(out)["product_id"].to_list() == ["p0", "p1", "p0", "p1"]


@pytest.mark.parametrize("change", ["request", "version", "catalogue", "rules", "hour"])
def test_parts_of_something_else_are_not_taken(store: redis.Redis, tmp_path: Path, change: str):
    publish(store)
    parts = tmp_path / "parts"

    def make(limit: int) -> None:
        ExportMaker(store, Keys(), PLACEMENTS, ExportRequest("for_you", limit), parts).make(
            tmp_path / "o.csv"
        )

    make(1)
    ExportFolder(parts).write_part(0, pl.DataFrame({"old": [1]}))
    make(1)
    assert (tmp_path / "o.csv").read_text() == "old\n1\n"
    if change == "version":
        publish(store, "20270101T000000Z-0002")
    if change == "catalogue":
        put_catalog(store)
    if change == "rules":
        publish_rule(store, **HIDE_P1)
    if change == "hour":
        manifest = ExportFolder(parts).manifest() or {}
        (parts / "manifest.json").write_text(json.dumps({**manifest, "at": manifest["at"] - 3_601}))
    make(2 if change == "request" else 1)
    assert "anna" in (tmp_path / "o.csv").read_text()
