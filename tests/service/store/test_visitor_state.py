"""Stored JSON becomes what a list of recommendations needs."""

from __future__ import annotations

from service.store.keys import Keys
from service.store.visitor_state import VisitorState


def test_of_an_unknown_person_nothing_is_known():
    assert VisitorState.parse(None) == (None, [], [], [], {})


def test_each_member_is_read():
    stored = b"""{"views": [["tea", 3000], ["milk", 1000]], "cart": {"tea": [2, 1000], "jam": [1, 2000]},
        "bought": [["rye", 500]], "shown": {"tea": 4}, "rate": [1, 2], "day": [3, {"tea": 1}]}"""
    assert VisitorState.parse(stored) == VisitorState(
        customer=None,
        views=[("tea", 3000), ("milk", 1000)],
        cart=["jam", "tea"],
        bought=[("rye", 500)],
        shown={"tea": 4},
    )


def test_what_was_removed_is_not_in_the_cart():
    assert VisitorState.parse(b'{"cart": {"tea": [0, 3000], "jam": [1, 2000]}}').cart == ["jam"]


def test_an_identified_visitor_names_the_customer():
    assert VisitorState.parse('{"u": "düsseldorf/7"}'.encode()) == ("düsseldorf/7", [], [], [], {})


def test_keys_of_people_share_a_slot_and_hide_their_ids():
    keys = Keys("shop")
    names = [keys.visitor("{7}*"), keys.customer("{7}*"), keys.visitors_of("{7}*")]
    hex_digits = 40
    assert all(
        name.startswith("shop:{events}:") and len(name.rpartition(":")[2]) == hex_digits for name in names
    )
    assert len(set(names)) == 3
    assert not any("{7}" in name or "*" in name for name in names)
