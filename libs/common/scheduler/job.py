"""What a service writes down in its `schedule.py`: jobs, and how they behave after failure and absence."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from libs.common.context import Context
from libs.common.scheduler.triggers import Trigger

_NAME = re.compile(r"[a-z][a-z0-9_.]{0,99}")


class CatchUp(StrEnum):
    """What becomes of due times that passed while nothing ran.

    EACH runs them all, in order: the answer for a day is not contained in the next day's. LATEST runs the
    newest one and drops the others: for scans that look at the present state only.
    """

    EACH = "each"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Waits between attempts, in real time: doubling from `first_wait` up to `longest_wait`.

    An occurrence that failed `max_attempts` times is given up, recorded as failed, and no longer holds back
    the following ones of its job.
    """

    first_wait: timedelta = timedelta(seconds=1)
    longest_wait: timedelta = timedelta(minutes=5)
    max_attempts: int = 20

    def wait_after(self, attempt: int) -> timedelta:
        """The wait after the `attempt`-th attempt, counted from 1."""
        # Twenty doublings of any sensible wait are beyond the longest one; more would overflow.
        return min(self.first_wait * (1 << min(attempt - 1, 20)), self.longest_wait)


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work with due times.

    `run` takes the context of the transaction that also marks the occurrence as done, and the due time: what
    it writes through `ctx.session` is exactly once in effect. It never commits. Occurrences of one job run
    one after another, also across instances. `timeout_seconds` is real time; exceeding it is a failure.
    """

    name: str
    trigger: Trigger
    run: Callable[[Context, datetime], Awaitable[None]]
    catch_up: CatchUp = CatchUp.EACH
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    timeout_seconds: float = 600.0

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not a job's name: small letters, digits, dots, underscores")
