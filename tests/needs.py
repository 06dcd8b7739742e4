"""What a test needs of the machine: skipped by name where it is absent, failed under REQUIRE_ALL=1.

@needs_redis_server
def test_…
"""

from __future__ import annotations

import glob
import os
import shutil
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = REPOSITORY.parent / "shared"
"""Real orders and notes that are no part of the repository."""


def needs_program(name: str) -> pytest.MarkDecorator:
    """The mark of a test that runs this program."""
    return pytest.mark.needs(name)


needs_redis_server = needs_program("redis-server")
needs_chromium = needs_program("chromium")
needs_wrk = needs_program("wrk")
needs_shared = pytest.mark.needs("../shared")


def missing(requirement: str) -> str | None:
    """Why a test with this requirement cannot run here; None if it can."""
    if requirement == "../shared":
        return None if (SHARED / "data").is_dir() else f"{SHARED}/data is not there"
    return None if program(requirement) else f"{requirement} is not installed"


def program(name: str) -> str | None:
    """The path of a program, also where Debian puts servers that a user's PATH does not name."""
    places = ("/usr/sbin", *sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True))  # noqa: PTH207
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(places))


def require(requirement: str) -> None:
    """Skip, or under REQUIRE_ALL=1 fail, the running test or fixture if the machine lacks this."""
    reason = missing(requirement)
    if reason is None:
        return
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"REQUIRE_ALL=1, but {reason}", pytrace=False)
    pytest.skip(reason)
