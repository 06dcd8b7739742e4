"""How many events a second the service takes in, as a share of bare XADD through the same client.

Batches of 1 and of 50 impressions of one of 100,000 visitors, over HTTP, by wrk with 16 connections, to
`gunicorn wsgi:app` with two workers, while `python -m service.worker` counts and archives. Beside it:

- `xadd`: two processes that send such entries, one or 50 a round trip, with redis-py and nothing around it;
- `view`: a bare Flask view, under the same gunicorn, that parses the JSON and sends an XADD for each event.

The server is the shipped Valkey with its append-only file on. The median of the turns' ratios is the result.

    python -m benchmarks.ingest
"""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import redis
from flask import Flask, Response, request
from rich.console import Console
from rich.table import Table

from service.store.connection import connect
from tests.gunicorn_service import KEY, Service
from tests.needs import REPOSITORY
from tests.servers import RunningServer, running_server
from tests.waiting import wait_until

BATCHES = (1, 50)
TURNS = 3
SECONDS = 5
CONNECTIONS = 16
PROCESSES = 2

BARE_STREAM = "bare"
ENTRY = orjson.dumps(
    {
        "event_id": "1795472645-0-1000000", "type": "impression", "visitor_id": "v50000",
        "product_id": "110000", "at_ms": 1_795_472_645_315, "placement": "for_you", "rank": 3,
        "recommendation_id": "5b1f0c3e9a2d4c7f8e6b1a0d2c4e6f80",
    }
)  # fmt: skip

Figures = dict[str, float]


def main() -> None:
    """Run the benchmark; print the table and one JSON line a size of batch."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="recs-ingest-")))
        server = stack.enter_context(running_server("valkey"))
        ours = _gunicorn(stack, folder / "ours", server, "wsgi:app")
        view = _gunicorn(stack, folder / "view", server, "benchmarks.ingest:bare_view()")
        _worker(stack, folder / "ours", server)
        for batch in BATCHES:
            _wrk(ours, batch, seconds=1), _wrk(view, batch, seconds=1)
            _report(batch, [_turn(server, ours, view, batch) for _ in range(TURNS)])


def bare_view() -> Flask:
    """A yardstick that gunicorn loads from here: JSON in, one XADD an event, JSON out."""
    client = connect(os.environ["REDIS_URL"], profile="training")
    app = Flask(__name__)
    # What gunicorn.conf.py starts in each worker has nothing to do here.
    app.extensions["recommendations"] = SimpleNamespace(start=lambda: None)

    @app.post("/v1/events")
    def events() -> Response:
        body = orjson.loads(request.get_data())
        pipeline = client.pipeline(transaction=False)
        for event in body if isinstance(body, list) else [body]:
            pipeline.xadd(BARE_STREAM, {"e": orjson.dumps(event)})
        pipeline.execute()
        return Response(b"{}", 202, content_type="application/json")

    @app.get("/healthz")
    def healthz() -> str:
        return "alive"

    return app


def _turn(server: RunningServer, ours: Service, view: Service, batch: int) -> dict[str, Figures]:
    turn = {"xadd": _xadd(server.url, batch), "view": _wrk(view, batch)}
    server.client.unlink(BARE_STREAM)
    turn["ours"] = _wrk(ours, batch)
    return turn


def _gunicorn(stack: ExitStack, folder: Path, server: RunningServer, application: str) -> Service:
    folder.mkdir()
    service = Service(folder, application=application, REDIS_URL=server.url)
    stack.callback(service.stop)
    wait_until(service.answers, f"{application} answers")
    return service


def _worker(stack: ExitStack, folder: Path, server: RunningServer) -> None:
    environ = os.environ | {"REDIS_URL": server.url, "RECS_DATA_DIR": str(folder / "the data")}
    command = [sys.executable, "-m", "service.worker"]
    worker = subprocess.Popen(command, cwd=REPOSITORY, env=environ, stdout=subprocess.DEVNULL)
    stack.callback(worker.wait)
    stack.callback(worker.terminate)


def _wrk(service: Service, batch: int, seconds: int = SECONDS) -> Figures:
    script = str(REPOSITORY / "benchmarks/ingest.lua")
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script, service.url]
    at = datetime.now(UTC).isoformat()
    environ = os.environ | {"BENCHMARK_KEY": KEY, "BENCHMARK_BATCH": str(batch), "BENCHMARK_AT": at}
    output = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout
    figures: Figures = json.loads(output.strip().splitlines()[-1])
    if figures["failed"]:
        raise RuntimeError(f"{figures['failed']:.0f} requests to {service.url} failed")
    return figures


def _xadd(url: str, batch: int) -> Figures:
    """XADD by redis-py alone, in as many processes as gunicorn has workers."""
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        pool.map(_add_for, [(url, batch, 0.2)] * PROCESSES)  # imports and connections
        return {"per_second": sum(pool.map(_add_for, [(url, batch, float(SECONDS))] * PROCESSES))}


def _add_for(task: tuple[str, int, float]) -> float:
    url, batch, seconds = task
    client = connect(url, profile="training")
    send = _sender(client, batch)
    sent, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        send()
        sent += batch
    return sent / (time.perf_counter() - begin)


def _sender(client: redis.Redis, batch: int) -> Callable[[], Any]:
    if batch == 1:
        return lambda: client.xadd(BARE_STREAM, {"e": ENTRY})

    def send() -> None:
        pipeline = client.pipeline(transaction=False)
        for _ in range(batch):
            pipeline.xadd(BARE_STREAM, {"e": ENTRY})
        pipeline.execute()

    return send


def _report(batch: int, turns: list[dict[str, Figures]]) -> None:
    table = Table("turn", "XADD 1/s", "bare view 1/s", "service 1/s", "to XADD", "to view", "p99 ms")
    for number, turn in enumerate(turns, start=1):
        rate = {name: figures["per_second"] for name, figures in turn.items()}
        table.add_row(
            str(number),
            *(f"{rate[name]:,.0f}" for name in ("xadd", "view", "ours")),
            f"{rate['ours'] / rate['xadd']:.3f}",
            f"{rate['ours'] / rate['view']:.3f}",
            f"{turn['ours']['p99_ms']:.1f}",
        )
    Console(stderr=True).print(f"Batches of {batch}", table)

    def ratio(to: str) -> float:
        ratios = (turn["ours"]["per_second"] / turn[to]["per_second"] for turn in turns)
        return round(statistics.median(ratios), 3)

    medians = {
        "benchmark": "ingest",
        "batch": batch,
        "events_per_second": statistics.median(turn["ours"]["per_second"] for turn in turns),
        "p50_ms": statistics.median(turn["ours"]["p50_ms"] for turn in turns),
        "p99_ms": statistics.median(turn["ours"]["p99_ms"] for turn in turns),
        "ratio_to_xadd": ratio("xadd"),
        "ratio_to_bare_view": ratio("view"),
    }
    print(json.dumps(medians))


if __name__ == "__main__":
    main()
