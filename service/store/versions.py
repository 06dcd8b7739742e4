"""Published versions: what is known of each, and the pointer that names the live one."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, cast

import redis

from service.store.keys import Keys
from service.store.lease import Lease, LeaseLost

HISTORY_LENGTH = 100

# KEYS: fence, live, versions, history, catalogs. ARGV: token, owner, version, VersionInfo as JSON or "", "1"
# if the version may not replace another, the history's entry, its length. Running it again, as a client does
# whose first reply was lost, changes nothing but the revision. What has just been written comes with its
# catalogue: later ones, of an earlier publication of the same version, no longer count. Returns {revision,
# previous or ""}. Allowed in a full server, so that one can always go back.
_FLIP = """#!lua flags=allow-oom
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] or redis.call('HGET', KEYS[1], 'owner') ~= ARGV[2] then
  return redis.error_reply('STALEFENCE')
end
local live = redis.call('HGET', KEYS[2], 'version')
if ARGV[5] == '1' and live and live ~= ARGV[3] then return redis.error_reply('DEMOREFUSED') end
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[3], ARGV[3], ARGV[4])
  redis.call('HDEL', KEYS[5], ARGV[3])
end
if live ~= ARGV[3] then
  if live then redis.call('HSET', KEYS[2], 'previous', live) end
  redis.call('HSET', KEYS[2], 'version', ARGV[3])
  redis.call('LPUSH', KEYS[4], ARGV[6])
  redis.call('LTRIM', KEYS[4], 0, tonumber(ARGV[7]) - 1)
end
return {redis.call('HINCRBY', KEYS[2], 'revision', 1), redis.call('HGET', KEYS[2], 'previous') or ''}
"""


class DemoRefused(Exception):
    """Demonstration data never replaces a version that is live."""


class VersionMissing(redis.RedisError):
    """The store answers, but holds no such version.

    A RedisError, because to a reader it is the same as a store that is away: what it has, it keeps.
    """


@dataclass(frozen=True)
class VersionInfo:
    """What one training run published, and how it came about.

    Attributes:
        version: its id, as in `20261123T130501042Z-1a2b`.
        created_at: ISO 8601, UTC.
        published_by: who ran the training, as in `user@host`.
        model: what the customer lists come from: `blend` or `most_bought`.
        demo: made of the demonstration shop.
        forced: published although the gate refused.
        config_digest: digest of `config`; equal digests, equal configurations.
        config: the training configuration.
        metrics: figures by model, view and metric.
        counts: orders, customers, products …; publishing adds the number of lists by name.
        size_bytes: memory that it takes in the store, as the server estimates it; filled by publishing.
        blend: what the blend is, `two_stage` or `fixed_blend`; empty in versions of an earlier release.
        catalog_updated_at: ISO 8601, UTC, where its catalogue is a later one; else empty.
    """

    version: str
    created_at: str
    published_by: str
    model: str
    demo: bool = False
    forced: bool = False
    config_digest: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    size_bytes: int = 0
    blend: str = ""
    catalog_updated_at: str = ""

    def to_json(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> VersionInfo:
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> VersionInfo:
        """From what `asdict` gives; names that a later release added are left out."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in facts.items() if name in known})


@dataclass(frozen=True)
class Live:
    """The pointer, all that web processes poll for.

    Attributes:
        version: the one that is served.
        previous: the one before it.
        revision: how often either of the version or its catalogue has changed.
    """

    version: str
    previous: str | None
    revision: int


@dataclass(frozen=True)
class Revisions:
    """Of everything that web processes keep copies of, read in one command.

    Attributes:
        live: the pointer; None before the first publication.
        rules: the number of the live rule revision; 0: there are no rules.
        erasures: how often a person's data were erased: lists kept in processes are to be dropped.
    """

    live: Live | None
    rules: int
    erasures: int


def live(client: redis.Redis, keys: Keys) -> Live | None:
    """What the pointer names; None before the first publication."""
    return revisions(client, keys).live


def revisions(client: redis.Redis, keys: Keys) -> Revisions:
    """What the one key says that is polled."""
    stored = client.hmget(keys.live, ["version", "previous", "revision", "rules", "erasures"])
    version, previous, revision, rules, erasures = cast(list[bytes | None], stored)
    pointer = None
    if version is not None and revision is not None:
        pointer = Live(version.decode(), previous.decode() if previous else None, int(revision))
    return Revisions(pointer, int(rules or 0), int(erasures or 0))


def list_versions(client: redis.Redis, keys: Keys) -> list[VersionInfo]:
    """All versions that are remembered, newest first."""
    infos = [VersionInfo.from_json(value) for value in client.hvals(keys.versions)]
    return sorted(infos, key=lambda info: (info.created_at, info.version), reverse=True)


def forget_versions(client: redis.Redis, keys: Keys, versions: Sequence[str]) -> None:
    """Drop what is remembered of these versions, except of the live one and the one before it."""
    pointer = live(client, keys)
    kept = {pointer.version, pointer.previous} if pointer else set()
    gone = [version for version in versions if version not in kept]
    if gone:
        client.hdel(keys.versions, *gone)


def history(client: redis.Redis, keys: Keys) -> list[dict[str, str]]:
    """The last moves of the pointer, newest first: {version, at (ISO 8601, UTC)}."""
    return [json.loads(entry) for entry in client.lrange(keys.history, 0, -1)]


def point_to(client: redis.Redis, keys: Keys, version: str, lease: Lease) -> Live:
    """Make a version live that the store still holds: `activate` and `rollback`.

    Raises:
        VersionMissing: the store does not hold it; publish it again from its artefact.
        LeaseLost: somebody else has taken the lease since.
    """
    if not client.exists(keys.meta(version)):
        raise VersionMissing(f"the store does not hold version {version}")
    return flip(client, keys, version, lease)


def flip(
    client: redis.Redis,
    keys: Keys,
    version: str,
    lease: Lease,
    info: VersionInfo | None = None,
    *,
    demo_may_replace: bool = False,
) -> Live:
    """Move the pointer in one step on the server; `info`, if given, is remembered in the same step.

    Raises:
        LeaseLost: somebody else has taken the lease since; nothing has changed.
        DemoRefused: `info.demo` that may not replace, and something is live already; nothing has changed.
    """
    entry = json.dumps({"version": version, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())})
    remembered = info.to_json() if info else ""
    refusable = info is not None and info.demo and not demo_may_replace
    names = (keys.fence, keys.live, keys.versions, keys.history, keys.catalogs)
    arguments = (lease.token, lease.owner, version, remembered, int(refusable), entry, HISTORY_LENGTH)
    try:
        revision, previous = client.eval(_FLIP, len(names), *names, *arguments)
    except redis.ResponseError as error:
        raise refusal(error) from error
    return Live(version, previous.decode() or None, revision)


def refusal(error: redis.ResponseError) -> Exception:
    """What a script's refusal means; the error itself where it is none."""
    if "STALEFENCE" in str(error):
        return LeaseLost("another run has taken the lease; this one may no longer publish")
    if "DEMOREFUSED" in str(error):
        return DemoRefused("a version is live; demonstration data never replaces one")
    return error
