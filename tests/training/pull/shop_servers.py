"""Shops' APIs on real sockets, as the platforms document them, with faults on demand."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests import platform_writers, shopify_writers
from tests.shop_orders import Record, ShopLine, ShopOrder

SECRET = "shpat_0123456789abcdef"
KEY = "ck_0123456789abcdef"


@dataclass(frozen=True)
class Reply:
    """What a server answers.

    Attributes:
        body: a JSON value, or bytes that are sent as they are.
        cut: how many bytes of the body are promised and not sent.
        dropped: close the connection instead of answering.
    """

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int = 0
    dropped: bool = False


@dataclass(frozen=True)
class Request:
    """What was asked."""

    path: str
    query: dict[str, str]
    headers: Mapping[str, str]


class ShopServer:
    """One shop.

    Attributes:
        orders: its orders; a test may change them at any time.
        page_size: the most orders a page, whatever was asked for.
        requests: all that were asked, faults included.
        faults: what the next requests are answered with, in place of orders.
        sorts: whether orders come as they were asked for.
        before: called with each request before it is answered.
        refunds: WooCommerce's, by the order's id.
        headers: added to each answer.
        platform: how requests are answered.
    """

    def __init__(self, platform: Callable[[ShopServer, Request], Reply], *orders: Record) -> None:
        self.orders = list(orders)
        self.page_size = 2
        self.requests: list[Request] = []
        self.faults: list[Reply] = []
        self.before: Callable[[Request], None] = lambda request: None
        self.sorts = True
        self.refunds: dict[int, list[Record]] = {}
        self.headers: dict[str, str] = {}
        self.url = ""
        self.platform = platform

    def reply(self, request: Request) -> Reply:
        self.requests.append(request)
        self.before(request)
        return self.faults.pop(0) if self.faults else self.platform(self, request)

    def queries(self, name: str) -> list[str | None]:
        """The values of one query parameter, request by request."""
        return [request.query.get(name) for request in self.requests]


@contextmanager
def running(
    platform: Callable[[ShopServer, Request], Reply], *orders: Record, page_size: int = 2
) -> Iterator[ShopServer]:
    """A shop that listens on a free port of this machine."""
    shop = ShopServer(platform, *orders)
    shop.page_size = page_size

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            reply = shop.reply(Request(parts.path, dict(parse_qsl(parts.query)), dict(self.headers)))
            if reply.dropped:
                self.close_connection = True
                return
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **shop.headers, **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) + reply.cut))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = bool(reply.cut)

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        shop.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield shop
        finally:
            server.shutdown()


def shopify(shop: ShopServer, request: Request) -> Reply:
    """GET /admin/api/VERSION/orders.json: cursors in the Link header, nothing but `limit` beside them."""
    if request.headers["X-Shopify-Access-Token"] != SECRET:
        return Reply({"errors": "[API] Invalid API key or access token"}, 401)
    if not request.path.endswith("/orders.json"):
        return Reply({"errors": "Not Found"}, 404)
    query = request.query
    if "page_info" in query:
        if set(query) - {"page_info", "limit"}:
            return Reply({"errors": {"page_info": "cannot be combined with other parameters"}}, 400)
        since, begin = query["page_info"].split("~")
    else:
        if query.get("status") != "any":
            return Reply({"errors": "this test wants all orders"}, 400)
        since, begin = query.get("updated_at_min", ""), "0"
    found = [one for one in shop.orders if one["updated_at"] >= since]
    if shop.sorts:
        found.sort(key=lambda one: one["updated_at"])
    end = int(begin) + min(int(query["limit"]), shop.page_size)
    headers = {}
    if end < len(found):
        there = f"{shop.url}{request.path}?limit={query['limit']}&page_info={since}~{end}"
        headers["Link"] = f'<{shop.url}/elsewhere?page_info=0>; rel="previous", <{there}>; rel="next"'
    return Reply({"orders": found[int(begin) : end]}, headers=headers)


def woocommerce(shop: ShopServer, request: Request) -> Reply:
    """GET /wp-json/wc/v3/orders and …/ID/refunds: numbered pages, basic authentication."""
    basic = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    if request.headers["Authorization"] != f"Basic {basic}":
        return Reply({"code": "woocommerce_rest_cannot_view", "message": "Sorry."}, 401)
    if request.path.endswith("/refunds"):
        return Reply(shop.refunds[int(request.path.split("/")[-2])])
    query = request.query
    after = query.get("modified_after", "")
    # The filter leaves out the second that it names.
    found = [one for one in shop.orders if one["date_modified_gmt"] > after]
    if shop.sorts and query.get("orderby") == "modified":
        found.sort(key=lambda one: one["date_modified_gmt"], reverse=query.get("order") != "asc")
    page, size = int(query["page"]), min(int(query["per_page"]), shop.page_size)
    headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(-(-len(found) // size))}
    return Reply(found[(page - 1) * size : page * size], headers=headers)


def magento(shop: ShopServer, request: Request) -> Reply:
    """GET /rest/V1/orders: search criteria; the last page again for each number beyond it."""
    if request.headers["Authorization"] != f"Bearer {SECRET}":
        return Reply({"message": "The consumer isn't authorized to access %resources."}, 401)
    query = {name.removeprefix("searchCriteria"): value for name, value in request.query.items()}
    found = list(shop.orders)
    if "[filter_groups][0][filters][0][field]" in query:
        assert query["[filter_groups][0][filters][0][condition_type]"] == "gteq"
        field_name = query["[filter_groups][0][filters][0][field]"]
        found = [one for one in found if one[field_name] >= query["[filter_groups][0][filters][0][value]"]]
    if shop.sorts and "[sortOrders][0][field]" in query:
        found.sort(key=lambda one: one[query["[sortOrders][0][field]"]])
    size = min(int(query["[pageSize]"]), shop.page_size)
    page = min(int(query["[currentPage]"]), max(1, -(-len(found) // size)))
    items = found[(page - 1) * size : page * size]
    return Reply({"items": items, "search_criteria": {}, "total_count": len(found)})


def tea_order(number: int, changed: str) -> ShopOrder:
    """Two teas for Ann; `changed` is ISO 8601, in UTC."""
    ordered_at = datetime(2026, 1, 5, 10, tzinfo=UTC)
    teas = ShopLine("tea", quantity=2, price="3.50", product=2, title="Tea")
    changed_at = datetime.fromisoformat(changed).replace(tzinfo=UTC)
    return ShopOrder(number, (teas,), ordered_at, 7, "ann@shop.example", changed_at=changed_at)


def shopify_order(number: int, changed: str) -> Record:
    return shopify_writers.shopify_order(tea_order(number, changed))


def woocommerce_order(number: int, changed: str) -> Record:
    return platform_writers.woocommerce_order(tea_order(number, changed))


def magento_order(number: int, changed: str) -> Record:
    return platform_writers.magento_order(tea_order(number, changed))
