"""The container files: linted, and the Dockerfile's own steps done in a fresh folder, without Docker."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.needs import needs_program
from tests.servers import free_port
from training.cli import main as training

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = ROOT / "Dockerfile"

OF_THE_IMAGE = ("apt-get", "useradd")
"""Steps that begin with these change the image's system, and are left out here."""


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Each instruction of a Dockerfile with its arguments, as one line."""
    without_comments = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)
    for line in without_comments.replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, arguments = line.strip().partition(" ")
            yield name, " ".join(arguments.split())


def is_in_the_context(path: str) -> bool:
    """Whether .dockerignore, whose first line leaves out everything, lets this file or folder through."""
    kept = [
        line[1:].rstrip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    ]
    return path.split("/")[0] in kept


class Image:
    """What the Dockerfile builds, below a folder that stands for the image's root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.workdir = root
        self.environment: dict[str, str] = {}
        self.command: list[str] = []
        self.health: list[str] = []
        self.left_out: list[str] = []

    def build(self) -> None:
        self._python_on_path()
        for name, arguments in instructions(DOCKERFILE.read_text(encoding="utf-8")):
            step = getattr(self, f"_{name.lower()}", None)
            assert step, f"this test does not know {name}"
            step(arguments)

    def inside(self, text: str) -> str:
        """The image's absolute paths, below our root."""
        return re.sub(r"(?<![\w.\]}/:])/(?=(?:venv|build|app|data)\b)", f"{self.root}/", text)

    def _python_on_path(self) -> None:
        """The base image's `python`: this interpreter, and not the venv that the tests run in."""
        python = self.root / "base/python"
        python.parent.mkdir()
        python.write_text(f'#!/bin/sh\nexec "{os.path.realpath(sys.executable)}" "$@"\n')
        python.chmod(0o755)
        self.environment = {**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}"}
        for name in [name for name in self.environment if name.startswith("RECS_") or name == "REDIS_URL"]:
            del self.environment[name]

    def _from(self, arguments: str) -> None:
        self.workdir = self.root

    def _workdir(self, arguments: str) -> None:
        self.workdir = Path(self.inside(arguments))
        self.workdir.mkdir(parents=True, exist_ok=True)

    def _run(self, arguments: str) -> None:
        if arguments.startswith(OF_THE_IMAGE):
            self.left_out.append(arguments.split()[0])
            return
        subprocess.run(self.inside(arguments), shell=True, check=True, cwd=self.workdir, env=self.environment)

    def _copy(self, arguments: str) -> None:
        *sources, target = arguments.split()
        if sources[0].startswith("--from="):
            assert self.inside(sources[1]) == self.inside(target), "a venv does not move"
            return
        for source in sources:
            assert is_in_the_context(source), f".dockerignore leaves out {source}"
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, self.workdir / target)
            else:
                shutil.copy(ROOT / source, self.workdir / target)

    def _env(self, arguments: str) -> None:
        for name, value in (pair.split("=", 1) for pair in shlex.split(arguments)):
            self.environment[name] = self.inside(value).replace("$PATH", self.environment["PATH"])

    def _healthcheck(self, arguments: str) -> None:
        self.health = json.loads(arguments.partition(" CMD ")[2])

    def _cmd(self, arguments: str) -> None:
        self.command = json.loads(arguments)

    def _user(self, arguments: str) -> None:
        assert arguments.split(":")[0] not in ("0", "root")

    def _volume(self, arguments: str) -> None:
        Path(self.inside(arguments)).mkdir(exist_ok=True)

    def _expose(self, arguments: str) -> None:
        assert arguments == self.environment["RECS_PORT"]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.resolved(command), cwd=self.workdir, env=self.environment, capture_output=True, text=True
        )

    def resolved(self, command: tuple[str, ...]) -> list[str]:
        """With the program found as the image would: Popen itself looks in our own PATH."""
        program = shutil.which(command[0], path=self.environment["PATH"])
        assert program, f"the image has no {command[0]}"
        return [program, *command[1:]]

    @contextmanager
    def started(self) -> Iterator[subprocess.Popen[bytes]]:
        """The container's process on a free port, with its CMD."""
        self.environment |= {"RECS_PORT": str(free_port()), "RECS_TRUSTED_HOSTS": "shop.example"}
        process = subprocess.Popen(self.resolved(tuple(self.command)), cwd=self.workdir, env=self.environment)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    image = Image(tmp_path_factory.mktemp("image"))
    image.build()
    return image


def test_continued_lines_and_comments_are_read():
    text = '# one\nRUN a \\\n    && b\n\n# two\nCMD ["c"]\n'
    assert list(instructions(text)) == [("RUN", "a && b"), ("CMD", '["c"]')]


def test_only_steps_that_change_the_system_are_left_out(image: Image):
    assert image.left_out == ["apt-get", "useradd"]


def test_every_installed_package_is_pinned(image: Image):
    """What dependencies bring as well: the same image next year."""

    def pins(text: str) -> set[str]:
        return {re.sub(r"[-_.]+", "-", line.split()[0]).lower() for line in text.splitlines() if "==" in line}

    installed = image.run("python", "-m", "pip", "freeze")
    assert pins(installed.stdout) == pins((ROOT / "requirements.txt").read_text(encoding="utf-8"))


def test_the_image_trains(image: Image):
    """The scheduler's container is the same image."""
    shown = image.run("python", "-m", "training", "schedule", "--help")
    assert (shown.returncode, "--cron" in shown.stdout) == (0, True), shown.stderr


def test_the_image_serves_and_tells_its_health(image: Image):
    assert image.run(*image.health).returncode == 1
    with image.started() as process:
        deadline = time.monotonic() + 60
        while image.run(*image.health).returncode != 0:
            assert process.poll() is None, f"it ended with code {process.returncode}"
            assert time.monotonic() < deadline, "it does not become healthy"
    assert process.returncode == 0
    assert image.run(*image.health).returncode == 1


def test_the_dockerfile_has_no_lint():
    hadolint = Path(sys.executable).parent / "hadolint"
    found = subprocess.run([hadolint, "--no-color", DOCKERFILE], capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (0, "")


@needs_program("dclint")
def test_the_compose_file_has_no_lint():
    found = subprocess.run(
        ["dclint", "--max-warnings", "0", "compose.yaml"], cwd=ROOT, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout


def test_the_scheduler_of_the_compose_file_is_a_valid_command():
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    command = next(
        json.loads(line) for line in re.findall(r"command: (\[.*\])", text) if '"schedule"' in line
    )
    assert command[:4] == ["python", "-m", "training", "schedule"]
    training.commands["schedule"].make_context("schedule", command[4:])
