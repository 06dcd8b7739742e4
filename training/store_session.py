"""The store as a training command sees it: opened, locked, and its failures turned into exit codes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import redis

from service.embedded import EmbeddedError, open_store
from service.settings import Settings
from service.store.checked_writer import VersionIncomplete
from service.store.connection import ConnectionUrlError
from service.store.keys import Keys
from service.store.lease import Lease, LeaseHeld, LeaseLost, acquire_lease
from training.errors import RunInProgress, StoreUnavailable, UsageError

LEASE_WAIT_S = 10.0
"""One lease: long enough for that of a run that was killed to end."""


@dataclass(frozen=True)
class Store:
    """An open store.

    Attributes:
        client: connected.
        keys: under the configured prefix.
    """

    client: redis.Redis
    keys: Keys


@contextlib.contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The Redis of `REDIS_URL`, else the embedded server, joined or started.

    Raises:
        StoreUnavailable: it cannot be reached, went away in between, or lost what was written to it.
        UsageError: the URL is none that can be used.
    """
    try:
        with open_store(settings, "training") as client:
            client.ping()
            yield Store(client, Keys(settings.key_prefix))
    except ConnectionUrlError as error:
        raise UsageError(str(error)) from error
    except (EmbeddedError, redis.RedisError) as error:
        raise StoreUnavailable(f"the store is not available: {error}") from error
    except VersionIncomplete as error:
        raise StoreUnavailable(f"the store lost what was written, nothing was published: {error}") from error


@contextlib.contextmanager
def locked(store: Store) -> Iterator[Lease]:
    """Hold the lock of publications. Raises `RunInProgress` where another run has it or took it over."""
    try:
        lease = acquire_lease(store.client, store.keys, wait_s=LEASE_WAIT_S)
    except LeaseHeld as error:
        raise RunInProgress(f"another run holds the lock: {error}") from error
    try:
        yield lease
    except LeaseLost as error:
        raise RunInProgress(f"another run has taken over the lock: {error}") from error
    finally:
        # The lease ends by itself where the store is gone; the error that matters is the one on its way.
        with contextlib.suppress(redis.RedisError):
            lease.release()
