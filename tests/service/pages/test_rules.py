"""The console's pages on rules, without JavaScript: forms in, pages out."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import redis
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.pages import rule_editor
from service.store.api_keys import create_key
from service.store.keys import Keys
from service.store.rule_revisions import publish_draft, rule_revision, rule_state, save_draft
from tests.published import publish
from tests.service.pages.conftest import sign_in, token_in
from tests.waiting import wait_until

HOME = "/admin/rules/"
HIDE_P0 = {"type": "exclude", "name": "No more p0", "products.product_ids": "p0", "enabled": "on"}
KEYS = Keys()


@pytest.fixture
def console(store: redis.Redis, visitor: FlaskClient) -> FlaskClient:
    """A signed-in admin, with the tiny shop live."""
    publish(store)
    sign_in(visitor)
    return visitor


def plain(response: TestResponse) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.text)))


def post(client: FlaskClient, path: str, store: redis.Redis, **fields: Any) -> TestResponse:
    """Fill in a form of the rules' page and send it."""
    hidden = {"csrf_token": token_in(client.get(HOME)), "edition": rule_state(store, KEYS).edition}
    return client.post(f"/admin/rules/{path}", data=hidden | fields, follow_redirects=True)


def draft(store: redis.Redis) -> list[Any]:
    state = rule_state(store, KEYS)
    return list(state.draft.rules) if state.draft else []


def test_before_any_rule_the_page_says_what_to_do(console: FlaskClient):
    page = plain(console.get(HOME))
    assert "No rules are live yet" in page
    assert "Hide products" in page


def test_strangers_get_the_sign_in_page(shop: FlaskClient):
    for path in ("", "rule", "try", "revisions/1"):
        assert "Sign in" in shop.get(f"/admin/rules/{path}").text


def test_from_the_form_to_a_live_rule_and_back(console: FlaskClient, store: redis.Redis):
    assert "Hide products" in console.get("/admin/rules/rule?type=exclude").text
    saved = plain(post(console, "rule", store, **HIDE_P0))
    assert "No more p0 is in the draft" in saved
    assert "Hides Product 0 (p0)" in saved
    assert "new" in saved
    assert draft(store) == [
        {
            "id": "no-more-p0", "type": "exclude", "name": "No more p0", "enabled": True,
            "products": {"product_ids": ["p0"]},
        }
    ]  # fmt: skip
    published = plain(post(console, "publish", store, note="A recall"))
    assert "Revision 1 is live" in published
    assert "A recall" in published
    assert rule_revision(store, KEYS, 1).author == "admin (RECS_ADMIN_KEY)"
    service = console.application.extensions["recommendations"]
    wait_until(lambda: service.follower.rules.revision == 1, "the rules are live")

    first = plain(console.get("/admin/rules/revisions/1"))
    assert "This revision is live" in first
    assert "no such revision" in plain(console.get("/admin/rules/revisions/9"))
    assert "Make revision 0 live again" in plain(console.get("/admin/rules/revisions/0"))
    back = plain(post(console, "revert", store, revision="0", note=""))
    assert "Revision 2, with the rules of revision 0, is live" in back
    assert rule_revision(store, KEYS, 2).note == "Back to revision 0"


def test_a_key_of_the_store_signs_with_its_id(shop: FlaskClient, store: redis.Redis):
    key, secret = create_key(store, KEYS, "merchandiser")
    sign_in(shop, secret)
    post(shop, "rule", store, **HIDE_P0)
    assert rule_state(store, KEYS).draft.author == f"merchandiser {key.id}"


