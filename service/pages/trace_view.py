"""A preview's trace, joined with the catalogue and the answer, as tables for the console."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.pages import wording
from service.pages.cards import Record, reason_in_words, records_of, short_title
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
    rank: int | None = None
    why: str | None = None


@dataclass(frozen=True)
class SourceTable:
    """One list that was asked.

    Attributes:
        own: the placement's own list; else it fills up.
        models: the columns of the scores.
        shown, dropped: number of rows with that outcome.
    """

    name: str
    title: str
    own: bool
    rows: list[CandidateRow]
    models: list[str]
    shown: int
    dropped: int


def source_tables(
    service: Recommendations, snapshot: Snapshot, preview: Mapping[str, Any]
) -> list[SourceTable]:
    """The lists of a preview (`Recommendations.preview`) in the order in which they were asked."""
    sources = preview["trace"]["candidates"]
    records = records_of(service, snapshot, set(_product_ids(sources)))
    ranks = {item["product_id"]: item["rank"] for item in preview["items"]}
    dropped = {(one["source"], one["product_id"]): one["why"] for one in preview["trace"]["dropped"]}
    tables = []
    for source in sources:
        table = _table(source, records, ranks, dropped)
        tables.append(table)
        # A product counts for the first list that brought it.
        ranks = {key: rank for key, rank in ranks.items() if key not in _shown(table)}
    return tables


def _table(
    source: Mapping[str, Any],
    records: Mapping[str, Record],
    ranks: Mapping[str, int],
    dropped: Mapping[tuple[str, str], str],
) -> SourceTable:
    items = source["items"]
    largest = max((abs(item["score"]) for item in items), default=0.0)
    by_model = [value for item in items for value in (item["scores"] or {}).values()]
    largest_by_model = max(map(abs, by_model), default=0.0)
    rows = []
    for place, item in enumerate(items, start=1):
        product_id = item["product_id"]
        why = dropped.get((source["source"], product_id))
        rank = ranks.get(product_id) if why is None else None
        scores = item["scores"]
        rows.append(
            CandidateRow(
                place=place,
                product_id=product_id,
                title=short_title(product_id, records.get(product_id, {})),
                reason=reason_in_words(item["reason"], records),
                score=_bar(item["score"], largest),
                scores=scores and {model: _bar(value, largest_by_model) for model, value in scores.items()},
                outcome="dropped" if why else "unused" if rank is None else "shown",
                rank=rank,
                why=wording.DROPPED.get(why, why) if why else None,
            )
        )
    return SourceTable(
        name=source["source"],
        title=wording.list_title(source["source"]),
        own=source["own"],
        rows=rows,
        models=list(dict.fromkeys(model for item in items for model in item["scores"] or ())),
        shown=sum(row.outcome == "shown" for row in rows),
        dropped=sum(row.outcome == "dropped" for row in rows),
    )


def _bar(value: float, largest: float) -> Bar:
    return Bar(value, round(100 * abs(value) / largest, 1) if largest else 0.0)


def _shown(table: SourceTable) -> set[str]:
    return {row.product_id for row in table.rows if row.outcome == "shown"}


def _product_ids(sources: list[Mapping[str, Any]]) -> Iterator[str]:
    for source in sources:
        for item in source["items"]:
            yield item["product_id"]
            if item["reason"]["product_id"] is not None:
                yield item["reason"]["product_id"]
