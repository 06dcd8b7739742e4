"""Which shop to ask, and with which secrets: from the environment only, and never shown."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import requests
from dotenv import dotenv_values

from training.errors import UsageError

Authenticate = Callable[[requests.PreparedRequest], requests.PreparedRequest]


@dataclass(frozen=True)
class Access:
    """Where a shop's API is, and what opens it.

    Attributes:
        address: scheme, host and path, without a slash at the end.
        address_name: the variable that holds it.
        secret_names: the variables that hold the secrets, as a message names them.
        if_absent: what to check where the address has no API.
        rights: what the shop must have granted.
        authenticate: puts the secrets into a request's headers.
    """

    address: str
    address_name: str
    secret_names: str
    if_absent: str
    rights: str
    authenticate: Authenticate = field(repr=False)

    @property
    def host(self) -> str:
        """How messages call the shop."""
        return urlsplit(self.address).netloc


def environment() -> dict[str, str]:
    """The process's environment over `.env` in the working folder, as for all settings; empty is not set."""
    in_file = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return {name: value for name, value in {**in_file, **os.environ}.items() if value}


def required(environ: Mapping[str, str], *names: str) -> list[str]:
    """The values of these variables. Raises `UsageError` naming all that are not set."""
    absent = [name for name in names if name not in environ]
    if absent:
        raise UsageError(f"{' and '.join(absent)} must be set in the environment; see docs/connect/pull.md")
    return [environ[name] for name in names]


def secret(name: str, text: str) -> str:
    """A secret that a header can carry. Raises `UsageError`, which does not show it."""
    if not re.fullmatch(r"[!-~]+", text.strip()):
        raise UsageError(f"{name} holds characters that no key or token has; copy it anew from the shop")
    return text.strip()


def in_header(name: str, value: str) -> Authenticate:
    """Puts a token into each request."""

    def authenticate(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[name] = value
        return request

    return authenticate


def shop_address(name: str, text: str) -> str:
    """A shop's address as `scheme://host[:port][/path]`; a bare host is asked by https.

    Raises:
        UsageError: no address, or http to another machine, where secrets would go in the clear.
    """
    text = text.strip()
    parts = _split(name, text if "://" in text else f"//{text}")
    scheme = parts.scheme or ("http" if is_local(parts.hostname or "") else "https")
    if scheme not in ("http", "https"):
        raise UsageError(f"{name} must begin with https://")
    if scheme == "http" and not is_local(parts.hostname or ""):
        raise UsageError(
            f"{name} begins with http://, which would send the secrets in the clear: use https:// "
            "(http:// is for a shop on this machine only)"
        )
    return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def is_local(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split(name: str, text: str) -> SplitResult:
    """Raises `UsageError`, which does not show the text: it may hold a password."""
    fault = f"{name} is no shop's address, such as https://shop.example"
    try:
        parts = urlsplit(text)
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise UsageError(fault) from None
    if not whole or re.search(r"[\s\\]", text):
        raise UsageError(fault)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise UsageError(f"{name} must be an address alone: no user, no password, no ? and no #")
    return parts
