"""Bad input: each row is kept, repaired or set aside by a named reason; nothing crashes or vanishes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.builders import text_file
from tests.needs import REPOSITORY
from tests.training import bad_file_cases, bad_row_cases, bad_typed_cases
from tests.training.bad_input import Case
from training import columns as c
from training.cleaning import clean
from training.errors import InputRefused
from training.reading import read_orders

CASES = [*bad_row_cases.ROW_CASES, *bad_file_cases.FILES, *bad_typed_cases.FILES]
REFUSED = [*bad_file_cases.REFUSED, *bad_typed_cases.REFUSED]


def shown(cell: Any) -> Any:
    return cell.isoformat() if isinstance(cell, datetime) else cell


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_each_row_ends_where_it_should(tmp_path: Path, case: Case) -> None:
    orders = clean(read_orders([text_file(tmp_path, case.content, "orders")]))
    account = orders.accounting
    assert account.quarantined == case.quarantined
    assert account.ignored == case.ignored
    assert (account.kept, account.merged) == (case.kept, case.merged)
    rows = orders.lines.filter(order_id="2").sort(c.PRODUCT_ID).to_dicts() if case.cells else []
    assert [
        {name: shown(row[name]) for name in cells} for row, cells in zip(rows, case.cells, strict=True)
    ] == list(case.cells)


@pytest.mark.parametrize("content, cause", [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_file_that_cannot_be_read_is_refused_by_cause(tmp_path: Path, content: bytes, cause: str) -> None:
    file = text_file(tmp_path, content, "orders")
    with pytest.raises(InputRefused) as refusal:
        read_orders([file])
    assert refusal.value.exit_code == 3
    assert str(refusal.value).startswith(f"{file}: ")
    assert cause in str(refusal.value)
    assert len(str(refusal.value)) < 1_000


def test_each_reason_is_documented() -> None:
    page = (REPOSITORY / "docs" / "orders.md").read_text(encoding="utf-8")
    reasons = {reason for case in CASES for reason in (*case.quarantined, *case.ignored)}
    assert [reason for reason in sorted(reasons) if f"`{reason}`" not in page] == []
