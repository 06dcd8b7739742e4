"""A client for a shop's own servers: lists, events and visitors over HTTP, with typed answers.

client = RecommendationClient("http://recs.internal:8000", KEY)
answer = client.recommendations(Query(visitor_id="42", limit=4, include_product=True))
client.record([Event(type="add_to_cart", visitor_id="42", product_id="85123A")])

It needs `requests` and nothing else of this project: copy the file into the shop where that is easier.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Literal, Self, TypeVar
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

EventType = Literal["impression", "click", "view", "add_to_cart", "remove_from_cart", "purchase"]
Made = TypeVar("Made")

EVENTS_A_CALL = 500


class RecommendationError(Exception):
    """The service gave no answer, or refused; the message says why.

    Attributes:
        status: HTTP status; None where nothing that can be understood came back in time.
        errors: parameter and what is wrong with it, for each bad one.
    """

    def __init__(self, detail: str, status: int | None = None, errors: Sequence[tuple[str, str]] = ()):
        super().__init__(detail + "".join(f" {name}: {fault}" for name, fault in errors))
        self.status = status
        self.errors = tuple(errors)


@dataclass(frozen=True, kw_only=True)
class Query:
    """One question; None and empty: the service's default. See docs/api.md."""

    placement: str = "for_you"
    visitor_id: str | None = None
    limit: int | None = None
    product_ids: Sequence[str] = ()
    exclude: Sequence[str] = ()
    category: str | None = None
    include_product: bool = False
    page_id: str | None = None
    cursor: str | None = None

    def parameters(self) -> dict[str, Any]:
        """By the interface's names."""
        named = {
            "placement": self.placement,
            "visitor_id": self.visitor_id,
            "limit": self.limit,
            "product_id": list(self.product_ids),
            "exclude": list(self.exclude),
            "category": self.category,
            "include": "product" if self.include_product else None,
            "page_id": self.page_id,
            "cursor": self.cursor,
        }
        return {name: value for name, value in named.items() if value not in (None, [])}


@dataclass(frozen=True)
class Product:
    """What a page needs to show a product; `in_stock` is None where nobody said."""

    title: str | None = None
    url: str | None = None
    image_url: str | None = None
    brand: str | None = None
    category: str | None = None
    price: float | None = None
    currency: str | None = None
    in_stock: bool | None = None
    available_from: str | None = None
    tags: list[str] | None = None


@dataclass(frozen=True)
class Reason:
    """Why an item is in the list; `product_id` is the product that led to it."""

    code: str
    product_id: str | None = None


@dataclass(frozen=True)
class Item:
    """One recommended product; `product` only where the query asked for it."""

    product_id: str
    rank: int
    score: float
    reason: Reason
    product: Product | None = None


@dataclass(frozen=True)
class Recommendations:
    """An answer. Keep `recommendation_id` with what is shown: clicks and purchases cite it."""

    recommendation_id: str
    placement: str
    visitor_id: str | None
    model_version: str | None
    fallback: str | None
    items: tuple[Item, ...]
    next_cursor: str | None = None
    experiment: Mapping[str, str] | None = None

    @property
    def product_ids(self) -> tuple[str, ...]:
        """Of the items, best first."""
        return tuple(item.product_id for item in self.items)


@dataclass(frozen=True, kw_only=True)
class Event:
    """What a visitor did. Sent twice it counts once: it has an `event_id` from the start."""

    type: EventType
    visitor_id: str
    product_id: str
    recommendation_id: str | None = None
    placement: str | None = None
    rank: int | None = None
    order_id: str | None = None
    quantity: int | None = None
    unit_price: float | None = None
    occurred_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    event_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        """Raises ValueError: a time without a zone is three hours off in every second shop."""
        if self.occurred_at.tzinfo is None:
            raise ValueError("occurred_at needs a time zone")

    def body(self) -> dict[str, Any]:
        """As JSON."""
        named = asdict(self) | {"occurred_at": self.occurred_at.isoformat()}
        return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True)
class Recorded:
    """What became of events; `rejected`: (place among those sent, parameter, what is wrong with it)."""

    accepted: int
    duplicates: int
    rejected: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True)
class Receipt:
    """What an erasure removed: `erased` by where; `files` is "erased", or "pending" until the next run."""

    receipt_id: str
    erased_at: str
    visitor: str
    customer: str | None
    erased: Mapping[str, int]
    files: str


