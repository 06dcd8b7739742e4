"""Retraining by the clock, with real runs in real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

from service.store.keys import Keys
from service.store.schedule_status import read_schedule
from service.store.versions import list_versions, live
from tests.waiting import wait_until
from training.cli import main
from training.errors import UsageError
from training.schedule import RetrainingSchedule
from training.store_session import Store


@pytest.fixture
def schedule(store, orders) -> RetrainingSchedule:
    return RetrainingSchedule("0 3 * * *", ["--orders", str(orders)], Store(store, Keys()), "UTC")


def test_a_run_is_published_and_its_outcome_told(schedule, store):
    schedule.run_once()
    last = read_schedule(store, Keys()).last_run
    assert last["code"] == 0
    assert last["published"] is True
    assert last["version"] == live(store, Keys()).version


def test_a_failing_run_is_told_and_the_next_one_goes_well(schedule, store, orders):
    content = orders.read_text()
    orders.write_text("no,such,columns\n1,2,3\n")
    schedule.run_once()
    status = read_schedule(store, Keys())
    assert (status.last_run["code"], status.last_run["published"]) == (3, False)
    assert live(store, Keys()) is None

    orders.write_text(content)
    schedule.run_once()
    assert read_schedule(store, Keys()).last_run["code"] == 0


def test_the_next_run_is_told(schedule, store):
    schedule.run_once()
    upcoming = read_schedule(store, Keys()).next_run
    assert (upcoming.hour, upcoming.minute) == (3, 0)


@pytest.mark.parametrize("cron", ["", "every day", "0 3 * *", "61 3 * * *"])
def test_what_is_no_cron_expression_is_refused(store, cron):
    with pytest.raises(UsageError, match="no cron expression"):
        RetrainingSchedule(cron, [], Store(store, Keys()), "UTC")


@pytest.mark.parametrize(
    "options, cause",
    [
        (["--format", "xml"], "--format 'xml' is unknown"),
        (["--engine", "spark"], "--engine spark is not available yet"),
        (["--timezone", "Nope"], "--timezone 'Nope' is unknown"),
        (["--set", "foo=1"], "--set takes SECTION.NAME=VALUE"),
        (["--as-of", "yesterday"], "--as-of 'yesterday' is no ISO 8601 time"),
        (["--catalog", "-"], "standard input can be read only once"),
        (["--cron-timezone", "Nope"], "--cron-timezone 'Nope' is unknown"),
    ],
)
def test_what_no_run_could_do_ends_the_command_at_once(orders, options, cause):
    # Where the option passes, 31 February still ends the command: a failing test must not wait for ever.
    command = ["schedule", "--cron", "0 3 31 2 *", "--orders", str(orders), *options]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2
    assert cause in result.stderr


def test_the_command_waits_for_its_time_and_stops_when_told(store, orders):
    command = [sys.executable, "-m", "training", "schedule", "--cron", "0 3 1 1 *", "--orders", str(orders)]
    with subprocess.Popen(command, env=os.environ) as process:
        wait_until(lambda: read_schedule(store, Keys()).next_run, "the schedule tells its next run")
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert read_schedule(store, Keys()).next_run is None
    assert list_versions(store, Keys()) == []


def test_a_mistyped_option_of_run_ends_the_command_at_once(orders):
    command = [sys.executable, "-m", "training", "schedule", "--cron", "0 3 * * *", "--ordrs", str(orders)]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--ordrs" in done.stderr
