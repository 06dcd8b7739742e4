"""`python -m service.worker`: the consumer of events. It is not there yet and says so.

It will write counters, the archive and exports from the stream of events; the web process answers without it.
"""

from __future__ import annotations

import sys


def main() -> int:
    print(
        "error: service.worker is not available yet: it will consume events, archive and export",
        file=sys.stderr,
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())
