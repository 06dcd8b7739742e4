"""Shopify: the Admin REST API's orders, by the cursors of its Link header, within its call limit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qs

from requests.utils import parse_header_links

from training.connectors import shopify_json
from training.errors import InputRefused, UsageError
from training.pull.api_client import ApiClient, Wait
from training.pull.credentials import Access, in_header, required, secret, shop_address
from training.pull.shop import OrderDocument, Shop, orders_in

SHOP, TOKEN, VERSION = "SHOPIFY_SHOP", "SHOPIFY_ACCESS_TOKEN", "SHOPIFY_API_VERSION"

DEFAULT_VERSION = "2026-07"
"""Shopify answers a version that it no longer supports with the oldest that it does."""

PAGE_SIZE = 250

NEARLY_FULL = 0.8
"""Of the bucket of calls; from there on one a second is less than what leaks out on any plan."""


def connect(environ: Mapping[str, str], wait: Wait) -> Shop:
    """The shop that the environment names. Raises `UsageError` where a variable is absent or off."""
    name, token = required(environ, SHOP, TOKEN)
    version = environ.get(VERSION, DEFAULT_VERSION)
    if not re.fullmatch(r"\d{4}-\d{2}|unstable", version):
        raise UsageError(f"{VERSION} must be a version of Shopify's API, such as {DEFAULT_VERSION}")
    access = Access(
        address=shop_address(SHOP, _with_domain(name.strip())),
        address_name=SHOP,
        secret_names=TOKEN,
        if_absent=f"{SHOP} and {VERSION}",
        rights="the scope read_orders",
        authenticate=in_header("X-Shopify-Access-Token", secret(TOKEN, token)),
    )
    client = ApiClient(access, wait)

    def pages(since: datetime | None) -> Iterator[Sequence[OrderDocument]]:
        return _pages(client, f"/admin/api/{version}/orders.json", since)

    return Shop("shopify", access.address, shopify_json, "id", "updated_at", pages)


def _with_domain(name: str) -> str:
    """`tea-shop` is tea-shop.myshopify.com."""
    return f"{name}.myshopify.com" if re.fullmatch(r"(?!localhost$)[A-Za-z0-9-]+", name) else name


def _pages(client: ApiClient, path: str, since: datetime | None) -> Iterator[Sequence[OrderDocument]]:
    query: dict[str, str | int] = {"status": "any", "limit": PAGE_SIZE, "order": "updated_at asc"}
    if since is not None:
        query["updated_at_min"] = since.isoformat()
    while True:
        answer = client.get(path, query)
        value = answer.value.get("orders") if isinstance(answer.value, dict) else None
        yield orders_in(value, client.access.host)
        cursor = _next_cursor(answer.headers.get("Link", ""))
        if cursor is None:
            return
        if cursor == query.get("page_info"):
            raise InputRefused(f"{client.access.host} answers a page that names itself as the next one")
        # A cursor stands for the whole query: Shopify refuses anything else beside it.
        query = {"limit": PAGE_SIZE, "page_info": cursor}
        if _bucket_share(answer.headers) >= NEARLY_FULL:
            client.wait(1.0, None)


def _next_cursor(links: str) -> str | None:
    """The cursor alone, and not the address around it: the token goes to the shop and nowhere else."""
    for link in parse_header_links(links):
        if link.get("rel") == "next":
            return parse_qs(link["url"].partition("?")[2]).get("page_info", [None])[0]
    return None


def _bucket_share(headers: Mapping[str, str]) -> float:
    """How full the bucket of calls is, 0 to 1, from `32/40`."""
    limit = re.fullmatch(r"(\d{1,6})/([1-9]\d{0,5})", headers.get("X-Shopify-Shop-Api-Call-Limit", ""))
    return int(limit[1]) / int(limit[2]) if limit else 0.0
