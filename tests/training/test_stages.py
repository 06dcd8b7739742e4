from __future__ import annotations

import io

from rich.console import Console

from training.stages import Stages


def test_what_is_said_stays_as_it_is():
    written = io.StringIO()
    said = "12 bad rows are kept in " + "/a/folder" * 12 + "/[red]file[/]:v:.csv"
    Stages(Console(file=written, width=80)).say(said)
    assert written.getvalue() == said + "\n"
