"""Retraining by the clock: the same `run`, repeatedly, each in a process of its own."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import redis
import structlog
from apscheduler.schedulers.blocking import BlockingScheduler

from service.store.schedule_status import write_last_run, write_next_run
from training.cron import cron_trigger
from training.store_session import Store

log = structlog.get_logger()

STOP_GRACE_S = 20.0
"""How long a run that is told to stop may take to release its lock before it is killed."""


class RetrainingSchedule:
    """Runs `python -m training run …` whenever a cron expression says so.

    A run is a process of its own: one that fails, or that the kernel ends for its memory, leaves
    the schedule alive, and a finished one gives its memory back. Times that pass while a run goes
    on are made up for once, not each.
    """

    def __init__(self, cron: str, run_arguments: Sequence[str], store: Store, timezone: str) -> None:
        """Raises `UsageError` where the cron expression or the zone is not one, or its time never comes."""
        self._trigger = cron_trigger(cron, timezone)
        self._command = [sys.executable, "-m", "training", "run", *run_arguments, "--json"]
        self._store = store
        self._scheduler = BlockingScheduler(timezone=timezone)
        self._child: subprocess.Popen[str] | None = None
        self._stopping = threading.Event()

    def serve(self) -> None:
        """Run until SIGINT or SIGTERM; a run under way is told to stop and waited for."""
        self._scheduler.add_job(
            self.run_once,
            self._trigger,
            id="retrain",
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        try:
            with self._stopped_by_signals():
                self._tell_next()
                self._scheduler.start()
            self._end_child()
        finally:
            self._stopping.set()
            self._tell_next()

    def run_once(self) -> None:
        """One run; its outcome goes to the log and to the status that the service shows."""
        started = datetime.now(UTC)
        log.info("retraining started", command=self._command[1:])
        self._child = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        if self._stopping.is_set():
            self._child.terminate()
        output, _ = self._child.communicate()
        outcome = _outcome(started, self._child.returncode, output)
        self._child = None
        report = log.info if outcome["code"] == 0 else log.error
        report("retraining finished", **outcome)
        self._tell(outcome)

    def _tell(self, outcome: dict[str, Any]) -> None:
        with _warn_if_store_is_away():
            write_last_run(self._store.client, self._store.keys, outcome)
        self._tell_next()

    def _tell_next(self) -> None:
        # A run that ends while the schedule stops must not announce another.
        stopping = self._stopping.is_set()
        upcoming = None if stopping else self._trigger.get_next_fire_time(None, datetime.now(UTC))
        with _warn_if_store_is_away():
            write_next_run(self._store.client, self._store.keys, upcoming)

    @contextlib.contextmanager
    def _stopped_by_signals(self) -> Iterator[None]:
        def stop(number: int, frame: object) -> None:
            self._stopping.set()
            if self._child:
                self._child.terminate()
            # Shutting down from within the handler would wait for a lock its own thread may hold.
            threading.Thread(target=self._shut_down, daemon=True).start()

        previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _shut_down(self) -> None:
        # A signal may come before the scheduler has begun.
        while not self._scheduler.running:
            time.sleep(0.01)
        self._scheduler.shutdown(wait=False)

    def _end_child(self) -> None:
        child = self._child
        if child is None:
            return
        child.terminate()
        try:
            child.wait(STOP_GRACE_S)
        except subprocess.TimeoutExpired:
            log.error("the run did not stop; killing it", pid=child.pid)
            child.kill()


def _outcome(started: datetime, code: int, output: str) -> dict[str, Any]:
    try:
        summary = json.loads(output)
    except json.JSONDecodeError:
        # A run that failed before its summary has told why on stderr, which goes where ours goes.
        summary = {}
    return {
        "started_at": started.isoformat(timespec="seconds"),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": code,
        "version": summary.get("version"),
        "published": summary.get("published", False),
        "why": summary["gate"]["why"] if summary else [],
    }


@contextlib.contextmanager
def _warn_if_store_is_away() -> Iterator[None]:
    # The status is for people to look at; losing one must not end the schedule.
    try:
        yield
    except redis.RedisError as error:
        log.warning("the schedule's status could not be stored", error=str(error))
