"""Paths of categories, `Drinks > Tea`, as shops write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

SEPARATOR = " > "


def deepest(paths: Iterable[Sequence[str]]) -> str | None:
    """The longest of several paths, the first of those of one length; None where there is none.

    Args:
        paths: names of categories, the widest first; empty names are left out.
    """
    named = [[name.strip() for name in path if name.strip()] for path in paths]
    longest = max(named, key=len, default=[])
    return SEPARATOR.join(longest) or None
