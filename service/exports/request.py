"""What an export is asked for; also as JSON, as it waits in the store for a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from service.placements import CUSTOMER_LISTS, Placement

FORMATS = ("csv", "parquet", "jsonl")

ROWS, KLAVIYO, MAILCHIMP = "rows", "klaviyo", "mailchimp"
LAYOUTS = (ROWS, KLAVIYO, MAILCHIMP)
"""A row for each customer and product; a row for each customer, as these services import them."""

MAX_PLACES = 20
"""Products a customer where each has columns of its own: Mailchimp knows 80 fields, and takes 4 for each."""


class ExportRefused(Exception):
    """What was asked for cannot be exported; the message tells why.

    Attributes:
        member: of the request, that is at fault; empty where none is.
    """

    def __init__(self, why: str, member: str = "") -> None:
        super().__init__(why)
        self.member = member


@dataclass(frozen=True)
class ExportRequest:
    """One export.

    Attributes:
        placement: its name.
        limit: products a customer at most.
        at: when it is sent, in seconds since 1970: rules and what is due again are those of then; None: when
            the export is begun.
        format: one of `FORMATS`.
        layout: one of `LAYOUTS`.
        customer_ids: the audience; None: every customer with a list for this placement.
    """

    placement: str
    limit: int
    at: float | None = None
    format: str = "csv"
    layout: str = ROWS
    customer_ids: tuple[str, ...] | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """From what `as_json` gave."""
        ids = document["customer_ids"]
        return cls(**{**document, "customer_ids": None if ids is None else tuple(ids)})

    def check(self, placements: Mapping[str, Placement]) -> Placement:
        """The placement that is asked for.

        Raises:
            ExportRefused: there is none of this name that is a customer's, or the limit is too high.
        """
        personal = [name for name, one in placements.items() if own_list(one) is not None]
        if self.placement not in personal:
            why = f"only the customers' lists are exported: {', '.join(personal)}"
            raise ExportRefused(why, "placement")
        if self.layout != ROWS and self.limit > MAX_PLACES:
            why = f"the layout {self.layout} has room for {MAX_PLACES} products at most"
            raise ExportRefused(why, "limit")
        return placements[self.placement]


def own_list(placement: Placement) -> str | None:
    """The published list that decides who belongs to a placement's audience; None: it is nobody's own."""
    return next((name for name in placement.sources if name in CUSTOMER_LISTS), None)
