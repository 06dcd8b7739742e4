"""What `make run` runs: the demonstration shop, trained if nothing is published yet, then served.

Runs in the foreground until Ctrl-C or SIGTERM, then stops what it started, the newest first.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import RedisError
from rich.console import Console

from service.embedded import EmbeddedError, open_store
from service.healthcheck import answers, local_host
from service.placement_file import load_placements
from service.settings import Settings, SettingsError, load_settings
from service.store.api_keys import ensure_admin_key
from service.store.keys import Keys
from service.store.reader import StoreReader

HOUSEHOLD = "1"
"""A customer of the demonstration shop."""

# Asks the kernel to end the child with SIGTERM when this process dies, however that happens (kill -9), so
# that the next `make run` finds the port free. A parent that died before prctl is seen by its number.
TIED_TO_PARENT = """
import os, sys
if sys.platform == "linux":
    import ctypes, signal
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("the parent is gone")
os.execv(sys.executable, [sys.executable, "-m", *sys.argv[2:]])
"""

READY_WITHIN_S = 60.0
STOP_WITHIN_S = 15.0

console = Console(highlight=False, soft_wrap=True)


class DemoError(Exception):
    """What stopped the demonstration, and the exit code to end with."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def main() -> int:
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.default_int_handler)
    try:
        settings = load_settings()
        load_placements(settings.config)  # before training, which takes a minute
        run(settings)
    except KeyboardInterrupt:
        console.print("\nStopped.")
    except SettingsError as error:
        return fail(str(error), exit_code=2)
    except (EmbeddedError, RedisError) as error:
        return fail(f"The store cannot be used: {error}", exit_code=5)
    except DemoError as error:
        return fail(str(error), error.exit_code)
    return 0


def fail(message: str, exit_code: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return exit_code


def run(settings: Settings) -> None:
    """Serve until interrupted. Raises DemoError if something that was started ends by itself."""
    require_free_port(settings)
    with open_store(settings, profile="training") as client:
        keys = Keys(settings.key_prefix)
        reader = StoreReader(client, keys)
        if reader.live() is None:
            train(settings)
        live = reader.live()
        if live is None:
            raise DemoError("the training ended, but no version is live")
        demo = reader.meta(live.version).info.demo
        new_key = None if settings.admin_key else ensure_admin_key(client, keys)
        with child("service.worker"), child("gunicorn", "wsgi:app") as web:
            wait_until_ready(web, settings)
            print_links(settings, demo, new_key)
            raise DemoError(f"the web server ended by itself with code {web.wait()}")


def require_free_port(settings: Settings) -> None:
    """Asked before training, which takes a minute, and not after it."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise DemoError(
                f"cannot listen on {settings.host} port {settings.port}: {error.strerror}. "
                "Stop what uses it, or name another: RECS_PORT=8001 make run",
                exit_code=2,
            ) from error


def train(settings: Settings) -> None:
    """Publish a first version, trained on The Complete Journey.

    Both steps are processes of their own, so that their memory is given back.
    """
    folder = settings.data_dir / "demo"
    console.print(
        "[bold]Nothing is published yet: training on the demonstration shop, The Complete Journey[/]"
    )
    finish("examples.complete_journey", "--out", str(folder))
    finish(
        "training", "run",
        "--orders", str(folder / "orders.parquet"),
        "--catalog", str(folder / "catalog.parquet"),
        "--set", "models.profile=quick",
        "--set", "publish.demo=true",
    )  # fmt: skip


def finish(module: str, *arguments: str) -> None:
    """Run a module of ours to its end. Raises DemoError, with its exit code, if it failed."""
    with child(module, *arguments) as process:
        if process.wait() != 0:
            raise DemoError(f"python -m {module} ended with code {process.returncode}", process.returncode)


@contextmanager
def child(module: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m module arguments`, told to stop and waited for at the end of the block.

    In a session of its own: the terminal's Ctrl-C reaches only this process, which then stops
    what it started in order, the store last.
    """
    command = [sys.executable, "-c", TIED_TO_PARENT, str(os.getpid()), module, *arguments]
    process = subprocess.Popen(command, start_new_session=True)
    try:
        yield process
    finally:
        # A second Ctrl-C must not leave the child behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        stop(process)
        signal.signal(signal.SIGINT, signal.default_int_handler)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until_ready(web: subprocess.Popen[bytes], settings: Settings) -> None:
    """Return once /readyz answers 200. Raises DemoError if the server ends, or is too late."""
    deadline = time.monotonic() + READY_WITHIN_S
    while not answers(settings, "/readyz"):
        if web.poll() is not None:
            raise DemoError(f"the web server ended with code {web.returncode} before it was ready")
        if time.monotonic() > deadline:
            raise DemoError(f"the service is not ready after {READY_WITHIN_S:.0f} s")
        time.sleep(0.1)


def address(settings: Settings) -> str:
    """Where a browser on this machine finds the service."""
    host = local_host(settings)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def print_links(settings: Settings, demo: bool, new_key: str | None) -> None:
    base = address(settings)
    visitor = f"&visitor_id={HOUSEHOLD}" if demo else ""
    console.print(f"""
[bold green]Ready.[/]
  Storefront      {base}/
  Console         {base}/admin/
  API reference   {base}/docs
  Admin key       {tell_key(settings, new_key)}

  curl -H "Authorization: Bearer {new_key or "$KEY"}" \\
    "{base}/v1/recommendations?placement=for_you&limit=5&include=product{visitor}"

Ctrl-C stops everything.
""")


def tell_key(settings: Settings, new_key: str | None) -> str:
    if settings.admin_key:
        return "the one in RECS_ADMIN_KEY"
    if new_key:
        return f"[bold]{new_key}[/]  (shown only now: keep it)"
    return "shown at the first start; make another: .venv/bin/flask --app wsgi keys create --role admin"


if __name__ == "__main__":
    sys.exit(main())
