"""Whether any event is lost while workers, and the server, are killed with -9 in mid-work.

Four threads post batches of ten events to `gunicorn wsgi:app`, and send again what was not answered with 202.
Meanwhile `python -m service.worker` is killed and started anew every two seconds, and twice the server, too:
the shipped Valkey with its append-only file on. Then a last worker takes over what the killed ones left,
after a minute. Each confirmed event must be counted once, and be in the archive.

    python -m benchmarks.ingest_faults
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import requests

from service.store.event_counts import counts_of
from service.store.event_stream import backlog
from service.store.keys import Keys
from tests.gunicorn_service import KEY, Service
from tests.needs import REPOSITORY
from tests.servers import RunningServer, running_server
from tests.waiting import wait_until
from training.event_archive import read_events

ROUNDS = 6
ROUND_S = 2.0
SERVER_DIES_IN = (2, 4)
THREADS = 4
BATCH = 10
DRAINED_WITHIN_S = 300.0


class Shop(threading.Thread):
    """Posts batches until it is told to end.

    Attributes:
        confirmed: ids of the events that were answered with 202.
        repeated: how often a batch had to be sent again.
    """

    def __init__(self, url: str, number: int) -> None:
        super().__init__(daemon=True)
        self.confirmed: list[str] = []
        self.repeated = 0
        self.ending = threading.Event()
        self._url = url
        self._number = number

    def run(self) -> None:
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {KEY}"
        while not self.ending.is_set():
            start = len(self.confirmed)
            ids = [f"{self._number}-{start + place}" for place in range(BATCH)]
            while not self._posted(session, ids):
                self.repeated += 1
                time.sleep(0.05)
            self.confirmed += ids

    def _posted(self, session: requests.Session, ids: list[str]) -> bool:
        at = datetime.now(UTC).isoformat()
        events = [
            {"event_id": id, "type": "click", "visitor_id": f"v{id}", "product_id": "tea", "occurred_at": at}
            for id in ids
        ]
        try:
            answer = session.post(f"{self._url}/v1/events", json=events, timeout=5)
        except requests.RequestException:
            return False
        return answer.status_code == 202 and not answer.json()["rejected"]


def main() -> None:
    """Run the benchmark, print one JSON line; exit code 1 where an event was lost or counted twice."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="recs-faults-")))
        server = stack.enter_context(running_server("valkey"))
        service = Service(folder, REDIS_URL=server.url)
        stack.callback(service.stop)
        wait_until(service.answers, "the service answers")
        shops = [Shop(service.url, number) for number in range(THREADS)]
        for shop in shops:
            shop.start()
        _kill_in_turn(server, folder)
        for shop in shops:
            shop.ending.set()
        for shop in shops:
            shop.join()
        with _worker(server, folder):
            waits = lambda: backlog(server.client, Keys()).length == 0  # noqa: E731
            wait_until(waits, "all is counted and archived", DRAINED_WITHIN_S)
        sys.exit(_report(server, folder, shops))


def _kill_in_turn(server: RunningServer, folder: Path) -> None:
    for number in range(ROUNDS):
        with _worker(server, folder):
            time.sleep(ROUND_S)
            if number in SERVER_DIES_IN:
                server.kill()
                server.start()
                time.sleep(ROUND_S)


@contextmanager
def _worker(server: RunningServer, folder: Path) -> Iterator[None]:
    environ = os.environ | {"REDIS_URL": server.url, "RECS_DATA_DIR": str(folder / "the data")}
    command = [sys.executable, "-m", "service.worker"]
    process = subprocess.Popen(command, cwd=REPOSITORY, env=environ, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _report(server: RunningServer, folder: Path, shops: list[Shop]) -> int:
    confirmed = {id for shop in shops for id in shop.confirmed}
    archived = read_events(folder / "the data/events").collect()["event_id"]
    counted = sum(
        sum(counts_of(server.client, Keys(), key.decode().rpartition(":")[2]).values())
        for key in server.client.scan_iter(Keys().event_counts("*"))
    )
    figures = {
        "benchmark": "ingest_faults",
        "confirmed": len(confirmed),
        "sent_again": sum(shop.repeated for shop in shops),
        "lost": len(confirmed - set(archived)),
        "archived_twice": len(archived) - archived.n_unique(),
        "counted": round(counted),
    }
    figures["passed"] = (figures["lost"], figures["archived_twice"], figures["counted"]) == (
        0,
        0,
        len(confirmed),
    )
    print(json.dumps(figures))
    return 0 if figures["passed"] else 1


if __name__ == "__main__":
    main()
