from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from libs.common.clock import (
    ClockFileError,
    FileClock,
    ManualClock,
    SystemClock,
    change_rate,
    clock_from,
    read_clock,
    sleep_until,
    write_clock,
)

BEIJING = timezone(timedelta(hours=8))
ORIGIN = datetime(2026, 9, 15, 8, 30, tzinfo=BEIJING)


class FakeReal:
    """Real time under the test's hand: what `time.time` and `time.monotonic` answer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 1_700_000_000.0
        monkeypatch.setattr(time, "time", lambda: self.seconds)
        monkeypatch.setattr(time, "monotonic", lambda: self.seconds)

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> FakeReal:
    return FakeReal(monkeypatch)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clock.json"


def test_system_clock_tells_real_time_in_utc() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_manual_clock_moves_only_by_hand() -> None:
    clock = ManualClock(ORIGIN)
    assert clock.now() == ORIGIN
    assert clock.now().tzinfo is UTC
    assert clock.advance(timedelta(days=31)) == ORIGIN + timedelta(days=31)
    clock.set(ORIGIN)
    assert clock.now() == ORIGIN


def test_naive_time_is_refused_everywhere(path: Path) -> None:
    naive = datetime(2026, 9, 15, 8, 30)  # noqa: DTZ001
    with pytest.raises(ValueError, match="no zone"):
        ManualClock(naive)
    with pytest.raises(ValueError, match="no zone"):
        ManualClock(ORIGIN).set(naive)
    with pytest.raises(ValueError, match="no zone"):
        write_clock(path, naive, 1)


def test_file_clock_starts_at_its_origin_and_runs_at_its_rate(path: Path, real: FakeReal) -> None:
    write_clock(path, ORIGIN, 60)
    clock = FileClock(path)
    assert clock.now() == ORIGIN
    real.pass_by(10)
    assert clock.now() == ORIGIN + timedelta(minutes=10)
    assert clock.now().tzinfo is UTC
    assert clock.rate == 60


def test_two_processes_agree_when_they_start_at_different_times(path: Path, real: FakeReal) -> None:
    write_clock(path, ORIGIN, 60)
    first = FileClock(path)
    real.pass_by(3.5)
    assert FileClock(path).now() == first.now()


def test_a_rewritten_file_is_noticed_after_the_check_interval(path: Path, real: FakeReal) -> None:
    write_clock(path, ORIGIN, 1)
    clock = FileClock(path)
    write_clock(path, ORIGIN + timedelta(days=31), 1)
    real.pass_by(0.1)
    assert clock.now() == ORIGIN + timedelta(seconds=0.1)
    real.pass_by(0.15)
    assert clock.now() == ORIGIN + timedelta(days=31, seconds=0.25)


def test_changing_the_rate_goes_on_from_the_present_time(path: Path, real: FakeReal) -> None:
    write_clock(path, ORIGIN, 60)
    clock = FileClock(path)
    real.pass_by(30)
    change_rate(path, 1)
    assert FileClock(path).now() == ORIGIN + timedelta(minutes=30)
    real.pass_by(20)
    assert clock.now() == ORIGIN + timedelta(minutes=30, seconds=20)


def test_time_never_runs_back_when_the_clock_becomes_slower(path: Path, real: FakeReal) -> None:
    write_clock(path, ORIGIN, 60)
    clock = FileClock(path)
    real.pass_by(1)
    assert clock.now() == ORIGIN + timedelta(minutes=1)
    change_rate(path, 1)
    last = clock.now()
    for _ in range(200):
        real.pass_by(0.07)
        now = clock.now()
        assert now >= last
        last = now
    # 200 steps of 0.07 s are 14 s: what the process was ahead is made up by then.
    assert last == FileClock(path).now()


def test_a_reset_to_an_earlier_time_is_followed(path: Path, real: FakeReal) -> None:
    write_clock(path, ORIGIN, 60)
    clock = FileClock(path)
    real.pass_by(3600)
    clock.now()
    write_clock(path, ORIGIN, 60)
    real.pass_by(0.25)
    assert clock.now() == ORIGIN + timedelta(seconds=15)


def test_a_clock_with_rate_zero_stands_still(path: Path, real: FakeReal) -> None:
    write_clock(path, ORIGIN, 0)
    clock = FileClock(path)
    real.pass_by(1000)
    assert clock.now() == ORIGIN


def test_the_last_setting_holds_when_the_file_vanishes_or_breaks(path: Path, real: FakeReal) -> None:
    write_clock(path, ORIGIN, 1)
    clock = FileClock(path)
    path.unlink()
    real.pass_by(1)
    assert clock.now() == ORIGIN + timedelta(seconds=1)
    path.write_text("{", encoding="utf-8")
    real.pass_by(1)
    assert clock.now() == ORIGIN + timedelta(seconds=2)
    write_clock(path, ORIGIN + timedelta(days=1), 1)
    real.pass_by(1)
    assert clock.now() == ORIGIN + timedelta(days=1, seconds=1)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"origin": "2026-09-15T08:30:00", "real_epoch": 1, "rate": 1}',
        '{"origin": "soon", "real_epoch": 1, "rate": 1}',
        '{"origin": "2026-09-15T08:30:00+08:00", "real_epoch": 1, "rate": -1}',
        '{"origin": "2026-09-15T08:30:00+08:00", "real_epoch": null, "rate": 1}',
        '{"origin": "2026-09-15T08:30:00+08:00", "real_epoch": 1, "rate": NaN}',
        '{"origin": "2026-09-15T08:30:00+08:00", "real_epoch": Infinity, "rate": 1}',
    ],
)
def test_a_malformed_file_is_refused_at_start(path: Path, body: str) -> None:
    path.write_text(body, encoding="utf-8")
    with pytest.raises(ClockFileError, match="not a clock file"):
        FileClock(path)


def test_an_absent_file_is_refused_at_start(path: Path) -> None:
    with pytest.raises(ClockFileError, match="no clock file"):
        FileClock(path)


@pytest.mark.parametrize("rate", [-1.0, float("nan"), float("inf")])
def test_an_impossible_rate_is_refused_and_the_file_kept(path: Path, rate: float) -> None:
    written = write_clock(path, ORIGIN, 2)
    with pytest.raises(ValueError, match="rate"):
        write_clock(path, ORIGIN, rate)
    with pytest.raises(ValueError, match="rate"):
        change_rate(path, rate)
    assert read_clock(path) == written


def test_the_file_has_the_documented_shape_and_nothing_lies_beside_it(path: Path, real: FakeReal) -> None:
    write_clock(path, ORIGIN, 60)
    body = json.loads(path.read_text(encoding="utf-8"))
    assert body == {"origin": "2026-09-15T00:30:00+00:00", "real_epoch": real.seconds, "rate": 60}
    assert list(path.parent.iterdir()) == [path]


def test_clock_from_chooses_by_the_path(path: Path) -> None:
    assert isinstance(clock_from(None), SystemClock)
    write_clock(path, ORIGIN, 1)
    assert isinstance(clock_from(path), FileClock)


async def test_sleep_until_returns_at_once_when_the_instant_is_past() -> None:
    assert await sleep_until(ManualClock(ORIGIN), ORIGIN, max_real_seconds=5)


async def test_sleep_until_gives_up_after_the_real_limit() -> None:
    started = time.monotonic()
    assert not await sleep_until(ManualClock(ORIGIN), ORIGIN + timedelta(days=1), max_real_seconds=0.15)
    assert time.monotonic() - started >= 0.1


async def test_sleep_until_wakes_when_the_clock_is_moved() -> None:
    clock = ManualClock(ORIGIN)
    sleeper = asyncio.create_task(sleep_until(clock, ORIGIN + timedelta(days=31), max_real_seconds=120))
    await asyncio.sleep(0.01)
    clock.advance(timedelta(days=31))
    assert await asyncio.wait_for(sleeper, timeout=60)


async def test_sleep_until_takes_the_rate_into_account(path: Path) -> None:
    write_clock(path, ORIGIN, 3600)
    clock = FileClock(path)
    until = ORIGIN + timedelta(minutes=5)
    # Five minutes of the stack's time, and less of real time.
    assert await sleep_until(clock, until, max_real_seconds=120)
    assert until <= clock.now()
