"""``duban backup`` and ``duban restore``."""

import asyncio
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup

from deploy.local import control
from deploy.local.backup import sealing, wal
from deploy.local.backup.base import make_base
from deploy.local.backup.broker_log import batches, segments
from deploy.local.backup.keys import KEY_FILE, opened_key
from deploy.local.backup.plan import checked_plan, load_plan, save_plan
from deploy.local.backup.restoring import Restored, restore
from deploy.local.backup.store import Base, Store, check_files, store_in
from deploy.local.errors import StackError
from deploy.local.layout import CHECKOUT, default_directory
from deploy.local.options import DataOption
from deploy.local.processes import DATABASES

console = Console(highlight=False, soft_wrap=True)


class _MakeByDefault(TyperGroup):
    """`duban backup DIR` makes one: what names no command is a directory."""

    def parse_args(self, ctx: "typer.Context", args: list[str]) -> list[str]:  # type: ignore[override]
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["make", *args]
        return super().parse_args(ctx, args)


backup_app = typer.Typer(cls=_MakeByDefault, help="Backups of a stack: duban backup DIR", no_args_is_help=True)

DirectoryArgument = Annotated[Path, typer.Argument(metavar="DIR", help="Directory of this stack's backups.")]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="File with the passphrase under which backups are encrypted."),
]


@backup_app.callback()
def _group() -> None:
    """Backups of a stack: databases and Kafka's log of one moment."""


@backup_app.command()
def make(
    directory: DirectoryArgument,
    keep: Annotated[int | None, typer.Option(min=1, help="Keep so many base backups. Default: all.")] = None,
    passphrase_file: PassphraseOption = None,
    data: DataOption = None,
) -> None:
    """Make a base backup of the running stack in DIR."""
    place = control.place_of(data or default_directory())
    passphrase = sealing.passphrase_in(passphrase_file) if passphrase_file else None
    base = asyncio.run(make_base(place, directory, passphrase=passphrase, keep=keep))
    console.print(f"Made {base.directory} ({_megabytes(base)} MB). Check it with: duban backup verify {directory}")
    console.print("Not in it:")
    for line in base.manifest.left_out:
        console.print(f"  {line}")


@backup_app.command()
def verify(directory: DirectoryArgument, passphrase_file: PassphraseOption = None) -> None:
    """Read everything in DIR. Exit code 0: whole, 1: damaged (the first bad file is named)."""
    store = _existing(directory)
    passphrase = sealing.passphrase_in(passphrase_file) if passphrase_file else None
    for base in store.bases():
        key = opened_key(base.directory / KEY_FILE, passphrase) if base.manifest.sealed else None
        check_files(base, key)
        chain = wal.chain(store.wal, base.manifest.first_segment, base.manifest.last_segment)
        wal.check(store.wal, chain, key, all_sealed=base.manifest.sealed)
        count = 0
        for broker in sorted(base.kafka.iterdir()):
            copies = base.rest(key).copies(broker)
            copies.check()
            for partition in copies.listing(broker / "data"):
                found = segments(partition, copies)
                count += sum(1 for segment in found for _ in batches(segment, checked=True, copies=copies))
        console.print(f"{base.manifest.name}: whole; {len(chain)} files of WAL, {count} batches of Kafka's log.")


@backup_app.command(name="list")
def list_backups(directory: DirectoryArgument) -> None:
    """Show the base backups in DIR."""
    table = Table()
    for heading in ("base", "restorable from", "MB", "encrypted", "secrets", "projects", "energy", "alerts"):
        table.add_column(heading)
    for base in _existing(directory).bases():
        made = base.manifest
        encrypted = "yes" if made.sealed else "no"
        revisions = [made.migrations.get(name, "") for name in DATABASES]
        table.add_row(made.name, made.ended_at, str(_megabytes(base)), encrypted, made.secrets, *revisions)
    console.print(table)


@backup_app.command()
def plan(
    directory: Annotated[Path | None, typer.Argument(metavar="DIR", help="Where to; see also --off.")] = None,
    every: Annotated[float, typer.Option(help="Hours between base backups.")] = 24,
    keep: Annotated[int, typer.Option(help="How many base backups are kept.")] = 7,
    archive_seconds: Annotated[
        int, typer.Option(help="Hand the logs over at least so often: what a lost machine may cost.")
    ] = 60,
    passphrase_file: PassphraseOption = None,
    off: Annotated[bool, typer.Option("--off", help="Back up by hand only.")] = False,
    data: DataOption = None,
) -> None:
    """Let the stack back itself up from its next start on; without DIR, show the plan."""
    place = control.place_of(data or default_directory())
    if off:
        save_plan(place, None)
        console.print("The stack makes no backups from its next start on.")
        return
    if directory is not None:
        if not place.settings_file.exists():
            raise StackError(f"There is no stack in {place.directory}.", "Start it with: duban up")
        if passphrase_file is not None:
            sealing.passphrase_in(passphrase_file)
        save_plan(place, checked_plan(directory, every, keep, archive_seconds, passphrase_file))
    found = load_plan(place)
    if found is None:
        console.print("The stack makes no backups by itself.")
        return
    console.print(
        f"A base backup every {found.every_hours:g} hours into {found.directory}, {found.keep} kept; logs every "
        f"{found.archive_seconds} s. It holds from the next start on: duban down; duban up"
    )


def restore_stack(
    source: Path,
    target: Path,
    at: str | None,
    port_base: int | None,
    secrets: Path | None,
    passphrase_file: Path | None,
) -> Restored:
    """Put a stack back into `target` and say what came of it."""
    passphrase = sealing.passphrase_in(passphrase_file) if passphrase_file else None
    done = asyncio.run(
        restore(
            source,
            target,
            at=_moment(at),
            port_base=port_base,
            secrets=secrets,
            passphrase=passphrase,
            known={name: known_revisions(name) for name in DATABASES},
        )
    )
    console.print(f"Restored {target} from base backup {done.base} as of {done.at.isoformat()}.")
    console.print("Not in it:")
    for line in done.left_out:
        console.print(f"  {line}")
    console.print(f"Start it: duban up --data {target}")
    console.print("Sign-ins that were ended since are valid again; to end all: duban keys rotate --at-once")
    return done


def known_revisions(database: str) -> set[str]:
    """The migrations that this version has of a database."""
    scripts = (CHECKOUT / "services" / database / "migrations" / "versions").glob("[0-9]*.py")
    return {found.group(1) for script in scripts if (found := re.match(r"(\d+)_", script.name))}


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        zone = moment.utcoffset()
    except ValueError as error:
        raise StackError(f"--at {text} is no ISO 8601 time.", "Like 2026-09-15T08:30:00+08:00") from error
    if zone is None:
        raise StackError(f"--at {text} has no zone.", "Like 2026-09-15T08:30:00+08:00")
    # Kafka's records have their time in milliseconds: both sides are cut at a whole one.
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _existing(directory: Path) -> Store:
    store = store_in(directory)
    if not store.bases():
        raise StackError(f"There is no backup in {store.directory}.", "Make one: duban backup DIR")
    return store


def _megabytes(base: Base) -> int:
    log = sum(path.stat().st_size for path in base.kafka.rglob("*") if path.is_file())
    return (sum(base.manifest.sizes.values()) + log) >> 20
