"""`gunicorn wsgi:app` as shipped, on a free port, for tests that ask it over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.needs import REPOSITORY
from tests.servers import free_port

KEY = "tests-admin-key"


class Service:
    """A gunicorn with its master and workers in a process group of their own."""

    def __init__(self, folder: Path, application: str = "wsgi:app", **environ: str) -> None:
        host = "[::1]" if ":" in environ.get("RECS_HOST", "") else "127.0.0.1"
        self.url = f"http://{host}:{(port := free_port())}"
        self.log = folder / "gunicorn.log"
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("RECS_") and k != "REDIS_URL"}
        ours = {"RECS_PORT": str(port), "RECS_DATA_DIR": str(folder / "the data"), "RECS_ADMIN_KEY": KEY}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", application],
                cwd=REPOSITORY,
                env=inherited | ours | environ,
                stderr=log,
                stdout=log,
            )

    def get(self, path: str) -> tuple[int, bytes]:
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {KEY}"})
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def answer(self, query: str) -> dict[str, Any]:
        status, body = self.get(f"/v1/recommendations?{query}")
        assert status == 200, body
        return json.loads(body)

    def answers(self) -> bool:
        try:
            return self.get("/healthz")[0] == 200
        except (urllib.error.URLError, ConnectionError):
            return False

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [
            int(child) for child in children if b"gunicorn" in Path(f"/proc/{child}/cmdline").read_bytes()
        ]

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(30)

    def end_of_start(self) -> tuple[int, str]:
        """Exit code and output of a start that is to fail; one that does not is stopped."""
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.stop()
            raise
        return code, self.log.read_text()
