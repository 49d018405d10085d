"""How often one caller may deliver: small bodies cost the same work as large ones, so they are counted."""

from __future__ import annotations

import time
from collections.abc import Callable

from libs.common.web.rates import Buckets
from services.energy.feeds.errors import FeedsTooFrequent


class DeliveryRate:
    """A bucket of ``burst`` deliveries for each caller, filled with ``per_second``.

    What a delivery holds is limited elsewhere (the body's size, the worker's lag); so one that was worth its work
    is given back.
    """

    def __init__(self, per_second: float, burst: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._buckets = Buckets(per_second, burst, monotonic)

    def admit(self, subject: str) -> None:
        """Count a delivery. Raises FeedsTooFrequent, which says when the next one may come."""
        wait = self._buckets.take(subject)
        if wait is not None:
            raise FeedsTooFrequent(retry_after_seconds=wait, per_second=self._buckets.per_second)

    def give_back(self, subject: str) -> None:
        """The delivery was a large one."""
        self._buckets.give_back(subject)
