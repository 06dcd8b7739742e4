from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from service.batching import BatchingReader
from service.store.round_trip import Command


def get(number: int) -> list[Command]:
    return [("GET", str(number))]


class GatedReader:
    """Answers each command with its key, but holds every round trip until the gate is opened."""

    def __init__(self) -> None:
        self.reads: list[int] = []
        self.began = threading.Semaphore(0)
        self.gate = threading.Event()
        self.error: redis.RedisError | None = None

    def replies(self, commands: Sequence[Command]) -> list[bytes | None]:
        self.reads.append(len(commands))
        self.began.release()
        assert self.gate.wait(10)
        if self.error is not None:
            raise self.error
        return [str(command[1]).encode() for command in commands]


@pytest.fixture
def gated() -> GatedReader:
    return GatedReader()


def ask_while_one_is_reading(gated: GatedReader, threads: int) -> list[object]:
    """The answers to one question a thread, all but the first asked while the first is being read."""
    reader = BatchingReader(gated)  # type: ignore[arg-type]

    def ask(number: int) -> object:
        try:
            return reader.replies(get(number))
        except redis.RedisError as error:
            return error

    with ThreadPoolExecutor(threads) as pool:
        first = pool.submit(ask, 0)
        assert gated.began.acquire(timeout=10)
        others = [pool.submit(ask, number) for number in range(1, threads)]
        while len(reader._waiting) < len(others):
            assert not any(other.done() for other in others)
        gated.gate.set()
        return [future.result(10) for future in (first, *others)]


def test_what_is_asked_meanwhile_goes_together_and_everyone_gets_their_own_answer(gated: GatedReader):
    assert ask_while_one_is_reading(gated, 8) == [[f"{number}".encode()] for number in range(8)]
    assert gated.reads == [1, 7]


def test_a_failed_read_fails_all_that_went_along_and_the_next_may_succeed(gated: GatedReader):
    gated.error = redis.ConnectionError("away")
    answers = ask_while_one_is_reading(gated, 4)
    assert [str(answer) for answer in answers] == ["away"] * 4
    assert gated.reads == [1, 3]
    gated.error = None
    assert BatchingReader(gated).replies(get(9)) == [b"9"]  # type: ignore[arg-type]


def test_a_fault_in_the_reader_does_not_leave_anybody_waiting(gated: GatedReader):
    reader = BatchingReader(gated)  # type: ignore[arg-type]
    gated.gate.set()
    gated.error = KeyError("bug")  # type: ignore[assignment]
    with pytest.raises(KeyError):
        reader.replies(get(0))
    gated.error = None
    assert reader.replies(get(1)) == [b"1"]
