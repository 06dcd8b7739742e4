"""A preview's trace, joined with the catalogue and the answer, as tables for the console."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.pages import wording
from service.pages.cards import reason_in_words, records_of, short_title
from service.recommendations import Recommendations
from service.snapshot import Snapshot


@dataclass(frozen=True)
class Bar:
    """A score and its length, in percent of the largest of its kind."""

    value: float
    percent: float


@dataclass(frozen=True)
class CandidateRow:
    """One candidate.

    Attributes:
        place: in its list, from 1.
        scores: by model; a model that has none for this product is absent; None where none were kept.
        outcome: "shown", "dropped" or "unused".
        rank: in the answer; None where it is not in it.
        why: in words, why it was dropped.
    """

    place: int
    product_id: str
    title: str
    reason: str
    score: Bar
    scores: Mapping[str, Bar] | None
    outcome: str
    rank: int | None
    why: str | None


@dataclass(frozen=True)
class SourceTable:
    """One list that was asked.

    Attributes:
        own: the placement's own list; else it fills up.
        models: the columns of the scores.
        shown, dropped: number of rows with that outcome.
    """

    title: str
    own: bool
    rows: Sequence[CandidateRow]
    models: Sequence[str]
    shown: int
    dropped: int


@dataclass(frozen=True)
class DroppedRow:
    """One candidate that was looked at and passed over: of which list, and why, in words."""

    product_id: str
    title: str
    source: str
    why: str


@dataclass(frozen=True)
class RuleRow:
    """What a rule does to one candidate: its name, or its id where it has none, and the effect in a word."""

    product_id: str
    title: str
    rule: str
    effect: str


class TraceView:
    """The trace of one preview (`Recommendations.preview`).

    Attributes:
        sources: the lists, in the order in which they were asked.
        dropped: all that was dropped, in the order in which that happened.
        rules: what rules do to candidates.
    """

    def __init__(self, service: Recommendations, snapshot: Snapshot, preview: Mapping[str, Any]) -> None:
        trace = preview["trace"]
        self._records = records_of(service, snapshot, set(_product_ids(trace)))
        self._why = {(one["source"], one["product_id"]): one["why"] for one in trace["dropped"]}
        # A product counts for the first list that brought it: each is taken out here once it was found.
        self._ranks = {item["product_id"]: item["rank"] for item in preview["items"]}
        self.sources = [self._table(source) for source in trace["candidates"]]
        self.dropped = [self._dropped(one) for one in trace["dropped"]]
        self.rules = [
            RuleRow(
                one["product_id"], self._title(one["product_id"]), one["name"] or one["rule"], one["effect"]
            )
            for one in trace["rules"]
        ]

    def _table(self, source: Mapping[str, Any]) -> SourceTable:
        items = source["items"]
        largest = max((abs(item["score"]) for item in items), default=0.0)
        of_models = [abs(value) for item in items for value in (item["scores"] or {}).values()]
        largest_of_models = max(of_models, default=0.0)
        rows = [
            self._row(source["source"], place, item, largest, largest_of_models)
            for place, item in enumerate(items, start=1)
        ]
        return SourceTable(
            title=wording.list_title(source["source"]),
            own=source["own"],
            rows=rows,
            models=list(dict.fromkeys(model for item in items for model in item["scores"] or ())),
            shown=sum(row.outcome == "shown" for row in rows),
            dropped=sum(row.outcome == "dropped" for row in rows),
        )

    def _row(
        self, source: str, place: int, item: Mapping[str, Any], largest: float, largest_of_models: float
    ) -> CandidateRow:
        product_id, scores = item["product_id"], item["scores"]
        why = self._why.get((source, product_id))
        rank = self._ranks.pop(product_id, None) if why is None else None
        return CandidateRow(
            place=place,
            product_id=product_id,
            title=self._title(product_id),
            reason=reason_in_words(item["reason"], self._records),
            score=_bar(item["score"], largest),
            scores=scores and {model: _bar(value, largest_of_models) for model, value in scores.items()},
            outcome="dropped" if why else "unused" if rank is None else "shown",
            rank=rank,
            why=wording.DROPPED.get(why, why) if why else None,
        )

    def _dropped(self, one: Mapping[str, str]) -> DroppedRow:
        why = wording.DROPPED.get(one["why"], one["why"])
        title = self._title(one["product_id"])
        return DroppedRow(one["product_id"], title, wording.list_title(one["source"]), why)

    def _title(self, product_id: str) -> str:
        return short_title(product_id, self._records.get(product_id, {}))


def _bar(value: float, largest: float) -> Bar:
    return Bar(value, round(100 * abs(value) / largest, 1) if largest else 0.0)


def _product_ids(trace: Mapping[str, Any]) -> Iterator[str]:
    """Every product that a trace names."""
    for source in trace["candidates"]:
        for item in source["items"]:
            yield item["product_id"]
            if item["reason"]["product_id"] is not None:
                yield item["reason"]["product_id"]
    for one in (*trace["dropped"], *trace["rules"]):
        yield one["product_id"]
