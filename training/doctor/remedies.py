"""What to change in an export so that its rows can be read, by the reason of the quarantine."""

from __future__ import annotations

from collections.abc import Mapping

_BY_REASON: Mapping[str, str] = {
    "ragged_row": "give every row as many fields as the header, and quote those with a comma or a line end",
    "unclosed_quote": "double the quotes within quoted fields, as RFC 4180 says",
    "bad_quotes": "double the quotes within quoted fields, as RFC 4180 says",
    "bad_json": "write one JSON object a line",
    "malformed_product": "export the products whole, of one platform a file",
    "line_too_long": "end every row with a line end",
    "invalid_utf8": "export in UTF-8, the whole file",
    "ambiguous_ordered_at": "write dates as 2026-01-31",
    "bad_ordered_at": "write dates as 2026-01-31 or 2026-01-31T18:30:00+01:00",
    "bad_available_from": "write dates as 2026-01-31",
    "unknown_status": "use completed, pending, cancelled or refunded",
    "bad_currency": "use the three letters of ISO 4217, as in EUR",
    "bad_quantity": "write plain numbers, as in 2 or 0.5",
    "bad_unit_price": "write plain numbers with a point, as in 1299.50, for one unit",
    "bad_price": "write plain numbers with a point, as in 1299.50",
    "bad_sale_price": "write plain numbers with a point, as in 1299.50",
    "bad_in_stock": "write yes or no",
    "bad_url": "write addresses that begin with https://, or paths that begin with /",
    "bad_image_url": "write addresses that begin with https://, or paths that begin with /",
}

_BY_ENDING: Mapping[str, str] = {
    "_missing": "fill the column, or name the right one",
    "_too_long": "check that the column holds ids and no text",
    "_is_no_text": "write ids as text or numbers, not as lists, objects, true or false",
    "_has_control_characters": "take tabs and line ends out of the ids",
}

SHOWN = 3


def remedies(counts: Mapping[str, int]) -> str:
    """`for ragged_row, give every row …; for bad_currency, use …`: those of the reasons with the most rows.

    Args:
        counts: rows by reason, most first.
    """
    known = [(reason, text) for reason in counts if (text := _remedy(reason))]
    return "; ".join(f"for {reason}, {text}" for reason, text in known[:SHOWN])


def _remedy(reason: str) -> str | None:
    if reason in _BY_REASON:
        return _BY_REASON[reason]
    return next((text for ending, text in _BY_ENDING.items() if reason.endswith(ending)), None)
