"""Writing under a lease, and checking afterwards that the store holds what was written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import redis

from service.store.keys import bucket_count, bucket_of
from service.store.lease import Lease

Progress = Callable[[int, int], None]

_FIELDS_PER_ROUND_TRIP = 10_000
_FIELDS_PER_COMMAND = 5
"""At least so many on average: a command costs more than a field. Many buckets make longer round trips."""
_SAMPLED_FIELDS = 20


class VersionIncomplete(Exception):
    """What the store holds is not what was written; nothing was published."""


@dataclass
class WrittenHash:
    """Fields spread over the buckets of one name, and some of them to compare with what the store holds."""

    prefix: str
    buckets: int
    fields: int
    sample: dict[bytes, bytes] = field(default_factory=dict)

    def key(self, field_name: bytes) -> str:
        return f"{self.prefix}{bucket_of(field_name, self.buckets)}"

    def all_keys(self) -> list[str]:
        return [f"{self.prefix}{bucket}" for bucket in range(self.buckets)]


class CheckedWriter:
    """Writes keys, remembers what it wrote, and compares.

    All methods raise LeaseLost where another run has taken the lease, and redis.RedisError where the
    store fails.
    """

    def __init__(self, client: redis.Redis, lease: Lease) -> None:
        self._client = client
        self._lease = lease
        self._hashes: list[WrittenHash] = []
        self._strings: dict[str, bytes] = {}
        self._small: defaultdict[str, dict[bytes, bytes]] = defaultdict(dict)

    def write_string(self, key: str, value: bytes) -> None:
        """Write one string."""
        self._lease.check()
        self._client.set(key, value)
        self._strings[key] = value

    def write_field(self, key: str, name: str, value: bytes) -> None:
        """Write one field of a small hash, which is compared as a whole."""
        self._lease.check()
        self._client.hset(key, name, value)
        self._small[key][name.encode()] = value

    def write_hash(
        self, prefix: str, ids: Sequence[str], values: Iterable[bytes], progress: Progress | None
    ) -> WrittenHash:
        """Spread one field an id over as many buckets as they need; `values` may be a generator.

        Raises:
            ValueError: an id twice, or not one value for each id.
        """
        if len(set(ids)) < len(ids):
            raise ValueError("an id stands twice")
        written = WrittenHash(prefix, bucket_count(len(ids)), len(ids))
        every = max(1, len(ids) // _SAMPLED_FIELDS)
        pairs = zip((one.encode() for one in ids), values, strict=True)
        done = 0
        for chunk in _chunks(pairs, max(_FIELDS_PER_ROUND_TRIP, _FIELDS_PER_COMMAND * written.buckets)):
            self._lease.check()
            self._send(written, chunk)
            written.sample.update(chunk[::every])
            done += len(chunk)
            if progress:
                progress(done, len(ids))
        self._hashes.append(written)
        return written

    def check(self) -> None:
        """Compare strings by their length, small hashes as a whole, others by their number and samples.

        Raises:
            VersionIncomplete: something is missing or another value.
        """
        self._lease.check()
        for key, value in self._strings.items():
            if self._client.strlen(key) != len(value):
                raise VersionIncomplete(f"{key} is not what was written")
        for key, fields in self._small.items():
            if self._client.hgetall(key) != fields:
                raise VersionIncomplete(f"{key} is not what was written")
        for written in self._hashes:
            self._check_hash(written)

    def size_bytes(self) -> int:
        """The server's estimate of what all that was written takes."""
        pipeline = self._client.pipeline(transaction=False)
        for key in [*self._strings, *self._small]:
            pipeline.memory_usage(key)
        for written in self._hashes:
            for key in written.all_keys():
                pipeline.memory_usage(key)
        return sum(size or 0 for size in pipeline.execute())

    def _send(self, written: WrittenHash, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        by_key: defaultdict[str, list[bytes]] = defaultdict(list)
        for name, value in pairs:
            by_key[written.key(name)] += (name, value)
        pipeline = self._client.pipeline(transaction=False)
        for key, items in by_key.items():
            pipeline.hset(key, items=items)
        pipeline.execute()

    def _check_hash(self, written: WrittenHash) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for key in written.all_keys():
            pipeline.hlen(key)
        held = sum(pipeline.execute())
        if held != written.fields:
            raise VersionIncomplete(f"{written.prefix} holds {held:,} of {written.fields:,} fields")
        for name in written.sample:
            pipeline.hget(written.key(name), name)
        if pipeline.execute() != list(written.sample.values()):
            raise VersionIncomplete(f"{written.prefix} holds other values than were written")


def _chunks(pairs: Iterable[tuple[bytes, bytes]], size: int) -> Iterator[list[tuple[bytes, bytes]]]:
    chunk: list[tuple[bytes, bytes]] = []
    for pair in pairs:
        chunk.append(pair)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
