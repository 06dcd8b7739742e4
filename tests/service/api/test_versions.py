from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from redis import Redis

from service.store.keys import Keys
from service.store.lease import acquire_lease
from tests.published import publish

PATH = "/v1/admin/versions"
OLD, NEW = "20260101T000000Z-0001", "20270101T000000Z-0002"


@pytest.fixture
def two_versions(client: FlaskClient, store: Redis) -> FlaskClient:
    publish(store, NEW)
    return client


def live(client: FlaskClient) -> str:
    client.application.extensions["recommendations"].follower.poll()
    return client.get("/v1/recommendations").get_json()["model_version"]


def test_versions_are_listed_newest_first(two_versions: FlaskClient):
    versions = two_versions.get(PATH).get_json()["versions"]
    assert [(one["version"], one["live"], one["previous"]) for one in versions] == [
        (NEW, True, False),
        (OLD, False, True),
    ]
    assert versions[0]["published_by"] == "tests@here"
    assert versions[0]["counts"]["for_you"] == 4


def test_before_the_first_publication_there_is_none(store: Redis, store_url: str, make_client):
    client = make_client(redis_url=store_url)
    assert client.get(PATH).get_json() == {"versions": []}
    assert client.post(f"{PATH}/rollback").status_code == 404


def test_rollback_goes_to_the_version_before_and_again_forth(two_versions: FlaskClient):
    assert two_versions.post(f"{PATH}/rollback").get_json()["version"] == OLD
    assert live(two_versions) == OLD
    assert two_versions.post(f"{PATH}/rollback").get_json()["version"] == NEW
    assert live(two_versions) == NEW


def test_activate_switches_to_a_version_that_the_store_holds(two_versions: FlaskClient):
    response = two_versions.post(f"{PATH}/{OLD}/activate")
    assert (response.status_code, response.get_json()["live"]) == (200, True)
    assert live(two_versions) == OLD


def test_an_unknown_version_is_not_found(client: FlaskClient):
    response = client.post(f"{PATH}/nope/activate")
    assert (response.status_code, response.get_json()["detail"]) == (404, "There is no version nope.")


def test_a_version_whose_lists_are_gone_names_the_command_that_brings_them_back(
    two_versions: FlaskClient, store: Redis
):
    store.delete(Keys().meta(OLD))
    response = two_versions.post(f"{PATH}/{OLD}/activate")
    assert response.status_code == 404
    assert f"python -m training activate {OLD}" in response.get_json()["detail"]


def test_while_a_run_publishes_one_is_asked_to_come_back(two_versions: FlaskClient, store: Redis):
    with acquire_lease(store, Keys()):
        response = two_versions.post(f"{PATH}/rollback")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert live(two_versions) == NEW
