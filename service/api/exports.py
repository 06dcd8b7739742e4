"""/v1/exports: whole audiences' lists as files, made by a worker."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import marshmallow as ma
from flask import Response, current_app, send_file

from service.api.access import NEEDS_KEY, requires
from service.api.bodies import json_body
from service.api.json_response import unkept_json
from service.api.parameters import ApiBlueprint, Text
from service.api.problems import Problem, unprocessable
from service.exports.request import FORMATS, LAYOUTS, ROWS, ExportRefused, ExportRequest
from service.recommendations import Recommendations
from service.store.export_jobs import DONE, WAITING, ExportJob, all_jobs, create_job, read_job

MAX_WAITING = 20
"""Exports that wait at one time: each takes a worker some seconds for 10,000 customers."""

blueprint = ApiBlueprint(
    "exports", __name__, url_prefix="/v1/exports", description="Lists of whole audiences as files."
)


class _Moment(ma.fields.AwareDateTime):
    """An ISO 8601 time with an offset."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("iso", **kwargs)


class ExportRequestSchema(ma.Schema):
    """Which lists, for whom, and how they are written."""

    placement = Text(load_default="for_you", metadata={"description": "One with lists of customers' own"})
    limit = ma.fields.Integer(
        strict=True,
        load_default=12,
        validate=ma.validate.Range(1, 100),
        metadata={"description": "Products a customer at most"},
    )
    format = ma.fields.String(load_default="csv", validate=ma.validate.OneOf(FORMATS))
    layout = ma.fields.String(load_default=ROWS, validate=ma.validate.OneOf(LAYOUTS))
    at = _Moment(
        load_default=None,
        allow_none=True,
        metadata={"description": "When it is sent: by the rules of then; default: when it is begun"},
    )
    customer_ids = ma.fields.List(
        Text(), load_default=None, allow_none=True, metadata={"description": "Default: all with a list"}
    )


class ExportSchema(ma.Schema):
    """An export, and how far it is."""

    id = ma.fields.String()
    status = ma.fields.String(metadata={"description": "queued, running, done or failed"})
    done = ma.fields.Integer(metadata={"description": "Customers done"})
    of = ma.fields.Integer(metadata={"description": "Customers; 0 until that is known"})
    rows = ma.fields.Integer(metadata={"description": "In the finished file"})
    error = ma.fields.String(allow_none=True)
    created_at = ma.fields.String()
    file = ma.fields.String(
        allow_none=True, metadata={"description": "Where the file is; null where there is none (any more)"}
    )


_REQUEST = ExportRequestSchema()
_BODY = {"required": True, "content": {"application/json": {"schema": ExportRequestSchema}}}


@blueprint.post("")
@blueprint.alt_response(202, schema=ExportSchema)
@blueprint.doc(security=NEEDS_KEY, requestBody=_BODY)
@requires("merchandiser")
def create() -> Response:
    """Ask for an export; a worker makes it."""
    service = _service()
    asked = _asked(json_body())
    try:
        asked.check(service.placements)
    except ExportRefused as error:
        unprocessable({error.member: [str(error)]})
    waiting = [job for job in all_jobs(service.client, service.keys) if job.status in WAITING]
    if len(waiting) >= MAX_WAITING:
        raise Problem(429, f"{len(waiting)} exports wait for a worker.", headers={"Retry-After": "60"})
    job = create_job(service.client, service.keys, asked.as_json())
    response = unkept_json(_shown(job))
    response.status_code = 202
    response.headers["Location"] = f"/v1/exports/{job.id}"
    return response


@blueprint.get("/<id>")
@blueprint.alt_response(200, schema=ExportSchema)
@blueprint.doc(security=NEEDS_KEY)
@requires("merchandiser")
def status(id: str) -> Response:
    """How far an export is."""
    return unkept_json(_shown(_job(id)))


@blueprint.get("/<id>/file")
@blueprint.alt_response(200, content_type="application/octet-stream", description="The file")
@blueprint.doc(security=NEEDS_KEY)
@requires("merchandiser")
def file(id: str) -> Response:
    """The finished file."""
    job = _job(id)
    path = _file_of(job)
    if job.status != DONE:
        raise Problem(404, f"There is no file yet: the export is {job.status}.")
    if not path.is_file():
        detail = "The file is gone: somebody in it was erased, or the worker that made it has another folder."
        raise Problem(404, f"{detail} Ask for the export anew.")
    name = f"{job.request['placement']}-{job.id[:8]}{path.suffix}"
    response = send_file(path.resolve(), as_attachment=True, download_name=name, max_age=0)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _asked(body: Any) -> ExportRequest:
    try:
        checked = _REQUEST.load(body)
    except ma.ValidationError as error:
        unprocessable(error.normalized_messages())
    at, ids = checked.pop("at"), checked.pop("customer_ids")
    request = ExportRequest(**checked, at=None if at is None else at.timestamp())
    return request if ids is None else replace(request, customer_ids=tuple(dict.fromkeys(ids)))


def _job(id: str) -> ExportJob:
    service = _service()
    job = read_job(service.client, service.keys, id) if re.fullmatch("[0-9a-f]{32}", id) else None
    if job is None:
        raise Problem(404, "There is no such export; they are kept for 7 days.")
    return job


def _file_of(job: ExportJob) -> Path:
    return current_app.config["DATA_DIR"] / "exports" / job.id / f"export.{job.request['format']}"


def _shown(job: ExportJob) -> dict[str, Any]:
    has_file = job.status == DONE and _file_of(job).is_file()
    return {
        "id": job.id,
        "status": job.status,
        "done": job.done,
        "of": job.of,
        "rows": job.rows,
        "error": job.error or None,
        "created_at": datetime.fromtimestamp(job.created_at, UTC).isoformat(timespec="milliseconds"),
        "file": f"/v1/exports/{job.id}/file" if has_file else None,
    }


def _service() -> Recommendations:
    return current_app.extensions["recommendations"]
