"""How gunicorn runs the service: `gunicorn wsgi:app` reads this file by itself.

The master runs the embedded server where no REDIS_URL is set, and hands its socket to the workers.
"""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from typing import Any

from gevent import monkey
from gunicorn.http import message

# The workers inherit what is imported here, and redis-py imports ssl, which must be patched before that.
monkey.patch_ssl()

from service.placement_file import load_placements  # noqa: E402
from service.refusals import answer_in_problems  # noqa: E402
from service.settings import SettingsError, load_settings  # noqa: E402

try:
    settings = load_settings()
    load_placements(settings.config)  # here, for a worker could only die of what is wrong with them
except SettingsError as error:
    print(error, file=sys.stderr)
    sys.exit(2)

bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
workers = settings.workers

# gevent: forty half-sent requests hold up all threads of a gthread worker; gevent does not notice them.
worker_class = "gevent"

# An answer takes milliseconds. gunicorn loses the stop signal of a worker that is just booting, and would
# wait for it for this long.
graceful_timeout = 10

# A hundred products with ids of 256 characters take 27 kB. gunicorn stops at 8,190 bytes, unless there is no
# limit at all: then one endless line holds up all others of its worker.
limit_request_line = message.MAX_REQUEST_LINE = 65_536
answer_in_problems()

# It would want to write a socket into the home folder, which a container's user does not have.
control_socket_disable = True

_resources = ExitStack()


def on_starting(server: Any) -> None:
    """Before any worker: an empty folder for the workers' figures, and the store where none is given."""
    del server
    # A folder of an earlier run would be counted again. In memory where there is such a place: the workers
    # write with every request, and a busy disk would hold them up.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="recs-metrics-", dir=memory)
    _resources.callback(shutil.rmtree, folder, ignore_errors=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    if settings.redis_url is None:
        _run_embedded_server()


def _run_embedded_server() -> None:
    from service.embedded import EmbeddedError, EmbeddedValkey

    try:
        os.environ["REDIS_URL"] = _resources.enter_context(EmbeddedValkey(settings.data_dir)).url
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        sys.exit(5)


def post_worker_init(worker: Any) -> None:
    """Load the live version before the first request, and keep what was loaded out of garbage collection.

    The modules and the version live as long as the worker; looking through them again and again would
    take a fifth of the time, in pauses that requests wait for.
    """
    worker.wsgi.extensions["recommendations"].start()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


def child_exit(server: Any, worker: Any) -> None:
    """Drop the gauges of a worker that has gone."""
    del server
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    """After the last worker: stop the embedded server, remove the figures."""
    del server
    _resources.close()
