"""`/admin/rules`: the rules in work beside those that are live, publishing, history, and the way back."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from flask_wtf.csrf import CSRFError
from redis import RedisError, ResponseError
from werkzeug.wrappers import Response as AnyResponse

from service import rule_changes
from service.pages import rule_wording
from service.pages.cards import records_of, short_title
from service.pages.security import add_headers, csrf
from service.pages.sign_in import forged, key_of_session, signed_in
from service.recommendations import Recommendations
from service.rule_changes import Contradiction
from service.rules.document import rule_of
from service.rules.findings import Finding
from service.store.rule_revisions import (
    NoSuchRevision,
    NothingToPublish,
    Rules,
    StaleEdition,
    discard_draft,
    rule_revision,
    rule_revisions,
    rule_state,
)

SHOWN_REVISIONS = 20
MAX_NOTE = 256


def without_store(error: RedisError) -> FlaskResponse:
    """Rules are read from the store and changed there; without it there is nothing to show."""
    if not isinstance(error, ResponseError):  # a full store refuses a change, and still answers
        console_service().follower.failed(error)
    page = render_template("console/rules_away.html", store_up=False)
    response = make_response(page, 503)
    response.headers["Retry-After"] = "1"
    return response


blueprint = Blueprint("rules_console", __name__, url_prefix="/admin/rules")
blueprint.before_request(csrf.protect)
blueprint.after_request(add_headers)
blueprint.register_error_handler(CSRFError, forged)
blueprint.register_error_handler(RedisError, without_store)

STALE = (
    "Somebody else has changed the rules meanwhile. Nothing of yours was lost or saved: look, and try again."
)


@dataclass(frozen=True)
class RuleRow:
    """One rule as a page shows it.

    Attributes:
        effect, place, schedule: in words.
        status: one of `rule_wording.STATUSES`.
        change: how it differs from the live rules: "new", "changed", or empty.
        remarks: contradictions and warnings about it.
    """

    id: str
    name: str
    type: str
    effect: str
    place: str
    schedule: str
    status: str
    change: str = ""
    remarks: Sequence[str] = ()


@blueprint.get("/")
@signed_in
def overview(role: str) -> FlaskResponse:
    """The draft, or the live rules where there is none; the history."""
    service = console_service()
    state, rules = rule_changes.rules_in_work(service)
    live = rule_revision(service.client, service.keys, state.live)
    checked = rule_changes.check(service, rules)
    findings = [*checked.contradictions, *checked.warnings]
    return rule_page(
        "rules.html",
        role,
        state=state,
        live=live,
        rows=_rows(service, rules, live.rules, findings),
        removed=_removed(rules, live.rules),
        remarks=[finding.detail for finding in findings if finding.place is None],
        kinds=rule_wording.TYPES,
        revisions=rule_revisions(service.client, service.keys, state.live, SHOWN_REVISIONS),
        max_note=MAX_NOTE,
    )


@blueprint.post("/publish")
@signed_in
def publish(role: str) -> AnyResponse:
    """Make the draft live."""
    note = request.form.get("note", "").strip()[:MAX_NOTE]
    if not note:
        return back("Say in the note why these rules go live.", "bad")
    try:
        made, _ = rule_changes.publish(console_service(), sent_number("edition"), note, author(role))
    except Contradiction as error:
        return back(" ".join(finding.detail for finding in error.findings), "bad")
    except NothingToPublish:
        return back("There is no draft to publish.", "bad")
    except StaleEdition:
        return back(STALE, "bad")
    return back(f"Revision {made.revision} is live.")


@blueprint.post("/discard")
@signed_in
def discard(role: str) -> AnyResponse:
    """Remove the draft."""
    del role
    service = console_service()
    try:
        discard_draft(service.client, service.keys, sent_number("edition"))
    except StaleEdition:
        return back(STALE, "bad")
    return back("The draft is gone; below are the live rules.")


@blueprint.get("/revisions/<int:number>")
@signed_in
def revision(role: str, number: int) -> FlaskResponse:
    """One revision with its rules, and the way back to it."""
    service = console_service()
    state = rule_state(service.client, service.keys)
    try:
        shown = rule_revision(service.client, service.keys, number)
    except NoSuchRevision:
        return rule_page("rule_revision.html", role, status=404, state=state, shown=None, number=number)
    rows = _rows(service, shown.rules, shown.rules, ())
    return rule_page("rule_revision.html", role, state=state, shown=shown, rows=rows, max_note=MAX_NOTE)


@blueprint.post("/revert")
@signed_in
def revert(role: str) -> AnyResponse:
    """Bring an earlier revision back."""
    number = sent_number("revision")
    note = request.form.get("note", "").strip()[:MAX_NOTE] or f"Back to revision {number}"
    try:
        made, _ = rule_changes.revert(console_service(), sent_number("edition"), number, note, author(role))
    except (StaleEdition, NoSuchRevision):
        return back(STALE, "bad")
    return back(f"Revision {made.revision}, with the rules of revision {number}, is live.")


def rule_page(name: str, role: str, *, status: int = 200, **values: Any) -> FlaskResponse:
    """A page of the console that nobody keeps."""
    up = console_service().follower.store_up
    page = render_template(
        f"console/{name}", role=role, store_up=up, statuses=rule_wording.STATUSES, **values
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def back(message: str, kind: str = "good") -> AnyResponse:
    """To the rules, with a message on top."""
    flash(message, kind)
    return redirect(url_for("rules_console.overview"), 303)


def sent_number(name: str) -> int:
    """The sent form's number of this name; -1, which nothing has, where it is none."""
    sent = request.form.get(name, "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 16 else -1


def author(role: str) -> str:
    """How a revision names the one who is signed in."""
    return rule_changes.signature(role, key_of_session())


def titles_of(service: Recommendations, product_ids: set[str]) -> dict[str, str]:
    """Titles by product id, as far as they are known."""
    records = records_of(service, service.follower.snapshot, product_ids)
    return {product_id: short_title(product_id, record) for product_id, record in records.items()}


def _rows(service: Recommendations, rules: Rules, live: Rules, findings: Sequence[Finding]) -> list[RuleRow]:
    titles = titles_of(service, rule_wording.product_ids_of(rules))
    before = {document["id"]: rule_of(document) for document in live}
    now = time.time()
    return [
        RuleRow(
            **_words(document, titles, now),
            change=_change(document, before),
            remarks=[finding.detail for finding in findings if finding.place == place],
        )
        for place, document in enumerate(rules)
    ]


def _words(document: Mapping[str, Any], titles: Mapping[str, str], now: float) -> dict[str, str]:
    return {
        "id": document["id"],
        "name": document.get("name") or document["id"],
        "type": document["type"],
        "effect": rule_wording.effect_text(document, titles),
        "place": rule_wording.place_text(document),
        "schedule": rule_wording.schedule_text(document),
        "status": rule_wording.status_of(document, now),
    }


def _change(document: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    if document["id"] not in before:
        return "new"
    return "" if before[document["id"]] == rule_of(document) else "changed"


def _removed(rules: Rules, live: Rules) -> list[str]:
    """Names of the live rules that the draft no longer has."""
    kept = {document["id"] for document in rules}
    return [document.get("name") or document["id"] for document in live if document["id"] not in kept]


def console_service() -> Recommendations:
    """What answers inside this process."""
    return current_app.extensions["recommendations"]
