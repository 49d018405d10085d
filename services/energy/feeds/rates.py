"""How often one caller may deliver: small bodies cost the same work as large ones, so they are counted."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from services.energy.feeds.errors import FeedsTooFrequent

_PRUNED_AT: Final = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    seen_at: float


@dataclass(slots=True)
class DeliveryRate:
    """A bucket of ``burst`` deliveries for each caller, filled with ``per_second``.

    Real time is meant: it guards this machine, whatever the stack's clock does. What a delivery holds is limited
    elsewhere (the body's size, the worker's lag); so one that was worth its work is given back.
    """

    per_second: float
    burst: int
    monotonic: Callable[[], float] = time.monotonic
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def admit(self, subject: str) -> None:
        """Count a delivery. Raises FeedsTooFrequent, which says when the next one may come."""
        now = self.monotonic()
        bucket = self._buckets.get(subject)
        if bucket is None:
            self._prune(now)
            bucket = self._buckets[subject] = _Bucket(float(self.burst), now)
        bucket.tokens = min(float(self.burst), bucket.tokens + (now - bucket.seen_at) * self.per_second)
        bucket.seen_at = now
        if bucket.tokens < 1.0:
            wait = math.ceil((1.0 - bucket.tokens) / self.per_second)
            raise FeedsTooFrequent(retry_after_seconds=max(1, wait), per_second=self.per_second)
        bucket.tokens -= 1.0

    def give_back(self, subject: str) -> None:
        """The delivery was a large one."""
        bucket = self._buckets.get(subject)
        if bucket is not None:
            bucket.tokens = min(float(self.burst), bucket.tokens + 1.0)

    def _prune(self, now: float) -> None:
        """Forget callers whose bucket is full again, once there are many."""
        if len(self._buckets) < _PRUNED_AT:
            return
        refilled = self.burst / self.per_second
        full = [subject for subject, bucket in self._buckets.items() if now - bucket.seen_at >= refilled]
        for subject in full:
            del self._buckets[subject]
