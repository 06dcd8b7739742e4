"""One round trip for many threads: what is asked at about the same time goes together.

A thread that finds the store idle lets the others run once, which takes no time where there are none, and
then reads for all that have asked; those that come meanwhile queue up for the next read. Under load a round
trip so carries many questions, and a dead store costs all of them one timeout.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from redis import RedisError

from service.store.reader import StoreReader
from service.store.round_trip import Command

MAX_BATCH = 128
"""Questions in one round trip, which keeps its reply far from the serving timeout."""


class _Question:
    """A thread's question; `woken` is released once it is answered, or once its thread is to read."""

    __slots__ = ("commands", "error", "keys", "reads", "replies", "values", "woken")

    def __init__(self, keys: Sequence[str], commands: Sequence[Command]) -> None:
        self.keys = keys
        self.commands = commands
        self.values: list[bytes | None] = []
        self.replies: list[Any] | None = None
        self.error: RedisError | None = None
        self.reads = False
        self.woken: Any = None


class BatchingReader:
    """Reads strings, and whatever else commands ask for; shared between threads or greenlets."""

    def __init__(self, reader: StoreReader, semaphore: Callable[[int], Any] = threading.Semaphore) -> None:
        """`semaphore`: threading's, or what stands in for it."""
        self._reader = reader
        self._semaphore = semaphore
        self._turn = semaphore(1)  # whoever has it reads; it is handed on from thread to thread
        self._waiting: deque[_Question] = deque()

    def read(self, keys: Sequence[str], commands: Sequence[Command]) -> tuple[list[bytes | None], list[Any]]:
        """The values of the strings, None where there is none, and the replies to the commands, in order.

        Raises:
            redis.RedisError: the store is away.
        """
        question = _Question(keys, commands)
        if self._turn.acquire(blocking=False):
            self._read_with_others(question)
        else:
            self._wait(question)
        if question.replies is None:
            raise question.error or RedisError("the read that carried this question did not end")
        return question.values, question.replies

    def _read_with_others(self, question: _Question) -> None:
        try:
            time.sleep(0)
        finally:
            # Also where this thread is ended while the others run: those that queue up count on it.
            self._read(question)

    def _wait(self, question: _Question) -> None:
        question.woken = self._semaphore(0)
        self._waiting.append(question)
        if self._turn.acquire(blocking=False):  # the last reader looked just before
            try:
                self._waiting.remove(question)
            except ValueError:  # or another one has taken it along since
                self._hand_on()
            else:
                question.reads = True
        else:
            question.woken.acquire()
        if question.reads:
            self._read(question)

    def _read(self, question: _Question) -> None:
        """Read for those who wait as well. Only with the turn, which is handed on."""
        waiting = self._waiting
        batch = [question, *(waiting.popleft() for _ in range(min(len(waiting), MAX_BATCH - 1)))]
        try:
            self._answer(batch)
        finally:
            for other in batch[1:]:
                _wake(other)
            self._hand_on()

    def _answer(self, batch: Sequence[_Question]) -> None:
        keys = [key for question in batch for key in question.keys]
        commands = [command for question in batch for command in question.commands]
        try:
            replies = self._reader.replies([("MGET", *keys), *commands] if keys else commands)
        except RedisError as error:
            for question in batch:
                question.error = error
        else:
            _hand_out(batch, replies.pop(0) if keys else [], replies)

    def _hand_on(self) -> None:
        if self._waiting:
            following = self._waiting.popleft()
            following.reads = True
            _wake(following)
            return
        self._turn.release()
        # One who came between these two lines found the turn taken, and would wait for ever.
        if self._waiting and self._turn.acquire(blocking=False):
            self._hand_on()


def _wake(question: _Question) -> None:
    if question.woken is not None:
        question.woken.release()


def _hand_out(batch: Sequence[_Question], values: list[bytes | None], replies: list[Any]) -> None:
    value = reply = 0
    for question in batch:
        next_value, next_reply = value + len(question.keys), reply + len(question.commands)
        question.values, question.replies = values[value:next_value], replies[reply:next_reply]
        value, reply = next_value, next_reply
