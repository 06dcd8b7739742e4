"""Follows what is live outside of requests: polls its revisions, loads what they name, swaps it in whole.

It is the circuit breaker too. A request whose store call fails says so; from then on no request calls
the store until a poll has reached it again. A dead store costs one timeout, not one a request.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import structlog
from redis import RedisError

from service.metrics import STORE_ERRORS, STORE_UP, VERSIONS_LOADED
from service.rules.book import RuleBook
from service.rules.document import rules_of
from service.snapshot import Snapshot, load_snapshot
from service.store.reader import StoreReader
from service.store.versions import Live, VersionMissing

POLL_S = 0.25

log = structlog.get_logger()


class Follower:
    """Holds the process's `snapshot` and whether the store is up; reading either costs an attribute.

    Attributes:
        snapshot: the latest version that was read as a whole; an empty one before.
        store_up: whether requests may call the store.
        cold: whether the store, when it was last reached, had nothing live. A store that lost its data
            leaves the last snapshot in place: a list from before is better than none.
        rules: the live revision of the rules, as a whole; none before they were first read.
        erasures: how many there were when the store was last reached: copies from before are to be dropped.
    """

    def __init__(self, reader: StoreReader, on_poll: Callable[[], None]) -> None:
        """`on_poll` is called in each poll that reaches the store; it may raise RedisError."""
        self.snapshot = Snapshot()
        self.store_up = False
        self.cold = True
        self.rules = RuleBook()
        self.erasures = 0
        self._loaded: Live | None = None
        self._unreadable_rules: int | None = None
        self._reader = reader
        self._on_poll = on_poll
        self._stop = threading.Event()
        self._starting = threading.Lock()
        self._started_in: int | None = None

    def start(self) -> None:
        """Poll once, then every 250 ms in a daemon thread; once a process, so that it can be asked often."""
        if self._started_in == os.getpid():
            return
        with self._starting:
            if self._started_in == os.getpid():
                return
            self._poll_safely()
            threading.Thread(target=self._run, name="follow-live-version", daemon=True).start()
            self._started_in = os.getpid()

    def stop(self) -> None:
        """End the thread after its current poll."""
        self._stop.set()

    def failed(self, error: RedisError) -> None:
        """A store call failed: count it and open the circuit until a poll succeeds."""
        STORE_ERRORS.inc()
        if self.store_up:
            log.warning("store_down", error=str(error))
        self.store_up = False
        STORE_UP.set(0)

    def poll(self) -> None:
        """Ask for the pointer; load the version it names if that, or its catalogue, is not the snapshot's."""
        try:
            now = self._reader.revisions()
            self._on_poll()
            self.cold = now.live is None
            self.erasures = now.erasures
            self._follow_rules(now.rules)
            if now.live is not None and now.live != self._loaded:
                self.snapshot = load_snapshot(self._reader, now.live.version)
                self._loaded = now.live
                VERSIONS_LOADED.inc()
                log.info("version_loaded", version=now.live.version, revision=now.live.revision)
        except RedisError as error:
            self.failed(error)
            return
        if not self.store_up:
            log.info("store_up")
        self.store_up = True
        STORE_UP.set(1)

    def _follow_rules(self, revision: int) -> None:
        """Load the rules where they are others; those that cannot be read leave the last ones in place.

        Raises RedisError.
        """
        if revision in (self.rules.revision, self._unreadable_rules):
            return
        try:
            self.rules = RuleBook(rules_of(self._reader.rules(revision)), revision)
        except (VersionMissing, LookupError, TypeError, ValueError) as error:
            # Such as those of a later release. What they would hide may be shown: somebody has to look.
            self._unreadable_rules = revision
            STORE_ERRORS.inc()
            log.error("rules_unreadable", revision=revision, error=str(error))
        else:
            log.info("rules_loaded", revision=revision)

    def _run(self) -> None:
        while not self._stop.wait(POLL_S):
            self._poll_safely()

    def _poll_safely(self) -> None:
        try:
            self.poll()
        except Exception:
            # A version, or rules, that cannot be read must not end the thread: the next ones may be sound.
            log.exception("version_unreadable")
