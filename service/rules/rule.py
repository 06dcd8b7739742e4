"""What a merchandiser's rule is: an effect, and where and when it holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf

SEGMENTS = ("anonymous", "new_customer", "customer")
"""Who is asking: nobody we know, somebody identified without lists of their own, a customer with lists."""

CAP_GROUPS = ("category", "brand")

MAX_SLOT = 100

Path = tuple[str, ...]
"""A category's names from the top: ("Drinks", "Tea")."""


def category_path(text: str) -> Path:
    """`Drinks>Tea > ` → ("Drinks", "Tea"): shops are not consistent about the blanks."""
    return tuple(name for part in text.split(">") if (name := part.strip()))


@dataclass(frozen=True)
class Selection:
    """Products: those that meet every condition given. A condition with several values is met by any one.

    Attributes:
        product_ids: these very ones.
        categories: at or below one of these paths.
        brands: of one of these brands, compared exactly.
        tags: with one of these tags, compared exactly.
        price_min, price_max: with a known price within these bounds, both included.
    """

    product_ids: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    price_min: float | None = None
    price_max: float | None = None

    @property
    def names_all(self) -> bool:
        """Whether there is no condition, so that every product is meant."""
        return self == ALL_PRODUCTS

    def only_names(self, product_id: str) -> bool:
        """Whether the product is meant whatever else is known of it."""
        return product_id in self.product_ids and replace(self, product_ids=()) == ALL_PRODUCTS


ALL_PRODUCTS = Selection()


@dataclass(frozen=True)
class Scope:
    """Where and when a rule holds; an empty tuple or None sets no limit.

    Attributes:
        placements: by name.
        segments: of `SEGMENTS`.
        context_category: the first context product lies at or below it.
        starts_at: seconds since 1970, from then on.
        ends_at: seconds since 1970, until just before.
    """

    placements: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    context_category: Path | None = None
    starts_at: float = -inf
    ends_at: float = inf

    def covers(self, placement: str, segment: str, context: Path | None) -> bool:
        """Whether it holds there, at some time. `context`: path of the first context product's category."""
        return (
            (not self.placements or placement in self.placements)
            and (not self.segments or segment in self.segments)
            and (self.context_category is None or _lies_below(context, self.context_category))
        )

    def holds_at(self, at: float) -> bool:
        """Whether its schedule includes this time, in seconds since 1970."""
        return self.starts_at <= at < self.ends_at

    def overlaps(self, other: Scope) -> bool:
        """Whether one request could be within both."""
        return (
            _share(self.placements, other.placements)
            and _share(self.segments, other.segments)
            and _nested(self.context_category, other.context_category)
            and max(self.starts_at, other.starts_at) < min(self.ends_at, other.ends_at)
        )


@dataclass(frozen=True)
class Include:
    """Only these products may be listed."""

    products: Selection


@dataclass(frozen=True)
class Exclude:
    """These products may not be listed."""

    products: Selection


@dataclass(frozen=True)
class Scale:
    """The scores of these products are multiplied by `factor`: boost above 1, bury below."""

    products: Selection
    factor: float


@dataclass(frozen=True)
class Pin:
    """The product stands at `slot`, counted from 1."""

    product_id: str
    slot: int


@dataclass(frozen=True)
class CapGroups:
    """At most `most` of these products for each brand, or for each category at `depth` of its path."""

    products: Selection
    most: int
    per: str
    depth: int = 1


@dataclass(frozen=True)
class PriceBand:
    """Of these products, only those with a known price within the bounds may be listed."""

    products: Selection
    price_min: float | None
    price_max: float | None


@dataclass(frozen=True)
class InStock:
    """Of these products, only those in stock may be listed."""

    products: Selection


@dataclass(frozen=True)
class PriceFloor:
    """Nothing cheaper than `ratio` times the price of the first context product may be listed."""

    ratio: float


Effect = Include | Exclude | Scale | Pin | CapGroups | PriceBand | InStock | PriceFloor


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        id: names it; unique among the rules of a revision.
        name: for people.
        type: one of `service.rules.document.TYPES`.
        enabled: whether it counts at all.
    """

    id: str
    name: str
    type: str
    effect: Effect
    scope: Scope = field(default_factory=Scope)
    enabled: bool = True


def _lies_below(path: Path | None, top: Path) -> bool:
    return path is not None and path[: len(top)] == top


def _share(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return not one or not other or not set(one).isdisjoint(other)


def _nested(one: Path | None, other: Path | None) -> bool:
    return one is None or other is None or _lies_below(one, other) or _lies_below(other, one)
