"""``duban upgrade``: the same stack under this version of the code, with a backup to go back to."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from deploy.local import control
from deploy.local.backup import sealing
from deploy.local.backup.base import make_base, server_of
from deploy.local.backup.command import DirectoryArgument, PassphraseOption, known_revisions
from deploy.local.backup.databases import migrations_in
from deploy.local.errors import StackError
from deploy.local.layout import Layout, default_directory, load_settings
from deploy.local.options import DataOption
from deploy.local.processes import DATABASES
from deploy.local.revision import revision_that_ran
from deploy.local.status import supervisor_of

console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Upgraded:
    """`before` and `after`: the revision of each database; `revision`: the code that ran until now, if known."""

    backup: Path
    before: dict[str, str]
    after: dict[str, str]
    revision: str | None


def upgrade(
    place: Layout, directory: Path, *, passphrase: str | None = None, say: Callable[[str], None] = lambda _: None
) -> Upgraded:
    """Back the stack up into `directory`, migrate its databases and start it under this code.

    Raises StackError; until the databases are migrated the old version can simply be started again.
    """
    settings = load_settings(place)
    if settings is None:
        raise StackError(f"There is no stack in {place.directory}.", "Name its directory: --data DIR")
    revision = revision_that_ran(place)
    if supervisor_of(place) is None:
        say("Starting PostgreSQL and Kafka for the backup")
        control.up(place, replace(settings, services=False))
    before = asyncio.run(migrations_in(server_of(place)))
    _refuse_newer(before)
    say("Backing up")
    base = asyncio.run(make_base(place, directory, passphrase=passphrase))
    say("Stopping what ran")
    control.down(place)
    say("Migrating and starting")
    control.up(place, replace(settings, services=True))
    after = asyncio.run(migrations_in(server_of(place)))
    return Upgraded(base.directory, before, after, revision)


def _refuse_newer(found: dict[str, str]) -> None:
    for database, revision in found.items():
        if revision not in known_revisions(database):
            raise StackError(
                f"The database {database} is at revision {revision}, which this version does not know.",
                "A newer version made it: there is no way back but a restore.",
            )


def upgrade_command(
    directory: DirectoryArgument,
    passphrase_file: PassphraseOption = None,
    data: DataOption = None,
) -> None:
    """Back up into DIR, migrate the databases, start under this version; says how to go back."""
    place = control.place_of(data or default_directory())
    passphrase = sealing.passphrase_in(passphrase_file) if passphrase_file else None
    done = upgrade(place, directory, passphrase=passphrase, say=lambda text: console.print(f"{text} …"))
    for name in DATABASES:
        console.print(f"  {name}: {done.before.get(name, 'new')} → {done.after[name]}")
    there = f"the version of before (commit {done.revision[:12]})" if done.revision else "the version of before"
    console.print("Upgraded. To go back, losing what is entered from now on:")
    console.print(f"  duban down --data {place.directory}")
    console.print(f"  with {there}: duban restore {directory} NEW_DATA --secrets {place.secrets_file}")
    console.print("  duban up --data NEW_DATA")
