"""The command line of training against the test's own store and folder, and orders for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner

from service.store.keys import Keys
from service.store.reader import StoreReader
from tests.databases import RunningDatabase, mariadb, postgres
from tests.training.shop import FIVE_ORDERS, write_orders
from training.cli import main


@dataclass
class Outcome:
    """How a command ended: its exit code, the JSON it printed, its other output."""

    code: int
    summary: dict[str, Any]
    errors: str


Command = Callable[..., Outcome]


@pytest.fixture
def environment(store: redis.Redis, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands, in this process or another, take the test's own store and folder."""
    monkeypatch.setenv("REDIS_URL", store_url)
    monkeypatch.setenv("RECS_DATA_DIR", str(tmp_path / "var"))


@pytest.fixture
def training(environment: None) -> Command:
    """Runs a command of `python -m training` against the test's own store and folder."""

    def run(*arguments: object) -> Outcome:
        result = CliRunner().invoke(main, [str(one) for one in arguments])
        is_json = result.stdout.startswith(("{", "["))
        return Outcome(result.exit_code, json.loads(result.stdout) if is_json else {}, result.stderr)

    return run


@pytest.fixture
def reader(store: redis.Redis) -> StoreReader:
    return StoreReader(store, Keys())


@pytest.fixture
def five_orders(tmp_path: Path) -> Path:
    path = tmp_path / "five.csv"
    path.write_text(FIVE_ORDERS)
    return path


@pytest.fixture
def orders(environment: None, five_orders: Path) -> Path:
    """Five orders for commands in processes of their own."""
    return five_orders


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[RunningDatabase]:
    """The PostgreSQL server of the whole session; tests make their own tables."""
    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[RunningDatabase]:
    """The MariaDB server of the whole session; tests make their own tables."""
    with mariadb() as server:
        yield server


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_orders(tmp_path_factory.mktemp("shop") / "orders.parquet")
