"""The form for one rule at `/admin/rules/rule`, and what changes a rule in the draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request
from flask import Response as FlaskResponse
from flask_wtf.csrf import CSRFError
from redis import RedisError
from werkzeug.wrappers import Response as AnyResponse

from service import rule_changes
from service.api.rule_requests import MAX_RULES
from service.api.rule_schemas import ALLOWED, known_zones
from service.pages import rule_wording, wording
from service.pages.rule_form import RuleForm, blank_form, form_of, read_form, with_faults
from service.pages.rules import STALE, author, back, console_service, rule_page, sent_number, without_store
from service.pages.security import add_headers, csrf
from service.pages.sign_in import forged, signed_in
from service.rule_changes import Contradiction
from service.rules.findings import Finding
from service.store.rule_revisions import Rules, StaleEdition

MAX_CATEGORIES = 300
MAX_BRANDS = 300

blueprint = Blueprint("rule_editor", __name__, url_prefix="/admin/rules")
blueprint.before_request(csrf.protect)
blueprint.after_request(add_headers)
blueprint.register_error_handler(CSRFError, forged)
blueprint.register_error_handler(RedisError, without_store)


@blueprint.get("/rule")
@signed_in
def edit(role: str) -> AnyResponse:
    """The form for a rule of the draft (`id`), or for a new one (`type`)."""
    state, rules = rule_changes.rules_in_work(console_service())
    wanted = request.args.get("id")
    if wanted is not None:
        found = next((document for document in rules if document["id"] == wanted), None)
        if found is None:
            return back("There is no such rule any more.", "bad")
        return _page(role, form_of(found), state.edition)
    kind = request.args.get("type", "exclude")
    return _page(role, blank_form(kind if kind in ALLOWED else "exclude"), state.edition)


@blueprint.post("/rule")
@signed_in
def save(role: str) -> AnyResponse:
    """Put the rule into the draft."""
    service = console_service()
    state, rules = rule_changes.rules_in_work(service)
    form = read_form(request.form, [document["id"] for document in rules])
    if form.type not in ALLOWED:
        return back("There is no such type of rule.", "bad")
    if form.document is None:
        return _page(role, form, state.edition, status=422)
    changed, place = _with(rules, form.document)
    if len(changed) > MAX_RULES:
        return _page(role, form, state.edition, [f"There can be {MAX_RULES} rules; remove one."], status=422)
    try:
        rule_changes.save(service, sent_number("edition"), changed, author(role))
    except StaleEdition:
        return _page(role, form, state.edition, [STALE], status=409)
    except Contradiction as error:
        own = [one for one in error.findings if one.place == place]
        others = [_about(changed, one) for one in error.findings if one.place != place]
        faulty = with_faults(form, [{"name": one.member, "detail": one.detail} for one in own])
        return _page(role, faulty, state.edition, others, status=422)
    return back(f"{form.document.get('name') or form.document['id']} is in the draft.")


@blueprint.post("/rule/remove")
@signed_in
def remove(role: str) -> AnyResponse:
    """Take the rule out of the draft."""
    wanted = request.form.get("id", "")
    return _changed(role, lambda rules: [one for one in rules if one["id"] != wanted], "The rule is out.")


@blueprint.post("/rule/switch")
@signed_in
def switch(role: str) -> AnyResponse:
    """Switch the rule off, or on again."""
    wanted = request.form.get("id", "")

    def switched(rules: Rules) -> Rules:
        return [
            {**one, "enabled": not one.get("enabled", True)} if one["id"] == wanted else one for one in rules
        ]

    return _changed(role, switched, "The rule is switched.")


def _changed(role: str, change: Callable[[Rules], Rules], done: str) -> AnyResponse:
    service = console_service()
    _, rules = rule_changes.rules_in_work(service)
    try:
        rule_changes.save(service, sent_number("edition"), change(rules), author(role))
    except StaleEdition:
        return back(STALE, "bad")
    except Contradiction as error:
        return back(" ".join(one.detail for one in error.findings), "bad")
    return back(f"{done} Publish to make it live.")


def _with(rules: Rules, document: dict[str, Any]) -> tuple[list[Any], int]:
    """The rules with this one in the place of that with its id, else at the end; and its place."""
    ids = [one["id"] for one in rules]
    place = ids.index(document["id"]) if document["id"] in ids else len(ids)
    return [*rules[:place], document, *rules[place + 1 :]], place


def _about(rules: Rules, finding: Finding) -> str:
    if finding.place is None:
        return finding.detail
    rule = rules[finding.place]
    return f"{rule.get('name') or rule['id']}: {finding.detail}"


def _page(
    role: str, form: RuleForm, edition: int, faults: list[str] | None = None, status: int = 200
) -> FlaskResponse:
    service = console_service()
    snapshot = service.follower.snapshot
    attributes = snapshot.attributes
    return rule_page(
        "rule_form.html",
        role,
        status=status,
        form=form,
        edition=edition,
        faults=faults or [],
        title=rule_wording.TYPES[form.type],
        members=ALLOWED[form.type],
        # Those that the rule names and the configuration no longer has, too: they must not vanish unseen.
        placements={
            name: wording.list_title(name)
            for name in (*service.placements, *form.chosen.get("placements", ()))
        },
        segments=rule_wording.SEGMENTS,
        categories=snapshot.categories.paths[1 : MAX_CATEGORIES + 1] if snapshot.categories else [],
        brands=attributes.brand_names[1 : MAX_BRANDS + 1] if attributes else [],
        zones=sorted(known_zones()),
    )
