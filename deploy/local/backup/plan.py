"""Whether and how a stack is backed up by itself: a small file in its directory, read at its start."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.local.errors import StackError
from deploy.local.layout import Layout
from deploy.local.programs import write_atomically

MOST_ARCHIVE_SECONDS = 3600


@dataclass(frozen=True)
class BackupPlan:
    """Base backups into `directory` every `every_hours`, the newest `keep` of them kept.

    `archive_seconds`: PostgreSQL's log and Kafka's are handed on at least so often; what a lost machine may cost.
    `passphrase_file`: under what it holds the backups are encrypted, the secrets in them; None leaves these out.
    """

    directory: str
    every_hours: float = 24
    keep: int = 7
    archive_seconds: int = 60
    passphrase_file: str | None = None


def checked_plan(
    directory: Path, every_hours: float, keep: int, archive_seconds: int, passphrase_file: Path | None = None
) -> BackupPlan:
    """Raises StackError naming the field that makes no sense."""
    if not 0 < every_hours <= 24 * 31:
        raise StackError(f"every_hours is {every_hours}.", "Between a moment and 31 days: --every 24")
    if keep < 1:
        raise StackError(f"keep is {keep}.", "At least one backup is kept: --keep 7")
    if not 1 <= archive_seconds <= MOST_ARCHIVE_SECONDS:
        raise StackError(f"archive_seconds is {archive_seconds}.", "Between 1 and 3600: --archive-seconds 60")
    words = None if passphrase_file is None else str(passphrase_file.expanduser().resolve())
    return BackupPlan(str(directory.expanduser().resolve()), every_hours, keep, archive_seconds, words)


def load_plan(place: Layout) -> BackupPlan | None:
    """None: backups are made by hand only. Raises StackError for a file that holds no plan."""
    path = _file(place)
    if not path.exists():
        return None
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        return checked_plan(
            Path(body["directory"]),
            float(body["every_hours"]),
            int(body["keep"]),
            int(body["archive_seconds"]),
            Path(body["passphrase_file"]) if body.get("passphrase_file") else None,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise StackError(
            f"{path} holds no plan of backups: {error}", "Write it anew: duban backup plan DIR"
        ) from error


def save_plan(place: Layout, plan: BackupPlan | None) -> None:
    if plan is None:
        _file(place).unlink(missing_ok=True)
    else:
        write_atomically(_file(place), json.dumps(asdict(plan), indent=2))


def _file(place: Layout) -> Path:
    return place.directory / "backup.json"
