"""What the scheduler tells the service: its last run and its next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import redis

from service.store.keys import Keys


@dataclass(frozen=True)
class ScheduleStatus:
    """The scheduler's last run and its next.

    Attributes:
        last_run: as the scheduler wrote it; None before the first.
        next_run: when it runs next, aware; None where nothing is scheduled.
    """

    last_run: dict[str, Any] | None
    next_run: datetime | None


def write_last_run(client: redis.Redis, keys: Keys, run: Mapping[str, Any]) -> None:
    """Remember how a run began, ended and why, as JSON takes it."""
    client.hset(keys.schedule, "last_run", json.dumps(run, allow_nan=False))


def write_next_run(client: redis.Redis, keys: Keys, at: datetime | None) -> None:
    """Remember when the next run is due (aware); None: nothing is scheduled any more.

    Raises:
        ValueError: a time without a zone.
    """
    if at is None:
        client.hdel(keys.schedule, "next_run")
        return
    if at.tzinfo is None:
        raise ValueError("the next run's time has no zone")
    client.hset(keys.schedule, "next_run", at.astimezone(UTC).isoformat(timespec="seconds"))


def read_schedule(client: redis.Redis, keys: Keys) -> ScheduleStatus:
    """What the scheduler wrote last."""
    stored = client.hmget(keys.schedule, ["last_run", "next_run"])
    last_run, next_run = cast(list[bytes | None], stored)
    return ScheduleStatus(
        last_run=json.loads(last_run) if last_run else None,
        next_run=datetime.fromisoformat(next_run.decode()) if next_run else None,
    )
