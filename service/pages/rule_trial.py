"""The dry run at `/admin/rules/try`: what the draft would change in the lists of some visitors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from flask import Blueprint, request
from flask import Response as FlaskResponse
from redis import RedisError

from service import rule_changes
from service.api.rule_requests import DryRunSchema
from service.api.rule_schemas import faults_of
from service.pages import wording
from service.pages.rules import console_service, rule_page, titles_of, without_store
from service.pages.security import add_headers
from service.pages.sign_in import signed_in
from service.rule_dry_run import Changed, DryRun, dry_run, sample_of_visitors
from service.store.rule_revisions import rule_state

blueprint = Blueprint("rule_trial", __name__, url_prefix="/admin/rules")
blueprint.after_request(add_headers)
blueprint.register_error_handler(RedisError, without_store)

_FIELDS = ("placement", "visitors", "product_ids", "at")

_WITHOUT_ZONE = re.compile(r"[0-9-]+T[0-9:]+")


@dataclass(frozen=True)
class Slot:
    """One product in a list.

    Attributes:
        mark: "vanished", "entered" or empty.
        remark: in words: why it vanished, or where it was before.
    """

    product_id: str
    title: str
    mark: str = ""
    remark: str = ""


@dataclass(frozen=True)
class TrialRow:
    """One visitor's lists, with as many empty slots as are left."""

    visitor: str
    page: str
    before: Sequence[Slot]
    after: Sequence[Slot]
    empty_before: int
    empty_after: int
    changed: bool


@blueprint.get("/try")
@signed_in
def try_out(role: str) -> FlaskResponse:
    """The form, and what comes out."""
    service = console_service()
    values = {name: request.args.get(name, "") for name in _FIELDS}
    state = rule_state(service.client, service.keys)
    run, faults = None, {}
    try:
        asked = DryRunSchema().load(_members(values))
        visitors = asked["visitors"] or sample_of_visitors(service, asked["sample"])
        book = rule_changes.book_in_work(service)
        place = (asked["placement"], asked["limit"])
        run = dry_run(service, book, *place, visitors, asked["product_ids"], asked["at"])
    except ma.ValidationError as error:
        found = faults_of(error.normalized_messages())
        faults = {fault["name"].partition("[")[0]: fault["detail"] for fault in found}
    return rule_page(
        "rule_trial.html",
        role,
        status=422 if faults else 200,
        state=state,
        values=values,
        faults=faults,
        placements={name: wording.list_title(name) for name in service.placements},
        **(_shown(run) if run else {"summary": None, "rows": []}),
    )


def _members(values: Mapping[str, str]) -> dict[str, Any]:
    members: dict[str, Any] = {"placement": values["placement"] or "for_you"}
    for name in ("visitors", "product_ids"):
        members[name] = [line for line in values[name].splitlines() if line.strip()]
    if values["at"]:
        # The field of a browser has no zone.
        members["at"] = f"{values['at']}Z" if _WITHOUT_ZONE.fullmatch(values["at"]) else values["at"]
    return members


def _shown(run: DryRun) -> dict[str, Any]:
    named = {product for one in run.lists for product in (*one.before, *one.after, *one.product_ids)}
    titles = titles_of(console_service(), named)
    summary = run.summary()
    for kind in ("vanished", "entered"):
        for one in summary[kind]:
            one["title"] = titles.get(one["product_id"], one["product_id"])
    rows = sorted((_row(one, run.limit, titles) for one in run.lists), key=lambda row: not row.changed)
    return {"summary": summary, "rows": rows}


def _row(one: Changed, limit: int, titles: Mapping[str, str]) -> TrialRow:
    return TrialRow(
        visitor=one.visitor_id or "anonymous",
        page=", ".join(titles.get(product, product) for product in one.product_ids),
        before=[_slot_before(product, one, titles) for product in one.before],
        after=[_slot_after(place, product, one, titles) for place, product in enumerate(one.after)],
        empty_before=limit - len(one.before),
        empty_after=limit - len(one.after),
        changed=one.before != one.after,
    )


def _slot_before(product: str, one: Changed, titles: Mapping[str, str]) -> Slot:
    title = titles.get(product, product)
    why = one.vanished.get(product)
    return Slot(product, title, "vanished", wording.DROPPED.get(why, why)) if why else Slot(product, title)


def _slot_after(place: int, product: str, one: Changed, titles: Mapping[str, str]) -> Slot:
    title = titles.get(product, product)
    if product not in one.before:
        return Slot(product, title, "entered", "new")
    was = one.before.index(product)
    return Slot(product, title) if was == place else Slot(product, title, remark=f"was {was + 1}")
