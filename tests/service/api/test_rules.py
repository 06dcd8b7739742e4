"""The life of a rule over HTTP: draft, checks, publication, effect, going back, history, dry run."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from service.store.api_keys import create_key
from service.store.keys import Keys
from service.store.rule_revisions import save_draft
from tests.service.conftest import MakeClient
from tests.waiting import wait_until

BASE = "/v1/admin/rules"
NO_P0 = {"id": "no-p0", "type": "exclude", "products": {"product_ids": ["p0"]}}


def save(client: FlaskClient, *rules: dict[str, Any], edition: int | None = None) -> dict[str, Any]:
    if edition is None:
        edition = client.get(f"{BASE}/draft").get_json()["edition"]
    return client.put(f"{BASE}/draft", json={"edition": edition, "rules": list(rules)}).get_json()


def publish(client: FlaskClient, *rules: dict[str, Any], note: str = "why") -> dict[str, Any]:
    edition = save(client, *rules)["edition"]
    response = client.post(f"{BASE}/publish", json={"edition": edition, "note": note})
    assert response.status_code == 200, response.text
    return response.get_json()


def listed(client: FlaskClient, visitor: str = "ben") -> list[str]:
    answer = client.get(f"/v1/recommendations?visitor_id={visitor}").get_json()
    return [item["product_id"] for item in answer["items"]]


def test_before_any_rules(client: FlaskClient):
    live = client.get(BASE).get_json()
    assert (live["revision"], live["rules"], live["draft"], live["edition"]) == (0, [], False, 0)
    draft = client.get(f"{BASE}/draft").get_json()
    assert (draft["rules"], draft["saved"], draft["warnings"]) == ([], False, [])


def test_a_published_rule_changes_answers_and_a_draft_does_not(client: FlaskClient):
    assert listed(client)[0] == "p0"
    saved = save(client, NO_P0)
    assert (saved["saved"], saved["live"], saved["rules"]) == (True, 0, [NO_P0])
    assert listed(client)[0] == "p0"
    made = client.post(f"{BASE}/publish", json={"edition": saved["edition"], "note": "Recall"}).get_json()
    assert (made["revision"], made["note"], made["author"]) == (1, "Recall", "admin (RECS_ADMIN_KEY)")
    wait_until(lambda: "p0" not in listed(client), "p0 is hidden")
    assert client.get(BASE).get_json()["rules"] == [NO_P0]
    assert client.get(f"{BASE}/draft").get_json()["saved"] is False


def test_going_back_takes_the_effect_back(client: FlaskClient):
    publish(client, NO_P0)
    wait_until(lambda: "p0" not in listed(client), "p0 is hidden")
    edition = client.get(BASE).get_json()["edition"]
    body = {"edition": edition, "revision": 0, "note": "p0 is safe"}
    made = client.post(f"{BASE}/revert", json=body).get_json()
    assert (made["revision"], made["copy_of"], made["rules"]) == (2, 0, [])
    wait_until(lambda: listed(client)[0] == "p0", "p0 is shown again")


def test_the_author_is_the_key(client: FlaskClient, store):
    key, secret = create_key(store, Keys(), "merchandiser")
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    assert publish(client, NO_P0)["author"] == f"merchandiser {key.id}"


def test_the_history_is_paged(client: FlaskClient):
    for number in range(1, 4):
        publish(client, NO_P0, note=f"number {number}")
    page = client.get(f"{BASE}/revisions?limit=2").get_json()["revisions"]
    assert [(one["revision"], one["note"], one["rules"]) for one in page] == [
        (3, "number 3", 1),
        (2, "number 2", 1),
    ]
    assert [one["revision"] for one in client.get(f"{BASE}/revisions?before=2").get_json()["revisions"]] == [
        1
    ]
    assert client.get(f"{BASE}/revisions/2").get_json()["rules"] == [NO_P0]
    assert client.get(f"{BASE}/revisions/9").status_code == 404
    assert client.get(f"{BASE}/revisions?before=x").status_code == 422


@pytest.mark.parametrize(
    "method, path, body",
    [
        ("PUT", "draft", {"rules": []}),
        ("DELETE", "draft", {}),
        ("POST", "publish", {"note": "n"}),
        ("POST", "revert", {"revision": 0, "note": "n"}),
    ],
)
def test_a_stale_edition_is_a_conflict(client: FlaskClient, method: str, path: str, body: dict[str, Any]):
    state = save(client, NO_P0)
    response = client.open(f"{BASE}/{path}", method=method, json={"edition": 0} | body)
    assert response.status_code == 409
    assert response.content_type == "application/problem+json"
    assert client.get(f"{BASE}/draft").get_json()["edition"] == state["edition"]


def test_publishing_without_a_draft_is_a_conflict(client: FlaskClient):
    assert client.post(f"{BASE}/publish", json={"edition": 0, "note": "n"}).status_code == 409


def test_a_discarded_draft_is_gone(client: FlaskClient):
    edition = save(client, NO_P0)["edition"]
    assert client.delete(f"{BASE}/draft", json={"edition": edition}).status_code == 204
    assert client.get(f"{BASE}/draft").get_json()["rules"] == []


def test_faults_and_contradictions_are_named(client: FlaskClient):
    wrong = save(client, NO_P0, {"id": "b", "type": "boost", "products": {"brands": ["Acme"]}, "factor": 0.5})
    assert (wrong["status"], wrong["errors"][0]["name"]) == (422, "rules[1].factor")
    pinned = save(client, NO_P0, {"id": "pin", "type": "pin", "product_id": "p0", "slot": 1})
    assert (pinned["status"], pinned["errors"][0]["name"]) == (422, "rules[1].product_id")
    assert "no-p0" in pinned["errors"][0]["detail"]
    nowhere = save(client, NO_P0 | {"placements": ["nowhere"]})
    assert nowhere["errors"][0]["name"] == "rules[0].placements"
    assert client.get(f"{BASE}/draft").get_json()["saved"] is False


def test_what_looks_unintended_is_saved_with_a_warning(client: FlaskClient):
    warned = save(client, {"id": "typo", "type": "exclude", "products": {"product_ids": ["p0", "p00"]}})
    (warning,) = warned["warnings"]
    assert (warning["rule"], warning["name"]) == ("typo", "rules[0].products.product_ids")
    assert "p00" in warning["detail"]


@pytest.mark.parametrize(
    "body, status",
    [
        ("{", 400),
        ("[" * 100_000, 400),
        ("[]", 422),
        ('{"edition": 0}', 422),
        ('{"rules": [], "edition": true}', 422),
    ],
)
def test_bad_bodies(client: FlaskClient, body: str, status: int):
    response = client.put(f"{BASE}/draft", data=body, content_type="application/json")
    assert response.status_code == status
    assert response.content_type == "application/problem+json"


def test_rules_are_not_for_storefronts(client: FlaskClient, store):
    _, secret = create_key(store, Keys(), "storefront")
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    for path in ("", "/draft", "/revisions"):
        assert client.get(BASE + path).status_code == 403


def test_without_the_store_rules_say_so(make_client: MakeClient, tmp_path):
    client = make_client(redis_url=f"unix://{tmp_path}/none.sock")
    response = client.get(BASE)
    assert response.status_code == 503
    assert response.headers["Retry-After"]


def test_a_dry_run_shows_before_and_after(client: FlaskClient):
    save(client, NO_P0, {"id": "two", "type": "include", "products": {"product_ids": ["p0", "p1", "p2"]}})
    body = {"placement": "for_you", "visitors": ["ben"], "limit": 3}
    found = client.post(f"{BASE}/dry-run", json=body).get_json()
    (ben,) = found["visitors"]
    assert ben["before"] == ["p0", "p1", "p2"]
    assert ben["after"] == ["p1", "p2"]
    assert ben["vanished"] == {"p0": "rule"}
    assert found["empty_slots"] == {"before": 0, "after": 1}
    assert found["vanished"] == [{"product_id": "p0", "lists": 1}]
    assert (found["lists"], found["changed"]) == (1, 1)
    assert listed(client)[0] == "p0"


def test_a_dry_run_of_a_sample_and_of_another_time(client: FlaskClient):
    save(client, NO_P0 | {"from": "2030-01-01T00:00Z"})
    now = client.post(f"{BASE}/dry-run", json={"sample": 3}).get_json()
    assert (now["lists"], now["changed"]) == (3, 0)
    assert now["visitors"][0]["visitor_id"] is None
    then = client.post(f"{BASE}/dry-run", json={"sample": 3, "at": "2030-01-01T00:00+00:00"}).get_json()
    assert {"product_id": "p0", "lists": then["changed"]} in then["vanished"]


def test_a_dry_run_of_a_product_page_takes_a_popular_product(client: FlaskClient):
    save(client, NO_P0)
    found = client.post(f"{BASE}/dry-run", json={"placement": "similar_items", "sample": 2}).get_json()
    assert [one["product_ids"] for one in found["visitors"]] == [["p0"], ["p1"]]
    assert client.post(f"{BASE}/dry-run", json={"placement": "nowhere"}).status_code == 422
    assert client.post(f"{BASE}/dry-run", json={"at": "tomorrow"}).status_code == 422


def test_the_preview_answers_by_the_draft_and_as_of_another_time(client: FlaskClient):
    save(client, NO_P0 | {"from": "2030-01-01T00:00Z"})
    asked = "/v1/admin/preview?visitor_id=ben&limit=2"

    def previewed(query: str) -> list[str]:
        return [item["product_id"] for item in client.get(asked + query).get_json()["items"]]

    assert previewed("") == previewed("&rules=draft") == ["p0", "p1"]
    assert previewed("&at=2030-01-01T00:00Z") == ["p0", "p1"]
    assert previewed("&rules=draft&at=2030-01-01T01:00%2B01:00") == ["p1", "p2"]
    assert previewed("&rules=draft&at=2030-01-01T01:00+01:00") == ["p1", "p2"]
    trace = client.get(f"{asked}&rules=draft&at=2030-01-01T00:00Z").get_json()["trace"]
    assert trace["rules"] == [{"product_id": "p0", "rule": "no-p0", "name": "", "effect": "hidden: excluded"}]
    for wrong in ("at=tomorrow", "at=2030-01-01T00:00", "rules=old", "rules=", "at=2030-01-01T00:00Z&at=x"):
        assert client.get(f"{asked}&{wrong}").status_code == 422, wrong


def test_another_process_follows(client: FlaskClient, make_client: MakeClient, store_url: str):
    other = make_client(redis_url=store_url)
    assert listed(other)[0] == "p0"
    publish(client, NO_P0)
    wait_until(lambda: "p0" not in listed(other), "the other process hides p0")


def test_the_openapi_document_tells_what_is_sent_and_answered(client: FlaskClient):
    document = client.get("/openapi.json").get_json()
    schemas = document["components"]["schemas"]
    draft = save(client, NO_P0)
    assert set(schemas["Draft"]["properties"]) == set(draft)
    found = client.post(f"{BASE}/dry-run", json={"visitors": ["ben"]}).get_json()
    assert set(schemas["DryRunAnswer"]["properties"]) == set(found)
    assert set(schemas["ChangedList"]["properties"]) == set(found["visitors"][0])
    assert set(schemas["MadeLive"]["properties"]) == set(publish(client, NO_P0))
    assert set(schemas["LiveRules"]["properties"]) == set(client.get(BASE).get_json())
    assert {"from", "until", "products", "factor"} <= set(schemas["Rule"]["properties"])


def test_what_others_made_contradict_is_put_right_step_by_step(client: FlaskClient, store):
    """As after a change of the configured placements: two rules name one that is there no more."""
    gone = [NO_P0 | {"id": name, "placements": ["gone"]} for name in ("a", "b")]
    save_draft(store, Keys(), 0, gone, "before the change")
    half = save(client, NO_P0 | {"id": "a"}, gone[1])
    assert [(one["rule"], one["name"]) for one in half["warnings"]] == [("b", "rules[1].placements")]
    body = {"edition": half["edition"], "note": "n"}
    assert client.post(f"{BASE}/publish", json=body).status_code == 422
    worse = save(client, NO_P0 | {"id": "a"}, gone[1], NO_P0 | {"id": "c", "placements": ["gone"]})
    assert [one["name"] for one in worse["errors"]] == ["rules[2].placements"]
    publish(client, NO_P0 | {"id": "a"}, NO_P0 | {"id": "b"})
