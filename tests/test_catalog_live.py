"""A catalogue alone goes live in a service that runs: real processes, joined by nothing but the store."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.gunicorn_service import Service
from tests.servers import RunningServer, running_server
from tests.training.shop import FIVE_ORDERS
from tests.waiting import wait_until

HEADER = "product_id,title,price,in_stock,category,tags,image_url"
PRODUCTS = ("tea", "mug", "jam")


class Shop:
    """The five orders, with a running service and a store of their own."""

    def __init__(self, folder: Path, store: RunningServer) -> None:
        self.store = store
        self.service = Service(folder, REDIS_URL=store.url)
        self._environ = os.environ | {"REDIS_URL": store.url, "RECS_DATA_DIR": str(folder / "the data")}
        self._catalog = folder / "catalog.csv"
        self._orders = folder / "orders.csv"
        self._orders.write_text(FIVE_ORDERS)

    def train(self, command: str, *rows: str) -> None:
        """`run` or `catalog` with a catalogue of these rows."""
        self._catalog.write_text("\n".join([HEADER, *rows, ""]))
        arguments = [command, "--catalog", str(self._catalog)]
        if command == "run":
            arguments += ["--orders", str(self._orders)]
        done = subprocess.run(
            [sys.executable, "-m", "training", *arguments],
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def products(self, query: str = "") -> dict[str, dict[str, Any]]:
        """The records of an answer's products by id, in their order."""
        items = self.service.answer(f"include=product&{query}")["items"]
        return {item["product_id"]: item["product"] for item in items}

    def all_show(self, title: str) -> bool:
        """Whether the mug of a dozen answers has this title, so that no worker is left with another."""
        return all(self.products().get("mug", {}).get("title") == title for _ in range(12))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with running_server("valkey") as store:
        shop = Shop(tmp_path, store)
        try:
            wait_until(shop.service.answers, "the service answers")
            yield shop
        finally:
            shop.service.stop()


def test_titles_stock_and_categories_are_live_without_retraining_or_restart(shop: Shop):
    shop.train("run", "tea,Tea,3.5,yes,Drinks,,", "mug,Mug,8,yes,Home,,", "jam,Jam,4,yes,Pantry,,")
    wait_until(partial(shop.all_show, "Mug"), "the version is live")
    version = shop.service.answer("visitor_id=anna")["model_version"]
    assert list(shop.products("visitor_id=anna&limit=1")) == ["tea"]

    shop.train(
        "catalog",
        "tea,Tea,3.5,no,Drinks,,",
        "mug,Big mug,9.5,yes,Gifts,blue;big,https://shop.example/mug.png",
        "jam,Jam,4,yes,Pantry,,",
        "honey,Honey,5,yes,Pantry,,",
    )
    wait_until(partial(shop.all_show, "Big mug"), "all workers have the catalogue")
    mug = shop.products("category=Gifts")["mug"]
    assert (mug["price"], mug["category"], mug["image_url"]) == (9.5, "Gifts", "https://shop.example/mug.png")
    assert (mug["tags"], mug["available_from"]) == (["blue", "big"], "2026-01-06T00:00:00Z")
    assert list(shop.products("category=Pantry")) == ["jam", "honey"]
    for query in ("", "visitor_id=anna", "visitor_id=anna&placement=buy_it_again", "placement=new_arrivals"):
        assert "tea" not in shop.products(query), query
    assert shop.service.answer("visitor_id=anna")["model_version"] == version

    shop.store.kill()
    down = shop.service.answer("visitor_id=anna")
    assert down["fallback"] == "store_down"
    # In the order of her own list, where this worker has been asked for it; else of what is popular.
    assert {item["product_id"] for item in down["items"]} == {"mug", "jam", "honey"}


def test_no_answer_ever_mixes_two_catalogues(shop: Shop):
    def rows(number: int) -> list[str]:
        return [f"{product},{product} {number},{number},yes,Home,," for product in PRODUCTS]

    shop.train("run", *rows(0))
    wait_until(partial(shop.all_show, "mug 0"), "the version is live")
    done = threading.Event()
    answers: list[set[float]] = []

    def ask_on() -> None:
        while not done.is_set():
            answers.append({record["price"] for record in shop.products().values()})

    asking = [threading.Thread(target=ask_on) for _ in range(4)]
    for one in asking:
        one.start()
    try:
        for number in (1, 2, 3):
            shop.train("catalog", *rows(number))
            wait_until(partial(shop.all_show, f"mug {number}"), "the catalogue is live")
    finally:
        done.set()
        for one in asking:
            one.join()
    assert [prices for prices in answers if len(prices) != 1] == []
    assert {price for prices in answers for price in prices} == {0, 1, 2, 3}
