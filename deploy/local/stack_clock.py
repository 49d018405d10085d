"""The clock of a stack across its stops: a stack on real time follows real time, any other stands still."""

import json
import time
from datetime import UTC, datetime

from deploy.local.layout import Layout, Settings
from deploy.local.programs import write_atomically
from libs.common.clock import ClockFileError, read_clock, write_clock


def start_clock(place: Layout, settings: Settings) -> None:
    """Let the clock run: from where it stood, or from the origin that was asked for at the first start."""
    if settings.real_time:
        write_clock(place.clock_file, datetime.now(UTC), 1.0)
        return
    kept = _kept(place)
    if kept is not None:
        write_clock(place.clock_file, *kept)
        return
    origin = datetime.fromisoformat(settings.clock_origin) if settings.clock_origin else datetime.now(UTC)
    write_clock(place.clock_file, origin, settings.clock_rate)


def remember_time(place: Layout) -> None:
    """Note the stack's time, so that a stack that dies at once goes on from here."""
    try:
        setting = read_clock(place.clock_file)
    except ClockFileError:
        return
    if setting.rate > 0:
        _keep(place, setting.at(time.time()), setting.rate)


def stop_clock(place: Layout) -> None:
    """Let it stand still at the present stack time."""
    remember_time(place)
    kept = _kept(place)
    if kept is not None:
        write_clock(place.clock_file, kept[0], 0.0)


def apply_change(place: Layout, before: Settings, after: Settings) -> None:
    """A new origin starts the clock afresh; a new rate lets it go on from where it stood, at that rate."""
    kept = _kept(place)
    if after.clock_origin != before.clock_origin:
        place.stack_time_file.unlink(missing_ok=True)
    elif kept is not None and after.clock_rate != before.clock_rate:
        _keep(place, kept[0], after.clock_rate)


def _keep(place: Layout, at: datetime, rate: float) -> None:
    body = {"at": at.isoformat(), "rate": rate}
    write_atomically(place.stack_time_file, json.dumps(body), durable=False)


def _kept(place: Layout) -> tuple[datetime, float] | None:
    try:
        body = json.loads(place.stack_time_file.read_text())
        return datetime.fromisoformat(body["at"]), float(body["rate"])
    except (FileNotFoundError, ValueError, KeyError):
        return None
