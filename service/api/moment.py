"""Times in requests."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from service.rules.document import moment


class Moment(ma.fields.Field):
    """ISO 8601 with an offset → seconds since 1970."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        try:
            return moment(value, None)
        except (TypeError, ValueError, OverflowError) as error:
            raise ma.ValidationError("Must be ISO 8601 with an offset: 2026-11-27T09:00+01:00.") from error
