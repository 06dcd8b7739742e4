"""DELETE /v1/visitors/{id}: a receipt, and nothing of the person in the next answer or on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis
from flask.testing import FlaskClient

from service.erased_files import FilesNotErased, erase_from_files
from service.store.events import Event, EventLog
from service.store.keys import Keys
from service.store.tombstones import digest, read_tombstones
from tests.published import publish
from tests.service.conftest import MakeClient

PATH = "/v1/visitors"
NO_FILES = {"artefact_lists": 0, "archived_events": 0, "exports": 0}


@pytest.fixture
def client(store: redis.Redis, store_url: str, make_client: MakeClient, tmp_path: Path) -> FlaskClient:
    publish(store)
    return make_client(redis_url=store_url, data_dir=tmp_path)


def fallback(client: FlaskClient, visitor: str) -> str | None:
    return client.get(f"/v1/recommendations?visitor_id={visitor}&limit=1").get_json()["fallback"]


def test_a_receipt_tells_what_was_erased(client: FlaskClient, store: redis.Redis):
    log = EventLog(store, Keys())
    log.record([Event("e1", "view", "phone", "p1", 1)])
    log.identify("phone", "anna")
    response = client.delete(f"{PATH}/phone")
    receipt = response.get_json()
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
    assert len(receipt.pop("receipt_id")) == 32
    assert receipt.pop("erased_at").endswith("+00:00")
    assert receipt == {
        "visitor": "phone",
        "customer": "anna",
        "erased": {"states": 2, "events": 2, "lists": 5, **NO_FILES},
        "files": "erased",
    }


def test_a_full_store_is_no_reason_to_keep_anybody(client: FlaskClient, store: redis.Redis):
    EventLog(store, Keys()).record([Event("e1", "view", "phone", "p1", 1)])
    store.config_set("maxmemory", "1")
    try:
        response = client.delete(f"{PATH}/phone")
    finally:
        store.config_set("maxmemory", "0")
    assert (response.status_code, response.get_json()["erased"]["states"]) == (200, 1)
    assert read_tombstones(store, Keys()).keys() == {digest("phone")}


def test_an_unknown_id_gets_a_receipt_and_a_tombstone(client: FlaskClient, store: redis.Redis):
    receipt = client.delete(f"{PATH}/nobody").get_json()
    assert set(receipt["erased"].values()) == {0}
    assert receipt["customer"] is None
    assert read_tombstones(store, Keys()).keys() == {digest("nobody")}


def test_the_next_answer_knows_the_customer_no_longer(client: FlaskClient):
    assert fallback(client, "anna") is None
    client.delete(f"{PATH}/anna")
    client.application.extensions["recommendations"].follower.poll()
    assert fallback(client, "anna") == "unknown_visitor"
    assert fallback(client, "ben") is None


def test_what_an_erased_customer_does_next_is_a_visitors(client: FlaskClient, store: redis.Redis):
    def view(number: int) -> None:
        event = {"event_id": f"e{number}", "type": "view", "visitor_id": "anna", "product_id": "p1"}
        client.post("/v1/events", json={**event, "occurred_at": "2026-11-23T10:00:00Z"})

    view(1)
    assert store.exists(Keys().customer("anna"))
    client.delete(f"{PATH}/anna")
    client.application.extensions["recommendations"].follower.poll()
    view(2)
    assert store.exists(Keys().visitor("anna"))
    assert not store.exists(Keys().customer("anna"))


@pytest.mark.parametrize(
    "path, id",
    [
        ("a%2Fb", "a/b"),
        ("a/b", "a/b"),
        ("%2Fa%2F%2Fb%2F", "/a//b/"),
        ("..%2F..", "../.."),
        ("d%C3%BCsseldorf%2F7", "düsseldorf/7"),
        ("%20", " "),
        ("identify", "identify"),
    ],
)
def test_the_id_is_taken_as_it_stands_in_the_path(
    client: FlaskClient, store: redis.Redis, path: str, id: str
):
    assert client.delete(f"{PATH}/{path}").get_json()["visitor"] == id
    assert read_tombstones(store, Keys()).keys() == {digest(id)}


@pytest.mark.parametrize("path", ["%00", "x" * 257, "a%0Ab"])
def test_what_is_no_id_is_refused(client: FlaskClient, path: str):
    response = client.delete(f"{PATH}/{path}")
    assert response.status_code == 422
    assert [error["name"] for error in response.get_json()["errors"]] == ["id"]


def test_files_that_cannot_be_gone_through_are_pending(client: FlaskClient, tmp_path: Path):
    damaged = tmp_path / "versions" / "20260101T000000Z-0001"
    (damaged / "customers-00000").mkdir(parents=True)
    (damaged / "info.json").write_text("{}")
    receipt = client.delete(f"{PATH}/anna").get_json()
    assert (receipt["files"], receipt["erased"]["lists"]) == ("pending", 5)


def test_what_is_wrong_with_the_files_is_told(tmp_path: Path):
    (tmp_path / "tombstones.json").write_text("[1]")
    with pytest.raises(FilesNotErased, match=r"tombstones\.json: cannot be read"):
        erase_from_files(tmp_path, {}, ["anna"])


def test_while_the_store_is_away_one_is_asked_to_come_back(make_client: MakeClient, tmp_path: Path):
    client = make_client(redis_url=f"unix://{tmp_path}/none.sock", data_dir=tmp_path)
    response = client.delete(f"{PATH}/anna")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
