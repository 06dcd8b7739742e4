"""From a file of orders to an answer over HTTP: training and service, joined by nothing but the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import Settings
from tests.training.shop import write_orders
from training.cli import main


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    return write_orders(tmp_path / "orders.parquet")


@pytest.fixture
def client(
    orders: Path, store, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FlaskClient]:
    monkeypatch.setenv("REDIS_URL", store_url)
    monkeypatch.setenv("RECS_DATA_DIR", str(tmp_path / "var"))
    trained = CliRunner().invoke(main, ["run", "--orders", str(orders)])
    assert trained.exit_code == 0, trained.stderr
    client = create_app(Settings(redis_url=store_url, admin_key="tests-admin-key")).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer tests-admin-key"
    yield client
    client.application.extensions["recommendations"].follower.stop()


def ask(client: FlaskClient, **query: Any) -> dict[str, Any]:
    answer = client.get("/v1/recommendations", query_string=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.get_json()
    return body


def products(answer: dict[str, Any]) -> list[str]:
    return [item["product_id"] for item in answer["items"]]


def test_every_placement_answers_with_its_own_lists(client, orders):
    bought = set(pl.read_parquet(orders).filter(customer_id="c000")["product_id"])
    favourite = products(ask(client, visitor_id="c000", limit=1))[0]
    for placement in ("for_you", "discover", "buy_it_again", "similar_items", "bought_together", "trending"):
        answer = ask(client, visitor_id="c000", placement=placement, product_id=favourite, limit=3)
        assert answer["fallback"] is None, placement
        listed = products(answer)
        assert len(set(listed)) == 3
        assert favourite not in listed
        if placement == "buy_it_again":
            assert set(listed) <= bought
        if placement == "discover":
            assert not set(listed) & bought


def test_a_customer_of_one_taste_is_offered_products_of_that_taste(client):
    for customer, taste in (("c000", "t0-"), ("c003", "t3-")):
        assert all(
            product.startswith(taste) for product in products(ask(client, visitor_id=customer, limit=5))
        )


def test_the_preview_shows_what_each_model_added_to_the_same_list(client):
    query = {"visitor_id": "c000", "limit": 4}
    preview = client.get("/v1/admin/preview", query_string=query).json
    assert products(preview) == products(ask(client, **query))
    own = preview["trace"]["candidates"][0]
    for item in own["items"][:4]:
        assert set(item["scores"]) == {"personal", "popular", "als", "related"}
        # Kept with three significant digits each.
        assert sum(item["scores"].values()) == pytest.approx(item["score"], rel=5e-3)


def test_a_new_version_is_served_without_a_restart(client, orders, store):
    first = ask(client, visitor_id="c000")["model_version"]
    CliRunner().invoke(main, ["run", "--orders", str(orders)])
    client.application.extensions["recommendations"].follower.poll()
    assert ask(client, visitor_id="c000")["model_version"] > first
