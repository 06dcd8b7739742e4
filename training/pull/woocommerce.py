"""WooCommerce: the REST API v3's orders, each with its refunds, which are documents of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from requests.auth import HTTPBasicAuth

from training.connectors import woocommerce_json
from training.pull.api_client import ApiClient, NotThere, Wait
from training.pull.credentials import Access, required, secret, shop_address
from training.pull.pages_by_change import NumberedPage, pages_by_change
from training.pull.shop import OrderDocument, Shop, changed_at, orders_in

URL, KEY, SECRET = "WOOCOMMERCE_URL", "WOOCOMMERCE_CONSUMER_KEY", "WOOCOMMERCE_CONSUMER_SECRET"

ORDERS = "/wp-json/wc/v3/orders"
PAGE_SIZE = 100
CHANGED = "date_modified_gmt"


def connect(environ: Mapping[str, str], wait: Wait) -> Shop:
    """The shop that the environment names. Raises `UsageError` where a variable is absent or off."""
    url, key, consumer_secret = required(environ, URL, KEY, SECRET)
    access = Access(
        address=shop_address(URL, url),
        address_name=URL,
        secret_names=f"{KEY} and {SECRET}",
        if_absent=f"{URL}, and that the site's permalinks are not plain",
        rights="the key the permission to read",
        authenticate=HTTPBasicAuth(secret(KEY, key), secret(SECRET, consumer_secret)),
    )
    client = ApiClient(access, wait)

    def fetch(since: datetime | None, number: int) -> NumberedPage:
        return _page(client, since, number)

    def pages(since: datetime | None) -> Iterator[Sequence[OrderDocument]]:
        for orders in pages_by_change(fetch, since, lambda order: changed_at(order, CHANGED)):
            yield [_with_refunds(client, order) for order in orders]

    return Shop("woocommerce", access.address, woocommerce_json, "id", CHANGED, pages)


def _page(client: ApiClient, since: datetime | None, number: int) -> NumberedPage:
    query: dict[str, str | int] = {
        "page": number,
        "per_page": PAGE_SIZE,
        "orderby": "modified",
        "order": "asc",
        "dates_are_gmt": "true",
    }
    if since is not None:
        # `modified_after` leaves out the very second that it names.
        query["modified_after"] = f"{since - timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}"
    answer = client.get(ORDERS, query)
    orders = orders_in(answer.value, client.access.host)
    return NumberedPage(
        orders,
        total=_count(answer.headers.get("X-WP-Total")),
        pages=_count(answer.headers.get("X-WP-TotalPages")),
    )


def _with_refunds(client: ApiClient, order: OrderDocument) -> OrderDocument:
    """The order with its refunds in full: the list of orders names no more than their ids and totals."""
    number = order.get("id")
    has_some = order.get("refunds") or order.get("status") == "refunded"
    if not has_some or not isinstance(number, int):
        return order
    try:
        answer = client.get(f"{ORDERS}/{number}/refunds", {"per_page": PAGE_SIZE})
    except NotThere:
        # Deleted since the page was read.
        return order
    return {**order, "refunds": orders_in(answer.value, client.access.host)}


def _count(header: str | None) -> int | None:
    return int(header) if header is not None and re.fullmatch(r"\d{1,12}", header.strip()) else None
