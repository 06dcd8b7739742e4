from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient


def test_the_page_loads_everything_from_here(client: FlaskClient):
    page = client.get("/docs").get_data(as_text=True)
    addresses = re.findall(r'(?:src|href|url): ?"([^"]+)"|(?:src|href)="([^"]+)"', page)
    paths = [one or other for one, other in addresses]
    assert len(paths) == 4
    for path in paths:
        assert path.startswith("/")
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize("path", ["/docs/assets/none.js", "/docs/assets/..%2f__init__.py"])
def test_no_other_file_is_served(client: FlaskClient, path: str):
    assert client.get(path).status_code == 404


def test_the_document_tells_every_parameter_of_a_query(client: FlaskClient):
    document = client.get("/openapi.json").get_json()
    parameters = document["paths"]["/v1/recommendations"]["get"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == [
        "visitor_id",
        "placement",
        "limit",
        "product_id",
        "exclude",
        "category",
        "include",
        "page_id",
        "cursor",
    ]
    assert all(parameter["description"] for parameter in parameters)
    limit = parameters[2]["schema"]
    assert (limit["type"], limit["minimum"], limit["maximum"], limit["default"]) == ("integer", 1, 100, 12)


def test_the_document_tells_what_an_answer_holds(client: FlaskClient):
    document = client.get("/openapi.json").get_json()
    answer = client.get("/v1/recommendations?visitor_id=anna&include=product").get_json()
    schemas = document["components"]["schemas"]
    assert set(schemas["Answer"]["properties"]) == set(answer)
    assert set(schemas["Item"]["properties"]) == set(answer["items"][0])
    assert set(schemas["Product"]["properties"]) == set(answer["items"][0]["product"])


def test_the_document_says_that_a_key_is_needed(client: FlaskClient):
    document = client.get("/openapi.json").get_json()
    for path, methods in document["paths"].items():
        for method in methods.keys() & {"get", "post", "put", "delete"}:
            assert ("security" in methods[method]) == path.startswith("/v1/"), path
