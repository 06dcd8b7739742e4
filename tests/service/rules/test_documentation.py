"""`docs/rules.md` names all that a rule can be, and its examples are rules."""

from __future__ import annotations

import json
import re

import pytest

from service.api.rule_requests import DryRunSchema, RulesSchema
from service.api.rule_schemas import RuleSchema, SelectionSchema
from service.rules.document import TYPES
from service.rules.rule import CAP_GROUPS, SEGMENTS
from tests.needs import REPOSITORY

PAGE = (REPOSITORY / "docs" / "rules.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_has_its_row(kind: str):
    assert f"\n| `{kind}` |" in PAGE


@pytest.mark.parametrize(
    "name", [*RuleSchema().fields, *SelectionSchema().fields, *DryRunSchema().fields, *SEGMENTS, *CAP_GROUPS]
)
def test_every_member_is_named(name: str):
    assert re.search(rf"[`\"]{re.escape(name)}[`\"]", PAGE)


def test_the_first_example_is_a_draft():
    (body,) = re.findall(r"-X PUT .*? -d '(\{.*?\})'\s", PAGE, re.DOTALL)
    assert RulesSchema().load(json.loads(body))["rules"][0]["type"] == "exclude"
