"""One round trip for many threads: what is asked at about the same time goes together.

A thread that finds the store idle lets the others run once, which takes no time where there are none, and
then reads for all that have asked; those that come meanwhile queue up for the next read. Under load a
round trip so carries many questions, and a dead store costs all of them one timeout.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

from redis import RedisError

from service.store.reader import StoreReader
from service.store.round_trip import Command

MAX_BATCH = 128
"""Questions in one round trip, which keeps its reply far from the serving timeout."""


class _Question:
    """A thread's question; `woken` is released once it is answered, or once its thread is to read."""

    __slots__ = ("batch", "commands", "error", "replies", "woken")

    def __init__(self, commands: Sequence[Command]) -> None:
        self.commands = commands
        self.replies: list[Any] | None = None
        self.error: RedisError | None = None
        self.batch: list[_Question] | None = None
        self.woken: threading.Lock | None = None


class BatchingReader:
    """`StoreReader.replies`, shared between threads or greenlets."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self._reading = False
        self._waiting: list[_Question] = []

    def replies(self, commands: Sequence[Command]) -> list[Any]:
        """The replies to the commands, in their order; as bytes, not decoded.

        Raises:
            redis.RedisError: the store is away.
        """
        question = _Question(commands)
        with self._lock:
            self._waiting.append(question)
            if self._reading:
                question.woken = threading.Lock()
                question.woken.acquire()
            self._reading = True
        if question.woken is None:
            self._read_first()
        else:
            question.woken.acquire()
            if question.batch is not None:
                self._read(question.batch)
        if question.replies is None:
            raise question.error or RedisError("the read that carried this question did not end")
        return question.replies

    def _read_first(self) -> None:
        batch: list[_Question] = []
        try:
            time.sleep(0)
        finally:
            # Also where this thread is ended while the others run: those that queue up count on it.
            with self._lock:
                batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            self._read(batch)

    def _read(self, batch: list[_Question]) -> None:
        try:
            self._answer(batch)
        finally:
            self._hand_over(batch)

    def _answer(self, batch: list[_Question]) -> None:
        try:
            replies = iter(self._reader.replies([one for question in batch for one in question.commands]))
        except RedisError as error:
            for question in batch:
                question.error = error
            return
        for question in batch:
            question.replies = [next(replies) for _ in question.commands]

    def _hand_over(self, done: list[_Question]) -> None:
        """Wake those whose questions went along, and the one who reads next."""
        for question in done[1:]:
            _wake(question)
        with self._lock:
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            self._reading = bool(batch)
        if batch:
            batch[0].batch = batch
            _wake(batch[0])


def _wake(question: _Question) -> None:
    if question.woken is not None:
        question.woken.release()
