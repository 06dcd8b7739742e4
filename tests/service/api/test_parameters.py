from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATH = "/v1/recommendations"
LIMIT = "Must be a whole number from 1 to 100."
UTF8 = "Must be valid UTF-8."
CONTROL = "Must not hold control characters."
LENGTH = "Must have 1 to 256 characters."
ONCE = "Must be given only once."
PLACEMENTS = (
    "for_you, discover, buy_it_again, similar_items, bought_together, trending, new_arrivals, recently_viewed"
)

BAD = [
    ("limit=0", "limit", LIMIT),
    ("limit=101", "limit", LIMIT),
    ("limit=-1", "limit", LIMIT),
    ("limit=1.9", "limit", LIMIT),
    ("limit=", "limit", LIMIT),
    ("limit=1_0", "limit", LIMIT),
    ("limit=%2012", "limit", LIMIT),
    ("limit=12%0A", "limit", LIMIT),
    ("limit=%D9%A3", "limit", LIMIT),
    ("limit=1e1", "limit", LIMIT),
    ("limit=" + "9" * 400, "limit", LIMIT),
    ("limit=3&limit=4", "limit", ONCE),
    ("placement=best", "placement", f"No such placement; there are {PLACEMENTS}."),
    ("placement=", "placement", LENGTH),
    ("placement=for_you&placement=discover", "placement", ONCE),
    ("include=everything", "include", "No such member; there is product."),
    ("include=", "include", "No such member; there is product."),
    ("visitor_id=", "visitor_id", LENGTH),
    ("visitor_id=" + "x" * 257, "visitor_id", LENGTH),
    ("visitor_id=a%00b", "visitor_id", CONTROL),
    ("visitor_id=a%0Ab", "visitor_id", CONTROL),
    ("visitor_id=%C2%85", "visitor_id", CONTROL),
    ("visitor_id=%FF", "visitor_id", UTF8),
    ("visitor_id=%ED%A0%80", "visitor_id", UTF8),
    ("visitor_id=%C3", "visitor_id", UTF8),
    ("visitor_id=a&visitor_id=a", "visitor_id", ONCE),
    ("product_id=", "product_id", LENGTH),
    ("product_id=p1&product_id=%FF", "product_id", UTF8),
    ("&".join(f"product_id=p{n}" for n in range(101)), "product_id", "Must be given at most 100 times."),
    ("exclude=p1&exclude=%00", "exclude", CONTROL),
    ("category=", "category", LENGTH),
    ("category=%F5", "category", UTF8),
]


@pytest.mark.parametrize("path", [PATH, "/v1/admin/preview"])
@pytest.mark.parametrize("query, name, detail", BAD)
def test_a_bad_parameter_is_named_with_its_reason(
    client: FlaskClient, path: str, query: str, name: str, detail: str
):
    response = client.get(f"{path}?{query}")
    assert (response.status_code, response.content_type) == (422, "application/problem+json")
    assert response.get_json() == {
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": f"Bad parameters: {name}.",
        "errors": [{"name": name, "detail": detail}],
    }


def test_all_bad_parameters_are_named_at_once(client: FlaskClient):
    response = client.get(f"{PATH}?limit=x&visitor_id=%FF&placement=best&exclude=&include=y&category=%00")
    names = [error["name"] for error in response.get_json()["errors"]]
    assert sorted(names) == ["category", "exclude", "include", "limit", "placement", "visitor_id"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=1",
        "limit=007",
        "limit=100",
        "visitor_id=" + "x" * 256,
        "visitor_id=%F0%9F%8D%B5",
        "visitor_id=a+b",
        "visitor_id=%20",
        "visitor_id=None",
        "include=product&include=product",
        "unknown=%FF",
        "page_id=home",
        "&&&=&",
    ],
)
def test_what_is_allowed_is_answered(client: FlaskClient, query: str):
    assert client.get(f"{PATH}?{query}").status_code == 200


@pytest.mark.parametrize(
    "raw, visitor_id",
    [("a+b", "a b"), ("a%2Bb", "a+b"), ("%F0%9F%8D%B5", "🍵"), ("0017", "0017"), ("é", "é")],
)
def test_ids_arrive_exactly(client: FlaskClient, raw: str, visitor_id: str):
    assert client.get(f"{PATH}?visitor_id={raw}").get_json()["visitor_id"] == visitor_id


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_no_query_string_is_answered_with_anything_but_200_or_422(client: FlaskClient, query: str):
    """Any bytes that can follow the question mark, percent signs and half characters included."""
    response = client.get(PATH, environ_overrides={"QUERY_STRING": query})
    assert response.status_code in (200, 422)
