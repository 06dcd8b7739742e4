"""Make an export: go on where an earlier attempt was killed, part by part, then put the parts together."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

import polars as pl
import redis

from service.exports.answers import AudienceAnswers
from service.exports.folder import CUSTOMERS_A_PART, ExportFolder
from service.exports.frames import rows_frame, wide_frame
from service.exports.request import ROWS, ExportRefused, ExportRequest
from service.placements import Placement
from service.store.keys import Keys
from service.store.versions import revisions

RESUMABLE_S = 3_600.0
"""An export that is sent when it is begun, and was begun longer ago, starts over."""

Progress = Callable[[int, int], None]
"""Told (customers done, customers)."""


@dataclass(frozen=True)
class Made:
    """A finished export.

    Attributes:
        customers: the audience.
        rows: in the file.
    """

    customers: int
    rows: int


class ExportMaker:
    """Makes one export in a folder of its own; after a kill, the same again goes on where it was."""

    def __init__(
        self,
        client: redis.Redis,
        keys: Keys,
        placements: Mapping[str, Placement],
        request: ExportRequest,
        folder: Path,
        emails: Mapping[str, str] | None = None,
    ) -> None:
        """`emails`: by customer; only for the layouts of mail services.

        Raises:
            ExportRefused: as `ExportRequest.check`.
        """
        self._client = client
        self._keys = keys
        self._placement = request.check(placements)
        self._request = request
        self._folder = ExportFolder(folder)
        self._emails = emails

    def make(self, out: Path, progress: Progress | None = None) -> Made:
        """Write the whole export to `out`, whose ending names the format.

        Raises:
            ExportRefused: nothing is live.
            redis.RedisError: the store went away. What was done until then stays, for the next attempt.
            OSError: the disk failed; as above.
        """
        try:
            return self._made(out, progress)
        except FileNotFoundError:
            if self._folder.manifest() is not None:
                raise
        # Somebody in it was erased meanwhile, which deletes what was done.
        return self._made(out, progress)

    def _made(self, out: Path, progress: Progress | None) -> Made:
        answers = self._begun()
        customers = self._folder.customers()
        starts = range(0, max(len(customers), 1), CUSTOMERS_A_PART)
        for number, start in enumerate(starts):
            some = customers[start : start + CUSTOMERS_A_PART]
            if not self._folder.has_part(number):
                self._folder.write_part(number, self._frame(answers, some))
            if progress:
                progress(start + len(some), len(customers))
        self._folder.assemble(len(starts), out)
        return Made(len(customers), sum(self._folder.rows(number) for number in range(len(starts))))

    def _begun(self) -> AudienceAnswers:
        """Go on with an attempt that was killed, if it was one for the same, by what is live now."""
        now = revisions(self._client, self._keys)
        if now.live is None:
            raise ExportRefused("nothing is published yet; `python -m training run` does")
        by = {"asked": self._asked(), "live": [*astuple(now.live)], "rules": now.rules}
        known = self._folder.manifest()
        at = self._sending(known["at"]) if known is not None and known["by"] == by else None
        is_new = at is None
        if at is None:
            at = time.time() if self._request.at is None else self._request.at
        answers = AudienceAnswers(
            self._client, self._keys, self._placement, self._request, at, now.live.version, now.rules
        )
        if is_new:
            self._folder.begin({"by": by, "at": at}, answers.audience())
        return answers

    def _sending(self, begun_at: float) -> float | None:
        """When it is sent, if it was begun then; None where that is too long ago to be now."""
        if self._request.at is not None:
            return self._request.at
        return begun_at if time.time() - begun_at < RESUMABLE_S else None

    def _asked(self) -> str:
        """A digest of all that was asked for: parts of another export are none of this one."""
        emails = sorted((self._emails or {}).items())
        asked = [self._request.as_json(), repr(self._placement), emails]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()

    def _frame(self, answers: AudienceAnswers, customers: list[str]) -> pl.DataFrame:
        found = answers.of(customers)
        request = self._request
        if request.layout == ROWS:
            return rows_frame(found, answers.snapshot)
        records = answers.records(found)
        return wide_frame(found, answers.snapshot, records, request.layout, request.limit, self._emails)
