from __future__ import annotations

import subprocess
import sys


def test_until_it_is_there_the_worker_ends_with_2_and_says_so():
    done = subprocess.run(
        [sys.executable, "-m", "service.worker"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: service.worker is not available yet")
