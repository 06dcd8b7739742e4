from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

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

    def replies(self, commands: Sequence[Command]) -> list[Any]:
        self.reads.append(len(commands))
        self.began.release()
        assert self.gate.wait(10)
        if self.error is not None:
            raise self.error
        return [_reply(command) for command in commands]


def _reply(command: Command) -> Any:
    found = [str(key).encode() for key in command[1:]]
    return found if command[0] == "MGET" else found[0]


@pytest.fixture
def gated() -> GatedReader:
    return GatedReader()


def ask_while_one_is_reading(gated: GatedReader, threads: int) -> list[object]:
    """The answers to one question a thread, all but the first asked while the first is being read."""
    reader = BatchingReader(gated)  # type: ignore[arg-type]

    def ask(number: int) -> object:
        try:
            return reader.read([], get(number))[1]
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
    assert BatchingReader(gated).read([], get(9)) == ([], [b"9"])  # type: ignore[arg-type]


def test_a_fault_in_the_reader_does_not_leave_anybody_waiting(gated: GatedReader):
    reader = BatchingReader(gated)  # type: ignore[arg-type]
    gated.gate.set()
    gated.error = KeyError("bug")  # type: ignore[assignment]
    with pytest.raises(KeyError):
        reader.read([], get(0))
    gated.error = None
    assert reader.read([], get(1)) == ([], [b"1"])


def test_strings_of_all_questions_are_one_command_and_each_gets_its_own(gated: GatedReader):
    reader = BatchingReader(gated)  # type: ignore[arg-type]
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(reader.read, [], get(0))
        assert gated.began.acquire(timeout=10)
        asked: list[tuple[list[str], list[Command]]] = [
            (["a", "b"], get(1)), (["c"], []), ([], [*get(2), *get(3)]), (["d", "e"], get(4)),
        ]  # fmt: skip
        others = [pool.submit(reader.read, *one) for one in asked]
        while len(reader._waiting) < len(others):
            assert not any(other.done() for other in others)
        gated.gate.set()
        assert first.result(10) == ([], [b"0"])
        assert [other.result(10) for other in others] == [
            ([b"a", b"b"], [b"1"]), ([b"c"], []), ([], [b"2", b"3"]), ([b"d", b"e"], [b"4"]),
        ]  # fmt: skip
    assert gated.reads == [1, 5]  # the MGET, and four


def test_many_threads_over_and_over_get_their_own_answers(gated: GatedReader):
    gated.gate.set()
    reader = BatchingReader(gated)  # type: ignore[arg-type]

    def ask(number: int) -> bool:
        return reader.read([f"k{number}"], get(number)) == ([b"k%d" % number], [b"%d" % number])

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(4000)))


def test_a_question_that_another_reader_took_along_meanwhile_holds_nobody_up(gated: GatedReader):
    """The narrow moment between queueing up and trying for the turn again, when a whole read may pass."""
    gated.gate.set()
    reader = BatchingReader(gated)  # type: ignore[arg-type]
    turn = reader._turn
    tries = iter([lambda: False, lambda: reader.read([], get(1)) and turn.acquire(blocking=False)])

    class Turn:
        def acquire(self, blocking: bool = True) -> bool:
            reader._turn = turn if len(reader._waiting) else self
            return next(tries)()

        def release(self) -> None:
            turn.release()

    reader._turn = Turn()
    assert reader.read([], get(0)) == ([], [b"0"])
    assert reader.read([], get(2)) == ([], [b"2"])
    assert gated.reads == [2, 1]


def test_greenlets_share_round_trips_as_threads_do():
    """In a process of its own, for gevent's patches are for good."""
    done = subprocess.run([sys.executable, "-c", GREENLETS], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["True", "1"], done.stderr


GREENLETS = """
from gevent import monkey
monkey.patch_all()
import gevent
from gevent.lock import Semaphore
from service.batching import BatchingReader

class Reader:
    reads = 0
    def replies(self, commands):
        Reader.reads += 1
        gevent.sleep(0)
        return [list(command[1:]) if command[0] == "MGET" else command[1] for command in commands]

reader = BatchingReader(Reader(), Semaphore)
asked = [gevent.spawn(reader.read, [str(n)], [("GET", n)]) for n in range(20)]
gevent.joinall(asked, timeout=10)
print([one.value for one in asked] == [([str(n)], [n]) for n in range(20)], Reader.reads)
"""
