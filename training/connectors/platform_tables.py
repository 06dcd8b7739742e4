"""Orders from a platform's own tables in MySQL or MariaDB, as the documents that its REST API would write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from types import ModuleType

from training.connectors import magento_tables, server_query, woocommerce_tables
from training.connectors.database import Database
from training.connectors.database_address import SqliteFile
from training.connectors.documents import Document
from training.errors import UsageError

PLATFORMS: dict[str, ModuleType] = {"woocommerce": woocommerce_tables, "magento": magento_tables}
"""`--format` → what knows the platform's tables."""

TABLE_PREFIX = r"[A-Za-z0-9_$]*"


def platform_orders(database: Database, platform: ModuleType, table_prefix: str | None) -> Iterator[Document]:
    """The orders of a platform, one after the other, in the order of their ids.

    Args:
        platform: one of `PLATFORMS`.
        table_prefix: what its tables begin with; None: its default.

    Raises:
        UsageError: no platform keeps its orders there, or the prefix is none.
        InputRefused: the database cannot be reached, or does not have the tables.
    """
    if isinstance(database, SqliteFile) or database.kind != "mysql":
        raise UsageError(
            f"{database.name}: --format {platform.LAYOUT.NAME} reads a shop's own tables in MySQL; "
            "tell another database by --query what to give"
        )
    prefix = platform.TABLE_PREFIX if table_prefix is None else table_prefix
    if not re.fullmatch(TABLE_PREFIX, prefix):
        raise UsageError(f"--table-prefix {prefix!r} is none: letters, digits, _ and $ only, such as shop_")
    # Platforms keep their times in UTC, whatever --timezone is.
    parts = server_query.rows(database, platform.query(prefix), timezone="UTC")
    rows = (row for part in parts for row in part.iter_rows(named=True))
    for number, (_, lines) in enumerate(groupby(rows, key=itemgetter(platform.ORDER_KEY)), start=1):
        yield Document(number, platform.document(list(lines)))
