"""What published lists cost in memory: packed against JSON, on the embedded Valkey and on Redis 7.

    python benchmarks/storage.py

100,000 customers, one placement of 50 items each, every item with its score, reason and the reason's
product, written as a run writes them. Bytes a customer are the growth of the server's `used_memory`
divided by the customers: keys, fields and the server's own overhead are counted. Prints a table on
stderr and one JSON line a measurement on stdout; ends with 1 if the packed lists on the embedded
Valkey exceed the limit.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import redis
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from service.embedded import EmbeddedValkey
from service.store.codec import REASONS, decode_list, encode_lists
from service.store.connection import connect
from service.store.keys import Keys
from service.store.lease import acquire_lease
from service.store.publisher import VersionWriter
from service.store.versions import VersionInfo
from tests.needs import missing
from tests.servers import running_server

CUSTOMERS = 100_000
ITEMS = 50
PRODUCTS = 50_000
LIMIT_BYTES = 550
SEED = 20261123


@dataclass(frozen=True)
class Measurement:
    """One layout on one server."""

    benchmark: str
    server: str
    layout: str
    customers: int
    items: int
    value_bytes: float
    bytes_per_customer: float
    write_seconds: float


def main() -> int:
    packed = _packed_lists()
    named = [_as_json(value) for value in packed]
    layouts: dict[str, list[bytes]] = {"packed": packed, "JSON": named}
    measured = []
    for server in _servers():
        for layout, values in layouts.items():
            with server() as (name, client):
                measured.append(_measure(name, client, layout, values))
    _print(measured)
    (ours,) = (one for one in measured if one.layout == "packed" and one.server.startswith("Valkey"))
    return 0 if ours.bytes_per_customer <= LIMIT_BYTES else 1


def _packed_lists() -> list[bytes]:
    """Lists of distinct products, scores falling, half of the reasons naming a product."""
    random = np.random.default_rng(SEED)
    shape = (CUSTOMERS, ITEMS)
    first = random.integers(0, PRODUCTS, (CUSTOMERS, 1))
    products = (first + np.arange(ITEMS) * 997) % PRODUCTS
    scores = -np.sort(-random.random(shape), axis=1)
    reasons = random.integers(0, len(REASONS), shape).astype(np.uint8)
    reason_products = np.where(random.random(shape) < 0.5, random.integers(0, PRODUCTS, shape), -1)
    return encode_lists(products, scores, reasons, reason_products)


def _as_json(value: bytes) -> bytes:
    """The same list as an answer shows it."""
    items = [
        {
            "product_id": f"{product:06d}",
            "score": round(score, 4),
            "reason": {"code": REASONS[reason], "product_id": f"{of:06d}" if of >= 0 else None},
        }
        for product, score, reason, of in decode_list(value)
    ]
    return json.dumps(items, separators=(",", ":")).encode()


def _servers() -> Iterator[Callable[[], AbstractContextManager[tuple[str, redis.Redis]]]]:
    yield _embedded_valkey
    if reason := missing("redis-server"):
        print(f"Redis 7 is left out: {reason}", file=sys.stderr)
    else:
        yield _redis_7


@contextmanager
def _embedded_valkey() -> Iterator[tuple[str, redis.Redis]]:
    with (
        tempfile.TemporaryDirectory(prefix="recs-") as data_dir,
        EmbeddedValkey(Path(data_dir)) as server,
        connect(server.url, profile="training") as client,
    ):
        yield f"Valkey {client.info('server')['valkey_version']}", client


@contextmanager
def _redis_7() -> Iterator[tuple[str, redis.Redis]]:
    with running_server("redis") as server:
        yield f"Redis {server.client.info('server')['redis_version']}", server.client


def _measure(server: str, client: redis.Redis, layout: str, values: list[bytes]) -> Measurement:
    ids = [f"{number:07d}" for number in range(len(values))]
    keys = Keys()
    with acquire_lease(client, keys) as lease:
        before = _used_memory(client)
        began = time.perf_counter()
        writer = VersionWriter(client, keys, "benchmark", lease)
        writer.write_customer_lists("for_you", ids, values)
        writer.publish(VersionInfo("benchmark", "2026-11-23T00:00:00Z", "benchmark", "blend"))
        seconds = time.perf_counter() - began
        grown = _used_memory(client) - before
    return Measurement(
        benchmark="storage",
        server=server,
        layout=layout,
        customers=len(values),
        items=ITEMS,
        value_bytes=round(sum(map(len, values)) / len(values), 1),
        bytes_per_customer=round(grown / len(values), 1),
        write_seconds=round(seconds, 2),
    )


def _used_memory(client: redis.Redis) -> int:
    return client.info("memory")["used_memory"]


def _print(measured: list[Measurement]) -> None:
    table = Table(title=f"{CUSTOMERS:,} customers × {ITEMS} items with score, reason and its product")
    for column in ("server", "layout", "bytes a value", "bytes a customer", "written in s"):
        table.add_column(column, justify="left" if column in ("server", "layout") else "right")
    for one in measured:
        cells = (f"{one.value_bytes:,.0f}", f"{one.bytes_per_customer:,.0f}", f"{one.write_seconds:.1f}")
        table.add_row(one.server, one.layout, *cells)
    Console(stderr=True).print(table)
    for one in measured:
        print(json.dumps(asdict(one)))


if __name__ == "__main__":
    sys.exit(main())
