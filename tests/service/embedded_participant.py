"""Processes that share an embedded server, and what of it is left when they are gone."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import redis

from tests.needs import REPOSITORY

_PARTICIPANT = """
import os, sys
from pathlib import Path
from service.embedded import EmbeddedValkey
from service.store.connection import connect
data_dir = Path(os.environ["DATA_DIR"])
with EmbeddedValkey(data_dir) as server, connect(server.url, profile="training") as client:
    print(client.info("server")["process_id"], flush=True)
    sys.stdin.read()
"""


class Participant:
    """Another process that uses the embedded server of a directory until told to leave."""

    def __init__(self, data_dir: Path, command: Sequence[str] = ("-c", _PARTICIPANT)) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=REPOSITORY,
            env={**os.environ, "DATA_DIR": str(data_dir)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def server(self) -> int:
        """The id of the server's process, as this participant first saw it."""
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def leave(self) -> int:
        """Leave as a program that ends does; its exit code."""
        self.process.communicate()
        return self.process.returncode

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


def serving_process(client: redis.Redis) -> int | None:
    """The id of the process that serves data now; None if none does."""
    try:
        client.get("any")  # INFO would answer while the data are still being loaded
        return client.info("server")["process_id"]
    except redis.RedisError:
        return None


def no_server(data_dir: Path) -> bool:
    """Whether the server's lock on the data is free: the process has gone, not only its socket."""
    with (data_dir / "store" / "server.lock").open("a") as lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
