"""`flask --app wsgi keys …`: make, list and revoke the keys that callers need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
import redis
from flask.cli import AppGroup

from service.embedded import EmbeddedError, open_store
from service.settings import Settings
from service.store.api_keys import ROLES, create_key, list_keys, revoke_key
from service.store.keys import Keys


class StoreUnavailable(click.ClickException):
    """Ends a command, with the same exit code as in training."""

    exit_code = 5


def keys_group(settings: Settings) -> AppGroup:
    """The command group for one service's store."""
    group = AppGroup("keys", help="Make, list and revoke API keys.")
    keys = Keys(settings.key_prefix)

    @group.command("create", help="Make a key and print it; it is never shown again.")
    @click.option("--role", required=True, type=click.Choice(ROLES), help="What the key may do.")
    def create(role: str) -> None:
        with _store(settings) as client:
            key, secret = create_key(client, keys, role)
        click.echo(f"id {key.id}, role {key.role}; the key below is shown only now:", err=True)
        click.echo(secret)

    @group.command("list", help="List the keys' ids, roles and ages; never the keys.")
    def list_() -> None:
        with _store(settings) as client:
            for key in list_keys(client, keys):
                click.echo(f"{key.id}\t{key.role}\t{key.created_at}")

    @group.command("revoke", help="Make a key invalid at once, by its id.")
    @click.argument("key_id", metavar="ID")
    def revoke(key_id: str) -> None:
        with _store(settings) as client:
            if not revoke_key(client, keys, key_id):
                raise click.UsageError(f"There is no key with the id {key_id}.")
        click.echo(f"revoked {key_id}")

    return group


@contextmanager
def _store(settings: Settings) -> Iterator[redis.Redis]:
    try:
        with open_store(settings, "training") as client:
            yield client
    except (redis.RedisError, EmbeddedError) as error:
        raise StoreUnavailable(f"The store cannot be reached: {error}") from error
