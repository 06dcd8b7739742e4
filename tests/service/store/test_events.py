"""Events in, on a real Valkey and a real Redis: duplicates, order of arrival, identity, floods."""

from __future__ import annotations

import json
from itertools import count, permutations
from typing import Any, cast

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from service.store.events import Event, EventLog
from service.store.keys import Keys
from service.store.visitor_state import NOTHING, VisitorState

_number = count()


def event(type: str, product_id: str, at_ms: int = 1_000, visitor_id: str = "vera", **more: Any) -> Event:
    return Event(more.pop("event_id", f"e{next(_number)}"), type, visitor_id, product_id, at_ms, **more)


def visitor(store: redis.Redis, visitor_id: str = "vera") -> VisitorState:
    return VisitorState.parse(cast(bytes, store.get(Keys().visitor(visitor_id))))


def customer(store: redis.Redis, customer_id: str = "anna") -> VisitorState:
    return VisitorState.parse(cast(bytes, store.get(Keys().customer(customer_id))))


def entries(store: redis.Redis) -> list[dict[bytes, bytes]]:
    return [fields for _, fields in cast(list[Any], store.xrange(Keys().events))]


@pytest.fixture
def log(store: redis.Redis, keys: Keys) -> EventLog:
    return EventLog(store, keys)


def test_all_types_change_the_state(each_store: redis.Redis, keys: Keys):
    EventLog(each_store, keys).record(
        [
            event("impression", "tea"),
            event("impression", "tea"),
            event("impression", "jam"),
            event("click", "jam", 2_000),
            event("view", "rye", 3_000),
            event("add_to_cart", "rye", 4_000),
            event("add_to_cart", "egg", 5_000),
            event("remove_from_cart", "egg", 6_000),
            event("add_to_cart", "ham", 7_000),
            event("purchase", "ham", 8_000),
        ]
    )
    assert visitor(each_store) == VisitorState(
        None, [("rye", 3_000), ("jam", 2_000)], ["rye"], [("ham", 8_000)], {"tea": 2}
    )


def test_an_event_sent_again_or_twice_is_a_duplicate(log: EventLog, store: redis.Redis):
    first = event("add_to_cart", "tea", event_id="same")
    assert log.record([first, event("view", "tea"), first._replace(visitor_id="wim")]) == [True, True, False]
    assert log.record([first]) == [False]
    assert len(entries(store)) == 2
    assert visitor(store, "wim") == NOTHING


def test_a_lost_reply_makes_no_duplicates(log: EventLog, store: redis.Redis, monkeypatch: pytest.MonkeyPatch):
    exchange = log._round_trips._exchange
    lost = iter([True, False])

    def losing(commands: Any) -> Any:
        replies = exchange(commands)
        if next(lost):
            raise redis.TimeoutError("the reply is lost")
        return replies

    log.record([])
    log.record([event("view", "warm-up")])
    monkeypatch.setattr(log._round_trips, "_exchange", losing)
    assert log.record([event("view", "tea"), event("view", "jam")]) == [True, True]
    assert len(entries(store)) == 3


def test_a_server_that_forgot_the_scripts_learns_them_again(log: EventLog, store: redis.Redis):
    log.record([event("view", "tea")])
    store.script_flush()
    assert log.record([event("view", "jam")]) == [True]
    assert log.identify("vera", "anna")


def test_a_day_later_it_is_still_a_duplicate(log: EventLog, store: redis.Redis, keys: Keys):
    log.record([event("view", "tea", event_id="e")])
    (today,) = store.scan_iter(f"{keys.event_state}seen:*")
    day = int(today.rpartition(b":")[2])
    store.rename(today, f"{keys.event_state}seen:{day - 1}")
    assert log.record([event("view", "tea", event_id="e")]) == [False]


def test_the_stream_holds_the_event_as_it_came(log: EventLog, store: redis.Redis):
    bought = event(
        "purchase", "käse", order_id="007", quantity=2, unit_price=1.25, placement="home", event_id="e1"
    )
    log.record([bought], customers={"vera"}, flag="bot")
    (entry,) = entries(store)
    assert (entry[b"c"], entry[b"f"]) == (b"vera", b"bot")
    assert json.loads(entry[b"e"]) == {
        "event_id": "e1", "type": "purchase", "visitor_id": "vera", "product_id": "käse", "at_ms": 1_000,
        "placement": "home", "order_id": "007", "quantity": 2, "unit_price": 1.25,
    }  # fmt: skip


