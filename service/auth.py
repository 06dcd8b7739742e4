"""Who may call: bearer keys, their nested roles, and a process copy of the hashes that outlives the store."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from service.store.api_keys import ROLES, hash_key


def includes(role: str, needed: str) -> bool:
    """Whether `role` may do what `needed` may: admin ⊃ merchandiser ⊃ storefront ⊃ public."""
    return ROLES.index(role) >= ROLES.index(needed)


def fingerprint(digest: str, secret: bytes) -> str:
    """What a session remembers of a key: without the secret, nobody can try keys out against it."""
    return hmac.new(secret, digest.encode(), hashlib.sha256).hexdigest()


class KeyRing:
    """The known keys' hashes and roles in this process.

    `replace` swaps in the store's hashes as one new mapping, so that a reader never sees half of it; while
    the store is away the last known ones stay valid. The setting's admin key is valid at all times.
    """

    def __init__(self, admin_key: str | None = None) -> None:
        self._own = {hash_key(admin_key): "admin"} if admin_key else {}
        self._roles: Mapping[str, str] = self._own

    def replace(self, roles: Mapping[str, str]) -> None:
        """Take over the store's keys: hash in hex → role."""
        self._roles = {**roles, **self._own}

    def role_of(self, key: str) -> str | None:
        """The role of a bearer key; None where it is not known here."""
        digest = hash_key(key)
        role = None
        for known, its_role in self._roles.items():
            if hmac.compare_digest(known, digest):
                role = its_role
        return role

    def role_of_fingerprint(self, known: str, secret: bytes) -> str | None:
        """The role of the key that a session remembers; None once it has been revoked."""
        for digest, role in self._roles.items():
            if hmac.compare_digest(fingerprint(digest, secret), known):
                return role
        return None
