"""Exports over HTTP and a worker's part in them."""

from __future__ import annotations

import io
import threading
import time
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import redis
from flask.testing import FlaskClient

from service.exports.jobs import KEPT_S, ExportJobs
from service.exports.making import ExportMaker
from service.placement_file import load_placements
from service.store.export_jobs import (
    RUNNING,
    all_jobs,
    create_job,
    hold_lease,
    leave_lease,
    read_job,
    write_job,
)
from service.store.keys import Keys
from tests.published import publish
from tests.service.conftest import MakeClient

PATH = "/v1/exports"
ASKED = {"limit": 1, "format": "jsonl"}
KEYS = Keys()


@pytest.fixture
def client(store: redis.Redis, store_url: str, make_client: MakeClient, tmp_path: Path) -> FlaskClient:
    publish(store)
    return make_client(redis_url=store_url, data_dir=tmp_path)


@pytest.fixture
def worker(store: redis.Redis, tmp_path: Path) -> ExportJobs:
    return ExportJobs(store, KEYS, load_placements(None), tmp_path / "exports")


def test_an_export_is_asked_for_made_and_fetched(client: FlaskClient, worker: ExportJobs):
    response = client.post(PATH, json=ASKED)
    asked = response.get_json()
    assert (response.status_code, asked["status"], asked["file"]) == (202, "queued", None)
    assert response.headers["Location"] == f"{PATH}/{asked['id']}"
    assert worker.turn() is True
    made = client.get(response.headers["Location"]).get_json()
    assert {name: made[name] for name in ("status", "done", "of", "rows", "error")} == {
        "status": "done", "done": 4, "of": 4, "rows": 4, "error": None,
    }  # fmt: skip
    file = client.get(made["file"])
    assert "attachment; filename=for_you-" in file.headers["Content-Disposition"]
    assert file.headers["Cache-Control"] == "private, no-store"
    rows = pl.read_ndjson(io.BytesIO(file.data))
    assert dict(rows.select("customer_id", "product_id").iter_rows()) == {
        "anna": "p0", "ben": "p0", "cleo": "p4", "düsseldorf/7": "p5",
    }  # fmt: skip
    assert worker.turn() is False


def test_it_says_what_a_live_answer_says(client: FlaskClient, worker: ExportJobs):
    asked = client.post(PATH, json={"limit": 5, "layout": "klaviyo", "placement": "discover"}).get_json()
    worker.turn()
    frame = pl.read_csv(io.BytesIO(client.get(f"{PATH}/{asked['id']}/file").data))
    for row in frame.iter_rows(named=True):
        query = {"visitor_id": row["External ID"], "limit": 5, "placement": "discover"}
        answer = client.get("/v1/recommendations", query_string=query).get_json()
        live = [item["product_id"] for item in answer["items"]]
        assert [row[f"recommended_{place}_id"] for place in range(1, len(live) + 1)] == live
    assert frame.height == 2


def test_until_it_is_made_there_is_no_file(client: FlaskClient):
    asked = client.post(PATH, json={}).get_json()
    response = client.get(f"{PATH}/{asked['id']}/file")
    assert (response.status_code, response.get_json()["detail"]) == (
        404, "There is no file yet: the export is queued.",
    )  # fmt: skip


@pytest.mark.parametrize(
    "body, name",
    [
        ({"placement": "trending"}, "placement"),
        ({"placement": ""}, "placement"),
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"limit": "3"}, "limit"),
        ({"limit": 21, "layout": "mailchimp"}, "limit"),
        ({"format": "xlsx"}, "format"),
        ({"layout": "wide"}, "layout"),
        ({"at": "2026-11-27T08:00:00"}, "at"),
        ({"at": "soon"}, "at"),
        ({"customer_ids": "anna"}, "customer_ids"),
        ({"customer_ids": [""]}, "customer_ids"),
        ({"contacts": "x"}, "contacts"),
    ],
)
def test_what_cannot_be_exported_is_named(client: FlaskClient, store: redis.Redis, body: object, name: str):
    response = client.post(PATH, json=body)
    assert response.status_code == 422
    assert [error["name"] for error in response.get_json()["errors"]] == [name]
    assert all_jobs(store, KEYS) == []


@pytest.mark.parametrize("id", ["x", "0" * 32, "..%2F..%2Ftombstones"])
def test_an_unknown_export_is_not_found(client: FlaskClient, id: str):
    assert client.get(f"{PATH}/{id}").status_code == 404
    assert client.get(f"{PATH}/{id}/file").status_code == 404


