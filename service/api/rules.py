"""/v1/admin/rules: the live rules, the draft of the next, their revisions, and what a draft would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NoReturn

import marshmallow as ma
from flask import Response, current_app, request

from service import rule_changes
from service.api.access import NEEDS_KEY, ROLE, requires
from service.api.bodies import json_body
from service.api.json_response import unkept_json
from service.api.parameters import ApiBlueprint
from service.api.problems import Problem, refuse_parameters
from service.api.rule_answers import (
    DraftSchema,
    DryRunAnswerSchema,
    HistorySchema,
    LiveRulesSchema,
    MadeLiveSchema,
    RevisionSchema,
)
from service.api.rule_requests import (
    DryRunSchema,
    EditionSchema,
    PublishSchema,
    RevertSchema,
    RevisionsQuerySchema,
    RulesSchema,
)
from service.api.rule_schemas import faults_of
from service.recommendations import Recommendations
from service.rule_changes import Contradiction
from service.rule_dry_run import dry_run, sample_of_visitors
from service.rules.findings import Finding
from service.store.api_keys import find_key, hash_key
from service.store.rule_revisions import (
    NoSuchRevision,
    NothingToPublish,
    Rules,
    RuleState,
    StaleEdition,
    discard_draft,
    rule_revision,
    rule_revisions,
    rule_state,
)

blueprint = ApiBlueprint(
    "rules", __name__, url_prefix="/v1/admin/rules", description="What merchandisers decide on top."
)


def _body(schema: type[ma.Schema]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


@blueprint.get("")
@blueprint.alt_response(200, schema=LiveRulesSchema)
@blueprint.doc(security=NEEDS_KEY)
@requires("merchandiser")
def live() -> Response:
    """The live rules, and whether there is a draft."""
    service = _service()
    state = rule_state(service.client, service.keys)
    revision = rule_revision(service.client, service.keys, state.live)
    return unkept_json(asdict(revision) | {"edition": state.edition, "draft": state.draft is not None})


@blueprint.get("/draft")
@blueprint.alt_response(200, schema=DraftSchema)
@blueprint.doc(security=NEEDS_KEY)
@requires("merchandiser")
def draft() -> Response:
    """The draft; where there is none, the live rules as a draft to begin with."""
    service = _service()
    state, rules = rule_changes.rules_in_work(service)
    checked = rule_changes.check(service, rules)
    return unkept_json(_draft_body(state, rules, [*checked.contradictions, *checked.warnings]))


@blueprint.put("/draft")
@blueprint.alt_response(200, schema=DraftSchema)
@blueprint.doc(security=NEEDS_KEY, requestBody=_body(RulesSchema))
@requires("merchandiser")
def save() -> Response:
    """Save the draft; 409 where somebody has changed the rules since the edition that it names."""
    body = _loaded(RulesSchema)
    try:
        state, warnings = rule_changes.save(_service(), body["edition"], body["rules"], _author())
    except (Contradiction, StaleEdition) as error:
        _refuse(error)
    return unkept_json(_draft_body(state, body["rules"], warnings))


@blueprint.delete("/draft")
@blueprint.alt_response(204, description="There is no draft any more")
@blueprint.doc(security=NEEDS_KEY, requestBody=_body(EditionSchema))
@requires("merchandiser")
def discard() -> Response:
    """Remove the draft."""
    service = _service()
    try:
        discard_draft(service.client, service.keys, _loaded(EditionSchema)["edition"])
    except StaleEdition as error:
        _refuse(error)
    return Response(status=204)


@blueprint.post("/publish")
@blueprint.alt_response(200, schema=MadeLiveSchema)
@blueprint.doc(security=NEEDS_KEY, requestBody=_body(PublishSchema))
@requires("merchandiser")
def publish() -> Response:
    """Make the draft live, everywhere within a second."""
    body = _loaded(PublishSchema)
    try:
        made, warnings = rule_changes.publish(_service(), body["edition"], body["note"], _author())
    except (Contradiction, StaleEdition, NothingToPublish) as error:
        _refuse(error)
    return unkept_json(asdict(made) | {"warnings": _named(made.rules, warnings)})


@blueprint.post("/revert")
@blueprint.alt_response(200, schema=MadeLiveSchema)
@blueprint.doc(security=NEEDS_KEY, requestBody=_body(RevertSchema))
@requires("merchandiser")
def revert() -> Response:
    """Bring an earlier revision back, as a new one."""
    body = _loaded(RevertSchema)
    asked = (body["edition"], body["revision"], body["note"])
    try:
        made, warnings = rule_changes.revert(_service(), *asked, _author())
    except (StaleEdition, NoSuchRevision) as error:
        _refuse(error)
    return unkept_json(asdict(made) | {"warnings": _named(made.rules, warnings)})


@blueprint.get("/revisions")
@blueprint.arguments(RevisionsQuerySchema(), location="query")
@blueprint.alt_response(200, schema=HistorySchema)
@blueprint.doc(security=NEEDS_KEY)
@requires("merchandiser")
def revisions(arguments: dict[str, Any]) -> Response:
    """Revisions, newest first, without their rules."""
    service = _service()
    newest = rule_state(service.client, service.keys).live
    if arguments["before"] is not None:
        newest = min(newest, arguments["before"] - 1)
    found = rule_revisions(service.client, service.keys, newest, arguments["limit"])
    heads = [asdict(one) | {"rules": len(one.rules)} for one in found]
    return unkept_json({"revisions": heads})


@blueprint.get("/revisions/<int:number>")
@blueprint.alt_response(200, schema=RevisionSchema)
@blueprint.doc(security=NEEDS_KEY)
@requires("merchandiser")
def revision(number: int) -> Response:
    """One revision with its rules."""
    service = _service()
    try:
        return unkept_json(asdict(rule_revision(service.client, service.keys, number)))
    except NoSuchRevision as error:
        _refuse(error)


@blueprint.post("/dry-run")
@blueprint.alt_response(200, schema=DryRunAnswerSchema)
@blueprint.doc(security=NEEDS_KEY, requestBody=_body(DryRunSchema))
@requires("merchandiser")
def try_out() -> Response:
    """What the draft would change in the lists of a sample of visitors."""
    service = _service()
    body = _loaded(DryRunSchema)
    visitors = body["visitors"] or sample_of_visitors(service, body["sample"])
    book = rule_changes.book_in_work(service)
    place = (body["placement"], body["limit"])
    found = dry_run(service, book, *place, visitors, body["product_ids"], body["at"])
    return unkept_json(found.summary() | {"visitors": [asdict(one) for one in found.lists]})


def _draft_body(state: RuleState, rules: Rules, warnings: Sequence[Finding]) -> dict[str, Any]:
    saved = state.draft
    return {
        "edition": state.edition,
        "live": state.live,
        "saved": saved is not None,
        "based_on": saved.based_on if saved else state.live,
        "at": saved.at if saved else None,
        "author": saved.author if saved else None,
        "rules": rules,
        "warnings": _named(rules, warnings),
    }


def _named(rules: Rules, findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings as JSON; `rule` is null where one concerns several rules."""
    return [
        {
            "rule": None if one.place is None else rules[one.place]["id"],
            "name": _path(one),
            "detail": one.detail,
        }
        for one in findings
    ]


