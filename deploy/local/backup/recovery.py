"""Lets PostgreSQL recover a copy of its data to a moment, and looks at what came of it."""

import asyncio
import signal
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import psutil

from deploy.local.backup.wal import RESTORE_COMMAND
from deploy.local.errors import StackError, StartFailed
from deploy.local.logs import last_lines
from deploy.local.postgres import PostgresServer
from deploy.local.processes import DATABASES
from deploy.local.programs import is_running, let_go, start, stop

# Further than any stack publishes between a backup and a loss: a reader that saw an event which is gone never
# takes a new one for it.
POSITION_GAP = 1_000_000_000
POSITION_FLOOR = "duban.position_floor"
_RECOVERY_SECONDS = 12 * 3600


@dataclass(frozen=True)
class Recovered:
    """`at`: the last commit, or the moment asked for; `positions`: the next offset of "topic-partition" read."""

    at: datetime
    positions: dict[str, int]


async def recover(server: PostgresServer, directory: Path, at: datetime | None) -> Recovered:
    """Start the server on its copy, wait until it has recovered, look, and stop it again.

    `at` is a whole millisecond: what was committed then or later is not there. Raises StackError.
    """
    settings = server.data / "postgresql.auto.conf"
    kept = settings.read_text(encoding="utf-8")
    wanted = [f"restore_command = '{RESTORE_COMMAND}'", "recovery_target_action = 'promote'"]
    wanted += ["recovery_target_timeline = 'current'"]
    if at is not None:
        wanted += [
            f"recovery_target_time = '{at.astimezone(UTC).isoformat(timespec='milliseconds')}'",
            "recovery_target_inclusive = off",
        ]
    settings.write_text("\n".join([kept, *wanted, ""]), encoding="utf-8")
    (server.data / "recovery.signal").touch()
    log = directory / "logs" / "postgres.log"
    process = await asyncio.to_thread(
        start, server.program(str(directory)), log, directory / "run" / "postgres.pid"
    )
    let_go(process)
    try:
        await _wait(server, process.pid, log, at)
        settings.write_text(kept, encoding="utf-8")
        return await _look(server, at)
    finally:
        if is_running(process.pid):
            await asyncio.to_thread(stop, psutil.Process(process.pid), first=signal.SIGINT, seconds=60)
        (directory / "run" / "postgres.pid").unlink(missing_ok=True)


async def _wait(server: PostgresServer, pid: int, log: Path, at: datetime | None) -> None:
    async with asyncio.timeout(_RECOVERY_SECONDS):
        while True:
            if not is_running(pid):
                tail = "\n".join(last_lines(log, 15))
                if at is not None and "before configured recovery target was reached" in tail:
                    raise StackError(
                        f"The archive does not reach {at.isoformat()}.",
                        "Choose an earlier moment, or leave --at away for the latest.",
                    )
                raise StartFailed(f"PostgreSQL could not recover. The end of its log:\n{tail}")
            try:
                connection = await asyncpg.connect(server.dsn(), timeout=3)
                try:
                    if not await connection.fetchval("SELECT pg_is_in_recovery()"):
                        return
                finally:
                    await connection.close()
            except asyncpg.InvalidPasswordError as error:
                raise StackError(
                    "The superuser's password in the secrets is not that of the backup.",
                    "Name the secrets.json of the stack that was backed up: --secrets FILE",
                ) from error
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                pass
            await asyncio.sleep(0.2)


async def _look(server: PostgresServer, at: datetime | None) -> Recovered:
    connection = await asyncpg.connect(server.dsn(), timeout=60)
    try:
        last: datetime | None = await connection.fetchval("SELECT pg_last_xact_replay_timestamp()")
    finally:
        await connection.close()
    moment = at or last
    if moment is None:
        raise StackError("The backup holds no commit that tells of its moment.", "Use another base backup.")
    positions: dict[str, int] = {}
    for name in DATABASES:
        connection = await asyncpg.connect(server.dsn(name), timeout=60)
        try:
            await _lift_positions(connection, name)
            for table in ("consumer_position", "ingest_offset"):
                if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table):
                    rows = await connection.fetch(f"SELECT topic, partition, next_offset FROM {table}")  # noqa: S608
                    for topic, partition, offset in rows:
                        place = f"{topic}-{partition}"
                        positions[place] = max(positions.get(place, 0), offset)
        finally:
            await connection.close()
    return Recovered(moment, positions)


async def _lift_positions(connection: "asyncpg.Connection[asyncpg.Record]", database: str) -> None:
    """Let the relay go on far above every position that anybody may have seen."""
    if await connection.fetchval("SELECT to_regclass('outbox') IS NULL"):
        return
    newest = await connection.fetchval("SELECT coalesce(max(position), 0) FROM outbox")
    await connection.execute(f"ALTER DATABASE \"{database}\" SET {POSITION_FLOOR} = '{newest + POSITION_GAP}'")
