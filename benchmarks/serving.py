"""How fast the service answers, as a share of a bare Flask view that returns the same bytes.

Both run under gunicorn.conf.py as shipped, with metrics on. wrk keeps 32 connections and asks for
`for_you`, limit 12, with a key. Five questions:

- plain: each request for another random customer out of 100,000; no rules;
- cold: the same, with twelve rules live, eight of them for this placement, which reorder, hide, cap and pin;
- session: as cold, and every customer has a session, three views, a line in the cart, impressions, which no
  answer was made from before; no goal, for nothing of it can be prepared;
- hot: as session, for 100 customers, who come again and again;
- page: as hot, each on a page of its own whose other queries must show nothing of it, which the store notes
  in two round trips more; no goal.

In all of them each request reads the visitor's state from the store.

Five rounds, one after the other, each with the bare view; the medians of the rounds' ratios are the result,
for a machine's mood changes.

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
from typing import Any

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
from service.store.rule_revisions import publish_draft, save_draft
from service.store.versions import VersionInfo

CUSTOMERS = 100_000
PRODUCTS = 20_000
LISTED = 50
PAIRS = 5
SECONDS = 5
CONNECTIONS = 32
KEY = "benchmark"
MIN_THROUGHPUT_RATIOS = {"plain": 0.55, "cold": 0.55, "session": 0.0, "hot": 0.65, "page": 0.0}
MAX_P99_RATIO = 2.5
HOT_CUSTOMERS = 100
BRANDS = 50

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
        rounds = {"plain": [(_wrk(bare), _wrk(ours)) for _ in range(PAIRS)]}
        _put_rules(store.url)
        _wait_for_rules(ours)
        rounds["cold"] = [(_wrk(bare), _wrk(ours)) for _ in range(PAIRS)]
        _begin_sessions(store.url)
        _wrk(ours, seconds=2)
        in_session = [(_wrk(bare), _wrk(ours), _wrk(ours, customers=HOT_CUSTOMERS)) for _ in range(PAIRS)]
        rounds["session"] = [(of_bare, cold) for of_bare, cold, _ in in_session]
        rounds["hot"] = [(of_bare, hot) for of_bare, _, hot in in_session]
        rounds["page"] = [(_wrk(bare), _wrk(ours, customers=HOT_CUSTOMERS, pages=True)) for _ in range(PAIRS)]
    missed = [_report(name, pairs) for name, pairs in rounds.items()]
    sys.exit(int(any(missed)))


def _publish(url: str) -> None:
    rng = np.random.default_rng(7)
    with connect(url, profile="training") as client, acquire_lease(client, Keys()) as lease:
        version = "20260101T000000Z-0000"
        writer = VersionWriter(client, Keys(), version, lease)
        product_ids = [f"{100_000 + index}" for index in range(PRODUCTS)]
        records = [_record(index) for index in range(PRODUCTS)]
        writer.write_catalog(product_ids, [record["category"] for record in records], records)
        writer.write_item_lists("similar_items", product_ids, _lists(rng, PRODUCTS))
        writer.write_item_lists("bought_together", product_ids, _lists(rng, PRODUCTS))
        writer.write_customer_lists("for_you", [f"c{n}" for n in range(CUSTOMERS)], _lists(rng, CUSTOMERS))
        popular = np.arange(2_000)[None]
        zero = np.zeros_like(popular)
        writer.write_global_list("popular", encode_lists(popular, 1 / (1 + popular), zero + 4, zero - 1)[0])
        writer.publish(VersionInfo(version, "2026-01-01T00:00:00Z", "benchmark", "blend"))


def _record(index: int) -> dict[str, Any]:
    return {
        "title": f"Product {index}",
        "category": f"Department {index % 20} > Shelf {index % 400}",
        "brand": f"Brand {index % BRANDS}",
        "price": 1 + index % 97,
        "in_stock": index % 40 != 0,
        "tags": ["sale"] if index % 10 == 0 else [],
    }


def _put_rules(url: str) -> None:
    with connect(url, profile="training") as client:
        save_draft(client, Keys(), 0, _rules(), "benchmark")
        publish_draft(client, Keys(), 1, "for the benchmark", "benchmark")


def _begin_sessions(url: str) -> None:
    """One of every customer; what is popular is viewed most."""
    rng = np.random.default_rng(11)
    viewed = (PRODUCTS * rng.random((CUSTOMERS, 4)) ** 3).astype(int).tolist()
    now = int(time.time() * 1000)
    with connect(url, profile="training") as client:
        keys = Keys()
        for start in range(0, CUSTOMERS, 10_000):
            pipeline = client.pipeline(transaction=False)
            for number in range(start, start + 10_000):
                *views, carted = [f"{100_000 + product}" for product in viewed[number]]
                state = {
                    "views": [[one, now - place] for place, one in enumerate(views)],
                    "cart": {carted: [1, now]},
                    "shown": dict.fromkeys(views, 2),
                }
                pipeline.set(keys.customer(f"c{number}"), json.dumps(state))
            pipeline.execute()


def _rules() -> list[dict[str, Any]]:
    here, elsewhere = {"placements": ["for_you"]}, {"placements": ["similar_items"]}
    effects: list[dict[str, Any]] = [
        here | {"type": "exclude", "products": {"categories": ["Department 3"]}},
        here | {"type": "exclude", "products": {"product_ids": ["100001", "100002"]}},
        here | {"type": "in_stock"},
        here | {"type": "boost", "factor": 1.5, "products": {"brands": ["Brand 7"]}},
        here | {"type": "boost", "factor": 1.2, "products": {"brands": ["Brand 8", "Brand 9"]}},
        here | {"type": "bury", "factor": 0.5, "products": {"tags": ["sale"]}},
        here | {"type": "cap", "per": "brand", "most": 3},
        here | {"type": "pin", "product_id": "100011", "slot": 3, "segments": ["customer"]},
        elsewhere | {"type": "price_floor", "ratio": 0.8},
        elsewhere | {"type": "cap", "per": "category", "depth": 1, "most": 4},
        elsewhere | {"type": "exclude", "products": {"brands": ["Brand 1"]}},
        {"type": "exclude", "segments": ["anonymous"], "products": {"price_min": 90}},
    ]
    return [{"id": f"rule-{number}", "name": "", **effect} for number, effect in enumerate(effects)]


def _wait_for_rules(url: str) -> None:
    """Until both workers, which poll by themselves, have them: the pinned product stands in its slot."""
    seen = 0
    while seen < 20:
        items = json.loads(_get(f"{url}/v1/recommendations?visitor_id=c7&limit=12"))["items"]
        seen = seen + 1 if items[2]["product_id"] == "100011" else 0


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


def _wrk(url: str, seconds: int = SECONDS, customers: int = CUSTOMERS, *, pages: bool = False) -> Figures:
    script = str(ROOT / "benchmarks/serving.lua")
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script, url]
    environ = os.environ | {
        "BENCHMARK_KEY": KEY,
        "BENCHMARK_CUSTOMERS": str(customers),
        "BENCHMARK_PAGES": "1" if pages else "",
    }
    output = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout
    figures: Figures = json.loads(output.strip().splitlines()[-1])
    if figures["failed"]:
        raise RuntimeError(f"{figures['failed']:.0f} requests to {url} failed")
    return figures


def _report(name: str, pairs: list[tuple[Figures, Figures]]) -> bool:
    """Print the figures; whether a goal was missed."""
    throughput = statistics.median(ours["per_second"] / bare["per_second"] for bare, ours in pairs)
    p99 = statistics.median(ours["p99_ms"] / bare["p99_ms"] for bare, ours in pairs)
    table = Table(name, "bare 1/s", "service 1/s", "ratio", "bare p99 ms", "service p99 ms", "ratio")
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
    passed = throughput >= MIN_THROUGHPUT_RATIOS[name] and p99 <= MAX_P99_RATIO
    medians = {
        "benchmark": "serving",
        "visitors": name,
        "throughput_ratio": round(throughput, 3),
        "p99_ratio": round(p99, 3),
        "per_second": statistics.median(ours["per_second"] for _, ours in pairs),
        "p50_ms": statistics.median(ours["p50_ms"] for _, ours in pairs),
        "p99_ms": statistics.median(ours["p99_ms"] for _, ours in pairs),
        "passed": passed,
    }
    print(json.dumps(medians))
    return not passed


if __name__ == "__main__":
    main()
