"""How the widget's script is sent: small, kept long, readable from any shop's page."""

from __future__ import annotations

import gzip

from flask.testing import FlaskClient

from tests.needs import REPOSITORY

ADDRESS = "/static/recommendations.js"
SOURCE = REPOSITORY / "service/static/recommendations.js"


def test_it_is_under_six_kilobytes_gzipped(visitor: FlaskClient):
    response = visitor.get(ADDRESS, headers={"Accept-Encoding": "gzip, br"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(response.data) < 6_000
    assert gzip.decompress(response.data) == SOURCE.read_bytes()


def test_who_takes_no_gzip_gets_it_as_it_is(visitor: FlaskClient):
    for accepted in ({}, {"Accept-Encoding": "gzip;q=0"}):
        response = visitor.get(ADDRESS, headers=accepted)
        assert "Content-Encoding" not in response.headers
        assert response.data == SOURCE.read_bytes()
        assert response.vary == {"Accept-Encoding"}


def test_it_is_kept_for_a_week_and_under_a_version_for_a_year(visitor: FlaskClient):
    assert visitor.get(ADDRESS).cache_control.max_age == 7 * 86_400
    versioned = visitor.get(f"{ADDRESS}?v=2")
    assert versioned.cache_control.max_age == 365 * 86_400
    assert versioned.cache_control.immutable


def test_what_the_browser_has_is_not_sent_again(visitor: FlaskClient):
    etag = visitor.get(ADDRESS).headers["ETag"]
    again = visitor.get(ADDRESS, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert visitor.get(ADDRESS, headers={"If-None-Match": '"another"'}).status_code == 200


def test_any_page_may_load_it_and_check_its_digest(visitor: FlaskClient):
    response = visitor.get(ADDRESS, headers={"Origin": "https://shop.example"})
    assert response.mimetype == "text/javascript"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