def test_nothing_that_comes_late_brings_back_what_was_bought(log: EventLog, store: redis.Redis):
    log.record([event("purchase", "tea", 5_000), event("add_to_cart", "tea", 4_000)])
    log.record([event("add_to_cart", "tea", 5_000)])
    assert visitor(store).cart == []
    log.record([event("add_to_cart", "tea", 5_001)])
    assert visitor(store).cart == ["tea"]


def test_in_whatever_order_they_come_the_latest_counts(store: redis.Redis, keys: Keys):
    log = EventLog(store, keys)
    told = [
        event("add_to_cart", "tea", 1),
        event("purchase", "tea", 2),
        event("view", "tea", 3),
        event("view", "jam", 4),
        event("add_to_cart", "jam", 5),
    ]
    states = set()
    for number, order in enumerate(permutations(told)):
        who = f"v{number}"
        log.record([one._replace(visitor_id=who, event_id=f"{who} {one.event_id}") for one in order])
        states.add(json.dumps(visitor(store, who)))
    assert states == {json.dumps([None, [["jam", 4], ["tea", 3]], ["jam"], [["tea", 2]], {}])}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["view", "add_to_cart", "remove_from_cart", "purchase"]), st.sampled_from("abc")
        ),
        max_size=12,
    ).flatmap(lambda told: st.permutations(list(enumerate(told, start=1))))
)
def test_the_last_event_by_time_decides_on_the_cart(
    valkey_server: Any, arrived: list[tuple[int, tuple[str, str]]]
):
    store = valkey_server.client
    who = f"h{next(_number)}"
    EventLog(store, Keys("hypothesis")).record(
        [event(kind, product, at, visitor_id=who) for at, (kind, product) in arrived]
    )
    state = VisitorState.parse(store.get(Keys("hypothesis").visitor(who)))
    last = {product: kind for _, (kind, product) in sorted(arrived) if kind != "view"}
    in_order = sorted((at, product) for at, (kind, product) in arrived if kind == "add_to_cart")
    assert set(state.cart) == {product for product, kind in last.items() if kind == "add_to_cart"}
    assert state.cart == list(dict.fromkeys(p for _, p in reversed(in_order) if p in state.cart))
    viewed = sorted(((at, p) for at, (kind, p) in arrived if kind == "view"), reverse=True)
    assert [product for product, _ in state.views] == list(dict.fromkeys(p for _, p in viewed))


def test_quantities_in_the_cart_add_up(log: EventLog, store: redis.Redis):
    log.record([event("add_to_cart", "tea", 1, quantity=2), event("remove_from_cart", "tea", 2, quantity=1)])
    assert visitor(store).cart == ["tea"]
    log.record([event("remove_from_cart", "tea", 3, quantity=1)])
    assert visitor(store).cart == []


def test_what_is_kept_of_a_visitor_is_bounded(log: EventLog, store: redis.Redis, keys: Keys):
    for kind in ("view", "add_to_cart", "purchase", "impression"):
        log.record([event(kind, f"p{n}", 1_000 * n) for n in range(300)])
    state = json.loads(cast(bytes, store.get(keys.visitor("vera"))))
    sizes = {name: len(state[name]) for name in ("views", "cart", "bought", "shown")}
    assert sizes == {"views": 50, "cart": 200, "bought": 200, "shown": 200}
    assert visitor(store).views[0] == ("p299", 299_000)
    assert 0 < store.ttl(keys.visitor("vera")) <= 90 * 24 * 3600


def test_of_a_full_cart_what_was_removed_goes_first(log: EventLog, store: redis.Redis):
    log.record([event("add_to_cart", f"p{n}", n) for n in range(1, 200)])
    log.record([event("add_to_cart", "gone", 500), event("remove_from_cart", "gone", 501)])
    log.record([event("add_to_cart", "new", 502)])
    assert visitor(store).cart == ["new", *(f"p{n}" for n in range(199, 0, -1))]


