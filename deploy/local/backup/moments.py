"""The stack's clock beside a backup: what it said at any moment that can be restored."""

import json
from datetime import datetime
from pathlib import Path

from libs.common.clock import ClockFileError, ClockSetting, read_clock


def note_clock(clock_file: Path, notes: Path) -> None:
    """Add a line when the clock was set anew since the last one."""
    try:
        setting = read_clock(clock_file)
    except ClockFileError:
        return
    line = {"origin": setting.origin.isoformat(), "real_epoch": setting.real_epoch, "rate": setting.rate}
    known = _lines(notes)
    if not known or known[-1] != line:
        with notes.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def clock_at(notes: Path, real: datetime) -> datetime | None:
    """The stack's time at a real instant; None when nothing was noted."""
    settings = [
        ClockSetting(datetime.fromisoformat(str(line["origin"])), float(line["real_epoch"]), float(line["rate"]))
        for line in _lines(notes)
    ]
    if not settings:
        return None
    earlier = [setting for setting in settings if setting.real_epoch <= real.timestamp()]
    setting = earlier[-1] if earlier else settings[0]
    # Not before its beginning: a clock set while we looked has no past.
    return setting.at(max(real.timestamp(), setting.real_epoch))


def _lines(notes: Path) -> list[dict[str, str | float]]:
    if not notes.exists():
        return []
    found = []
    for text in notes.read_text(encoding="utf-8").splitlines():
        try:
            found.append(json.loads(text))
        except ValueError:  # the end of a line that a full disk cut off
            continue
    return found
