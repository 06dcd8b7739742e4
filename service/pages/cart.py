"""The demonstration shop's cart. It is kept nowhere else than in the events that it reports."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

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
from service.pages.demo_gate import demo_snapshot, not_found
from service.pages.security import add_headers
from service.pages.shelves import shelf_of
from service.pages.shopper import Shopper, keep_cookie, may_post, report, shopper_of_request
from service.recommendations import Recommendations
from service.snapshot import Snapshot

blueprint = Blueprint("cart", __name__)
blueprint.after_request(add_headers)
blueprint.register_error_handler(404, not_found)


@blueprint.get("/demo/cart")
def cart() -> Response:
    """What is in the cart, and what goes with it."""
    service = _service()
    snapshot = demo_snapshot(service)
    return _page(service, snapshot, shopper_of_request(service, snapshot))


@blueprint.post("/demo/cart")
def change() -> AnyResponse:
    """Put a product into the cart, take it out, or buy all that is in it; then show the cart."""
    service = _service()
    snapshot = demo_snapshot(service)
    shopper = shopper_of_request(service, snapshot)
    if not may_post(shopper):
        return _page(service, snapshot, shopper, "Please try again: the form was of an earlier visit.", 400)
    bought = None
    try:
        if request.form.get("action") == "buy":
            bought = _buy(service, snapshot, shopper)
        else:
            _put_or_take(snapshot, shopper)
    except RedisError:
        return _page(service, snapshot, shopper, "The store cannot be reached: nothing has changed.", 503)
    return redirect(url_for("cart.cart", visitor_id=shopper.id, bought=bought), 303)


def _put_or_take(snapshot: Snapshot, shopper: Shopper) -> None:
    types = {"add": "add_to_cart", "remove": "remove_from_cart"}
    type = types.get(request.form.get("action", ""))
    product_id = request.form.get("product_id", "")
    if type is None or not snapshot.knows_product(product_id):
        abort(404)
    report(shopper, type, [product_id])


def _buy(service: Recommendations, snapshot: Snapshot, shopper: Shopper) -> int:
    """How many products were bought: all of the cart, as one order."""
    product_ids = _known(snapshot, shopper.state.cart)
    records = records_of(service, snapshot, product_ids)
    prices = {product_id: record.get("price") for product_id, record in records.items()}
    if product_ids:
        report(shopper, "purchase", product_ids, order_id=f"demo-{secrets.token_hex(8)}", prices=prices)
    return len(product_ids)


def _page(
    service: Recommendations,
    snapshot: Snapshot,
    shopper: Shopper,
    fault: str | None = None,
    status: int = 200,
) -> Response:
    product_ids = _known(snapshot, shopper.state.cart)
    bought = request.args.get("bought", "")
    page = render_template(
        "storefront/cart.html",
        visitor=shopper,
        fault=fault,
        bought=int(bought) if re.fullmatch("[0-9]{1,4}", bought) else None,
        cards=product_cards(service, snapshot, product_ids),
        together=shelf_of(service, snapshot, "bought_together", shopper, product_ids)
        if product_ids
        else None,
        store_up=service.follower.store_up,
    )
    return keep_cookie(make_response(page, status), shopper)


def _known(snapshot: Snapshot, product_ids: Sequence[str]) -> list[str]:
    return [product_id for product_id in product_ids if snapshot.knows_product(product_id)]


def _service() -> Recommendations:
    return current_app.extensions["recommendations"]
