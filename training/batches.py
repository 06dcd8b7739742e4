"""Work on all customers, batch by batch: dense scores of all of them at once would not fit into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

BATCH_BYTES = 16 * 2**20
"""Of one model's dense scores of a batch; a dozen such are there at once, for each batch worked on."""

_WORKERS = 2
"""Batches at a time. numpy and scipy let go of the interpreter; each batch more takes its memory."""


def user_batches(n_users: int, n_items: int, batch_bytes: int = BATCH_BYTES) -> Iterator[slice]:
    """Slices of users whose dense scores, (users, n_items) float32, take about `batch_bytes`."""
    size = max(1, batch_bytes // (4 * max(1, n_items)))
    for start in range(0, n_users, size):
        yield slice(start, min(start + size, n_users))


def map_batches(work: Callable[[slice], T], batches: Iterable[slice]) -> Iterator[T]:
    """What `work` makes of each batch, in their order; several are worked on at a time."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        yield from pool.map(work, batches)