class RecommendationClient:
    """Asks one service with one key; safe to share between threads. Leaving `with` closes its connections.

    What can be repeated without harm, and that is every call here, is tried once more at once when the
    connection breaks, the time is over, or the service is away (502, 503, 504).
    """

    def __init__(self, url: str, key: str, *, timeout: float = 1.0) -> None:
        """Connects to nothing yet.

        Args:
            url: the service's, such as http://recs.internal:8000.
            key: of the role `storefront`; erasing needs `admin`.
            timeout: seconds for connecting, and again for each wait for data; a call makes two tries at most.
        """
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._session = requests.Session()
        # A callable, because requests would let an entry of ~/.netrc replace a header of the session.
        self._session.auth = _Bearer(key)
        self._session.headers["User-Agent"] = "recommendations-client"
        # Any method, and at once: a page that waits for a list cannot wait for Retry-After.
        once_more = Retry(
            1, allowed_methods=None, status_forcelist=(502, 503, 504), respect_retry_after_header=False,
            raise_on_status=False,
        )  # fmt: skip
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=once_more))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def recommendations(self, query: Query) -> Recommendations:
        """The best list for a query.

        Raises:
            RecommendationError: as does every call here; show the page without the list then.
        """
        return _answer(self._call("GET", "/v1/recommendations", params=query.parameters()))

    def batch(self, queries: Iterable[Query], page_id: str | None = None) -> list[Recommendations]:
        """An answer for each of up to 100 queries, in order; with a page_id no product stands in two."""
        body: dict[str, Any] = {"queries": [query.parameters() for query in queries]}
        if page_id is not None:
            body["page_id"] = page_id
        return [_answer(one) for one in self._call("POST", "/v1/recommendations/batch", json=body)["results"]]

    def record(self, events: Iterable[Event]) -> Recorded:
        """Report events, 500 a call. After an error it is safe to send all of them again."""
        bodies = [event.body() for event in events]
        accepted = duplicates = 0
        rejected: list[tuple[int, str, str]] = []
        for start in range(0, len(bodies), EVENTS_A_CALL):
            taken = self._call("POST", "/v1/events", json=bodies[start : start + EVENTS_A_CALL])
            accepted += taken["accepted"]
            duplicates += taken["duplicates"]
            for one in taken["rejected"]:
                rejected += [(start + one["index"], *fault) for fault in _faults(one)]
        return Recorded(accepted, duplicates, tuple(rejected))

    def identify(self, visitor_id: str, customer_id: str) -> None:
        """The visitor has signed in, and is this customer from now on."""
        body = {"visitor_id": visitor_id, "customer_id": customer_id}
        self._call("POST", "/v1/visitors/identify", json=body)

    def erase(self, id: str) -> Receipt:
        """Remove all that is kept of a visitor or customer; the key must be an admin's."""
        return _made(Receipt, self._call("DELETE", f"/v1/visitors/{quote(id, safe='')}"))

    def _call(self, method: str, path: str, **sent: Any) -> Any:
        try:
            response = self._session.request(
                method, self._url + path, timeout=self._timeout, allow_redirects=False, **sent
            )
        except requests.RequestException as error:
            raise RecommendationError(f"No answer from {self._url}: {error}") from error
        body = _object(response)
        if not 200 <= response.status_code < 300:
            detail = (body or {}).get("detail") or f"{self._url} answered {response.status_code}."
            raise RecommendationError(detail, response.status_code, _faults(body or {}))
        if body is None:
            raise RecommendationError(f"{self._url} answered with something else than JSON.", 200)
        return body


def _object(response: requests.Response) -> dict[str, Any] | None:
    """The body; None where it is no JSON object, as from a proxy in between."""
    if not response.content:
        return {}
    try:
        body = response.json()
    except requests.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


class _Bearer(requests.auth.AuthBase):
    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


def _answer(body: dict[str, Any]) -> Recommendations:
    return _made(Recommendations, body | {"items": tuple(_item(one) for one in body["items"])})


def _item(body: dict[str, Any]) -> Item:
    product = body.get("product")
    reason = _made(Reason, body["reason"])
    return _made(Item, body | {"reason": reason, "product": product and _made(Product, product)})


def _made(kind: type[Made], body: Mapping[str, Any]) -> Made:
    """From the members that are known here: a later service may send more."""
    return kind(**{one.name: body[one.name] for one in fields(kind) if one.name in body})  # type: ignore[arg-type]


def _faults(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(fault["name"], fault["detail"]) for fault in body.get("errors", ())]
