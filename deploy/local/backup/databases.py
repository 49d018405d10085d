"""The databases in a base backup: PostgreSQL's own tool writes them to a pipe, nothing lies in the clear first."""

import asyncio
import os
import re
import subprocess
from asyncio.subprocess import Process
from typing import BinaryIO

import asyncpg

from deploy.local.backup.sealed_files import Sink
from deploy.local.backup.wal import segment_of
from deploy.local.errors import StackError
from deploy.local.postgres import SUPERUSER, PostgresServer, installation
from deploy.local.processes import DATABASES

# The whole of it, PostgreSQL's log up to the end of the copying included.
SQUEEZED = "postgres/base.tar.gz"
_MARK_EVERY_S = 0.2
_CHUNK = 1 << 20
_BEGIN = re.compile(r"log start point: ([0-9A-F]+/[0-9A-F]+) on timeline (\d+)")
_END = re.compile(r"log end point: ([0-9A-F]+/[0-9A-F]+)")


async def copy_databases(server: PostgresServer, target: BinaryIO | Sink) -> tuple[str, str]:
    """Write all databases to `target`; returns the first and the last file of the log that belong to them.

    Raises StackError with what PostgreSQL says.
    """
    command = [str(installation() / "bin" / "pg_basebackup"), "--pgdata=-", "--format=tar", "--verbose"]
    command += ["--wal-method=fetch", "--checkpoint=fast", "--compress=client-gzip:1", "--label=duban"]
    command += ["--manifest-checksums=SHA256", "--no-password"]
    command += ["-h", "127.0.0.1", "-p", str(server.port), "-U", SUPERUSER]
    marking = await asyncpg.connect(server.dsn(), timeout=60)
    try:
        # Into one pipe the log comes last: until then this slot, which goes with its connection, keeps it.
        await marking.execute("SELECT pg_create_physical_replication_slot($1, true, true)", f"duban_{os.getpid()}")
        marks = asyncio.create_task(_mark(marking))
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "PGPASSWORD": server.password},
            )
            said = await _drain(process, target)
        finally:
            marks.cancel()
            await asyncio.gather(marks, return_exceptions=True)
    finally:
        await marking.close()
    begin, end = _BEGIN.search(said), _END.search(said)
    if process.returncode or begin is None or end is None:
        raise StackError(f"PostgreSQL's backup failed: {said.strip()}")
    timeline = int(begin[2])
    return segment_of(timeline, begin[1]), segment_of(timeline, end[1])


async def _drain(process: Process, target: BinaryIO | Sink) -> str:
    """Everything that it writes; returns what it said. Stopped with us."""
    assert process.stdout is not None
    assert process.stderr is not None
    said = asyncio.create_task(process.stderr.read())
    try:
        while body := await process.stdout.read(_CHUNK):
            await asyncio.to_thread(target.write, body)
        await process.wait()
        return (await said).decode(errors="replace")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        said.cancel()
        await asyncio.gather(said, return_exceptions=True)


async def _mark(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Commit something now and then: the last commit that a recovery meets tells the moment it came to."""
    while True:
        await connection.execute("SELECT pg_current_xact_id()")
        await asyncio.sleep(_MARK_EVERY_S)


async def migrations_in(server: PostgresServer) -> dict[str, str]:
    """The revision of each service's database; a database that has none yet is left out."""
    found: dict[str, str] = {}
    for name in DATABASES:
        connection = await asyncpg.connect(server.dsn(name), timeout=60)
        try:
            if await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL"):
                found[name] = str(await connection.fetchval("SELECT max(version_num) FROM alembic_version"))
        finally:
            await connection.close()
    return found
