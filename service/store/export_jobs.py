"""Exports that were asked for over HTTP: they wait here for a worker, which says here how far it is."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

import redis

from service.store.keys import Keys

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
WAITING = (QUEUED, RUNNING)

LEASE_MS = 120_000
"""After its last sign of life, a worker is taken for dead, and another goes on with its export."""

# KEYS: exports. ARGV: id, the job as JSON. One that was removed stays so.
_WRITE = "if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then redis.call('HSET', KEYS[1], unpack(ARGV)) end"

# KEYS: exporting. ARGV: worker, ms ("0": to leave). Returns 1 where the worker has the lease, or had it.
_LEASE = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 1
"""


@dataclass(frozen=True)
class ExportJob:
    """One export.

    Attributes:
        id: 32 hex digits.
        request: as `service.exports.request.ExportRequest.as_json` gives it.
        created_at: seconds since 1970.
        status: one of `QUEUED`, `RUNNING`, `DONE`, `FAILED`.
        done: customers done.
        of: customers; 0 where that is not known yet.
        rows: in the finished file.
        error: why it failed.
    """

    id: str
    request: Mapping[str, Any]
    created_at: float
    status: str = QUEUED
    done: int = 0
    of: int = 0
    rows: int = 0
    error: str = ""


def create_job(client: redis.Redis, keys: Keys, request: Mapping[str, Any]) -> ExportJob:
    """Leave a job for the next worker that is free."""
    job = ExportJob(secrets.token_hex(16), request, time.time())
    client.hset(keys.exports, job.id, _json(job))
    return job


def read_job(client: redis.Redis, keys: Keys, id: str) -> ExportJob | None:
    """None: there is no such job, or it has expired."""
    stored = cast(bytes | None, client.hget(keys.exports, id))
    return None if stored is None else ExportJob(**json.loads(stored))


def all_jobs(client: redis.Redis, keys: Keys) -> list[ExportJob]:
    """The oldest first."""
    stored = cast(list[bytes], client.hvals(keys.exports))
    return sorted((ExportJob(**json.loads(one)) for one in stored), key=lambda job: (job.created_at, job.id))


def write_job(client: redis.Redis, keys: Keys, job: ExportJob) -> None:
    """Say how far it is; nothing is written where the job was removed."""
    client.eval(_WRITE, 1, keys.exports, job.id, _json(job))


def remove_job(client: redis.Redis, keys: Keys, id: str) -> None:
    client.hdel(keys.exports, id)


def hold_lease(client: redis.Redis, keys: Keys, worker: str) -> bool:
    """Take or renew the right to make exports: one worker at a time. False: another has it."""
    return client.eval(_LEASE, 1, keys.exporting, worker, LEASE_MS) == 1


def leave_lease(client: redis.Redis, keys: Keys, worker: str) -> None:
    """Let another worker go on at once."""
    client.eval(_LEASE, 1, keys.exporting, worker, 0)


def erase_from_jobs(client: redis.Redis, keys: Keys, ids: Collection[str]) -> None:
    """Take people out of the audiences that jobs name."""
    for job in all_jobs(client, keys):
        named = job.request.get("customer_ids")
        if named and not set(ids).isdisjoint(named):
            kept = [one for one in named if one not in ids]
            write_job(client, keys, replace(job, request={**job.request, "customer_ids": kept}))


def _json(job: ExportJob) -> str:
    return json.dumps(asdict(job), ensure_ascii=False)
