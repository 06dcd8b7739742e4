"""Magento and Adobe Commerce: GET /V1/orders by search criteria."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from training.connectors import magento_json
from training.errors import InputRefused
from training.pull.api_client import ApiClient, Wait
from training.pull.credentials import Access, in_header, required, secret, shop_address
from training.pull.pages_by_change import NumberedPage, pages_by_change
from training.pull.shop import OrderDocument, Shop, changed_at, orders_in

URL, TOKEN = "MAGENTO_URL", "MAGENTO_ACCESS_TOKEN"

ORDERS = "/rest/V1/orders"
PAGE_SIZE = 100
CHANGED = "updated_at"


def connect(environ: Mapping[str, str], wait: Wait) -> Shop:
    """The shop that the environment names. Raises `UsageError` where a variable is absent or off."""
    url, token = required(environ, URL, TOKEN)
    access = Access(
        address=shop_address(URL, url),
        address_name=URL,
        secret_names=TOKEN,
        if_absent=URL,
        rights="the integration the resource Sales > Operations > Orders",
        authenticate=in_header("Authorization", f"Bearer {secret(TOKEN, token)}"),
    )
    client = ApiClient(access, wait)

    def fetch(since: datetime | None, number: int) -> NumberedPage:
        return _page(client, since, number)

    def pages(since: datetime | None) -> Iterator[Sequence[OrderDocument]]:
        return pages_by_change(fetch, since, lambda order: changed_at(order, CHANGED))

    return Shop("magento", access.address, magento_json, "entity_id", CHANGED, pages)


def _page(client: ApiClient, since: datetime | None, number: int) -> NumberedPage:
    query: dict[str, str | int] = {
        "searchCriteria[pageSize]": PAGE_SIZE,
        "searchCriteria[currentPage]": number,
        "searchCriteria[sortOrders][0][field]": CHANGED,
        "searchCriteria[sortOrders][0][direction]": "ASC",
        "searchCriteria[sortOrders][1][field]": "entity_id",
        "searchCriteria[sortOrders][1][direction]": "ASC",
    }
    if since is not None:
        criterion = "searchCriteria[filter_groups][0][filters][0]"
        query[f"{criterion}[field]"] = CHANGED
        query[f"{criterion}[value]"] = f"{since:%Y-%m-%d %H:%M:%S}"
        query[f"{criterion}[condition_type]"] = "gteq"
    value = client.get(ORDERS, query).value
    host = client.access.host
    if not isinstance(value, dict) or not isinstance(value.get("total_count"), int):
        raise InputRefused(f"{host} answers something else than orders and their total_count")
    return NumberedPage(orders_in(value.get("items") or [], host), total=value["total_count"])
