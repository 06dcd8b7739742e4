from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from redis import Redis

from service.commands import keys_group
from service.settings import Settings
from tests.needs import REPOSITORY
from tests.service.conftest import MakeClient


def keys(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(keys_group(Settings(redis_url=url)), arguments)


def answers(client: FlaskClient, key: str) -> int:
    return client.get("/v1/recommendations", headers={"Authorization": f"Bearer {key}"}).status_code


def test_a_key_is_made_listed_and_revoked(store: Redis, store_url: str, make_client: MakeClient):
    client = make_client(redis_url=store_url)
    made = keys(store_url, "create", "--role", "storefront")
    key = made.stdout.strip()
    assert (made.exit_code, answers(client, key)) == (0, 200)

    listed = keys(store_url, "list")
    key_id, role, _ = listed.stdout.splitlines()[0].split("\t")
    assert role == "storefront"
    assert key not in listed.output

    assert keys(store_url, "revoke", key_id).exit_code == 0
    assert keys(store_url, "list").stdout == ""
    client.application.extensions["recommendations"].follower.poll()
    assert answers(client, key) == 401


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["create"], "Missing option '--role'"),
        (
            ["create", "--role", "king"],
            "'king' is not one of 'public', 'storefront', 'merchandiser', 'admin'",
        ),
        (["revoke", "nope"], "There is no key with the id nope."),
        (["frobnicate"], "No such command"),
    ],
)
def test_what_makes_no_sense_ends_with_code_2(store_url: str, arguments: list[str], message: str):
    result = keys(store_url, *arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_without_a_store_it_ends_with_code_5(tmp_path: Path):
    result = keys(f"unix://{tmp_path}/no.sock", "list")
    assert result.exit_code == 5
    assert "The store cannot be reached" in result.output


@pytest.mark.parametrize(
    "setting, code, message",
    [
        ({"RECS_PORT": "abc"}, 2, "RECS_PORT: Must be a whole number"),
        ({"REDIS_URL": "redis://h?colour=red"}, 2, "REDIS_URL: the store's URL has unknown options: colour"),
        ({"RECS_DATA_DIR": "/proc/no"}, 5, "The store cannot be reached: the embedded Valkey needs to write"),
    ],
)
def test_a_command_that_cannot_start_says_why_in_one_message(
    setting: dict[str, str], code: int, message: str
):
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("RECS_") and k != "REDIS_URL"}
    ended = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "keys", "list"],
        cwd=REPOSITORY,
        env=inherited | setting,
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stdout) == (code, "")
    assert ended.stderr.startswith("Error: ")
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_first_start_makes_one_admin_key_and_prints_it_once(
    store: Redis, store_url: str, make_client: MakeClient, capsys: pytest.CaptureFixture[str]
):
    clients = [make_client(redis_url=store_url, admin_key=None) for _ in range(3)]
    for client in clients:
        client.get("/healthz")
    lines = [line for line in capsys.readouterr().err.splitlines() if "Admin key" in line]
    assert len(lines) == 1
    key = lines[0].rpartition(" ")[2]
    assert [answers(client, key) for client in clients] == [200] * 3
