"""The answers of /v1/admin/rules, for the OpenAPI document; the views themselves send plain dicts."""

from __future__ import annotations

import marshmallow as ma

from service.api.rule_schemas import RuleSchema


class RevisionHeadSchema(ma.Schema):
    """When a revision went live, by whom, and why."""

    revision = ma.fields.Integer(metadata={"description": "From 1; 0: no rules were published yet"})
    at = ma.fields.String(metadata={"description": "When it went live, ISO 8601, UTC"})
    author = ma.fields.String(metadata={"description": "Role and id of the key"})
    note = ma.fields.String()
    copy_of = ma.fields.Integer(
        allow_none=True, metadata={"description": "The revision whose rules it brings back"}
    )


class RevisionSchema(RevisionHeadSchema):
    """A revision with its rules."""

    rules = ma.fields.List(ma.fields.Nested(RuleSchema))


class LiveRulesSchema(RevisionSchema):
    """The live revision, and where the draft stands."""

    edition = ma.fields.Integer(metadata={"description": "To be named by the next change"})
    draft = ma.fields.Boolean(metadata={"description": "Whether there is one"})


class WarningSchema(ma.Schema):
    """What looks unintended."""

    rule = ma.fields.String(allow_none=True, metadata={"description": "null: several rules together"})
    name = ma.fields.String(metadata={"description": "Its place, as in `rules[2].products`"})
    detail = ma.fields.String()


class MadeLiveSchema(RevisionSchema):
    """What has gone live."""

    warnings = ma.fields.List(ma.fields.Nested(WarningSchema))


class DraftSchema(ma.Schema):
    """The draft; where there is none, the live rules."""

    edition = ma.fields.Integer(metadata={"description": "To be named by the next change"})
    live = ma.fields.Integer(metadata={"description": "The live revision"})
    saved = ma.fields.Boolean(metadata={"description": "Whether there is a draft"})
    based_on = ma.fields.Integer(metadata={"description": "The revision live when it was saved"})
    at = ma.fields.String(allow_none=True)
    author = ma.fields.String(allow_none=True)
    rules = ma.fields.List(ma.fields.Nested(RuleSchema))
    warnings = ma.fields.List(ma.fields.Nested(WarningSchema))


class RevisionLineSchema(RevisionHeadSchema):
    """A revision in the history."""

    rules = ma.fields.Integer(metadata={"description": "How many"})


class HistorySchema(ma.Schema):
    """Revisions, newest first."""

    revisions = ma.fields.List(ma.fields.Nested(RevisionLineSchema))


class EmptySlotsSchema(ma.Schema):
    """Slots without a product, over all lists."""

    before = ma.fields.Integer()
    after = ma.fields.Integer()


class CountedProductSchema(ma.Schema):
    """A product, and in how many lists."""

    product_id = ma.fields.String()
    lists = ma.fields.Integer()


class ChangedListSchema(ma.Schema):
    """One visitor's list by the live rules and by the draft."""

    visitor_id = ma.fields.String(allow_none=True)
    product_ids = ma.fields.List(ma.fields.String(), metadata={"description": "Of the page"})
    before = ma.fields.List(ma.fields.String())
    after = ma.fields.List(ma.fields.String())
    vanished = ma.fields.Dict(metadata={"description": "Product id → why, as in the preview's trace"})
    entered = ma.fields.List(ma.fields.String())


class DryRunAnswerSchema(ma.Schema):
    """What a draft would change."""

    lists = ma.fields.Integer()
    changed = ma.fields.Integer()
    empty_slots = ma.fields.Nested(EmptySlotsSchema)
    vanished = ma.fields.List(ma.fields.Nested(CountedProductSchema))
    entered = ma.fields.List(ma.fields.Nested(CountedProductSchema))
    visitors = ma.fields.List(ma.fields.Nested(ChangedListSchema))
