"""What a platform's connector offers for its JSON documents, and what it says of those it cannot read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

Line = dict[str, Any]
"""Values of `PLATFORM_SCHEMA`; what is absent is null."""

Json = Mapping[str, Any]
"""One JSON object."""


class DocumentFault(Exception):
    """Why a document is no order that can be read: the reason, as the quarantine names it."""


class DocumentLayout(Protocol):
    """How one platform writes its orders."""

    NAME: str

    def recognises(self, document: Json) -> bool:
        """Whether this is an order of the platform, or a part of one."""
        ...

    def order_lines(self, document: Json) -> list[Line]:
        """The lines of one order, at least one. Raises `DocumentFault`: it cannot be understood."""
        ...
