"""Asking a shop's REST API: one request after the other, patient with throttling and passing faults."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

from training.errors import InputRefused, ShopUnavailable, TrainingError, UsageError
from training.pull.credentials import Access

WAITS_S = (1, 2, 4, 8, 16, 32, 60)
"""Between the tries of one request: two minutes in which a shop may come back."""

LONGEST_WAIT_S = 600.0
"""A shop that asks for more of a pause is better asked by the next pull."""

CONNECT_S, READ_S = 10.0, 90.0
"""A page of orders may take a slow shop a minute to put together."""

SHOWN_MESSAGE = 200

Wait = Callable[[float, str | None], None]
"""Waits so many seconds; says why, unless that is None."""


@dataclass(frozen=True)
class Answer:
    """What the API said: the JSON value, and the headers, whose names are found in any case."""

    value: Any
    headers: Mapping[str, str]


class NotThere(UsageError):
    """The address leads nowhere (404)."""


class _PassingFault(Exception):
    """What may be gone with the next try.

    Attributes:
        wait_s: how long the shop asks to wait; None if it does not say.
    """

    def __init__(self, cause: str, wait_s: float | None = None) -> None:
        super().__init__(cause)
        self.wait_s = wait_s


class _NoJson(_PassingFault):
    """A page of an error, of maintenance or of a plugin, or one that broke off."""


class ApiClient:
    """The API of one shop.

    Args:
        access: where it is, and what opens it.
        wait: how pauses are made; tests only note them.
    """

    def __init__(self, access: Access, wait: Wait) -> None:
        self.access = access
        self.wait = wait
        self._session = requests.Session()
        self._session.headers["Accept"] = "application/json"
        # A callable, because requests would let an entry of ~/.netrc replace a header of the session.
        self._session.auth = access.authenticate
        # Plain http stays on this machine: a proxy of the environment would see the secrets.
        self._session.trust_env = access.address.startswith("https:")

    def get(self, path: str, query: Mapping[str, str | int]) -> Answer:
        """The answer to a GET, after as many tries as it takes, within bounds.

        Raises:
            UsageError: wrong credentials; a wrong address (`NotThere`).
            InputRefused: the shop refuses the query, or keeps answering something that is not JSON.
            ShopUnavailable: it cannot be reached, is out of order, or asks for too long a pause.
        """
        for wait_s in (*WAITS_S, None):
            try:
                return self._ask(path, query)
            except _PassingFault as fault:
                if wait_s is None:
                    raise self._given_up(fault) from fault
                pause = max(wait_s, fault.wait_s or 0.0)
                if pause > LONGEST_WAIT_S:
                    raise ShopUnavailable(
                        f"{self.access.host}: {fault} and asks for a pause of {pause:.0f} s; pull again then"
                    ) from fault
                self.wait(pause, f"{self.access.host}: {fault}")
        raise AssertionError("the last try returns or raises")

    def _given_up(self, fault: _PassingFault) -> TrainingError:
        told = f"{self.access.host}: {fault}, {len(WAITS_S) + 1} times"
        if isinstance(fault, _NoJson):
            return InputRefused(f"{told}; check {self.access.if_absent}, or see in a browser what answers")
        return ShopUnavailable(f"{told}; pull again later, and it goes on where it was")

    def _ask(self, path: str, query: Mapping[str, str | int]) -> Answer:
        url = self.access.address + path
        try:
            # A redirect could carry the secrets to another host.
            response = self._session.get(
                url, params=query, timeout=(CONNECT_S, READ_S), allow_redirects=False
            )
        except requests.exceptions.SSLError as error:
            raise UsageError(
                f"{self.access.host}: its certificate is not trusted; check {self.access.address_name}, or "
                "name your own authority's certificate in REQUESTS_CA_BUNDLE"
            ) from error
        except requests.Timeout as error:
            raise _PassingFault("gave no answer in time") from error
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            raise _PassingFault("cannot be reached, or the connection broke") from error
        except requests.exceptions.ContentDecodingError as error:
            raise _PassingFault("sent a damaged answer") from error
        self._refuse(response)
        return Answer(_json(response.content), response.headers)

    def _refuse(self, response: requests.Response) -> None:
        """Raise what the status means, unless it means success."""
        status, access = response.status_code, self.access
        if status in (401, 403):
            raise UsageError(
                f"{access.host} refuses the credentials ({status}): check {access.secret_names}, and that "
                f"the shop granted {access.rights}"
            )
        if status == 404:
            raise NotThere(f"{access.host} has no such API (404): check {access.if_absent}")
        if 300 <= status < 400:
            target = urlsplit(response.headers.get("Location", "")).netloc or "another page"
            raise UsageError(f"{access.host} sends us on to {target}: set {access.address_name} to that")
        if status in (408, 425, 429) or status >= 500:
            cause = "asks us to slow down (429)" if status == 429 else f"answers {status}"
            raise _PassingFault(cause, _retry_after(response))
        if status != 200:
            raise InputRefused(f"{access.host} answers {status}: {_message(response)}")


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise _NoJson("answers something that is not JSON") from error


def _retry_after(response: requests.Response) -> float | None:
    """Seconds, of which Shopify sends decimals, or the seconds until an HTTP date."""
    text = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text):
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _message(response: requests.Response) -> str:
    """What the platform says is wrong, on one line; the reason phrase if it says nothing that we know."""
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        body = None
    told = (body.get("message") or body.get("errors")) if isinstance(body, dict) else None
    text = str(told or response.reason or "no reason given")
    return "".join(letter for letter in text if letter.isprintable())[:SHOWN_MESSAGE]
