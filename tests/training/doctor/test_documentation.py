"""Every question of the doctor has its line in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

from tests.needs import REPOSITORY
from tests.training.doctor.histories import diagnosis, healthy
from training.doctor.checks_placements import MINIMA
from training.doctor.examination import unreadable
from training.errors import InputRefused


def test_the_page_lists_all_codes_and_no_other(tmp_path: Path):
    page = (REPOSITORY / "docs" / "doctor.md").read_text(encoding="utf-8")
    first_cells = re.findall(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \|", page, flags=re.MULTILINE)
    documented = set(re.findall(r"`([a-z_]+)`", " ".join(first_cells)))
    listed = "product_id,available_from\np00,2020-01-01\n"
    found = (*diagnosis(healthy(), listed, tmp_path).findings, *unreadable(InputRefused("x")).findings)
    severities = {"ok", "note", "warning", "refusal"}
    assert documented - severities == {finding.code for finding in found}
    assert set(MINIMA) <= documented
