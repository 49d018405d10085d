"""How often callers are refused (401, 403, 404), counted in memory and handed over now and then.

One refusal is a slip; hundreds of one caller or one address within minutes are somebody who tries keys, names or
ids. Real time is meant, as for all that watches over sign-ins.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

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