@pytest.mark.parametrize(
    "fields, member",
    [
        ({"type": "boost", "products.brands": "Acme", "factor": "0.5"}, "factor"),
        ({"type": "boost", "products.brands": "Acme", "factor": "much"}, "factor"),
        ({"type": "exclude"}, "products"),
        ({"type": "pin", "product_id": "p1", "slot": "0"}, "slot"),
        ({"type": "pin", "product_id": "p1", "slot": "1.5"}, "slot"),
        ({"type": "pin", "product_id": "p1", "slot": "1_0"}, "slot"),
        ({"type": "boost", "products.brands": "Acme", "factor": "1_0"}, "factor"),
        ({"type": "price_band", "price_min": "5", "price_max": "4"}, "price_min"),
        ({"type": "in_stock", "from": "2026-11-27T00:00", "zone": "Mars"}, "zone"),
        (
            {"type": "in_stock", "until": "2026-11-27T00:00", "from": "2026-11-27T00:00", "zone": "UTC"},
            "until",
        ),
        ({"type": "in_stock", "placements": "nowhere"}, "placements"),
    ],
)
def test_faults_stand_at_their_fields_with_what_was_typed(
    console: FlaskClient, store: redis.Redis, fields: dict[str, str], member: str
):
    response = post(console, "rule", store, name="Mine", **fields)
    assert response.status_code == 422
    assert 'class="field-fault"' in response.text
    assert f'id="{member}-fault"' in response.text or member in ("products", "placements")
    assert 'value="Mine"' in response.text
    assert draft(store) == []


def test_a_contradiction_is_told_at_the_rule(console: FlaskClient, store: redis.Redis):
    post(console, "rule", store, **HIDE_P0)
    response = post(console, "rule", store, type="pin", product_id="p0", slot="1", enabled="on")
    assert response.status_code == 422
    assert 'id="product_id-fault"' in response.text
    assert "excludes p0" in plain(response)
    assert len(draft(store)) == 1
    post(console, "rule", store, type="pin", product_id="p1", slot="1", enabled="on")
    other_way_round = post(
        console, "rule", store, type="exclude", enabled="on", **{"products.product_ids": "p1"}
    )
    assert other_way_round.status_code == 422
    assert "excludes p1" in plain(other_way_round)
    assert len(draft(store)) == 2


def test_a_warning_is_shown_and_the_rule_is_saved(console: FlaskClient, store: redis.Redis):
    page = plain(post(console, "rule", store, **HIDE_P0 | {"products.product_ids": "p0\r\nnope"}))
    assert "Not in the live catalogue, and passed over: nope" in page
    assert draft(store)[0]["products"]["product_ids"] == ["p0", "nope"]


def test_a_rule_is_edited_switched_and_removed(console: FlaskClient, store: redis.Redis):
    rule = {
        "type": "cap", "name": "Not three teas", "most": "2", "enabled": "on", "per": "category",
        "depth": "2", "products.categories": "Drinks>Tea", "placements": ["for_you", "trending"],
        "segments": "anonymous", "from": "2026-11-27T09:00", "zone": "Europe/Berlin",
        "context_category": "Bakery",
    }  # fmt: skip
    shown = plain(post(console, "rule", store, **rule))
    assert "At most 2 of one category (2 levels), among products in Drinks > Tea" in shown
    assert "For you, Trending now, for anonymous visitors, beside Bakery" in shown
    assert "from 27 November 2026, 09:00 Europe/Berlin" in shown
    before = draft(store)
    form = console.get("/admin/rules/rule?id=not-three-teas").text
    again = dict(re.findall(r'<input id="([^"]+)"[^>]*? value="([^"]*)"', form))
    assert (again["most"], again["depth"], again["from"], again["zone"]) == (
        "2", "2", "2026-11-27T09:00", "Europe/Berlin",
    )  # fmt: skip
    assert len(re.findall(r'type="checkbox"[^>]* checked', form)) == 4
    post(console, "rule", store, **rule | {"id": "not-three-teas"})
    assert draft(store) == before
    switched = plain(post(console, "rule/switch", store, id="not-three-teas"))
    assert "Switch on Not three teas" in switched
    assert draft(store)[0]["enabled"] is False
    post(console, "rule/remove", store, id="not-three-teas")
    assert draft(store) == []


