"""A pull that is stopped, in a process of its own: what is on disk is whole, and the next one goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from tests.needs import REPOSITORY
from tests.training.pull import shop_servers as servers
from tests.training.pull.shop_servers import SECRET, Request, ShopServer
from tests.waiting import wait_until
from training import columns as c
from training.reading import read_orders

ORDERS, PAGE = 350, 100

ANSWERED = 3
"""Pages before the shop hangs: two are parts, the third is not stored yet."""


@pytest.fixture
def big_shop() -> Iterator[ShopServer]:
    orders = (
        servers.shopify_order(n, f"2026-02-{1 + n // 1440:02}T{n // 60 % 24:02}:{n % 60:02}:00")
        for n in range(1, ORDERS + 1)
    )
    with servers.running(servers.shopify, *orders, page_size=PAGE) as shop:
        yield shop


@pytest.fixture
def hanging(big_shop: ShopServer) -> Iterator[ShopServer]:
    """The shop, which at some time answers no more."""
    released = Event()

    def hang(request: Request) -> None:
        if len(big_shop.requests) > ANSWERED:
            released.wait()

    big_shop.before = hang
    yield big_shop
    released.set()


@pytest.fixture
def environment(big_shop: ShopServer, tmp_path: Path) -> dict[str, str]:
    ours = {"SHOPIFY_SHOP": big_shop.url, "SHOPIFY_ACCESS_TOKEN": SECRET, "RECS_DATA_DIR": str(tmp_path)}
    return {**os.environ, **ours}


def started(environment: dict[str, str], *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "training", "pull", "shopify", "--json", *options]
    return subprocess.Popen(
        command, cwd=REPOSITORY, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def goes_on(shop: ShopServer, environment: dict[str, str], *options: str) -> None:
    """Pull again and check that nothing is missing and little was asked for twice."""
    shop.before = lambda request: None
    shop.requests.clear()
    process = started(environment, *options)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert shop.requests[0].query["updated_at_min"] == "2026-02-01T03:15:00+00:00"
    summary = json.loads(output)
    assert (summary["orders"], summary["seen_again"]) == (150, 6)
    lines = read_orders([f"{environment['RECS_DATA_DIR']}/pull/shopify/*.parquet"]).lines
    assert sorted(map(int, lines[c.ORDER_ID])) == list(range(1, ORDERS + 1))


@pytest.mark.parametrize("options", [(), ("--since", "2026-01-01")], ids=["", "--since"])
def test_a_pull_that_was_killed_goes_on_from_the_watermark(hanging, environment, tmp_path, options):
    process = started(environment, *options)
    wait_until(lambda: len(hanging.requests) > ANSWERED, "the fourth page is asked for")
    process.kill()
    process.communicate()
    stored = sorted(file.name for file in (tmp_path / "pull/shopify").glob("*.parquet"))
    assert stored == ["part-000001.parquet", "part-000002.parquet"]
    goes_on(hanging, environment, *options)


def test_sigterm_ends_a_pull_in_order(hanging, environment):
    process = started(environment)
    wait_until(lambda: len(hanging.requests) > ANSWERED, "the fourth page is asked for")
    process.terminate()
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 143
    assert "Traceback" not in errors
    goes_on(hanging, environment)


def test_what_a_killed_pull_left_unfinished_is_no_part_and_is_cleared(big_shop, environment, tmp_path):
    unfinished = tmp_path / "pull/shopify/part-000001.parquet.unfinished"
    unfinished.parent.mkdir(parents=True)
    unfinished.write_bytes(b"PAR1 half of it")
    process = started(environment)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert not unfinished.exists()
    lines = read_orders([f"{unfinished.parent}/*.parquet"]).lines
    assert lines.height == ORDERS
