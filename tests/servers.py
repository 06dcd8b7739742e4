"""Real servers for tests: Debian's redis-server on a free port, the shipped Valkey on a socket.

They end with the thread that starts them, so a killed test run leaves none behind; only servers
started here are ever emptied.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import redis

from service.store.connection import connect
from service.valkey_process import server_binary, spawn
from tests.needs import require

Kind = Literal["valkey", "redis"]
KINDS: tuple[Kind, ...] = ("valkey", "redis")

START_SECONDS = 20.0


class RunningServer:
    """One server process with its data in a folder of its own; it can be hung, killed and started again.

    Attributes:
        url: where it listens, the same after a restart.
    """

    def __init__(self, kind: Kind, folder: Path) -> None:
        self.kind = kind
        self._folder = folder
        self._port = free_port() if kind == "redis" else 0
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0" if kind == "redis" else f"unix://{folder}/s"
        self.client = connect(self.url, profile="training")

    def start(self) -> None:
        """Start it, or start it again with the data that it had."""
        self._process = spawn([self._binary(), *self._arguments()], self._folder / "lock")
        probe = connect(self.url, profile="serving")
        deadline = time.monotonic() + START_SECONDS
        while not _answers(probe):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.kind} did not start: {(self._folder / 'log').read_text()[-500:]}")
            time.sleep(0.02)
        probe.close()

    def empty(self) -> None:
        """Remove all data."""
        self.client.flushall()

    def pause(self) -> None:
        """Hang it: connections stand, nothing answers."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it answer again."""
        self._running().send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """kill -9, and wait until it has gone."""
        self._running().kill()
        self._running().wait()

    def stop(self) -> None:
        """End it, whatever state it is in."""
        self.client.close()
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the server was never started"
        return self._process

    def _binary(self) -> str | Path:
        return server_binary() if self.kind == "valkey" else shutil.which("redis-server") or "redis-server"

    def _arguments(self) -> list[str]:
        options = {
            "port": str(self._port),
            "bind": "127.0.0.1",
            "dir": str(self._folder),
            "appendonly": "yes",
            "appendfsync": "no",
            "save": "",
            "logfile": str(self._folder / "log"),
        }
        if self.kind == "valkey":
            options["unixsocket"] = f"{self._folder}/s"
        return [part for name, value in options.items() for part in (f"--{name}", value)]


@contextmanager
def running_server(kind: Kind) -> Iterator[RunningServer]:
    """A started server; ended, and its folder removed, on leaving. Skips where the machine lacks it."""
    if kind == "redis":
        require("redis-server")
    # pytest's own folders are too deep for a socket's path.
    with tempfile.TemporaryDirectory(prefix="recs-") as folder:
        server = RunningServer(kind, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
