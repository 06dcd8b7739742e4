"""Robots that say in their User-Agent what they are: their events count for nobody but themselves."""

from __future__ import annotations

import re

# "bot" at a word's end, as in Googlebot/2.1; Cubot is a maker of telephones.
_BOT = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|facebookexternalhit|mediapartners|lighthouse|pingdom", re.IGNORECASE
)


def says_bot(user_agent: str | None) -> bool:
    """Whether a User-Agent says that it is no person's browser and no shop's server."""
    return user_agent is not None and _BOT.search(user_agent) is not None
