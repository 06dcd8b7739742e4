"""DELETE /v1/visitors/{id}: take a person out of everything, and say what that was."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import marshmallow as ma
import structlog
from flask import Response, current_app
from werkzeug.routing import BaseConverter

from service.api.access import NEEDS_KEY, requires
from service.api.json_response import unkept_json
from service.api.parameters import ApiBlueprint, Text
from service.api.problems import unprocessable
from service.erased_files import FilesNotErased, erase_from_files
from service.recommendations import Recommendations
from service.store.erasure import erase_person
from service.store.tombstones import Tombstones, read_tombstones

blueprint = ApiBlueprint("erasure", __name__, url_prefix="/v1", description="Erasing a person.")

log = structlog.get_logger()


class IdConverter(BaseConverter):
    """An id as part of a path, exactly as it was sent, slashes included."""

    regex = r"[\s\S]+"
    part_isolating = False


class ReceiptSchema(ma.Schema):
    """What an erasure removed."""

    receipt_id = ma.fields.String()
    erased_at = ma.fields.String(metadata={"description": "ISO 8601, UTC; what is older does not come back"})
    visitor = ma.fields.String(metadata={"description": "The id, as it was asked for"})
    customer = ma.fields.String(
        allow_none=True, metadata={"description": "The customer that the id is, or was identified as"}
    )
    erased = ma.fields.Dict(
        keys=ma.fields.String(), values=ma.fields.Integer(), metadata={"description": "How much, by where"}
    )
    files = ma.fields.String(
        validate=ma.validate.OneOf(["erased", "pending"]),
        metadata={"description": "pending: files could not all be gone through; the next run does it"},
    )


# Without merging, for a//b is another id than a/b.
@blueprint.route("/visitors/<id:id>", methods=["DELETE"], merge_slashes=False)
@blueprint.alt_response(200, schema=ReceiptSchema)
@blueprint.doc(security=NEEDS_KEY)
@requires("admin")
def erase(id: str) -> Response:
    """Erase a visitor or customer: state, identity, events, archive, published lists, exports."""
    try:
        Text().deserialize(id)
    except ma.ValidationError as error:
        unprocessable({"id": error.messages})
    return unkept_json(_receipt(id))


def _receipt(id: str) -> dict[str, Any]:
    service: Recommendations = current_app.extensions["recommendations"]
    at_ms = time.time_ns() // 1_000_000
    person = erase_person(service.client, service.keys, id, at_ms)
    counts = {"states": person.states, "events": person.events, "lists": person.lists}
    receipt_id = secrets.token_hex(16)
    tombstones = read_tombstones(service.client, service.keys)
    files, in_files = _erased_files(current_app.config["DATA_DIR"], tombstones, person.ids, receipt_id)
    counts |= in_files
    log.info("person_erased", receipt_id=receipt_id, files=files, **counts)
    return {
        "receipt_id": receipt_id,
        "erased_at": datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds"),
        "visitor": id,
        "customer": person.customer,
        "erased": counts,
        "files": files,
    }


def _erased_files(
    data_dir: Path, tombstones: Tombstones, ids: Iterable[str], receipt_id: str
) -> tuple[str, dict[str, int]]:
    try:
        return "erased", erase_from_files(data_dir, tombstones, ids)
    except FilesNotErased as error:
        # The tombstones stand: the next run, or the next erasure, goes through the files again.
        log.error("files_not_erased", receipt_id=receipt_id, error=str(error))
        return "pending", {}
