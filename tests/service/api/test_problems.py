from __future__ import annotations

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from tests.service.conftest import MakeClient


@pytest.mark.parametrize(
    "method, path, status, title",
    [
        ("GET", "/nowhere", 404, "Not Found"),
        ("GET", "/v1/recommendations/", 404, "Not Found"),
        ("GET", "/v1/%FF", 404, "Not Found"),
        ("DELETE", "/v1/recommendations", 405, "Method Not Allowed"),
        ("POST", "/healthz", 405, "Method Not Allowed"),
        ("GET", "/v1/events", 405, "Method Not Allowed"),
        ("POST", "/v1/events", 415, "Unsupported Media Type"),
    ],
)
def test_errors_have_one_shape(client: FlaskClient, method: str, path: str, status: int, title: str):
    response = client.open(path, method=method)
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    problem = response.get_json()
    assert problem.pop("detail")
    assert problem == {"type": "about:blank", "title": title, "status": status}
    assert response.headers["Cache-Control"] == "no-store"


def test_what_is_not_there_yet_is_named_as_it_was_asked_for(client: FlaskClient):
    response = client.get("/v1/admin/kpis/d%C3%BCsseldorf%2F7")
    assert response.status_code == 501
    detail = "GET /v1/admin/kpis/düsseldorf/7 is not there yet; it arrives in a later release."
    assert response.get_json()["detail"] == detail


def test_a_wrong_method_is_told_the_right_ones(client: FlaskClient):
    allow = client.delete("/v1/recommendations").headers["Allow"]
    assert set(allow.split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_options_tells_the_methods_without_a_key(client: FlaskClient):
    del client.environ_base["HTTP_AUTHORIZATION"]
    response = client.options("/v1/recommendations")
    assert response.status_code == 200
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.fixture
def with_test_routes(store_url: str, make_client: MakeClient) -> Flask:
    """The application and two routes that do what none of its own does yet: read a body, and break."""
    app = make_client(redis_url=store_url).application

    @app.post("/test/body")
    def body() -> str:
        return str(request.get_json())

    @app.get("/test/broken")
    def broken() -> str:
        raise RuntimeError("a secret of the house")

    return app


@pytest.mark.parametrize(
    "body, content_type, status",
    [
        (b"{", "application/json", 400),
        (b"x" * 1_048_577, "application/json", 413),
        (b"a=b", "application/x-www-form-urlencoded", 415),
    ],
)
def test_bad_bodies_have_that_shape_too(with_test_routes: Flask, body: bytes, content_type: str, status: int):
    response = with_test_routes.test_client().post("/test/body", data=body, content_type=content_type)
    assert (response.status_code, response.content_type) == (status, "application/problem+json")


def test_a_fault_of_ours_tells_nothing_of_the_inside(with_test_routes: Flask):
    response = with_test_routes.test_client().get("/test/broken")
    assert (response.status_code, response.content_type) == (500, "application/problem+json")
    assert "secret" not in response.get_data(as_text=True)


def test_a_host_that_is_not_trusted_is_refused(store_url: str, make_client: MakeClient):
    client = make_client(redis_url=store_url, trusted_hosts=("shop.example",))
    assert client.get("/healthz", headers={"Host": "shop.example"}).status_code == 200
    refused = client.get("/healthz", headers={"Host": "evil.example"})
    assert (refused.status_code, refused.content_type) == (400, "application/problem+json")


def test_where_a_request_leads_is_the_same_each_time(store_url: str, make_client: MakeClient):
    """The second request to a place does not go through the router."""
    client = make_client(redis_url=store_url, trusted_hosts=("shop.example", "other.example"))

    def status(method: str, path: str, host: str = "shop.example") -> int:
        return client.open(path, method=method, headers={"Host": host}).status_code

    for _ in range(3):
        assert status("GET", "/healthz") == 200
        assert status("GET", "/healthz", "evil.example") == 400
        assert status("GET", "/healthz", "other.example") == 200
        assert status("GET", "/v1/recommendations") == 200
        assert status("GET", "/v1/recommendations", "evil.example") == 400
        assert status("HEAD", "/healthz") == 200
        assert status("POST", "/healthz") == 405
        assert status("GET", "/healthzz") == 404
        # A variable in the path is read each time.
        paths = [f"/v1/admin/rules/revisions/{number}" for number in (700, 800)]
        found = [client.get(path, headers={"Host": "shop.example"}).text for path in paths]
        assert ["700" in found[0], "800" in found[1]] == [True, True]
