"""Every Redis key in one place: its type, who writes it, how long it lives.

Two families. *Control* keys carry the hash tag `{meta}`, so that on a cluster they share one slot
and one script can change them together. *Version* keys hold what one training run published; they
are written once, never changed, and removed as a whole. A catalogue that came later has keys of its
own below those of its version, under its own id: readers take them in place of the version's.

Ids of customers and products are hash **fields**, never part of a key's name: a `{` in an id cannot
choose a cluster slot, and a `*` cannot widen a SCAN. Where a key is one person's, as live state is, the SHA-1
of the id stands in its name. `docs/redis-keys.md` is this module's counterpart
for readers of a running Redis.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha1
from typing import Literal
from zlib import crc32

Scope = Literal["customer", "item", "global"]

FIELDS_PER_BUCKET = 100
"""Lists stored together in one hash: a key costs some 60 bytes more than a field does."""

_LATER_CATALOG = "catalog"

_GLOB_SPECIAL = str.maketrans({special: f"\\{special}" for special in "\\*?[]^"})


def bucket_count(fields: int) -> int:
    """Hashes over which that many fields are spread; at least one."""
    return max(1, -(-fields // FIELDS_PER_BUCKET))


def writer_field(version: str, catalog: str | None = None) -> str:
    """The field of `Keys.writers` for a version, or for a later catalogue of it."""
    return version if catalog is None else f"{version}:{catalog}"


def bucket_of(field: bytes, buckets: int) -> int:
    """The hash that holds this field: the same in every process and every version of Python."""
    return crc32(field) % buckets


@dataclass(frozen=True)
class Keys:
    """The names of all keys under one prefix; several services can share a Redis under several prefixes."""

    prefix: str = "recs"

    @property
    def live(self) -> str:
        """hash: version, previous, revision, written by the flip; `rules`, the number of the live rules;
        `erasures`, how many there were. Lives for ever."""
        return self._control("live")

    @property
    def versions(self) -> str:
        """hash: version → VersionInfo as JSON. Written by the flip; trimmed with the artefacts on disk."""
        return self._control("versions")

    @property
    def catalogs(self) -> str:
        """hash: version → ids of its later catalogues as a JSON array, the current one first, then the one
        before. Written by an update of the catalogue; until the version is removed."""
        return self._control("catalogs")

    @property
    def history(self) -> str:
        """list: who was made live when, newest first, as JSON. Written by the flip; the last 100."""
        return self._control("history")

    @property
    def lock(self) -> str:
        """string: the owner of the training lease. Expires 10 s after its last renewal."""
        return self._control("lock")

    @property
    def fence(self) -> str:
        """hash: token, owner of the latest lease. Written when a lease is taken; lives for ever."""
        return self._control("fence")

    @property
    def writers(self) -> str:
        """hash: version, or version:catalogue → fencing token of the lease that writes it. Until that is
        removed."""
        return self._control("writers")

    @property
    def api_keys(self) -> str:
        """hash: SHA-256 of a key in hex → {id, role, created_at}. Written by `keys create`; until revoked."""
        return self._control("keys")

    @property
    def admin(self) -> str:
        """string: the id of the admin key made at the first start. Lives for ever: one is made once."""
        return self._control("admin")

    @property
    def secret(self) -> str:
        """string: signs sessions where RECS_SECRET_KEY is unset. Made once; lives for ever."""
        return self._control("secret")

    @property
    def schedule(self) -> str:
        """hash: last_run (JSON), next_run (ISO 8601). Written by the scheduler; lives for ever."""
        return self._control("schedule")

    @property
    def exports(self) -> str:
        """hash: id of an export → what is asked for and how far it is, as JSON. 7 days."""
        return self._control("exports")

    @property
    def exporting(self) -> str:
        """string: the worker that makes an export. Expires 2 minutes after its last sign of life."""
        return self._control("exporting")

    @property
    def tombstones(self) -> str:
        """hash: SHA-1 of an erased id in hex → when, in ms since 1970. Written by an erasure; for ever."""
        return self._control("tombstones")

    @property
    def rules(self) -> str:
        """hash: revision number → JSON of a rule revision, never changed. Written by publishing rules and by
        going back to earlier ones; the last 200."""
        return self._control("rules")

    @property
    def rules_draft(self) -> str:
        """hash: edition, writer, and document (JSON) while there is a draft. Written by each change of the
        rules; lives for ever."""
        return self._control("rules_draft")

    def meta(self, version: str) -> str:
        """string: JSON of VersionInfo and of the lists' bucket counts. Lives as long as the version."""
        return f"{self._version(version)}meta"

    def lists(self, version: str, scope: Scope, name: str) -> str:
        """What a list's buckets are called, without the bucket's number: hash, id → packed list."""
        return f"{self._version(version)}{scope[0]}:{name}:"

    def sales(self, version: str) -> str:
        """string: what the orders tell of the products, for later catalogues. As long as the version."""
        return f"{self._version(version)}sales"

    def catalog_meta(self, version: str, catalog: str) -> str:
        """string: JSON of VersionInfo and of bucket counts, as they are with a later catalogue."""
        return f"{self._catalog(version, catalog)}meta"

    def global_lists(self, version: str, catalog: str | None = None) -> str:
        """hash: name → packed list, the same for everybody. Lives as long as the catalogue."""
        return f"{self._catalog(version, catalog)}g"

    def products(self, version: str, catalog: str | None = None) -> str:
        """What the catalogue's buckets are called, without the number: hash, product index → JSON record."""
        return f"{self._catalog(version, catalog)}p:"

    def product_ids(self, version: str, catalog: str | None = None) -> str:
        """string: all product ids, packed (`service.store.packed`). Lives as long as the catalogue."""
        return f"{self._catalog(version, catalog)}ids"

    def categories(self, version: str, catalog: str | None = None) -> str:
        """string: each product's category, packed (`service.store.packed`). As long as the catalogue."""
        return f"{self._catalog(version, catalog)}cat"

    def attributes(self, version: str, catalog: str | None = None) -> str:
        """string: prices, brands, stock and tags (`service.store.attributes`). As long as the catalogue."""
        return f"{self._catalog(version, catalog)}attrs"

    def repurchase(self, version: str) -> str:
        """string: float32 a product, usual days between two purchases of it by one customer, NaN where
        nobody knows. Lives as long as the version."""
        return f"{self._version(version)}repurchase"

    def product_flags(self, version: str, catalog: str | None = None) -> str:
        """string: what holds for each product, packed (`service.store.packed`). As long as the catalogue."""
        return f"{self._catalog(version, catalog)}flags"

    def explain(self, version: str) -> str:
        """What the explain records' buckets are called, without the number: hash, id → deflated JSON."""
        return f"{self._version(version)}explain:"

    def version_pattern(self, version: str | None = None) -> str:
        """A SCAN pattern that matches the keys of this version, or of all versions, and no stranger's."""
        start = f"{self.prefix}:v:" if version is None else self._version(version)
        return f"{start.translate(_GLOB_SPECIAL)}*"

    def version_of(self, key: bytes) -> str:
        """The version that a key found by `version_pattern` belongs to."""
        return key.decode()[len(f"{self.prefix}:v:") :].split(":", 1)[0]

    def catalog_of(self, key: bytes) -> str | None:
        """The later catalogue that such a key belongs to; None for a key of the version itself."""
        parts = key.decode()[len(f"{self.prefix}:v:") :].split(":", 3)
        return parts[2] if len(parts) == 4 and parts[1] == _LATER_CATALOG else None

    @property
    def events(self) -> str:
        """stream: what shops posted, in the order of its arrival. Trimmed to what all workers have taken."""
        return f"{self.event_state}stream"

    @cached_property
    def event_state(self) -> str:
        """What the keys of events and visitors are called, without what follows: one slot for one script."""
        return f"{self.prefix}:{{events}}:"

    def event_counts(self, day: str) -> str:
        """hash: `type:placement`, `revenue:placement`, `flagged:why` → number. 400 days. `day`: ISO 8601."""
        return f"{self.event_state}counts:{day}"

    def visitor(self, visitor_id: str) -> str:
        """string: visitor's state as JSON (`service.store.visitor_state`). 90 days from its last change."""
        return f"{self.event_state}v:{_hashed(visitor_id)}"

    def customer(self, customer_id: str) -> str:
        """string: a customer's state, as a visitor's. 90 days after its last change."""
        return f"{self.event_state}c:{_hashed(customer_id)}"

    def states(self, visitor_id: str | None, customer_id: str | None) -> list[str]:
        """`visitor` and `customer` of those that are known; an id that is both is hashed once."""
        hashed = None if visitor_id is None else _hashed(visitor_id)
        found = [] if hashed is None else [f"{self.event_state}v:{hashed}"]
        if customer_id is not None:
            same = customer_id == visitor_id
            found.append(f"{self.event_state}c:{hashed if same else _hashed(customer_id)}")
        return found

    def page(self, visitor_id: str | None, page_id: str) -> str:
        """hash: what the queries of one page show (`service.store.page_products`). 10 minutes."""
        return f"{self.event_state}page:{_hashed(visitor_id or '')}:{_hashed(page_id)}"

    def visitors_of(self, customer_id: str) -> str:
        """set: ids of the visitors who were identified as this customer. 90 days after the last of them."""
        return f"{self.event_state}of:{_hashed(customer_id)}"

    def _control(self, name: str) -> str:
        return f"{self.prefix}:{{meta}}:{name}"

    def _version(self, version: str) -> str:
        return f"{self.prefix}:v:{version}:"

    def _catalog(self, version: str, catalog: str | None) -> str:
        """`catalog`: the id of a later one; None: the catalogue that the version was published with."""
        start = self._version(version)
        return start if catalog is None else f"{start}{_LATER_CATALOG}:{catalog}:"


def _hashed(id: str) -> str:
    """What stands for a person's id in a key's name: 40 hex digits that tell no reader who it is."""
    return sha1(id.encode(), usedforsecurity=False).hexdigest()
