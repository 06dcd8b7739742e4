"""An erasure through gunicorn's workers as shipped: the process for the files, and every worker's copies."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.gunicorn_service import KEY, Service
from tests.published import publish
from tests.waiting import wait_until


@pytest.fixture
def service(store: redis.Redis, store_url: str, tmp_path: Path) -> Iterator[Service]:
    publish(store)
    service = Service(tmp_path, REDIS_URL=store_url, RECS_WORKERS="2")
    try:
        wait_until(service.answers, "the service answers", 60)
        yield service
    finally:
        service.stop()


def erase(service: Service, id: str) -> dict[str, object]:
    request = urllib.request.Request(
        f"{service.url}/v1/visitors/{id}", method="DELETE", headers={"Authorization": f"Bearer {KEY}"}
    )
    with urllib.request.urlopen(request, timeout=90) as response:
        return json.load(response)


def test_files_are_gone_through_and_all_workers_forget(service: Service, tmp_path: Path):
    asked = "visitor_id=anna&limit=1"
    # Often enough for both workers to keep Anna's list.
    assert {service.answer(asked)["fallback"] for _ in range(40)} == {None}
    receipt = erase(service, "anna")
    assert (receipt["customer"], receipt["files"]) == ("anna", "erased")
    assert len(json.loads((tmp_path / "the data" / "tombstones.json").read_text())) == 1
    wait_until(
        lambda: {service.answer(asked)["fallback"] for _ in range(40)} == {"unknown_visitor"},
        "no worker knows Anna",
    )
