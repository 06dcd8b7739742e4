"""The training lease: one run at a time across machines, and a fence against one that overslept.

The lock expires 10 s after its last renewal, so a killed run blocks nobody for long. A run that was
only paused may wake up believing that it still holds the lock; therefore each lease takes the next
fencing token, and the flip of the pointer refuses all but the latest (M. Kleppmann, "How to do
distributed locking", 2016). The token goes with a random owner, because a replica promoted too early
can hand out the same number twice.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from types import TracebackType
from typing import Self

import redis

from service.store.keys import Keys

LEASE_SECONDS = 10.0
RENEW_SECONDS = 3.0
_POLL_SECONDS = 0.1

_log = logging.getLogger(__name__)

# KEYS: lock, fence. ARGV: owner, milliseconds. Returns the fencing token, or nil if the lock is held.
# Allowed in a full server, because whoever is to make room must first take the lease.
_ACQUIRE = """#!lua flags=allow-oom
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  -- a retry whose first reply was lost
  if redis.call('GET', KEYS[1]) == ARGV[1] then return tonumber(redis.call('HGET', KEYS[2], 'token')) end
  return nil
end
redis.call('HSET', KEYS[2], 'owner', ARGV[1])
return redis.call('HINCRBY', KEYS[2], 'token', 1)
"""

# The same. A lock that expired but that nobody has taken since is taken back under the same token.
_RENEW = """#!lua flags=allow-oom
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if redis.call('HGET', KEYS[2], 'owner') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class LeaseHeld(Exception):
    """Another run holds the lease."""


class LeaseLost(Exception):
    """Another run has taken the lease since."""


class Lease:
    """A held lease, renewed by a thread until `release`. Use as a context manager.

    Attributes:
        token: the fencing token; a later lease has a higher one.
        owner: a random name of this holder.
    """

    def __init__(self, client: redis.Redis, keys: Keys, owner: str, token: int) -> None:
        self.token = token
        self.owner = owner
        self._client = client
        self._keys = keys
        self._lost = threading.Event()
        self._released = threading.Event()
        self._renewer = threading.Thread(target=self._renew_until_released, name="lease", daemon=True)
        self._renewer.start()

    def check(self) -> None:
        """Raises LeaseLost where a renewal has found another holder: there is no use in going on."""
        if self._lost.is_set():
            raise LeaseLost("another run has taken the lease; this one stops")

    def release(self) -> None:
        """Stop renewing and free the lock, if it is still ours."""
        self._released.set()
        self._renewer.join(LEASE_SECONDS)
        try:
            self._client.eval(_RELEASE, 1, self._keys.lock, self.owner)
        except redis.RedisError as error:
            _log.warning("the lease could not be released and expires by itself: %s", error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _renew_until_released(self) -> None:
        while not self._released.wait(RENEW_SECONDS):
            try:
                renewed = self._client.eval(
                    _RENEW, 2, self._keys.lock, self._keys.fence, self.owner, _milliseconds(LEASE_SECONDS)
                )
            except redis.RedisError as error:
                # The next renewal may succeed; if it comes too late, the fence decides.
                _log.warning("the lease could not be renewed: %s", error)
                continue
            if not renewed:
                self._lost.set()
                return


def acquire_lease(client: redis.Redis, keys: Keys, wait_s: float = LEASE_SECONDS) -> Lease:
    """Take the lease; if it is held, wait up to `wait_s` seconds, in which a dead holder's would expire.

    Raises:
        LeaseHeld: another run holds it still.
    """
    owner = secrets.token_hex(8)
    deadline = time.monotonic() + wait_s
    while True:
        token = client.eval(_ACQUIRE, 2, keys.lock, keys.fence, owner, _milliseconds(LEASE_SECONDS))
        if token is not None:
            return Lease(client, keys, owner, int(token))
        if time.monotonic() >= deadline:
            raise LeaseHeld("another training run holds the lease")
        time.sleep(_POLL_SECONDS)


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
