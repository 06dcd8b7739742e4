"""One client of the store, with timeouts that fit what it is for."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import SplitResult, parse_qsl, urlsplit

import redis
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.connection import URL_QUERY_ARGUMENT_PARSERS
from redis.retry import Retry

Profile = Literal["serving", "training"]

SCHEMES = ("redis", "rediss", "unix")
LATER_SCHEMES = ("redis+sentinel", "redis+cluster")

_OPTIONS = (URL_QUERY_ARGUMENT_PARSERS.keys() - {"retry_on_error", "timeout"}) | {
    *("username", "password", "client_name"),
    *("ssl_ca_certs", "ssl_ca_path", "ssl_cert_reqs", "ssl_certfile", "ssl_keyfile", "ssl_keyfile_password"),
}
"""What may stand after the question mark of a URL, as text."""

_PROFILES: dict[Profile, dict[str, Any]] = {
    # redis-py's own defaults make a request wait 4 s for a refused connection and 58 s for a hung server.
    "serving": {
        "socket_timeout": 0.1,
        "socket_connect_timeout": 0.1,
        "retry": Retry(NoBackoff(), 0),
        # As many as gevent serves requests at once in one worker; the default of 100 would fail the others.
        "max_connections": 1_000,
    },
    "training": {
        "socket_timeout": 30.0,
        "socket_connect_timeout": 5.0,
        "retry": Retry(ExponentialWithJitterBackoff(base=0.1, cap=1.0), 5),
    },
}


class ConnectionUrlError(ValueError):
    """A store's URL that cannot be used; the message never repeats the URL, which may hold a password."""


def connect(url: str, *, profile: Profile) -> redis.Redis:
    """A client that speaks bytes and connects at its first command.

    `serving` gives up after 0.1 s and does not retry, a circuit breaker's job; `training` is patient.

    Raises:
        ConnectionUrlError: an unknown scheme or option, a scheme that arrives later, or a malformed URL.
    """
    check_url(url)
    # RESP2 and no CLIENT SETINFO: a new connection then costs no round trip of its own.
    return redis.Redis.from_url(url, protocol=2, driver_info=None, **_PROFILES[profile])


def check_url(url: str) -> None:
    """Raises ConnectionUrlError where `connect` would; opens nothing."""
    scheme, separator, _ = url.partition("://")
    if scheme in LATER_SCHEMES:
        raise ConnectionUrlError(f"{scheme}:// arrives later; use redis://, rediss:// or unix://")
    if scheme not in SCHEMES or not separator:
        raise ConnectionUrlError("the store's URL must begin with redis://, rediss:// or unix://")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        # Not repeated: the standard library's message holds the password.
        raise ConnectionUrlError("the store's URL has a host that is no name or address") from error
    _check_place(scheme, parts)
    _check_options(url, parts.query)


def _check_place(scheme: str, parts: SplitResult) -> None:
    try:
        _ = parts.port
    except ValueError as error:
        raise ConnectionUrlError("the store's URL has a port that is no number from 0 to 65535") from error
    if scheme == "unix" and not parts.path:
        raise ConnectionUrlError("a unix:// URL names the socket's path, as in unix:///run/redis.sock")
    # redis-py reads database 0 where the path is no number.
    if scheme != "unix" and not (database := parts.path.strip("/")).isdecimal() and database:
        raise ConnectionUrlError(
            "the path of the store's URL is the number of a database, as in redis://host:6379/0"
        )


def _check_options(url: str, query: str) -> None:
    # redis-py would pass others on, as text, to parameters of Python code.
    unknown = {name for name, _ in parse_qsl(query, keep_blank_values=True)} - _OPTIONS
    if unknown:
        raise ConnectionUrlError(f"the store's URL has unknown options: {', '.join(sorted(unknown))}")
    try:
        pool = redis.ConnectionPool.from_url(url)
        pool.connection_class(**pool.connection_kwargs)
    except (ValueError, TypeError, redis.RedisError) as error:
        raise ConnectionUrlError(f"the store's URL is malformed: {error}") from error
