"""The bodies of the answers, for the OpenAPI document; the views themselves send plain dicts."""

from __future__ import annotations

import marshmallow as ma

from service.query import FALLBACKS
from service.store.codec import REASONS


class ProductSchema(ma.Schema):
    """What a page needs to show a product."""

    title = ma.fields.String()
    url = ma.fields.String(allow_none=True)
    image_url = ma.fields.String(allow_none=True)
    brand = ma.fields.String(allow_none=True)
    category = ma.fields.String(allow_none=True)
    price = ma.fields.Float(allow_none=True)
    currency = ma.fields.String(allow_none=True)
    in_stock = ma.fields.Boolean()
    available_from = ma.fields.String(allow_none=True, metadata={"description": "ISO 8601, UTC"})
    tags = ma.fields.List(ma.fields.String(), allow_none=True)


class ReasonSchema(ma.Schema):
    """Why an item is in the list."""

    code = ma.fields.String(validate=ma.validate.OneOf(REASONS))
    product_id = ma.fields.String(allow_none=True, metadata={"description": "The product that led to it"})


class ItemSchema(ma.Schema):
    """One recommended product."""

    product_id = ma.fields.String()
    rank = ma.fields.Integer(metadata={"description": "From 1"})
    score = ma.fields.Float(metadata={"description": "Higher is better; comparable within one source"})
    reason = ma.fields.Nested(ReasonSchema)
    product = ma.fields.Nested(
        ProductSchema, allow_none=True, metadata={"description": "Only with include=product; null: not known"}
    )


class AnswerSchema(ma.Schema):
    """A list of recommendations."""

    recommendation_id = ma.fields.String(metadata={"description": "Fresh for each answer; clicks cite it"})
    placement = ma.fields.String()
    visitor_id = ma.fields.String(allow_none=True)
    model_version = ma.fields.String(allow_none=True)
    experiment = ma.fields.Dict(allow_none=True, metadata={"description": "null, or id and arm"})
    fallback = ma.fields.String(
        allow_none=True,
        validate=ma.validate.OneOf(FALLBACKS),
        metadata={"description": "null: every item came from the placement's own list"},
    )
    items = ma.fields.List(ma.fields.Nested(ItemSchema))
    next_cursor = ma.fields.String(allow_none=True)


class PreviewSchema(AnswerSchema):
    """A list of recommendations and how it came about."""

    trace = ma.fields.Dict(
        metadata={"description": "Candidates by source, scores by model, rules, what was dropped"}
    )


class VersionSchema(ma.Schema):
    """A published version."""

    version = ma.fields.String()
    live = ma.fields.Boolean()
    previous = ma.fields.Boolean(metadata={"description": "The one live before: where a rollback goes"})
    created_at = ma.fields.String()
    catalog_updated_at = ma.fields.String(
        metadata={"description": "Empty: the catalogue is that of its publication"}
    )
    published_by = ma.fields.String()
    model = ma.fields.String()
    demo = ma.fields.Boolean()
    forced = ma.fields.Boolean()
    config_digest = ma.fields.String()
    metrics = ma.fields.Dict()
    counts = ma.fields.Dict()
    size_bytes = ma.fields.Integer()


class VersionsSchema(ma.Schema):
    """All published versions, newest first."""

    versions = ma.fields.List(ma.fields.Nested(VersionSchema))
