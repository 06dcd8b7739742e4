"""The embedded server as the service runs it: owned by gunicorn's master, used by its workers."""

from __future__ import annotations

import pytest

from service.embedded import EmbeddedValkey
from service.store.connection import connect
from tests.service.embedded_participant import Participant, no_server
from tests.waiting import wait_until

_GUNICORN = """
import os
from pathlib import Path
from service.embedded import EmbeddedValkey
from service.store.connection import connect
server = EmbeddedValkey(Path(os.environ["DATA_DIR"]))
worker_class, workers, control_socket_disable = "gevent", 2, True
def on_starting(_):
    server.__enter__()
def post_worker_init(_):
    with connect(server.url, profile="training") as client:
        print(client.info("server")["process_id"], flush=True)
def on_exit(_):
    server.__exit__(None, None, None)
"""


@pytest.fixture
def gunicorn(tmp_path):
    """gunicorn whose master runs the embedded server of `tmp_path`, with two workers and nothing to serve."""
    (tmp_path / "hooks.py").write_text(_GUNICORN)
    (tmp_path / "trivial.py").write_text("def app(environ, start_response): return []")
    command = [
        "-m",
        "gunicorn",
        "-c",
        str(tmp_path / "hooks.py"),
        "-b",
        "127.0.0.1:0",
        "--pythonpath",
        str(tmp_path),
    ]
    with Participant(tmp_path, [*command, "trivial:app"]) as participant:
        # A worker that is told to end before it has booted would be waited for in vain for 30 s.
        assert participant.server() == participant.server()
        yield participant


def test_gunicorns_master_owns_the_server_and_stops_it(tmp_path, gunicorn):
    with connect(EmbeddedValkey(tmp_path).url, profile="training") as client:
        client.set("x", "1")
    gunicorn.process.terminate()
    assert gunicorn.process.wait() == 0
    assert no_server(tmp_path)
    with EmbeddedValkey(tmp_path) as server, connect(server.url, profile="training") as client:
        assert client.get("x") == b"1"


def test_gunicorns_master_killed_takes_the_server_along_and_the_data_stays(tmp_path, gunicorn):
    with connect(EmbeddedValkey(tmp_path).url, profile="training") as client:
        client.set("x", "1")
    gunicorn.kill()
    wait_until(lambda: no_server(tmp_path), "the server's end")
    with EmbeddedValkey(tmp_path) as server, connect(server.url, profile="training") as client:
        assert client.get("x") == b"1"
