"""The embedded server's process: it starts alone on its data, and ends when told."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from service import valkey_process
from service.valkey_process import EmbeddedError, ValkeyProcess, spawn
from tests.waiting import wait_until


@pytest.fixture
def server(tmp_path):
    """A server's process, not yet started; ended whatever happens."""
    process = ValkeyProcess(tmp_path, tmp_path / "s")
    yield process
    process.stop()


def test_it_runs_between_start_and_stop(server):
    assert not server.running
    server.start()
    assert server.running
    server.stop()
    assert not server.running
    server.stop()


def test_a_hung_server_is_killed(server, tmp_path, monkeypatch):
    monkeypatch.setattr(valkey_process, "STOP_SECONDS", 0.2)
    server.start()
    server._process.send_signal(signal.SIGSTOP)
    server.stop()
    assert not server.running
    assert not (tmp_path / "s").exists()


def test_it_waits_for_an_earlier_server_and_says_so_if_that_never_ends(server, tmp_path, monkeypatch):
    monkeypatch.setattr(valkey_process, "START_SECONDS", 0.3)
    with held_elsewhere(tmp_path / "server.lock"), pytest.raises(EmbeddedError, match="did not answer"):
        server.start()
    assert not server.running


def test_a_machine_without_a_binary_is_pointed_to_redis_url(server, monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "sparc64")
    with pytest.raises(EmbeddedError, match=r"sparc64.*Set REDIS_URL"):
        server.start()


def test_a_socket_path_that_is_too_long_is_refused_with_the_servers_words(tmp_path):
    server = ValkeyProcess(tmp_path, tmp_path / ("s" * 120))
    with pytest.raises(EmbeddedError, match="did not start"):
        server.start()


def test_a_launcher_whose_parent_has_gone_starts_nothing(tmp_path):
    command = [
        sys.executable,
        "-c",
        valkey_process._LAUNCHER,
        "1",
        str(tmp_path / "lock"),
        "/bin/echo",
        "started",
    ]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "the parent is gone" in finished.stderr


def test_the_lock_is_free_once_the_process_has_ended(tmp_path):
    lock = tmp_path / "lock"
    process = spawn(["/bin/sleep", "60"], lock)
    wait_until(lambda: lock.exists() and not is_free(lock), "the lock taken")
    process.kill()
    process.wait()
    assert is_free(lock)


def is_free(lock: Path) -> bool:
    with lock.open("a") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def held_elsewhere(lock: Path):
    """Another process that holds the lock until it is left as a context."""
    script = "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.lockf(f, 2); print(); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    return holder
