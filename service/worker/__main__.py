"""`python -m service.worker`: the events' counters and archive. Any number of them, each until SIGTERM."""

from __future__ import annotations

import signal
import sys
import threading

import click
from redis import RedisError

from service.embedded import EmbeddedError, open_store
from service.exports.jobs import ExportJobs
from service.placement_file import load_placements
from service.settings import SettingsError, load_settings
from service.store.connection import ConnectionUrlError
from service.store.keys import Keys
from service.worker.loop import Worker


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Count events by day and placement, archive them below RECS_DATA_DIR/events, make exports.

    Start any number of workers: they share the work, and take over from one that dies. The service answers
    without any. SIGTERM ends a worker once it has finished what it has begun.

    \b
    Exit codes: 0 stopped, 2 configuration, 5 store unavailable.
    """
    stopping = _set_by_signals()
    try:
        settings = load_settings()
        placements = load_placements(settings.config)
        with open_store(settings, "training") as client:
            worker = Worker(client, Keys(settings.key_prefix), settings.data_dir / "events", placements)
            exports = ExportJobs(client, Keys(settings.key_prefix), placements, settings.data_dir / "exports")
            # A thread of its own: a large export takes minutes, and events are counted all the while.
            making = threading.Thread(target=exports.run, args=(stopping,), name="exports")
            making.start()
            try:
                worker.run(stopping)
            finally:
                stopping.set()
                making.join()
    except SettingsError as error:
        _fail(error, 2)
    except (EmbeddedError, ConnectionUrlError, RedisError) as error:
        _fail(error, 5)


def _set_by_signals() -> threading.Event:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


def _fail(error: Exception, code: int) -> None:
    print(f"error: {error}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
