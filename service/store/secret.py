"""The secret that signs sessions where RECS_SECRET_KEY is unset: one for all processes."""

from __future__ import annotations

import secrets
from typing import cast

import redis

from service.store.keys import Keys


def get_or_create_secret(client: redis.Redis, keys: Keys) -> str:
    """64 hex digits, the same for every process and every start."""
    client.set(keys.secret, secrets.token_hex(32), nx=True)
    return cast(bytes, client.get(keys.secret)).decode()
