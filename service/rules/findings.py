"""What is found wrong, or doubtful, in a set of rules."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """One remark.

    Attributes:
        place: position of the rule among the rules; None: it concerns several together.
        member: of the rule's document that should change; empty: the rule as a whole.
        detail: what is wrong, and the cure where there is one, for people.
    """

    place: int | None
    member: str
    detail: str
