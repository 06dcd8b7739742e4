"""The demonstration shop at `/`: each placement as a shelf of products, for whoever shops.

Open to all, and therefore closed as soon as the live version is not marked as a demonstration.
"""

from __future__ import annotations

import structlog
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
from redis import RedisError
from werkzeug.wrappers import Response as AnyResponse

from service.pages.cards import product_cards, records_of
from service.pages.demo_gate import demo_snapshot, is_demo, not_found
from service.pages.households import MAX_FOUND
from service.pages.placeholder import placeholder_svg
from service.pages.security import add_headers
from service.pages.shelves import shelf_of, viewed_shelf
from service.pages.shopper import households, keep_cookie, report, shopper_of_request
from service.recommendations import Recommendations

HOME_SHELVES = ("for_you", "discover", "buy_it_again", "trending", "new_arrivals")
PRODUCT_SHELVES = ("similar_items", "bought_together")
PICTURE_SECONDS = 30 * 86_400

log = structlog.get_logger()

blueprint = Blueprint("storefront", __name__)
blueprint.after_request(add_headers)
blueprint.register_error_handler(404, not_found)


@blueprint.get("/")
def home() -> Response | str:
    """The shop while a demonstration is live, else a page that says what is."""
    service = _service()
    snapshot = service.follower.snapshot
    if not is_demo(snapshot):
        live = snapshot.meta.info if snapshot.meta else None
        return render_template("landing.html", live=live, store_up=service.follower.store_up)
    known = households(service, snapshot)
    shopper = shopper_of_request(service, snapshot)
    found = known.beginning_with(shopper.id) if shopper.id and shopper.bought is None else []
    page = render_template(
        "storefront/home.html",
        visitor=shopper,
        shelves=[shelf_of(service, snapshot, name, shopper) for name in HOME_SHELVES],
        viewed=viewed_shelf(service, snapshot, shopper),
        examples=known.examples(),
        found=found[:MAX_FOUND],
        store_up=service.follower.store_up,
    )
    return make_response(page, 422 if shopper.fault else 200)


@blueprint.get("/product/<path:product_id>", merge_slashes=False)
def product(product_id: str) -> Response:
    """One product of the demonstration shop, with what is similar and what goes with it; a view of it."""
    service = _service()
    snapshot = demo_snapshot(service)
    if not snapshot.knows_product(product_id):
        abort(404)
    shopper = shopper_of_request(service, snapshot)
    try:
        report(shopper, "view", [product_id])
    except RedisError as error:
        # The page can do without; that the store is away stands above it.
        log.info("view_not_recorded", error=type(error).__name__)
    page = render_template(
        "storefront/product.html",
        visitor=shopper,
        card=product_cards(service, snapshot, [product_id])[0],
        shelves=[shelf_of(service, snapshot, name, shopper, [product_id]) for name in PRODUCT_SHELVES],
        store_up=service.follower.store_up,
    )
    return keep_cookie(make_response(page), shopper)


@blueprint.get("/demo/households")
def all_households() -> str:
    """The households of the demonstration shop, searched by the beginning of their id."""
    service = _service()
    snapshot = demo_snapshot(service)
    known = households(service, snapshot)
    start = request.args.get("q", "").strip()
    found = known.beginning_with(start)
    return render_template(
        "storefront/households.html",
        visitor=shopper_of_request(service, snapshot),
        start=start,
        found=[(customer_id, known.bought[customer_id]) for customer_id in found[:MAX_FOUND]],
        more=max(0, len(found) - MAX_FOUND),
        store_up=service.follower.store_up,
    )


@blueprint.get("/demo/placeholder/<path:product_id>.svg", merge_slashes=False)
def placeholder(product_id: str) -> Response:
    """A drawn picture of a product; the catalogue of the demonstration shop names it as its image."""
    service = _service()
    snapshot = demo_snapshot(service)
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


def _service() -> Recommendations:
    return current_app.extensions["recommendations"]
