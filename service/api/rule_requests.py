"""The bodies and queries of /v1/admin/rules, as marshmallow checks them."""

from __future__ import annotations

import re
from typing import Any

import marshmallow as ma

from service.api.json_fields import Moment, Whole
from service.api.parameters import MAX_CONTEXT_PRODUCTS, Limit, OneText, PlacementName, Text
from service.api.rule_schemas import RuleSchema
from service.rule_dry_run import DEFAULT_SAMPLE, MAX_VISITORS

MAX_RULES = 500

_MOST = 2**53

_REVISION = re.compile("[0-9]{1,15}")


class RevisionNumber(OneText):
    """A number in ASCII digits, as in a query."""

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """The number; None where there is none."""
        text = super().deserialize(value, attr, data, **kwargs)
        if text is not None and not _REVISION.fullmatch(text):
            raise ma.ValidationError("Must be a revision's number.")
        return None if text is None else int(text)


def _edition() -> Whole:
    description = "As last read: 409 where the rules have changed since"
    return Whole(0, _MOST, required=True, metadata={"description": description})


def _note() -> Text:
    return Text(required=True, metadata={"description": "Why, for whoever looks back"})


class EditionSchema(ma.Schema):
    """What a change names, so that it changes what its author has seen."""

    edition = _edition()


class RulesSchema(EditionSchema):
    """A draft: all rules, in their order."""

    rules = ma.fields.List(
        ma.fields.Nested(RuleSchema),
        required=True,
        validate=ma.validate.Length(max=MAX_RULES, error=f"Must be at most {MAX_RULES} rules."),
    )


class PublishSchema(EditionSchema):
    """Publishing the draft."""

    note = _note()


class RevertSchema(EditionSchema):
    """Going back to an earlier revision."""

    revision = Whole(0, _MOST, required=True, metadata={"description": "Which; 0: no rules at all"})
    note = _note()


class RevisionsQuerySchema(ma.Schema):
    """Which part of the history."""

    before = RevisionNumber(load_default=None, metadata={"description": "Only older ones than this number"})
    limit = Limit(load_default=20, metadata={"description": "Revisions at most"})


class DryRunSchema(ma.Schema):
    """What to try the draft out on."""

    placement = PlacementName(load_default="for_you")
    limit = Whole(1, 100, load_default=12, metadata={"description": "Slots of each list"})
    visitors = ma.fields.List(
        Text(),
        load_default=(),
        validate=ma.validate.Length(max=MAX_VISITORS, error="Must be at most {max} visitors."),
        metadata={"description": "Their ids; none: a sample"},
    )
    sample = Whole(
        1,
        MAX_VISITORS,
        load_default=DEFAULT_SAMPLE,
        metadata={"description": "Visitors in the sample, one of them anonymous"},
    )
    product_ids = ma.fields.List(
        Text(),
        load_default=(),
        validate=ma.validate.Length(max=MAX_CONTEXT_PRODUCTS, error="Must be at most {max} products."),
        metadata={"description": "Of the page"},
    )
    at = Moment(load_default=None, metadata={"description": "As if it were then; now", "format": "date-time"})
