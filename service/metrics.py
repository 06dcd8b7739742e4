"""The figures at /metrics, under gunicorn summed over its workers.

Label values come from fixed sets alone (placements, fallback codes, route names), never from a query:
a stranger cannot make the number of time series grow.
"""

from __future__ import annotations

import os
from functools import cache

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

SECONDS = Histogram(
    "recs_http_request_seconds",
    "Requests by route and status, and the seconds that they took.",
    ["endpoint", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0),
)
ANSWERS = Counter("recs_answers_total", "Recommendation answers.", ["placement", "fallback"])
STORE_ERRORS = Counter("recs_store_errors_total", "Store calls that failed.")
STORE_UP = Gauge(
    "recs_store_up", "Whether the store answers (1) or not (0), as the worst worker sees it.",
    multiprocess_mode="livemin",
)  # fmt: skip
VERSIONS_LOADED = Counter("recs_versions_loaded_total", "Versions that a process loaded and switched to.")
LAST_RUN = Gauge(
    "recs_schedule_last_run_timestamp_seconds", "When the last scheduled training run ended.",
    multiprocess_mode="mostrecent",
)  # fmt: skip
LAST_RUN_OK = Gauge(
    "recs_schedule_last_run_ok", "Whether the last scheduled training run succeeded (1) or failed (0).",
    multiprocess_mode="mostrecent",
)  # fmt: skip
STREAM_LENGTH = Gauge(
    "recs_events_stream_length", "Events in the stream: what the workers have not all taken yet.",
    multiprocess_mode="mostrecent",
)  # fmt: skip
EVENTS_WAITING = Gauge(
    "recs_events_waiting", "Events that the workers of a group have not acknowledged yet.", ["group"],
    multiprocess_mode="mostrecent",
)  # fmt: skip
NEXT_RUN = Gauge(
    "recs_schedule_next_run_timestamp_seconds", "When the next scheduled training run begins.",
    multiprocess_mode="mostrecent",
)  # fmt: skip


def count_request(endpoint: str, status: int, seconds: float) -> None:
    """Count one answered request and the time it took; `endpoint` is the route's pattern."""
    _seconds(endpoint, status).observe(seconds)


def count_answer(placement: str, fallback: str | None) -> None:
    """Count one list of recommendations; the placement's own list has the empty fallback."""
    _answers(placement, fallback).inc()


# Making a labelled child takes longer than counting with it, so each is made once.
@cache
def _seconds(endpoint: str, status: int) -> Histogram:
    return SECONDS.labels(endpoint, str(status))


@cache
def _answers(placement: str, fallback: str | None) -> Counter:
    return ANSWERS.labels(placement, fallback or "")


def exposition() -> bytes:
    """All figures in Prometheus' text format."""
    registry: CollectorRegistry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return generate_latest(registry)
