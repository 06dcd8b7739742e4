"""`make run`: what it starts, prints and leaves behind."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from examples.demo import HOUSEHOLD
from service.embedded import open_store
from service.settings import Settings
from service.store.keys import Keys
from service.store.versions import list_versions, live
from tests.needs import REPOSITORY
from tests.published import publish
from tests.servers import free_port
from tests.waiting import wait_until


class Demo:
    """The supervisor as a process, its output in a file."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.port = int(settings.get("RECS_PORT", free_port()))
        self.data_dir = folder / "var"
        self._output = folder / "output"
        mine = {
            "RECS_PORT": str(self.port),
            "RECS_DATA_DIR": str(self.data_dir),
            "RECS_WORKERS": "1",
            **settings,
        }
        foreign = {name for name in os.environ if name.startswith("RECS_") or name == "REDIS_URL"}
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "examples.demo"],
                cwd=REPOSITORY,
                env={name: value for name, value in os.environ.items() if name not in foreign} | mine,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        return self._output.read_text()

    def wait_for_links(self, timeout_s: float = 60.0) -> None:
        wait_until(
            lambda: "Ctrl-C stops everything" in self.output or self.process.poll() is not None,
            "the demonstration prints its links",
            timeout_s,
        )
        assert self.process.poll() is None, self.output

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(60)

    @property
    def is_listening(self) -> bool:
        with closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def children(self) -> list[int]:
        tasks = Path(f"/proc/{self.process.pid}/task")
        return [int(child) for task in tasks.iterdir() for child in (task / "children").read_text().split()]

    def web_server(self) -> int:
        """The process id of gunicorn's master."""
        masters = [pid for pid in self.children() if b"gunicorn" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        assert len(masters) == 1
        return masters[0]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Starts a demonstration; all of them have ended when the test has."""
    started = []

    def start(**settings: str) -> Demo:
        started.append(Demo(tmp_path, **settings))
        return started[-1]

    yield start
    for demo in started:
        demo.process.kill()
        demo.process.wait()
    wait_until(lambda: not any(demo.is_listening for demo in started), "the web servers have gone")


@pytest.fixture
def published(tmp_path: Path) -> str:
    """A tiny shop is live in the embedded store of the data directory."""
    with open_store(Settings(data_dir=tmp_path / "var"), "training") as client:
        return publish(client)


def live_version(data_dir: Path) -> str | None:
    with open_store(Settings(data_dir=data_dir), "training") as client:
        current = live(client, Keys())
    return current.version if current else None


def printed_request(demo: Demo) -> dict:
    """The answer to the example that the demonstration prints, with the key that it prints."""
    printed = re.search(r"^  curl .*?\n.*$", demo.output, flags=re.MULTILINE)
    assert printed, demo.output
    _, _, header, url = shlex.split(printed[0].replace("\\\n", " "))
    name, _, value = header.partition(": ")
    with urllib.request.urlopen(urllib.request.Request(url, headers={name: value})) as response:
        return json.load(response)


@pytest.mark.timeout(900)
def test_the_first_start_trains_the_demonstration_shop(start: Callable[..., Demo]):
    demo = start()
    demo.wait_for_links(timeout_s=800)
    answer = printed_request(demo)
    assert (answer["placement"], answer["visitor_id"], answer["fallback"]) == ("for_you", HOUSEHOLD, None)
    assert [item["rank"] for item in answer["items"]] == [1, 2, 3, 4, 5]
    assert all(item["product"]["title"] for item in answer["items"])
    assert demo.end(signal.SIGTERM) == 0
    with open_store(Settings(data_dir=demo.data_dir), "training") as client:
        assert [version.demo for version in list_versions(client, Keys())] == [True]


def test_what_is_live_is_served_and_never_trained_over(start: Callable[..., Demo], published: str):
    demo = start()
    demo.wait_for_links()
    assert "training" not in demo.output
    assert f"http://127.0.0.1:{demo.port}/admin/" in demo.output
    assert demo.end(signal.SIGTERM) == 0
    assert live_version(demo.data_dir) == published


def test_the_printed_request_works(start: Callable[..., Demo], published: str):
    demo = start()
    demo.wait_for_links()
    answer = printed_request(demo)
    assert (answer["model_version"], len(answer["items"])) == (published, 5)


def test_the_admin_key_is_shown_once(start: Callable[..., Demo], published: str):
    shown = []
    for _ in range(2):
        demo = start()
        demo.wait_for_links()
        shown += re.findall(r"Admin key +(.*)", demo.output)
        demo.end(signal.SIGTERM)
    assert shown[0].startswith("recs_")
    assert shown[1].startswith("shown at the first start")


def test_the_admin_key_of_the_settings_is_not_shown(start: Callable[..., Demo], published: str):
    demo = start(RECS_ADMIN_KEY="a-key-of-the-operator")
    demo.wait_for_links()
    assert "a-key-of-the-operator" not in demo.output


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_order_to_stop_ends_everything_cleanly(
    start: Callable[..., Demo], published: str, how: signal.Signals
):
    demo = start()
    demo.wait_for_links()
    children = demo.children()
    assert len(children) == 3, "the web server, the worker and the store"
    assert demo.end(how) == 0
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def test_a_web_server_that_ends_by_itself_ends_the_demonstration(start: Callable[..., Demo], published: str):
    demo = start()
    demo.wait_for_links()
    os.kill(demo.web_server(), signal.SIGKILL)
    assert demo.process.wait(60) == 1
    assert "error: the web server ended by itself" in demo.output


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_killed_it_leaves_nothing_in_the_way_of_the_next_start(start: Callable[..., Demo], published: str):
    demo = start()
    demo.wait_for_links()
    demo.end(signal.SIGKILL)
    wait_until(lambda: not demo.is_listening, "the web server has gone")
    again = start(RECS_PORT=str(demo.port))
    again.wait_for_links()


def test_a_busy_port_is_told_before_anything_starts(start: Callable[..., Demo], tmp_path: Path):
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        demo = start(RECS_PORT=str(port))
        assert demo.process.wait(60) == 2
    assert f"error: cannot listen on 127.0.0.1 port {port}: Address already in use." in demo.output
    assert not demo.data_dir.exists()


def test_wrong_settings_are_named(start: Callable[..., Demo]):
    demo = start(RECS_WORKER="2", REDIS_URL="redis://h:70000")
    assert demo.process.wait(60) == 2
    assert "RECS_WORKER: Unknown setting. Did you mean RECS_WORKERS?" in demo.output
    assert "REDIS_URL: the store's URL has a port that is no number from 0 to 65535." in demo.output


def test_wrong_placements_are_named_before_anything_starts(start: Callable[..., Demo], tmp_path: Path):
    (tmp_path / "recs.toml").write_text("[placements.for_you]\nsources = ['best']\n")
    demo = start(RECS_CONFIG=str(tmp_path / "recs.toml"))
    assert demo.process.wait(60) == 2
    assert "placements.for_you.sources: no such list: best" in demo.output
    assert not demo.data_dir.exists()


def test_a_store_that_is_not_there_is_told(start: Callable[..., Demo], tmp_path: Path):
    demo = start(REDIS_URL=f"unix://{tmp_path}/no.sock")
    assert demo.process.wait(60) == 5
    assert "error: The store cannot be used: " in demo.output
