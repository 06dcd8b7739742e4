"""What the doctor finds: one finding a question, each with what was seen and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

import numpy as np


class Severity(IntEnum):
    """How bad it is, rising; only a refusal stops a run."""

    OK = 0
    NOTE = 1
    WARNING = 2
    REFUSAL = 3

    @property
    def word(self) -> str:
        return self.name.lower()


NO_BREAK = "\N{NO-BREAK SPACE}"

MAX_EXAMPLES = 100
"""Of one finding in JSON: a whole catalogue may be unsold."""

Figures = dict[str, float | str]
"""Numbers by name, and an id or a date where that is what was measured."""


@dataclass(frozen=True)
class Finding:
    """The answer to one question about a history.

    Attributes:
        code: names the question, snake_case; stable, for scripts.
        title: the question's subject, for people.
        severity: how bad it is.
        seen: what was seen, with its numbers, as a sentence.
        advice: what to do; empty where nothing needs doing.
        figures: the numbers of `seen`, by name.
        examples: ids, titles or days to look at, most important first; the first stands in `seen`, too.
    """

    code: str
    title: str
    severity: Severity
    seen: str
    advice: str = ""
    figures: Mapping[str, float | str] = field(default_factory=dict)
    examples: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "severity": self.severity.word,
            "examples": self.examples[:MAX_EXAMPLES],
        }


@dataclass(frozen=True)
class Diagnosis:
    """All findings about one history, the worst first."""

    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Diagnosis:
        """Sorted by severity; findings of one severity stay in the order of the checks."""
        return cls(tuple(sorted(findings, key=lambda finding: -finding.severity)))

    @property
    def severity(self) -> Severity:
        """The worst of all findings."""
        return max((finding.severity for finding in self.findings), default=Severity.OK)

    @property
    def refused(self) -> bool:
        """Whether a run on this history would end with exit code 3."""
        return self.severity is Severity.REFUSAL

    def at(self, severity: Severity) -> list[Finding]:
        """The findings of just this severity."""
        return [finding for finding in self.findings if finding.severity is severity]

    def finding(self, code: str) -> Finding:
        """The finding with this code. Raises KeyError."""
        for found in self.findings:
            if found.code == code:
                return found
        raise KeyError(code)

    def as_json(self) -> dict[str, Any]:
        return {
            "severity": self.severity.word,
            "findings": [finding.as_json() for finding in self.findings],
        }


def percent(share: float) -> str:
    """`7.5 %`; below one in a thousand `under 0.1 %`, so that something is never told as nothing."""
    below = "under " if 0 < share < 0.001 else ""
    return f"{below}{100 * max(share, 0.001) if share else 0:.1f}{NO_BREAK}%"


def date_text(seconds: int | np.integer) -> str:
    """`2026-01-05`, in UTC, of seconds since 1970."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d")


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 order`, `2,000 orders`"""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
