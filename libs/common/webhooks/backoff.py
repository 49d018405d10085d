"""When a failed delivery is tried again, and when a channel is given a rest."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """Waits in seconds of real time between attempts; after the last one the delivery has failed for good.

    A channel with `pause_after` failed attempts in a row is paused: what waits for it is kept, not tried.
    """

    waits: tuple[float, ...] = field(default=(1, 5, 30, 120, 600, 1800, 7200, 18_000, 36_000, 86_400))
    pause_after: int = 20

    def wait_after(self, attempt: int, *, asked_seconds: float | None = None) -> float | None:
        """The wait after the `attempt`-th attempt (from 1), None when there is none left.

        `asked_seconds` is what the receiver asked for (Retry-After); it lengthens a wait up to an hour.
        """
        if attempt > len(self.waits):
            return None
        return max(self.waits[attempt - 1], min(asked_seconds or 0.0, 3600.0))
