"""A test that needs what the machine lacks is skipped by name, or fails where all must run."""

from __future__ import annotations

import pytest

from tests.needs import missing, require


def test_what_is_there_is_not_missing():
    assert missing("sh") is None
    require("sh")


def test_what_is_absent_skips_by_name(monkeypatch):
    monkeypatch.delenv("REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-program is not installed"):
        require("no-such-program")


def test_what_is_absent_fails_where_all_is_required(monkeypatch):
    monkeypatch.setenv("REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="REQUIRE_ALL=1, but no-such-program is not installed"):
        require("no-such-program")


def test_shared_data_is_named_by_its_folder(monkeypatch, tmp_path):
    monkeypatch.setattr("tests.needs.SHARED", tmp_path)
    assert missing("../shared") == f"{tmp_path}/data is not there"
    (tmp_path / "data").mkdir()
    assert missing("../shared") is None
