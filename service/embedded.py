"""The embedded Valkey server: one for a data directory, shared by every process that asks for it.

Whoever holds the POSIX lock on `DATA/store/owner.lock` runs the server; everybody else joins it. Each
of them keeps a supervising thread, and when the owner goes away, one of these threads gets the lock and
starts the server anew on the same data and socket. POSIX locks, because a fork does not inherit them:
a gunicorn worker never owns what its master started.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import redis

from service.store.connection import Profile, connect
from service.valkey_process import START_SECONDS, EmbeddedError, ValkeyProcess

if TYPE_CHECKING:
    from service.settings import Settings

__all__ = ["EmbeddedError", "EmbeddedValkey", "open_store"]

_WATCH_SECONDS = 0.1

_log = logging.getLogger(__name__)


class EmbeddedValkey:
    """The server of one data directory, for as long as the context lasts.

    Attributes:
        url: unix:// URL of its socket; the same for everybody who shares the directory.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir.resolve() / "store"
        self._socket = _socket_path(self._folder)
        self._supervisor: _Supervisor | None = None
        self.url = f"unix://{self._socket}"

    def __enter__(self) -> Self:
        """Join the server or start it; it answers when this returns.

        Raises:
            EmbeddedError: it cannot run.
        """
        self._supervisor = _join_supervisor(self._folder, self._socket)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave; the owner stops the server and waits for it."""
        if self._supervisor is not None:
            _leave_supervisor(self._supervisor)
            self._supervisor = None


@contextmanager
def open_store(settings: Settings, profile: Profile) -> Iterator[redis.Redis]:
    """A client of the store that the settings name: REDIS_URL, else the data directory's embedded server.

    Raises:
        ConnectionUrlError, EmbeddedError: see `connect` and `EmbeddedValkey`.
    """
    with contextlib.ExitStack() as stack:
        url = settings.redis_url or stack.enter_context(EmbeddedValkey(settings.data_dir)).url
        yield stack.enter_context(closing(connect(url, profile=profile)))


def _socket_path(folder: Path) -> Path:
    """Short, because the system refuses 108 bytes and more; fixed, so that all who share the folder agree."""
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()
    return Path("/tmp") / f"recs-{digest[:16]}.sock"


class _Supervisor:
    """The thread that owns the server, or stands by to take it over. One a process and folder."""

    def __init__(self, folder: Path, socket: Path) -> None:
        self.folder = folder
        self.users = 0
        self.process_id = os.getpid()
        self._server = ValkeyProcess(folder, socket)
        self._socket = socket
        self._leave = threading.Event()
        self._answered = threading.Event()
        self._error: EmbeddedError | None = None
        self._thread = threading.Thread(target=self._run, name="embedded-valkey", daemon=True)

    def start(self) -> None:
        """Raises EmbeddedError: the server cannot run."""
        self._thread.start()
        try:
            if not self._answered.wait(2 * START_SECONDS):
                raise EmbeddedError(
                    f"the embedded Valkey does not answer on {self._socket}, although another process holds "
                    f"{self.folder}/owner.lock. End that process, or set REDIS_URL to another server."
                )
            if self._error is not None:
                raise self._error
        except BaseException:
            # Ctrl-C too: a thread left behind would own the server against the next one in this process.
            self.stop()
            raise

    def stop(self) -> None:
        self._leave.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # it tells who bought what
            with (self.folder / "owner.lock").open("a") as lock:
                while not self._leave.is_set():
                    if _try_lock(lock.fileno()):
                        self._own()
                        return
                    if not self._answered.is_set() and self._answers():
                        self._answered.set()
                    self._leave.wait(_WATCH_SECONDS)
        except OSError as error:
            self._fail(EmbeddedError(f"the embedded Valkey needs to write in {self.folder}: {error}"))

    def _own(self) -> None:
        """Keep the server running until told to leave. The lock is held, and freed by the caller."""
        try:
            while not self._leave.is_set():
                if not self._server.running:
                    self._start_server()
                self._leave.wait(_WATCH_SECONDS)
        finally:
            self._server.stop()

    def _start_server(self) -> None:
        try:
            self._server.start()
        except EmbeddedError as error:
            if not self._answered.is_set():
                self._leave.set()
            self._fail(error)
        else:
            if self._answered.is_set():
                _log.warning("started the embedded Valkey of %s anew", self.folder)
            self._answered.set()

    def _fail(self, error: EmbeddedError) -> None:
        if self._answered.is_set():
            _log.error("%s", error)
            self._leave.wait(1.0)
        else:
            self._error = error
            self._answered.set()

    def _answers(self) -> bool:
        try:
            with connect(f"unix://{self._socket}", profile="serving") as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


_supervisors: dict[Path, _Supervisor] = {}
_supervisors_lock = threading.Lock()


def _join_supervisor(folder: Path, socket: Path) -> _Supervisor:
    """This process's supervisor of the folder: POSIX locks do not tell two holders in one process apart."""
    with _supervisors_lock:
        supervisor = _supervisors.get(folder)
        if supervisor is None or supervisor.process_id != os.getpid():
            supervisor = _Supervisor(folder, socket)
            supervisor.start()
            _supervisors[folder] = supervisor
        supervisor.users += 1
        return supervisor


def _leave_supervisor(supervisor: _Supervisor) -> None:
    if supervisor.process_id != os.getpid():
        return  # inherited by a fork: the parent's thread and lock are not ours
    with _supervisors_lock:
        supervisor.users -= 1
        if not supervisor.users:
            del _supervisors[supervisor.folder]
            supervisor.stop()


def _try_lock(file: int) -> bool:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
