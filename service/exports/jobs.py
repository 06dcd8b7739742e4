"""A worker's part in exports: one at a time over all workers; where one was killed, another goes on."""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import redis
import structlog
from polars.exceptions import PolarsError

from service.exports.folder import ExportFolder
from service.exports.making import ExportMaker
from service.exports.request import ExportRefused, ExportRequest
from service.placements import Placement
from service.store.export_jobs import (
    DONE,
    FAILED,
    RUNNING,
    WAITING,
    ExportJob,
    all_jobs,
    hold_lease,
    leave_lease,
    read_job,
    remove_job,
    write_job,
)
from service.store.keys import Keys

KEPT_S = 7 * 24 * 3600
"""How long an export, and its file, is kept."""

_PAUSE_S = 1.0

log = structlog.get_logger()


class _Stopped(Exception):
    """The worker is to end; another goes on with the export."""


class ExportJobs:
    """Makes the exports that wait in the store, below one folder."""

    def __init__(
        self, client: redis.Redis, keys: Keys, placements: Mapping[str, Placement], folder: Path
    ) -> None:
        self._client = client
        self._keys = keys
        self._placements = placements
        self._folder = folder
        self._worker = secrets.token_hex(8)
        self._stopping = threading.Event()

    def run(self, stopping: threading.Event) -> None:
        """Work until `stopping` is set; an export under way is left to another worker then."""
        self._stopping = stopping
        while not stopping.is_set():
            try:
                if self.turn():
                    continue
            except redis.RedisError as error:
                log.warning("store_failed", error=str(error), retry_s=_PAUSE_S)
            stopping.wait(_PAUSE_S)

    def turn(self) -> bool:
        """Make the oldest export that waits; whether there was one for this worker. Removes expired ones.

        Raises:
            redis.RedisError: the store went away; the export waits for the next turn.
        """
        if not hold_lease(self._client, self._keys, self._worker):
            return False
        try:
            jobs = all_jobs(self._client, self._keys)
            self._expire(jobs)
            waiting = next((job for job in jobs if job.status in WAITING), None)
            if waiting is not None:
                self._make(waiting)
            return waiting is not None
        except _Stopped:
            return False
        finally:
            leave_lease(self._client, self._keys, self._worker)

    def _make(self, job: ExportJob) -> None:
        request = ExportRequest.from_json(job.request)
        folder = self._folder / job.id
        self._say(replace(job, status=RUNNING))
        try:
            maker = ExportMaker(self._client, self._keys, self._placements, request, folder)
            made = maker.make(folder / f"export.{request.format}", lambda done, of: self._told(job, done, of))
            ExportFolder(folder).drop_parts()
        except (redis.RedisError, _Stopped):
            raise
        except (ExportRefused, OSError, PolarsError) as error:
            log.error("export_failed", export=job.id, error=str(error))
            self._say(replace(job, status=FAILED, error=str(error)))
            return
        except Exception:
            # It would fail the same way again, and hold up all exports behind it.
            log.exception("export_failed", export=job.id)
            self._say(replace(job, status=FAILED, error="an error of the worker's; its log tells more"))
            return
        log.info("export_made", export=job.id, customers=made.customers, rows=made.rows)
        self._say(replace(job, status=DONE, done=made.customers, of=made.customers, rows=made.rows))

    def _told(self, job: ExportJob, done: int, of: int) -> None:
        if self._stopping.is_set():
            raise _Stopped
        hold_lease(self._client, self._keys, self._worker)
        self._say(replace(job, status=RUNNING, done=done, of=of))

    def _say(self, job: ExportJob) -> None:
        """Its audience is the store's: an erasure may have changed it. At the end nobody needs it."""
        current = read_job(self._client, self._keys, job.id)
        if current is not None:
            audience = current.request["customer_ids"] if job.status in WAITING else None
            write_job(
                self._client, self._keys, replace(job, request={**job.request, "customer_ids": audience})
            )

    def _expire(self, jobs: list[ExportJob]) -> None:
        oldest = time.time() - KEPT_S
        for job in jobs:
            if job.created_at < oldest:
                shutil.rmtree(self._folder / job.id, ignore_errors=True)
                remove_job(self._client, self._keys, job.id)
        # And what commands that were killed, and never run again, have left.
        for manifest in self._folder.glob("*/manifest.json"):
            if manifest.stat().st_mtime < oldest:
                shutil.rmtree(manifest.parent, ignore_errors=True)
