"""Names of columns, written as people write them: `ORDER_ID`, `Order ID`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def by_plain_name(found: Sequence[str]) -> dict[str, str]:
    """Plain name (`order_id`) → the file's name: case, outer spaces and spaces for underscores are free.

    Of several with one plain name the one written plainly counts, else the first.
    """
    plain = {name.strip().lower().replace(" ", "_"): name for name in reversed(found)}
    return plain | {name: name for name in found if name in plain}


def chosen(found: Sequence[str], aliases: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Our name → the file's name, for the first alias (a plain name) of each that the file has."""
    plain = by_plain_name(found)
    names = {ours: [plain[name] for name in theirs if name in plain] for ours, theirs in aliases.items()}
    return {ours: candidates[0] for ours, candidates in names.items() if candidates}
