"""Runs one query in a process of its own: the driver keeps Python from doing anything else while it waits.

Takes `{"url", "query", "session", "batch_rows"}` as JSON on standard input, where no list of processes shows
the password; writes the rows as an Arrow stream to standard output, and a fault behind `FAULT` to standard
error. Run by `server_query`, as a script.
"""

from __future__ import annotations

import json
import sys

FAULT = "FAULT "
FAILED = 3


def main() -> None:
    """The query's rows; ends with `FAILED` where they are not all of them."""
    # Loaded here: half a second of work that those who start the process are spared.
    import connectorx
    import pyarrow

    asked = json.load(sys.stdin)
    try:
        rows = connectorx.read_sql(
            asked["url"],
            asked["query"],
            return_type="arrow_stream",
            batch_size=asked["batch_rows"],
            pre_execution_query=asked["session"],
        )
        with pyarrow.ipc.new_stream(sys.stdout.buffer, rows.schema) as stream:
            for batch in rows:
                stream.write_batch(batch)
    except BrokenPipeError:
        sys.exit(FAILED)  # nobody wants the rest
    except BaseException as error:  # noqa: BLE001
        # What the driver does not foresee is a panic, which is no Exception and has no public class.
        sys.stderr.write(f"{FAULT}{json.dumps(str(error))}\n")
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
