"""All questions together: whatever the history, the doctor answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import line
from tests.training.doctor.histories import CLOCK, Line, diagnosis, healthy, history
from training.doctor.examination import examine_briefly, unreadable
from training.doctor.findings import Severity
from training.errors import InputRefused

lines = st.builds(
    line,
    order=st.sampled_from("1234"),
    customer=st.sampled_from(["ann", "bob", "0", None]),
    product=st.sampled_from(["tea", "TEA", "mug", "{x}*"]),
    quantity=st.sampled_from([1, 2.5, 0, -1, 1e9]),
    price=st.sampled_from([0, 2.5, 1e12]),
    at=st.one_of(
        st.sampled_from(["1970-01-01", "2099-12-31T23:59:59", "1994-12-31"]),
        st.integers(0, 400).map(lambda days: (CLOCK - timedelta(days=days)).isoformat()),
    ),
    status=st.sampled_from(["completed", "pending", "cancelled", "refunded"]),
    currency=st.sampled_from(["EUR", "USD", None]),
    title=st.sampled_from(["Tea", " tea ", None]),
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(lines, min_size=1, max_size=25))
def test_the_doctor_answers_whatever_the_history_is(rows: list[Line]):
    found = diagnosis(rows)
    codes = [finding.code for finding in found.findings]
    assert len(codes) == len(set(codes))
    assert all(finding.seen.endswith((".", ")")) for finding in found.findings)
    # Whatever is wrong comes with what to do about it.
    assert all(bool(finding.advice) == (finding.severity > Severity.OK) for finding in found.findings)
    assert json.loads(json.dumps(found.as_json(), allow_nan=False))["severity"] == found.severity.word
    # A shop is refused only where nothing is left of it.
    assert found.refused == ("guests" not in codes)


def test_the_quick_questions_have_the_answers_of_the_thorough_ones():
    rows = [*healthy(), line("late", "guest", at="2090-01-01"), line("old", at="1970-01-01")]
    found = history(rows)
    brief = examine_briefly(found.interactions, found.orders.accounting, found.clock)
    thorough = diagnosis(rows)
    assert brief.severity is Severity.WARNING
    assert all(finding == thorough.finding(finding.code) for finding in brief.findings)


def test_what_cannot_be_read_is_one_refusal():
    found = unreadable(InputRefused("orders.csv: is empty"))
    assert found.refused
    (only,) = found.findings
    assert only.seen == "orders.csv: is empty."
    assert only.advice


def test_the_clock_tells_future_dates_and_nothing_else():
    found = history(healthy())
    years_later = int(datetime(2036, 1, 1, tzinfo=UTC).timestamp())
    now = examine_briefly(found.interactions, found.orders.accounting, found.clock)
    later = examine_briefly(found.interactions, found.orders.accounting, years_later)
    assert now == later