def test_more_than_twenty_do_not_wait(client: FlaskClient):
    codes = [client.post(PATH, json=ASKED).status_code for _ in range(21)]
    assert codes == [202] * 20 + [429]


def test_named_customers_are_the_audience_and_their_ids_stay_as_they_are(
    client: FlaskClient, worker: ExportJobs
):
    asked = client.post(PATH, json={**ASKED, "customer_ids": ["düsseldorf/7", "nobody"]}).get_json()
    worker.turn()
    rows = pl.read_ndjson(io.BytesIO(client.get(f"{PATH}/{asked['id']}/file").data))
    assert rows["customer_id"].to_list() == ["düsseldorf/7"]


def test_what_fails_says_why_and_does_not_hold_up_the_next(client: FlaskClient, store, worker):
    bad = create_job(store, KEYS, {"placement": "gone", "limit": 1, "customer_ids": None})
    good = client.post(PATH, json=ASKED).get_json()
    assert [worker.turn(), worker.turn()] == [True, True]
    failed = client.get(f"{PATH}/{bad.id}").get_json()
    assert (failed["status"], failed["error"][:18]) == ("failed", "only the customers")
    assert client.get(f"{PATH}/{good['id']}").get_json()["status"] == "done"


def test_one_worker_at_a_time_makes_exports(client: FlaskClient, store, worker):
    client.post(PATH, json=ASKED)
    assert hold_lease(store, KEYS, "another")
    assert worker.turn() is False
    leave_lease(store, KEYS, "another")
    assert worker.turn() is True


def test_what_a_dead_worker_began_is_gone_on_with(client: FlaskClient, store, worker):
    asked = client.post(PATH, json=ASKED).get_json()
    job = read_job(store, KEYS, asked["id"])
    assert job is not None
    write_job(store, KEYS, replace(job, status=RUNNING, done=2_000, of=4_000))
    worker.turn()
    assert client.get(f"{PATH}/{asked['id']}").get_json()["status"] == "done"


def test_a_worker_that_is_told_to_stop_leaves_its_export_to_another(
    client: FlaskClient, store, worker, monkeypatch
):
    asked = client.post(PATH, json=ASKED).get_json()
    stopping = threading.Event()
    begin = ExportMaker.make

    def stopped_midway(self, out, progress=None):
        stopping.set()
        return begin(self, out, progress)

    monkeypatch.setattr(ExportMaker, "make", stopped_midway)
    worker.run(stopping)
    assert client.get(f"{PATH}/{asked['id']}").get_json()["status"] == "running"
    monkeypatch.undo()
    assert ExportJobs(store, KEYS, load_placements(None), worker._folder).turn() is True
    assert client.get(f"{PATH}/{asked['id']}").get_json()["status"] == "done"


def test_after_a_week_an_export_is_gone(client: FlaskClient, store, worker, tmp_path: Path):
    asked = client.post(PATH, json=ASKED).get_json()
    worker.turn()
    job = read_job(store, KEYS, asked["id"])
    assert job is not None
    write_job(store, KEYS, replace(job, created_at=time.time() - KEPT_S - 1))
    worker.turn()
    assert client.get(f"{PATH}/{asked['id']}").status_code == 404
    assert list((tmp_path / "exports").iterdir()) == []


def test_an_erasure_deletes_the_file_and_what_was_asked_stays_small(client: FlaskClient, store, worker):
    asked = client.post(PATH, json={**ASKED, "customer_ids": ["anna", "ben"]}).get_json()
    worker.turn()
    assert client.delete("/v1/visitors/anna").get_json()["erased"]["exports"] == 1
    made = client.get(f"{PATH}/{asked['id']}").get_json()
    assert (made["status"], made["file"]) == ("done", None)
    assert client.get(f"{PATH}/{asked['id']}/file").status_code == 404
    assert b"anna" not in store.hget(KEYS.exports, asked["id"])


def test_an_erasure_takes_the_person_out_of_exports_that_wait(client: FlaskClient, store, worker):
    asked = client.post(PATH, json={**ASKED, "customer_ids": ["anna", "ben"]}).get_json()
    client.delete("/v1/visitors/anna")
    assert b"anna" not in store.hget(KEYS.exports, asked["id"])
    worker.turn()
    assert client.get(f"{PATH}/{asked['id']}").get_json()["of"] == 1
