"""/healthz, /readyz and /metrics: open to all, for load balancers and monitoring."""

from __future__ import annotations

from datetime import datetime

from flask import Response, current_app
from redis import RedisError

from service import metrics
from service.api.json_response import unkept_json
from service.api.parameters import ApiBlueprint
from service.api.problems import CONTENT_TYPE as PROBLEM
from service.api.problems import Problem, ProblemSchema
from service.recommendations import Recommendations
from service.store.event_stream import backlog
from service.store.schedule_status import ScheduleStatus, read_schedule

blueprint = ApiBlueprint("operations", __name__, description="For load balancers and monitoring.")

_UNKNOWN = ScheduleStatus(last_run=None, next_run=None)


@blueprint.get("/healthz")
@blueprint.alt_response(200, description="The process is alive")
def healthz() -> Response:
    """Whether the process is alive."""
    return unkept_json({"status": "alive"})


@blueprint.get("/readyz")
@blueprint.alt_response(200, description="A list can be served, from the store or from the process's copy")
@blueprint.alt_response(
    503,
    schema=ProblemSchema,
    content_type=PROBLEM,
    description="No list can be served yet; `details` are there as well",
)
def readyz() -> Response:
    """Whether a list can be served; the store, the live version and the training schedule in the details."""
    follower = _service().follower
    schedule = _schedule()
    details = {
        "store": "up" if follower.store_up else "down",
        "model_version": follower.snapshot.version,
        "demo": follower.snapshot.meta is not None and follower.snapshot.meta.info.demo,
        "schedule": {"last_run": schedule.last_run, "next_run": schedule.next_run},
    }
    if follower.snapshot.version is None:
        why = "nothing is published yet" if follower.store_up else "the store cannot be reached"
        retry = {"Retry-After": "1"}
        raise Problem(503, f"No list can be served: {why}.", headers=retry, members={"details": details})
    return unkept_json({"status": "ready", "details": details})


@blueprint.get("/metrics")
@blueprint.alt_response(200, content_type="text/plain", description="Prometheus' text format")
def exposition() -> Response:
    """The figures, summed over the web processes."""
    _measure(_schedule())
    _measure_backlog()
    return Response(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


def _measure(schedule: ScheduleStatus) -> None:
    last_run = schedule.last_run or {}
    if "finished_at" in last_run:
        metrics.LAST_RUN.set(datetime.fromisoformat(last_run["finished_at"]).timestamp())
        metrics.LAST_RUN_OK.set(last_run.get("code") == 0)
    if schedule.next_run is not None:
        metrics.NEXT_RUN.set(schedule.next_run.timestamp())


def _measure_backlog() -> None:
    service = _service()
    if not service.follower.store_up:
        return
    try:
        waits = backlog(service.client, service.keys)
    except RedisError as error:
        service.follower.failed(error)
        return
    metrics.STREAM_LENGTH.set(waits.length)
    for group, waiting in waits.waiting.items():
        metrics.EVENTS_WAITING.labels(group).set(waiting)


def _schedule() -> ScheduleStatus:
    service = _service()
    if not service.follower.store_up:
        return _UNKNOWN
    try:
        return read_schedule(service.client, service.keys)
    except RedisError as error:
        service.follower.failed(error)
        return _UNKNOWN


def _service() -> Recommendations:
    return current_app.extensions["recommendations"]
