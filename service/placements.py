"""Placements: which published lists answer for a place on the shop's pages, and what fills them up.

A placement is configuration. The built-in ones are the table below; `[placements.NAME]` in the TOML
file that RECS_CONFIG names changes one or adds a new one, without code.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.settings import SettingsError

CUSTOMER_LISTS = ("for_you", "discover", "buy_it_again")
ITEM_LISTS = ("similar_items", "bought_together")
GLOBAL_LISTS = ("trending", "new_arrivals", "popular")
"""The lists that a version can hold: one for each customer, one for each product, one for all."""

BUILT_IN: Mapping[str, Mapping[str, Any]] = {
    "for_you": {"sources": ["for_you"], "fallbacks": ["popular"]},
    "discover": {"sources": ["discover"], "fallbacks": ["popular"], "new_only": True},
    "buy_it_again": {"sources": ["buy_it_again"], "fallbacks": ["popular"]},
    "similar_items": {"sources": ["similar_items"], "fallbacks": ["popular"]},
    "bought_together": {"sources": ["bought_together"], "fallbacks": ["similar_items", "popular"]},
    "trending": {"sources": ["trending"], "fallbacks": ["popular"]},
    "new_arrivals": {"sources": ["new_arrivals"], "fallbacks": ["popular"]},
    # Nothing records views yet, so that this one lives by its fallbacks.
    "recently_viewed": {"sources": [], "fallbacks": ["for_you", "popular"], "needs": "visitor"},
}


@dataclass(frozen=True)
class Placement:
    """One place on a page.

    Attributes:
        name: what the query asks for.
        sources: the placement's own lists, in order; an answer made of these alone has no fallback.
        fallbacks: the lists that fill up what the sources leave open, in order.
        new_only: whether products that the customer bought are left out, also when filling.
        needs: "visitor" (a known customer), "context" (at least one known product_id) or None. Where
            the need is not met, the answer says `unknown_visitor`, `no_context` or `unknown_product`.
    """

    name: str
    sources: tuple[str, ...]
    fallbacks: tuple[str, ...]
    new_only: bool = False
    needs: str | None = None

    @property
    def lists(self) -> tuple[str, ...]:
        """The sources, then the fallbacks."""
        return self.sources + self.fallbacks


def load_placements(path: Path | None) -> dict[str, Placement]:
    """The built-in placements, with the tables under `[placements]` in the TOML file `path` laid over them.

    Raises:
        SettingsError: naming every unknown option, unknown list and value of a wrong type.
    """
    tables: dict[str, dict[str, Any]] = {name: dict(table) for name, table in BUILT_IN.items()}
    own = tomllib.loads(path.read_text(encoding="utf-8")).get("placements", {}) if path else {}
    faults = _faults(own)
    if faults:
        lines = "\n".join(f"  {fault}" for fault in faults)
        raise SettingsError(f"The placements in {path} are wrong:\n{lines}")
    for name, table in own.items():
        tables[name] = {"sources": [], "fallbacks": []} | tables.get(name, {}) | table
    return {name: _placement(name, table) for name, table in tables.items()}


def _placement(name: str, table: Mapping[str, Any]) -> Placement:
    sources = tuple(table["sources"])
    return Placement(
        name=name,
        sources=sources,
        fallbacks=tuple(table["fallbacks"]),
        new_only=table.get("new_only", False),
        needs=table.get("needs") or _need_of(sources),
    )


def _need_of(sources: tuple[str, ...]) -> str | None:
    if any(name in CUSTOMER_LISTS for name in sources):
        return "visitor"
    if any(name in ITEM_LISTS for name in sources):
        return "context"
    return None


def _faults(own: Any) -> list[str]:
    if not isinstance(own, dict):
        return ["placements: must be a table"]
    faults = []
    for name, table in own.items():
        if not re.fullmatch("[a-z][a-z0-9_]{0,63}", name):
            faults.append(f"placements.{name}: a name is small letters, digits and _, at most 64")
        if not isinstance(table, dict):
            faults.append(f"placements.{name}: must be a table")
            continue
        merged = {**BUILT_IN.get(name, {}), **table}
        if not merged.get("sources") and not merged.get("fallbacks"):
            faults.append(f"placements.{name}: needs sources or fallbacks")
        faults += [f"placements.{name}.{fault}" for fault in map(_option_fault, table.items()) if fault]
    return faults


def _option_fault(option: tuple[str, Any]) -> str | None:
    key, value = option
    if key in ("sources", "fallbacks"):
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            return f"{key}: must be a list of names of lists"
        known = CUSTOMER_LISTS + ITEM_LISTS + GLOBAL_LISTS
        unknown = [part for part in value if part not in known]
        return f"{key}: no such list: {', '.join(unknown)}; there are {', '.join(known)}" if unknown else None
    if key == "new_only":
        return None if isinstance(value, bool) else "new_only: must be true or false"
    if key == "needs":
        return None if value in ("visitor", "context") else 'needs: must be "visitor" or "context"'
    return f"{key}: no such option; there are fallbacks, needs, new_only, sources"
