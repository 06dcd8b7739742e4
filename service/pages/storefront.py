"""The demonstration shop at `/`: each placement as a shelf of products, for whichever household is chosen.

Open to all, and therefore closed as soon as the live version is not marked as a demonstration: a real
shop's customers and products are not to be seen without a key.
"""

from __future__ import annotations

from dataclasses import dataclass

import marshmallow as ma
from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from service.api.parameters import Text
from service.metrics import count_answer
from service.pages import wording
from service.pages.cards import Card, card_of, cards_of, records_of
from service.pages.households import MAX_FOUND, Households
from service.pages.placeholder import placeholder_svg
from service.pages.security import add_headers
from service.query import Query
from service.recommendations import Recommendations
from service.snapshot import Snapshot

HOME_SHELVES = ("for_you", "discover", "buy_it_again", "trending", "new_arrivals")
PRODUCT_SHELVES = ("similar_items", "bought_together")
SHELF_LENGTH = 12
PICTURE_SECONDS = 30 * 86_400

INTRODUCTIONS = {
    "for_you": "What this household is likely to put in its basket next.",
    "buy_it_again": "What this household buys again and again.",
    "discover": "In the taste of this household, and new to it.",
    "trending": "Sold more than usual lately.",
    "new_arrivals": "The latest on the shelves.",
}

blueprint = Blueprint("storefront", __name__)
blueprint.after_request(add_headers)


@dataclass(frozen=True)
class Shelf:
    """One placement's answer.

    Attributes:
        note: in words, why these are not the placement's own products; None where they are.
        fallback: its code.
    """

    name: str
    title: str
    introduction: str | None
    note: str | None
    fallback: str | None
    cards: list[Card]


@dataclass(frozen=True)
class Visitor:
    """Whom the page is for.

    Attributes:
        id: None for an anonymous visitor.
        fault: why the id that was asked for cannot be used; then `id` is None.
        bought: number of different products bought; None where that is not known.
    """

    id: str | None
    fault: str | None = None
    bought: int | None = None


@blueprint.get("/")
def home() -> Response | str:
    """The shop while a demonstration is live, else a page that says what is."""
    service = _service()
    snapshot = service.follower.snapshot
    if not _is_demo(snapshot):
        live = snapshot.meta.info if snapshot.meta else None
        return render_template("landing.html", live=live, store_up=service.follower.store_up)
    known = _households(service, snapshot)
    visitor = _visitor(service, snapshot)
    shelves = [_shelf(service, snapshot, name, visitor) for name in HOME_SHELVES]
    found = known.beginning_with(visitor.id) if visitor.id and visitor.bought is None else []
    page = render_template(
        "storefront/home.html",
        visitor=visitor,
        shelves=shelves,
        examples=known.examples(),
        found=found[:MAX_FOUND],
        store_up=service.follower.store_up,
    )
    return make_response(page, 422 if visitor.fault else 200)


@blueprint.get("/product/<path:product_id>", merge_slashes=False)
def product(product_id: str) -> str:
    """One product of the demonstration shop, with what is similar and what goes with it."""
    service = _service()
    snapshot = _demo_snapshot(service)
    if not snapshot.knows_product(product_id):
        abort(404)
    visitor = _visitor(service, snapshot)
    return render_template(
        "storefront/product.html",
        visitor=visitor,
        card=card_of(service, snapshot, product_id),
        shelves=[_shelf(service, snapshot, name, visitor, product_id) for name in PRODUCT_SHELVES],
        store_up=service.follower.store_up,
    )


@blueprint.get("/demo/households")
def all_households() -> str:
    """The households of the demonstration shop, searched by the beginning of their id."""
    service = _service()
    snapshot = _demo_snapshot(service)
    known = _households(service, snapshot)
    start = request.args.get("q", "").strip()
    found = known.beginning_with(start)
    return render_template(
        "storefront/households.html",
        visitor=Visitor(None),
        start=start,
        found=[(customer_id, known.bought[customer_id]) for customer_id in found[:MAX_FOUND]],
        more=max(0, len(found) - MAX_FOUND),
        store_up=service.follower.store_up,
    )


@blueprint.get("/demo/placeholder/<path:product_id>.svg", merge_slashes=False)
def placeholder(product_id: str) -> Response:
    """A drawn picture of a product; the catalogue of the demonstration shop names it as its image."""
    service = _service()
    snapshot = _demo_snapshot(service)
    if not snapshot.knows_product(product_id):
        abort(404)
    record = records_of(service, snapshot, [product_id]).get(product_id, {})
    response = Response(placeholder_svg(product_id, record), content_type="image/svg+xml; charset=utf-8")
    # A product without a record now may have one once the store is back.
    response.headers["Cache-Control"] = f"public, max-age={PICTURE_SECONDS}" if record else "no-cache"
    return response


@blueprint.get("/favicon.ico")
def favicon() -> AnyResponse:
    """What browsers ask for by themselves, on every address that is no page of ours, such as /readyz."""
    return redirect(url_for("static", filename="icon.svg"))


@blueprint.errorhandler(404)
def not_found(error: NotFound) -> Response:
    """A page for people, in place of the API's problem details."""
    del error
    demo = _is_demo(_service().follower.snapshot)
    return make_response(render_template("not_found.html", demo=demo), 404)


def _demo_snapshot(service: Recommendations) -> Snapshot:
    snapshot = service.follower.snapshot
    if not _is_demo(snapshot):
        abort(404)
    return snapshot


def _is_demo(snapshot: Snapshot) -> bool:
    return snapshot.meta is not None and snapshot.meta.info.demo


def _visitor(service: Recommendations, snapshot: Snapshot) -> Visitor:
    asked = request.args.get("visitor_id", "").strip()
    if not asked:
        return Visitor(None)
    try:
        visitor_id = Text().deserialize(asked)
    except ma.ValidationError as error:
        return Visitor(None, fault=" ".join(error.messages))
    return Visitor(visitor_id, bought=_households(service, snapshot).bought.get(visitor_id))


def _shelf(
    service: Recommendations, snapshot: Snapshot, name: str, visitor: Visitor, product_id: str | None = None
) -> Shelf:
    query = Query(
        placement=name,
        visitor_id=visitor.id,
        customer_id=visitor.id,
        limit=SHELF_LENGTH,
        product_ids=() if product_id is None else (product_id,),
        include_product=True,
    )
    answer = service.answer(query)
    if answer["model_version"] != snapshot.version:
        # A version was published meanwhile; it may be a real shop's, which nobody may see here.
        abort(redirect(url_for("storefront.home")))
    fallback = answer["fallback"]
    count_answer(name, fallback)
    return Shelf(
        name=name,
        title=wording.list_title(name),
        introduction=INTRODUCTIONS.get(name),
        note=wording.FALLBACKS.get(fallback) if fallback else None,
        fallback=fallback,
        cards=cards_of(service, snapshot, answer["items"]),
    )


def _households(service: Recommendations, snapshot: Snapshot) -> Households:
    return current_app.extensions["households"].of(service, snapshot)


def _service() -> Recommendations:
    return current_app.extensions["recommendations"]
