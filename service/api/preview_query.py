"""The query of GET /v1/admin/preview: that of the answer, by which rules, and as of when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import marshmallow as ma

from service.api.json_fields import Moment
from service.api.parameters import OneText, RecommendationQuerySchema, as_query
from service.query import Query
from service.recommendations import Recommendations
from service.rule_changes import book_in_work

RULES = ("live", "draft")


class _QueryMoment(Moment):
    """A time in an address, where a + that was not escaped arrives as a blank."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        escaped = value.replace(" ", "+") if isinstance(value, str) else value
        return super()._deserialize(escaped, attr, data, **kwargs)


class PreviewQuerySchema(RecommendationQuerySchema):
    """The query of the preview."""

    rules = OneText(
        load_default="live",
        validate=ma.validate.OneOf(RULES, error="Must be one of {choices}."),
        metadata={"description": "By the live rules, or by the draft"},
    )
    at = _QueryMoment(
        load_default=None,
        metadata={
            "description": "As if it were then; now. ISO 8601 with an offset",
            "type": "string",
            "format": "date-time",
        },
    )


class PreviewQuery(NamedTuple):
    """One checked question of the preview.

    Attributes:
        query: what is asked.
        draft: by the draft of the rules in place of the live ones.
        at: seconds since 1970, as if it were then; None: now.
    """

    query: Query
    draft: bool = False
    at: float | None = None

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> PreviewQuery:
        """The question that checked `PreviewQuerySchema` arguments put."""
        # Whoever may preview may see customers' lists.
        query = as_query(arguments, arguments["visitor_id"])
        return cls(query, arguments["rules"] == "draft", arguments["at"])

    def answered(self, service: Recommendations) -> dict[str, Any]:
        """The answer with its trace.

        Raises:
            redis.RedisError: the draft was asked for, and the store is away.
        """
        return service.preview(self.query, book_in_work(service) if self.draft else None, self.at)
