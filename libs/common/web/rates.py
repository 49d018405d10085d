"""How often one caller may ask: a bucket of requests each, filled steadily.

Real time is meant: it guards this machine, whatever the stack's clock does. A process counts its own requests.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from libs.common.web.problems import TooManyRequests

_PRUNED_AT: Final = 10_000


class CallerTooFast(TooManyRequests):
    """This caller asks more often than one may; nothing was done."""

    code = "rate_limited"


@dataclass(slots=True)
class _Bucket:
    tokens: float
    seen_at: float


@dataclass(slots=True)
class Buckets:
    """A bucket of ``burst`` for each name, filled with ``per_second``."""

    per_second: float
    burst: int
    monotonic: Callable[[], float] = time.monotonic
    _buckets: dict[str, _Bucket] = field(default_factory=dict)
    _pruned_at: float = -math.inf

    def take(self, name: str) -> int | None:
        """Take one; None if there was one, else after how many seconds there is."""
        now = self.monotonic()
        bucket = self._buckets.get(name)
        if bucket is None:
            self._prune(now)
            bucket = self._buckets[name] = _Bucket(float(self.burst), now)
        bucket.tokens = min(float(self.burst), bucket.tokens + (now - bucket.seen_at) * self.per_second)
        bucket.seen_at = now
        if bucket.tokens < 1.0:
            return max(1, math.ceil((1.0 - bucket.tokens) / self.per_second))
        bucket.tokens -= 1.0
        return None

    def give_back(self, name: str) -> None:
        """What was taken last was not worth counting."""
        bucket = self._buckets.get(name)
        if bucket is not None:
            bucket.tokens = min(float(self.burst), bucket.tokens + 1.0)

    def _prune(self, now: float) -> None:
        """Forget names whose bucket is full again, once there are many.

        In a flood of new names none is full for a while: looking through them is worth it once in that time.
        """
        refilled = self.burst / self.per_second
        if len(self._buckets) < _PRUNED_AT or now - self._pruned_at < refilled:
            return
        self._pruned_at = now
        full = [name for name, bucket in self._buckets.items() if now - bucket.seen_at >= refilled]
        for name in full:
            del self._buckets[name]


@dataclass(slots=True)
class CallerRates:
    """Requests of callers, and of addresses that have no caller or only forged ones."""

    buckets: Buckets

    def admit(self, caller: str) -> None:
        """Raises CallerTooFast, which says when the next one may come."""
        wait = self.buckets.take(caller)
        if wait is not None:
            raise CallerTooFast(retry_after_seconds=wait, per_second=self.buckets.per_second)

    def admit_stranger(self, address: str | None) -> None:
        """A request that names nobody. Raises CallerTooFast."""
        self.admit(f"address {address}")
