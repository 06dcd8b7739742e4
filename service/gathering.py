"""Makes the candidates of a query: published lists, and those that hang on what the visitor did just now.

Lists of products that a session is folded in from can take a second round trip, each once a process.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from service.fetching import BOUGHT, Asked, Fetched, Fetcher, state_of
from service.placements import CUSTOMER_LISTS, ITEM_LISTS, RECENTLY_VIEWED, SESSION, Placement
from service.query import Candidate, Candidates, Query
from service.session import Seed, folded_in, seeds, viewed
from service.snapshot import Snapshot
from service.store.codec import REASONS, PackedList, decode_indices
from service.store.reader import Wanted
from service.visitor import NOBODY, Visitor, visitor_of

_DUE_AGAIN = REASONS.index("due_again")

Lists = dict[str, Sequence[Candidate]]


class Gatherer:
    """Makes candidates of what was fetched."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    def candidates(
        self,
        asked: Asked,
        fetched: Fetched,
        snapshot: Snapshot,
        at: float,
    ) -> Candidates:
        """What a query is answered from; what is due again is so at `at`, seconds since 1970."""
        query, placement = asked
        visitor = _visitor(fetched, snapshot, at)
        products, packed = self._context(query, placement, visitor, fetched, snapshot)
        lists = _published(placement, fetched, packed, snapshot)
        if visitor is not NOBODY:
            lists |= self._live(placement, visitor, lists, snapshot)
        return Candidates(
            lists=lists,
            bought=_bought(fetched),
            known_customer=fetched.is_customer,
            known_context=_known_context(placement, products, packed, snapshot),
            state=fetched.state,
            visitor=visitor,
            customer_id=fetched.customer_id,
        )

    def _context(
        self, query: Query, placement: Placement, visitor: Visitor, fetched: Fetched, snapshot: Snapshot
    ) -> tuple[Sequence[str], Mapping[Wanted, bytes]]:
        """The products whose lists are asked, and all packed lists, theirs included."""
        products = query.product_ids if "page" in placement.context else ()
        if "cart" not in placement.context or not visitor.cart:
            return products, fetched.packed
        names = [name for name in placement.lists if name in ITEM_LISTS]
        of_cart = self._fetcher.item_lists([(n, one) for n in names for one in visitor.cart], snapshot)
        return [*products, *visitor.cart], {**fetched.packed, **of_cart}

    def _live(self, placement: Placement, visitor: Visitor, lists: Lists, snapshot: Snapshot) -> Lists:
        """The lists of a placement that hang on what the visitor did just now."""
        found: Lists = {}
        if SESSION in placement.lists and (asked := seeds(visitor.views, visitor.cart)):
            found[SESSION] = self._folded_in(asked, snapshot)
        if RECENTLY_VIEWED in placement.lists and visitor.views:
            found[RECENTLY_VIEWED] = viewed(_indices(visitor.views, snapshot))
        if "buy_it_again" in placement.sources and visitor.due:
            due = [(product, 1.0, _DUE_AGAIN, -1) for product in _indices(visitor.due, snapshot)]
            found["buy_it_again"] = [*due, *lists.get("buy_it_again", ())]
        return found

    def _folded_in(self, asked: Sequence[Seed], snapshot: Snapshot) -> list[Candidate]:
        packed = self._fetcher.item_lists([seed[:2] for seed in asked], snapshot)
        kept = self._fetcher.kept
        return folded_in(asked, {one[1:]: kept.neighbours(one, value) for one, value in packed.items()})


def _visitor(fetched: Fetched, snapshot: Snapshot, at: float) -> Visitor:
    """By the visitor's own state, and by the customer's where the visitor is one."""
    stored = fetched.states
    if fetched.is_customer and not fetched.is_identified:
        # Under the visitor of a customer's id, anybody with a browser's key can write.
        stored = (None, stored[1])
    if stored == (None, None):
        return NOBODY
    states = [state_of(one) for one in stored if one is not None]
    visitor = visitor_of([one for one in states if one.customer is None], at, snapshot.days_until_due)
    # Who is not known to be the customer is told of no purchase: the id may be somebody else's.
    return visitor if fetched.customer_id is not None else visitor._replace(due=())


def _indices(product_ids: Sequence[str], snapshot: Snapshot) -> list[int]:
    return [index for one in product_ids if (index := snapshot.index_of(one)) is not None]


def _published(
    placement: Placement, fetched: Fetched, packed: Mapping[Wanted, bytes], snapshot: Snapshot
) -> Lists:
    lists: Lists = {}
    for name in placement.lists:
        if name in ITEM_LISTS:
            lists[name] = _merged([PackedList(value) for key, value in packed.items() if key[1] == name])
        elif name in CUSTOMER_LISTS and fetched.customer_id is not None:
            value = packed.get(("customer", name, fetched.customer_id))
            if value is not None:
                lists[name] = PackedList(value)
        elif name in snapshot.global_lists:
            lists[name] = snapshot.global_lists[name]
    return lists


def _merged(lists: Sequence[Sequence[Candidate]]) -> Sequence[Candidate]:
    """Several products' lists as one: scores add up, the reason is that of the largest share."""
    if len(lists) == 1:
        return lists[0]
    total: dict[int, float] = {}
    largest: dict[int, Candidate] = {}
    for candidate in (candidate for one in lists for candidate in one):
        product, score = candidate[:2]
        total[product] = total.get(product, 0.0) + score
        if product not in largest or score > largest[product][1]:
            largest[product] = candidate
    ranked = sorted(total, key=lambda product: (-total[product], product))
    return [(product, total[product], *largest[product][2:]) for product in ranked]


def _bought(fetched: Fetched) -> Container[int]:
    if fetched.customer_id is None:
        return frozenset()
    value = fetched.packed.get(("customer", BOUGHT, fetched.customer_id))
    return frozenset() if value is None else frozenset(decode_indices(value).tolist())


def _known_context(
    placement: Placement, products: Sequence[str], packed: Mapping[Wanted, bytes], snapshot: Snapshot
) -> bool:
    if placement.needs != "context":
        return False
    if any(scope == "item" for scope, _, _ in packed):
        return True
    return any(snapshot.knows_product(product_id) for product_id in products)
