"""The console's form for a rule: its fields are the members of the rule's document, typed as text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import marshmallow as ma
from werkzeug.datastructures import MultiDict

from service.api.rule_schemas import RuleSchema, faults_of

TEXTS = ("name", "product_id", "per", "context_category", "from", "until", "zone")
WHOLES = ("slot", "most", "depth")
DECIMALS = ("factor", "ratio", "price_min", "price_max", "products.price_min", "products.price_max")
LINES = ("products.product_ids", "products.categories", "products.brands", "products.tags")
"""Several values stand one to a line, for an id may hold commas and blanks."""

CHOICES = ("placements", "segments")

DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "boost": {"factor": "2"},
    "bury": {"factor": "0.5"},
    "cap": {"most": "2", "per": "brand"},
    "pin": {"slot": "1"},
    "price_floor": {"ratio": "0.8"},
}

_LINE_END = re.compile("\r\n|\r|\n")
_WHOLE = re.compile("[0-9]{1,9}")
_DECIMAL = re.compile("[0-9]{1,12}([.,][0-9]{1,12})?")


@dataclass(frozen=True)
class RuleForm:
    """What was typed, and what it means.

    Attributes:
        type: of the rule.
        id: of the rule that is edited; empty for a new one.
        values: by field, as typed.
        chosen: by field of several choices, those made.
        enabled: whether the rule is to count.
        faults: by field, what is wrong.
        document: the checked rule; None where there are faults, or before anything was sent.
    """

    type: str
    id: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    chosen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    enabled: bool = True
    faults: Mapping[str, str] = field(default_factory=dict)
    document: dict[str, Any] | None = None


def blank_form(kind: str) -> RuleForm:
    """The form for a new rule of this type."""
    return RuleForm(kind, values={"zone": "UTC", **DEFAULTS.get(kind, {})})


def form_of(document: Mapping[str, Any]) -> RuleForm:
    """The form that shows a rule as it is."""
    members = {**document, **_local_times(document)}
    products = {f"products.{name}": value for name, value in (document.get("products") or {}).items()}
    values = {name: str(members[name]) for name in TEXTS if name in members}
    for name in (*WHOLES, *DECIMALS):
        value = products.get(name, members.get(name))
        if value is not None:
            values[name] = f"{value:.12f}".rstrip("0").rstrip(".")
    values |= {name: "\n".join(products[name]) for name in LINES if name in products}
    return RuleForm(
        document["type"],
        document["id"],
        {"zone": "UTC"} | values,
        {name: document.get(name, ()) for name in CHOICES},
        document.get("enabled", True),
    )


def read_form(sent: MultiDict[str, str], taken: Collection[str]) -> RuleForm:
    """Read the form and check it as the API does; a field left empty counts as not given.

    Args:
        taken: ids of the other rules, of which a new one gets none.
    """
    values = {name: sent.get(name, "") for name in (*TEXTS, *WHOLES, *DECIMALS, *LINES)}
    form = RuleForm(
        sent.get("type", ""),
        sent.get("id", ""),
        values,
        {name: sent.getlist(name) for name in CHOICES},
        "enabled" in sent,
    )
    try:
        document = RuleSchema().load(_members(form, taken))
    except ma.ValidationError as error:
        return with_faults(form, faults_of(error.normalized_messages()))
    return replace(form, document=document)


def with_faults(form: RuleForm, faults: Iterable[Mapping[str, str]]) -> RuleForm:
    """The form with faults as of `faults_of`, each at its field; several of one field run together."""
    at_field: dict[str, str] = dict(form.faults)
    for fault in faults:
        name = re.sub(r"\[\d+\]$", "", fault["name"])
        at_field[name] = f"{at_field[name]} {fault['detail']}" if name in at_field else fault["detail"]
    return replace(form, faults=at_field)


def _members(form: RuleForm, taken: Collection[str]) -> dict[str, Any]:
    """The document that was typed, unchecked."""
    # Ids are compared exactly, blanks at their ends included.
    given = {
        name: value if name == "product_id" else value.strip()
        for name, value in form.values.items()
        if value.strip()
    }
    members: dict[str, Any] = {"id": form.id or _unused_id(given.get("name", form.type), taken)}
    members |= {"type": form.type, "enabled": form.enabled}
    members |= {name: given[name] for name in TEXTS if name in given}
    if "from" not in given and "until" not in given:
        members.pop("zone", None)
    products: dict[str, Any] = {}
    for name, value in given.items():
        if name in (*WHOLES, *DECIMALS):
            _put(members, products, name, _number(value, whole=name in WHOLES))
    for name in LINES:
        if lines := [line for line in _LINE_END.split(form.values[name]) if line.strip()]:
            _put(members, products, name, lines)
    if products:
        members["products"] = products
    return members | {name: list(chosen) for name, chosen in form.chosen.items()}


def _put(members: dict[str, Any], products: dict[str, Any], name: str, value: Any) -> None:
    if name.startswith("products."):
        products[name.removeprefix("products.")] = value
    else:
        members[name] = value


def _number(text: str, whole: bool) -> int | float | str:
    """The number; the text itself where it is none, which the schema refuses."""
    if whole:
        return int(text) if _WHOLE.fullmatch(text) else text
    return float(text.replace(",", ".")) if _DECIMAL.fullmatch(text) else text


def _unused_id(name: str, taken: Collection[str]) -> str:
    """`Summer teas!` → `summer-teas`, or with a number where that is taken."""
    slug = re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")[:50] or "rule"
    number = 1
    while (made := slug if number == 1 else f"{slug}-{number}") in taken:
        number += 1
    return made


def _local_times(document: Mapping[str, Any]) -> dict[str, str]:
    """`from` and `until` as a browser's field takes them: without a zone, in the rule's or else in UTC."""
    zone = ZoneInfo(document["zone"]) if document.get("zone") else UTC
    times = {name: datetime.fromisoformat(document[name]) for name in ("from", "until") if document.get(name)}
    return {
        name: (time.astimezone(zone) if time.tzinfo else time)
        .replace(tzinfo=None)
        .isoformat(timespec="seconds" if time.second else "minutes")
        for name, time in times.items()
    }
