"""From which figure on a finding is a warning or bad; a site changes them in ``doctor.json`` of its directory."""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from deploy.local.errors import StackError

FILE = "doctor.json"


@dataclass(frozen=True)
class Limits:
    """Each pair: warn from the first on, bad from the second. Sizes in MB, times in seconds or days as named."""

    disk_free_mb: tuple[float, float] = (2_000, 500)
    inodes_free_percent: tuple[float, float] = (10, 2)
    clock_off_s: tuple[float, float] = (2, 30)
    restarts: tuple[float, float] = (1, 5)
    connections_percent: tuple[float, float] = (80, 95)
    transaction_s: tuple[float, float] = (300, 1_800)
    lock_wait_s: tuple[float, float] = (30, 300)
    transaction_age_millions: tuple[float, float] = (500, 1_200)
    dead_rows_percent: tuple[float, float] = (30, 60)
    slot_wal_mb: tuple[float, float] = (1_000, 8_000)
    wal_mb: tuple[float, float] = (4_000, 16_000)
    lag_records: tuple[float, float] = (2_000, 20_000)
    outbox_s: tuple[float, float] = (30, 300)
    late_s: tuple[float, float] = (60, 600)
    failed_jobs: tuple[float, float] = (1, 10)
    failed_deliveries: tuple[float, float] = (1, 20)
    letters: tuple[float, float] = (1, 20)
    silent_feeds: tuple[float, float] = (1, 5)
    calendar_days: tuple[float, float] = (90, 30)
    expiry_days: tuple[float, float] = (30, 7)
    backup_days: tuple[float, float] = (2, 7)
    archive_silent_s: tuple[float, float] = (30, 300)
    # Where backups are put, and files of certificates (PEM) that somebody has to renew.
    backups: str | None = None
    certificates: tuple[str, ...] = ()
    # An address of a site's own whose HTTP Date tells the time, e.g. that of its gateway.
    time_url: str | None = None


def load_limits(directory: Path) -> Limits:
    """The limits of a stack. Raises StackError naming the field that is not right."""
    path = directory / FILE
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Limits()
    except ValueError as error:
        raise StackError(f"{path} is no JSON: {error}.") from error
    if not isinstance(body, dict):
        raise StackError(f"{path} has to be an object.")
    known = {each.name for each in fields(Limits)}
    return Limits(**{name: _checked(path, name, value, known) for name, value in body.items()})


def _checked(path: Path, name: str, value: Any, known: set[str]) -> Any:
    if name not in known:
        raise StackError(f"{path}: {name} is not known.", f"Known are: {', '.join(sorted(known))}")
    if name in {"backups", "time_url"}:
        if value is not None and not isinstance(value, str):
            raise StackError(f"{path}: {name} has to be a text.")
        return value
    if name == "certificates":
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise StackError(f"{path}: {name} has to be a list of files.")
        return tuple(value)
    numbers = isinstance(value, list) and all(
        isinstance(each, int | float) and not isinstance(each, bool) and each >= 0 for each in value
    )
    if not numbers or len(value) != 2:
        raise StackError(f"{path}: {name} has to be two numbers, for a warning and for bad.")
    return tuple(value)
