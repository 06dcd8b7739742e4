"""`docs/redis-keys.md` says what is really in the store, and its example runs."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import numpy as np
import pytest

from service.store.api_keys import ensure_admin_key
from service.store.codec import REASONS
from service.store.event_counts import Counted, count
from service.store.event_stream import COUNTERS, GroupReader
from service.store.events import Event, EventLog
from service.store.export_jobs import create_job, hold_lease
from service.store.later_catalogs import LaterCatalog, put_in_place
from service.store.lease import acquire_lease
from service.store.packed import ProductFlags
from service.store.page_products import PageProducts
from service.store.rule_revisions import publish_draft, save_draft
from service.store.schedule_status import write_next_run
from service.store.secret import get_or_create_secret
from service.store.tombstones import bury, digest
from tests.needs import REPOSITORY
from tests.service.store.tiny_version import BERT, PRODUCTS, RECORDS, info, packed, publish_tiny

PAGE = (REPOSITORY / "docs" / "redis-keys.md").read_text()
PLACEHOLDERS = {"VERSION": r"[^:]+", "CATALOGUE": r"[^:]+", "LIST": r"[a-z_]+", "BUCKET": r"\d+"} | {
    "SHA1": r"[0-9a-f]{40}",
    "DAY": r"\d+",
    "DATE": r"\d{4}-\d\d-\d\d",
}


@pytest.fixture
def in_use(store, keys):
    """A store in which every kind of key is there."""
    version = publish_tiny(store, keys, "20261123T130501Z-1a2b").version
    ensure_admin_key(store, keys)
    get_or_create_secret(store, keys)
    write_next_run(store, keys, datetime(2026, 11, 24, tzinfo=UTC))
    save_draft(store, keys, 0, [], "tests")
    publish_draft(store, keys, 1, "", "tests")
    bury(store, keys, {digest("gone"): 1})
    create_job(store, keys, {})
    assert hold_lease(store, keys, "worker")
    assert PageProducts(store, keys).put("vera", "page", "query", ["p1"], "0")
    events = EventLog(store, keys)
    events.record([Event("e1", "view", "vera", "p1", 1)])
    events.identify("vera", "anna")
    reader = GroupReader(store, keys, COUNTERS, "tests")
    reader.create()
    count(store, keys, [Counted(one.id, "2026-11-24", "view:home") for one in reader.new(1)])
    with acquire_lease(store, keys) as lease:
        flags = ProductFlags(np.ones(3, dtype=bool), np.zeros(3, dtype=bool))
        later = LaterCatalog("20261124T130501Z-3c4d", PRODUCTS, RECORDS, flags, {"popular": packed(BERT)})
        put_in_place(store, keys, lease, later, info(version))
        yield store


def documented() -> dict[str, tuple[re.Pattern[str], str]]:
    """Pattern by the key's name on the page, with the type that the page states."""
    found = {}
    for name, kind in re.findall(r"^\| `(recs:[^`]+)` \| (\w+) \|", PAGE, re.MULTILINE):
        pattern = re.escape(name)
        for placeholder, meaning in PLACEHOLDERS.items():
            pattern = pattern.replace(placeholder, meaning)
        found[name] = (re.compile(pattern), kind)
    return found


def test_every_key_in_use_is_on_the_page_with_its_type(in_use):
    for key in in_use.scan_iter():
        kinds = [kind for pattern, kind in documented().values() if pattern.fullmatch(key.decode())]
        assert kinds == [in_use.type(key).decode()], key


def test_every_key_on_the_page_is_in_use(in_use):
    used = [key.decode() for key in in_use.scan_iter()]
    assert [
        name for name, (pattern, _) in documented().items() if not any(map(pattern.fullmatch, used))
    ] == []


def test_every_reason_code_is_on_the_page():
    assert [code for code, name in enumerate(REASONS) if f"{code} `{name}`" not in PAGE] == []


def test_the_example_runs(in_use, store_url, monkeypatch, capsys):
    monkeypatch.setenv("REDIS_URL", store_url)
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(example, "redis-keys.md", "exec"), {})
    lines = set(capsys.readouterr().out.splitlines())
    assert lines & {"anna milk 0.5 bought_often ", "bert 0042 1.0 popular "}
