"""When a receiver that fails is left alone for a while, and when for good until somebody looks after it."""

from __future__ import annotations

from dataclasses import dataclass

from libs.common.webhooks.backoff import RetrySchedule

# A receiver that is back should not have to wait longer than this for what was kept for it.
_LONGEST_REST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class PauseRule:
    """Paused after so many failed attempts in a row, or after failing for so long; seconds of real time."""

    after_failures: int = 20
    after_seconds: float = 3 * 86_400

    def reason(self, failures: int, failing_seconds: float, *, gone: bool) -> str | None:
        """Why to pause, as a stable word: ``gone`` (answered 410), ``failures``, ``too_long``; None to go on."""
        if gone:
            return "gone"
        if failures >= self.after_failures:
            return "failures"
        return "too_long" if failing_seconds >= self.after_seconds else None


def rest_after(failures: int, schedule: RetrySchedule) -> float:
    """How long a receiver is left alone after so many failures in a row; then one message tries it again."""
    wait = schedule.wait_after(max(failures, 1))
    return _LONGEST_REST_SECONDS if wait is None else min(wait, _LONGEST_REST_SECONDS)
