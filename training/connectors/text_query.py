"""The user's query within one that gives each of its columns as text.

As text every type that a database has comes through exactly, and a statement that writes is no valid one
within another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from training.errors import UsageError

COMMENT_OR_SPACE = r"(?s)^(?:\s+|--[^\n]*\n?|#[^\n]*\n?|/\*.*?\*/|\()+"


def check_reads(query: str) -> None:
    """Raises `UsageError` unless the query begins as one that reads."""
    first = re.match(r"\w*", re.sub(COMMENT_OR_SPACE, "", query))
    word = first.group().upper() if first else ""
    if word not in ("SELECT", "WITH"):
        raise UsageError(
            f"--query begins with {word or 'no word'}: only queries that read are run: SELECT … or WITH …"
        )


def columns_query(query: str) -> str:
    """A query of the same columns and no row."""
    # MySQL takes an inner query apart unless it has a limit, and then tells a type for NULL that the driver
    # does not know.
    return f"SELECT * FROM (SELECT * FROM {_derived(query)} LIMIT 0) AS no_orders"


def text_query(query: str, columns: Sequence[str], quote: str, text_type: str) -> str:
    """The query's rows with these columns only, all as text.

    Args:
        quote: what the database puts around a name.
        text_type: what it calls text in a CAST.
    """
    names = [f"{quote}{column.replace(quote, 2 * quote)}{quote}" for column in columns]
    cells = ", ".join(f"CAST({name} AS {text_type}) AS {name}" for name in names)
    return f"SELECT {cells} FROM {_derived(query)}"


def _derived(query: str) -> str:
    # The line break ends a comment at the end of the query.
    return f"({query.rstrip().rstrip(';')}\n) AS orders"
