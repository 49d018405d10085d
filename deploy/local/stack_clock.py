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
        body = {"at": setting.at(time.time()).isoformat(), "rate": setting.rate}
        write_atomically(place.stack_time_file, json.dumps(body), durable=False)


def stop_clock(place: Layout) -> None:
    """Let it stand still at the present stack time."""
    remember_time(place)
    kept = _kept(place)
    if kept is not None:
        write_clock(place.clock_file, kept[0], 0.0)


def reset_clock(place: Layout) -> None:
    """Forget where it stood: the next start begins at the origin of the settings."""
    place.stack_time_file.unlink(missing_ok=True)


def _kept(place: Layout) -> tuple[datetime, float] | None:
    try:
        body = json.loads(place.stack_time_file.read_text())
        return datetime.fromisoformat(body["at"]), float(body["rate"])
    except (FileNotFoundError, ValueError, KeyError):
        return None