def test_an_offset_is_shown_as_utc(console: FlaskClient, store: redis.Redis):
    rule = {"id": "a", "type": "in_stock", "from": "2026-11-27T00:30+01:00"}
    save_draft(store, KEYS, 0, [rule], "tests")
    form = console.get("/admin/rules/rule?id=a").text
    assert 'value="2026-11-26T23:30"' in form
    assert "from 27 November 2026, 00:30 +01:00" in plain(console.get(HOME))


def test_work_on_an_old_page_overwrites_nothing(console: FlaskClient, store: redis.Redis):
    post(console, "rule", store, **HIDE_P0)
    stale = {"edition": "0"}
    kept = post(console, "rule", store, **HIDE_P0 | {"name": "Another"} | stale)
    assert kept.status_code == 409
    assert 'value="Another"' in kept.text
    for path in ("publish", "discard", "revert", "rule/switch", "rule/remove"):
        page = post(console, path, store, note="n", id="no-more-p0", revision="0", **stale)
        assert "Somebody else has changed the rules" in page.text, path
    assert len(draft(store)) == 1


def test_publishing_takes_a_note_and_a_draft(console: FlaskClient, store: redis.Redis):
    assert "There is no draft" in post(console, "publish", store, note="n").text
    post(console, "rule", store, **HIDE_P0)
    assert "Say in the note" in post(console, "publish", store, note=" ").text
    assert rule_state(store, KEYS).live == 0
    post(console, "discard", store)
    assert draft(store) == []


def test_a_draft_that_others_overtook_says_so(console: FlaskClient, store: redis.Redis):
    save_draft(store, KEYS, 0, [], "a")
    publish_draft(store, KEYS, 1, "", "a")
    post(console, "rule", store, **HIDE_P0)
    post(console, "revert", store, revision="0", note="n")
    assert "Revision 2 went live after this draft was saved" in plain(console.get(HOME))
    assert "Somebody else" in post(console, "publish", store, note="n").text


def test_forged_posts_are_refused(console: FlaskClient, store: redis.Redis):
    for path in ("publish", "discard", "revert", "rule", "rule/switch", "rule/remove"):
        assert console.post(f"/admin/rules/{path}", data={"edition": "0"}).status_code == 400
    assert rule_state(store, KEYS).edition == 0


def test_the_dry_run_is_a_table(console: FlaskClient, store: redis.Redis):
    assert "There is no draft" in plain(console.get("/admin/rules/try"))
    post(console, "rule", store, **HIDE_P0)
    response = console.get("/admin/rules/try", query_string={"visitors": "ben\nanna", "placement": "for_you"})
    page = plain(response)
    assert "2 of 2 lists would change" in page
    assert "Product 0 p0 hidden by a rule" in page
    assert response.text.count("slot-vanished") == 2
    wrong = console.get("/admin/rules/try", query_string={"at": "tomorrow"})
    assert wrong.status_code == 422
    later = console.get("/admin/rules/try", query_string={"at": "2030-01-01T00:00"})
    assert later.status_code == 200


def test_without_the_store_the_page_says_so(console: FlaskClient, valkey_server):
    valkey_server.pause()
    try:
        response = console.get(HOME)
    finally:
        valkey_server.resume()
    assert response.status_code == 503
    assert "cannot be read or changed while the store is away" in plain(response)


def test_a_placement_that_is_gone_does_not_vanish_from_the_form(console: FlaskClient, store: redis.Redis):
    save_draft(store, KEYS, 0, [{"id": "a", "type": "in_stock", "placements": ["gone"]}], "tests")
    assert re.search(r'value="gone" checked', console.get("/admin/rules/rule?id=a").text)


def test_there_is_room_for_so_many_rules(
    console: FlaskClient, store: redis.Redis, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rule_editor, "MAX_RULES", 1)
    post(console, "rule", store, **HIDE_P0)
    assert "There can be 1 rules" in post(console, "rule", store, **HIDE_P0).text
    assert len(draft(store)) == 1
