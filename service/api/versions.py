"""/v1/admin/versions: what was published, and moving the pointer among what the store still holds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, current_app

from service.api.access import NEEDS_KEY, requires
from service.api.json_response import unkept_json
from service.api.parameters import ApiBlueprint
from service.api.problems import Problem
from service.api.schemas import VersionSchema, VersionsSchema
from service.recommendations import Recommendations
from service.store.lease import LeaseHeld, LeaseLost, acquire_lease
from service.store.versions import VersionMissing, list_versions, live, point_to

blueprint = ApiBlueprint(
    "versions", __name__, url_prefix="/v1/admin/versions", description="What was published, and what is live."
)


@blueprint.get("")
@blueprint.alt_response(200, schema=VersionsSchema)
@blueprint.doc(security=NEEDS_KEY)
@requires("admin")
def versions() -> Response:
    """All published versions, newest first."""
    return unkept_json({"versions": _versions()})


@blueprint.post("/<version>/activate")
@blueprint.alt_response(200, schema=VersionSchema)
@blueprint.doc(security=NEEDS_KEY)
@requires("admin")
def activate(version: str) -> Response:
    """Make a version live that the store still holds."""
    if version not in [known["version"] for known in _versions()]:
        raise Problem(404, f"There is no version {version}.")
    return unkept_json(_switched_to(version))


@blueprint.post("/rollback")
@blueprint.alt_response(200, schema=VersionSchema)
@blueprint.doc(security=NEEDS_KEY)
@requires("admin")
def rollback() -> Response:
    """Make the version live that was live before."""
    service = _service()
    pointer = live(service.client, service.keys)
    if pointer is None or pointer.previous is None:
        raise Problem(404, "There is no version before the live one.")
    return unkept_json(_switched_to(pointer.previous))


def _switched_to(version: str) -> dict[str, Any]:
    service = _service()
    try:
        with acquire_lease(service.client, service.keys, wait_s=0) as lease:
            point_to(service.client, service.keys, version, lease)
    except VersionMissing as error:
        cure = f"python -m training activate {version} publishes it again from its artefact."
        raise Problem(404, f"The store no longer holds the lists of version {version}; {cure}") from error
    except (LeaseHeld, LeaseLost) as error:
        detail = "A training run is publishing; try again once it has ended."
        raise Problem(503, detail, headers={"Retry-After": "10"}) from error
    return next(known for known in _versions() if known["version"] == version)


def _versions() -> list[dict[str, Any]]:
    service = _service()
    pointer = live(service.client, service.keys)
    return [
        asdict(info)
        | {
            "live": pointer is not None and info.version == pointer.version,
            "previous": pointer is not None and info.version == pointer.previous,
        }
        for info in list_versions(service.client, service.keys)
    ]


def _service() -> Recommendations:
    return current_app.extensions["recommendations"]
