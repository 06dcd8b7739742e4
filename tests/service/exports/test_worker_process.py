"""`python -m service.worker` makes exports, and another goes on where one was killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from service.exports.request import ExportRequest
from service.store.export_jobs import DONE, RUNNING, ExportJob, create_job, read_job
from service.store.keys import Keys
from tests.needs import REPOSITORY
from tests.published import publish
from tests.waiting import wait_until

KEYS = Keys()


@contextmanager
def worker(store_url: str, data_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RECS_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "service.worker"],
        cwd=REPOSITORY,
        env=inherited | {"REDIS_URL": store_url, "RECS_DATA_DIR": str(data_dir)},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_another_worker_goes_on_where_one_was_killed(store: redis.Redis, store_url: str, tmp_path: Path):
    publish(store)
    strangers = (f"b{number:05}" for number in range(24_000))
    request = ExportRequest("for_you", 1, format="jsonl", customer_ids=("anna", "ben", *strangers, "cleo"))
    job = create_job(store, KEYS, request.as_json())
    folder = tmp_path / "exports" / job.id

    def now() -> ExportJob:
        found = read_job(store, KEYS, job.id)
        assert found is not None
        return found

    with worker(store_url, tmp_path) as killed:
        wait_until((folder / "part-00001.parquet").is_file, "the second part is written")
        killed.kill()
    assert (now().status, (folder / "export.jsonl").exists()) == (RUNNING, False)
    first = (folder / "part-00000.parquet").stat().st_mtime_ns
    # What would end by itself after two minutes.
    store.delete(KEYS.exporting)
    with worker(store_url, tmp_path):
        wait_until(lambda: now().done > now().of // 2, "the other worker is half through")
        assert (folder / "part-00000.parquet").stat().st_mtime_ns == first
        wait_until(lambda: now().status == DONE, "the export is made")
    assert (now().of, now().rows) == (24_003, 3)
    rows = map(json.loads, (folder / "export.jsonl").read_text().splitlines())
    assert [(row["customer_id"], row["product_id"]) for row in rows] == [
        ("anna", "p0"), ("ben", "p0"), ("cleo", "p4"),
    ]  # fmt: skip
