"""A later catalogue for a version: written completely beside the one it replaces, then put in place at once.

The version itself stays as it was published. Its current catalogue and the one before stay in the store, so
that a reader which has not seen the change yet misses nothing; older ones, and what a killed update left,
are for `service.store.reaper`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

import redis

from service.store.catalog_part import CatalogPart, as_json
from service.store.checked_writer import CheckedWriter
from service.store.keys import Keys, writer_field
from service.store.lease import Lease
from service.store.packed import ProductFlags
from service.store.versions import VersionInfo, refusal

# KEYS: fence, live, versions, catalogs. ARGV: token, owner, version, VersionInfo as JSON, the ids of its
# catalogues as JSON. The revision is what readers look at. Allowed in a full server: it takes no room.
_PUT_IN_PLACE = """#!lua flags=allow-oom
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] or redis.call('HGET', KEYS[1], 'owner') ~= ARGV[2] then
  return redis.error_reply('STALEFENCE')
end
redis.call('HSET', KEYS[3], ARGV[3], ARGV[4])
redis.call('HSET', KEYS[4], ARGV[3], ARGV[5])
return redis.call('HINCRBY', KEYS[2], 'revision', 1)
"""


def later_catalogs(client: redis.Redis, keys: Keys, version: str) -> list[str]:
    """The ids of a version's later catalogues that are kept: the current one, then the one before."""
    found = cast(bytes | None, client.hget(keys.catalogs, version))
    return [] if found is None else json.loads(found)


@dataclass(frozen=True, eq=False)
class LaterCatalog:
    """All of it.

    Attributes:
        catalog: its id.
        product_ids: those that the version's lists refer to keep their places; others may follow.
        records: as of `CatalogPart.write_products`, one for each of the products.
        flags: of each of the products.
        global_lists: packed lists by name.
    """

    catalog: str
    product_ids: Sequence[str]
    records: Sequence[Mapping[str, Any]]
    flags: ProductFlags
    global_lists: Mapping[str, bytes]


def put_in_place(
    client: redis.Redis, keys: Keys, lease: Lease, later: LaterCatalog, info: VersionInfo
) -> None:
    """Write a later catalogue, check it, and let readers take it in one step.

    Args:
        lease: held.
        later: what to write.
        info: the version's, with the new catalogue's counts.

    Raises:
        ValueError: what `CatalogPart.write_products` refuses.
        VersionIncomplete: the store lost something; the old catalogue stays.
        LeaseLost: another run has taken the lease; the old catalogue stays.
        redis.RedisError: the store failed; what was written is never served.
    """
    version = info.version
    # Before the first key: see `service.store.reaper`.
    client.hset(keys.writers, writer_field(version, later.catalog), lease.token)
    writer = CheckedWriter(client, lease)
    part = CatalogPart(writer, keys, version, later.catalog)
    categories = [record.get("category") for record in later.records]
    products = part.write_products(later.product_ids, categories, later.records)
    part.write_flags(later.flags)
    for name, value in later.global_lists.items():
        part.write_global_list(name, value)
    writer.check()
    meta = {"info": asdict(info), "buckets": {"products": {"products": products.buckets}}}
    client.set(keys.catalog_meta(version, later.catalog), as_json(meta))
    _flip(client, keys, lease, later.catalog, info)


def _flip(client: redis.Redis, keys: Keys, lease: Lease, catalog: str, info: VersionInfo) -> None:
    kept = [catalog, *later_catalogs(client, keys, info.version)[:1]]
    names = (keys.fence, keys.live, keys.versions, keys.catalogs)
    arguments = (lease.token, lease.owner, info.version, info.to_json(), json.dumps(kept))
    try:
        client.eval(_PUT_IN_PLACE, len(names), *names, *arguments)
    except redis.ResponseError as error:
        raise refusal(error) from error
