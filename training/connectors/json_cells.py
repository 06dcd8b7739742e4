"""Values of JSON as the text of a cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from training.connectors.typed_cells import no_text

BAD_JSON = "bad_json"
"""The reason of what is no JSON object with cells in it."""

EXACT_FLOAT = 2**53
"""Beyond it a number that was written as an integer may no longer be the same."""


def cells_of(
    row: Mapping[str, Any], wanted: Sequence[str], ids: Mapping[str, str]
) -> tuple[list[str | None] | None, str | None]:
    """The texts of the wanted cells, or the reason why there are none.

    Args:
        ids: the name of each member that holds an id → its canonical name.
    """
    for name, id in ids.items():
        if isinstance(row.get(name), list | dict | bool):
            return None, no_text(id)
    try:
        return [cell_text(row.get(name)) for name in wanted], None
    except orjson.JSONEncodeError:
        # Nested deeper than the library writes, though it read it: certainly no cell.
        return None, BAD_JSON


def cell_text(value: Any) -> str | None:
    """Text as it is, numbers as JSON writes them, lists separated by commas, null as None.

    Whole floats lose their `.0`, as libraries without an integer null write integers.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join("" if one is None else _plain(one) for one in value)
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_FLOAT:
        return str(int(value))
    return orjson.dumps(value).decode()
