"""Saving, publishing and going back, with the checks that come first; for the API and the console alike."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

import structlog

from service.recommendations import Recommendations
from service.rules.book import RuleBook
from service.rules.conflicts import conflicts
from service.rules.document import rules_of
from service.rules.doubts import doubts
from service.rules.findings import Finding
from service.rules.matching import Matcher
from service.store.api_keys import ApiKey
from service.store.rule_revisions import (
    NothingToPublish,
    RuleRevision,
    Rules,
    RuleState,
    publish_draft,
    revert_to,
    rule_revision,
    rule_state,
    save_draft,
)

log = structlog.get_logger()


class Contradiction(Exception):
    """The rules contradict themselves; nothing was changed.

    Attributes:
        findings: what contradicts what.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("the rules contradict themselves")
        self.findings = findings


class Checked(NamedTuple):
    """What is to be said about rules: contradictions, which must not be saved, and warnings."""

    contradictions: list[Finding]
    warnings: list[Finding]


def check(service: Recommendations, rules: Rules) -> Checked:
    """Check rules against each other, the live catalogue and the placements.

    Args:
        rules: documents that have passed `service.api.rule_schemas`.
    """
    parsed = rules_of(rules)
    matcher = Matcher(service.follower.snapshot)
    at = time.time()
    return Checked(
        conflicts(parsed, matcher, service.placements, at), doubts(parsed, matcher, service.placements, at)
    )


def save(
    service: Recommendations, edition: int, rules: Rules, author: str
) -> tuple[RuleState, list[Finding]]:
    """Save a draft; returns the state, and warnings.

    Contradictions that the rules in work have already, as a later catalogue or other placements may bring
    about, are warnings here: else several could not be put right one by one. They cannot be published.

    Raises:
        Contradiction: there are new ones; nothing was saved.
        StaleEdition: somebody else has changed the rules.
        redis.RedisError: the store is away.
    """
    checked = check(service, rules)
    known = _known_contradictions(service) if checked.contradictions else set()
    new = [found for found in checked.contradictions if _named(rules, found) not in known]
    if new:
        raise Contradiction(new)
    findings = [*checked.contradictions, *checked.warnings]
    return save_draft(service.client, service.keys, edition, rules, author), findings


def publish(
    service: Recommendations, edition: int, note: str, author: str
) -> tuple[RuleRevision, list[Finding]]:
    """Make the draft live; the catalogue may have changed since it was saved, so it is checked again.

    Raises:
        NothingToPublish: there is no draft.
        Contradiction, StaleEdition, redis.RedisError: as of `save`.
    """
    draft = rule_state(service.client, service.keys).draft
    if draft is None:
        raise NothingToPublish("there is no draft of the rules")
    checked = check(service, draft.rules)
    if checked.contradictions:
        raise Contradiction(checked.contradictions)
    made = publish_draft(service.client, service.keys, edition, note, author)
    log.info("rules_published", revision=made.revision, rules=len(made.rules), author=author)
    return made, checked.warnings


def revert(
    service: Recommendations, edition: int, number: int, note: str, author: str
) -> tuple[RuleRevision, list[Finding]]:
    """Bring an earlier revision back, whatever it contradicts by now: contradictions become warnings.

    Raises:
        NoSuchRevision: it is not there (any more).
        StaleEdition, redis.RedisError: as of `save`.
    """
    made = revert_to(service.client, service.keys, edition, number, note, author)
    log.info("rules_reverted", revision=made.revision, copy_of=number, author=author)
    checked = check(service, made.rules)
    return made, [*checked.contradictions, *checked.warnings]


def rules_in_work(service: Recommendations) -> tuple[RuleState, Rules]:
    """The state, and the rules of the draft; where there is none, those that are live."""
    state = rule_state(service.client, service.keys)
    if state.draft is not None:
        return state, state.draft.rules
    return state, rule_revision(service.client, service.keys, state.live).rules


def _known_contradictions(service: Recommendations) -> set[tuple[str, str, str]]:
    _, rules = rules_in_work(service)
    return {_named(rules, found) for found in check(service, rules).contradictions}


def _named(rules: Rules, finding: Finding) -> tuple[str, str, str]:
    """A finding by the rule's id, which stays when rules before it come and go."""
    return ("" if finding.place is None else rules[finding.place]["id"], finding.member, finding.detail)


def book_in_work(service: Recommendations) -> RuleBook:
    """The rules of `rules_in_work`, ready to answer by. Raises redis.RedisError."""
    return RuleBook(rules_of(rules_in_work(service)[1]), None)


def signature(role: str, key: ApiKey | None) -> str:
    """How a revision names its author; None is the key of RECS_ADMIN_KEY, which has no id."""
    return f"{role} {key.id}" if key else f"{role} (RECS_ADMIN_KEY)"
