"""What one worker does, in turns, until it is told to stop."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import redis
import structlog
from polars.exceptions import PolarsError

from service.store.event_stream import trim
from service.store.keys import Keys
from service.worker.archive import Archiving
from service.worker.counting import Counting
from service.worker.merging import merge_finished_days

log = structlog.get_logger()


@dataclass(frozen=True)
class Pace:
    """Seconds between two turns of each chore, and others.

    Attributes:
        wait: for the first event, where there is none to count; so long a worker may take to notice SIGTERM.
        archive: between two files of the archive.
        take_over: between two looks for what dead workers left.
        dead: without a sign of life, before a worker's entries are taken over.
        trim: between two removals of what all have taken.
        merge: between two looks for finished days; and for names of workers long gone.
        retry: while the store is away.
    """

    wait: float = 0.5
    archive: float = 30.0
    take_over: float = 15.0
    dead: float = 60.0
    trim: float = 5.0
    merge: float = 600.0
    retry: float = 1.0


FORGOTTEN_AFTER_MS = 24 * 3600 * 1000


class Worker:
    """One of any number: they share the stream, and take over from those that die."""

    def __init__(
        self, client: redis.Redis, keys: Keys, archive: Path, placements: Collection[str], pace: Pace = Pace()
    ) -> None:
        """`archive`: folder of the events' archive; `placements`: names of those that are counted by."""
        consumer = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        dead_ms = round(pace.dead * 1000)
        self._client = client
        self._keys = keys
        self._pace = pace
        self._folder = archive
        self._counting = Counting(client, keys, consumer, placements, dead_ms)
        self._archiving = Archiving(client, keys, consumer, archive, dead_ms)
        self._chores: list[_Chore] = [
            _Chore(pace.archive, self._archiving.step),
            _Chore(pace.take_over, self._counting.take_over),
            _Chore(pace.take_over, self._archiving.take_over),
            _Chore(pace.trim, self._trim),
            _Chore(pace.merge, self._merge),
            _Chore(pace.merge, self._forget_dead_workers),
        ]

    def run(self, stopping: threading.Event) -> None:
        """Work until `stopping` is set; what was begun is finished first. An absent store is waited for."""
        log.info("worker_started")
        prepared = False
        while not stopping.is_set():
            try:
                if not prepared:
                    self._prepare()
                    prepared = True
                self.turn()
            except redis.RedisError as error:
                # The groups may be gone with the data of a store that was emptied.
                prepared = False
                log.warning("store_failed", error=str(error), retry_s=self._pace.retry)
                stopping.wait(self._pace.retry)
        log.info("worker_stopped")

    def turn(self) -> None:
        """Count what there is to count; then each chore whose time has come."""
        self._counting.step(round(self._pace.wait * 1000))
        for chore in self._chores:
            chore.run_if_due()

    def _prepare(self) -> None:
        for part in (self._counting, self._archiving):
            part.reader.create()

    def _trim(self) -> bool:
        trim(self._client, self._keys)
        return False

    def _merge(self) -> bool:
        merge_finished_days(self._folder, datetime.now(UTC))
        return False

    def _forget_dead_workers(self) -> bool:
        for part in (self._counting, self._archiving):
            part.reader.remove_idle_consumers(FORGOTTEN_AFTER_MS)
        return False


class _Chore:
    """Something to do every so often; in the next turn again, where it says that there is more."""

    def __init__(self, every_s: float, act: Callable[[], bool]) -> None:
        self._every_s = every_s
        self._act = act
        self._due = 0.0

    def run_if_due(self) -> None:
        now = time.monotonic()
        if now < self._due:
            return
        more = False
        try:
            more = self._act()
        except (OSError, PolarsError) as error:
            # A full disk stops the archive alone: what was not written stays in the stream, to be taken over.
            log.error("chore_failed", chore=self._act.__qualname__, error=str(error))
        self._due = now if more else now + self._every_s
