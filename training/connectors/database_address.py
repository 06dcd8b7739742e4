"""Addresses of databases, as users write them, and names for them that give no secret away."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, quote, unquote, urlsplit

from training.errors import InputRefused, TrainingError, UsageError

Kind = Literal["postgresql", "mysql", "sqlite"]

KINDS: dict[str, Kind] = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite": "sqlite",
}
"""What an address may begin with."""

PORTS = {"postgresql": 5432, "mysql": 3306}

PASSWORD_VARIABLES = {"postgresql": "PGPASSWORD", "mysql": "MYSQL_PWD"}
"""Where the databases' own programs look for a password too: nothing of it in a command or a history."""

SQLITE_MAGIC = b"SQLite format 3\x00"


@dataclass(frozen=True)
class Server:
    """A database that a server keeps.

    Attributes:
        kind: `postgresql`, or `mysql` for MariaDB too.
        name: the address without password and options, as messages and the quarantine have it.
        url: the address to connect with.
        password: as the user has it, "" for none; it must be shown nowhere.
    """

    kind: Kind
    name: str
    host: str
    port: int
    url: str
    password: str


@dataclass(frozen=True)
class SqliteFile:
    """A database in a file.

    Attributes:
        name: how the user wrote it.
    """

    path: Path
    name: str


def is_address(source: str) -> bool:
    """Whether a source is a database: an address such as `postgresql://user@host/shop`, or an SQLite file."""
    return "://" in source or _is_sqlite(Path(source))


def shown(source: str) -> str:
    """How any source may be shown: an address without its password."""
    if "://" not in source:
        return source
    try:
        return parse_address(source).name
    except TrainingError:
        return f"{source.partition('://')[0]}://…"


def parse_address(source: str, environment: Mapping[str, str] = os.environ) -> Server | SqliteFile:
    """Where a source's database is.

    Raises:
        UsageError: no such kind of database, or no host or name of a database.
        InputRefused: an SQLite file that is missing or none.
    """
    if "://" not in source:
        return SqliteFile(Path(source), source)
    scheme = source.partition("://")[0].lower()
    kind = KINDS.get(scheme)
    if kind is None:
        raise UsageError(
            f"{scheme}:// is no address that orders are read from; there are "
            f"{', '.join(f'{known}://' for known in KINDS)}, or a file"
        )
    return _sqlite_file(source) if kind == "sqlite" else _server(kind, source, environment)


def _server(kind: Kind, source: str, environment: Mapping[str, str]) -> Server:
    try:
        parts = urlsplit(source)
        port = parts.port or PORTS[kind]
    except ValueError as error:
        # The reason may quote a piece of the password that stands in the wrong place.
        raise UsageError(_unusable(kind)) from error
    if not parts.hostname or not parts.path.strip("/") or "@" in parts.path:
        raise UsageError(_unusable(kind))
    password = unquote(parts.password) if parts.password else environment.get(PASSWORD_VARIABLES[kind], "")
    url = parts._replace(scheme=kind, netloc=_netloc(parts, port, password)).geturl()
    name = parts._replace(netloc=_netloc(parts, port, ""), query="", fragment="").geturl()
    return Server(kind, name, parts.hostname, port, url, password)


def _unusable(kind: Kind) -> str:
    return (
        f"the address cannot be read; write {kind}://USER@HOST:{PORTS[kind]}/DATABASE, signs such as @ : / % "
        f"within USER as %40 %3A %2F %25, and give the password in the variable {PASSWORD_VARIABLES[kind]}"
    )


def _netloc(parts: SplitResult, port: int, password: str) -> str:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    user = (parts.username or "") + (f":{quote(password, safe='')}" if password else "")
    return f"{user}@{host}:{port}" if user else f"{host}:{port}"


def _sqlite_file(source: str) -> SqliteFile:
    path = Path(unquote(urlsplit(source).netloc + urlsplit(source).path))
    below_here = Path(str(path).lstrip("/"))
    # Some tools write a path relative to the folder with three slashes too.
    for candidate in (path, below_here):
        if _is_sqlite(candidate):
            return SqliteFile(candidate, source)
    if path.is_file():
        raise InputRefused(f"{source}: is no SQLite database")
    raise InputRefused(f"{source}: no such file; write sqlite:///PATH with the whole path")


def _is_sqlite(path: Path) -> bool:
    # Not a pipe: what is read from it to find out is gone.
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC
    except OSError:
        return False  # reading it as a file tells why it cannot be read
