"""Drafts, revisions and the pointer to the live one; nobody overwrites another's work unseen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from service.store import rule_revisions
from service.store.keys import Keys
from service.store.rule_revisions import (
    NO_REVISION,
    NoSuchRevision,
    NothingToPublish,
    StaleEdition,
    discard_draft,
    publish_draft,
    revert_to,
    rule_revision,
    rule_state,
    save_draft,
)
from tests.service.store.lost_replies import LossyConnection, lossy_client

ONE: list[dict[str, object]] = [{"id": "one", "type": "exclude", "products": {"product_ids": ["p1"]}}]
TWO: list[dict[str, object]] = [*ONE, {"id": "two", "type": "in_stock"}]


def publish(store: redis.Redis, keys: Keys, rules=ONE, note: str = "why") -> int:
    state = save_draft(store, keys, rule_state(store, keys).edition, rules, "merchandiser a")
    return publish_draft(store, keys, state.edition, note, "merchandiser a").revision


def test_before_any_rules_everything_is_empty(each_store, keys):
    state = rule_state(each_store, keys)
    assert (state.edition, state.live, state.draft) == (0, 0, None)
    assert rule_revision(each_store, keys, 0) is NO_REVISION
    assert rule_revisions.rule_revisions(each_store, keys, 0, 10) == []


def test_a_draft_goes_live_as_a_revision(each_store, keys):
    state = save_draft(each_store, keys, 0, ONE, "merchandiser a")
    assert rule_state(each_store, keys) == state
    assert state.live == 0
    made = publish_draft(each_store, keys, state.edition, "Recall of p1", "admin b")
    assert (made.revision, made.author, made.note, made.rules) == (1, "admin b", "Recall of p1", ONE)
    assert rule_revision(each_store, keys, 1) == made
    after = rule_state(each_store, keys)
    assert (after.live, after.draft) == (1, None)
    assert each_store.hget(keys.live, "rules") == b"1"


def test_going_back_is_a_new_revision_and_leaves_the_draft(each_store, keys):
    publish(each_store, keys, ONE)
    publish(each_store, keys, TWO)
    state = save_draft(each_store, keys, rule_state(each_store, keys).edition, [], "merchandiser a")
    made = revert_to(each_store, keys, state.edition, 1, "Two was wrong", "admin b")
    assert (made.revision, made.rules, made.copy_of) == (3, ONE, 1)
    after = rule_state(each_store, keys)
    assert after.live == 3
    assert after.draft == state.draft
    with pytest.raises(StaleEdition):
        publish_draft(each_store, keys, after.edition, "over revision 3, unseen", "merchandiser a")
    saved = save_draft(each_store, keys, after.edition, [], "merchandiser a")
    assert publish_draft(each_store, keys, saved.edition, "knowingly", "merchandiser a").revision == 4


def test_going_back_to_no_rules(each_store, keys):
    publish(each_store, keys, ONE)
    assert revert_to(each_store, keys, rule_state(each_store, keys).edition, 0, "", "a").rules == ()
    assert rule_revision(each_store, keys, 2).rules == []


def test_a_change_that_names_an_old_edition_changes_nothing(each_store, keys):
    publish(each_store, keys, ONE)
    old = rule_state(each_store, keys).edition
    mine = save_draft(each_store, keys, old, TWO, "me")
    for change in (
        lambda: save_draft(each_store, keys, old, ONE, "you"),
        lambda: discard_draft(each_store, keys, old),
        lambda: publish_draft(each_store, keys, old, "", "you"),
        lambda: revert_to(each_store, keys, old, 1, "", "you"),
    ):
        with pytest.raises(StaleEdition):
            change()
    assert rule_state(each_store, keys) == mine


def test_what_is_not_there_is_refused(each_store, keys):
    with pytest.raises(NothingToPublish):
        publish_draft(each_store, keys, 0, "", "a")
    with pytest.raises(NoSuchRevision):
        revert_to(each_store, keys, 0, 7, "", "a")


def test_a_discarded_draft_is_gone(each_store, keys):
    state = save_draft(each_store, keys, 0, ONE, "a")
    assert discard_draft(each_store, keys, state.edition).draft is None
    assert rule_state(each_store, keys).draft is None


def test_the_latest_revisions_are_kept_and_listed_newest_first(each_store, keys, monkeypatch):
    monkeypatch.setattr(rule_revisions, "KEPT_REVISIONS", 3)
    for number in range(5):
        publish(each_store, keys, note=f"number {number + 1}")
    found = rule_revisions.rule_revisions(each_store, keys, newest=5, count=10)
    assert [one.revision for one in found] == [5, 4, 3]
    assert [one.revision for one in rule_revisions.rule_revisions(each_store, keys, newest=4, count=1)] == [4]
    with pytest.raises(NoSuchRevision):
        rule_revision(each_store, keys, 2)


def test_a_change_whose_reply_is_lost_is_made_once(store, store_url, keys):
    with lossy_client(store_url) as client:
        LossyConnection.to_lose = 1
        assert save_draft(client, keys, 0, ONE, "a").edition == 1
        LossyConnection.to_lose = 1
        assert publish_draft(client, keys, 1, "", "a").revision == 1
    assert rule_state(store, keys).edition == 2


def test_of_many_at_once_one_is_served(each_store, keys):
    def attempt(number: int) -> bool:
        try:
            save_draft(each_store, keys, 0, ONE, f"merchandiser {number}")
        except StaleEdition:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(40))) == 1
    assert rule_state(each_store, keys).edition == 1