def _path(finding: Finding) -> str:
    if finding.place is None:
        return "rules"
    return f"rules[{finding.place}]" + (f".{finding.member}" if finding.member else "")


def _loaded(schema: type[ma.Schema]) -> dict[str, Any]:
    try:
        return schema().load(json_body())
    except ma.ValidationError as error:
        refuse_parameters(list(faults_of(error.normalized_messages())))


def _refuse(error: Contradiction | StaleEdition | NothingToPublish | NoSuchRevision) -> NoReturn:
    if isinstance(error, Contradiction):
        faults = [{"name": _path(one), "detail": one.detail} for one in error.findings]
        raise Problem(422, "The rules contradict themselves.", errors=faults) from error
    if isinstance(error, StaleEdition):
        detail = f"Nothing was changed: {error}. Read the draft again and save it with its edition."
        raise Problem(409, detail) from error
    if isinstance(error, NothingToPublish):
        raise Problem(409, "There is no draft to publish: save one first.") from error
    raise Problem(404, f"{error}.".capitalize()) from error


def _author() -> str:
    service = _service()
    key = request.headers["Authorization"].partition(" ")[2].strip()
    found = find_key(service.client, service.keys, hash_key(key))
    return rule_changes.signature(request.environ[ROLE], found)


def _service() -> Recommendations:
    return current_app.extensions["recommendations"]
