"""Real database servers for tests: PostgreSQL and MariaDB, each with its data in a folder of its own.

They end with the thread that starts them. Run by root, a server runs as the user that its package made:
PostgreSQL refuses root. Their clocks show a zone of their own, so that a time read in it stands out.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from service.valkey_process import spawn
from tests.needs import program, require
from tests.servers import free_port

START_SECONDS = 60.0
USER = "shop"
PASSWORD = "s3cr:t@/%ü"
"""With signs that mean something in an address."""

OFFSET = "-03:30"
"""Where the servers stand."""


class Database(Protocol):
    """An empty database."""

    @property
    def address(self) -> str:
        """What `--orders` takes."""
        ...

    def execute(self, sql: str) -> None:
        """Run statements, separated by semicolons, as the owner of the database."""
        ...


@dataclass(frozen=True)
class SqliteDatabase:
    """A database in a file, made by the first statement."""

    path: Path

    @property
    def address(self) -> str:
        return f"sqlite://{self.path}"

    def execute(self, sql: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.executescript(sql)


@dataclass(frozen=True)
class RunningDatabase:
    """A database on a server.

    Attributes:
        host: `HOST:PORT/DATABASE`.
        scheme: what its address begins with.
    """

    scheme: str
    host: str
    _client: Sequence[str]
    _environment: dict[str, str]

    @property
    def address(self) -> str:
        """With the password."""
        return self.address_with(quote(PASSWORD, safe=""))

    @property
    def name(self) -> str:
        """The address as messages have it."""
        return f"{self.scheme}://{USER}@{self.host}"

    def address_with(self, password: str) -> str:
        """The address with this password in it, percent-encoded."""
        return f"{self.scheme}://{USER}:{password}@{self.host}"

    def execute(self, sql: str) -> None:
        subprocess.run(
            self._client, input=sql.encode(), env=os.environ | self._environment, check=True, timeout=60
        )


def insert(table: str, rows: Sequence[Mapping[str, object]]) -> str:
    """The statement that puts rows into a table; backslashes mean themselves."""
    columns = list(rows[0])
    values = ",\n".join(f"({', '.join(_literal(row[column]) for column in columns)})" for row in rows)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES\n{values};\n"


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"


@contextmanager
def postgres() -> Iterator[RunningDatabase]:
    """A PostgreSQL server; skips where the machine lacks it."""
    require("postgres")
    with _folder("postgres") as (folder, as_user):
        (folder / "password").write_text(PASSWORD)
        (folder / "password").chmod(0o644)
        data, log, port = folder / "data", folder / "log", free_port()
        initdb = [_path("initdb"), f"--pgdata={data}", f"--username={USER}", f"--pwfile={folder}/password"]
        _run([*as_user, *initdb, "--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", "--locale=C"], log)
        # POSIX counts west of Greenwich as plus.
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder), "fsync": "off"}
        options |= {"timezone": "<-0330>3:30", "datestyle": "German"}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        server = [*as_user, _path("postgres"), "-D", str(data), "-p", str(port), *settings]
        client = [_path("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(port)]
        client += ["-U", USER, "postgres"]
        running = RunningDatabase(
            "postgresql", f"127.0.0.1:{port}/postgres", client, {"PGPASSWORD": PASSWORD}
        )
        with _started(server, folder, running):
            yield running


@contextmanager
def mariadb() -> Iterator[RunningDatabase]:
    """A MariaDB server; skips where the machine lacks it."""
    require("mariadbd")
    with _folder("mysql") as (folder, as_user):
        data, log, port = folder / "data", folder / "log", free_port()
        install = [_path("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--skip-test-db"]
        _run([*as_user, *install, "--auth-root-authentication-method=normal"], log)
        (folder / "init.sql").write_text(
            f"CREATE USER {USER}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n"
            f"CREATE DATABASE {USER} CHARACTER SET utf8mb4;\n"
            f"GRANT ALL ON *.* TO {USER}@'127.0.0.1';\n"
        )
        (folder / "init.sql").chmod(0o644)
        options = {"port": str(port), "bind-address": "127.0.0.1", "socket": f"{folder}/s"}
        options |= {"datadir": str(data), "log-error": f"{folder}/error", "init-file": f"{folder}/init.sql"}
        options |= {"default-time-zone": OFFSET, "skip-name-resolve": "1", "innodb-buffer-pool-size": "16M"}
        options |= {"sql-mode": "NO_BACKSLASH_ESCAPES"}
        settings = [f"--{name}={value}" for name, value in options.items()]
        server = [*as_user, _path("mariadbd"), "--no-defaults", *settings]
        client = [_path("mariadb"), "--no-defaults", "--default-character-set=utf8mb4", "-h127.0.0.1"]
        client += [f"-P{port}", f"-u{USER}", USER]
        running = RunningDatabase("mariadb", f"127.0.0.1:{port}/{USER}", client, {"MYSQL_PWD": PASSWORD})
        with _started(server, folder, running):
            yield running


@contextmanager
def _folder(user: str) -> Iterator[tuple[Path, list[str]]]:
    """A folder for a server, and what puts a command under the user that it is to run as."""
    # pytest's own folders are too deep for a socket's path.
    with tempfile.TemporaryDirectory(prefix="recs-db-") as name:
        if os.geteuid() == 0:
            shutil.chown(name, user, user)
            change = [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
            # A change of user takes away the signal that a parent's death sends.
            yield Path(name), [_path("setpriv"), *change, "--pdeathsig=SIGTERM"]
        else:
            yield Path(name), []


@contextmanager
def _started(command: Sequence[str | Path], folder: Path, running: RunningDatabase) -> Iterator[None]:
    process = spawn(command, folder / "lock")
    deadline = time.monotonic() + START_SECONDS
    try:
        while not _answers(running):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{running.scheme} did not start; see {folder}")
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGQUIT)  # to PostgreSQL: at once, without waiting for clients
        process.wait(START_SECONDS)


def _answers(running: RunningDatabase) -> bool:
    environment = os.environ | running._environment
    asked = subprocess.run(
        running._client, input=b"SELECT 1;", env=environment, capture_output=True, check=False, timeout=60
    )
    return asked.returncode == 0


def _run(command: Sequence[str | Path], log: Path) -> None:
    with log.open("ab") as out:
        subprocess.run(command, stdout=out, stderr=out, check=True, timeout=120)


def _path(name: str) -> str:
    found = program(name)
    assert found is not None, f"{name} comes with the server, but is not there"
    return found
