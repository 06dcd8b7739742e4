"""Many commands, one write, one wait: the serving path's way past redis-py's pipeline and pool.

Before each use the pool polls a connection for leftovers, and a pipeline does much bookkeeping for each
command; under gevent the two take several times as long as the read itself. Here a connection that has not
been read to its end is closed, so that none with leftovers is ever used again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, cast

import redis
from hiredis import pack_command
from redis.connection import ConnectionInterface

from service.store.lua import Script

Command = tuple[str | bytes, ...]

_ATTEMPTS = 2
"""The second one for a connection that the server closed while it was idle, and for a process that was denied
the CPU for so long that under gevent it finds its timeout before its reply."""


class RoundTrips:
    """Connections of one client; safe to share between threads and greenlets, not across a fork."""

    def __init__(self, client: redis.Redis) -> None:
        pool = client.connection_pool
        # Not made by the pool itself: it would count them against its limit for ever.
        self._new_connection = partial(pool.connection_class, **pool.connection_kwargs)
        self._idle: list[ConnectionInterface] = []

    def replies(self, commands: Sequence[Command]) -> list[Any]:
        """The replies to the commands, in their order; as bytes, not decoded.

        Raises:
            redis.RedisError: the store is away, or it refused a command.
        """
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._exchange(commands)
            except (redis.ConnectionError, redis.TimeoutError):
                continue
        return self._exchange(commands)

    def script_replies(self, script: Script, commands: Sequence[Command]) -> list[Any]:
        """The replies to commands that are all EVALSHA of this script; raises as `replies`."""
        try:
            return self.replies(commands)
        except redis.exceptions.NoScriptError:
            # A server that was restarted has forgotten it; nothing of this attempt has been done.
            self.replies([("SCRIPT", "LOAD", script.source)])
            return self.replies(commands)

    def _exchange(self, commands: Sequence[Command]) -> list[Any]:
        connection = self._idle.pop() if self._idle else self._new_connection()
        complete = False
        try:
            packed = [pack_command(cast(Any, command)) for command in commands]
            connection.send_packed_command([b"".join(packed)], check_health=False)
            replies = [connection.read_response(disable_decoding=True) for _ in commands]
            complete = True
        finally:
            if complete:
                self._idle.append(connection)
            else:
                connection.disconnect()
                self._close_idle()
        return replies

    def _close_idle(self) -> None:
        """What broke one connection has most likely broken them all."""
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.disconnect()
