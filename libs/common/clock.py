"""The clock of a stack: one time shared by services, feed and demo.

Business rules take time as an argument; the edges read it here. Real time (`time.time`, `time.monotonic`)
serves tokens, leases, TLS and latencies only, since a stack's clock may run at sixty times real time or
start on a morning of the past.

A stack clock is a small JSON file, `{"origin": ISO 8601, "real_epoch": seconds, "rate": float}`, and its
time is `origin + rate * (real now - real_epoch)`.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

# How long a process may go on with the old setting after the file was rewritten.
_CHECK_SECONDS = 0.2
# The longest single sleep: a clock that is moved by hand or by its file may jump at any moment.
_SLICE_SECONDS = 0.1
_EARLIEST = datetime.min.replace(tzinfo=UTC)


class ClockFileError(ValueError):
    """The clock file is absent or does not hold origin, real_epoch and rate."""


class Clock(Protocol):
    """Whatever tells the stack's time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """Real time: the clock of every installation that is not a demo or a test."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved; for tests and replays."""

    def __init__(self, now: datetime) -> None:
        self._now = _in_utc(now)

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = _in_utc(now)

    def advance(self, by: timedelta) -> datetime:
        """Move on by `by` and answer the new instant."""
        self._now += by
        return self._now


@dataclass(frozen=True, slots=True)
class ClockSetting:
    """What a clock file says: at `real_epoch` (Unix seconds) it was `origin`, and runs at `rate`."""

    origin: datetime
    real_epoch: float
    rate: float

    def at(self, real: float) -> datetime:
        """The stack's time at the real time `real` (Unix seconds)."""
        return self.origin + timedelta(seconds=self.rate * (real - self.real_epoch))


class FileClock:
    """Stack time from a clock file that may be rewritten while the process runs.

    The file is looked at again at most every 0.2 s. Within this delay the process still runs at the old
    rate, so it may be a moment ahead when it learns that the clock became slower: it then holds its last
    answer until the clock has caught up. A wider step backwards is meant as a reset and is followed.

    Raises ClockFileError when the file is absent or malformed at construction; later a file that is
    missing or malformed leaves the last setting in force, since the writer replaces it in one step.
    """

    def __init__(self, path: Path) -> None:
        self._path = Path(path)
        self._setting = read_clock(self._path)
        self._stamp = _stamp(self._path)
        self._checked = time.monotonic()
        self._answered = self._floor = _EARLIEST

    @property
    def rate(self) -> float:
        """Stack seconds in a real second, as last read."""
        return self._setting.rate

    def now(self) -> datetime:
        self._refresh()
        self._answered = max(self._setting.at(time.time()), self._floor)
        return self._answered

    def _refresh(self) -> None:
        checked = time.monotonic()
        if checked - self._checked < _CHECK_SECONDS:
            return
        self._checked = checked
        with suppress(FileNotFoundError, ClockFileError):
            stamp = _stamp(self._path)
            if stamp == self._stamp:
                return
            setting = read_clock(self._path)
            ahead = (self._answered - setting.at(time.time())).total_seconds()
            late_notice = 0 < ahead <= self._setting.rate * _CHECK_SECONDS
            self._floor = self._answered if late_notice else _EARLIEST
            self._setting, self._stamp = setting, stamp


def clock_from(path: Path | None) -> Clock:
    """The stack clock of `path`, or real time when there is none."""
    return SystemClock() if path is None else FileClock(path)


def read_clock(path: Path) -> ClockSetting:
    """The setting in a clock file. Raises ClockFileError."""
    try:
        body = json.loads(Path(path).read_text(encoding="utf-8"))
        origin = datetime.fromisoformat(body["origin"])
        return _checked_setting(origin, float(body["real_epoch"]), float(body["rate"]))
    except FileNotFoundError as error:
        raise ClockFileError(f"no clock file at {path}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ClockFileError(f"{path} is not a clock file: {error}") from error


def write_clock(path: Path, origin: datetime, rate: float) -> ClockSetting:
    """Make it `origin` now, running at `rate` stack seconds a real second (0 stands still).

    The file is replaced in one step, so a reader never sees half of it.
    Raises ValueError for a naive origin and for a rate that is negative or not finite.
    """
    setting = _checked_setting(origin, time.time(), rate)
    body = {
        "origin": setting.origin.isoformat(),
        "real_epoch": setting.real_epoch,
        "rate": setting.rate,
    }
    path = Path(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(body, file)
        # Services may run under another account than the command that sets the clock.
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return setting


def change_rate(path: Path, rate: float) -> ClockSetting:
    """Run at `rate` from the stack's present time on: the time itself does not jump."""
    return write_clock(path, read_clock(path).at(time.time()), rate)


async def sleep_until(clock: Clock, instant: datetime, max_real_seconds: float) -> bool:
    """Sleep until the stack's time is `instant`, at most `max_real_seconds` of real time.

    Answers whether `instant` is reached. Sleeps in short slices, so that a clock which jumps or changes
    its rate is noticed at once; made for loops that also have other work to look for.
    """
    give_up = time.monotonic() + max_real_seconds
    while (remaining := (instant - clock.now()).total_seconds()) > 0:
        budget = give_up - time.monotonic()
        if budget <= 0:
            return False
        if isinstance(clock, SystemClock):
            slice_seconds = min(remaining, 1.0)
        elif isinstance(clock, FileClock) and clock.rate > 0:
            slice_seconds = min(remaining / clock.rate, _SLICE_SECONDS)
        else:
            slice_seconds = _SLICE_SECONDS
        await asyncio.sleep(min(slice_seconds, budget))
    return True


def _in_utc(instant: datetime) -> datetime:
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no zone: the stack's time is always aware")
    return instant.astimezone(UTC)


def _checked_setting(origin: datetime, real_epoch: float, rate: float) -> ClockSetting:
    if not math.isfinite(rate) or rate < 0:
        raise ValueError(f"a clock's rate is a finite number from 0, not {rate}")
    if not math.isfinite(real_epoch):
        raise ValueError(f"real_epoch is a number of seconds, not {real_epoch}")
    return ClockSetting(origin=_in_utc(origin), real_epoch=real_epoch, rate=rate)


def _stamp(path: Path) -> tuple[int, int, int]:
    # The inode is new with every replacement: two rewrites in one tick of the file system's clock differ.
    status = path.stat()
    return status.st_mtime_ns, status.st_ino, status.st_size
