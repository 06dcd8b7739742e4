"""What the process answers while its store hangs, dies, restarts, or was never there."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from service.store.api_keys import create_key
from service.store.codec import FormatError
from service.store.keys import Keys
from tests.published import publish
from tests.servers import KINDS, Kind, RunningServer
from tests.service.conftest import MakeClient

PATH = "/v1/recommendations"

Outage = Callable[[RunningServer], None]


def shown(client: FlaskClient, query: str) -> tuple[list[str], str | None]:
    response = client.get(f"{PATH}?{query}")
    assert response.status_code == 200
    answer = response.get_json()
    return [item["product_id"] for item in answer["items"]], answer["fallback"]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited for 20 s"
        time.sleep(0.02)


def hang(server: RunningServer) -> None:
    server.pause()


def die(server: RunningServer) -> None:
    server.kill()


def recover(server: RunningServer, outage: Outage) -> None:
    if outage is hang:
        server.resume()
    else:
        server.start()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("outage", [hang, die])
def test_an_outage_is_answered_from_the_process_and_ends_by_itself(
    own_server: Callable[..., RunningServer], make_client: MakeClient, outage: Outage, kind: Kind
):
    server = own_server(kind)
    publish(server.client)
    client = make_client(redis_url=server.url)
    assert shown(client, "visitor_id=anna&limit=2") == (["p0", "p1"], None)

    outage(server)
    assert shown(client, "visitor_id=anna&limit=3") == (["p0", "p1", "p2"], "store_down")
    assert shown(client, "placement=trending&limit=2") == (["p8", "p7"], "store_down")
    assert shown(client, "placement=similar_items&product_id=p0&limit=2") == (["p1", "p2"], "store_down")
    assert shown(client, "placement=discover&visitor_id=anna&limit=1") == (["p0"], "store_down")
    record = client.get(f"{PATH}?limit=1&include=product").get_json()["items"][0]["product"]
    assert record["title"] == "Product 0"
    preview = client.get("/v1/admin/preview?visitor_id=anna&limit=1").get_json()
    assert (preview["fallback"], preview["trace"]["customer_id"]) == ("store_down", None)
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["details"]["store"]) == (200, "down")
    versions = client.get("/v1/admin/versions")
    assert (versions.status_code, versions.headers["Retry-After"]) == (503, "1")

    recover(server, outage)
    wait_until(lambda: shown(client, "visitor_id=anna&limit=2") == (["p0", "p1"], None))


def test_while_the_store_is_down_no_request_calls_it(
    own_server: Callable[..., RunningServer], make_client: MakeClient
):
    server = own_server()
    publish(server.client)
    client = make_client(redis_url=server.url)
    shown(client, "visitor_id=anna")
    follower = client.application.extensions["recommendations"].follower
    follower.stop()
    server.kill()
    assert shown(client, "visitor_id=anna")[1] == "store_down"
    server.start()
    assert shown(client, "visitor_id=anna")[1] == "store_down"
    follower.poll()
    assert shown(client, "visitor_id=anna&limit=1")[1] is None


def test_known_keys_stay_valid_while_the_store_is_down(
    own_server: Callable[..., RunningServer], make_client: MakeClient
):
    server = own_server()
    publish(server.client)
    _, key = create_key(server.client, Keys(), "storefront")
    client = make_client(redis_url=server.url)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    shown(client, "visitor_id=anna")
    server.kill()
    assert shown(client, "visitor_id=anna&limit=1") == (["p0"], "store_down")
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer stranger"
    assert client.get(PATH).status_code == 401


def test_a_store_that_is_down_at_the_start_is_met_later(
    own_server: Callable[..., RunningServer], make_client: MakeClient
):
    server = own_server()
    publish(server.client)
    server.kill()
    client = make_client(redis_url=server.url)
    assert shown(client, "visitor_id=anna") == ([], "store_down")
    assert client.get("/readyz").status_code == 503
    server.start()
    wait_until(lambda: shown(client, "visitor_id=anna&limit=2") == (["p0", "p1"], None))
    assert client.get("/readyz").status_code == 200


def test_a_store_that_lost_its_data_is_cold_and_the_last_lists_are_served(
    own_server: Callable[..., RunningServer], make_client: MakeClient
):
    server = own_server()
    publish(server.client)
    client = make_client(redis_url=server.url)
    shown(client, "visitor_id=anna")
    server.empty()
    wait_until(lambda: shown(client, "visitor_id=anna&limit=2") == (["p0", "p1"], "cold_store"))


def test_a_version_that_cannot_be_read_leaves_the_one_before(
    own_server: Callable[..., RunningServer], make_client: MakeClient
):
    server = own_server()
    publish(server.client)
    client = make_client(redis_url=server.url)
    shown(client, "visitor_id=anna")
    follower = client.application.extensions["recommendations"].follower
    follower.stop()
    broken = "20270101T000000Z-0002"
    publish(server.client, broken)
    server.client.set(Keys().product_ids(broken), b"damaged")
    with pytest.raises(FormatError):
        follower.poll()
    assert client.get(f"{PATH}?limit=1").get_json()["model_version"] == "20260101T000000Z-0001"
    publish(server.client, "20280101T000000Z-0003")
    follower.poll()
    assert client.get(f"{PATH}?limit=1").get_json()["model_version"] == "20280101T000000Z-0003"
