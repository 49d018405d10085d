"""How often callers are refused (401, 403, 404), counted in memory and handed over now and then.

One refusal is a slip; hundreds of one caller or one address within minutes are somebody who tries keys, names or
ids. Projects judges them for all services, where the policy is kept: it stores its own counts, the others tell it
of theirs. So who spreads over the services is counted as one. Real time is meant, as for all that watches over
sign-ins.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from libs.common.context import Context
from libs.common.contracts.refusals import CallerRefusals, RefusalsPayload
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.outbox.record import record_event
from libs.common.security.principal import SYSTEM

log = structlog.get_logger(__name__)

COUNTED: Final = frozenset({401, 403, 404})
# What a crash may forget, and how many rows one hand-over may write.
_EVERY_SECONDS: Final = 5.0
_MOST_CALLERS: Final = 1_000

Keep = Callable[[Mapping[str, int]], Awaitable[None]]


@dataclass(slots=True)
class Refusals:
    """``keep`` stores counts by caller; it is called by the request that is refused when five seconds have passed.

    Of a flood of callers of whom each was refused once, those that come behind the first thousand are not counted
    within these five seconds: their addresses are.
    """

    keep: Keep
    monotonic: Callable[[], float] = time.monotonic
    _counts: Counter[str] = field(default_factory=Counter)
    _kept_at: float | None = None

    async def count(self, *callers: str) -> None:
        """One refusal, of a caller and of where it comes from. Never fails."""
        for caller in callers:
            if caller in self._counts or len(self._counts) < _MOST_CALLERS:
                self._counts[caller] += 1
        now = self.monotonic()
        if self._kept_at is not None and now - self._kept_at < _EVERY_SECONDS:
            return
        self._kept_at = now
        counts, self._counts = self._counts, Counter()
        try:
            await self.keep(counts)
        except (SQLAlchemyError, OSError) as error:
            log.warning("refusals.not_kept", error=repr(error)[:200])


class ToldRefusals:
    """Hands counts over as events of ``payload``'s type, each of an aggregate of its own: no order is needed."""

    def __init__(self, database: Database, payload: type[RefusalsPayload]) -> None:
        self._database = database
        self._payload = payload

    async def __call__(self, counts: Mapping[str, int]) -> None:
        """Tell of them by the outbox."""
        now = datetime.now(UTC)
        refused = tuple(CallerRefusals(caller=caller, count=count) for caller, count in sorted(counts.items()))
        async with self._database.transaction() as session:
            ctx = Context(session, now, new_id, SYSTEM)
            payload = self._payload(counted_at=now, refused=refused)
            await record_event(ctx, payload, subject=str(new_id()), aggregate_version=1, region_code=None)