def test_identify_moves_what_the_visitor_did_to_the_customer(log: EventLog, store: redis.Redis, keys: Keys):
    log.record([event("view", "tea", 1), event("view", "jam", 3), event("purchase", "rye", 4)])
    log.record([event("add_to_cart", "jam", 5), event("impression", "egg"), event("add_to_cart", "tea", 6)])
    log.record(
        [
            event("view", "rye", 2, "anna"),
            event("view", "tea", 2, "anna"),
            event("remove_from_cart", "jam", 9, "anna"),
            event("impression", "egg", 1, "anna"),
        ],
        customers={"anna"},
    )
    assert log.identify("vera", "anna", at_ms=7)
    assert visitor(store) == ("anna", [], [], [], {})
    assert customer(store) == VisitorState(
        None, [("jam", 3), ("tea", 2), ("rye", 2)], ["tea"], [("rye", 4)], {"egg": 2}
    )
    assert store.smembers(keys.visitors_of("anna")) == {b"vera"}
    last = entries(store)[-1]
    assert last[b"c"] == b"anna"
    assert json.loads(last[b"e"]) == {
        "type": "identify", "visitor_id": "vera", "customer_id": "anna", "at_ms": 7,
    }  # fmt: skip


def test_to_identify_twice_is_once(log: EventLog, store: redis.Redis):
    log.record([event("impression", "tea")])
    assert [log.identify("vera", "anna") for _ in range(2)] == [True, False]
    assert customer(store).shown == {"tea": 1}
    assert len(entries(store)) == 2


def test_an_identified_visitors_events_are_the_customers(log: EventLog, store: redis.Redis):
    log.identify("vera", "anna")
    log.record([event("view", "tea")])
    assert visitor(store).customer == "anna"
    assert customer(store).views == [("tea", 1_000)]
    assert entries(store)[-1][b"c"] == b"anna"


def test_a_visitor_can_become_another_customer(log: EventLog, store: redis.Redis, keys: Keys):
    log.identify("vera", "anna")
    log.record([event("view", "tea")])
    log.identify("vera", "ben")
    log.record([event("view", "jam")])
    assert customer(store, "anna").views == [("tea", 1_000)]
    assert customer(store, "ben").views == [("jam", 1_000)]
    assert (store.exists(keys.visitors_of("anna")), store.smembers(keys.visitors_of("ben"))) == (0, {b"vera"})


def test_a_customers_own_id_never_leads_a_stranger_to_the_customer(log: EventLog, store: redis.Redis):
    log.record([event("purchase", "tea", visitor_id="anna")], customers={"anna"})
    assert log.identify("anna", "anna") is False
    assert visitor(store, "anna") == NOTHING
    assert customer(store).bought == [("tea", 1_000)]


def test_a_flood_is_flagged_and_still_changes_the_visitors_state(log: EventLog, store: redis.Redis):
    log.record([event("impression", f"p{n % 100}") for n in range(501)])
    assert [entry.get(b"f") for entry in entries(store)] == [None] * 500 + [b"flood"]
    assert visitor(store).shown["p0"] == 6


def test_views_of_one_product_count_three_times_a_day(log: EventLog, store: redis.Redis):
    log.record([event("view", "tea", n) for n in range(5)] + [event("view", "jam"), event("click", "tea")])
    assert [entry.get(b"f") for entry in entries(store)] == [None] * 3 + [b"repeat"] * 2 + [None] * 2


def test_who_is_identified_in_mid_flood_goes_on_counting(log: EventLog, store: redis.Redis):
    log.record([event("impression", "tea") for _ in range(400)])
    log.record([event("impression", "tea", visitor_id="anna") for _ in range(100)], customers={"anna"})
    log.identify("vera", "anna")
    log.record([event("impression", "tea")])
    assert entries(store)[-1][b"f"] == b"flood"


def test_no_id_chooses_a_key(log: EventLog, store: redis.Redis):
    log.record([event("view", "{x}*", visitor_id="a{b}:c*")])
    log.identify("a{b}:c*", "ann\\a{7}")
    assert all(key.startswith(b"recs:{events}:") and b"*" not in key for key in store.scan_iter())
    assert customer(store, "ann\\a{7}").views == [("{x}*", 1_000)]


def test_a_full_store_refuses_and_changes_nothing(own_server: Any, keys: Keys):
    server = own_server()
    server.client.config_set("maxmemory", "1")
    with pytest.raises(redis.OutOfMemoryError):
        EventLog(server.client, keys).record([event("view", "tea")])
    assert server.client.dbsize() == 0
