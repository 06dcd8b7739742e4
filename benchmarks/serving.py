"""How fast the service answers, as a share of a bare Flask view that returns the same bytes.

Both run under gunicorn.conf.py as shipped, with metrics on. wrk keeps 32 connections and asks for
`for_you`, limit 12, with a key, each time for another random customer out of 100,000. Five pairs of runs,
one after the other; the medians of the pairs' ratios are the result, for a machine's mood changes.

    python -m benchmarks.serving
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from flask import Flask, Response
from rich.console import Console
from rich.table import Table

from service.embedded import EmbeddedValkey
from service.store.codec import encode_lists
from service.store.connection import connect
from service.store.keys import Keys
from service.store.lease import acquire_lease
from service.store.publisher import VersionWriter
from service.store.versions import VersionInfo

CUSTOMERS = 100_000
PRODUCTS = 20_000
LISTED = 50
PAIRS = 5
SECONDS = 5
CONNECTIONS = 32
KEY = "benchmark"
MIN_THROUGHPUT_RATIO = 0.55
MAX_P99_RATIO = 2.5

ROOT = Path(__file__).parent.parent
Figures = dict[str, float]


def main() -> None:
    """Run the benchmark, print the table and one JSON line; exit code 1 where a goal is missed."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="recs-bench-")))
        store = stack.enter_context(EmbeddedValkey(folder))
        _publish(store.url)
        ours = stack.enter_context(_serving("wsgi:app", folder, {"REDIS_URL": store.url}))
        body = folder / "body.json"
        body.write_bytes(_get(f"{ours}/v1/recommendations?visitor_id=c7&limit=12"))
        bare_environ = {"REDIS_URL": store.url, "BENCHMARK_BODY": str(body)}
        bare = stack.enter_context(_serving("benchmarks.serving:bare_flask()", folder, bare_environ))
        for url in (bare, ours):
            _wrk(url, seconds=2)
        pairs = [(_wrk(bare), _wrk(ours)) for _ in range(PAIRS)]
    sys.exit(_report(pairs))


def _publish(url: str) -> None:
    rng = np.random.default_rng(7)
    with connect(url, profile="training") as client, acquire_lease(client, Keys()) as lease:
        version = "20260101T000000Z-0000"
        writer = VersionWriter(client, Keys(), version, lease)
        product_ids = [f"{100_000 + index}" for index in range(PRODUCTS)]
        writer.write_catalog(product_ids, [None] * PRODUCTS, [{"title": one} for one in product_ids])
        writer.write_customer_lists("for_you", [f"c{n}" for n in range(CUSTOMERS)], _lists(rng, CUSTOMERS))
        writer.write_global_list("popular", _lists(rng, 1)[0])
        writer.publish(VersionInfo(version, "2026-01-01T00:00:00Z", "benchmark", "blend"))


def _lists(rng: np.random.Generator, n: int) -> list[bytes]:
    # Strides that share no factor with the number of products: no product twice in a list.
    start = rng.integers(0, PRODUCTS, (n, 1))
    stride = rng.choice([3, 7, 9, 11, 13, 17], (n, 1))
    products = (start + stride * np.arange(LISTED)) % PRODUCTS
    scores = np.sort(rng.random((n, LISTED)), axis=1)[:, ::-1]
    reasons = rng.integers(0, 4, (n, LISTED)).astype(np.uint8)
    return encode_lists(products, scores, reasons, np.where(reasons >= 2, products[:, ::-1], -1))


def bare_flask() -> Flask:
    """The yardstick, which gunicorn loads from here: a view that returns the bytes in BENCHMARK_BODY."""
    body = Path(os.environ["BENCHMARK_BODY"]).read_bytes()
    app = Flask(__name__)
    # What gunicorn.conf.py starts in each worker has nothing to do here.
    app.extensions["recommendations"] = SimpleNamespace(start=lambda: None)

    @app.get("/v1/recommendations")
    def recommendations() -> Response:
        return Response(body, content_type="application/json")

    @app.get("/readyz")
    def readyz() -> str:
        return "ready"

    return app


@contextmanager
def _serving(application: str, folder: Path, environ: dict[str, str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RECS_")}
    ours = {"RECS_PORT": str(port), "RECS_ADMIN_KEY": KEY, "RECS_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "gunicorn", *sys.argv[1:], application]
    log = (folder / f"{port}.log").open("w")
    process = subprocess.Popen(command, cwd=ROOT, env=inherited | ours | environ, stderr=log)
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}/readyz", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        log.close()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            _get(url)
        except urllib.error.URLError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{url} did not become ready")


def _get(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request, timeout=5) as response:
        return response.read()


def _wrk(url: str, seconds: int = SECONDS) -> Figures:
    script = str(ROOT / "benchmarks/serving.lua")
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script, url]
    environ = os.environ | {"BENCHMARK_KEY": KEY, "BENCHMARK_CUSTOMERS": str(CUSTOMERS)}
    output = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout
    figures: Figures = json.loads(output.strip().splitlines()[-1])
    if figures["failed"]:
        raise RuntimeError(f"{figures['failed']:.0f} requests to {url} failed")
    return figures


def _report(pairs: list[tuple[Figures, Figures]]) -> int:
    throughput = statistics.median(ours["per_second"] / bare["per_second"] for bare, ours in pairs)
    p99 = statistics.median(ours["p99_ms"] / bare["p99_ms"] for bare, ours in pairs)
    table = Table("pair", "bare 1/s", "service 1/s", "ratio", "bare p99 ms", "service p99 ms", "ratio")
    for number, (bare, ours) in enumerate(pairs, start=1):
        table.add_row(
            str(number),
            f"{bare['per_second']:.0f}",
            f"{ours['per_second']:.0f}",
            f"{ours['per_second'] / bare['per_second']:.3f}",
            f"{bare['p99_ms']:.1f}",
            f"{ours['p99_ms']:.1f}",
            f"{ours['p99_ms'] / bare['p99_ms']:.2f}",
        )
    Console(stderr=True).print(table)
    passed = throughput >= MIN_THROUGHPUT_RATIO and p99 <= MAX_P99_RATIO
    medians = {
        "benchmark": "serving",
        "throughput_ratio": round(throughput, 3),
        "p99_ratio": round(p99, 3),
        "per_second": statistics.median(ours["per_second"] for _, ours in pairs),
        "p50_ms": statistics.median(ours["p50_ms"] for _, ours in pairs),
        "p99_ms": statistics.median(ours["p99_ms"] for _, ours in pairs),
        "passed": passed,
    }
    print(json.dumps(medians))
    return 0 if passed else 1


if __name__ == "__main__":
    main()
