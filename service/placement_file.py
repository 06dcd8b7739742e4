"""`[placements.NAME]` of the configuration file: checked at load, every fault with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import marshmallow as ma

from service.placements import BUILT_IN, CONTEXTS, LISTS, Placement, placement_of
from service.settings import SettingsError

_HEADER = re.compile(r"\s*\[+([^\]]+)\]")
_KEY = re.compile(r"\s*([^=\[#]+?)\s*=")
_NAME = re.compile("[a-z][a-z0-9_]{0,63}")
_MOST = ma.validate.Range(1, 100, error="must be a whole number from 1 to 100")
_LIST = ma.validate.OneOf(LISTS, error=f"no such list: {{input}}; there are {', '.join(LISTS)}")


class _SourceField(ma.fields.Field):
    """A list's name, or `{list = "…", at_most = …}`."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str):
            _LIST(value)
            return value
        if not isinstance(value, Mapping):
            raise ma.ValidationError('must be a list\'s name, or {list = "…", at_most = …}')
        return _SourceSchema().load(value)


class _Truth(ma.fields.Boolean):
    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):  # 1 is true to Python, and to marshmallow, but not in TOML
            raise ma.ValidationError("must be true or false")
        return value


class _SourceSchema(ma.Schema):
    list = ma.fields.String(required=True, validate=_LIST)
    at_most = ma.fields.Integer(strict=True, validate=_MOST)


class _PlacementSchema(ma.Schema):
    sources = ma.fields.List(_SourceField())
    fallbacks = ma.fields.List(ma.fields.String(validate=_LIST))
    new_only = _Truth()
    needs = ma.fields.String(
        validate=ma.validate.OneOf(["visitor", "context"], error='must be "visitor" or "context"')
    )
    context = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf(CONTEXTS, error='must be "page" or "cart"'))
    )
    max_items = ma.fields.Integer(strict=True, validate=_MOST)
    max_per_category = ma.fields.Integer(strict=True, validate=_MOST)
    max_per_brand = ma.fields.Integer(strict=True, validate=_MOST)
    discount_shown = ma.fields.Float(
        validate=ma.validate.Range(0, 1, min_inclusive=False, error="must be above 0 and at most 1")
    )


OPTIONS = tuple(_PlacementSchema().fields)
"""Of a placement; a test asks for a line in the documentation for each."""


def load_placements(path: Path | None) -> dict[str, Placement]:
    """The built-in placements, with the tables under `[placements]` in the TOML file `path` laid over them.

    Raises:
        SettingsError: naming every unknown option, unknown list and value of a wrong type, with its line.
    """
    tables: dict[str, dict[str, Any]] = {name: dict(table) for name, table in BUILT_IN.items()}
    text = path.read_text(encoding="utf-8") if path else ""
    own = tomllib.loads(text).get("placements", {})
    faults = list(_faults(own))
    if faults:
        lines = "\n".join(f"  {_place(text, where)}: {what}" for where, what in faults)
        raise SettingsError(f"The placements in {path} are wrong:\n{lines}")
    for name, table in own.items():
        tables[name] = {"sources": [], "fallbacks": []} | tables.get(name, {}) | table
    return {name: placement_of(name, table) for name, table in tables.items()}


_Where = tuple[str, ...]
"""`placements`, a placement's name, an option: as far as it is known."""


def _faults(own: Any) -> Iterator[tuple[_Where, str]]:
    if not isinstance(own, dict):
        yield ("placements",), "must be a table"
        return
    for name, table in own.items():
        where = ("placements", name)
        if not _NAME.fullmatch(name):
            yield where, "a name is small letters, digits and _, at most 64"
        if not isinstance(table, dict):
            yield where, "must be a table"
            continue
        for option, messages in _PlacementSchema().validate(table).items():
            yield (*where, option), _said(option, messages)
        merged = {**BUILT_IN.get(name, {}), **table}
        if not merged.get("sources") and not merged.get("fallbacks"):
            yield where, "needs sources or fallbacks"


def _said(option: str, messages: Any) -> str:
    if option not in OPTIONS:
        return f"no such option; there are {', '.join(sorted(OPTIONS))}"
    return "; ".join(dict.fromkeys(_flat(messages)))


def _flat(messages: Any) -> Iterator[str]:
    if isinstance(messages, Mapping):
        for key, below in messages.items():
            named = f"{key}: " if isinstance(key, str) and not key.startswith("_") else ""
            yield from (f"{named}{one}" for one in _flat(below))
    else:
        yield from messages


def _place(text: str, where: _Where) -> str:
    """`line 7: placements.home.sources`; without the line where the file names it in another way."""
    line = _line_of(text, where)
    return f"line {line}: {'.'.join(where)}" if line else ".".join(where)


def _line_of(text: str, where: _Where) -> int | None:
    """The first line that is about `where`, or about as much of it as the file names; 1 is the first."""
    best: tuple[int, int | None] = (0, None)
    table: _Where = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _names(header[1])
        key = _KEY.match(line)
        about = (*table, *_names(key[1])) if key else table
        if about == where[: len(about)] and len(about) > best[0]:
            best = len(about), number
    return best[1]


def _names(dotted: str) -> _Where:
    return tuple(part.strip(" \"'") for part in dotted.split("."))
