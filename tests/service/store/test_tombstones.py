from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.store.tombstones import bury, digest, erased_among, read_tombstones


def test_the_later_time_stands_and_nothing_tells_the_id(store, keys):
    bury(store, keys, {digest("anna"): 5, digest("ben"): 5})
    bury(store, keys, {digest("anna"): 7, digest("ben"): 3})
    assert read_tombstones(store, keys) == {digest("anna"): 7, digest("ben"): 5}
    assert b"anna" not in b"".join(store.hgetall(keys.tombstones))


def test_nobody_is_no_tombstone(store, keys):
    bury(store, keys, {})
    assert read_tombstones(store, keys) == {}


def test_more_than_fit_into_one_call_are_left(store, keys):
    many = {digest(str(number)): number for number in range(2_500)}
    bury(store, keys, many)
    assert read_tombstones(store, keys) == many


@given(st.sets(st.text(st.characters(codec="utf-8"))), st.sets(st.text(st.characters(codec="utf-8"))))
def test_just_the_erased_ones_are_found(ids, erased):
    assert erased_among(ids, {digest(one): 1 for one in erased}).keys() == ids & erased


def test_an_erasure_before_the_time_asked_for_does_not_count():
    tombstones = {digest("anna"): 5}
    assert erased_among(["anna"], tombstones, since_ms=5) == {"anna": 5}
    assert erased_among(["anna"], tombstones, since_ms=6) == {}
