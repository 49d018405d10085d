"""A stack with data, backed up by itself, and what its archive must have reached before it may be lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from deploy.local.backup.store import Store
from deploy.local.layout import Layout
from deploy.local.secrets import load_secrets
from tests.support.stack import Stack, duban, wait_for


def back_itself_up(stack: Stack, directory: Path) -> None:
    """Start the stack anew with a plan of backups; returns when its first base backup is whole."""
    plan = ("--archive-seconds", "1", "--every", "24")
    duban("backup", "plan", str(directory), *plan, "--data", str(stack.directory))
    duban("down", "--data", str(stack.directory))
    duban("up", "--data", str(stack.directory))
    wait_for(lambda: (directory / "bases").exists() and Store(directory).bases(), 120, "a base backup")


def wait_archived(stack: Stack, directory: Path) -> datetime:
    """A moment after everything that was committed before the call; returns when the archive has reached it."""
    moment = datetime.now(UTC)
    asyncio.run(_commit(stack))
    needed = asyncio.run(_written(stack))
    wait_for(
        lambda: any(path.name[:24] >= needed for path in (directory / "wal").glob("0*.gz")), 60, "the archive"
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
