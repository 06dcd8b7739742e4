"""The console at `/admin/`: the preview with its trace, and what is published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, make_response, render_template, request
from flask import Response as FlaskResponse
from redis import RedisError

from service.pages import wording
from service.pages.cards import cards_of
from service.pages.preview_form import PreviewForm, read_preview_form
from service.pages.security import add_headers
from service.pages.sign_in import signed_in
from service.pages.trace_view import TraceView
from service.recommendations import Recommendations
from service.snapshot import Snapshot
from service.store.versions import VersionInfo, list_versions

COUNTED = ("orders", "customers", "products", "interactions")
BASELINE = "most_bought"
METRIC_NAMES = ("ndcg@10", "recall@10")
MAX_CATEGORIES = 300

blueprint = Blueprint("console", __name__, url_prefix="/admin")
blueprint.after_request(add_headers)


@dataclass(frozen=True)
class Figure:
    """One metric of the live version's model, and of the list everybody could make where that is another."""

    name: str
    value: float
    most_bought: float | None

    @property
    def gain(self) -> float | None:
        """How much better the model is, in percent; None where there is nothing to compare with."""
        return 100 * (self.value / self.most_bought - 1) if self.most_bought else None


@blueprint.get("/")
@signed_in
def preview(role: str) -> FlaskResponse:
    """The form, and once it was sent, the answer with its trace."""
    service = _service()
    snapshot = service.follower.snapshot
    form = read_preview_form(request.query_string)
    page = render_template(
        "console/preview.html",
        role=role,
        form=form,
        placements={name: wording.list_title(name) for name in service.placements},
        categories=snapshot.categories.paths[1 : MAX_CATEGORIES + 1] if snapshot.categories else [],
        answer=_answer(service, snapshot, form),
        live=snapshot.meta.info if snapshot.meta else None,
        figures=_figures(snapshot.meta.info) if snapshot.meta else [],
        store_up=service.follower.store_up,
    )
    return _unstored(page, 422 if form.faults else 200)


@blueprint.get("/versions")
@signed_in
def versions(role: str) -> FlaskResponse:
    """The live version's figures; for admins also all versions, as in the API."""
    service = _service()
    meta = service.follower.snapshot.meta
    info = meta.info if meta else None
    page = render_template(
        "console/versions.html",
        role=role,
        live=info,
        counts={name: info.counts[name] for name in COUNTED if name in info.counts} if info else {},
        figures=_figures(info) if info else [],
        versions=_versions(service) if role == "admin" else None,
        store_up=service.follower.store_up,
    )
    return _unstored(page, 200)


def _answer(service: Recommendations, snapshot: Snapshot, form: PreviewForm) -> dict[str, Any] | None:
    if form.query is None:
        return None
    answer = form.query.answered(service)
    trace = TraceView(service, snapshot, answer)
    fallback = answer["fallback"]
    return {
        "cards": cards_of(service, snapshot, answer["items"]),
        "fallback": fallback,
        "fallback_text": wording.FALLBACKS.get(fallback, fallback) if fallback else None,
        "placement": wording.list_title(form.query.query.placement),
        "model_version": answer["model_version"],
        "customer_id": answer["trace"]["customer_id"],
        "sources": trace.sources,
        "dropped": trace.dropped,
        "rules": trace.rules,
    }


def _versions(service: Recommendations) -> list[VersionInfo]:
    if not service.follower.store_up:
        return []
    try:
        return list_versions(service.client, service.keys)
    except RedisError as error:
        service.follower.failed(error)
        return []


def _figures(info: VersionInfo) -> list[Figure]:
    """Those that were measured: a first version of a small shop may have none."""
    own, most_bought = (info.metrics.get(model, {}).get("all", {}) for model in (info.model, BASELINE))
    return [
        Figure(name, own[name], None if info.model == BASELINE else most_bought[name])
        for name in METRIC_NAMES
        if name in own and name in most_bought
    ]


def _unstored(page: str, status: int) -> FlaskResponse:
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _service() -> Recommendations:
    return current_app.extensions["recommendations"]
