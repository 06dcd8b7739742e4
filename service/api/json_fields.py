"""Members of JSON bodies, checked more strictly than marshmallow does: 1 is not true, "2" is no number."""

from __future__ import annotations

import math
from typing import Any

import marshmallow as ma

from service.rules.document import moment


class Number(ma.fields.Float):
    """A finite JSON number within bounds that the message names."""

    def __init__(self, least: float, most: float, **kwargs: Any) -> None:
        super().__init__(**{"allow_none": True} | kwargs)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        number = not isinstance(value, bool) and isinstance(value, int | float)
        if not number or not self.least <= value <= self.most or math.isnan(value):
            raise ma.ValidationError(f"Must be a number from {self.least:g} to {self.most:g}.")
        return float(value)


class Whole(Number):
    """A whole JSON number within bounds."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            raise ma.ValidationError(f"Must be a whole number from {self.least:g} to {self.most:g}.")
        return value


class Truth(ma.fields.Boolean):
    """true or false, and nothing like them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ma.ValidationError("Must be true or false.")
        return value


class Moment(ma.fields.Field):
    """ISO 8601 with an offset → seconds since 1970."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        try:
            return moment(value, None)
        except (TypeError, ValueError, OverflowError) as error:
            raise ma.ValidationError("Must be ISO 8601 with an offset: 2026-11-27T09:00+01:00.") from error
