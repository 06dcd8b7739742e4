"""One request: its faults, its pauses, and how it ends."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from requests.auth import HTTPBasicAuth

from tests.training.pull.conftest import Pauses
from tests.training.pull.shop_servers import SECRET, Reply, Request, ShopServer, running
from training.errors import InputRefused, ShopUnavailable, UsageError
from training.pull.api_client import WAITS_S, ApiClient
from training.pull.credentials import Access

BASIC = HTTPBasicAuth("ck", SECRET)

PASSING = {
    "slow down": Reply({"errors": "Exceeded 2 calls per second"}, 429, {"Retry-After": "2.0"}),
    "out of order": Reply(b"<h1>Bad Gateway</h1>", 502),
    "maintenance": Reply(b"<h1>Back soon</h1>", 503),
    "a break of the connection": Reply(dropped=True),
    "half a page": Reply({"orders": [1, 2, 3]}, cut=10),
    "a page that is no JSON": Reply(b"<br />\n<b>Warning</b>: Undefined index"),
    "half of the JSON": Reply(b'{"orders": [1, 2'),
    "not what its encoding says": Reply(b'{"orders": []}', headers={"Content-Encoding": "gzip"}),
}


@pytest.fixture
def server() -> Iterator[ShopServer]:
    def answer(shop: ShopServer, request: Request) -> Reply:
        return Reply({"orders": [1]})

    with running(answer) as shop:
        yield shop


@pytest.fixture
def client(server: ShopServer, pauses: Pauses) -> ApiClient:
    access = Access(server.url, "THE_URL", "THE_KEY", "THE_URL too", "the right to read", BASIC)
    return ApiClient(access, pauses)


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_passing_fault_is_waited_out(server, client, pauses, fault):
    server.faults = [fault, fault]
    assert client.get("/orders", {}).value == {"orders": [1]}
    assert len(pauses) == len(pauses.reasons) == 2
    assert len(server.requests) == 3


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_fault_that_stays_ends_with_what_it_was(server, client, pauses, fault):
    server.faults = [fault] * 20
    with pytest.raises((ShopUnavailable, InputRefused)) as ended:
        client.get("/orders", {})
    assert len(pauses) == len(WAITS_S)
    assert list(pauses) == sorted(pauses)
    is_nonsense = isinstance(fault.body, bytes) and fault.status == 200 and not fault.headers
    assert ended.value.exit_code == (3 if is_nonsense and not fault.dropped else 5)


@pytest.mark.parametrize(
    "retry_after, pause",
    [("2.0", 2.0), ("7", 7.0), ("0.5", 1.0), ("", 1.0), ("soon", 1.0), ("-3", 1.0), ("1e9", 1.0)],
)
def test_a_pause_is_as_long_as_the_shop_asks_for_and_a_second_at_least(
    server, client, pauses, retry_after, pause
):
    server.faults = [Reply({}, 429, {"Retry-After": retry_after})]
    client.get("/orders", {})
    assert pauses == [pause]


def test_a_pause_may_end_at_a_date(server, client, pauses):
    until = datetime.now(UTC) + timedelta(seconds=90)
    server.faults = [Reply({}, 503, {"Retry-After": format_datetime(until, usegmt=True)})]
    client.get("/orders", {})
    assert 60 < pauses[0] <= 90


def test_a_pause_of_hours_is_left_to_the_next_pull(server, client, pauses):
    server.faults = [Reply({}, 429, {"Retry-After": "7200"})]
    with pytest.raises(ShopUnavailable, match="a pause of 7200 s; pull again then"):
        client.get("/orders", {})
    assert pauses == []


def test_a_shop_that_is_not_there_is_tried_again_and_then_named(pauses):
    with running(lambda shop, request: Reply({})) as shop:
        url = shop.url
    access = Access(url, "THE_URL", "THE_KEY", "THE_URL too", "the right to read", BASIC)
    with pytest.raises(ShopUnavailable, match=f"{url.removeprefix('http://')}: cannot be reached"):
        ApiClient(access, pauses).get("/orders", {})
    assert len(pauses) == len(WAITS_S)


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_name_their_variable(server, client, pauses, status):
    server.faults = [Reply({"errors": f"Invalid token {SECRET}"}, status)]
    with pytest.raises(
        UsageError, match="check THE_KEY, and that the shop granted the right to read"
    ) as ended:
        client.get("/orders", {})
    assert SECRET not in str(ended.value)
    assert pauses == []


def test_a_wrong_address_names_its_variable(server, client):
    server.faults = [Reply({}, 404)]
    with pytest.raises(UsageError, match="check THE_URL too"):
        client.get("/orders", {})


def test_no_redirect_carries_the_secrets_away(server, client):
    with running(lambda shop, request: Reply({})) as elsewhere:
        server.faults = [Reply(b"", 302, {"Location": f"{elsewhere.url}/orders"})]
        there = elsewhere.url.removeprefix("http://")
        with pytest.raises(UsageError, match=f"sends us on to {there}: set THE_URL to that"):
            client.get("/orders", {})
        assert elsewhere.requests == []


def test_a_refused_query_tells_the_platforms_reason_on_one_line(server, client, pauses):
    server.faults = [Reply({"message": "Invalid parameter(s):\n\x1b[31morderby"}, 400)]
    with pytest.raises(InputRefused, match=r"answers 400: Invalid parameter\(s\):\[31morderby"):
        client.get("/orders", {})
    assert pauses == []


def test_a_byte_order_mark_before_the_json_does_no_harm(server, client):
    server.faults = [Reply(b'\xef\xbb\xbf{"orders": []}')]
    assert client.get("/orders", {}).value == {"orders": []}


def test_a_netrc_file_does_not_replace_the_credentials(server, client, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login eve password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    client.get("/orders", {})
    ours = base64.b64encode(f"ck:{SECRET}".encode()).decode()
    assert server.requests[0].headers["Authorization"] == f"Basic {ours}"


def test_a_proxy_does_not_see_what_is_meant_for_this_machine(server, client, monkeypatch):
    with running(lambda shop, request: Reply({})) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert client.get("/orders", {}).value == {"orders": [1]}
        assert proxy.requests == []


def test_nothing_that_is_logged_or_shown_holds_a_secret(server, client, caplog):
    caplog.set_level(logging.DEBUG)
    server.faults = [PASSING["slow down"], PASSING["half a page"]]
    client.get("/orders", {"page": 1})
    assert caplog.records
    assert SECRET not in caplog.text
    assert SECRET not in repr(client.access)
