"""A worker in a hurry, as a process of its own: `python -m tests.service.worker.quick_worker URL FOLDER`."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from service.store.connection import connect
from service.store.keys import Keys
from service.worker.loop import Pace, Worker

PACE = Pace(wait=0.02, archive=0.05, take_over=0.05, dead=0.5, trim=0.1, merge=60, retry=0.1)

if __name__ == "__main__":
    url, folder = sys.argv[1:]
    Worker(connect(url, profile="training"), Keys(), Path(folder), ["home"], PACE).run(threading.Event())
