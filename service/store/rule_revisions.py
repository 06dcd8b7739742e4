"""The rules in the store: immutable revisions, of which one is live, and the draft of the next.

Every change carries the edition that its author last saw and makes the next one. So two people cannot
overwrite each other's work unseen, whether by saving, publishing or going back.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

import redis

from service.store.keys import Keys

KEPT_REVISIONS = 200

_KEEP = "keep"
"""In place of a draft: leave it as it is."""

Rules = Sequence[Mapping[str, Any]]

# KEYS: draft, rules, live. ARGV: the edition last seen, a token of this change, the draft as JSON ("": none,
# "keep": as it is), the new live revision's number ("": no new one), its JSON, how many are kept. Running it
# again, as a client does whose first reply was lost, changes nothing. Returns the edition.
_CHANGE = """
local known = redis.call('HMGET', KEYS[1], 'edition', 'writer')
if known[2] == ARGV[2] then return tonumber(known[1]) end
if tonumber(known[1] or '0') ~= tonumber(ARGV[1]) then return redis.error_reply('STALEEDITION') end
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[2], ARGV[4], ARGV[5])
  redis.call('HDEL', KEYS[2], string.format('%d', tonumber(ARGV[4]) - tonumber(ARGV[6])))
  redis.call('HSET', KEYS[3], 'rules', ARGV[4])
end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], 'document')
elseif ARGV[3] ~= 'keep' then
  redis.call('HSET', KEYS[1], 'document', ARGV[3])
end
redis.call('HSET', KEYS[1], 'writer', ARGV[2])
return redis.call('HINCRBY', KEYS[1], 'edition', 1)
"""


class StaleEdition(Exception):
    """The rules have changed since the edition that was named; nothing was changed."""


class NothingToPublish(Exception):
    """There is no draft."""


class NoSuchRevision(Exception):
    """The store holds no revision of this number (any more)."""


@dataclass(frozen=True)
class RuleRevision:
    """Rules that are or were live.

    Attributes:
        revision: from 1; 0 stands for the time before any rules were published.
        at: when it went live, ISO 8601, UTC.
        author: role and id of the key that published it.
        note: why, in the author's words.
        rules: documents as `service.rules.document` reads them.
        copy_of: the earlier revision that it brings back; None for a published draft.
    """

    revision: int
    at: str = ""
    author: str = ""
    note: str = ""
    rules: Rules = ()
    copy_of: int | None = None


NO_REVISION = RuleRevision(0)


@dataclass(frozen=True)
class Draft:
    """Rules that nobody is served by yet.

    Attributes:
        based_on: the revision that was live when it was last saved.
        at, author, rules: as of RuleRevision.
    """

    based_on: int
    at: str
    author: str
    rules: Rules


@dataclass(frozen=True)
class RuleState:
    """Where the rules stand.

    Attributes:
        edition: to be named by the next change; it grows with each.
        live: number of the live revision; 0: none.
        draft: None where there is none.
    """

    edition: int
    live: int
    draft: Draft | None


def rule_state(client: redis.Redis, keys: Keys) -> RuleState:
    """Edition, draft and live revision of one moment."""
    pipeline = client.pipeline(transaction=True)
    pipeline.hmget(keys.rules_draft, ["edition", "document"])
    pipeline.hget(keys.live, "rules")
    (edition, document), live = pipeline.execute()
    draft = Draft(**json.loads(document)) if document else None
    return RuleState(int(edition or 0), int(live or 0), draft)


def rule_revision(client: redis.Redis, keys: Keys, number: int) -> RuleRevision:
    """The revision of this number; 0 is the one without rules.

    Raises:
        NoSuchRevision: it is not there (any more).
    """
    if number == 0:
        return NO_REVISION
    found = cast(bytes | None, client.hget(keys.rules, str(number)))
    if found is None:
        raise NoSuchRevision(f"there is no revision {number} of the rules")
    return RuleRevision(**json.loads(found))


def rule_revisions(client: redis.Redis, keys: Keys, newest: int, count: int) -> list[RuleRevision]:
    """Up to `count` revisions from number `newest` down to older ones."""
    numbers = [str(number) for number in range(newest, max(newest - count, 0), -1)]
    found = cast(list[bytes | None], client.hmget(keys.rules, numbers)) if numbers else []
    return [RuleRevision(**json.loads(one)) for one in found if one is not None]


def save_draft(client: redis.Redis, keys: Keys, edition: int, rules: Rules, author: str) -> RuleState:
    """Put these rules in the draft's place. Raises StaleEdition."""
    live = rule_state(client, keys).live
    draft = Draft(live, _now(), author, rules)
    return RuleState(_change(client, keys, edition, _json(draft)), live, draft)


def discard_draft(client: redis.Redis, keys: Keys, edition: int) -> RuleState:
    """Remove the draft. Raises StaleEdition."""
    live = rule_state(client, keys).live
    return RuleState(_change(client, keys, edition, ""), live, None)


def publish_draft(client: redis.Redis, keys: Keys, edition: int, note: str, author: str) -> RuleRevision:
    """Make the draft the live revision; afterwards there is none.

    Raises:
        StaleEdition: the rules have changed, or other ones went live since the draft was saved.
        NothingToPublish: there is no draft.
    """
    state = rule_state(client, keys)
    if state.draft is None:
        raise NothingToPublish("there is no draft of the rules")
    if state.edition != edition or state.draft.based_on != state.live:
        raise StaleEdition(f"revision {state.live} has gone live since the draft was saved")
    made = RuleRevision(state.live + 1, _now(), author, note, state.draft.rules)
    _change(client, keys, edition, "", made)
    return made


def revert_to(
    client: redis.Redis, keys: Keys, edition: int, number: int, note: str, author: str
) -> RuleRevision:
    """Make a new live revision with the rules of an earlier one; a draft stays as it is.

    Raises:
        StaleEdition: the rules have changed.
        NoSuchRevision: it is not there (any more).
    """
    earlier = rule_revision(client, keys, number)
    state = rule_state(client, keys)
    made = RuleRevision(state.live + 1, _now(), author, note, earlier.rules, copy_of=number)
    if state.edition != edition:
        raise StaleEdition(f"revision {state.live} is live now")
    _change(client, keys, edition, _KEEP, made)
    return made


def _change(
    client: redis.Redis, keys: Keys, edition: int, draft: str, made: RuleRevision | None = None
) -> int:
    names = (keys.rules_draft, keys.rules, keys.live)
    new = (str(made.revision), _json(made)) if made else ("", "")
    try:
        result = client.eval(
            _CHANGE, len(names), *names, edition, secrets.token_hex(8), draft, *new, KEPT_REVISIONS
        )
    except redis.ResponseError as error:
        if "STALEEDITION" in str(error):
            raise StaleEdition("the rules have changed since") from error
        raise
    return cast(int, result)


def _json(value: RuleRevision | Draft) -> str:
    return json.dumps(asdict(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
