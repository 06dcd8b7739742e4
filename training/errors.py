"""How a training command can fail, and the exit code that each way ends with."""

from __future__ import annotations


class TrainingError(Exception):
    """A failure that names its cause and its cure; the command line prints it and ends with `exit_code`."""

    exit_code = 1


class UsageError(TrainingError):
    """The command or the configuration is off."""

    exit_code = 2


class InputRefused(TrainingError):
    """The orders or the catalogue cannot be read, or too many of their rows are bad."""

    exit_code = 3


class GateRefused(TrainingError):
    """The candidate is no better than what it would replace; the live version stays."""

    exit_code = 4


class StoreUnavailable(TrainingError):
    """Redis, or the embedded server, cannot be reached."""

    exit_code = 5


class ShopUnavailable(TrainingError):
    """A shop's API cannot be reached, or puts us off for too long."""

    exit_code = 5


class RunInProgress(TrainingError):
    """Another run holds the lock."""

    exit_code = 6
