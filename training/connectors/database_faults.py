"""What a database says when it refuses, with what the user can do about it."""

from __future__ import annotations

import re
from urllib.parse import quote

from training.connectors.database_address import PASSWORD_VARIABLES, Server
from training.errors import InputRefused

CURES = {
    r"authentication failed|access denied|no password|password missing": (
        "check user, password and database; the password is taken from the address, else from the variable "
        "{password_variable}"
    ),
    r"connection refused|timed out|name or service|no address|unreachable": (
        "check host and port, and that the server lets this machine in"
    ),
    r"terminating connection|IO error|connection closed": "the connection broke off: try again",
    r"unknown database|database .* does not exist": "check the database's name at the end of the address",
    r"time zone": (
        "the server does not know the zone of --timezone by name; load its zones (mysql_tzinfo_to_sql), or "
        "let the query give times with their offset and leave --timezone out"
    ),
    r"duplicate column|ambiguous": "name each column once in the query: SELECT orders.id AS order_id, …",
    r"wc_orders' doesn't exist": (
        "check --table-prefix and the database in the address; WooCommerce has this table only with its "
        "high-performance order storage (Settings > Advanced > Features)"
    ),
    r"relation .* does not exist|table .* doesn't exist|no such table": (
        "check the names of tables in the query, the database in the address, and --table-prefix"
    ),
    r"column": "check the names of columns in the query",
    r"read.?only|data-modifying": "only queries that read are run",
    r"not implemented": "cast the column of that type in the query: money to numeric, any other type to text",
    r"permission denied|command denied": "let the user of the address read these tables: GRANT SELECT ON …",
}
"""Pattern in what the database says → what to do; the first that is found counts."""


POSTGRES_SAID = r'message: "((?:[^"\\]|\\.)*)"'
MYSQL_SAID = r"(?s)Error \{ (?:ERROR \d+ \(\w+\): )?(.*?) \}(?:\)|\n|$)"
BESIDES = r"timed out waiting for connection: |^db error: | \(os error \d+\)"
"""What the drivers put around the database's words."""


def refused(server: Server, told: str) -> InputRefused:
    """The error to raise for what the driver told; without the password, should its words repeat it."""
    said = _plain(told)
    for secret in (server.password, quote(server.password, safe="")):
        said = said.replace(secret, "***") if secret else said
    return InputRefused(f"{server.name}: {said}{cure(said, PASSWORD_VARIABLES[server.kind])}")


def cure(said: str, password_variable: str = "") -> str:
    """What to do, to be put behind what the database said."""
    for pattern, advice in CURES.items():
        if re.search(pattern, said, flags=re.IGNORECASE):
            return f"; {advice.format(password_variable=password_variable)}"
    return "; check the query"


def _plain(said: str) -> str:
    """The database's own sentence out of what its driver makes of it."""
    quoted = re.search(POSTGRES_SAID, said) or re.search(MYSQL_SAID, said)
    words = " ".join(quoted.group(1).split()) if quoted else said.partition("\n")[0]
    return re.sub(BESIDES, "", words)
