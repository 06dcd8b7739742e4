"""The health check of a container: any settings, a server that is there, absent or ill."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from service.healthcheck import answers, local_host
from service.settings import Settings
from tests.servers import free_port


class AliveForShopExample(BaseHTTPRequestHandler):
    """200 for /healthz asked of shop.example, 400 for another host, 404 for another path."""

    def do_GET(self) -> None:
        trusted = self.headers["Host"] == "shop.example"
        self.send_response(400 if not trusted else 200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Silent."""


@pytest.fixture
def port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), AliveForShopExample) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize(
    "trusted_hosts, path, expected",
    [
        (("shop.example", "other.example"), "/healthz", True),
        ((".shop.example",), "/healthz", True),
        (("other.example",), "/healthz", False),
        ((), "/healthz", False),
        (("shop.example",), "/readyz", False),
    ],
)
def test_it_asks_by_a_trusted_name(port: int, trusted_hosts: tuple[str, ...], path: str, expected: bool):
    assert answers(Settings(port=port, trusted_hosts=trusted_hosts), path) is expected


def test_a_proxy_of_the_environment_is_not_asked(port: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    assert answers(Settings(port=port, trusted_hosts=("shop.example",)), "/healthz")


def test_wrong_settings_end_with_code_2_and_one_message():
    ended = subprocess.run(
        [sys.executable, "-m", "service.healthcheck"],
        env=os.environ | {"RECS_PORT": "abc"},
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "These settings are wrong:\n  RECS_PORT: Must be a whole number from 1 to 65535, not 'abc'.\n"
    )


def test_nobody_listening_is_no_answer():
    assert not answers(Settings(port=free_port()), "/healthz")


@pytest.mark.parametrize(
    "host, reached_at",
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "::1"),
        ("10.0.0.7", "10.0.0.7"),
    ],
)
def test_a_service_on_all_addresses_is_reached_at_the_loopback(host: str, reached_at: str):
    assert local_host(Settings(host=host)) == reached_at
