"""A stack with data, backed up by itself, and what its archive must have reached before it may be lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from deploy.local.backup.plan import checked_plan, save_plan
from deploy.local.backup.store import Store
from deploy.local.layout import Layout
from deploy.local.secrets import load_secrets
from tests.support.stack import Stack, wait_for


def plan_backups(stack: Path, directory: Path, passphrase_file: Path | None = None) -> None:
    """Before the first start of a stack: it backs itself up from then on, encrypted if there is a passphrase."""
    stack.mkdir(parents=True)
    save_plan(Layout(stack), checked_plan(directory, 24, 2, 1, passphrase_file))


def wait_base(directory: Path) -> None:
    wait_for(lambda: (directory / "bases").exists() and Store(directory).bases(), 600, "a base backup")


def wait_archived(stack: Stack, directory: Path) -> datetime:
    """A moment after everything that was committed before the call; returns when the archive has reached it."""
    moment = datetime.now(UTC)
    asyncio.run(_commit(stack))
    needed = asyncio.run(_written(stack))
    wait_for(
        lambda: any(path.name[:24] >= needed for path in (directory / "wal").glob("0*.gz")), 300, "the archive"
    )
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _superuser(stack: Stack) -> str:
    secrets = load_secrets(Layout(stack.directory).secrets_file, ("projects", "energy", "alerts"))
    return f"postgresql://postgres:{secrets.superuser}@127.0.0.1:{stack.port_base + 4}/postgres"


async def _commit(stack: Stack) -> None:
    # A recovery to a moment needs a commit behind it to know that it has come there.
    await asyncio.sleep(0.05)
    connection = await asyncpg.connect(_superuser(stack))
    try:
        await connection.execute("SELECT pg_current_xact_id()")
    finally:
        await connection.close()


async def _written(stack: Stack) -> str:
    """The file of the log that holds what was written last."""
    connection = await asyncpg.connect(_superuser(stack))
    try:
        return str(await connection.fetchval("SELECT pg_walfile_name(pg_current_wal_insert_lsn())"))
    finally:
        await connection.close()
