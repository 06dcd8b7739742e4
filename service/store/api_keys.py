"""API keys: only their hashes are stored, so that whoever reads the store cannot call the API.

A key is 32 random bytes, which nobody guesses: one round of SHA-256 is enough, where a password
would need a slow hash.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass
from typing import cast
from weakref import WeakKeyDictionary

import redis

from service.store.keys import Keys

ROLES = ("public", "storefront", "merchandiser", "admin")
"""Each role may do what those before it may."""

# KEYS: admin, api keys. ARGV: the key's id, its hash, its JSON. Whoever asks again, as a client does whose
# first reply was lost, is told again that the key is the first one.
_ADD_FIRST_ADMIN = """
if redis.call('SETNX', KEYS[1], ARGV[1]) == 0 then return redis.call('HEXISTS', KEYS[2], ARGV[2]) end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return 1
"""

_unanswered: WeakKeyDictionary[redis.Redis, tuple[ApiKey, str]] = WeakKeyDictionary()
"""By client: the first admin key that was offered to the store, as long as its answer is not known."""

_offering = threading.Lock()


@dataclass(frozen=True)
class ApiKey:
    """What is known of a key.

    Attributes:
        id: short and no secret; names the key in `list` and `revoke`.
        role: one of `ROLES`.
        created_at: ISO 8601, UTC.
    """

    id: str
    role: str
    created_at: str

    def to_json(self) -> str:
        return json.dumps({"id": self.id, "role": self.role, "created_at": self.created_at})


def hash_key(secret: str) -> str:
    """SHA-256 of a key in hex: how the store knows it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create_key(client: redis.Redis, keys: Keys, role: str) -> tuple[ApiKey, str]:
    """Make a key; its secret is returned here and never again.

    Raises:
        ValueError: no such role.
    """
    if role not in ROLES:
        raise ValueError(f"no role {role!r}; the roles are {', '.join(ROLES)}")
    key, secret = _new_key(role)
    client.hset(keys.api_keys, hash_key(secret), key.to_json())
    return key, secret


def ensure_admin_key(client: redis.Redis, keys: Keys) -> str | None:
    """Make the first admin key and return its secret; None if it was made before, by whichever process.

    A call that fails may have made the key, although nobody was told. Therefore the next call with this
    client offers the same key again.

    Raises:
        redis.RedisError: the store is away.
    """
    with _offering:
        key, secret = _unanswered.setdefault(client, _new_key("admin"))
        fields = (key.id, hash_key(secret), key.to_json())
        made = client.eval(_ADD_FIRST_ADMIN, 2, keys.admin, keys.api_keys, *fields)
        del _unanswered[client]
    return secret if made else None


def list_keys(client: redis.Redis, keys: Keys) -> list[ApiKey]:
    """All keys, oldest first."""
    return sorted(all_hashes(client, keys).values(), key=lambda key: (key.created_at, key.id))


def all_hashes(client: redis.Redis, keys: Keys) -> dict[str, ApiKey]:
    """Every key by its hash: what a process keeps to verify keys while the store is down."""
    stored = cast(dict[bytes, bytes], client.hgetall(keys.api_keys))
    return {digest.decode(): _from_json(value) for digest, value in stored.items()}


def find_key(client: redis.Redis, keys: Keys, digest: str) -> ApiKey | None:
    """The key with this hash; None if there is none (any more)."""
    value = cast(bytes | None, client.hget(keys.api_keys, digest))
    return None if value is None else _from_json(value)


def revoke_key(client: redis.Redis, keys: Keys, key_id: str) -> bool:
    """Remove the key with this id; False if there is none."""
    digests = [digest for digest, key in all_hashes(client, keys).items() if key.id == key_id]
    return bool(digests) and client.hdel(keys.api_keys, *digests) > 0


def _new_key(role: str) -> tuple[ApiKey, str]:
    created_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return ApiKey(secrets.token_hex(4), role, created_at), f"recs_{secrets.token_urlsafe(32)}"


def _from_json(value: bytes) -> ApiKey:
    return ApiKey(**json.loads(value))
