"""A client that loses replies: the server did what was asked, the client does not know and asks again."""

from __future__ import annotations

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.connection import UnixDomainSocketConnection
from redis.retry import Retry


class LossyConnection(UnixDomainSocketConnection):
    """Reads a reply to a script and fails as if it had never come, as often as `to_lose` says."""

    to_lose = 0

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        self._is_script = b"EVAL" in b"".join(command)
        super().send_packed_command(command, check_health)

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        reply = super().read_response(*args, **kwargs)
        if self._is_script and LossyConnection.to_lose:
            LossyConnection.to_lose -= 1
            self.disconnect()
            raise redis.ConnectionError("the reply was lost")
        return reply


def lossy_client(url: str) -> redis.Redis:
    """A client that asks again at once, as training does; `LossyConnection.to_lose` replies get lost."""
    pool = redis.ConnectionPool(
        connection_class=LossyConnection,
        path=url.removeprefix("unix://"),
        protocol=2,
        retry=Retry(NoBackoff(), 3),
    )
    return redis.Redis(connection_pool=pool)
